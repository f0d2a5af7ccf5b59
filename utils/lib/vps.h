/* SPDX-License-Identifier: GPL-2.0 */
/* vps.c: what only the library needs of a VPS's configuration. */
#ifndef KONTEXT_VPS_H
#define KONTEXT_VPS_H

#include <limits.h>

#include "priv.h"

/* User and group ids of a VPS: so many from LOCAL_UID on. */
#define KX_IDS	65536U

/* Until @fn returns other than 0, which is then the result. */
int kx_vps_each(const struct kx_host *host,
		int (*fn)(struct kx_vps *vps, void *arg), void *arg,
		struct kx_err *err);
/* No other VPS has its name or one of its addresses. Under the lock KX_CONF_LOCK. */
int kx_vps_check_unique(const struct kx_vps *vps, struct kx_err *err);
/* Held while names, addresses and id ranges are given away. */
#define KX_CONF_LOCK	".conf"

/* Removes the configuration. */
int kx_vps_forget(const struct kx_vps *vps, struct kx_err *err);
void kx_vps_private(const struct kx_vps *vps, char path[PATH_MAX]);
void kx_vps_root(const struct kx_vps *vps, char path[PATH_MAX]);
/* First id of its range. */
int kx_vps_uid(const struct kx_vps *vps, uint32_t *uid, struct kx_err *err);

#endif /* KONTEXT_VPS_H */
