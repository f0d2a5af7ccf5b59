// SPDX-License-Identifier: GPL-2.0
/* Changes of a VPS, on disk and while it runs. */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/ctx.h>

#include "beancounters.h"
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
	"capability", "features", "devices", "devnodes", "netfilter", "osrelease",
	NULL,
};
static const char *const nodes[] = { "features", "devnodes", NULL };
static const char *const fixed[] = { "ostemplate", NULL };

typedef int (*inside_fn)(const struct kx_vps *vps, const void *arg,
			 struct kx_err *err);

/* One change of a VPS. */
struct job {
	struct kx_vps *vps;
	struct kx_nl *nl;
	struct kx_ctx ctx;
	int init;		/* pidfd; -1: it does not run */
	const struct kx_change *changes;
	size_t count;
	char *old_ips;
};

/* So long the part inside may take: what it reads and writes is the VPS's own. */
#define INSIDE_MS	10000

/* The process has nothing of the host open before it looks at the VPS's tree. */
static int enter_and_do(const struct job *job, inside_fn fn, const void *arg,
			struct kx_err *err)
{
	int pidfd = job->init;

	if (kx_inside_no_keys(err) || kx_inside_no_stdio(err) ||
	    kx_inside_close_but(&pidfd, err) || kx_inside_enter(pidfd, err))
		return -1;
	close(pidfd);
	return fn(job->vps, arg, err);
}

/*
 * In a process of its own that enters the VPS, so that its links lead nowhere
 * else. The error comes back in memory that is shared for it.
 */
static int do_inside(const struct job *job, const char *what, inside_fn fn,
		     const void *arg, struct kx_err *err)
{
	struct kx_err *why;
	int status = -1;
	pid_t pid;

	why = mmap(NULL, sizeof(*why), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (why == MAP_FAILED)
		return kx_nomem(err);
	pid = fork();
	if (!pid)
		_exit(enter_and_do(job, fn, arg, why) ? 1 : 0);
	if (pid < 0 || kx_reap(pid, INSIDE_MS, &status))
		kx_fail(err, KX_SETPARM, errno, "VPS %u: cannot change its %s",
			job->vps->id, what);
	else if (status && err && why->code)
		*err = *why;
	else if (status)
		kx_fail(err, KX_SETPARM, 0, "VPS %u: cannot change its %s", job->vps->id, what);
	munmap(why, sizeof(*why));
	return status ? -1 : 0;
}

static int inside_etc(const struct kx_vps *vps, const void *arg, struct kx_err *err)
{
	return kx_inside_etc(vps, arg, err);
}

static int change_etc(const struct job *job, struct kx_err *err)
{
	cleanup_free char *resolv = kx_read_resolv();

	if (!resolv)
		return kx_nomem(err);
	return do_inside(job, "/etc", inside_etc, resolv, err);
}

static int inside_nodes(const struct kx_vps *vps, const void *arg, struct kx_err *err)
{
	(void)vps;
	return kx_inside_nodes(arg, err);
}

static int change_dev(const struct job *job, struct kx_err *err)
{
	struct kx_nodes nodes;

	if (kx_grants_nodes(job->vps, &nodes, err))
		return -1;
	return nodes.count ? do_inside(job, "/dev", inside_nodes, &nodes, err) : 0;
}

static bool asks(const struct job *job, const char *const *options)
{
	return asked(job->changes, job->count, options);
}

static int change_limits(const struct job *job, const struct kx_vps *vps,
			 struct kx_err *err)
{
	struct kx_limits limits;

	if (kx_limits_change(vps, job->changes, job->count, &limits, err))
		return -1;
	return limits.count ? kx_ctx_limit(job->nl, vps->id, &limits, err) : 0;
}

/*
 * Done again with the old values it takes back what was done; but for the
 * grants, which come last.
 */
static int apply(const struct job *job, struct kx_vps *vps, const char *old_ips,
		 struct kx_err *err)
{
	if (asks(job, quota) && kx_quota_limit(vps, err))
		return -1;
	if (job->init < 0)
		return 0;
	if (kx_cgroup_limit(vps, job->changes, job->count, err))
		return -1;
	if (asks(job, addresses) && kx_net_change_host(vps, old_ips, err))
		return -1;
	if (change_limits(job, vps, err))
		return -1;
	if (!asks(job, name))
		return 0;
	return kx_ctx_rename(job->nl, vps->id, *kx_vps_get(vps, "NAME") ?
			     kx_vps_get(vps, "NAME") : vps->idname, err);
}

static int apply_all(const struct job *job, struct kx_err *err)
{
	struct kx_grants g = job->ctx.grants;
	struct kx_nodes nodes;

	if (apply(job, job->vps, job->old_ips, err))
		return -1;
	if (job->init < 0 || !asks(job, grants))
		return 0;
	if (kx_grants_change(job->vps, &g, job->changes, job->count, err) ||
	    kx_grants_nodes(job->vps, &nodes, err))
		return -1;
	return kx_ctx_grant(job->nl, job->vps->id, &g, err);
}

/*
 * What root inside can hold up or refuse, by a read-only /etc or a device that he
 * has removed: so it is done last, all of it is tried, and nothing is taken back
 * for it. Else he could keep what the host takes away.
 */
static int apply_inside(const struct job *job, struct kx_err *err)
{
	struct kx_err later, *why = err;
	int ret = 0;

	if (job->init < 0)
		return 0;
	if (asks(job, addresses) &&
	    kx_net_change_inside(job->vps, job->old_ips, job->init, why)) {
		why = &later;
		ret = -1;
	}
	if (asks(job, etc) && change_etc(job, why)) {
		why = &later;
		ret = -1;
	}
	if (asks(job, nodes) && change_dev(job, why))
		ret = -1;
	if (ret)
		kx_err_add(err, "; all but what is inside is set");
	return ret;
}

/* Its context and its init, or neither when it does not run. */
static int get_running(struct job *job, struct kx_err *err)
{
	struct kx_err why;

	job->init = job->nl ? kx_init_open(job->vps, job->nl, &job->ctx, &why) : -1;
	if (job->init >= 0 || !job->nl || why.code == KX_NOT_RUNNING)
		return 0;
	if (err)
		*err = why;
	return -1;
}

/* A change that went half through is undone as far as can be. */
static void take_back(const struct job *job, struct kx_conf *old, bool saved)
{
	struct kx_vps before = *job->vps;

	before.conf = old;
	if (saved)
		kx_vps_save(&before, NULL);
	apply(job, &before, kx_vps_get(job->vps, "IP_ADDRESS"), NULL);
}

int kx_vps_set(struct kx_vps *vps, struct kx_nl *nl,
	       const struct kx_change *changes, size_t count, bool save,
	       struct kx_err *err)
{
	cleanup_free char *old_ips = strdup(kx_vps_get(vps, "IP_ADDRESS"));
	cleanup_conf struct kx_conf *old = kx_conf_copy(vps->conf);
	struct job job = {
		.vps = vps, .nl = nl, .init = -1, .changes = changes,
		.count = count, .old_ips = old_ips,
	};
	cleanup_close int all = -1, init = -1;

	if (!old_ips || !old)
		return kx_nomem(err);
	if (asks(&job, fixed))
		return kx_fail(err, KX_USAGE, 0,
			       "--ostemplate is for create: the template of a VPS cannot change");
	all = kx_lock(vps->host, KX_CONF_LOCK, true, err);
	if (all < 0 || kx_vps_change(vps, changes, count, err) ||
	    kx_vps_check_unique(vps, err) || get_running(&job, err))
		return -1;
	init = job.init;
	if (save && kx_vps_save(vps, err))
		return -1;
	if (apply_all(&job, err)) {
		take_back(&job, old, save);
		return -1;
	}
	kx_cleanup_close(&all);
	return apply_inside(&job, err);
}
