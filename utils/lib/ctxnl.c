// SPDX-License-Identifier: GPL-2.0
/* The generic netlink family "ctx", by libnl. */
#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/netlink.h>

#include <linux/ctx.h>

#include "priv.h"

struct kx_nl {
	struct nl_sock *sock;
	int family;
	/* Of the request under way: */
	int result;		/* 0, or a negative errno */
	bool done;
	char why[256];		/* extended ack */
	struct kx_ctx *list;
	size_t count;
	bool nomem;
	kx_log_fn log;
	void *log_arg;
};

static struct nla_policy policy[CTX_A_MAX + 1] = {
	[CTX_A_ID] = { .type = NLA_U32 },
	[CTX_A_NAME] = { .type = NLA_STRING },
	[CTX_A_STATE] = { .type = NLA_U32 },
	[CTX_A_INIT_PID] = { .type = NLA_U32 },
	[CTX_A_CGROUP_ID] = { .type = NLA_U64 },
	[CTX_A_SERIAL] = { .type = NLA_U64 },
	[CTX_A_TIME] = { .type = NLA_U64 },
	[CTX_A_EVENT] = { .type = NLA_U32 },
	[CTX_A_REASON] = { .type = NLA_U32 },
	[CTX_A_EXIT_STATUS] = { .type = NLA_U32 },
	[CTX_A_CAPS] = { .type = NLA_U64 },
	[CTX_A_FEATURES] = { .type = NLA_U64 },
	[CTX_A_NETFILTER] = { .type = NLA_U32 },
	[CTX_A_OSRELEASE] = { .type = NLA_STRING },
	[CTX_A_LOG_SEQ] = { .type = NLA_U64 },
	[CTX_A_LOG_TIME] = { .type = NLA_U64 },
	[CTX_A_LOG_TEXT] = { .type = NLA_STRING },
	[CTX_A_RESOURCE] = { .type = NLA_U32 },
	[CTX_A_FAILCNT] = { .type = NLA_U64 },
};

static uint32_t get_u32(struct nlattr *a)
{
	return a ? nla_get_u32(a) : 0;
}

static uint64_t get_u64(struct nlattr *a)
{
	return a ? nla_get_u64(a) : 0;
}

/* As much of an array as there is room for, in bytes. */
static size_t get_array(void *to, size_t size, struct nlattr *a)
{
	size_t len = a ? (size_t)nla_len(a) : 0;

	if (len > size)
		len = size;
	if (len)
		memcpy(to, nla_data(a), len);
	return len;
}

static void get_grants(struct kx_ctx *ctx, struct nlattr **tb)
{
	struct kx_grants *g = &ctx->grants;

	g->caps = get_u64(tb[CTX_A_CAPS]);
	g->features = get_u64(tb[CTX_A_FEATURES]);
	g->netfilter = get_u32(tb[CTX_A_NETFILTER]);
	g->ndevices = get_array(g->devices, sizeof(g->devices), tb[CTX_A_DEVICES]) /
		      sizeof(g->devices[0]);
	if (tb[CTX_A_OSRELEASE])
		nla_strlcpy(g->osrelease, tb[CTX_A_OSRELEASE], sizeof(g->osrelease));
	ctx->nrefusals = get_array(ctx->refusals, sizeof(ctx->refusals),
				   tb[CTX_A_REFUSALS]) / sizeof(ctx->refusals[0]);
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[CTX_A_MAX + 1];
	struct kx_nl *nl = arg;
	struct kx_ctx *ctx, *list;

	if (genlmsg_parse(nlmsg_hdr(msg), 0, tb, CTX_A_MAX, policy) < 0)
		return NL_SKIP;
	if (tb[CTX_A_LOG_TEXT] && nl->log)
		nl->log(get_u64(tb[CTX_A_LOG_SEQ]), get_u64(tb[CTX_A_LOG_TIME]),
			nla_get_string(tb[CTX_A_LOG_TEXT]), nl->log_arg);
	if (!tb[CTX_A_ID])
		return NL_SKIP;
	list = realloc(nl->list, (nl->count + 1) * sizeof(*list));
	if (!list) {
		nl->nomem = true;
		return NL_SKIP;
	}
	nl->list = list;
	ctx = memset(&list[nl->count++], 0, sizeof(*ctx));
	ctx->id = get_u32(tb[CTX_A_ID]);
	ctx->state = get_u32(tb[CTX_A_STATE]);
	ctx->init_pid = get_u32(tb[CTX_A_INIT_PID]);
	ctx->reason = get_u32(tb[CTX_A_REASON]);
	ctx->exit_status = get_u32(tb[CTX_A_EXIT_STATUS]);
	ctx->event = get_u32(tb[CTX_A_EVENT]);
	ctx->serial = get_u64(tb[CTX_A_SERIAL]);
	ctx->cgroup_id = get_u64(tb[CTX_A_CGROUP_ID]);
	ctx->time = get_u64(tb[CTX_A_TIME]);
	if (tb[CTX_A_NAME])
		nla_strlcpy(ctx->name, tb[CTX_A_NAME], sizeof(ctx->name));
	get_grants(ctx, tb);
	ctx->nbeans = get_array(ctx->beans, sizeof(ctx->beans), tb[CTX_A_BEANS]) /
		      sizeof(ctx->beans[0]);
	ctx->resource = get_u32(tb[CTX_A_RESOURCE]);
	ctx->failcnt = get_u64(tb[CTX_A_FAILCNT]);
	return NL_OK;
}

static int on_end(struct nl_msg *msg, void *arg)
{
	struct kx_nl *nl = arg;

	(void)msg;
	nl->done = true;
	return NL_STOP;
}

/* The error and, behind the copy of the request, the kernel's own words. */
static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	const struct nlmsghdr *h = (const void *)((char *)e - NLMSG_HDRLEN);
	size_t skip = sizeof(*e);
	struct kx_nl *nl = arg;
	struct nlattr *a;

	(void)from;
	nl->result = e->error;
	nl->done = true;
	nl->why[0] = '\0';
	if (!(h->nlmsg_flags & NLM_F_CAPPED))
		skip += e->msg.nlmsg_len - sizeof(e->msg);
	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS) ||
	    h->nlmsg_len < NLMSG_HDRLEN + NLMSG_ALIGN(skip))
		return NL_STOP;
	a = nla_find((struct nlattr *)((char *)e + NLMSG_ALIGN(skip)),
		     h->nlmsg_len - NLMSG_HDRLEN - NLMSG_ALIGN(skip),
		     NLMSGERR_ATTR_MSG);
	if (a)
		nla_strlcpy(nl->why, a, sizeof(nl->why));
	return NL_STOP;
}

int kx_nl_open(struct kx_nl **out, struct kx_err *err)
{
	struct kx_nl *nl = calloc(1, sizeof(*nl));
	int one = 1, ret;

	if (!nl)
		return kx_nomem(err);
	nl->sock = nl_socket_alloc();
	if (!nl->sock) {
		free(nl);
		return kx_nomem(err);
	}
	ret = genl_connect(nl->sock);
	if (ret < 0) {
		kx_fail(err, KX_SYSTEM, 0, "generic netlink: %s", nl_geterror(ret));
		goto fail;
	}
	nl->family = genl_ctrl_resolve(nl->sock, CTX_GENL_NAME);
	if (nl->family < 0) {
		kx_fail(err, KX_NO_KERNEL, 0,
			"the running kernel has no contexts (it is not a Kontext kernel)");
		goto fail;
	}
	setsockopt(nl_socket_get_fd(nl->sock), SOL_NETLINK, NETLINK_EXT_ACK,
		   &one, sizeof(one));
	nl_socket_disable_auto_ack(nl->sock);
	nl_socket_modify_cb(nl->sock, NL_CB_VALID, NL_CB_CUSTOM, on_message, nl);
	nl_socket_modify_cb(nl->sock, NL_CB_FINISH, NL_CB_CUSTOM, on_end, nl);
	nl_socket_modify_cb(nl->sock, NL_CB_ACK, NL_CB_CUSTOM, on_end, nl);
	nl_socket_modify_err_cb(nl->sock, NL_CB_CUSTOM, on_error, nl);
	*out = nl;
	return 0;
fail:
	kx_nl_close(nl);
	return -1;
}

void kx_nl_close(struct kx_nl *nl)
{
	if (!nl)
		return;
	nl_socket_free(nl->sock);
	free(nl->list);
	free(nl);
}

static struct nl_msg *request(struct kx_nl *nl, int cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (msg && !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, nl->family, 0,
				NLM_F_REQUEST | flags, cmd, CTX_GENL_VERSION)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

/* Sends @msg and takes the answers. Consumes @msg. */
static int transact(struct kx_nl *nl, struct nl_msg *msg)
{
	int ret;

	free(nl->list);
	nl->list = NULL;
	nl->count = 0;
	nl->result = 0;
	nl->done = false;
	nl->nomem = false;
	nl->why[0] = '\0';
	ret = nl_send_auto(nl->sock, msg);
	nlmsg_free(msg);
	while (ret >= 0 && !nl->done)
		ret = nl_recvmsgs_default(nl->sock);
	if (!nl->done)
		return -EIO;
	return nl->nomem ? -ENOMEM : nl->result;
}

static int fail_of(struct kx_nl *nl, int ret, enum kx_code code,
		   const char *what, uint32_t id, struct kx_err *err)
{
	if (*nl->why)
		return kx_fail(err, code, 0, "cannot %s context %u: %s", what,
			       id, nl->why);
	return kx_fail(err, code, -ret, "cannot %s context %u", what, id);
}

static int put_grants(struct nl_msg *msg, const struct kx_grants *g)
{
	return nla_put_u64(msg, CTX_A_CAPS, g->caps) ||
	       nla_put_u64(msg, CTX_A_FEATURES, g->features) ||
	       nla_put_u32(msg, CTX_A_NETFILTER, g->netfilter) ||
	       nla_put(msg, CTX_A_DEVICES, g->ndevices * sizeof(g->devices[0]),
		       g->devices) ||
	       nla_put_string(msg, CTX_A_OSRELEASE, g->osrelease) ? -1 : 0;
}

static int put_limits(struct nl_msg *msg, const struct kx_limits *limits)
{
	return nla_put(msg, CTX_A_LIMITS, limits->count * sizeof(limits->list[0]),
		       limits->list);
}

int kx_ctx_new(struct kx_nl *nl, uint32_t id, const char *name, int pidfd,
	       uint32_t flags, const struct kx_grants *grants,
	       const struct kx_limits *limits, struct kx_err *err)
{
	struct nl_msg *msg = request(nl, CTX_CMD_NEW, NLM_F_ACK);
	int ret;

	if (!msg)
		return kx_nomem(err);
	if (nla_put_u32(msg, CTX_A_ID, id) ||
	    nla_put_s32(msg, CTX_A_PIDFD, pidfd) ||
	    (flags && nla_put_u32(msg, CTX_A_FLAGS, flags)) ||
	    (name && *name && nla_put_string(msg, CTX_A_NAME, name)) ||
	    (grants && put_grants(msg, grants)) ||
	    (limits && put_limits(msg, limits))) {
		nlmsg_free(msg);
		return kx_nomem(err);
	}
	ret = transact(nl, msg);
	return ret ? fail_of(nl, ret, KX_NEW_FAILED, "make", id, err) : 0;
}

int kx_ctx_grant(struct kx_nl *nl, uint32_t id, const struct kx_grants *grants,
		 struct kx_err *err)
{
	struct nl_msg *msg = request(nl, CTX_CMD_SET, NLM_F_ACK);
	int ret;

	if (!msg || nla_put_u32(msg, CTX_A_ID, id) || put_grants(msg, grants)) {
		nlmsg_free(msg);
		return kx_nomem(err);
	}
	ret = transact(nl, msg);
	return ret ? fail_of(nl, ret, KX_SETPARM, "change", id, err) : 0;
}

int kx_ctx_limit(struct kx_nl *nl, uint32_t id, const struct kx_limits *limits,
		 struct kx_err *err)
{
	struct nl_msg *msg = request(nl, CTX_CMD_SET, NLM_F_ACK);
	int ret;

	if (!msg || nla_put_u32(msg, CTX_A_ID, id) || put_limits(msg, limits)) {
		nlmsg_free(msg);
		return kx_nomem(err);
	}
	ret = transact(nl, msg);
	return ret ? fail_of(nl, ret, KX_SETPARM, "limit", id, err) : 0;
}

int kx_ctx_log(struct kx_nl *nl, uint32_t id, kx_log_fn fn, void *arg,
	       struct kx_err *err)
{
	struct nl_msg *msg = request(nl, CTX_CMD_LOG, NLM_F_DUMP);
	int ret;

	if (!msg || nla_put_u32(msg, CTX_A_ID, id)) {
		nlmsg_free(msg);
		return kx_nomem(err);
	}
	nl->log = fn;
	nl->log_arg = arg;
	ret = transact(nl, msg);
	nl->log = NULL;
	if (ret == -ENOENT)
		return kx_fail(err, KX_NOT_RUNNING, 0, "VPS %u is not running", id);
	return ret ? fail_of(nl, ret, KX_SYSTEM, "read the log of", id, err) : 0;
}

int kx_ctx_get(struct kx_nl *nl, uint32_t id, struct kx_ctx *ctx,
	       struct kx_err *err)
{
	struct nl_msg *msg = request(nl, CTX_CMD_GET, NLM_F_ACK);
	int ret;

	if (!msg || nla_put_u32(msg, CTX_A_ID, id)) {
		nlmsg_free(msg);
		return kx_nomem(err);
	}
	ret = transact(nl, msg);
	if (ret == -ENOENT)
		return 0;
	if (ret || !nl->count)
		return fail_of(nl, ret ? ret : -EIO, KX_SYSTEM, "read", id, err);
	*ctx = nl->list[0];
	return 1;
}

int kx_ctx_list(struct kx_nl *nl, struct kx_ctx **list, size_t *count,
		struct kx_err *err)
{
	struct nl_msg *msg = request(nl, CTX_CMD_GET, NLM_F_DUMP);
	int ret;

	if (!msg)
		return kx_nomem(err);
	ret = transact(nl, msg);
	if (ret)
		return kx_fail(err, KX_SYSTEM, -ret, "cannot list contexts%s%s",
			       *nl->why ? ": " : "", nl->why);
	*list = nl->list;
	*count = nl->count;
	nl->list = NULL;
	nl->count = 0;
	return 0;
}

int kx_ctx_rename(struct kx_nl *nl, uint32_t id, const char *name,
		  struct kx_err *err)
{
	struct nl_msg *msg = request(nl, CTX_CMD_SET, NLM_F_ACK);
	int ret;

	if (!msg || nla_put_u32(msg, CTX_A_ID, id) ||
	    nla_put_string(msg, CTX_A_NAME, name)) {
		nlmsg_free(msg);
		return kx_nomem(err);
	}
	ret = transact(nl, msg);
	return ret ? fail_of(nl, ret, KX_SETPARM, "rename", id, err) : 0;
}

/* The kernel waits a second at most in one call; the rest is asked again. */
int kx_ctx_kill(struct kx_nl *nl, uint32_t id, unsigned int timeout_ms,
		struct kx_err *err)
{
	unsigned int left = timeout_ms;
	struct nl_msg *msg;
	int ret;

	do {
		unsigned int step = left < 1000 ? left : 1000;

		msg = request(nl, CTX_CMD_KILL, NLM_F_ACK);
		if (!msg || nla_put_u32(msg, CTX_A_ID, id) ||
		    nla_put_u32(msg, CTX_A_TIMEOUT, step)) {
			nlmsg_free(msg);
			return kx_nomem(err);
		}
		ret = transact(nl, msg);
		left -= step;
	} while (ret == -EINTR || (ret == -EAGAIN && left));
	if (!ret || ret == -ENOENT)
		return 0;
	return fail_of(nl, ret, KX_NOT_STOPPED, "end", id, err);
}

int kx_nl_subscribe(struct kx_nl *nl, struct kx_err *err)
{
	int group = genl_ctrl_resolve_grp(nl->sock, CTX_GENL_NAME,
					  CTX_GENL_MCGRP_EVENTS);
	int ret;

	if (group < 0)
		return kx_fail(err, KX_NO_KERNEL, 0,
			       "the running kernel sends no events of contexts");
	nl_socket_disable_seq_check(nl->sock);
	nl_socket_set_buffer_size(nl->sock, 1 << 20, 0);
	ret = nl_socket_add_membership(nl->sock, group);
	if (ret < 0)
		return kx_fail(err, KX_PERMISSION, 0,
			       "cannot join the events of contexts: %s",
			       nl_geterror(ret));
	free(nl->list);
	nl->list = NULL;
	nl->count = 0;
	return 0;
}

int kx_nl_fd(const struct kx_nl *nl)
{
	return nl_socket_get_fd(nl->sock);
}

int kx_event_wait(struct kx_nl *nl, int timeout_ms, struct kx_ctx *event,
		  struct kx_err *err)
{
	struct pollfd p = { .fd = kx_nl_fd(nl), .events = POLLIN };
	int ret;

	while (!nl->count) {
		ret = poll(&p, 1, timeout_ms);
		if (ret < 0 && errno != EINTR)
			return kx_fail(err, KX_SYSTEM, errno, "poll");
		if (ret <= 0)
			return 0;
		ret = nl_recvmsgs_default(nl->sock);
		if (ret == -NLE_NOMEM)
			return kx_fail(err, KX_RESOURCE, 0,
				       "events of contexts were lost");
		if (ret < 0)
			return kx_fail(err, KX_SYSTEM, 0,
				       "events of contexts: %s", nl_geterror(ret));
	}
	*event = nl->list[0];
	memmove(nl->list, nl->list + 1, --nl->count * sizeof(*nl->list));
	return 1;
}

const char *kx_ctx_state_name(uint32_t state)
{
	static const char *const names[] = {
		[CTX_STATE_NEW] = "new",
		[CTX_STATE_RUNNING] = "running",
		[CTX_STATE_STOPPING] = "stopping",
		[CTX_STATE_DEAD] = "dead",
	};

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}

const char *kx_ctx_reason_name(uint32_t reason)
{
	static const char *const names[] = {
		[CTX_REASON_NONE] = "none",
		[CTX_REASON_EXIT] = "exit",
		[CTX_REASON_HALT] = "halt",
		[CTX_REASON_REBOOT] = "reboot",
		[CTX_REASON_KILLED] = "killed",
		[CTX_REASON_SIGNAL] = "signal",
	};

	return reason < sizeof(names) / sizeof(names[0]) ? names[reason] : "unknown";
}
