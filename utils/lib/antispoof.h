/* SPDX-License-Identifier: GPL-2.0 */
/* antispoof.c: the host's filter against forged source addresses. */
#ifndef KONTEXT_ANTISPOOF_H
#define KONTEXT_ANTISPOOF_H

#include "priv.h"

/*
 * Each device of a VPS has a chain of its name in the host's nftables, table
 * "netdev kontext", which packets of the host itself never meet. It needs no
 * list of addresses: what comes from the device must have a source to which
 * the host would route by that device, and all else is dropped.
 */

/*
 * The chain of a device that has just been made; one that is left of an older
 * device goes. Where the whole table is gone, all devices get theirs.
 */
int kx_antispoof_add(const char *dev, struct kx_err *err);

/* Puts back what a flush has taken; a chain that is there stays as it is. */
int kx_antispoof_keep(const char *dev, struct kx_err *err);

/* The kernel keeps the chain of a device that is gone. */
void kx_antispoof_remove(const char *dev);

#endif /* KONTEXT_ANTISPOOF_H */
