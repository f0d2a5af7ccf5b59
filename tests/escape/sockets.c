// SPDX-License-Identifier: GPL-2.0
/*
 * sockets VERB ARGUMENT…: families, netlink, UNIX sockets; errors by name.
 * A name that begins with "@" is an abstract one.
 */
#include <linux/if_alg.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "escape.h"

/* family FAMILY TYPE PROTOCOL */
static int do_family(char **args)
{
	return outcome("socket", socket(atoi(args[0]), atoi(args[1]) | SOCK_CLOEXEC,
					atoi(args[2])));
}

/* families: the numbers of those that can be had, by any common type */
static int do_families(char **args)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET };

	(void)args;
	for (int family = 0; family < 64; family++)
		for (size_t i = 0; i < 4; i++)
			if (socket(family, types[i] | SOCK_CLOEXEC, 0) >= 0) {
				printf("%d ", family);
				break;
			}
	printf("\n");
	return 0;
}

/* netlinks: the numbers of the netlink protocols that can be had */
static int do_netlinks(char **args)
{
	(void)args;
	for (int protocol = 0; protocol < MAX_LINKS; protocol++)
		if (socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol) >= 0)
			printf("%d ", protocol);
	printf("\n");
	return 0;
}

/* alg TYPE NAME: of the kernel's cryptography, which loads modules by name */
static int do_alg(char **args)
{
	struct sockaddr_alg sa = { .salg_family = AF_ALG };
	int s = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	strncpy((char *)sa.salg_type, args[0], sizeof(sa.salg_type) - 1);
	strncpy((char *)sa.salg_name, args[1], sizeof(sa.salg_name) - 1);
	if (s < 0)
		return outcome("socket", -1);
	return outcome("bind", bind(s, (void *)&sa, sizeof(sa)));
}

/* congestion NAME: of TCP */
static int do_congestion(char **args)
{
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return outcome("setsockopt", setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, args[0],
						strlen(args[0])));
}

/* ifname NAME: asking for a device once loaded a module of that name */
static int do_ifname(char **args)
{
	struct ifreq req = { 0 };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strncpy(req.ifr_name, args[0], IFNAMSIZ - 1);
	return outcome("ioctl", ioctl(s, SIOCGIFINDEX, &req));
}

/* What the kernel answers to one request: 0, or -1 and errno. */
static long netlink(int protocol, struct nlmsghdr *nlh)
{
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	char buf[8192];
	struct nlmsghdr *answer = (void *)buf;
	ssize_t n;

	nlh->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (s < 0 || sendto(s, nlh, nlh->nlmsg_len, 0, (void *)&kernel, sizeof(kernel)) < 0)
		return -1;
	n = recv(s, buf, sizeof(buf), 0);
	if (n < (ssize_t)NLMSG_LENGTH(0))
		return -1;
	if (answer->nlmsg_type != NLMSG_ERROR)
		return 0;
	errno = -((struct nlmsgerr *)NLMSG_DATA(answer))->error;
	return errno ? -1 : 0;
}

static void put_attr(struct nlmsghdr *nlh, int type, const void *data, int len)
{
	struct rtattr *rta = (void *)((char *)nlh + NLMSG_ALIGN(nlh->nlmsg_len));

	rta->rta_type = type;
	rta->rta_len = RTA_LENGTH(len);
	memcpy(RTA_DATA(rta), data, len);
	nlh->nlmsg_len = NLMSG_ALIGN(nlh->nlmsg_len) + RTA_ALIGN(rta->rta_len);
}

/* link KIND: a new network device */
static int do_link(char **args)
{
	struct {
		struct nlmsghdr nlh;
		struct ifinfomsg ifi;
		char room[512];
	} req = {
		.nlh = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
			 .nlmsg_type = RTM_NEWLINK,
			 .nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL },
	};
	char nest[64];
	struct rtattr *kind = (void *)nest;

	kind->rta_type = IFLA_INFO_KIND;
	kind->rta_len = RTA_LENGTH(strlen(args[0]));
	memcpy(RTA_DATA(kind), args[0], strlen(args[0]));
	put_attr(&req.nlh, IFLA_IFNAME, "attack0", 8);
	put_attr(&req.nlh, IFLA_LINKINFO, nest, kind->rta_len);
	return outcome("link", netlink(NETLINK_ROUTE, &req.nlh));
}

/* qdisc KIND: on lo */
static int do_qdisc(char **args)
{
	struct {
		struct nlmsghdr nlh;
		struct tcmsg tc;
		char room[512];
	} req = {
		.nlh = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct tcmsg)),
			 .nlmsg_type = RTM_NEWQDISC,
			 .nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE },
		.tc = { .tcm_ifindex = 1, .tcm_parent = 0xffffffff },
	};

	put_attr(&req.nlh, TCA_KIND, args[0], strlen(args[0]) + 1);
	return outcome("qdisc", netlink(NETLINK_ROUTE, &req.nlh));
}

/* netlink PROTOCOL TYPE: a request without content, which loads what would answer it */
static int do_netlink(char **args)
{
	struct {
		struct nlmsghdr nlh;
		char family[4];
		char room[64];
	} req = {
		.nlh = { .nlmsg_len = NLMSG_LENGTH(64), .nlmsg_type = atoi(args[1]),
			 .nlmsg_flags = NLM_F_DUMP },
	};

	/* AF_UNIX, for sock_diag; elsewhere what netfilter takes for "all". */
	req.family[0] = atoi(args[0]) == NETLINK_SOCK_DIAG ? AF_UNIX : AF_UNSPEC;
	return outcome("netlink", netlink(atoi(args[0]), &req.nlh));
}

static socklen_t name(const char *text, struct sockaddr_un *sun)
{
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	snprintf(sun->sun_path, sizeof(sun->sun_path), "%s", text);
	if (*text == '@')
		sun->sun_path[0] = '\0';
	return offsetof(struct sockaddr_un, sun_path) + strlen(text) + (*text != '@');
}

/* serve NAME: a stream and (NAME with ".dgram") a datagram socket; runs until it is killed. */
static int do_serve(char **args)
{
	char dgram[100];
	struct sockaddr_un a, b;
	socklen_t la = name(args[0], &a), lb;
	int s = socket(AF_UNIX, SOCK_STREAM, 0), d = socket(AF_UNIX, SOCK_DGRAM, 0), c;

	snprintf(dgram, sizeof(dgram), "%s.dgram", args[0]);
	lb = name(dgram, &b);
	if (*args[0] != '@') {
		unlink(args[0]);
		unlink(dgram);
	}
	need(!bind(s, (void *)&a, la) && !listen(s, 5), args[0]);
	need(!bind(d, (void *)&b, lb), dgram);
	if (*args[0] != '@')
		need(!chmod(args[0], 0777) && !chmod(dgram, 0777), "chmod");
	printf("serving\n");
	fflush(stdout);
	while ((c = accept(s, NULL, NULL)) >= 0)
		close(c);
	return 1;
}

static int do_connect(char **args)
{
	struct sockaddr_un sun;
	socklen_t len = name(args[0], &sun);
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	return outcome("connect", connect(s, (void *)&sun, len));
}

static int do_send(char **args)
{
	struct sockaddr_un sun;
	socklen_t len = name(args[0], &sun);
	int s = socket(AF_UNIX, SOCK_DGRAM, 0);

	return outcome("send", sendto(s, "x", 1, MSG_DONTWAIT, (void *)&sun, len));
}

static void hand_over(int s, int fd)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr head;
	} control = {
		.head = { .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET,
			  .cmsg_type = SCM_RIGHTS },
	};
	struct iovec iov = { "x", 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};

	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	need(sendmsg(s, &msg, 0) == 1, "sendmsg");
}

/*
 * hand-out PID: a process of the host becomes one of PID's user namespace, opens a
 * file and sends it to its parent, which has stayed; by a socket from before.
 * PID 0: it stays, too.
 */
static int do_hand_out(char **args)
{
	char path[64], c, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &c, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int pair[2], fd;

	need(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	if (!fork()) {
		if (atoi(args[0])) {
			snprintf(path, sizeof(path), "/proc/%s/ns/user", args[0]);
			fd = open(path, O_RDONLY | O_CLOEXEC);
			need(fd >= 0 && !setns(fd, CLONE_NEWUSER), path);
			need(!setresgid(0, 0, 0) && !setresuid(0, 0, 0), "setresuid");
		}
		fd = open("/", O_RDONLY | O_DIRECTORY);
		need(fd >= 0, "/");
		hand_over(pair[1], fd);
		_exit(0);
	}
	close(pair[1]);
	need(recvmsg(pair[0], &msg, 0) == 1, "recvmsg");
	printf("handed out: %s\n", CMSG_FIRSTHDR(&msg) ? "done" : "nothing");
	return 0;
}

static int uevents(void)
{
	struct sockaddr_nl all = { .nl_family = AF_NETLINK, .nl_groups = 3 };
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	return s < 0 || bind(s, (void *)&all, sizeof(all)) ? -1 : s;
}

/* uevent-hear TEXT SECONDS: whether an event with TEXT comes */
static int do_uevent_hear(char **args)
{
	int s = uevents();
	struct pollfd p = { s, POLLIN, 0 };
	char buf[8192];

	if (s < 0)
		return outcome("uevents", -1);
	printf("listening\n");
	fflush(stdout);
	alarm(atoi(args[1]) + 30);
	while (poll(&p, 1, atoi(args[1]) * 1000) == 1) {
		ssize_t n = recv(s, buf, sizeof(buf), 0);

		if (n > 0 && memmem(buf, n, args[0], strlen(args[0]))) {
			printf("heard\n");
			return 0;
		}
	}
	printf("silence\n");
	return 1;
}

/* uevent-send TEXT: to the group of the kernel and that of udev */
static int do_uevent_send(char **args)
{
	struct sockaddr_nl all = { .nl_family = AF_NETLINK, .nl_groups = 3 };
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	if (s < 0)
		return outcome("uevents", -1);
	return outcome("send", sendto(s, args[0], strlen(args[0]) + 1, 0, (void *)&all,
				      sizeof(all)));
}

static const struct {
	const char *name;
	int (*run)(char **args);
	int args;
} verbs[] = {
	{ "family", do_family, 3 }, { "families", do_families, 0 },
	{ "netlinks", do_netlinks, 0 }, { "alg", do_alg, 2 },
	{ "congestion", do_congestion, 1 }, { "ifname", do_ifname, 1 },
	{ "link", do_link, 1 }, { "qdisc", do_qdisc, 1 }, { "netlink", do_netlink, 2 },
	{ "serve", do_serve, 1 }, { "connect", do_connect, 1 }, { "send", do_send, 1 },
	{ "hand-out", do_hand_out, 1 },
	{ "uevent-hear", do_uevent_hear, 2 }, { "uevent-send", do_uevent_send, 1 },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(argv[1], verbs[i].name) && argc == 2 + verbs[i].args)
			return verbs[i].run(argv + 2);
	errno = EINVAL;
	need(0, "verb or its arguments");
}
