// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: the label of user namespaces.
 *
 * &struct user_namespace.ctx starts as NULL and is set at most once, to a
 * context or to CTX_UNLABELLABLE, by the creation of the namespace itself or
 * with cmpxchg(): so NEW and the creation of a first child, which are both
 * allowed to try at any time, need no lock to agree on who came first.
 */

#include <kunit/visibility.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>

#include "internal.h"

/**
 * ctx_label - label a user namespace
 * @ns: user namespace that the caller holds
 * @ctx: context; the namespace gets a reference of its own
 *
 * Return: 0, -EEXIST if it is labelled, -EBUSY if it has had children.
 */
int ctx_label(struct user_namespace *ns, struct ctx *ctx)
{
	struct ctx *old;

	ctx_get(ctx);
	old = cmpxchg(&ns->ctx, NULL, ctx);
	if (!old)
		return 0;
	ctx_put(ctx);
	return old == CTX_UNLABELLABLE ? -EBUSY : -EEXIST;
}
EXPORT_SYMBOL_IF_KUNIT(ctx_label);

void __ctx_userns_inherit(struct user_namespace *ns,
			  struct user_namespace *parent)
{
	struct ctx *ctx = READ_ONCE(parent->ctx);

	if (!ctx)
		ctx = cmpxchg(&parent->ctx, NULL, CTX_UNLABELLABLE);
	/* The parent, which the new namespace holds, keeps its context. */
	if (ctx && ctx != CTX_UNLABELLABLE)
		ns->ctx = ctx_get(ctx);
}
EXPORT_SYMBOL_IF_KUNIT(__ctx_userns_inherit);

void __ctx_userns_release(struct ctx *ctx)
{
	ctx_put(ctx);
}
EXPORT_SYMBOL_IF_KUNIT(__ctx_userns_release);

bool __ctx_may_enter(struct user_namespace *ns)
{
	struct ctx *ctx = ctx_of_userns(ns);

	/* KILL of the host's init would be the end of the host. */
	return !ctx || !(ctx_is_closed(ctx) || is_global_init(current));
}

/*
 * setns(2) may have passed __ctx_may_enter() before the context was closed,
 * and have been too late for the pass of ctx_kill_tasks(). Of the two, one
 * sees the other: the barrier here is between the store of the credentials
 * and the look at the context, the one there between the closing and the look
 * at the credentials. Who has come too late dies before it returns to user
 * mode; the context may be called dead while it is on that way.
 */
void __ctx_entered(void)
{
	struct ctx *ctx = ctx_current();

	smp_mb(); /* pairs with the one in ctx_kill_tasks() */
	if (ctx && ctx_is_closed(ctx))
		do_send_sig_info(SIGKILL, SEND_SIG_PRIV, current, PIDTYPE_TGID);
}

/**
 * ctx_status - line of /proc/PID/status
 * @m: file
 * @task: task
 */
void ctx_status(struct seq_file *m, struct task_struct *task)
{
	u32 id;

	scoped_guard(rcu)
		id = ctx_id(ctx_of_task(task));
	seq_put_decimal_ull(m, "Ctx:\t", id);
	seq_putc(m, '\n');
}
