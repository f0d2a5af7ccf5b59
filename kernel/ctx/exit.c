// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: from running to stopping to dead.
 *
 * Stopping begins when the last thread of init does to exit. As a rule init is
 * the first process of a pid namespace, which then kills and awaits all others
 * in it before exit_notify() is through. But there may be tasks outside that
 * pid namespace, or init may be no such process: these ctx_reap() kills. Each
 * task of a stopping context comes to ctx_exit_end() as it goes and has the
 * context looked at once more, thus the last one finds none left.
 */

#include <kunit/visibility.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "internal.h"

/**
 * ctx_stop_reason - why a context stops
 * @killed: CTX_CMD_KILL came
 * @reboot: signal that reboot(2) in a pid namespace stands for, or 0
 * @status: exit status of init, as of wait(2)
 *
 * The administrator's order is before what happened inside at the same time:
 * a reboot that came late is not to start again what was to be ended.
 *
 * Return: the reason.
 */
enum ctx_reason ctx_stop_reason(bool killed, int reboot, int status)
{
	if (killed)
		return CTX_REASON_KILLED;
	if (reboot == SIGHUP)
		return CTX_REASON_REBOOT;
	if (reboot)
		return CTX_REASON_HALT;
	return status & 0x7f ? CTX_REASON_SIGNAL : CTX_REASON_EXIT;
}
EXPORT_SYMBOL_IF_KUNIT(ctx_stop_reason);

/**
 * ctx_stopping - init has begun to exit
 * @ctx: context, locked
 * @init: its init, without live threads
 *
 * Does nothing if it is known already.
 */
void ctx_stopping(struct ctx *ctx, struct task_struct *init)
{
	int reboot;

	lockdep_assert_held(&ctx->lock);
	if (ctx->state != CTX_STATE_RUNNING)
		return;
	/* zap_pid_ns_processes() makes the signal of a reboot the status. */
	reboot = READ_ONCE(ns_of_pid(ctx->init)->reboot);
	ctx->exit_status = reboot ?: init->signal->group_exit_code;
	ctx->reason = ctx_stop_reason(test_bit(CTX_KILLED, &ctx->flags), reboot,
				      ctx->exit_status);
	WRITE_ONCE(ctx->state, CTX_STATE_STOPPING);
	ctx_event(ctx, CTX_EVENT_STOPPING);
}

/**
 * ctx_reap - end a stopping context if none of its tasks is left
 * @ctx: context
 *
 * Else kill them. A thread that ctx_kill_tasks() has met alive comes to
 * ctx_exit_end() later and finds the context stopping: both look under
 * tasklist_lock, or after it. So a context does not stay at this stage; and
 * with no task left none can come: fork() needs one, setns() is closed.
 */
void ctx_reap(struct ctx *ctx)
{
	struct pid *init = NULL;

	if (ctx_state(ctx) != CTX_STATE_STOPPING || ctx_kill_tasks(ctx))
		return;

	scoped_guard(mutex, &ctx->lock) {
		if (ctx->state != CTX_STATE_STOPPING)
			return;
		WRITE_ONCE(ctx->state, CTX_STATE_DEAD);
		swap(init, ctx->init);
		ctx_event(ctx, CTX_EVENT_STOPPED);
	}
	put_pid(init);
	wake_up_all(&ctx->dead);
}

void ctx_reap_work(struct work_struct *work)
{
	struct ctx *ctx = container_of(work, struct ctx, reap_work);

	ctx_reap(ctx);
	ctx_put(ctx);
}

/*
 * The caller has just decremented signal->live to 0, which is a full barrier;
 * see ctx_new() for the process that becomes an init at this very moment.
 */
void __ctx_exit_begin(void)
{
	struct ctx *ctx = ctx_current();

	if (!ctx || task_tgid(current) != READ_ONCE(ctx->init))
		return;
	guard(mutex)(&ctx->lock);
	ctx_stopping(ctx, current);
}

/*
 * Init finds as a rule that it was the last, and then says so without the
 * detour of a worker. The others may be many at a time: one look at the end
 * serves all that went before. The task itself keeps the context, by its
 * credentials, until it is off the CPU.
 */
void __ctx_exit_end(void)
{
	struct ctx *ctx = ctx_current();

	if (!ctx || ctx_state(ctx) != CTX_STATE_STOPPING)
		return;
	if (task_tgid(current) == READ_ONCE(ctx->init)) {
		ctx_reap(ctx);
		return;
	}
	ctx_get(ctx);
	if (!queue_work(system_unbound_wq, &ctx->reap_work))
		ctx_put(ctx);
}
