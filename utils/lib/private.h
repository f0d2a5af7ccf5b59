/* SPDX-License-Identifier: GPL-2.0 */
/*
 * private.c: the private area of a VPS, VE_PRIVATE/CTID. It is made and removed
 * under other names beside that, so that what has the name is whole.
 */
#ifndef KONTEXT_PRIVATE_H
#define KONTEXT_PRIVATE_H

#include "priv.h"

/* KX_PRIVATE_EXISTS when somebody's files are there. */
int kx_private_check(const struct kx_vps *vps, struct kx_err *err);
int kx_private_make(const struct kx_vps *vps, struct kx_err *err);
/* Also what a killed make or remove has left; nothing there is success. */
int kx_private_remove(const struct kx_vps *vps, struct kx_err *err);

#endif /* KONTEXT_PRIVATE_H */
