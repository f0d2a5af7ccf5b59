// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts, LSM: tasks.
 *
 * A task in a context acts on tasks of its own context only, whatever ids,
 * namespaces or descriptors have led it to others. ptrace_access_check() also
 * is what /proc/PID, process_vm_readv(2), pidfd_getfd(2), kcmp(2),
 * move_pages(2) and perf_event_open(2) ask.
 */

#include <kunit/visibility.h>
#include <linux/ptrace.h>

#include "lsm.h"

static bool is_own(const struct ctx *ctx, const struct task_struct *task)
{
	guard(rcu)();
	return ctx_of_task(task) == ctx;
}

static int check(enum ctx_check check, const struct task_struct *task,
		 enum ctx_refusal why, const char *what)
{
	struct ctx *ctx = ctx_subject(check);

	if (!ctx || is_own(ctx, task))
		return 0;
	return ctx_refuse(ctx, why, "%s of %d", what, task_pid_vnr((struct task_struct *)task));
}

VISIBLE_IF_KUNIT int ctx_ptrace_access_check(struct task_struct *child, unsigned int mode)
{
	struct ctx *ctx = ctx_subject(CTX_CHECK_ptrace_access_check);

	if (!ctx || is_own(ctx, child))
		return 0;
	/* A look at what would be shown, as ps does: nothing was tried. */
	if (mode & PTRACE_MODE_NOAUDIT)
		return -EPERM;
	return ctx_refuse(ctx, CTX_REFUSED_PTRACE, "access to %d", task_pid_vnr(child));
}
EXPORT_SYMBOL_IF_KUNIT(ctx_ptrace_access_check);

/* The parent may be a program of the host, which would get what it did not ask for. */
static int ctx_ptrace_traceme(struct task_struct *parent)
{
	return check(CTX_CHECK_ptrace_traceme, parent, CTX_REFUSED_PTRACE,
		     "being traced by its parent, task");
}

/* With credentials it is sent for somebody who is not current: by USB. */
static noinline int check_kill(struct task_struct *task, const struct cred *cred, int sig)
{
	struct ctx *ctx = ctx_of_cred(cred ?: current_real_cred());

	if (!ctx || is_own(ctx, task) || !ctx_check_is_on(CTX_CHECK_task_kill))
		return 0;
	return ctx_refuse(ctx, CTX_REFUSED_SIGNAL, "signal %d to %d", sig, task_pid_vnr(task));
}

static int ctx_task_kill(struct task_struct *task, struct kernel_siginfo *info,
			 int sig, const struct cred *cred)
{
	/* As ctx_spares(), with all loads behind the static key. */
	if (!static_branch_unlikely(&ctx_used))
		return 0;
	if (likely(!cred && ctx_is_initial(current_real_cred())))
		return 0;
	return check_kill(task, cred, sig);
}

static int ctx_task_setnice(struct task_struct *task, int nice)
{
	return check(CTX_CHECK_task_setnice, task, CTX_REFUSED_SCHED, "nice value");
}

static int ctx_task_setioprio(struct task_struct *task, int ioprio)
{
	return check(CTX_CHECK_task_setioprio, task, CTX_REFUSED_SCHED, "I/O priority");
}

static int ctx_task_getioprio(struct task_struct *task)
{
	return check(CTX_CHECK_task_getioprio, task, CTX_REFUSED_SCHED, "look at the I/O priority");
}

static int ctx_task_setscheduler(struct task_struct *task)
{
	return check(CTX_CHECK_task_setscheduler, task, CTX_REFUSED_SCHED, "scheduling");
}

static int ctx_task_getscheduler(struct task_struct *task)
{
	return check(CTX_CHECK_task_getscheduler, task, CTX_REFUSED_SCHED,
		     "look at the scheduling");
}

VISIBLE_IF_KUNIT int ctx_task_movememory(struct task_struct *task)
{
	return check(CTX_CHECK_task_movememory, task, CTX_REFUSED_SCHED, "memory placement");
}
EXPORT_SYMBOL_IF_KUNIT(ctx_task_movememory);

static int ctx_task_setpgid(struct task_struct *task, pid_t pgid)
{
	return check(CTX_CHECK_task_setpgid, task, CTX_REFUSED_SCHED, "process group");
}

static int ctx_task_getpgid(struct task_struct *task)
{
	return check(CTX_CHECK_task_getpgid, task, CTX_REFUSED_SCHED, "look at the process group");
}

static int ctx_task_getsid(struct task_struct *task)
{
	return check(CTX_CHECK_task_getsid, task, CTX_REFUSED_SCHED, "look at the session");
}

static int ctx_task_prlimit(const struct cred *cred, const struct cred *tcred,
			    unsigned int flags)
{
	struct ctx *ctx = ctx_subject(CTX_CHECK_task_prlimit);

	if (!ctx || ctx_of_cred(tcred) == ctx)
		return 0;
	return ctx_refuse(ctx, CTX_REFUSED_SCHED, "resource limits of a task outside");
}

static int ctx_userns_create(const struct cred *cred)
{
	struct ctx *ctx = ctx_subject(CTX_CHECK_userns_create);

	if (!ctx || ctx_has_feature(ctx, CTX_FEATURE_NESTING))
		return 0;
	return ctx_refuse(ctx, CTX_REFUSED_USERNS, "user namespace, without nesting");
}

static struct security_hook_list ctx_task_hooks[] __ro_after_init = {
	LSM_HOOK_INIT(ptrace_access_check, ctx_ptrace_access_check),
	LSM_HOOK_INIT(ptrace_traceme, ctx_ptrace_traceme),
	LSM_HOOK_INIT(task_kill, ctx_task_kill),
	LSM_HOOK_INIT(task_setnice, ctx_task_setnice),
	LSM_HOOK_INIT(task_setioprio, ctx_task_setioprio),
	LSM_HOOK_INIT(task_getioprio, ctx_task_getioprio),
	LSM_HOOK_INIT(task_setscheduler, ctx_task_setscheduler),
	LSM_HOOK_INIT(task_getscheduler, ctx_task_getscheduler),
	LSM_HOOK_INIT(task_movememory, ctx_task_movememory),
	LSM_HOOK_INIT(task_prlimit, ctx_task_prlimit),
	LSM_HOOK_INIT(task_setpgid, ctx_task_setpgid),
	LSM_HOOK_INIT(task_getpgid, ctx_task_getpgid),
	LSM_HOOK_INIT(task_getsid, ctx_task_getsid),
	LSM_HOOK_INIT(userns_create, ctx_userns_create),
};

void __init ctx_add_task_hooks(void)
{
	security_add_hooks(ctx_task_hooks, ARRAY_SIZE(ctx_task_hooks), &ctx_lsm_id);
}
