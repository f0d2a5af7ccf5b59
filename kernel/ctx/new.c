// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: bind a process and its user namespace to a new one.
 */

#include <linux/cgroup.h>
#include <linux/ctx_charge.h>
#include <linux/memcontrol.h>
#include <linux/netlink.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/timekeeping.h>

#include "internal.h"

static int ctx_check_userns(const struct user_namespace *ns,
			    struct netlink_ext_ack *extack)
{
	if (ctx_of_userns(ns)) {
		NL_SET_ERR_MSG(extack, "The user namespace is labelled already");
		return -EEXIST;
	}
	if (ns->parent != &init_user_ns) {
		NL_SET_ERR_MSG(extack,
			       "The user namespace is not a child of the initial one");
		return -EINVAL;
	}
	return 0;
}

static bool process_is_exiting(const struct task_struct *task)
{
	return !atomic_read(&task->signal->live) ||
	       READ_ONCE(task->signal->flags) & SIGNAL_GROUP_EXIT;
}

/* At the expense of the context's own group, most of it for the log. */
static struct ctx *alloc_inside(struct task_struct *init, u32 id, const char *name)
{
	struct mem_cgroup *memcg = ctx_memcg_get(init);
	struct mem_cgroup *old = set_active_memcg(memcg);
	struct ctx *ctx = ctx_alloc(id, name);

	set_active_memcg(old);
	mem_cgroup_put(memcg);
	return ctx;
}

/**
 * ctx_new - make a context
 * @pid: process that becomes init
 * @id: a valid id
 * @params: what it is made with; the devices and the release are taken over,
 *	or left
 * @extack: where to say what was wrong
 *
 * Init may exit at any time, also before it has the label, and then does not
 * tell. That it has begun to is seen by signal->live: it brings that to 0 and
 * then looks for the label; here the label comes first and then the look. So
 * one of the two sees the other, or both do, and the second finds the first
 * step done. The same holds for the end of exit_notify(), by tasklist_lock.
 * The static key is on before all of that: an exit that has run past it while
 * it was off has live at 0 by the time the code is patched on all CPUs.
 *
 * Return: 0, or an error and nothing has changed.
 */
int ctx_new(struct pid *pid, u32 id, struct ctx_params *params,
	    struct netlink_ext_ack *extack)
{
	struct task_struct *task __free(put_task) = NULL;
	struct ctx *ctx __free(ctx_put) = NULL;
	const struct cred *cred;
	int ret;

	task = get_pid_task(pid, PIDTYPE_TGID);
	if (!task || process_is_exiting(task)) {
		NL_SET_ERR_MSG(extack, "The process is exiting");
		return -ESRCH;
	}
	ctx = alloc_inside(task, id, params->name);
	if (!ctx)
		return -ENOMEM;
	/* Nobody else knows it: no lock, and it owns the devices from here on. */
	ctx->grants = params->grants;
	RCU_INIT_POINTER(params->grants.devices, NULL);
	ctx_set_limits(ctx, params->limits);
	ctx_release_replace(ctx, no_free_ptr(params->release));
	ctx->init = get_pid(pid);
	ctx_cgroup_get(ctx, task);
	ctx->cgroup_id = cgroup_id(ctx->cg.cgrp);
	ctx->start_time = ktime_get_boottime_ns();
	ctx->state = CTX_STATE_RUNNING;

	if (!static_key_enabled(&ctx_used.key))
		static_branch_enable(&ctx_used);

	/* Holds the user namespace, too. */
	cred = get_task_cred(task);
	ret = ctx_check_userns(cred->user_ns, extack);
	if (ret)
		goto out;

	/* An init that exits meanwhile waits until its start is told. */
	mutex_lock(&ctx->lock);
	ret = ctx_register(ctx, cred->user_ns, extack);
	if (!ret) {
		ctx_charge_ucounts(cred->user_ns);
		ctx_cpu_begin(ctx);
		ctx_log_start(ctx, task);
		ctx_event(ctx, CTX_EVENT_STARTED);
		smp_mb(); /* the label first, then signal->live; see above */
		if (!atomic_read_acquire(&task->signal->live))
			ctx_stopping(ctx, task);
	}
	mutex_unlock(&ctx->lock);
	if (!ret)
		ctx_reap(ctx);
out:
	put_cred(cred);
	return ret;
}
