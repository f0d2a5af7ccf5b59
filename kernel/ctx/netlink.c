// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: the generic netlink family "ctx", see <uapi/linux/ctx.h>.
 *
 * A message is worked on in the system call of its sender, so that current is
 * who asks. Families with parallel_ops have no lock but generic netlink's own
 * cb_lock, for reading: KILL, which waits, delays the loading and unloading of
 * other families by its timeout at most.
 */

#include <linux/pid.h>
#include <net/genetlink.h>

#include "internal.h"

#define CTX_KILL_TIMEOUT	1000
#define CTX_KILL_TIMEOUT_MAX	10000

/* All that is told of one context. */
#define CTX_MSG_SIZE		(GENLMSG_DEFAULT_SIZE + CTX_BEANS_SIZE)

/* The cursor of a dump. */
struct ctx_dump {
	unsigned long	serial;
	bool		inside;	/* @serial only */
};

static_assert(sizeof(struct ctx_dump) <= sizeof_field(struct netlink_callback, ctx));
static_assert(sizeof(struct ctx_log_dump) <= sizeof_field(struct netlink_callback, ctx));

/*
 * Only the host's administrator may change anything. netlink_capable() asks
 * for the opener of the socket as well when a message has no address: nobody
 * inside makes an administrator's program write one, by lending it a socket.
 */
static bool ctx_may_control(struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	if (!ctx_current() && netlink_capable(skb, CAP_SYS_ADMIN))
		return true;
	NL_SET_ERR_MSG(extack, "Only for CAP_SYS_ADMIN of the host");
	return false;
}

static int ctx_get_id(const struct genl_info *info, u32 *id)
{
	if (GENL_REQ_ATTR_CHECK(info, CTX_A_ID)) {
		GENL_SET_ERR_MSG(info, "The id is missing");
		return -EINVAL;
	}
	*id = nla_get_u32(info->attrs[CTX_A_ID]);
	if (*id == CTX_ID_HOST || *id > CTX_ID_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[CTX_A_ID],
				    "The id is not one of a context");
		return -EINVAL;
	}
	return 0;
}

static int ctx_get_name(struct genl_info *info, const char **name)
{
	struct nlattr *attr = info->attrs[CTX_A_NAME];

	*name = attr ? nla_data(attr) : NULL;
	if (*name && !ctx_name_valid(*name)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "The name is not 1 to 63 printable ASCII characters without blank and slash");
		return -EINVAL;
	}
	return 0;
}

/* Sets *@release, to NULL for the kernel's own or where nothing is said of it. */
static int ctx_get_release(struct genl_info *info, struct ctx_release **release)
{
	struct nlattr *attr = info->attrs[CTX_A_OSRELEASE];

	*release = NULL;
	if (!attr)
		return 0;
	if (!ctx_release_valid(nla_data(attr))) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "The release is not 0 to 64 printable ASCII characters without blank");
		return -EINVAL;
	}
	return ctx_release_alloc(nla_data(attr), release);
}

static struct ctx *ctx_find_or_tell(const struct genl_info *info, u32 id)
{
	struct ctx *ctx = ctx_find(id);

	if (!ctx)
		GENL_SET_ERR_MSG(info, "No context has this id");
	return ctx;
}

static int ctx_nl_new(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *flags = info->attrs[CTX_A_FLAGS];
	struct ctx_params params = { .limits = info->attrs[CTX_A_LIMITS] };
	unsigned int file_flags;
	struct pid *pid;
	u32 id;
	int ret;

	if (!ctx_may_control(skb, info->extack))
		return -EPERM;
	ret = ctx_get_id(info, &id) ?: ctx_get_name(info, &params.name) ?: ctx_check_limits(info);
	if (ret)
		return ret;
	if (GENL_REQ_ATTR_CHECK(info, CTX_A_PIDFD)) {
		GENL_SET_ERR_MSG(info, "The pidfd is missing");
		return -EINVAL;
	}
	if (id <= CTX_ID_RESERVED_MAX &&
	    !(flags && nla_get_u32(flags) & CTX_F_FORCE)) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[CTX_A_ID],
				    "The id is reserved");
		return -EINVAL;
	}
	pid = pidfd_get_pid(nla_get_s32(info->attrs[CTX_A_PIDFD]), &file_flags);
	if (IS_ERR(pid)) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[CTX_A_PIDFD],
				    "Not a pidfd");
		return PTR_ERR(pid);
	}
	ctx_grants_init(&params.grants);
	ret = ctx_get_release(info, &params.release) ?:
	      ctx_parse_grants(info, &params.grants);
	if (!ret)
		ret = ctx_new(pid, id, &params, info->extack);
	kfree(params.release);
	kfree(rcu_access_pointer(params.grants.devices));
	put_pid(pid);
	return ret;
}

static bool ctx_has_change(const struct genl_info *info)
{
	return info->attrs[CTX_A_NAME] || info->attrs[CTX_A_CAPS] ||
	       info->attrs[CTX_A_FEATURES] || info->attrs[CTX_A_NETFILTER] ||
	       info->attrs[CTX_A_DEVICES] || info->attrs[CTX_A_LIMITS] ||
	       info->attrs[CTX_A_OSRELEASE];
}

static int ctx_nl_set(struct sk_buff *skb, struct genl_info *info)
{
	struct ctx_release *release __free(kfree) = NULL;
	struct ctx *ctx __free(ctx_put) = NULL;
	struct ctx_grants grants;
	const char *name;
	u32 id;
	int ret;

	if (!ctx_may_control(skb, info->extack))
		return -EPERM;
	ret = ctx_get_id(info, &id) ?: ctx_get_name(info, &name) ?: ctx_check_limits(info);
	if (ret)
		return ret;
	if (!ctx_has_change(info)) {
		GENL_SET_ERR_MSG(info, "What to change is missing");
		return -EINVAL;
	}
	ctx = ctx_find_or_tell(info, id);
	if (!ctx)
		return -ENOENT;
	guard(mutex)(&ctx->lock);
	grants = ctx->grants;
	ret = ctx_get_release(info, &release) ?: ctx_parse_grants(info, &grants);
	if (ret)
		return ret;
	ctx_grants_replace(ctx, &grants);
	ctx_set_limits(ctx, info->attrs[CTX_A_LIMITS]);
	if (info->attrs[CTX_A_OSRELEASE])
		ctx_release_replace(ctx, no_free_ptr(release));
	if (name)
		strscpy(ctx->name, name);
	ctx_event(ctx, CTX_EVENT_CHANGED);
	return 0;
}

static int ctx_nl_kill(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *timeout = info->attrs[CTX_A_TIMEOUT];
	u32 ms = timeout ? nla_get_u32(timeout) : CTX_KILL_TIMEOUT;
	struct ctx *ctx __free(ctx_put) = NULL;
	u32 id;
	int ret;

	if (!ctx_may_control(skb, info->extack))
		return -EPERM;
	ret = ctx_get_id(info, &id);
	if (ret)
		return ret;
	if (ms > CTX_KILL_TIMEOUT_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, timeout,
				    "The timeout is above 10000 ms");
		return -EINVAL;
	}
	ctx = ctx_find_or_tell(info, id);
	if (!ctx)
		return -ENOENT;
	ret = ctx_kill(ctx, ms);
	if (ret == -ENOENT)
		GENL_SET_ERR_MSG(info, "The context is dead already");
	else if (ret == -EAGAIN)
		GENL_SET_ERR_MSG(info, "Some tasks are left");
	return ret;
}

/*
 * A task inside may ask for its own context, whether by its id or not; the
 * answer to any other id is the same whether there is such a context or not.
 */
static int ctx_nl_find(struct sk_buff *skb, const struct genl_info *info,
		       struct ctx **ctx)
{
	struct ctx *own = ctx_current();
	u32 id = ctx_id(own);
	int ret;

	if (info->attrs[CTX_A_ID]) {
		ret = ctx_get_id(info, &id);
		if (ret)
			return ret;
	}
	if (own && id == own->id) {
		*ctx = ctx_get(own);
		return 0;
	}
	if (id == CTX_ID_HOST) {
		GENL_SET_ERR_MSG(info, "The host is not a context");
		return -ENOENT;
	}
	if (!ctx_may_control(skb, info->extack))
		return -EPERM;
	*ctx = ctx_find_or_tell(info, id);
	return *ctx ? 0 : -ENOENT;
}

static int ctx_nl_get(struct sk_buff *skb, struct genl_info *info)
{
	struct ctx *ctx __free(ctx_put) = NULL;
	struct sk_buff *msg;
	void *hdr;
	int ret;

	ret = ctx_nl_find(skb, info, &ctx);
	if (ret)
		return ret;
	msg = genlmsg_new(CTX_MSG_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &ctx_family, 0, CTX_CMD_GET);
	ret = hdr ? ctx_fill(msg, ctx, ctx_current()) : -EMSGSIZE;
	if (ret) {
		nlmsg_free(msg);
		return ret;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

/* Whoever reads a dump, it is the one who has asked that it is made for. */
static int ctx_nl_dump_start(struct netlink_callback *cb)
{
	struct ctx_dump *dump = (struct ctx_dump *)cb->ctx;
	struct ctx *own = ctx_current();

	if (own) {
		dump->serial = own->serial;
		dump->inside = true;
	} else if (!ctx_may_control(cb->skb, cb->extack)) {
		return -EPERM;
	}
	cb->min_dump_alloc = CTX_MSG_SIZE;
	return 0;
}

static int ctx_nl_dump_one(struct sk_buff *skb, struct netlink_callback *cb,
			   struct ctx *ctx, bool inside)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				cb->nlh->nlmsg_seq, &ctx_family, NLM_F_MULTI,
				CTX_CMD_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (ctx_fill(skb, ctx, inside)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int ctx_nl_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ctx_dump *dump = (struct ctx_dump *)cb->ctx;
	unsigned long serial = dump->serial;
	struct ctx *ctx;
	int ret;

	while ((ctx = ctx_next(&serial))) {
		if (dump->inside && serial != dump->serial) {
			ctx_put(ctx);
			break;
		}
		ret = ctx_nl_dump_one(skb, cb, ctx, dump->inside);
		ctx_put(ctx);
		if (ret)
			return skb->len ?: ret;
		dump->serial = ++serial;
		if (dump->inside) {
			/* Nothing comes after the last number. */
			dump->serial = ULONG_MAX;
			break;
		}
	}
	return skb->len;
}

/* Sets of bits without holes, so that a largest value says which there are. */
static const struct netlink_range_validation ctx_caps_range = { .max = CAP_VALID_MASK };
static const struct netlink_range_validation ctx_features_range = { .max = CTX_FEATURES_ALL };

#define CTX_GRANTS_POLICY							\
	[CTX_A_CAPS]		= NLA_POLICY_FULL_RANGE(NLA_U64, &ctx_caps_range), \
	[CTX_A_FEATURES]	= NLA_POLICY_FULL_RANGE(NLA_U64, &ctx_features_range), \
	[CTX_A_NETFILTER]	= NLA_POLICY_MAX(NLA_U32, CTX_NETFILTER_FULL),	\
	[CTX_A_DEVICES]		= { .type = NLA_BINARY,				\
				    .len = CTX_DEVICES_MAX * sizeof(struct ctx_device) },	\
	[CTX_A_LIMITS]		= { .type = NLA_BINARY,				\
				    .len = __CTX_RES_MAX * sizeof(struct ctx_limit) }

static const struct nla_policy ctx_new_policy[CTX_A_OSRELEASE + 1] = {
	[CTX_A_ID]	= { .type = NLA_U32 },
	[CTX_A_NAME]	= { .type = NLA_NUL_STRING },
	[CTX_A_FLAGS]	= NLA_POLICY_MASK(NLA_U32, CTX_F_FORCE),
	[CTX_A_PIDFD]	= { .type = NLA_S32 },
	CTX_GRANTS_POLICY,
	[CTX_A_OSRELEASE] = { .type = NLA_NUL_STRING },
};

static const struct nla_policy ctx_set_policy[CTX_A_OSRELEASE + 1] = {
	[CTX_A_ID]	= { .type = NLA_U32 },
	[CTX_A_NAME]	= { .type = NLA_NUL_STRING },
	CTX_GRANTS_POLICY,
	[CTX_A_OSRELEASE] = { .type = NLA_NUL_STRING },
};

static int ctx_nl_log_start(struct netlink_callback *cb)
{
	struct ctx_log_dump *dump = (struct ctx_log_dump *)cb->ctx;

	return ctx_nl_find(cb->skb, genl_info_dump(cb), &dump->ctx);
}

static int ctx_nl_log_done(struct netlink_callback *cb)
{
	struct ctx_log_dump *dump = (struct ctx_log_dump *)cb->ctx;

	if (dump->ctx)
		ctx_put(dump->ctx);
	return 0;
}

static const struct nla_policy ctx_get_policy[CTX_A_ID + 1] = {
	[CTX_A_ID]	= { .type = NLA_U32 },
};

/* Without a policy the attributes of a dump would not be looked at. */
static const struct nla_policy ctx_dump_policy[CTX_A_PAD + 1] = {
	[CTX_A_PAD]	= { .type = NLA_REJECT },
};

static const struct nla_policy ctx_kill_policy[CTX_A_TIMEOUT + 1] = {
	[CTX_A_ID]	= { .type = NLA_U32 },
	[CTX_A_TIMEOUT]	= { .type = NLA_U32 },
};

static const struct genl_split_ops ctx_nl_ops[] = {
	{
		.cmd		= CTX_CMD_NEW,
		.doit		= ctx_nl_new,
		.policy		= ctx_new_policy,
		.maxattr	= CTX_A_OSRELEASE,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= CTX_CMD_SET,
		.doit		= ctx_nl_set,
		.policy		= ctx_set_policy,
		.maxattr	= CTX_A_OSRELEASE,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= CTX_CMD_GET,
		.doit		= ctx_nl_get,
		.policy		= ctx_get_policy,
		.maxattr	= CTX_A_ID,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= CTX_CMD_GET,
		.start		= ctx_nl_dump_start,
		.dumpit		= ctx_nl_dump,
		.policy		= ctx_dump_policy,
		.maxattr	= CTX_A_PAD,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= CTX_CMD_KILL,
		.doit		= ctx_nl_kill,
		.policy		= ctx_kill_policy,
		.maxattr	= CTX_A_TIMEOUT,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= CTX_CMD_LOG,
		.start		= ctx_nl_log_start,
		.dumpit		= ctx_nl_log,
		.done		= ctx_nl_log_done,
		.policy		= ctx_get_policy,
		.maxattr	= CTX_A_ID,
		.flags		= GENL_CMD_CAP_DUMP,
	},
};

static const struct genl_multicast_group ctx_mcgrps[] = {
	{ .name = CTX_GENL_MCGRP_EVENTS, .flags = GENL_MCAST_CAP_SYS_ADMIN },
};

struct genl_family ctx_family __ro_after_init = {
	.name		= CTX_GENL_NAME,
	.version	= CTX_GENL_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.split_ops	= ctx_nl_ops,
	.n_split_ops	= ARRAY_SIZE(ctx_nl_ops),
	.mcgrps		= ctx_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(ctx_mcgrps),
};
