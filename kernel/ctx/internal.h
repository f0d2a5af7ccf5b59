/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts: what the files of kernel/ctx share.
 */
#ifndef _KERNEL_CTX_INTERNAL_H
#define _KERNEL_CTX_INTERNAL_H

#include <linux/cleanup.h>
#include <linux/ctx.h>

#include "log.h"

struct cpumask;
struct genl_family;
struct netlink_ext_ack;
struct nlattr;
struct psi_group;
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
bool ctx_grants_driver(const struct ctx *ctx, umode_t mode, unsigned int major);

static inline bool ctx_has_feature(const struct ctx *ctx, enum ctx_feature feature)
{
	return READ_ONCE(ctx->grants.features) & BIT_ULL(feature);
}

/* refuse.c */
__printf(3, 4)
int ctx_refuse(struct ctx *ctx, enum ctx_refusal why, const char *fmt, ...);

/* bc.c */
int ctx_bc_init(struct ctx *ctx);
void ctx_bc_free(struct ctx *ctx);
unsigned long ctx_held(const struct ctx *ctx, enum ctx_resource res);
void ctx_set_limit(struct ctx *ctx, enum ctx_resource res, long barrier, long limit);
void ctx_bean_count(struct ctx *ctx, enum ctx_resource res, struct ctx_bean_info *info);

/* bc_info.c */
void ctx_bean_info(struct ctx *ctx, enum ctx_resource res, struct ctx_bean_info *info);
bool ctx_resource_counted(enum ctx_resource res);

/* bc_tell.c */
const char *ctx_resource_name(enum ctx_resource res);
void ctx_bc_tell(struct work_struct *work);

/* view_sys.c */
struct ctx_release;
bool ctx_release_valid(const char *text);
int ctx_release_alloc(const char *text, struct ctx_release **release);
void ctx_release_replace(struct ctx *ctx, struct ctx_release *release);
void ctx_view_init(struct ctx *ctx);
void ctx_view_free(struct ctx *ctx);
int ctx_fill_view(struct sk_buff *skb, const struct ctx *ctx);

/* cgroup.c */
struct mem_cgroup *ctx_memcg_get(struct task_struct *init);
void ctx_cgroup_get(struct ctx *ctx, struct task_struct *init);
void ctx_cgroup_put(struct ctx *ctx);
struct cgroup_subsys_state *ctx_own_css(const struct ctx *ctx, int subsys);

/* cputime.c */
struct ctx_cputimes {
	u64	user, nice, system, idle, iowait, steal;
};

/* Of one processor, at this moment. */
struct ctx_cputasks {
	unsigned int	running, blocked, iowait;
};

int ctx_cpu_init(struct ctx *ctx);
void ctx_cpu_free(struct ctx *ctx);
void ctx_cpu_begin(struct ctx *ctx);
struct psi_group *ctx_psi(const struct ctx *ctx);
u64 ctx_cpu_fold(struct ctx *ctx, int cpu, struct ctx_cputasks *tasks);
void ctx_cpu_times(struct ctx *ctx, int cpu, struct ctx_cputimes *times,
		   struct ctx_cputasks *tasks);
u64 ctx_cpu_wall(const struct ctx *ctx);

/* load.c */
void ctx_load_begin(void);
void ctx_load_step(unsigned long load[3], unsigned long active, unsigned int periods);
u64 ctx_forks(struct ctx *ctx);

/* view_cpu.c */
void ctx_cpus(const struct ctx *ctx, struct cpumask *mask);
bool ctx_has_cpu(const struct ctx *ctx, int cpu);

/* registry.c */
int ctx_register(struct ctx *ctx, struct user_namespace *ns,
		 struct netlink_ext_ack *extack);
void ctx_unregister(struct ctx *ctx);
struct ctx *ctx_find(u32 id);
struct ctx *ctx_next(unsigned long *serial);

/* label.c */
int ctx_label(struct user_namespace *ns, struct ctx *ctx);

/* new.c */
/* What a context is made with. */
struct ctx_params {
	const char		*name;		/* valid, or NULL */
	struct ctx_grants	grants;
	struct ctx_release	*release;	/* or NULL for the kernel's own */
	const struct nlattr	*limits;	/* valid CTX_A_LIMITS, or NULL */
};

int ctx_new(struct pid *pid, u32 id, struct ctx_params *params,
	    struct netlink_ext_ack *extack);

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

/* netlink_limits.c */
#define CTX_BEANS_SIZE	(__CTX_RES_MAX * sizeof(struct ctx_bean_info))

int ctx_check_limits(struct genl_info *info);
void ctx_set_limits(struct ctx *ctx, const struct nlattr *attr);
int ctx_fill_beans(struct sk_buff *skb, struct ctx *ctx);

/* The cursor of a dump of a log. */
struct ctx_log_dump {
	struct ctx	*ctx;	/* with a reference */
	u64		seq;	/* last line that was told */
};

int ctx_nl_log(struct sk_buff *skb, struct netlink_callback *cb);

/* report.c */
int ctx_fill(struct sk_buff *skb, struct ctx *ctx, bool inside);
void ctx_event(struct ctx *ctx, enum ctx_event event);
void ctx_event_limit(struct ctx *ctx, enum ctx_resource res);
void ctx_event_oom(struct ctx *ctx);

#endif /* _KERNEL_CTX_INTERNAL_H */
