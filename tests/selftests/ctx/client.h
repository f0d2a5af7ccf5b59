/* SPDX-License-Identifier: GPL-2.0 */
/* Speaks the netlink family "ctx" and returns the kernel's own errno. */
#ifndef CTX_CLIENT_H
#define CTX_CLIENT_H

#include <linux/ctx.h>
#include <netlink/netlink.h>
#include <stdbool.h>
#include <stdint.h>

struct client {
	struct nl_sock *sk;
	int family;
	char message[256];	/* of the last extended ack */
};

/* A context as told by GET, a dump or an event. */
struct info {
	uint32_t have;		/* a bit for each CTX_A_* there was */
	uint32_t id, state, init_pid, event, reason, exit_status;
	uint64_t cgroup_id, serial, time;
	char name[CTX_NAME_MAX + 1];
	uint64_t caps, features;
	uint32_t netfilter;
	unsigned int n_devices, n_refusals;
	struct ctx_device devices[CTX_DEVICES_MAX];
	uint64_t refusals[64];
	uint64_t log_seq, log_time;
	char log_text[CTX_LOG_TEXT_MAX + 1];
	unsigned int n_beans;
	struct ctx_bean_info beans[64];
	uint32_t resource;
	uint64_t failcnt;
	char osrelease[CTX_OSRELEASE_MAX + 1];
};

/* What NEW and SET give. */
struct grants {
	uint32_t have;		/* a bit for each CTX_A_* that is to be sent */
	uint64_t caps, features;
	uint32_t netfilter;
	const struct ctx_device *devices;
	unsigned int n_devices;
	const char *osrelease;
};

/* User namespaces inside. */
extern const struct grants nesting;

#define HAVE(attr)	(1U << CTX_A_##attr)
#define FEATURE(name)	(1ULL << CTX_FEATURE_##name)

#define HAS(info, attr)	((info)->have & (1U << (attr)))

/* All of these return 0 or a negative errno. */
int client_open(struct client *client);
void client_close(struct client *client);

struct nl_msg *client_message(struct client *client, int command, int flags);
/* Sends and frees the message; each answer goes to @tell. */
int client_call(struct client *client, struct nl_msg *msg,
		void (*tell)(const struct info *info, void *data), void *data);

int ctx_new(struct client *client, uint32_t id, int pidfd, const char *name,
	    uint32_t flags);
int ctx_new_with(struct client *client, uint32_t id, int pidfd,
		 const struct grants *grants);
int ctx_set(struct client *client, uint32_t id, const char *name);
int ctx_grant(struct client *client, uint32_t id, const struct grants *grants);
void put_grants(struct nl_msg *msg, const struct grants *grants);
/* @size is in bytes, which need not be a whole number of limits. */
int ctx_limit(struct client *client, uint32_t id, const struct ctx_limit *limits,
	      size_t size);
/* The lines of a log; an id of 0 asks for the caller's own. */
int ctx_log(struct client *client, uint32_t id,
	    void (*tell)(const struct info *info, void *data), void *data);
/* An id of 0 asks for the caller's own. */
int ctx_get(struct client *client, uint32_t id, struct info *info);
int ctx_dump(struct client *client,
	     void (*tell)(const struct info *info, void *data), void *data);
/* A negative timeout is left out of the message. */
int ctx_kill(struct client *client, uint32_t id, int timeout_ms);
/* KILL until it is dead. */
int ctx_end(struct client *client, uint32_t id);
/* How many contexts have this id (0: any), or a negative errno. */
int ctx_count(struct client *client, uint32_t id);

/* A client that gets events; to join the group may fail. */
int events_open(struct client *client);
/* The next event of the context @id, or -ETIMEDOUT. */
int events_next(struct client *client, uint32_t id, int timeout_ms,
		struct info *info);

#endif
