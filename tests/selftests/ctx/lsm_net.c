// SPDX-License-Identifier: GPL-2.0
/* Sockets of another context, families, network devices, the packet filter. */
#include <linux/if_bridge.h>
#include <linux/if_vlan.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "harness.h"
#include "lsm.h"

#ifndef AF_VSOCK
#define AF_VSOCK 40
#endif

RIG_FIXTURE(net, 0)
RIG_FIXTURE(own, CLONE_NEWNET | CLONE_NEWNS)

#define ABSTRACT	"@ctx-lsm"
#define PATH		"/var/tmp/ctx-lsm-socket"

static socklen_t address_of(struct sockaddr_un *address, const char *name)
{
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	strcpy(address->sun_path, name);
	if (*name == '@')
		address->sun_path[0] = '\0';
	return offsetof(struct sockaddr_un, sun_path) + strlen(name);
}

static long do_bind(int type, const char *name)
{
	int fd = socket(AF_UNIX, type, 0);
	struct sockaddr_un address;
	socklen_t size = address_of(&address, name);

	if (*name != '@') {
		unlink(name);
		umask(0);
	}
	if (fd < 0 || bind(fd, (void *)&address, size) ||
	    (type != SOCK_DGRAM && listen(fd, 8)))
		return -errno;
	return fd;
}

static long do_connect(int type, const char *name)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	socklen_t size = address_of(&address, name);
	long ret;

	ret = OR_ERRNO(connect(fd, (void *)&address, size));
	close(fd);
	return ret;
}

static long listen_abstract(long type)
{
	return do_bind(type, ABSTRACT);
}

static long listen_path(long type)
{
	return do_bind(type, PATH);
}

static long connect_abstract(long type)
{
	return do_connect(type, ABSTRACT);
}

static long connect_path(long type)
{
	return do_connect(type, PATH);
}

static long send_to_abstract(long type)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	socklen_t size = address_of(&address, ABSTRACT);
	long ret;

	ret = OR_ERRNO(sendto(fd, "x", 1, 0, (void *)&address, size));
	close(fd);
	return ret;
}

/* @listen is done by A2, B and H in turn; then @connect by A, and by others. */
#define EXPECT_OWN_SOCKETS(type, listen, connect) do {			\
	struct rig *r_ = self->rig;					\
	long fd_ = call(&r_->a2, listen, type);				\
	ASSERT_LE(0, fd_);						\
	EXPECT_WORKS(&r_->a, connect, type);				\
	EXPECT_WORKS(&r_->h, connect, type);				\
	EXPECT_REFUSED(&r_->b, EPERM, 1, CTX_REFUSED_UNIX, connect, type); \
	call(&r_->a2, do_close, fd_);					\
	fd_ = call(&r_->b, listen, type);				\
	ASSERT_LE(0, fd_);						\
	EXPECT_REFUSED(&r_->a, EPERM, 1, CTX_REFUSED_UNIX, connect, type); \
	EXPECT_WORKS(&r_->b, connect, type);				\
	call(&r_->b, do_close, fd_);					\
	fd_ = call(&r_->h, listen, type);				\
	ASSERT_LE(0, fd_);						\
	EXPECT_REFUSED(&r_->a, EPERM, 1, CTX_REFUSED_UNIX, connect, type); \
	call(&r_->h, do_close, fd_);					\
} while (0)

TEST_F(net, unix_stream_connect)
{
	EXPECT_OWN_SOCKETS(SOCK_STREAM, listen_abstract, connect_abstract);
	EXPECT_OWN_SOCKETS(SOCK_SEQPACKET, listen_abstract, connect_abstract);
	EXPECT_OWN_SOCKETS(SOCK_STREAM, listen_path, connect_path);
	unlink(PATH);
}

TEST_F(net, unix_may_send)
{
	EXPECT_OWN_SOCKETS(SOCK_DGRAM, listen_abstract, connect_abstract);
	EXPECT_OWN_SOCKETS(SOCK_DGRAM, listen_abstract, send_to_abstract);
	EXPECT_OWN_SOCKETS(SOCK_DGRAM, listen_path, connect_path);
	unlink(PATH);
}

/* family | type << 8 | protocol << 16 */
#define SOCKET(family, type, protocol)	((family) | (type) << 8 | (protocol) << 16)
#define NETLINK(protocol)	SOCKET(AF_NETLINK, SOCK_RAW, protocol)

static long do_socket(long what)
{
	int fd = socket(what & 0xff, (what >> 8 & 0xff) | SOCK_CLOEXEC, what >> 16);

	return fd < 0 ? -errno : do_close(fd);
}

static long do_socketpair(long type)
{
	int pair[2];

	if (socketpair(AF_UNIX, type, 0, pair))
		return -errno;
	close(pair[0]);
	return do_close(pair[1]);
}

TEST_F(own, socket_create)
{
	static const int good[] = {
		SOCKET(AF_UNIX, SOCK_STREAM, 0), SOCKET(AF_INET, SOCK_STREAM, 0),
		SOCKET(AF_INET6, SOCK_DGRAM, 0), SOCKET(AF_INET, SOCK_RAW, IPPROTO_ICMP),
		SOCKET(AF_PACKET, SOCK_RAW, 0), NETLINK(NETLINK_ROUTE),
		NETLINK(NETLINK_SOCK_DIAG), NETLINK(NETLINK_KOBJECT_UEVENT),
		NETLINK(NETLINK_GENERIC), NETLINK(NETLINK_NETFILTER),
	};
	static const int bad[] = {
		SOCKET(AF_ALG, SOCK_SEQPACKET, 0), SOCKET(AF_VSOCK, SOCK_STREAM, 0),
		SOCKET(AF_KEY, SOCK_RAW, 2), SOCKET(AF_PPPOX, SOCK_STREAM, 0),
		SOCKET(AF_TIPC, SOCK_STREAM, 0), SOCKET(AF_RDS, SOCK_SEQPACKET, 0),
		SOCKET(AF_BLUETOOTH, SOCK_RAW, 0), SOCKET(44 /* XDP */, SOCK_RAW, 0),
		NETLINK(NETLINK_XFRM), NETLINK(NETLINK_CONNECTOR), NETLINK(NETLINK_CRYPTO),
		NETLINK(NETLINK_ISCSI), NETLINK(NETLINK_FIB_LOOKUP), NETLINK(31),
	};
	struct rig *rig = self->rig;
	unsigned int i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++)
		EXPECT_WORKS(&rig->a, do_socket, good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_SOCKET, do_socket, bad[i]);
	EXPECT_WORKS(&rig->a, do_socketpair, SOCK_STREAM);
	EXPECT_WORKS(&rig->a, do_socketpair, SOCK_DGRAM);

	ASSERT_EQ(0, grant_netfilter(rig, CTX_NETFILTER_DISABLED));
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_NETFILTER, do_socket,
		       NETLINK(NETLINK_NETFILTER));
	EXPECT_WORKS(&rig->b, do_socket, NETLINK(NETLINK_NETFILTER));

	/* Granted now; that there is no such family is another matter. */
	ASSERT_EQ(0, grant_features(rig, FEATURE(IPSEC)));
	refusals_begin(rig, &rig->a);
	EXPECT_NE(-EPERM, call(&rig->a, do_socket, NETLINK(NETLINK_XFRM)));
	EXPECT_NE(-EPERM, call(&rig->a, do_socket, SOCKET(AF_KEY, SOCK_RAW, 2)));
	EXPECT_EQ(0, refusals_end(rig, &rig->a, NOTHING));
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_SOCKET, do_socket,
		       SOCKET(AF_PPPOX, SOCK_STREAM, 0));
}

/* level << 16 | name, of an IP socket */
static long do_setsockopt(long what)
{
	int level = what >> 16, fd = socket(level == SOL_IPV6 ? AF_INET6 : AF_INET,
					    SOCK_RAW, IPPROTO_ICMP);
	char replace[128] = "none";	/* struct ipt_replace and the like */
	long ret;

	if (fd < 0)
		return -errno;
	ret = OR_ERRNO(setsockopt(fd, level, what & 0xffff, replace, sizeof(replace)));
	close(fd);
	return ret;
}

#define OPTION(level, name)	((level) << 16 | (name))

TEST_F(own, socket_setsockopt)
{
	static const int filter[] = {
		OPTION(SOL_IP, 64), OPTION(SOL_IP, 65), OPTION(SOL_IPV6, 64),
		OPTION(SOL_IP, 96), OPTION(SOL_IP, 97), OPTION(SOL_IP, 128),
		OPTION(SOL_IP, 129),
	};
	struct rig *rig = self->rig;
	unsigned int i;

	/* Not refused by us: there is no such table. */
	refusals_begin(rig, &rig->a);
	EXPECT_NE(-EPERM, call(&rig->a, do_setsockopt, filter[0]));
	ASSERT_EQ(0, grant_netfilter(rig, CTX_NETFILTER_DISABLED));
	EXPECT_WORKS(&rig->a, do_setsockopt, OPTION(SOL_IP, IP_RECVTTL));
	for (i = 0; i < sizeof(filter) / sizeof(*filter); i++)
		EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_NETFILTER, do_setsockopt,
			       filter[i]);
}

struct new_link {
	struct nlmsghdr head;
	struct ifinfomsg info;
	char attributes[256];
};

static struct rtattr *put(struct new_link *link, int type, const void *data, size_t size)
{
	struct rtattr *attribute = (void *)((char *)link + NLMSG_ALIGN(link->head.nlmsg_len));

	attribute->rta_type = type;
	attribute->rta_len = RTA_LENGTH(size);
	memcpy(RTA_DATA(attribute), data, size);
	link->head.nlmsg_len = NLMSG_ALIGN(link->head.nlmsg_len) + RTA_ALIGN(attribute->rta_len);
	return attribute;
}

/* The kernel's answer to a request to make a device of this kind. */
static long new_link(long kind)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct new_link link = {
		.head = {
			.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
			.nlmsg_type = RTM_NEWLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
		},
	};
	struct { struct nlmsghdr head; struct nlmsgerr error; char rest[512]; } answer;
	struct rtattr *nest;

	nest = put(&link, IFLA_LINKINFO, "", 0);
	put(&link, IFLA_INFO_KIND, (char *)kind, strlen((char *)kind));
	nest->rta_len = (char *)&link + link.head.nlmsg_len - (char *)nest;
	if (fd < 0 || send(fd, &link, link.head.nlmsg_len, 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < 0)
		return -errno;
	close(fd);
	return answer.head.nlmsg_type == NLMSG_ERROR ? answer.error.error : -EPROTO;
}

static long add_bridge(long name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long ret = OR_ERRNO(ioctl(fd, SIOCBRADDBR, name));

	close(fd);
	return ret;
}

/* By what brctl(8) used before. */
static long add_bridge_old(long name)
{
	unsigned long arguments[] = { BRCTL_ADD_BRIDGE, name, 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long ret = OR_ERRNO(ioctl(fd, SIOCSIFBR, arguments));

	close(fd);
	return ret;
}

static long add_vlan(long number)
{
	struct vlan_ioctl_args arguments = {
		.cmd = ADD_VLAN_CMD, .device1 = "lo", .u.VID = number,
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long ret = OR_ERRNO(ioctl(fd, SIOCSIFVLAN, &arguments));

	close(fd);
	return ret;
}

TEST_F(own, link)
{
	static const char *const bad[] = {
		"bridge", "veth", "vlan", "macvlan", "ipvlan", "vxlan", "ipip", "sit",
		"gre", "gretap", "wireguard", "xfrm", "bond", "ifb", "vrf",
		"nosuchkind",
	};
	struct rig *rig = self->rig;
	unsigned int i;

	EXPECT_WORKS(&rig->a, new_link, "dummy");
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_NETDEV, new_link, bad[i]);
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_NETDEV, add_bridge, "br7");
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_NETDEV, add_bridge_old, "br7");
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_NETDEV, add_vlan, 7);
	ASSERT_EQ(0, grant_features(rig, FEATURE(BRIDGE)));
	EXPECT_WORKS(&rig->a, new_link, "bridge");
	EXPECT_WORKS(&rig->a, add_bridge, "br8");
	EXPECT_WORKS(&rig->a, add_bridge_old, "br9");
	EXPECT_WORKS(&rig->a, new_link, "veth");
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_NETDEV, new_link, "ipip");
	EXPECT_REFUSED(&rig->b, EPERM, 1, CTX_REFUSED_NETDEV, new_link, "bridge");
}

/* nft with these commands, inside: 0 if it has taken them. */
static long do_nft(long commands)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		freopen("/dev/null", "w", stderr);
		execlp("nft", "nft", (const char *)commands, NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return status == 0 ? 0 : status == 127 << 8 ? -ENOENT : -EPERM;
}

static const char plain[] = "add table ip t; add chain ip t c { type filter hook input "
			    "priority 0; }; add rule ip t c ip saddr 192.0.2.1 drop";
static const char state[] = "add rule ip t c ct state new accept";
static const char nat[] = "add chain ip t n { type nat hook postrouting priority 100; }";

/* The answer to a request for an entry of the connection table, of nothing. */
static long new_entry(long type)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	struct { struct nlmsghdr head; struct nfgenmsg what; } entry = {
		.head = {
			.nlmsg_len = sizeof(entry),
			.nlmsg_type = type,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE,
		},
		.what.nfgen_family = AF_INET,
	};
	struct { struct nlmsghdr head; struct nlmsgerr error; char rest[512]; } answer;

	if (fd < 0 || send(fd, &entry, sizeof(entry), 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < 0)
		return -errno;
	close(fd);
	return answer.head.nlmsg_type == NLMSG_ERROR ? answer.error.error : -EPROTO;
}

#define NEW_ENTRY	(NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW)

static long count_netfilter(struct rig *rig)
{
	return refusals_end(rig, &rig->a, CTX_REFUSED_NETFILTER);
}

TEST_F(own, netfilter_levels)
{
	struct rig *rig = self->rig;
	int has_ct, has_nat, has_entries;

	/* What this kernel has at all: the debug kernel has less. */
	if (call(&rig->b, do_nft, (long)"list ruleset") == -ENOENT)
		SKIP(return, "no nft");
	ASSERT_EQ(0, grant_netfilter(rig, CTX_NETFILTER_FULL));
	refusals_begin(rig, &rig->a);
	ASSERT_EQ(0, call(&rig->a, do_nft, (long)plain));
	has_ct = !call(&rig->a, do_nft, (long)state);
	has_nat = !call(&rig->a, do_nft, (long)nat);
	EXPECT_EQ(-EINVAL, call(&rig->a, new_entry, NEW_ENTRY));
	has_entries = !access("/sys/module/nf_conntrack_netlink", F_OK);
	EXPECT_EQ(0, count_netfilter(rig));
	ASSERT_EQ(0, call(&rig->a, do_nft, (long)"flush ruleset"));

	ASSERT_EQ(0, grant_netfilter(rig, CTX_NETFILTER_STATEFUL));
	EXPECT_EQ(0, call(&rig->a, do_nft, (long)plain));
	if (has_ct)
		EXPECT_EQ(0, call(&rig->a, do_nft, (long)state));
	EXPECT_EQ(0, count_netfilter(rig));
	if (has_nat) {
		EXPECT_EQ(-EPERM, call(&rig->a, do_nft, (long)nat));
		EXPECT_EQ(1, count_netfilter(rig));
	}

	ASSERT_EQ(0, call(&rig->a, do_nft, (long)"flush ruleset"));
	ASSERT_EQ(0, grant_netfilter(rig, CTX_NETFILTER_STATELESS));
	EXPECT_EQ(0, call(&rig->a, do_nft, (long)plain));
	if (has_ct) {
		refusals_begin(rig, &rig->a);
		EXPECT_EQ(-EPERM, call(&rig->a, do_nft, (long)state));
		EXPECT_LE(1, count_netfilter(rig));
	}
	if (has_entries) {
		EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_NETFILTER, new_entry, NEW_ENTRY);
	}
	ASSERT_EQ(0, grant_netfilter(rig, CTX_NETFILTER_DISABLED));
	refusals_begin(rig, &rig->a);
	EXPECT_EQ(-EPERM, call(&rig->a, do_nft, (long)"list ruleset"));
	EXPECT_LE(1, count_netfilter(rig));
}

TEST_HARNESS_MAIN
