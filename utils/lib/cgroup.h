/* SPDX-License-Identifier: GPL-2.0 */
/* cgroup.c: the control group (version 2) of a VPS. */
#ifndef KONTEXT_CGROUP_H
#define KONTEXT_CGROUP_H

#include "priv.h"

/* The first line of a file of the group @dir: its length, or -1. */
ssize_t kx_group_read(int dir, const char *name, char *buf, size_t size);
int kx_group_write(int dir, const char *name, const char *value);
/* Makes it anew, limits set, delegated to the VPS's root. Its descriptor. */
int kx_cgroup_make(const struct kx_vps *vps, struct kx_err *err);
/* Sets those limits of an existing one that @changes name. */
int kx_cgroup_limit(const struct kx_vps *vps, const struct kx_change *changes,
		    size_t count, struct kx_err *err);
/* Before its tasks are killed: what they wait for shall not be held back. */
void kx_cgroup_lift(const struct kx_vps *vps);
/* Ends what is in it and removes it with all below; none there is success. */
int kx_cgroup_remove(const struct kx_vps *vps, struct kx_err *err);
/* The group that @pid is in, which lies in that of the VPS. Its descriptor. */
int kx_cgroup_of(const struct kx_vps *vps, pid_t pid, struct kx_err *err);

#endif /* KONTEXT_CGROUP_H */
