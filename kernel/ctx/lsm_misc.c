// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts, LSM: capabilities, and the ways into the kernel.
 */

#include <kunit/visibility.h>
#include <linux/cred.h>
#include <linux/perf_event.h>
#include <linux/security.h>

#include "lsm.h"

/*
 * By the credentials in use, not by current: a union filesystem acts with its
 * mounter's. Comes after the capability module has said yes.
 */
VISIBLE_IF_KUNIT int ctx_capable(const struct cred *cred, struct user_namespace *ns, int cap,
				 unsigned int opts)
{
	struct ctx *ctx;

	if (ctx_spares(cred) || !ctx_check_is_on(CTX_CHECK_capable))
		return 0;
	ctx = ctx_of_cred(cred);
	if (!ctx || (ctx_of_userns(ns) == ctx && READ_ONCE(ctx->grants.caps) & BIT_ULL(cap)))
		return 0;
	if (opts & CAP_OPT_NOAUDIT)
		return -EPERM;
	return ctx_refuse(ctx, CTX_REFUSED_CAPABILITY, "capability %d", cap);
}
EXPORT_SYMBOL_IF_KUNIT(ctx_capable);

/* Its own log has other ways, which ask nobody here; this is the host's. */
static int ctx_host_syslog(int type)
{
	struct ctx *ctx = ctx_subject(CTX_CHECK_syslog);

	return ctx ? ctx_refuse(ctx, CTX_REFUSED_SYSLOG, "kernel log") : 0;
}

static int ctx_bpf(int cmd, union bpf_attr *attr, unsigned int size)
{
	struct ctx *ctx = ctx_subject(CTX_CHECK_bpf);

	if (!ctx || ctx_has_feature(ctx, CTX_FEATURE_BPF))
		return 0;
	return ctx_refuse(ctx, CTX_REFUSED_BPF, "bpf command %d, without the feature", cmd);
}

/* Own tasks at most: never a processor, the kernel or a tracepoint. */
static int ctx_perf_event_open(int type)
{
	struct ctx *ctx = ctx_subject(CTX_CHECK_perf_event_open);

	if (!ctx || (type == PERF_SECURITY_OPEN && ctx_has_feature(ctx, CTX_FEATURE_PERF)))
		return 0;
	return ctx_refuse(ctx, CTX_REFUSED_PERF, "performance counters");
}

/*
 * The kernel's own list of what leads from root into the kernel. Programs of
 * a context may show the secrets of its own IPsec.
 */
static int ctx_locked_down(enum lockdown_reason what)
{
	struct ctx *ctx = in_task() ? ctx_subject(CTX_CHECK_locked_down) : NULL;

	if (!ctx || (what == LOCKDOWN_XFRM_SECRET && ctx_has_feature(ctx, CTX_FEATURE_IPSEC)))
		return 0;
	return ctx_refuse(ctx, CTX_REFUSED_KERNEL, "%s",
			  lockdown_reasons[what] ?: "access to the kernel");
}

static int ctx_kernel_module_request(char *name)
{
	struct ctx *ctx = ctx_subject(CTX_CHECK_kernel_module_request);

	if (!ctx || ctx_grants_module(ctx, name))
		return 0;
	return ctx_refuse(ctx, CTX_REFUSED_MODULE, "load of module %s", name);
}

/* Of a ring that came from outside, with credentials that were left in it. */
static int ctx_uring_override_creds(const struct cred *new)
{
	struct ctx *ctx = ctx_subject(CTX_CHECK_uring_override_creds);

	if (!ctx || ctx_of_cred(new) == ctx)
		return 0;
	return ctx_refuse(ctx, CTX_REFUSED_IO_URING, "io_uring with credentials from outside");
}

static struct security_hook_list ctx_misc_hooks[] __ro_after_init = {
	LSM_HOOK_INIT(capable, ctx_capable),
	LSM_HOOK_INIT(syslog, ctx_host_syslog),
	LSM_HOOK_INIT(bpf, ctx_bpf),
	LSM_HOOK_INIT(perf_event_open, ctx_perf_event_open),
	LSM_HOOK_INIT(locked_down, ctx_locked_down),
	LSM_HOOK_INIT(kernel_module_request, ctx_kernel_module_request),
	LSM_HOOK_INIT(uring_override_creds, ctx_uring_override_creds),
};

void __init ctx_add_misc_hooks(void)
{
	security_add_hooks(ctx_misc_hooks, ARRAY_SIZE(ctx_misc_hooks), &ctx_lsm_id);
}

bool __ctx_may_upcall(const char *what)
{
	struct ctx *ctx = ctx_subject(CTX_CHECK_upcall);

	if (!ctx)
		return true;
	ctx_refuse(ctx, CTX_REFUSED_UPCALL, "program of the host for %s", what);
	return false;
}

/* The host's setting for its own users is not meant for those of contexts. */
bool __ctx_may_userfault(void)
{
	struct ctx *ctx = ctx_subject(CTX_CHECK_userfault);

	if (!ctx)
		return true;
	ctx_refuse(ctx, CTX_REFUSED_KERNEL, "userfaultfd for faults of the kernel");
	return false;
}

/* Each context has futexes of its own, in files that they share, too. */
u64 __ctx_futex_id(u64 id)
{
	struct ctx *ctx = ctx_subject(CTX_CHECK_futex);

	return ctx ? id + (ctx->serial << 44) : id;
}
