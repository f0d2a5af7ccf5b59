/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts: private address space that may be written (privvmpages), and pages
 * that are locked (lockedpages).
 *
 * What the kernel accounts as committed, for the areas that have VM_ACCOUNT, is
 * charged to the context of the address space at the same points. That is by
 * &struct mm_struct.user_ns, which does not change once the address space has
 * users, and keeps the context. An address space that a task brings from the
 * host, before its first exec inside, is the host's.
 */
#ifndef _LINUX_CTX_MM_H
#define _LINUX_CTX_MM_H

#include <linux/binfmts.h>
#include <linux/ctx_charge.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/security.h>

#ifdef CONFIG_CTX

bool __ctx_charge_vm(struct ctx *ctx, long pages, bool soft);
void __ctx_uncharge_vm(struct ctx *ctx, long pages);
void __ctx_move_vm(struct linux_binprm *bprm, const struct user_namespace *ns);
void __ctx_uncharge_locked(const struct mm_struct *mm, unsigned long pages);
bool __ctx_limits_vm(void);

static inline bool ctx_charge_vm(const struct mm_struct *mm, long pages, bool soft)
{
	struct ctx *ctx;

	if (!static_branch_unlikely(&ctx_used))
		return true;
	ctx = ctx_of_userns(mm->user_ns);
	return !ctx || __ctx_charge_vm(ctx, pages, soft);
}

static inline void ctx_uncharge_vm(const struct mm_struct *mm, long pages)
{
	struct ctx *ctx;

	if (!static_branch_unlikely(&ctx_used))
		return;
	ctx = ctx_of_userns(mm->user_ns);
	if (ctx)
		__ctx_uncharge_vm(ctx, pages);
}

/**
 * ctx_move_vm - the new address space of an exec gets another owner
 * @bprm: exec; its address space has nothing but the arguments yet
 * @ns: user namespace that it is going to have
 */
static inline void ctx_move_vm(struct linux_binprm *bprm, const struct user_namespace *ns)
{
	if (static_branch_unlikely(&ctx_used))
		__ctx_move_vm(bprm, ns);
}

/**
 * ctx_charge_locked - charge for pages of an address space that are locked
 * @mm: address space
 * @pages: how many
 *
 * Return: false if it is refused.
 */
static inline bool ctx_charge_locked(const struct mm_struct *mm, unsigned long pages)
{
	return ctx_charge_userns(mm->user_ns, CTX_RES_LOCKEDPAGES, pages);
}

static inline void ctx_uncharge_locked(const struct mm_struct *mm, unsigned long pages)
{
	if (static_branch_unlikely(&ctx_used))
		__ctx_uncharge_locked(mm, pages);
}

/* What ctx_may_lock() has allowed; others may have taken the last ones meanwhile. */
static inline void ctx_charge_locked_force(const struct mm_struct *mm, unsigned long pages)
{
	ctx_charge_userns_force(mm->user_ns, CTX_RES_LOCKEDPAGES, pages);
}

static inline bool ctx_may_lock(const struct mm_struct *mm, unsigned long pages)
{
	if (!ctx_charge_locked(mm, pages))
		return false;
	ctx_uncharge_locked(mm, pages);
	return true;
}

/* MAP_NORESERVE means nothing where address space is limited. */
static inline bool ctx_limits_vm(void)
{
	return static_branch_unlikely(&ctx_used) && __ctx_limits_vm();
}

#else /* !CONFIG_CTX */

static inline bool ctx_charge_vm(const struct mm_struct *mm, long pages, bool soft)
{
	return true;
}

static inline void ctx_uncharge_vm(const struct mm_struct *mm, long pages)
{
}

static inline void ctx_move_vm(struct linux_binprm *bprm, const struct user_namespace *ns)
{
}

static inline bool ctx_charge_locked(const struct mm_struct *mm, unsigned long pages)
{
	return true;
}

static inline void ctx_uncharge_locked(const struct mm_struct *mm, unsigned long pages)
{
}

static inline void ctx_charge_locked_force(const struct mm_struct *mm, unsigned long pages)
{
}

static inline bool ctx_may_lock(const struct mm_struct *mm, unsigned long pages)
{
	return true;
}

static inline bool ctx_limits_vm(void)
{
	return false;
}

#endif /* CONFIG_CTX */

/**
 * ctx_enough_memory - charge, and security_vm_enough_memory_mm()
 * @mm: address space
 * @pages: by how much it grows; below zero if it shrinks
 * @soft: up to the barrier only
 *
 * Return: 0 or -ENOMEM.
 */
static inline int ctx_enough_memory(struct mm_struct *mm, long pages, bool soft)
{
	int ret;

	if (!ctx_charge_vm(mm, pages, soft))
		return -ENOMEM;
	ret = security_vm_enough_memory_mm(mm, pages);
	if (ret)
		ctx_uncharge_vm(mm, pages);
	return ret;
}

static inline void ctx_add_locked_vm(struct mm_struct *mm, unsigned long pages)
{
	mm->locked_vm += pages;
	ctx_charge_locked_force(mm, pages);
}

/* The way back, with vm_unacct_memory(). */
static inline void ctx_unacct_memory(struct mm_struct *mm, long pages)
{
	ctx_uncharge_vm(mm, pages);
	vm_unacct_memory(pages);
}

#endif /* _LINUX_CTX_MM_H */
