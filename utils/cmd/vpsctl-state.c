// SPDX-License-Identifier: GPL-2.0
/* start, stop, restart, mount, umount, cleanup */
#include <linux/ctx.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vpsctl.h"

/* As vzctl: what has not finished its boot by then is reported. */
#define WAIT_S	300
#define KILL_MS	60000

/* 1: it runs, or has not ended yet. */
static int runs(struct call *c, struct kx_err *err)
{
	struct kx_ctx ctx;
	int found = c->nl ? kx_ctx_get(c->nl, c->vps.id, &ctx, err) : 0;

	return found > 0 ? ctx.state != CTX_STATE_DEAD : found;
}

/* It works as well, but not as fast, and not all of POSIX holds. */
static void say_union(struct call *c)
{
	if (kx_vps_on_overlayfs(&c->vps))
		say(c, "This kernel has no unionfs: the root is on overlayfs");
}

void say_cpus(struct call *c)
{
	unsigned int got = kx_vps_cpus(&c->vps);
	long wanted = atol(kx_vps_get(&c->vps, "CPUS"));

	if (got && wanted > got)
		say(c, "--cpus %ld: there are %u processors for VPS %u, it has these",
		    wanted, got, c->vps.id);
}

static int start(struct call *c, struct kx_err *err)
{
	const char *ips = kx_vps_get(&c->vps, "IP_ADDRESS");
	int running = runs(c, err);

	if (running < 0)
		return err->code;
	if (!running)
		say(c, "Starting VPS %u…", c->vps.id);
	if (kx_vps_start(&c->vps, c->nl, err))
		return err->code;
	say(c, "VPS is mounted");
	say_union(c);
	say_cpus(c);
	if (*ips)
		say(c, "Adding IP address(es): %s", ips);
	if (!c->wait) {
		say(c, "VPS start in progress…");
		return 0;
	}
	/* It runs: whoever wants to stop it need not wait for its boot. */
	close(c->lock);
	c->lock = -1;
	if (kx_vps_wait(&c->vps, c->nl, WAIT_S, err))
		return err->code;
	say(c, "VPS was started successfully");
	return 0;
}

/* As with vzctl, to stop what does not run is no failure. */
static int stop(struct call *c, struct kx_err *err)
{
	int running = runs(c, err);

	if (running < 0)
		return err->code;
	if (running)
		say(c, "Stopping VPS %u…", c->vps.id);
	if (kx_vps_stop(&c->vps, c->nl, c->fast ? KX_STOP_FAST : 0, err)) {
		if (err->code != KX_NOT_RUNNING)
			return err->code;
		say(c, "%s", err->msg);
		memset(err, 0, sizeof(*err));
		return 0;
	}
	say(c, "VPS was stopped");
	say(c, "VPS is unmounted");
	return 0;
}

int cmd_start(struct call *c, struct kx_err *err)
{
	return start(c, err);
}

/*
 * Another command may be waiting for the VPS to halt, with the lock in hand.
 * --fast kills first and then takes its turn.
 */
int cmd_stop(struct call *c, struct kx_err *err)
{
	c->lock = kx_vps_lock(&c->vps, false, err);
	if (c->lock < 0 && err->code == KX_LOCKED && c->fast) {
		if (kx_ctx_kill(c->nl, c->vps.id, KILL_MS, err))
			return err->code;
		c->lock = kx_vps_lock(&c->vps, true, err);
	}
	return c->lock < 0 ? (int)err->code : stop(c, err);
}

int cmd_restart(struct call *c, struct kx_err *err)
{
	int code;

	say(c, "Restarting VPS %u", c->vps.id);
	code = stop(c, err);
	return code ? code : start(c, err);
}

int cmd_mount(struct call *c, struct kx_err *err)
{
	int running = runs(c, err);

	if (running > 0)
		kx_fail(err, KX_MOUNTED, 0, "VPS %u is running: its root is in use",
			c->vps.id);
	if (running || kx_vps_mount(&c->vps, err))
		return err->code;
	say(c, "VPS is mounted at %s/%u", c->host.root_dir, c->vps.id);
	say_union(c);
	return 0;
}

int cmd_umount(struct call *c, struct kx_err *err)
{
	int running = runs(c, err);

	if (running > 0)
		kx_fail(err, KX_RUNNING, 0,
			"VPS %u is running: stop it before it is unmounted",
			c->vps.id);
	if (running || kx_vps_umount(&c->vps, err))
		return err->code;
	say(c, "VPS is unmounted");
	return 0;
}

/* For vpsd, and for whoever finds leftovers: cleans after a VPS that has stopped. */
int cmd_cleanup(struct call *c, struct kx_err *err)
{
	int running = runs(c, err);

	if (running > 0)
		kx_fail(err, KX_RUNNING, 0, "VPS %u is running", c->vps.id);
	if (running || kx_vps_clean(&c->vps, err))
		return err->code;
	return 0;
}
