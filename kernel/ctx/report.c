// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: what is told of them, on request and as events.
 */

#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <net/genetlink.h>

#include "internal.h"

/* Init's pid for the reader, 0 if it has none there or is gone. */
static pid_t ctx_init_pid(const struct ctx *ctx)
{
	guard(rcu)();
	if (!ctx->init || !pid_task(ctx->init, PIDTYPE_TGID))
		return 0;
	return pid_nr_ns(ctx->init, task_active_pid_ns(current));
}

static int ctx_fill_reason(struct sk_buff *skb, const struct ctx *ctx)
{
	if (ctx->state < CTX_STATE_STOPPING)
		return 0;
	return nla_put_u32(skb, CTX_A_REASON, ctx->reason) ?:
	       nla_put_u32(skb, CTX_A_EXIT_STATUS, ctx->exit_status);
}

/**
 * ctx_fill - describe a context
 * @skb: message to add the attributes to
 * @ctx: context, not locked
 * @inside: for a reader inside: without what tells of the host and of others
 *
 * Return: 0, or -EMSGSIZE.
 */
int ctx_fill(struct sk_buff *skb, struct ctx *ctx, bool inside)
{
	pid_t pid;

	guard(mutex)(&ctx->lock);
	pid = ctx_init_pid(ctx);
	if (nla_put_u32(skb, CTX_A_ID, ctx->id) ||
	    nla_put_u32(skb, CTX_A_STATE, ctx->state) ||
	    (ctx->name[0] && nla_put_string(skb, CTX_A_NAME, ctx->name)) ||
	    (pid && nla_put_u32(skb, CTX_A_INIT_PID, pid)) ||
	    ctx_fill_reason(skb, ctx) ||
	    ctx_fill_grants(skb, ctx) ||
	    ctx_fill_view(skb, ctx) ||
	    ctx_fill_beans(skb, ctx))
		return -EMSGSIZE;
	if (inside)
		return 0;
	if (nla_put_u64_64bit(skb, CTX_A_CGROUP_ID, ctx->cgroup_id, CTX_A_PAD) ||
	    nla_put_u64_64bit(skb, CTX_A_SERIAL, ctx->serial, CTX_A_PAD) ||
	    nla_put_u64_64bit(skb, CTX_A_TIME, ctx->start_time, CTX_A_PAD))
		return -EMSGSIZE;
	return 0;
}

/* An event with what all have; NULL without a listener, or without memory. */
static struct sk_buff *event_begin(const struct ctx *ctx, enum ctx_event event, void **hdr)
{
	struct sk_buff *skb;

	if (!genl_has_listeners(&ctx_family, &init_net, 0))
		return NULL;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		goto lost;
	*hdr = genlmsg_put(skb, 0, 0, &ctx_family, 0, CTX_CMD_EVENT);
	if (*hdr &&
	    !nla_put_u32(skb, CTX_A_ID, ctx->id) &&
	    !nla_put_u64_64bit(skb, CTX_A_SERIAL, ctx->serial, CTX_A_PAD) &&
	    !nla_put_u32(skb, CTX_A_EVENT, event) &&
	    !nla_put_u32(skb, CTX_A_STATE, ctx->state))
		return skb;
	nlmsg_free(skb);
lost:
	genl_set_err(&ctx_family, &init_net, 0, 0, ENOBUFS);
	return NULL;
}

static void event_end(struct sk_buff *skb, void *hdr, bool complete)
{
	if (!complete) {
		nlmsg_free(skb);
		genl_set_err(&ctx_family, &init_net, 0, 0, ENOBUFS);
		return;
	}
	genlmsg_end(skb, hdr);
	genlmsg_multicast_netns(&ctx_family, &init_net, skb, 0, 0, GFP_KERNEL);
}

/**
 * ctx_event - tell the subscribers of a change
 * @ctx: context, locked, so that events are sent in the order of the changes
 * @event: what has happened
 *
 * In the initial network namespace only. A subscriber that misses one for lack
 * of memory has -ENOBUFS from its socket, as with all of netlink, and asks for
 * a dump.
 */
void ctx_event(struct ctx *ctx, enum ctx_event event)
{
	struct sk_buff *skb;
	void *hdr;

	lockdep_assert_held(&ctx->lock);
	skb = event_begin(ctx, event, &hdr);
	if (skb)
		event_end(skb, hdr, !ctx_fill_reason(skb, ctx));
}

/**
 * ctx_event_limit - tell the subscribers that a resource was refused
 * @ctx: context, not locked
 * @res: resource
 */
void ctx_event_limit(struct ctx *ctx, enum ctx_resource res)
{
	u64 failcnt = atomic_long_read(&ctx->bc.bean[res].failcnt);
	struct sk_buff *skb;
	void *hdr;

	guard(mutex)(&ctx->lock);
	skb = event_begin(ctx, CTX_EVENT_LIMIT, &hdr);
	if (skb)
		event_end(skb, hdr, !nla_put_u32(skb, CTX_A_RESOURCE, res) &&
			  !nla_put_u64_64bit(skb, CTX_A_FAILCNT, failcnt, CTX_A_PAD));
}

/**
 * ctx_event_oom - tell the subscribers that the OOM killer has ended a task
 * @ctx: context, not locked
 */
void ctx_event_oom(struct ctx *ctx)
{
	u64 kills = atomic64_read(&ctx->log->oom_kills);
	struct sk_buff *skb;
	void *hdr;

	guard(mutex)(&ctx->lock);
	skb = event_begin(ctx, CTX_EVENT_OOM, &hdr);
	if (skb)
		event_end(skb, hdr, !nla_put_u64_64bit(skb, CTX_A_FAILCNT, kills, CTX_A_PAD));
}
