/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts: beancounter of the packet filter.
 *
 * Rules belong to tables and these to a network namespace, which takes them all
 * away before it goes: until then it keeps the context.
 */
#ifndef _LINUX_CTX_BC_FILTER_H
#define _LINUX_CTX_BC_FILTER_H

#include <linux/ctx_bc_net.h>
#include <linux/netfilter/x_tables.h>

#ifdef CONFIG_CTX

/**
 * ctx_nft_uncharge - give back what was charged for a rule of nf_tables
 * @net: its network namespace
 * @charged: was it, by ctx_net_charge()
 */
static inline void ctx_nft_uncharge(const struct net *net, bool charged)
{
	if (static_branch_unlikely(&ctx_used) && charged)
		ctx_uncharge(ctx_of_net(net), CTX_RES_NUMIPTENT, 1);
}

/**
 * ctx_xt_charge - charge the rules that a table is about to get
 * @net: its network namespace
 * @old: what it has, locked
 * @new: what it is about to get
 *
 * Those that @old has charged stay for @new, so that a table at the limit can be
 * replaced by one of the same size: see ctx_xt_replaced(). If it comes to nothing,
 * @new gives back what it has when it is freed.
 *
 * Return: 0 or -ENOSPC.
 */
static inline int ctx_xt_charge(const struct net *net, const struct xt_table_info *old,
				struct xt_table_info *new)
{
	unsigned int more;

	if (!static_branch_unlikely(&ctx_used))
		return 0;
	more = new->number > old->charged ? new->number - old->charged : 0;
	if (!ctx_charge(ctx_of_net(net), CTX_RES_NUMIPTENT, more))
		return -ENOSPC;
	new->owner = ctx_of_net(net);
	new->charged = new->owner ? more : 0;
	return 0;
}

/**
 * ctx_xt_replaced - a table has got its rules
 * @old: what it had
 * @new: from ctx_xt_charge()
 */
static inline void ctx_xt_replaced(struct xt_table_info *old, struct xt_table_info *new)
{
	unsigned int kept = min(old->charged, new->number - new->charged);

	if (!new->owner)
		return;
	new->charged += kept;
	old->charged -= kept;
}

/**
 * ctx_xt_uncharge - give back what was charged for rules
 * @info: those of a table, not in use any more
 */
static inline void ctx_xt_uncharge(struct xt_table_info *info)
{
	if (static_branch_unlikely(&ctx_used) && info->charged)
		ctx_uncharge(info->owner, CTX_RES_NUMIPTENT, info->charged);
}

#else /* !CONFIG_CTX */

static inline void ctx_nft_uncharge(const struct net *net, bool charged)
{
}

static inline int ctx_xt_charge(const struct net *net, const struct xt_table_info *old,
				struct xt_table_info *new)
{
	return 0;
}

static inline void ctx_xt_replaced(struct xt_table_info *old, struct xt_table_info *new)
{
}

static inline void ctx_xt_uncharge(struct xt_table_info *info)
{
}

#endif /* CONFIG_CTX */

#endif /* _LINUX_CTX_BC_FILTER_H */
