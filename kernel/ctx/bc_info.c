// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: what is told of each resource. Some are counted by controllers of
 * the control group; these are read there, at the time of asking.
 */

#include <kunit/visibility.h>
#include <linux/cgroup.h>
#include <linux/ctx_bc.h>
#include <linux/memcontrol.h>

#include "internal.h"

/* The most that somebody has been told, where the kernel keeps no maximum. */
static void told_maxheld(struct ctx *ctx, enum ctx_resource res, struct ctx_bean_info *info)
{
	atomic_long_t *maxheld = &ctx->bc.bean[res].maxheld;
	long max = atomic_long_read(maxheld);

	while ((long)info->held > max && !atomic_long_try_cmpxchg(maxheld, &max, info->held))
		;
	info->maxheld = max_t(u64, info->held, max);
}

#ifdef CONFIG_MEMCG
static u64 pages_or_unlimited(unsigned long pages)
{
	return pages < PAGE_COUNTER_MAX ? pages : CTX_UNLIMITED;
}

static u64 count_of(struct mem_cgroup *memcg, enum memcg_memory_event event)
{
	return atomic_long_read(&memcg->memory_events[event]);
}

static void counter_info(const struct page_counter *counter, struct ctx_bean_info *info)
{
	info->held = page_counter_read((struct page_counter *)counter);
	info->maxheld = max_t(u64, info->held, READ_ONCE(counter->watermark));
	info->barrier = pages_or_unlimited(READ_ONCE(counter->max));
	info->limit = info->barrier;
}

static void memory_info(struct ctx *ctx, enum ctx_resource res, struct ctx_bean_info *info)
{
	struct cgroup_subsys_state *css = ctx_own_css(ctx, memory_cgrp_id);
	struct mem_cgroup *memcg = css ? mem_cgroup_from_css(css) : NULL;

	if (!memcg)
		return;
	switch (res) {
	case CTX_RES_KMEMSIZE:
		mem_cgroup_flush_stats(memcg);
		info->held = (u64)memcg_page_state(memcg, MEMCG_KMEM) * PAGE_SIZE;
		told_maxheld(ctx, res, info);
		break;
	case CTX_RES_PHYSPAGES:
		counter_info(&memcg->memory, info);
		info->failcnt = count_of(memcg, MEMCG_MAX);
		break;
	case CTX_RES_SWAPPAGES:
		counter_info(&memcg->swap, info);
		info->failcnt = count_of(memcg, MEMCG_SWAP_MAX);
		break;
	case CTX_RES_OOMGUARPAGES:
		info->held = page_counter_read(&memcg->memory) + page_counter_read(&memcg->swap);
		told_maxheld(ctx, res, info);
		info->barrier = pages_or_unlimited(READ_ONCE(memcg->memory.low));
		info->failcnt = count_of(memcg, MEMCG_OOM_KILL);
		break;
	default:
		info->barrier = pages_or_unlimited(READ_ONCE(memcg->memory.low));
	}
}
#else
static void memory_info(struct ctx *ctx, enum ctx_resource res, struct ctx_bean_info *info)
{
}
#endif

static void pids_info(const struct ctx *ctx, struct ctx_bean_info *info)
{
#ifdef CONFIG_CGROUP_PIDS
	struct cgroup_subsys_state *css = ctx_own_css(ctx, pids_cgrp_id);

	if (css)
		ctx_pids_info(css, info);
#endif
}

static void cgroup_info(struct ctx *ctx, struct ctx_bean_info *info)
{
	const struct cgroup *cgrp = ctx->cg.cgrp;
	int most;

	/* A context of a test has none. */
	if (!cgrp)
		return;
	most = READ_ONCE(cgrp->max_descendants);
	info->held = READ_ONCE(cgrp->nr_descendants);
	told_maxheld(ctx, CTX_RES_NUMCGROUP, info);
	info->barrier = most == INT_MAX ? CTX_UNLIMITED : most;
	info->limit = info->barrier;
}

/**
 * ctx_bean_info - what is told of a resource
 * @ctx: context
 * @res: resource
 * @info: filled
 *
 * From process context.
 */
void ctx_bean_info(struct ctx *ctx, enum ctx_resource res, struct ctx_bean_info *info)
{
	*info = (struct ctx_bean_info){ .barrier = CTX_UNLIMITED, .limit = CTX_UNLIMITED };

	switch (res) {
	case CTX_RES_KMEMSIZE:
	case CTX_RES_PHYSPAGES:
	case CTX_RES_VMGUARPAGES:
	case CTX_RES_OOMGUARPAGES:
	case CTX_RES_SWAPPAGES:
		memory_info(ctx, res, info);
		break;
	case CTX_RES_NUMPROC:
		pids_info(ctx, info);
		break;
	case CTX_RES_NUMCGROUP:
		cgroup_info(ctx, info);
		break;
	default:
		ctx_bean_count(ctx, res, info);
	}
}
EXPORT_SYMBOL_IF_KUNIT(ctx_bean_info);

/**
 * ctx_resource_counted - is a resource counted here, so that it can be limited
 * @res: resource
 *
 * Return: false if it is only shown.
 */
bool ctx_resource_counted(enum ctx_resource res)
{
	switch (res) {
	case CTX_RES_KMEMSIZE:
	case CTX_RES_NUMPROC:
	case CTX_RES_PHYSPAGES:
	case CTX_RES_VMGUARPAGES:
	case CTX_RES_OOMGUARPAGES:
	case CTX_RES_SWAPPAGES:
	case CTX_RES_NUMCGROUP:
		return false;
	default:
		return true;
	}
}
EXPORT_SYMBOL_IF_KUNIT(ctx_resource_counted);
