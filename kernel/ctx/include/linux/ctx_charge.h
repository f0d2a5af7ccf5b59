/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts: what is charged by the rest of the kernel, outside the network and
 * the memory of processes.
 *
 * Each object is charged to somebody that it keeps, and so keeps the context:
 * its credentials, the user namespace of its counts, or a &struct ctx_owner.
 */
#ifndef _LINUX_CTX_CHARGE_H
#define _LINUX_CTX_CHARGE_H

#include <linux/ctx_bc.h>
#include <linux/ctx_owner.h>

struct key;
struct super_block;

#ifdef CONFIG_CTX

/* What is in one charge at most. */
#define CTX_CHARGE_MAX	((1UL << 30) - 1)

void __ctx_uncharge_file(struct ctx *ctx);
bool __ctx_charge_dentry(struct super_block *sb);
void __ctx_uncharge_dentry(const struct super_block *sb);
bool __ctx_charge_key(struct key *key, int more);
void __ctx_uncharge_key(struct key *key, int less);
void __ctx_free_key(struct key *key);
bool __ctx_charge_ucount(const struct user_namespace *ns, enum ucount_type type);
void __ctx_uncharge_ucount(const struct user_namespace *ns, enum ucount_type type);
void ctx_charge_ucounts_force(const struct user_namespace *ns, enum ucount_type type,
			      unsigned int n);

/**
 * ctx_charge_userns - charge for an object that keeps a user namespace
 * @ns: it, which the object also has when it is freed
 * @res: resource
 * @n: how much
 *
 * Return: false if it is refused.
 */
static inline bool ctx_charge_userns(const struct user_namespace *ns,
				     enum ctx_resource res, unsigned long n)
{
	struct ctx *ctx;

	if (!static_branch_unlikely(&ctx_used))
		return true;
	ctx = ctx_of_userns(ns);
	return !ctx || (n <= CTX_CHARGE_MAX && ctx_charge(ctx, res, n));
}

/* What is to be there in any case. */
static inline void ctx_charge_userns_force(const struct user_namespace *ns,
					   enum ctx_resource res, unsigned int n)
{
	if (static_branch_unlikely(&ctx_used))
		ctx_charge_force(ctx_of_userns(ns), res, n);
}

static inline void ctx_uncharge_userns(const struct user_namespace *ns,
				       enum ctx_resource res, unsigned int n)
{
	if (static_branch_unlikely(&ctx_used))
		ctx_uncharge(ctx_of_userns(ns), res, n);
}

/**
 * ctx_charge_siginfo - charge for a queued signal
 * @ns: user namespace of the counts that it keeps
 * @force: it is not refused: the kernel's own, or one of each number at most
 *
 * Return: false if it is refused.
 */
static inline bool ctx_charge_siginfo(const struct user_namespace *ns, bool force)
{
	if (!force)
		return ctx_charge_userns(ns, CTX_RES_NUMSIGINFO, 1);
	ctx_charge_userns_force(ns, CTX_RES_NUMSIGINFO, 1);
	return true;
}

static inline void ctx_uncharge_siginfo(const struct user_namespace *ns)
{
	ctx_uncharge_userns(ns, CTX_RES_NUMSIGINFO, 1);
}

/**
 * ctx_charge_file - charge for an open file
 * @cred: credentials that it keeps, and with them the context
 *
 * A future init may have opened files before it has got the label: these few
 * are given back without having been charged.
 *
 * Return: false if it is refused.
 */
static inline bool ctx_charge_file(const struct cred *cred)
{
	return !static_branch_unlikely(&ctx_used) ||
	       ctx_charge(ctx_of_cred(cred), CTX_RES_NUMFILE, 1);
}

/* A call, for what frees a file would no longer be inlined with more in it. */
static inline void ctx_uncharge_file(const struct cred *cred)
{
	struct ctx *ctx;

	if (!static_branch_unlikely(&ctx_used))
		return;
	ctx = ctx_of_cred(cred);
	if (ctx)
		__ctx_uncharge_file(ctx);
}

/**
 * ctx_charge_dentry - charge for a directory entry
 * @sb: its filesystem: charged is who has mounted that, which keeps it
 *
 * May sleep: before it is refused, what the filesystem has in its cache and
 * nobody uses is dropped. That has been counted as a refusal then.
 *
 * Return: false if it is refused.
 */
static inline bool ctx_charge_dentry(struct super_block *sb)
{
	return !static_branch_unlikely(&ctx_used) || __ctx_charge_dentry(sb);
}

static inline void ctx_uncharge_dentry(const struct super_block *sb)
{
	if (static_branch_unlikely(&ctx_used))
		__ctx_uncharge_dentry(sb);
}

/**
 * ctx_charge_key - charge for a key that grows
 * @key: charged as it was made, see lsm_key.c
 * @more: by how many bytes
 *
 * Return: false if it is refused.
 */
static inline bool ctx_charge_key(struct key *key, int more)
{
	return !static_branch_unlikely(&ctx_used) || __ctx_charge_key(key, more);
}

/* It has shrunk if @less is above zero. */
static inline void ctx_uncharge_key(struct key *key, int less)
{
	if (static_branch_unlikely(&ctx_used) && less > 0)
		__ctx_uncharge_key(key, less);
}

/* It is about to be freed, in process context. */
static inline void ctx_free_key(struct key *key)
{
	if (static_branch_unlikely(&ctx_used))
		__ctx_free_key(key);
}

/**
 * ctx_ucounts_above - the counts that a walk goes to next
 * @ns: user namespace of those where it is
 *
 * A walk ends where root of the host has made the namespace, as that of each
 * context: what is inside does not count for him, and cannot use up what he may
 * have. Labels are not asked: they come when there are counts already.
 *
 * Return: as @ns->ucounts, or NULL.
 */
static inline struct ucounts *ctx_ucounts_above(const struct user_namespace *ns)
{
	if (ns->level == 1 && uid_eq(ns->owner, GLOBAL_ROOT_UID))
		return NULL;
	return ns->ucounts;
}

/* What the root of a new context has counted is charged to that. */
void ctx_charge_ucounts(struct user_namespace *ns);

static inline bool ctx_charge_ucount(const struct user_namespace *ns,
				     enum ucount_type type)
{
	return !static_branch_unlikely(&ctx_used) || __ctx_charge_ucount(ns, type);
}

static inline void ctx_uncharge_ucount(const struct user_namespace *ns,
				       enum ucount_type type)
{
	if (static_branch_unlikely(&ctx_used))
		__ctx_uncharge_ucount(ns, type);
}

/**
 * struct ctx_ptys - the pseudo terminals of an instance of devpts
 * @outside: how many it had before its context began
 */
struct ctx_ptys {
	atomic_t outside;
};

/**
 * ctx_charge_pty - charge for a pseudo terminal
 * @ns: user namespace that the instance of devpts belongs to
 * @ptys: of that instance
 *
 * Return: 1 if a context is charged, 0 if the host is to count it, -ENOSPC.
 */
static inline int ctx_charge_pty(const struct user_namespace *ns, struct ctx_ptys *ptys)
{
	struct ctx *ctx = ctx_of_userns(ns);

	if (ctx)
		return ctx_charge(ctx, CTX_RES_NUMPTY, 1) ? 1 : -ENOSPC;
	atomic_inc(&ptys->outside);
	return 0;
}

/* Return: false if the host has counted it. */
static inline bool ctx_uncharge_pty(const struct user_namespace *ns, struct ctx_ptys *ptys)
{
	if (atomic_dec_if_positive(&ptys->outside) >= 0)
		return false;
	ctx_uncharge(ctx_of_userns(ns), CTX_RES_NUMPTY, 1);
	return true;
}

/**
 * ctx_of_owner - context that is charged for an object
 * @owner: of the object
 *
 * Return: the context, or NULL; good as long as the owner is set.
 */
static inline struct ctx *ctx_of_owner(const struct ctx_owner *owner)
{
	return owner->ns ? ctx_of_userns(owner->ns) : NULL;
}

/* The current task makes the object; @owner is all zero. */
static inline void ctx_owner_set(struct ctx_owner *owner)
{
	if (static_branch_unlikely(&ctx_used) && ctx_current())
		owner->ns = get_user_ns(current_real_cred()->user_ns);
}

/* From any context of execution; also for one that has never been set. */
static inline void ctx_owner_put(struct ctx_owner *owner)
{
	if (!owner->ns)
		return;
	put_user_ns(owner->ns);
	owner->ns = NULL;
}

/* @to replaces @from, which is about to be freed, and its charge. */
static inline void ctx_owner_move(struct ctx_owner *to, struct ctx_owner *from)
{
	to->ns = from->ns;
	from->ns = NULL;
}

/**
 * ctx_charge_owner - charge for an object that the current task makes
 * @owner: all zero; set if it succeeds
 * @res: resource
 * @n: how much
 *
 * An object that was made before its maker got the label stays the host's.
 *
 * Return: false if it is refused.
 */
static inline bool ctx_charge_owner(struct ctx_owner *owner, enum ctx_resource res,
				    unsigned int n)
{
	ctx_owner_set(owner);
	if (ctx_charge(ctx_of_owner(owner), res, n))
		return true;
	ctx_owner_put(owner);
	return false;
}

/* Also for an object that was refused, and one that was given back. */
static inline void ctx_uncharge_owner(struct ctx_owner *owner, enum ctx_resource res,
				      unsigned int n)
{
	ctx_uncharge(ctx_of_owner(owner), res, n);
	ctx_owner_put(owner);
}

/**
 * ctx_charge_more - an object grows, perhaps
 * @owner: owner of the object
 * @res: resource
 * @old: how much is charged
 * @new: how much it is to be
 *
 * Followed by ctx_uncharge_less() in the same direction when it has the new
 * size, and in the other when it keeps the old one.
 *
 * Return: false if it is refused.
 */
static inline bool ctx_charge_more(const struct ctx_owner *owner, enum ctx_resource res,
				   unsigned int old, unsigned int new)
{
	return new <= old || ctx_charge(ctx_of_owner(owner), res, new - old);
}

static inline void ctx_uncharge_less(const struct ctx_owner *owner, enum ctx_resource res,
				     unsigned int old, unsigned int new)
{
	if (new < old)
		ctx_uncharge(ctx_of_owner(owner), res, old - new);
}

#else /* !CONFIG_CTX */

static inline bool ctx_charge_userns(const struct user_namespace *ns,
				     enum ctx_resource res, unsigned long n)
{
	return true;
}

static inline void ctx_charge_userns_force(const struct user_namespace *ns,
					   enum ctx_resource res, unsigned int n)
{
}

static inline void ctx_uncharge_userns(const struct user_namespace *ns,
				       enum ctx_resource res, unsigned int n)
{
}

static inline bool ctx_charge_siginfo(const struct user_namespace *ns, bool force)
{
	return true;
}

static inline void ctx_uncharge_siginfo(const struct user_namespace *ns)
{
}

static inline bool ctx_charge_file(const struct cred *cred)
{
	return true;
}

static inline void ctx_uncharge_file(const struct cred *cred)
{
}

static inline bool ctx_charge_dentry(struct super_block *sb)
{
	return true;
}

static inline void ctx_uncharge_dentry(const struct super_block *sb)
{
}

static inline bool ctx_charge_key(struct key *key, int more)
{
	return true;
}

static inline void ctx_uncharge_key(struct key *key, int less)
{
}

static inline void ctx_free_key(struct key *key)
{
}

static inline struct ucounts *ctx_ucounts_above(const struct user_namespace *ns)
{
	return ns->ucounts;
}

static inline bool ctx_charge_ucount(const struct user_namespace *ns,
				     enum ucount_type type)
{
	return true;
}

static inline void ctx_uncharge_ucount(const struct user_namespace *ns,
				       enum ucount_type type)
{
}

struct ctx_ptys {
};

static inline int ctx_charge_pty(const struct user_namespace *ns, struct ctx_ptys *ptys)
{
	return 0;
}

static inline bool ctx_uncharge_pty(const struct user_namespace *ns, struct ctx_ptys *ptys)
{
	return false;
}

static inline void ctx_owner_set(struct ctx_owner *owner)
{
}

static inline void ctx_owner_put(struct ctx_owner *owner)
{
}

static inline void ctx_owner_move(struct ctx_owner *to, struct ctx_owner *from)
{
}

static inline bool ctx_charge_owner(struct ctx_owner *owner, enum ctx_resource res,
				    unsigned int n)
{
	return true;
}

static inline void ctx_uncharge_owner(struct ctx_owner *owner, enum ctx_resource res,
				      unsigned int n)
{
}

static inline bool ctx_charge_more(const struct ctx_owner *owner, enum ctx_resource res,
				   unsigned int old, unsigned int new)
{
	return true;
}

static inline void ctx_uncharge_less(const struct ctx_owner *owner, enum ctx_resource res,
				     unsigned int old, unsigned int new)
{
}

#endif /* CONFIG_CTX */

#endif /* _LINUX_CTX_CHARGE_H */
