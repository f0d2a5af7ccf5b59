// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: kill all of it, at once.
 */

#include <linux/jiffies.h>
#include <linux/sched/signal.h>

#include "internal.h"

/* Threads may outlive their leader: a process is gone when all of them are. */
static bool process_is_gone(struct task_struct *process)
{
	struct task_struct *thread;

	for_each_thread(process, thread)
		if (!READ_ONCE(thread->exit_state))
			return false;
	return true;
}

/**
 * ctx_kill_tasks - send SIGKILL to every task of a context
 * @ctx: context that is closed, see ctx_is_closed()
 *
 * One pass gets all of them. Under tasklist_lock no process comes or goes, and
 * a fork that is under way either has its child on the list already or has the
 * signal pending when it takes the lock for that, and gives up. All threads of
 * a process share one user namespace. For setns() see __ctx_entered().
 *
 * Return: the number of processes that have not passed exit_notify(): they
 * may have files and memory, while zombies have nothing but a status.
 */
unsigned int ctx_kill_tasks(struct ctx *ctx)
{
	struct task_struct *process;
	unsigned int left = 0;

	smp_mb(); /* pairs with the one in __ctx_entered() */
	guard(rcu)();
	read_lock(&tasklist_lock);
	for_each_process(process) {
		if (ctx_of_task(process) != ctx || process_is_gone(process))
			continue;
		do_send_sig_info(SIGKILL, SEND_SIG_PRIV, process, PIDTYPE_TGID);
		left++;
	}
	read_unlock(&tasklist_lock);
	return left;
}

/**
 * ctx_kill - end a context
 * @ctx: context
 * @timeout_ms: how long to wait for the end
 *
 * Init is among those killed; its exit goes on from there, see exit.c.
 *
 * Return: 0 if it is dead, -EAGAIN if it takes longer or a signal has come
 * (netlink sends no answer for -EINTR), or -ENOENT if it has been dead before.
 */
int ctx_kill(struct ctx *ctx, u32 timeout_ms)
{
	if (ctx_state(ctx) == CTX_STATE_DEAD)
		return -ENOENT;
	set_bit(CTX_KILLED, &ctx->flags);
	ctx_kill_tasks(ctx);
	wait_event_interruptible_timeout(ctx->dead,
					 ctx_state(ctx) == CTX_STATE_DEAD,
					 msecs_to_jiffies(timeout_ms));
	return ctx_state(ctx) == CTX_STATE_DEAD ? 0 : -EAGAIN;
}
