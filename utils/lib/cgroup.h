/* SPDX-License-Identifier: GPL-2.0 */
/* cgroup.c: the control group (version 2) of a VPS and its limits. */
#ifndef KONTEXT_CGROUP_H
#define KONTEXT_CGROUP_H

#include "priv.h"

/* Makes it anew, limits set, delegated to the VPS's root. Its descriptor. */
int kx_cgroup_make(const struct kx_vps *vps, struct kx_err *err);
/* Sets those limits of an existing one that @changes name. */
int kx_cgroup_limit(const struct kx_vps *vps, const struct kx_change *changes,
		    size_t count, struct kx_err *err);
/* Ends what is in it and removes it with all below; none there is success. */
int kx_cgroup_remove(const struct kx_vps *vps, struct kx_err *err);
/* The group that @pid is in, which lies in that of the VPS. Its descriptor. */
int kx_cgroup_of(const struct kx_vps *vps, pid_t pid, struct kx_err *err);

#endif /* KONTEXT_CGROUP_H */
