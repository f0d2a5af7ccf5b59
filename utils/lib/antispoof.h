/* SPDX-License-Identifier: GPL-2.0 */
/* antispoof.c: the host's filter against forged source addresses. */
#ifndef KONTEXT_ANTISPOOF_H
#define KONTEXT_ANTISPOOF_H

#include "priv.h"

/*
 * Makes sure that the table "kontext" is in the host's nftables. Its one rule
 * needs no list of addresses: what comes from a VPS's device must have a
 * source to which the host would route by that device.
 */
int kx_antispoof_load(struct kx_err *err);

#endif /* KONTEXT_ANTISPOOF_H */
