// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: beancounters, address space.
 */

#include <linux/ctx_mm.h>

#include "internal.h"

/* All of an address space at once may be more than one charge can be. */
static void uncharge_long(struct ctx *ctx, enum ctx_resource res, unsigned long pages)
{
	while (pages > CTX_CHARGE_MAX) {
		ctx_uncharge(ctx, res, CTX_CHARGE_MAX);
		pages -= CTX_CHARGE_MAX;
	}
	ctx_uncharge(ctx, res, pages);
}

static void charge_long_force(struct ctx *ctx, unsigned long pages)
{
	while (pages > CTX_CHARGE_MAX) {
		ctx_charge_force(ctx, CTX_RES_PRIVVMPAGES, CTX_CHARGE_MAX);
		pages -= CTX_CHARGE_MAX;
	}
	ctx_charge_force(ctx, CTX_RES_PRIVVMPAGES, pages);
}

bool __ctx_charge_vm(struct ctx *ctx, long pages, bool soft)
{
	if (pages < 0) {
		uncharge_long(ctx, CTX_RES_PRIVVMPAGES, -pages);
		return true;
	}
	if (pages > CTX_CHARGE_MAX)
		return false;
	return soft ? ctx_charge_soft(ctx, CTX_RES_PRIVVMPAGES, pages) :
		      ctx_charge(ctx, CTX_RES_PRIVVMPAGES, pages);
}

void __ctx_uncharge_vm(struct ctx *ctx, long pages)
{
	if (pages < 0)
		charge_long_force(ctx, -pages);
	else
		uncharge_long(ctx, CTX_RES_PRIVVMPAGES, pages);
}

void __ctx_uncharge_locked(const struct mm_struct *mm, unsigned long pages)
{
	struct ctx *ctx = ctx_of_userns(mm->user_ns);

	if (ctx)
		uncharge_long(ctx, CTX_RES_LOCKEDPAGES, pages);
}

/*
 * A program that may not be read moves its address space to a user namespace
 * further out. That is the host's if the program's owner has no id inside.
 */
void __ctx_move_vm(struct linux_binprm *bprm, const struct user_namespace *ns)
{
	struct ctx *from = ctx_of_userns(bprm->mm->user_ns);
	struct ctx *to = ctx_of_userns(ns);

	if (from == to)
		return;
	if (from)
		uncharge_long(from, CTX_RES_PRIVVMPAGES, vma_pages(bprm->vma));
	if (to)
		charge_long_force(to, vma_pages(bprm->vma));
}

bool __ctx_limits_vm(void)
{
	struct ctx *ctx = ctx_of_userns(current->mm->user_ns);

	return ctx && READ_ONCE(ctx->bc.bean[CTX_RES_PRIVVMPAGES].barrier) != LONG_MAX;
}
