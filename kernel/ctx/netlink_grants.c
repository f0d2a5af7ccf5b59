// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: grants, refusals and the log, as attributes of netlink.
 */

#include <linux/slab.h>
#include <net/genetlink.h>

#include "internal.h"

static int check_devices(const struct ctx_device *list, u32 count, struct genl_info *info)
{
	for (u32 i = 0; i < count; i++) {
		if ((list[i].type == 'b' || list[i].type == 'c') &&
		    !(list[i].access & ~(CTX_DEVICE_READ | CTX_DEVICE_WRITE | CTX_DEVICE_MKNOD)))
			continue;
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[CTX_A_DEVICES],
				    "The type or the access of a device is not valid");
		return -EINVAL;
	}
	return 0;
}

static int parse_devices(struct genl_info *info, struct ctx_grants *grants)
{
	struct nlattr *attr = info->attrs[CTX_A_DEVICES];
	u32 count = nla_len(attr) / sizeof(struct ctx_device);
	struct ctx_devices *devices = NULL;
	int ret;

	if (nla_len(attr) % sizeof(struct ctx_device)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "The devices are not a list of structs");
		return -EINVAL;
	}
	ret = check_devices(nla_data(attr), count, info);
	if (ret)
		return ret;
	if (count) {
		devices = kmalloc(struct_size(devices, list, count), GFP_KERNEL_ACCOUNT);
		if (!devices)
			return -ENOMEM;
		devices->count = count;
		memcpy(devices->list, nla_data(attr), count * sizeof(struct ctx_device));
	}
	RCU_INIT_POINTER(grants->devices, devices);
	return 0;
}

/**
 * ctx_parse_grants - what a message says of grants
 * @info: message
 * @grants: changed where the message has something; new devices are the
 *	caller's
 *
 * Return: 0, or -EINVAL, -ENOMEM and nothing was allocated.
 */
int ctx_parse_grants(struct genl_info *info, struct ctx_grants *grants)
{
	if (info->attrs[CTX_A_CAPS])
		grants->caps = nla_get_u64(info->attrs[CTX_A_CAPS]);
	if (info->attrs[CTX_A_FEATURES])
		grants->features = nla_get_u64(info->attrs[CTX_A_FEATURES]);
	if (info->attrs[CTX_A_NETFILTER])
		grants->netfilter = nla_get_u32(info->attrs[CTX_A_NETFILTER]);
	return info->attrs[CTX_A_DEVICES] ? parse_devices(info, grants) : 0;
}

/**
 * ctx_fill_grants - tell what a context is granted, and was refused
 * @skb: message to add the attributes to
 * @ctx: context, locked
 *
 * Return: 0, or -EMSGSIZE.
 */
int ctx_fill_grants(struct sk_buff *skb, const struct ctx *ctx)
{
	const struct ctx_grants *grants = &ctx->grants;
	const struct ctx_devices *devices;
	u64 refusals[__CTX_REFUSED_MAX];

	devices = rcu_dereference_protected(grants->devices, lockdep_is_held(&ctx->lock));
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		refusals[i] = atomic64_read(&ctx->refusals[i]);
	if (nla_put_u64_64bit(skb, CTX_A_CAPS, grants->caps, CTX_A_PAD) ||
	    nla_put_u64_64bit(skb, CTX_A_FEATURES, grants->features, CTX_A_PAD) ||
	    nla_put_u32(skb, CTX_A_NETFILTER, grants->netfilter) ||
	    (devices && nla_put(skb, CTX_A_DEVICES,
				devices->count * sizeof(struct ctx_device), devices->list)) ||
	    nla_put_64bit(skb, CTX_A_REFUSALS, sizeof(refusals), refusals, CTX_A_PAD))
		return -EMSGSIZE;
	return 0;
}

static int put_line(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct ctx_log_line *line)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				&ctx_family, NLM_F_MULTI, CTX_CMD_LOG);

	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_u64_64bit(skb, CTX_A_LOG_SEQ, line->seq, CTX_A_PAD) ||
	    nla_put_u64_64bit(skb, CTX_A_LOG_TIME, line->time, CTX_A_PAD) ||
	    nla_put_string(skb, CTX_A_LOG_TEXT, line->text)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * ctx_nl_log - one part of a dump of the log
 * @skb: message to fill
 * @cb: its cursor is a &struct ctx_log_dump
 *
 * Return: length of what was put, 0 at the end.
 */
int ctx_nl_log(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ctx_log_dump *dump = (struct ctx_log_dump *)cb->ctx;
	struct ctx_log_line line;

	while (ctx_log_next(dump->ctx, dump->seq, &line)) {
		ctx_make_printable(line.text);
		if (put_line(skb, cb, &line))
			break;
		dump->seq = line.seq;
	}
	return skb->len;
}
