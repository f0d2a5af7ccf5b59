// SPDX-License-Identifier: GPL-2.0
/* Changes of a VPS, on disk and while it runs. */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/ctx.h>

#include "cgroup.h"
#include "grants.h"
#include "inside.h"
#include "net.h"
#include "root.h"
#include "vps.h"

static bool asked(const struct kx_change *changes, size_t count,
		  const char *const *options)
{
	for (; *options; options++)
		for (size_t i = 0; i < count; i++)
			if (!strcmp(changes[i].option, *options))
				return true;
	return false;
}

static const char *const addresses[] = { "ipadd", "ipdel", NULL };
static const char *const etc[] = {
	"hostname", "ipadd", "ipdel", "nameserver", "searchdomain", NULL,
};
static const char *const quota[] = { "diskspace", "diskinodes", NULL };
static const char *const name[] = { "name", NULL };
static const char *const grants[] = {
	"capability", "features", "devices", "devnodes", "netfilter", NULL,
};
static const char *const fixed[] = { "ostemplate", NULL };

typedef int (*inside_fn)(const struct kx_vps *vps, const void *arg,
			 struct kx_err *err);

/* The process has nothing of the host open before it looks at the VPS's tree. */
static int enter_and_do(const struct kx_vps *vps, int pidfd, inside_fn fn,
			const void *arg, struct kx_err *err)
{
	if (kx_inside_no_stdio(err) || kx_inside_close_but(&pidfd, err) ||
	    kx_inside_enter(pidfd, err))
		return -1;
	close(pidfd);
	return fn(vps, arg, err);
}

/*
 * In a process of its own that enters the VPS, so that its links lead nowhere
 * else. The error comes back in memory that is shared for it.
 */
static int do_inside(const struct kx_vps *vps, pid_t init, const char *what,
		     inside_fn fn, const void *arg, struct kx_err *err)
{
	cleanup_close int pidfd = syscall(SYS_pidfd_open, init, 0);
	int status = -1;
	struct kx_err *why;
	pid_t pid;

	why = mmap(NULL, sizeof(*why), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (pidfd < 0 || why == MAP_FAILED)
		return kx_fail(err, KX_SETPARM, errno, "cannot enter the VPS");
	pid = fork();
	if (!pid)
		_exit(enter_and_do(vps, pidfd, fn, arg, why) ? 1 : 0);
	if (pid > 0)
		waitpid(pid, &status, 0);
	if (status && err && why->code)
		*err = *why;
	else if (status)
		kx_fail(err, KX_SETPARM, 0, "VPS %u: cannot change its %s", vps->id, what);
	munmap(why, sizeof(*why));
	return status ? -1 : 0;
}

static int inside_etc(const struct kx_vps *vps, const void *arg, struct kx_err *err)
{
	return kx_inside_etc(vps, arg, err);
}

static int change_etc(const struct kx_vps *vps, pid_t init, struct kx_err *err)
{
	cleanup_free char *resolv = kx_read_resolv();

	if (!resolv)
		return kx_nomem(err);
	return do_inside(vps, init, "/etc", inside_etc, resolv, err);
}

static int inside_nodes(const struct kx_vps *vps, const void *arg, struct kx_err *err)
{
	(void)vps;
	return kx_inside_nodes(arg, err);
}

/* All or nothing: what it had before is what it has after a failure. */
static int grant(const struct kx_vps *vps, struct kx_nl *nl, const struct kx_ctx *ctx,
		 const struct kx_change *changes, size_t count, struct kx_err *err)
{
	struct kx_grants g = ctx->grants;
	struct kx_nodes nodes;

	if (kx_grants_change(vps, &g, changes, count, err) ||
	    kx_grants_nodes(vps, &nodes, err) || kx_ctx_grant(nl, vps->id, &g, err))
		return -1;
	if (!nodes.count ||
	    !do_inside(vps, ctx->init_pid, "/dev", inside_nodes, &nodes, err))
		return 0;
	kx_ctx_grant(nl, vps->id, &ctx->grants, NULL);
	return -1;
}

/* What can be done again with the old values to take it back. */
static int apply(struct kx_vps *vps, struct kx_nl *nl, const char *old_ips,
		 const struct kx_ctx *ctx, const struct kx_change *changes,
		 size_t count, struct kx_err *err)
{
	if (asked(changes, count, quota) && kx_quota_limit(vps, err))
		return -1;
	if (!ctx->init_pid)
		return 0;
	if (kx_cgroup_limit(vps, changes, count, err))
		return -1;
	if (asked(changes, count, addresses) &&
	    kx_net_change(vps, old_ips, ctx->init_pid, err))
		return -1;
	if (asked(changes, count, etc) && change_etc(vps, ctx->init_pid, err))
		return -1;
	if (!asked(changes, count, name))
		return 0;
	return kx_ctx_rename(nl, vps->id, *kx_vps_get(vps, "NAME") ?
			     kx_vps_get(vps, "NAME") : vps->idname, err);
}

static int apply_all(struct kx_vps *vps, struct kx_nl *nl, const char *old_ips,
		     const struct kx_ctx *ctx, const struct kx_change *changes,
		     size_t count, struct kx_err *err)
{
	if (apply(vps, nl, old_ips, ctx, changes, count, err))
		return -1;
	if (!ctx->init_pid || !asked(changes, count, grants))
		return 0;
	return grant(vps, nl, ctx, changes, count, err);
}

/* Its context, or a zeroed one when it does not run. */
static int get_running(const struct kx_vps *vps, struct kx_nl *nl, struct kx_ctx *ctx,
		       struct kx_err *err)
{
	int found = nl ? kx_ctx_get(nl, vps->id, ctx, err) : 0;

	if (found <= 0 || ctx->state != CTX_STATE_RUNNING)
		memset(ctx, 0, sizeof(*ctx));
	return found < 0 ? -1 : 0;
}

/* A change that went half through is undone as far as can be. */
static void take_back(struct kx_vps *vps, struct kx_nl *nl,
		      struct kx_conf *old, const struct kx_ctx *ctx,
		      const struct kx_change *changes, size_t count, bool saved)
{
	cleanup_free char *ips = strdup(kx_vps_get(vps, "IP_ADDRESS"));
	struct kx_vps before = *vps;

	before.conf = old;
	if (saved)
		kx_vps_save(&before, NULL);
	if (ips)
		apply(&before, nl, ips, ctx, changes, count, NULL);
}

int kx_vps_set(struct kx_vps *vps, struct kx_nl *nl,
	       const struct kx_change *changes, size_t count, bool save,
	       struct kx_err *err)
{
	cleanup_free char *old_ips = strdup(kx_vps_get(vps, "IP_ADDRESS"));
	cleanup_conf struct kx_conf *old = kx_conf_copy(vps->conf);
	cleanup_close int all = -1;
	struct kx_ctx ctx;

	if (!old_ips || !old)
		return kx_nomem(err);
	if (asked(changes, count, fixed))
		return kx_fail(err, KX_USAGE, 0,
			       "--ostemplate is for create: the template of a VPS cannot change");
	all = kx_lock(vps->host, KX_CONF_LOCK, true, err);
	if (all < 0 || kx_vps_change(vps, changes, count, err) ||
	    kx_vps_check_unique(vps, err) || get_running(vps, nl, &ctx, err) ||
	    (save && kx_vps_save(vps, err)))
		return -1;
	if (!apply_all(vps, nl, old_ips, &ctx, changes, count, err))
		return 0;
	take_back(vps, nl, old, &ctx, changes, count, save);
	return -1;
}
