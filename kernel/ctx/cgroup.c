// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: the control group.
 */

#include <linux/cgroup.h>
#include <linux/memcontrol.h>
#include <linux/rcupdate.h>

#include "internal.h"

#define SUBSYS(name)	\
	[name ## _cgrp_id] = &name ## _cgrp_subsys,
static struct cgroup_subsys *const subsystems[] = {
#include <linux/cgroup_subsys.h>
};

#undef SUBSYS

/**
 * ctx_memcg_get - who pays for the memory of a context
 * @init: task that becomes its init
 *
 * Return: its memory control group, with a reference, or NULL.
 */
struct mem_cgroup *ctx_memcg_get(struct task_struct *init)
{
#ifdef CONFIG_MEMCG
	return mem_cgroup_from_css(task_get_css(init, memory_cgrp_id));
#else
	return NULL;
#endif
}

/**
 * ctx_cgroup_get - the group of a task becomes that of a context
 * @ctx: context that nobody knows yet
 * @init: task
 */
void ctx_cgroup_get(struct ctx *ctx, struct task_struct *init)
{
	scoped_guard(rcu)
		do {
			ctx->cg.cgrp = task_dfl_cgroup(init);
		} while (!cgroup_tryget(ctx->cg.cgrp));
	for (int i = 0; i < CGROUP_SUBSYS_COUNT; i++)
		ctx->cg.css[i] = cgroup_get_e_css(ctx->cg.cgrp, subsystems[i]);
}

/**
 * ctx_cgroup_put - give the references back
 * @ctx: context that nobody knows any more
 */
void ctx_cgroup_put(struct ctx *ctx)
{
	if (!ctx->cg.cgrp)
		return;
	for (int i = 0; i < CGROUP_SUBSYS_COUNT; i++)
		if (ctx->cg.css[i])
			css_put(ctx->cg.css[i]);
	cgroup_put(ctx->cg.cgrp);
}

/**
 * ctx_own_css - a controller that a context's own group has
 * @ctx: context
 * @subsys: number of the controller
 *
 * Return: NULL where an ancestor's is in effect, which tells of others, too.
 */
struct cgroup_subsys_state *ctx_own_css(const struct ctx *ctx, int subsys)
{
	struct cgroup_subsys_state *css = ctx->cg.css[subsys];

	return css && css->cgroup == ctx->cg.cgrp ? css : NULL;
}
