// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: beancounters, as attributes of netlink.
 */

#include <linux/bitmap.h>
#include <net/genetlink.h>

#include "internal.h"

/* The array of the attribute is not aligned for what it has. */
static void get_limit(const struct nlattr *attr, u32 i, struct ctx_limit *limit)
{
	memcpy(limit, nla_data(attr) + i * sizeof(*limit), sizeof(*limit));
}

static int check_limit(const struct ctx_limit *limit, struct netlink_ext_ack *extack)
{
	const char *name;

	if (limit->resource >= __CTX_RES_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "Resource %u: allowed are 0 to %u", limit->resource,
				   __CTX_RES_MAX - 1);
		return -EINVAL;
	}
	name = ctx_resource_name(limit->resource);
	if (!ctx_resource_counted(limit->resource)) {
		NL_SET_ERR_MSG_FMT(extack, "%s is only shown: the control group limits it", name);
		return -EINVAL;
	}
	if (limit->flags) {
		NL_SET_ERR_MSG_FMT(extack, "%s: the flags are not 0", name);
		return -EINVAL;
	}
	if (limit->barrier > CTX_UNLIMITED || limit->limit > CTX_UNLIMITED) {
		NL_SET_ERR_MSG_FMT(extack, "%s: allowed are 0 to %llu", name, CTX_UNLIMITED);
		return -EINVAL;
	}
	if (limit->barrier > limit->limit) {
		NL_SET_ERR_MSG_FMT(extack, "%s: the barrier is above the limit", name);
		return -EINVAL;
	}
	return 0;
}

/**
 * ctx_check_limits - are the limits of a message valid
 * @info: message
 *
 * Return: 0, also if it has none, or -EINVAL.
 */
int ctx_check_limits(struct genl_info *info)
{
	struct nlattr *attr = info->attrs[CTX_A_LIMITS];
	DECLARE_BITMAP(seen, __CTX_RES_MAX) = {};
	struct ctx_limit limit;
	int ret;

	if (!attr)
		return 0;
	if (nla_len(attr) % sizeof(limit)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "The limits are not a list of structs");
		return -EINVAL;
	}
	for (u32 i = 0; i < nla_len(attr) / sizeof(limit); i++) {
		get_limit(attr, i, &limit);
		ret = check_limit(&limit, info->extack);
		if (!ret && __test_and_set_bit(limit.resource, seen)) {
			NL_SET_ERR_MSG_FMT(info->extack, "%s is there more than once",
					   ctx_resource_name(limit.resource));
			ret = -EINVAL;
		}
		if (ret) {
			NL_SET_BAD_ATTR(info->extack, attr);
			return ret;
		}
	}
	return 0;
}

/**
 * ctx_set_limits - change the limits that a message has
 * @ctx: context, locked, or not yet known to anybody
 * @attr: attribute that ctx_check_limits() has found valid, or NULL
 */
void ctx_set_limits(struct ctx *ctx, const struct nlattr *attr)
{
	struct ctx_limit limit;

	for (u32 i = 0; attr && i < nla_len(attr) / sizeof(limit); i++) {
		get_limit(attr, i, &limit);
		ctx_set_limit(ctx, limit.resource, limit.barrier, limit.limit);
	}
}

/**
 * ctx_fill_beans - tell of all resources
 * @skb: message to add the attribute to
 * @ctx: context
 *
 * Return: 0, or -EMSGSIZE.
 */
int ctx_fill_beans(struct sk_buff *skb, struct ctx *ctx)
{
	struct nlattr *attr = nla_reserve_64bit(skb, CTX_A_BEANS, CTX_BEANS_SIZE, CTX_A_PAD);
	struct ctx_bean_info *info;

	if (!attr)
		return -EMSGSIZE;
	info = nla_data(attr);
	for (int i = 0; i < __CTX_RES_MAX; i++)
		ctx_bean_info(ctx, i, &info[i]);
	return 0;
}
