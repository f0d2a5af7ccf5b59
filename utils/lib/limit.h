/* SPDX-License-Identifier: GPL-2.0 */
/* limits.c, limits-io.c: the limits of a VPS that its control group keeps. */
#ifndef KONTEXT_LIMIT_H
#define KONTEXT_LIMIT_H

#include "priv.h"

/*
 * All of them without @changes, for a group @dir that was just made; else only
 * these, for others may have been set without being saved.
 */
int kx_limits_set(const struct kx_vps *vps, int dir, const struct kx_change *changes,
		  size_t count, struct kx_err *err);
/* Ends those that would hold up the end of its tasks and of what they wrote. */
void kx_limits_lift(int dir);
/*
 * What the groups in @parent are guaranteed, @parent and those above must be
 * as well: their sums. After one of them has changed or gone.
 */
int kx_limits_guarantees(const struct kx_vps *vps, int parent, struct kx_err *err);

/* What a setter works on. */
struct kx_group {
	const struct kx_vps *vps;
	int dir;
	bool fresh;		/* has what the kernel gives to new groups */
};

/* @initial is what a new group has. */
int kx_group_put(const struct kx_group *g, const char *file, const char *value,
		 const char *initial, struct kx_err *err);

/* limits-io.c */
int kx_limit_iolimit(const struct kx_group *g, struct kx_err *err);
int kx_limit_iopslimit(const struct kx_group *g, struct kx_err *err);
int kx_limit_ioprio(const struct kx_group *g, struct kx_err *err);

#endif /* KONTEXT_LIMIT_H */
