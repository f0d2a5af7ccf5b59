/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts: a label on a tree of user namespaces.
 *
 * What the rest of the kernel calls. All of it is gone with CONFIG_CTX=n.
 * Look-ups by other objects than tasks are in <linux/ctx_lookup.h>.
 */
#ifndef _LINUX_CTX_H
#define _LINUX_CTX_H

#include <linux/cred.h>
#include <linux/jump_label.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/user_namespace.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <uapi/linux/ctx.h>

struct pid;
struct seq_file;

/* Bits of &struct ctx.flags. */
enum {
	CTX_KILLED,	/* CTX_CMD_KILL came: nothing enters any more */
};

/**
 * struct ctx - a context
 *
 * Every user namespace that carries the label holds a reference, and whoever
 * works on the object for a while. The registry holds none: its entries go
 * with the last reference, so that a context is listed for just as long as
 * something pins one of its user namespaces. The memory is freed after a
 * grace period, which is what makes look-ups under RCU safe.
 *
 * A context never moves: from ctx_register() on, @id, @serial, @cgroup_id and
 * @start_time are constant.
 */
struct ctx {
	/** @ref: references; from 0 on the object is only to be freed */
	refcount_t		ref;
	/** @id: 1 to %CTX_ID_MAX, unique among those that are not dead */
	u32			id;
	/** @serial: number since boot, never used again */
	u64			serial;
	/** @cgroup_id: the cgroup (version 2) of init at the time of NEW */
	u64			cgroup_id;
	/** @start_time: CLOCK_BOOTTIME of NEW, nanoseconds */
	u64			start_time;
	/** @flags: atomic bits, %CTX_KILLED */
	unsigned long		flags;
	/**
	 * @lock: serialises the changes of @state, @reason, @exit_status,
	 * @name and @init, together with the events that tell of them, so that
	 * subscribers see these in order. Taken in do_exit(), thus never held
	 * while waiting for a task. The registry's lock nests inside.
	 */
	struct mutex		lock;
	/** @state: only grows; written under @lock, may be read without */
	enum ctx_phase		state;
	/** @reason: set when @state becomes %CTX_STATE_STOPPING */
	enum ctx_reason		reason;
	/** @exit_status: as of wait(2), valid with @reason */
	u32			exit_status;
	/**
	 * @init: thread group id of init, written under @lock. Pins init's pid
	 * namespace, that one its user namespace, and this one the context: a
	 * circle, which is opened when the context becomes dead. Compared
	 * without the lock, followed with it only.
	 */
	struct pid		*init;
	/** @dead: woken when @state becomes %CTX_STATE_DEAD */
	wait_queue_head_t	dead;
	/** @reap_work: runs ctx_reap(); holds a reference while it is queued */
	struct work_struct	reap_work;
	/** @name: empty if there is none; under @lock */
	char			name[CTX_NAME_MAX + 1];
	/** @rcu: frees the memory */
	struct rcu_head		rcu;
};

/*
 * In place of a label: a namespace of the host that has had children. It can
 * never be labelled, because its descendants would stay without.
 */
#define CTX_UNLABELLABLE	((struct ctx *)1UL)

/**
 * ctx_id - id of a context
 * @ctx: context, or NULL for the host
 *
 * Return: the id, %CTX_ID_HOST for the host.
 */
static inline u32 ctx_id(const struct ctx *ctx)
{
	return ctx ? ctx->id : CTX_ID_HOST;
}

#ifdef CONFIG_CTX

DECLARE_STATIC_KEY_FALSE(ctx_used);

void __ctx_userns_inherit(struct user_namespace *ns,
			  struct user_namespace *parent);
void __ctx_userns_release(struct ctx *ctx);
bool __ctx_may_enter(struct user_namespace *ns);
void __ctx_entered(void);
void __ctx_exit_begin(void);
void __ctx_exit_end(void);
void ctx_status(struct seq_file *m, struct task_struct *task);

/**
 * ctx_of_userns - context of a user namespace
 * @ns: user namespace
 *
 * The label is set at most once in the life of a namespace.
 *
 * Return: the context, or NULL for the host; good as long as @ns is kept.
 */
static inline struct ctx *ctx_of_userns(const struct user_namespace *ns)
{
	struct ctx *ctx = READ_ONCE(ns->ctx);

	return ctx == CTX_UNLABELLABLE ? NULL : ctx;
}

/**
 * ctx_of_cred - context of credentials
 * @cred: credentials
 *
 * Return: the context, or NULL for the host; good as long as @cred is kept.
 */
static inline struct ctx *ctx_of_cred(const struct cred *cred)
{
	return ctx_of_userns(cred->user_ns);
}

/**
 * ctx_of_task - context of a task
 * @task: any task
 *
 * By the real credentials: the others are swapped for a while by stacked
 * filesystems and the like. Call it under RCU.
 *
 * Return: the context, or NULL for the host; good under the same RCU lock.
 */
static inline struct ctx *ctx_of_task(const struct task_struct *task)
{
	return ctx_of_cred(__task_cred(task));
}

/**
 * ctx_current - context of the current task
 *
 * Needs no RCU.
 *
 * Return: the context, or NULL for the host; good as long as the task stays
 * in its user namespace.
 */
static inline struct ctx *ctx_current(void)
{
	return ctx_of_cred(current_real_cred());
}

/**
 * ctx_userns_inherit - label a new user namespace as its parent is
 * @ns: new user namespace, not visible to anybody yet
 * @parent: its parent
 *
 * Not behind the static key: a namespace that has a child before the first
 * context is made must be known to have it after.
 */
static inline void ctx_userns_inherit(struct user_namespace *ns,
				      struct user_namespace *parent)
{
	if (parent != &init_user_ns)
		__ctx_userns_inherit(ns, parent);
}

/**
 * ctx_userns_release - drop the label of a user namespace that is being freed
 * @ns: user namespace
 */
static inline void ctx_userns_release(struct user_namespace *ns)
{
	struct ctx *ctx = ctx_of_userns(ns);

	if (ctx)
		__ctx_userns_release(ctx);
}

/**
 * ctx_may_enter - may a task join this user namespace
 * @ns: user namespace
 *
 * Return: false if its context is being ended, or has been.
 */
static inline bool ctx_may_enter(struct user_namespace *ns)
{
	if (static_branch_unlikely(&ctx_used))
		return __ctx_may_enter(ns);
	return true;
}

/* The current task has joined a user namespace with setns(2). */
static inline void ctx_entered(void)
{
	if (static_branch_unlikely(&ctx_used))
		__ctx_entered();
}

/* The last thread of the current process has begun to exit. */
static inline void ctx_exit_begin(void)
{
	if (static_branch_unlikely(&ctx_used))
		__ctx_exit_begin();
}

/* The current thread is through exit_notify(). */
static inline void ctx_exit_end(void)
{
	if (static_branch_unlikely(&ctx_used))
		__ctx_exit_end();
}

#else /* !CONFIG_CTX */

static inline struct ctx *ctx_of_userns(const struct user_namespace *ns)
{
	return NULL;
}

static inline struct ctx *ctx_of_cred(const struct cred *cred)
{
	return NULL;
}

static inline struct ctx *ctx_of_task(const struct task_struct *task)
{
	return NULL;
}

static inline struct ctx *ctx_current(void)
{
	return NULL;
}

static inline void ctx_userns_inherit(struct user_namespace *ns,
				      struct user_namespace *parent)
{
}

static inline void ctx_userns_release(struct user_namespace *ns)
{
}

static inline bool ctx_may_enter(struct user_namespace *ns)
{
	return true;
}

static inline void ctx_entered(void)
{
}

static inline void ctx_exit_begin(void)
{
}

static inline void ctx_exit_end(void)
{
}

static inline void ctx_status(struct seq_file *m, struct task_struct *task)
{
}

#endif /* CONFIG_CTX */

#endif /* _LINUX_CTX_H */
