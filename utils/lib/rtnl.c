// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "rtnl.h"

struct nl_sock *kx_rt_open(struct kx_err *err)
{
	struct nl_sock *rt = nl_socket_alloc();
	int ret;

	if (!rt) {
		kx_nomem(err);
		return NULL;
	}
	ret = nl_connect(rt, NETLINK_ROUTE);
	if (ret < 0) {
		kx_fail(err, KX_NETWORK, 0, "rtnetlink: %s", nl_geterror(ret));
		nl_socket_free(rt);
		return NULL;
	}
	return rt;
}

void kx_rt_close(struct nl_sock *rt)
{
	nl_socket_free(rt);
}

static int keep_errno(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	(void)from;
	*(int *)arg = e->error;
	return NL_STOP;
}

/* Sends @msg, consumes it, and returns the kernel's answer: 0 or -errno. */
static int talk(struct nl_sock *rt, struct nl_msg *msg)
{
	int error = 0, ret;

	nl_socket_modify_err_cb(rt, NL_CB_CUSTOM, keep_errno, &error);
	ret = nl_send_auto(rt, msg);
	nlmsg_free(msg);
	if (ret >= 0)
		ret = nl_wait_for_ack(rt);
	if (error)
		return error;
	return ret < 0 ? -EIO : 0;
}

static struct nl_msg *link_request(int type, int flags, const char *name,
				   const struct ifinfomsg *info)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, NLM_F_REQUEST | flags);

	if (msg && (nlmsg_append(msg, (void *)info, sizeof(*info), NLMSG_ALIGNTO) ||
		    (name && nla_put_string(msg, IFLA_IFNAME, name)))) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

static int put_pair(struct nl_msg *msg, const char *peer, pid_t pid,
		    const unsigned char mac[6], const struct ifinfomsg *info)
{
	struct nlattr *link, *data, *other;

	if (nla_put(msg, IFLA_ADDRESS, 6, mac))
		return -1;
	link = nla_nest_start(msg, IFLA_LINKINFO);
	if (!link || nla_put_string(msg, IFLA_INFO_KIND, "veth"))
		return -1;
	data = nla_nest_start(msg, IFLA_INFO_DATA);
	other = data ? nla_nest_start(msg, VETH_INFO_PEER) : NULL;
	if (!other ||
	    nlmsg_append(msg, (void *)info, sizeof(*info), NLMSG_ALIGNTO) ||
	    nla_put_string(msg, IFLA_IFNAME, peer) ||
	    nla_put(msg, IFLA_ADDRESS, 6, mac) ||
	    nla_put_u32(msg, IFLA_NET_NS_PID, pid))
		return -1;
	nla_nest_end(msg, other);
	nla_nest_end(msg, data);
	nla_nest_end(msg, link);
	return 0;
}

int kx_rt_veth(struct nl_sock *rt, const char *name, const char *peer,
	       pid_t pid, const unsigned char mac[6], struct kx_err *err)
{
	const struct ifinfomsg info = {
		.ifi_family = AF_UNSPEC,
		.ifi_flags = IFF_UP | IFF_NOARP,
		.ifi_change = IFF_UP | IFF_NOARP,
	};
	/* It comes up inside: while it is made, veth has no other end yet. */
	const struct ifinfomsg other = {
		.ifi_family = AF_UNSPEC,
		.ifi_flags = IFF_NOARP,
		.ifi_change = IFF_NOARP,
	};
	struct nl_msg *msg = link_request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
					  name, &info);
	int ret;

	if (!msg || put_pair(msg, peer, pid, mac, &other)) {
		nlmsg_free(msg);
		return kx_nomem(err);
	}
	ret = talk(rt, msg);
	if (ret == -EEXIST)
		return 1;
	return ret ? kx_fail(err, KX_NETWORK, -ret,
			     "cannot make the network device %s", name) : 0;
}

int kx_rt_del_link(struct nl_sock *rt, const char *name, struct kx_err *err)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct nl_msg *msg = link_request(RTM_DELLINK, 0, name, &info);
	int ret;

	if (!msg)
		return kx_nomem(err);
	ret = talk(rt, msg);
	if (!ret || ret == -ENODEV)
		return 0;
	return kx_fail(err, KX_NETWORK, -ret,
		       "cannot remove the network device %s", name);
}

int kx_rt_up(struct nl_sock *rt, unsigned int index, struct kx_err *err)
{
	const struct ifinfomsg info = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = index,
		.ifi_flags = IFF_UP,
		.ifi_change = IFF_UP,
	};
	struct nl_msg *msg = link_request(RTM_NEWLINK, 0, NULL, &info);
	int ret;

	if (!msg)
		return kx_nomem(err);
	ret = talk(rt, msg);
	return ret ? kx_fail(err, KX_NETWORK, -ret,
			     "cannot bring up a network device") : 0;
}

int kx_rt_addr(struct nl_sock *rt, enum kx_rt_op op, unsigned int index,
	       const struct kx_addr *addr, struct kx_err *err)
{
	struct ifaddrmsg ifa = {
		.ifa_family = addr->family,
		.ifa_prefixlen = addr->len * 8,
		.ifa_flags = IFA_F_NODAD,
		.ifa_index = index,
	};
	struct nl_msg *msg;
	int ret;

	msg = nlmsg_alloc_simple(op == KX_RT_ADD ? RTM_NEWADDR : RTM_DELADDR,
				 NLM_F_REQUEST |
				 (op == KX_RT_ADD ? NLM_F_CREATE | NLM_F_EXCL : 0));
	if (!msg || nlmsg_append(msg, &ifa, sizeof(ifa), NLMSG_ALIGNTO) ||
	    nla_put(msg, IFA_LOCAL, addr->len, addr->bytes) ||
	    nla_put(msg, IFA_ADDRESS, addr->len, addr->bytes)) {
		nlmsg_free(msg);
		return kx_nomem(err);
	}
	ret = talk(rt, msg);
	if (!ret || (op == KX_RT_ADD ? ret == -EEXIST : ret == -EADDRNOTAVAIL))
		return 0;
	return kx_fail(err, KX_ADD_IP, -ret, "cannot %s an address inside",
		       op == KX_RT_ADD ? "add" : "remove");
}

int kx_rt_route(struct nl_sock *rt, enum kx_rt_op op, unsigned int index,
		int family, const struct kx_addr *addr, struct kx_err *err)
{
	struct rtmsg rtm = {
		.rtm_family = family,
		.rtm_dst_len = addr ? addr->len * 8 : 0,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
	};
	struct nl_msg *msg;
	int ret;

	msg = nlmsg_alloc_simple(op == KX_RT_ADD ? RTM_NEWROUTE : RTM_DELROUTE,
				 NLM_F_REQUEST |
				 (op == KX_RT_ADD ? NLM_F_CREATE | NLM_F_EXCL : 0));
	if (!msg || nlmsg_append(msg, &rtm, sizeof(rtm), NLMSG_ALIGNTO) ||
	    (addr && nla_put(msg, RTA_DST, addr->len, addr->bytes)) ||
	    nla_put_u32(msg, RTA_OIF, index)) {
		nlmsg_free(msg);
		return kx_nomem(err);
	}
	ret = talk(rt, msg);
	if (!ret || (op == KX_RT_DEL && ret == -ESRCH))
		return 0;
	if (ret == -EEXIST)
		return kx_fail(err, KX_IP_IN_USE, 0,
			       "the host has another route to an address of the VPS");
	return kx_fail(err, KX_ADD_IP, -ret, "cannot %s a route",
		       op == KX_RT_ADD ? "add" : "remove");
}
