/* SPDX-License-Identifier: GPL-2.0 */
/* root.c: the root file system of a VPS, its template below and its branch above. */
#ifndef KONTEXT_ROOT_H
#define KONTEXT_ROOT_H

#include "priv.h"

/* Below VE_PRIVATE/CTID: the branch, and what the union needs beside it. */
#define KX_UPPER	"upper"
#define KX_WORK		"work"

/*
 * Makes the union, its branches idmapped by the user namespace @userns (-1: not
 * at all, for the host's own use), and of it two detached trees. @init: pidfd
 * of the future init, which has a mount namespace already, or -1. The one place
 * that knows which union filesystem it is.
 */
int kx_root_make(const struct kx_vps *vps, int init, int userns, int trees[2],
		 struct kx_err *err);
/* Mounts one of them at VE_ROOT/CTID. */
int kx_root_attach(const struct kx_vps *vps, int tree, struct kx_err *err);
/* Takes away all that is mounted there; nothing is success. */
int kx_root_umount(const struct kx_vps *vps, struct kx_err *err);
/* Unmounts what vpsctl mount has mounted; @code when it is in use. */
int kx_root_release(const struct kx_vps *vps, enum kx_code code,
		    struct kx_err *err);

/* userns.c: maps ids 0 to 65535 of @pid's user namespace to those of the VPS. */
int kx_userns_map(const struct kx_vps *vps, pid_t pid, struct kx_err *err);

/* quota.c: DISKSPACE and DISKINODES, by project quota of the branch. */
/* @dir, and what is made in it from now on, counts for the VPS. */
int kx_quota_adopt(const struct kx_vps *vps, int dir, struct kx_err *err);
int kx_quota_limit(const struct kx_vps *vps, struct kx_err *err);
int kx_quota_clear(const struct kx_vps *vps, struct kx_err *err);

#endif /* KONTEXT_ROOT_H */
