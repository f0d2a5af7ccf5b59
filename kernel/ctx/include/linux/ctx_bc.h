/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts: beancounters, limits on what no controller limits.
 *
 * Charging and giving back work in any context of execution, interrupts
 * included, and never sleep. Who charges must find the same
 * context again when it gives back: ask an owner that does not change, such
 * as the credentials of a file or the user namespace of a network namespace,
 * which also keeps the context meanwhile.
 */
#ifndef _LINUX_CTX_BC_H
#define _LINUX_CTX_BC_H

#include <linux/ctx.h>
#include <linux/percpu.h>

struct cgroup_subsys_state;

#ifdef CONFIG_CTX

bool __ctx_charge(struct ctx *ctx, enum ctx_resource res, unsigned int n, bool soft);
void __ctx_uncharge(struct ctx *ctx, enum ctx_resource res);
void __ctx_charge_force(struct ctx *ctx, enum ctx_resource res, unsigned int n);

/* In kernel/cgroup/pids.c, which alone knows its counters. */
void ctx_pids_info(struct cgroup_subsys_state *css, struct ctx_bean_info *info);

/* Takes @n from the stock of this CPU, or nothing. */
static __always_inline bool ctx_stock_take(struct ctx *ctx, enum ctx_resource res,
					   unsigned int n)
{
	atomic_t *stock = raw_cpu_ptr(ctx->bc.stock) + res;
	int have = atomic_read(stock);

	do {
		if ((unsigned int)have < n)
			return false;
	} while (!atomic_try_cmpxchg(stock, &have, have - (int)n));
	return true;
}

/**
 * ctx_charge - charge a resource, up to its limit
 * @ctx: context, or NULL for the host, which has no limits
 * @res: resource
 * @n: how much
 *
 * Return: false if it is refused; this is counted and told.
 */
static __always_inline bool ctx_charge(struct ctx *ctx, enum ctx_resource res,
				       unsigned int n)
{
	return !ctx || likely(ctx_stock_take(ctx, res, n)) ||
	       __ctx_charge(ctx, res, n, false);
}

/**
 * ctx_charge_soft - charge a resource, up to its barrier
 * @ctx: context, or NULL for the host
 * @res: resource
 * @n: how much
 *
 * For requests that programs expect to fail. The stocks never have anything
 * from above the barrier.
 *
 * Return: false if it is refused.
 */
static __always_inline bool ctx_charge_soft(struct ctx *ctx, enum ctx_resource res,
					    unsigned int n)
{
	return !ctx || likely(ctx_stock_take(ctx, res, n)) ||
	       __ctx_charge(ctx, res, n, true);
}

/**
 * ctx_charge_force - charge what cannot be refused
 * @ctx: context, or NULL for the host
 * @res: resource
 * @n: how much
 */
static __always_inline void ctx_charge_force(struct ctx *ctx, enum ctx_resource res,
					     unsigned int n)
{
	if (ctx && !ctx_stock_take(ctx, res, n))
		__ctx_charge_force(ctx, res, n);
}

/**
 * ctx_uncharge - give a resource back
 * @ctx: context that it was charged to, or NULL
 * @res: resource
 * @n: how much
 *
 * What was charged in one call may be given back in several, and the other
 * way round.
 */
static __always_inline void ctx_uncharge(struct ctx *ctx, enum ctx_resource res,
					 unsigned int n)
{
	struct ctx_bean *bean;
	unsigned int batch;

	if (!ctx)
		return;
	bean = &ctx->bc.bean[res];
	batch = READ_ONCE(bean->batch);
	/* A single one may be too much as well: then it is taken out at once. */
	if ((n > 1 && n > batch) || atomic_long_read(&bean->held) > READ_ONCE(bean->barrier))
		atomic_long_sub(n, &bean->held);
	else if (atomic_add_return(n, raw_cpu_ptr(ctx->bc.stock) + res) > (int)(2 * batch))
		__ctx_uncharge(ctx, res);
}

#endif /* CONFIG_CTX */

#endif /* _LINUX_CTX_BC_H */
