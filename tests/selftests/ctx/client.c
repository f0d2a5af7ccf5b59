// SPDX-License-Identifier: GPL-2.0
#include "client.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

const struct grants nesting = {
	.have = HAVE(FEATURES), .features = FEATURE(NESTING),
};

int client_open(struct client *client)
{
	int on = 1;

	memset(client, 0, sizeof(*client));
	client->sk = nl_socket_alloc();
	if (!client->sk)
		return -ENOMEM;
	nl_socket_disable_auto_ack(client->sk);
	if (genl_connect(client->sk)) {
		client_close(client);
		return -EPROTO;
	}
	setsockopt(nl_socket_get_fd(client->sk), SOL_NETLINK, NETLINK_EXT_ACK,
		   &on, sizeof(on));
	client->family = genl_ctrl_resolve(client->sk, CTX_GENL_NAME);
	if (client->family < 0) {
		client_close(client);
		return -ENOPROTOOPT;
	}
	return 0;
}

void client_close(struct client *client)
{
	nl_socket_free(client->sk);
	client->sk = NULL;
}

struct nl_msg *client_message(struct client *client, int command, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, client->family, 0,
		    NLM_F_REQUEST | NLM_F_ACK | flags, command,
		    CTX_GENL_VERSION);
	return msg;
}

static void read_info(struct nlmsghdr *nlh, struct info *info)
{
	struct nlattr *attrs[CTX_A_MAX + 1];
	int i;

	memset(info, 0, sizeof(*info));
	genlmsg_parse(nlh, 0, attrs, CTX_A_MAX, NULL);
	for (i = 1; i <= CTX_A_MAX; i++)
		if (attrs[i])
			info->have |= 1U << i;
#define U32(attr, to) if (attrs[attr]) info->to = nla_get_u32(attrs[attr])
#define U64(attr, to) if (attrs[attr]) info->to = nla_get_u64(attrs[attr])
	U32(CTX_A_ID, id);
	U32(CTX_A_STATE, state);
	U32(CTX_A_INIT_PID, init_pid);
	U32(CTX_A_EVENT, event);
	U32(CTX_A_REASON, reason);
	U32(CTX_A_EXIT_STATUS, exit_status);
	U64(CTX_A_CGROUP_ID, cgroup_id);
	U64(CTX_A_SERIAL, serial);
	U64(CTX_A_TIME, time);
	U64(CTX_A_CAPS, caps);
	U64(CTX_A_FEATURES, features);
	U32(CTX_A_NETFILTER, netfilter);
	U64(CTX_A_LOG_SEQ, log_seq);
	U64(CTX_A_LOG_TIME, log_time);
	U32(CTX_A_RESOURCE, resource);
	U64(CTX_A_FAILCNT, failcnt);
#undef U32
#undef U64
	if (attrs[CTX_A_OSRELEASE])
		nla_strlcpy(info->osrelease, attrs[CTX_A_OSRELEASE],
			    sizeof(info->osrelease));
	if (attrs[CTX_A_NAME])
		nla_strlcpy(info->name, attrs[CTX_A_NAME], sizeof(info->name));
	if (attrs[CTX_A_LOG_TEXT])
		nla_strlcpy(info->log_text, attrs[CTX_A_LOG_TEXT],
			    sizeof(info->log_text));
	info->n_devices = nla_memcpy(info->devices, attrs[CTX_A_DEVICES],
				     sizeof(info->devices)) / sizeof(*info->devices);
	info->n_refusals = nla_memcpy(info->refusals, attrs[CTX_A_REFUSALS],
				      sizeof(info->refusals)) / sizeof(*info->refusals);
	info->n_beans = nla_memcpy(info->beans, attrs[CTX_A_BEANS],
				   sizeof(info->beans)) / sizeof(*info->beans);
}

struct call {
	struct client *client;
	void (*tell)(const struct info *info, void *data);
	void *data;
	int result;	/* 1 until the end of the answer */
};

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct call *call = arg;
	struct info info;

	if (call->tell) {
		read_info(nlmsg_hdr(msg), &info);
		call->tell(&info, call->data);
	}
	return NL_OK;
}

static int on_end(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct call *call = arg;

	call->result = 0;
	if (nlh->nlmsg_type == NLMSG_DONE &&
	    nlh->nlmsg_len >= NLMSG_LENGTH(sizeof(int)))
		call->result = *(int *)NLMSG_DATA(nlh);
	return NL_STOP;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)err - 1;
	struct call *call = arg;
	struct nlattr *text;
	size_t skip = sizeof(*err);

	(void)from;
	call->result = err->error;
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return NL_STOP;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += NLMSG_ALIGN(err->msg.nlmsg_len) - sizeof(err->msg);
	text = nla_find((struct nlattr *)((char *)err + skip),
			nlmsg_datalen(nlh) - skip, NLMSGERR_ATTR_MSG);
	if (text)
		nla_strlcpy(call->client->message, text,
			    sizeof(call->client->message));
	return NL_STOP;
}

int client_call(struct client *client, struct nl_msg *msg,
		void (*tell)(const struct info *info, void *data), void *data)
{
	struct call call = { client, tell, data, 1 };
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int ret;

	client->message[0] = '\0';
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, &call);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_end, &call);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_end, &call);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, &call);
	ret = nl_send_auto(client->sk, msg);
	nlmsg_free(msg);
	while (ret >= 0 && call.result == 1) {
		ret = nl_recvmsgs(client->sk, cb);
		if (ret == -NLE_INTR)
			ret = 0;
	}
	nl_cb_put(cb);
	return call.result == 1 ? -EPROTO : call.result;
}

int ctx_new(struct client *client, uint32_t id, int pidfd, const char *name,
	    uint32_t flags)
{
	struct nl_msg *msg = client_message(client, CTX_CMD_NEW, 0);

	nla_put_u32(msg, CTX_A_ID, id);
	nla_put_s32(msg, CTX_A_PIDFD, pidfd);
	if (name)
		nla_put_string(msg, CTX_A_NAME, name);
	if (flags)
		nla_put_u32(msg, CTX_A_FLAGS, flags);
	return client_call(client, msg, NULL, NULL);
}

int ctx_set(struct client *client, uint32_t id, const char *name)
{
	struct nl_msg *msg = client_message(client, CTX_CMD_SET, 0);

	nla_put_u32(msg, CTX_A_ID, id);
	nla_put_string(msg, CTX_A_NAME, name);
	return client_call(client, msg, NULL, NULL);
}

void put_grants(struct nl_msg *msg, const struct grants *grants)
{
	if (grants->have & HAVE(CAPS))
		nla_put_u64(msg, CTX_A_CAPS, grants->caps);
	if (grants->have & HAVE(FEATURES))
		nla_put_u64(msg, CTX_A_FEATURES, grants->features);
	if (grants->have & HAVE(NETFILTER))
		nla_put_u32(msg, CTX_A_NETFILTER, grants->netfilter);
	if (grants->have & HAVE(DEVICES))
		nla_put(msg, CTX_A_DEVICES,
			grants->n_devices * sizeof(*grants->devices),
			grants->devices);
	if (grants->have & HAVE(OSRELEASE))
		nla_put_string(msg, CTX_A_OSRELEASE, grants->osrelease);
}

int ctx_new_with(struct client *client, uint32_t id, int pidfd,
		 const struct grants *grants)
{
	struct nl_msg *msg = client_message(client, CTX_CMD_NEW, 0);

	nla_put_u32(msg, CTX_A_ID, id);
	nla_put_s32(msg, CTX_A_PIDFD, pidfd);
	put_grants(msg, grants);
	return client_call(client, msg, NULL, NULL);
}

int ctx_grant(struct client *client, uint32_t id, const struct grants *grants)
{
	struct nl_msg *msg = client_message(client, CTX_CMD_SET, 0);

	nla_put_u32(msg, CTX_A_ID, id);
	put_grants(msg, grants);
	return client_call(client, msg, NULL, NULL);
}

int ctx_limit(struct client *client, uint32_t id, const struct ctx_limit *limits,
	      size_t size)
{
	struct nl_msg *msg = client_message(client, CTX_CMD_SET, 0);

	nla_put_u32(msg, CTX_A_ID, id);
	nla_put(msg, CTX_A_LIMITS, size, limits);
	return client_call(client, msg, NULL, NULL);
}

int ctx_log(struct client *client, uint32_t id,
	    void (*tell)(const struct info *info, void *data), void *data)
{
	struct nl_msg *msg = client_message(client, CTX_CMD_LOG, NLM_F_DUMP);

	if (id)
		nla_put_u32(msg, CTX_A_ID, id);
	return client_call(client, msg, tell, data);
}

static void copy_info(const struct info *info, void *data)
{
	*(struct info *)data = *info;
}

int ctx_get(struct client *client, uint32_t id, struct info *info)
{
	struct nl_msg *msg = client_message(client, CTX_CMD_GET, 0);

	memset(info, 0, sizeof(*info));
	if (id)
		nla_put_u32(msg, CTX_A_ID, id);
	return client_call(client, msg, copy_info, info);
}

int ctx_dump(struct client *client,
	     void (*tell)(const struct info *info, void *data), void *data)
{
	return client_call(client,
			   client_message(client, CTX_CMD_GET, NLM_F_DUMP),
			   tell, data);
}

int ctx_kill(struct client *client, uint32_t id, int timeout_ms)
{
	struct nl_msg *msg = client_message(client, CTX_CMD_KILL, 0);

	nla_put_u32(msg, CTX_A_ID, id);
	if (timeout_ms >= 0)
		nla_put_u32(msg, CTX_A_TIMEOUT, timeout_ms);
	return client_call(client, msg, NULL, NULL);
}

int ctx_end(struct client *client, uint32_t id)
{
	int ret, tries;

	for (tries = 0; tries < 30; tries++) {
		ret = ctx_kill(client, id, 1000);
		if (ret == -ENOENT)
			return 0;
		if (ret != -EAGAIN)
			return ret;
	}
	return -ETIMEDOUT;
}

struct count {
	uint32_t id;
	int n;
};

static void count_one(const struct info *info, void *data)
{
	struct count *count = data;

	if (!count->id || info->id == count->id)
		count->n++;
}

int ctx_count(struct client *client, uint32_t id)
{
	struct count count = { id, 0 };

	return ctx_dump(client, count_one, &count) ?: count.n;
}

int events_open(struct client *client)
{
	int ret = client_open(client), group;

	if (ret)
		return ret;
	group = genl_ctrl_resolve_grp(client->sk, CTX_GENL_NAME,
				      CTX_GENL_MCGRP_EVENTS);
	if (group < 0) {
		client_close(client);
		return -ENOPROTOOPT;
	}
	nl_socket_disable_seq_check(client->sk);
	nl_socket_set_buffer_size(client->sk, 1 << 20, 0);
	if (setsockopt(nl_socket_get_fd(client->sk), SOL_NETLINK,
		       NETLINK_ADD_MEMBERSHIP, &group, sizeof(group))) {
		ret = -errno;
		client_close(client);
		return ret;
	}
	return 0;
}

static int on_event(struct nl_msg *msg, void *arg)
{
	if (genlmsg_hdr(nlmsg_hdr(msg))->cmd == CTX_CMD_EVENT)
		read_info(nlmsg_hdr(msg), arg);
	return NL_OK;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

int events_next(struct client *client, uint32_t id, int timeout_ms,
		struct info *info)
{
	struct pollfd pollfd = { nl_socket_get_fd(client->sk), POLLIN, 0 };
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int64_t end = now_ms() + timeout_ms, left;
	int ret = -ETIMEDOUT;

	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_event, info);
	while ((left = end - now_ms()) >= 0 && poll(&pollfd, 1, left) > 0) {
		memset(info, 0, sizeof(*info));
		if (nl_recvmsgs(client->sk, cb) < 0) {
			ret = -EPROTO;
			break;
		}
		if (info->event && info->id == id) {
			ret = 0;
			break;
		}
	}
	nl_cb_put(cb);
	return ret;
}
