// SPDX-License-Identifier: GPL-2.0
/* create, destroy, set */
#include <linux/ctx.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vpsctl.h"

/* What is on the command line comes behind it, and counts. */
static int put_first(struct call *c, const struct kx_sample *sample, struct kx_err *err)
{
	size_t count = c->nchanges + sample->count;
	struct kx_change *all = malloc((count + 1) * sizeof(*all));

	if (!all)
		return kx_fail(err, KX_RESOURCE, 0, "out of memory");
	for (size_t i = 0; i < count; i++)
		all[i] = i < sample->count ? sample->changes[i] :
			c->changes[i - sample->count];
	free(c->changes);
	c->changes = all;
	c->nchanges = count;
	return 0;
}

static int take_sample(struct call *c, const char *name, bool create,
		       struct kx_sample *sample, struct kx_err *err)
{
	memset(sample, 0, sizeof(*sample));
	if (!name)
		return 0;
	return kx_sample_load(&c->host, name, create, sample, err) ||
	       put_first(c, sample, err) ? -1 : 0;
}

int cmd_create(struct call *c, struct kx_err *err)
{
	const char *name = c->sample;
	struct kx_sample sample;
	uint32_t id;
	int ret;

	if (!name && *c->host.configfile)
		name = c->host.configfile;
	ret = kx_parse_ctid(c->target, &id, err);
	if (ret)
		return err->code;
	ret = take_sample(c, name, true, &sample, err) ||
	      kx_vps_create(&c->host, id, c->changes, c->nchanges,
			    c->force ? KX_CREATE_FORCE : 0, err);
	kx_sample_free(&sample);
	if (ret)
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
	struct kx_sample sample;
	int ret;

	if (!c->nchanges && !c->sample)
		return kx_usage_error("set: which parameters?");
	ret = take_sample(c, c->sample, false, &sample, err) ||
	      kx_vps_set(&c->vps, c->nl, c->changes, c->nchanges, c->save, err);
	kx_sample_free(&sample);
	if (ret)
		return err->code;
	say_cpus(c);
	if (c->save)
		say(c, "Configuration of VPS %u saved", c->vps.id);
	else if (!c->quiet)
		fprintf(stderr,
			"vpsctl: nothing was saved: without --save the values last until the next start\n");
	return 0;
}
