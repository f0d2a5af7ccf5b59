/* SPDX-License-Identifier: GPL-2.0 */
/* net.c: the routed network of a VPS: one veth, its addresses, no bridge. */
#ifndef KONTEXT_NET_H
#define KONTEXT_NET_H

#include "priv.h"

/* Name of the device inside; that on the host is "vps" and the CTID. */
#define KX_NET_INSIDE	"venet0"

/* On the host: the device, routes to its addresses, the filter of sources. */
int kx_net_host_up(const struct kx_vps *vps, pid_t pid, struct kx_err *err);
/* In the network namespace of the VPS: loopback, addresses, default route. */
int kx_net_inside_up(const struct kx_vps *vps, struct kx_err *err);
int kx_net_down(const struct kx_vps *vps, struct kx_err *err);
/* From the addresses @old to those of @vps now, while it runs: what is the host's. */
int kx_net_change_host(const struct kx_vps *vps, const char *old, struct kx_err *err);
/* The same for what is the VPS's, whose init is the pidfd @init. */
int kx_net_change_inside(const struct kx_vps *vps, const char *old, int init,
			 struct kx_err *err);

#endif /* KONTEXT_NET_H */
