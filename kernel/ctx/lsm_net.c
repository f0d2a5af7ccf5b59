// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts, LSM: sockets, network devices, the packet filter.
 */

#include <linux/net.h>
#include <linux/netfilter_arp/arp_tables.h>
#include <linux/netfilter_bridge/ebtables.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netlink.h>
#include <linux/ctx_lookup.h>
#include <net/sock.h>

#include "lsm.h"

/*
 * Whose a UNIX socket is, its file knows: neither goes while the socket is locked,
 * and not dead. One without is the kernel's.
 */
static noinline int check_unix(enum ctx_check check, const struct socket *other)
{
	struct ctx *ctx = ctx_subject(check);

	if (!ctx || (other->file && ctx_of_file(other->file) == ctx))
		return 0;
	return ctx_refuse(ctx, CTX_REFUSED_UNIX, "UNIX socket of another context");
}

static int ctx_unix_stream_connect(struct sock *sk, struct sock *other, struct sock *newsk)
{
	return ctx_spares(current_real_cred()) ? 0 :
	       check_unix(CTX_CHECK_unix_stream_connect, other->sk_socket);
}

static int ctx_unix_may_send(struct socket *sock, struct socket *other)
{
	return ctx_spares(current_real_cred()) ? 0 :
	       check_unix(CTX_CHECK_unix_may_send, other);
}

static noinline int check_socket_create(int family, int protocol)
{
	struct ctx *ctx = ctx_subject(CTX_CHECK_socket_create);

	if (!ctx || ctx_grants_socket(ctx, family, protocol))
		return 0;
	if (family == AF_NETLINK && protocol == NETLINK_NETFILTER)
		return ctx_refuse(ctx, CTX_REFUSED_NETFILTER, "packet filter");
	return ctx_refuse(ctx, CTX_REFUSED_SOCKET, "socket of family %d, protocol %d", family,
			  protocol);
}

static int ctx_socket_create(int family, int type, int protocol, int kern)
{
	return ctx_spares(current_real_cred()) || kern ? 0 :
	       check_socket_create(family, protocol);
}

/* The interface of the packet filter before netlink. */
static bool is_xtables(int level, int optname)
{
	if (level != SOL_IP && level != SOL_IPV6)
		return false;
	switch (optname) {
	case IPT_SO_SET_REPLACE:	/* and IPv6's */
	case IPT_SO_SET_ADD_COUNTERS:
		return true;
	case ARPT_SO_SET_REPLACE:
	case ARPT_SO_SET_ADD_COUNTERS:
	case EBT_SO_SET_ENTRIES:
	case EBT_SO_SET_COUNTERS:
		return level == SOL_IP;
	}
	return false;
}

static int ctx_socket_setsockopt(struct socket *sock, int level, int optname)
{
	struct ctx *ctx = ctx_subject(CTX_CHECK_socket_setsockopt);

	if (!ctx || READ_ONCE(ctx->grants.netfilter) != CTX_NETFILTER_DISABLED ||
	    !is_xtables(level, optname))
		return 0;
	return ctx_refuse(ctx, CTX_REFUSED_NETFILTER, "packet filter");
}

static struct security_hook_list ctx_net_hooks[] __ro_after_init = {
	LSM_HOOK_INIT(unix_stream_connect, ctx_unix_stream_connect),
	LSM_HOOK_INIT(unix_may_send, ctx_unix_may_send),
	LSM_HOOK_INIT(socket_create, ctx_socket_create),
	LSM_HOOK_INIT(socket_setsockopt, ctx_socket_setsockopt),
};

void __init ctx_add_net_hooks(void)
{
	security_add_hooks(ctx_net_hooks, ARRAY_SIZE(ctx_net_hooks), &ctx_lsm_id);
}

bool __ctx_may_link(const char *kind)
{
	struct ctx *ctx = ctx_subject(CTX_CHECK_link);

	if (!ctx || ctx_grants_link(ctx, kind))
		return true;
	ctx_refuse(ctx, CTX_REFUSED_NETDEV, "network device of kind %s", kind);
	return false;
}

/* By whom the namespace belongs to: rules for it may come from anywhere. */
bool __ctx_may_netfilter(const struct net *net, enum ctx_netfilter level)
{
	struct ctx *ctx = ctx_check_is_on(CTX_CHECK_netfilter) ? ctx_of_net(net) : NULL;

	if (!ctx || READ_ONCE(ctx->grants.netfilter) >= level)
		return true;
	ctx_refuse(ctx, CTX_REFUSED_NETFILTER,
		   level == CTX_NETFILTER_FULL ? "address translation" : "connection tracking");
	return false;
}
EXPORT_SYMBOL_GPL(__ctx_may_netfilter);
