/* SPDX-License-Identifier: GPL-2.0 */
/* rtnl.c: the few requests to rtnetlink that a VPS's network needs. */
#ifndef KONTEXT_RTNL_H
#define KONTEXT_RTNL_H

#include "priv.h"

struct nl_sock;

struct nl_sock *kx_rt_open(struct kx_err *err);
void kx_rt_close(struct nl_sock *rt);

/*
 * A pair of veth devices without ARP and up: @name here, @peer in the network
 * namespace of @pid. Both get the address @mac, so that each takes what the
 * other sends although neither asks for addresses. -EEXIST as result 1.
 */
int kx_rt_veth(struct nl_sock *rt, const char *name, const char *peer,
	       pid_t pid, const unsigned char mac[6], struct kx_err *err);
/* Nothing of this name is success. */
int kx_rt_del_link(struct nl_sock *rt, const char *name, struct kx_err *err);
int kx_rt_up(struct nl_sock *rt, unsigned int index, struct kx_err *err);

enum kx_rt_op { KX_RT_ADD, KX_RT_DEL };

/* An address of a device, /32 or /128. There already, or gone already, is success. */
int kx_rt_addr(struct nl_sock *rt, enum kx_rt_op op, unsigned int index,
	       const struct kx_addr *addr, struct kx_err *err);
/* A route on link to @addr; to everything of @family when @addr is null. */
int kx_rt_route(struct nl_sock *rt, enum kx_rt_op op, unsigned int index,
		int family, const struct kx_addr *addr, struct kx_err *err);

#endif /* KONTEXT_RTNL_H */
