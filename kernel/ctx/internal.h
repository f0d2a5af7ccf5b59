/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts: what the files of kernel/ctx share.
 */
#ifndef _KERNEL_CTX_INTERNAL_H
#define _KERNEL_CTX_INTERNAL_H

#include <linux/cleanup.h>
#include <linux/ctx.h>

struct genl_family;
struct netlink_ext_ack;
struct sk_buff;

/* object.c */
struct ctx *ctx_alloc(u32 id, const char *name);
void ctx_put(struct ctx *ctx);
bool ctx_name_valid(const char *name);

static inline struct ctx *ctx_get(struct ctx *ctx)
{
	refcount_inc(&ctx->ref);
	return ctx;
}

/* For who has found @ctx under RCU and holds nothing that keeps it. */
static inline bool ctx_tryget(struct ctx *ctx)
{
	return refcount_inc_not_zero(&ctx->ref);
}

DEFINE_FREE(ctx_put, struct ctx *, if (_T) ctx_put(_T))

static inline enum ctx_phase ctx_state(const struct ctx *ctx)
{
	return READ_ONCE(ctx->state);
}

/* Nothing may enter: it is going, gone, or about to. */
static inline bool ctx_is_closed(const struct ctx *ctx)
{
	return ctx_state(ctx) >= CTX_STATE_STOPPING ||
	       test_bit(CTX_KILLED, &ctx->flags);
}

/* grants.c */
struct ctx_devices {
	struct rcu_head		rcu;
	u32			count;
	struct ctx_device	list[] __counted_by(count);
};

void ctx_grants_init(struct ctx_grants *grants);
void ctx_grants_replace(struct ctx *ctx, const struct ctx_grants *grants);
bool ctx_grants_fs(const struct ctx *ctx, const char *name);
bool ctx_grants_link(const struct ctx *ctx, const char *kind);
bool ctx_grants_socket(const struct ctx *ctx, int family, int protocol);
bool ctx_grants_module(const struct ctx *ctx, const char *name);
bool ctx_grants_device(const struct ctx *ctx, umode_t mode, dev_t dev, u32 access);

static inline bool ctx_has_feature(const struct ctx *ctx, enum ctx_feature feature)
{
	return READ_ONCE(ctx->grants.features) & BIT_ULL(feature);
}

/* refuse.c */
struct ctx_log_line {
	u64	seq;
	u64	time;		/* nanoseconds since NEW */
	char	text[CTX_LOG_TEXT_MAX + 1];
};

struct ctx_log *ctx_log_alloc(void);
bool ctx_log_next(struct ctx *ctx, u64 after, struct ctx_log_line *line);
__printf(3, 4)
int ctx_refuse(struct ctx *ctx, enum ctx_refusal why, const char *fmt, ...);
#if IS_ENABLED(CONFIG_KUNIT)
void ctx_log_write(struct ctx *ctx, const char *text, bool keep);
#endif

/* registry.c */
int ctx_register(struct ctx *ctx, struct user_namespace *ns,
		 struct netlink_ext_ack *extack);
void ctx_unregister(struct ctx *ctx);
struct ctx *ctx_find(u32 id);
struct ctx *ctx_next(unsigned long *serial);

/* label.c */
int ctx_label(struct user_namespace *ns, struct ctx *ctx);

/* new.c */
int ctx_new(struct pid *pid, u32 id, const char *name,
	    struct ctx_grants *grants, struct netlink_ext_ack *extack);

/* exit.c */
enum ctx_reason ctx_stop_reason(bool killed, int reboot, int status);
void ctx_stopping(struct ctx *ctx, struct task_struct *init);
void ctx_reap(struct ctx *ctx);
void ctx_reap_work(struct work_struct *work);

/* kill.c */
unsigned int ctx_kill_tasks(struct ctx *ctx);
int ctx_kill(struct ctx *ctx, u32 timeout_ms);

/* netlink.c */
extern struct genl_family ctx_family;

/* netlink_grants.c */
struct genl_info;
struct netlink_callback;
int ctx_parse_grants(struct genl_info *info, struct ctx_grants *grants);
int ctx_fill_grants(struct sk_buff *skb, const struct ctx *ctx);

/* The cursor of a dump of a log. */
struct ctx_log_dump {
	struct ctx	*ctx;	/* with a reference */
	u64		seq;	/* last line that was told */
};

int ctx_nl_log(struct sk_buff *skb, struct netlink_callback *cb);

/* report.c */
int ctx_fill(struct sk_buff *skb, struct ctx *ctx, bool inside);
void ctx_event(struct ctx *ctx, enum ctx_event event);

#endif /* _KERNEL_CTX_INTERNAL_H */
