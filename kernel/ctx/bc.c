// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: beancounters.
 *
 * A charge takes from the stock of its CPU, and when that has too little, from
 * the counter, with a batch for the stock while the counter is well below the
 * barrier. What is given back goes to the stock, unless the counter is above the
 * barrier. So no stock has anything from above the barrier, and before it
 * passes the barrier or refuses, a charge collects all stocks: a limit is exact
 * for who stands at it, and costs an atomic operation on a line of the own CPU
 * for all others.
 *
 * Stocks are changed by atomic operations, so that a task may be moved between
 * the choice of a stock and the change, and anybody may collect. They are never
 * below zero. What is on the way between a stock and the counter is counted as
 * held, thus a limit is never passed; that it is not refused wrongly is why
 * preemption is off meanwhile, and why nothing is taken for a stock in the last
 * quarter below the barrier.
 */

#include <kunit/visibility.h>
#include <linux/cleanup.h>
#include <linux/ctx_bc.h>
#include <linux/log2.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>

#include "internal.h"

/* How much a stock takes at most, by what is counted. */
#define BATCH_COUNT	32
#define BATCH_PAGES	256
#define BATCH_BYTES	65536

static int largest_batch(enum ctx_resource res)
{
	switch (res) {
	case CTX_RES_LOCKEDPAGES:
	case CTX_RES_PRIVVMPAGES:
	case CTX_RES_SHMPAGES:
	case CTX_RES_PIPEPAGES:
		return BATCH_PAGES;
	case CTX_RES_TCPSNDBUF:
	case CTX_RES_TCPRCVBUF:
	case CTX_RES_OTHERSOCKBUF:
	case CTX_RES_DGRAMRCVBUF:
	case CTX_RES_KEYSIZE:
	case CTX_RES_MQBYTES:
		return BATCH_BYTES;
	default:
		return BATCH_COUNT;
	}
}

/* All stocks together stay below a quarter of the barrier. */
static void set_batch(struct ctx_bean *bean, enum ctx_resource res)
{
	long batch = bean->barrier / (8L * num_possible_cpus());

	WRITE_ONCE(bean->batch, min_t(long, batch, largest_batch(res)));
}

/* What is in stock, which may change meanwhile. */
static long stocks(const struct ctx *ctx, enum ctx_resource res)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += atomic_read(per_cpu_ptr(ctx->bc.stock, cpu) + res);
	return sum;
}

static void collect_stocks(struct ctx *ctx, enum ctx_resource res)
{
	int cpu;

	lockdep_assert_held(&ctx->bc.lock);
	for_each_possible_cpu(cpu) {
		atomic_t *stock = per_cpu_ptr(ctx->bc.stock, cpu) + res;

		/* Most are empty: their lines stay where they are. */
		if (atomic_read(stock))
			atomic_long_sub(atomic_xchg(stock, 0), &ctx->bc.bean[res].held);
	}
}

/* The sum over all CPUs is made only where it can be a new maximum. */
static void note_maxheld(struct ctx *ctx, enum ctx_resource res)
{
	struct ctx_bean *bean = &ctx->bc.bean[res];
	long now = atomic_long_read(&bean->held);
	long max = atomic_long_read(&bean->maxheld);

	if (now <= max)
		return;
	now -= stocks(ctx, res);
	while (now > max && !atomic_long_try_cmpxchg(&bean->maxheld, &max, now))
		;
}

/*
 * How much to take for the stock beside @n. What all CPUs may have stays a small
 * part of what is held, for maxheld does not see what is taken from stocks.
 */
static long batch_for(const struct ctx_bean *bean, long held, unsigned int n)
{
	long barrier = READ_ONCE(bean->barrier);
	long part = held >> (3 + order_base_2(num_possible_cpus()));
	long batch = clamp_t(long, part, 0, READ_ONCE(bean->batch));

	return held + n + batch <= barrier - barrier / 4 ? batch : 0;
}

/* Takes @n up to @most, and a batch if that stays well below the barrier. */
static bool take(struct ctx *ctx, enum ctx_resource res, unsigned int n, long most)
{
	struct ctx_bean *bean = &ctx->bc.bean[res];
	long held = atomic_long_read(&bean->held);
	long more;

	guard(preempt)();
	do {
		if (held > most - (long)n)
			return false;
		more = batch_for(bean, held, n);
	} while (!atomic_long_try_cmpxchg(&bean->held, &held, held + n + more));
	if (more)
		atomic_add(more, raw_cpu_ptr(ctx->bc.stock) + res);
	return true;
}

/*
 * Told by a worker: this may be an interrupt. The bit says that the worker is
 * asked for, with a reference; so there is none to be dropped here.
 */
static void refused(struct ctx *ctx, enum ctx_resource res)
{
	atomic_long_inc(&ctx->bc.bean[res].failcnt);
	set_bit(res, ctx->bc.failed);
	if (!test_and_set_bit(CTX_TELLING, &ctx->flags) && ctx_tryget(ctx))
		queue_delayed_work(system_wq, &ctx->bc.tell, HZ / 10);
}

/* The stock had too little. */
bool __ctx_charge(struct ctx *ctx, enum ctx_resource res, unsigned int n, bool soft)
{
	struct ctx_bean *bean = &ctx->bc.bean[res];
	long barrier = READ_ONCE(bean->barrier);
	bool taken = take(ctx, res, n, barrier);
	unsigned long flags;

	if (!taken) {
		raw_spin_lock_irqsave(&ctx->bc.lock, flags);
		collect_stocks(ctx, res);
		taken = take(ctx, res, n, soft ? barrier : READ_ONCE(bean->limit));
		raw_spin_unlock_irqrestore(&ctx->bc.lock, flags);
	}
	if (taken)
		note_maxheld(ctx, res);
	else
		refused(ctx, res);
	return taken;
}
EXPORT_SYMBOL_GPL(__ctx_charge);

void __ctx_charge_force(struct ctx *ctx, enum ctx_resource res, unsigned int n)
{
	atomic_long_add(n, &ctx->bc.bean[res].held);
	note_maxheld(ctx, res);
}
EXPORT_SYMBOL_GPL(__ctx_charge_force);

/* The stock has become too large: back to one batch. */
void __ctx_uncharge(struct ctx *ctx, enum ctx_resource res)
{
	int batch = READ_ONCE(ctx->bc.bean[res].batch);
	atomic_t *stock;
	int have;

	guard(preempt)();
	stock = raw_cpu_ptr(ctx->bc.stock) + res;
	have = atomic_read(stock);
	do {
		if (have <= batch)
			return;
	} while (!atomic_try_cmpxchg(stock, &have, batch));
	atomic_long_sub(have - batch, &ctx->bc.bean[res].held);
}
EXPORT_SYMBOL_GPL(__ctx_uncharge);

/**
 * ctx_held - how much there is of a resource
 * @ctx: context
 * @res: resource that is counted here
 *
 * Return: how much; what is charged or given back meanwhile may be missing.
 */
unsigned long ctx_held(const struct ctx *ctx, enum ctx_resource res)
{
	long held = atomic_long_read(&ctx->bc.bean[res].held) - stocks(ctx, res);

	return max(held, 0L);
}
EXPORT_SYMBOL_IF_KUNIT(ctx_held);

/**
 * ctx_bean_count - what is told of a resource that is counted here
 * @ctx: context
 * @res: resource
 * @info: filled
 */
void ctx_bean_count(struct ctx *ctx, enum ctx_resource res, struct ctx_bean_info *info)
{
	struct ctx_bean *bean = &ctx->bc.bean[res];

	note_maxheld(ctx, res);
	info->held = ctx_held(ctx, res);
	info->maxheld = max_t(u64, info->held, atomic_long_read(&bean->maxheld));
	info->barrier = READ_ONCE(bean->barrier);
	info->limit = READ_ONCE(bean->limit);
	info->failcnt = atomic_long_read(&bean->failcnt);
}
EXPORT_SYMBOL_IF_KUNIT(ctx_bean_count);

/**
 * ctx_set_limit - change a limit
 * @ctx: context, locked, or not yet known to anybody
 * @res: resource
 * @barrier: not above @limit
 * @limit: what is held above it stays
 */
void ctx_set_limit(struct ctx *ctx, enum ctx_resource res, long barrier, long limit)
{
	struct ctx_bean *bean = &ctx->bc.bean[res];
	unsigned long flags;

	WRITE_ONCE(bean->barrier, barrier);
	WRITE_ONCE(bean->limit, limit);
	set_batch(bean, res);
	raw_spin_lock_irqsave(&ctx->bc.lock, flags);
	collect_stocks(ctx, res);
	raw_spin_unlock_irqrestore(&ctx->bc.lock, flags);
}
EXPORT_SYMBOL_IF_KUNIT(ctx_set_limit);

/**
 * ctx_bc_init - the beancounters of a new context, without limits
 * @ctx: context that nobody knows yet
 *
 * Return: 0 or -ENOMEM.
 */
int ctx_bc_init(struct ctx *ctx)
{
	ctx->bc.stock = __alloc_percpu_gfp(__CTX_RES_MAX * sizeof(atomic_t),
					   sizeof(atomic_t), GFP_KERNEL_ACCOUNT);
	if (!ctx->bc.stock)
		return -ENOMEM;
	raw_spin_lock_init(&ctx->bc.lock);
	for (int i = 0; i < __CTX_RES_MAX; i++)
		ctx_set_limit(ctx, i, LONG_MAX, LONG_MAX);
	INIT_DELAYED_WORK(&ctx->bc.tell, ctx_bc_tell);
	return 0;
}

/**
 * ctx_bc_free - the end of the beancounters
 * @ctx: context that nothing refers to any more
 *
 * What is still held then was charged and never given back.
 */
void ctx_bc_free(struct ctx *ctx)
{
	for (int i = 0; i < __CTX_RES_MAX; i++)
		if (ctx_held(ctx, i))
			pr_warn("ctx %u: %lu of %s were never given back\n", ctx->id,
				ctx_held(ctx, i), ctx_resource_name(i));
	free_percpu(ctx->bc.stock);
}
