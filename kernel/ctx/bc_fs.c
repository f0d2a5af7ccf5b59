// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: beancounters, files, counts of user namespaces, and directory entries.
 */

#include <linux/ctx_charge.h>
#include <linux/ctx_lookup.h>
#include <linux/dcache.h>

#include "internal.h"

static const u8 ctx_ucount_res[UCOUNT_COUNTS] = {
	[UCOUNT_USER_NAMESPACES]	= CTX_RES_NUMUSERNS,
	[UCOUNT_PID_NAMESPACES]		= CTX_RES_NUMPIDNS,
	[UCOUNT_UTS_NAMESPACES]		= CTX_RES_NUMUTSNS,
	[UCOUNT_IPC_NAMESPACES]		= CTX_RES_NUMIPCNS,
	[UCOUNT_NET_NAMESPACES]		= CTX_RES_NUMNETNS,
	[UCOUNT_MNT_NAMESPACES]		= CTX_RES_NUMMNTNS,
	[UCOUNT_CGROUP_NAMESPACES]	= CTX_RES_NUMCGROUPNS,
	[UCOUNT_TIME_NAMESPACES]	= CTX_RES_NUMTIMENS,
#ifdef CONFIG_INOTIFY_USER
	[UCOUNT_INOTIFY_INSTANCES]	= CTX_RES_NUMINOTIFY,
	[UCOUNT_INOTIFY_WATCHES]	= CTX_RES_NUMINOWATCH,
#endif
#ifdef CONFIG_FANOTIFY
	[UCOUNT_FANOTIFY_GROUPS]	= CTX_RES_NUMFANOTIFY,
	[UCOUNT_FANOTIFY_MARKS]		= CTX_RES_NUMFANMARK,
#endif
};

void __ctx_uncharge_file(struct ctx *ctx)
{
	ctx_uncharge(ctx, CTX_RES_NUMFILE, 1);
}

/*
 * To the context of the user namespace that the counts are of, which they keep.
 * That of a context's root namespace is the host's: it counts in the parent.
 */
bool __ctx_charge_ucount(const struct user_namespace *ns, enum ucount_type type)
{
	return ctx_charge(ctx_of_userns(ns), ctx_ucount_res[type], 1);
}

void __ctx_uncharge_ucount(const struct user_namespace *ns, enum ucount_type type)
{
	ctx_uncharge(ctx_of_userns(ns), ctx_ucount_res[type], 1);
}

/* What is there already when a context begins. */
void ctx_charge_ucounts_force(const struct user_namespace *ns, enum ucount_type type,
			      unsigned int n)
{
	ctx_charge_force(ctx_of_userns(ns), ctx_ucount_res[type], n);
}

/*
 * Those of the root of a context are not among them: it is a filesystem of the
 * host, and its entries are bounded by the memory controller, as all are.
 */
bool __ctx_charge_dentry(struct super_block *sb)
{
	struct ctx *ctx = ctx_of_sb(sb);

	if (!ctx || ctx_charge(ctx, CTX_RES_DCACHESIZE, 1))
		return true;
	shrink_dcache_sb(sb);
	return ctx_charge(ctx, CTX_RES_DCACHESIZE, 1);
}

void __ctx_uncharge_dentry(const struct super_block *sb)
{
	ctx_uncharge(ctx_of_sb(sb), CTX_RES_DCACHESIZE, 1);
}
