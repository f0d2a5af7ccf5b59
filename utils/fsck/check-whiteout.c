// SPDX-License-Identifier: GPL-2.0
/* Whiteouts of nothing, and whiteouts with attributes. */
#include "fsck.h"

static void entry(struct fsck *f, struct entry *e)
{
	struct place *dir = e->in->upper;

	if (!is_whiteout(&e->st))
		return;
	if (e->attrs)
		report(f, dir, e->name, REPAIR(f, attr_remove_all(&f->attrs, e->fd)),
		       "whiteout with attributes of the union");
	if (f->doubt || e->in->unsure)
		return;
	switch (lookup_visible(f, e->in, e->name)) {
	case 0:
		report(f, dir, e->name, REPAIR(f, remove_same(dir, e->name, &e->st)),
		       "whiteout of nothing, no lower branch has this name");
		break;
	case -1:
		failure(f, dir, e->name, "cannot look below the whiteout");
	}
}

const struct check check_whiteout = { .name = "whiteout", .entry = entry };
