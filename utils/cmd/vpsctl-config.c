// SPDX-License-Identifier: GPL-2.0
/* create, destroy, set */
#include <linux/ctx.h>
#include <string.h>
#include <unistd.h>

#include "vpsctl.h"

int cmd_create(struct call *c, struct kx_err *err)
{
	uint32_t id;

	if (kx_parse_ctid(c->target, &id, err) ||
	    kx_vps_create(&c->host, id, c->changes, c->nchanges,
			  c->force ? KX_CREATE_FORCE : 0, err))
		return err->code;
	say(c, "VPS %u was created", id);
	return 0;
}

int cmd_destroy(struct call *c, struct kx_err *err)
{
	struct kx_ctx ctx;
	int found = c->nl ? kx_ctx_get(c->nl, c->vps.id, &ctx, err) : 0;

	if (found < 0)
		return err->code;
	if (found && ctx.state != CTX_STATE_DEAD) {
		kx_fail(err, KX_RUNNING, 0,
			"VPS %u is running: stop it before it is destroyed",
			c->vps.id);
		return err->code;
	}
	/* With a group it is what a stopped VPS has left, without one somebody mounted it. */
	if (kx_vps_mounted(&c->vps) && !kx_vps_has_group(&c->vps)) {
		kx_fail(err, KX_MOUNTED, 0,
			"VPS %u is mounted: umount it before it is destroyed",
			c->vps.id);
		return err->code;
	}
	if (kx_vps_destroy(&c->vps, err))
		return err->code;
	say(c, "VPS %u was destroyed", c->vps.id);
	return 0;
}

int cmd_set(struct call *c, struct kx_err *err)
{
	if (!c->nchanges)
		return kx_usage_error("set: which parameters?");
	if (kx_vps_set(&c->vps, c->nl, c->changes, c->nchanges, c->save, err))
		return err->code;
	if (c->save)
		say(c, "Configuration of VPS %u saved", c->vps.id);
	else if (!c->quiet)
		fprintf(stderr,
			"vpsctl: nothing was saved: without --save the values last until the next start\n");
	return 0;
}
