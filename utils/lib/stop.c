// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include <linux/ctx.h>

#include "cgroup.h"
#include "inside.h"
#include "net.h"
#include "root.h"
#include "vps.h"

/* As vzctl: what has not stopped by then is killed. */
#define ORDERLY_MS	120000
#define KILL_MS		60000
/* So long the command may take that begins it: what it asks is the VPS's own. */
#define HALT_MS		30000

int kx_vps_clean(struct kx_vps *vps, struct kx_err *err)
{
	kx_cgroup_lift(vps);
	if (kx_net_down(vps, err) || kx_root_umount(vps, err))
		return -1;
	/* Last: while it is there, it says that something is left. */
	return kx_cgroup_remove(vps, err);
}

static bool is_systemd(pid_t pid)
{
	char path[64], name[32] = "";
	cleanup_close int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, name, sizeof(name) - 1) < 0)
		return false;
	return !strcmp(name, "systemd\n");
}

/* The way that its init understands; -1 when there is none. */
static int ask_to_halt(struct kx_vps *vps, struct kx_nl *nl,
		       const struct kx_ctx *ctx)
{
	static char *const halt[] = { "/bin/sh", "-c", "exec halt", NULL };
	cleanup_close int init = -1;
	struct kx_ctx now;
	int status;

	init = kx_init_open(vps, nl, &now, NULL);
	if (init < 0 || now.serial != ctx->serial)
		return -1;
	if (is_systemd(now.init_pid))
		return syscall(SYS_pidfd_send_signal, init, SIGRTMIN + 3, NULL, 0);
	if (kx_vps_ask(vps, nl, halt, HALT_MS, &status, NULL))
		return -1;
	return status ? -1 : 0;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool is_dead(struct kx_nl *nl, const struct kx_ctx *was)
{
	struct kx_ctx ctx;
	int found = kx_ctx_get(nl, was->id, &ctx, NULL);

	return !found || (found > 0 && (ctx.serial != was->serial ||
					ctx.state == CTX_STATE_DEAD));
}

/* By its event; what events may miss (they can be lost) each second's look finds. */
static bool wait_dead(struct kx_nl *nl, struct kx_nl *events,
		      const struct kx_ctx *was, int64_t deadline)
{
	while (!is_dead(nl, was)) {
		int64_t left = deadline - now_ms();
		struct kx_ctx event;
		struct kx_err err;

		if (left <= 0)
			return false;
		do {
			if (kx_event_wait(events, left < 1000 ? left : 1000,
					  &event, &err) <= 0)
				break;
		} while (event.serial != was->serial ||
			 event.event != CTX_EVENT_STOPPED);
	}
	return true;
}

static int stop_orderly(struct kx_vps *vps, struct kx_nl *nl,
			const struct kx_ctx *ctx, struct kx_err *err)
{
	int64_t deadline = now_ms() + ORDERLY_MS;
	struct kx_nl *events;

	if (kx_nl_open(&events, err))
		return -1;
	if (kx_nl_subscribe(events, err)) {
		kx_nl_close(events);
		return -1;
	}
	if (!ask_to_halt(vps, nl, ctx))
		wait_dead(nl, events, ctx, deadline);
	kx_nl_close(events);
	return 0;
}

int kx_vps_stop(struct kx_vps *vps, struct kx_nl *nl, unsigned int flags,
		struct kx_err *err)
{
	struct kx_ctx ctx;
	int found = kx_ctx_get(nl, vps->id, &ctx, err);

	if (found < 0)
		return -1;
	if (!found || ctx.state == CTX_STATE_DEAD) {
		if (kx_vps_has_group(vps) && kx_vps_clean(vps, err))
			return -1;
		return kx_fail(err, KX_NOT_RUNNING, 0, "VPS %u is not running",
			       vps->id);
	}
	if (!(flags & KX_STOP_FAST) && ctx.state == CTX_STATE_RUNNING &&
	    ctx.init_pid && stop_orderly(vps, nl, &ctx, err))
		return -1;
	kx_cgroup_lift(vps);
	if (!is_dead(nl, &ctx) && kx_ctx_kill(nl, vps->id, KILL_MS, err))
		return -1;
	return kx_vps_clean(vps, err);
}
