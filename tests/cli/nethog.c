// SPDX-License-Identifier: GPL-2.0
/*
 * Takes what it can of the network, in one static program: nethog VERB
 * ARGUMENT… Where it says so it has four processes at it, prints how much they
 * have got and the name of the error that ended it ("0" for none), and leaves
 * them in the background with what they have. They end with "killall nethog".
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/neighbour.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define HOGS	4

static struct shared {
	int got, error, ready;
} *shared;

static int failed(const char *what)
{
	printf("%s: %s\n", what, strerrorname_np(errno));
	return 1;
}

static void quiet(void)
{
	int null = open("/dev/null", 2);

	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
}

/* @take(k, args) returns 0 and keeps what it has got, or an error, which ends it. */
static int hog(int (*take)(int k, char **args), int most, char **args)
{
	struct rlimit files = { 1 << 20, 1 << 20 };

	setrlimit(RLIMIT_NOFILE, &files);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < HOGS; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return failed("fork");
		if (pid)
			continue;
		setsid();
		for (int k = i; k < most; k += HOGS) {
			int error = take(k, args);

			if (error) {
				shared->error = error;
				break;
			}
			__atomic_add_fetch(&shared->got, 1, __ATOMIC_SEQ_CST);
		}
		__atomic_add_fetch(&shared->ready, 1, __ATOMIC_SEQ_CST);
		quiet();
		for (;;)
			pause();
	}
	while (__atomic_load_n(&shared->ready, __ATOMIC_SEQ_CST) < HOGS)
		usleep(10000);
	printf("%d %s\n", shared->got, shared->error ? strerrorname_np(shared->error) : "0");
	return 0;
}

static int take_socket(int k, char **args)
{
	static const struct kind {
		const char *name;
		int family, type, protocol;
	} kinds[] = {
		{ "tcp", AF_INET, SOCK_STREAM, 0 },
		{ "tcp6", AF_INET6, SOCK_STREAM, 0 },
		{ "udp", AF_INET, SOCK_DGRAM, 0 },
		{ "udp6", AF_INET6, SOCK_DGRAM, 0 },
		{ "raw", AF_INET, SOCK_RAW, IPPROTO_ICMP },
		{ "packet", AF_PACKET, SOCK_RAW, 0 },
		{ "netlink", AF_NETLINK, SOCK_RAW, NETLINK_ROUTE },
		{ "unix", AF_UNIX, SOCK_STREAM, 0 },
	};

	(void)k;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(args[0], kinds[i].name))
			return socket(kinds[i].family, kinds[i].type,
				      kinds[i].protocol) < 0 ? errno : 0;
	return EINVAL;
}

/* socket KIND N: at most N sockets */
static int do_socket(char **args)
{
	return hog(take_socket, atoi(args[1]), args);
}

static int take_pair(int k, char **args)
{
	int fds[2];

	(void)k;
	(void)args;
	return socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) ? errno : 0;
}

/* pair N: at most N pairs */
static int do_pair(char **args)
{
	return hog(take_pair, atoi(args[0]), args);
}

struct request {
	struct nlmsghdr nlh;
	union {
		struct ifinfomsg link;
		struct ndmsg neigh;
	};
	char attributes[128];
};

static void *put(struct request *r, int type, const void *data, size_t size)
{
	struct rtattr *a = (void *)r + NLMSG_ALIGN(r->nlh.nlmsg_len);

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(a), data, size);
	r->nlh.nlmsg_len = NLMSG_ALIGN(r->nlh.nlmsg_len) + RTA_ALIGN(a->rta_len);
	return a;
}

/* The answer of the kernel, 0 or an errno. */
static int ask(struct request *r)
{
	static int s = -1;
	char answer[1024];
	struct nlmsghdr *nlh = (void *)answer;

	if (s < 0)
		s = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	r->nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
	if (send(s, r, r->nlh.nlmsg_len, 0) < 0 || recv(s, answer, sizeof(answer), 0) < 0)
		return errno;
	return -((struct nlmsgerr *)NLMSG_DATA(nlh))->error;
}

static int take_link(int k, char **args)
{
	struct request r = {
		.nlh = { .nlmsg_len = NLMSG_LENGTH(sizeof(r.link)), .nlmsg_type = RTM_NEWLINK },
	};
	struct rtattr *info;
	char name[IFNAMSIZ];

	snprintf(name, sizeof(name), "hog%d", k);
	put(&r, IFLA_IFNAME, name, strlen(name) + 1);
	info = put(&r, IFLA_LINKINFO, NULL, 0);
	put(&r, IFLA_INFO_KIND, args[0], strlen(args[0]));
	info->rta_len = (void *)&r + r.nlh.nlmsg_len - (void *)info;
	return ask(&r);
}

/* link KIND N: at most N network devices */
static int do_link(char **args)
{
	return hog(take_link, atoi(args[1]), args);
}

/* Entries that somebody has resolved, as after as many answers. */
static int take_neigh(int k, char **args)
{
	struct request r = {
		.nlh = { .nlmsg_len = NLMSG_LENGTH(sizeof(r.neigh)), .nlmsg_type = RTM_NEWNEIGH },
		.neigh = {
			.ndm_ifindex = if_nametoindex(args[0]),
			.ndm_state = atoi(args[2]),
		},
	};
	unsigned char mac[6] = { 2, 0, 0, 0, k >> 8, k }, ip[16] = { 0xfd, 9 };
	bool v6 = !strcmp(args[1], "6");

	r.neigh.ndm_family = v6 ? AF_INET6 : AF_INET;
	if (v6)
		ip[14] = k >> 8, ip[15] = k;
	else
		ip[0] = 10, ip[1] = 9, ip[2] = k >> 8, ip[3] = k;
	put(&r, NDA_DST, ip, v6 ? 16 : 4);
	put(&r, NDA_LLADDR, mac, sizeof(mac));
	return ask(&r);
}

/* neigh DEVICE 4|6 STATE N: at most N neighbours */
static int do_neigh(char **args)
{
	return hog(take_neigh, atoi(args[3]), args);
}

static socklen_t address(const char *ip, int port, struct sockaddr_storage *to)
{
	struct sockaddr_in *in = (void *)to;
	struct sockaddr_in6 *in6 = (void *)to;

	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, ip, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		return sizeof(*in);
	}
	if (inet_pton(AF_INET6, ip, &in6->sin6_addr) != 1)
		errx(2, "\"%s\": no address", ip);
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	return sizeof(*in6);
}

/* spray IP FIRST N: a datagram to each of N ports, and how many were sent */
static int do_spray(char **args)
{
	int s = socket(AF_INET, SOCK_DGRAM, 0), sent = 0, n = atoi(args[2]);

	for (int i = 0; i < n; i++) {
		struct sockaddr_storage to;
		socklen_t len = address(args[0], atoi(args[1]) + i, &to);

		sent += sendto(s, "x", 1, 0, (void *)&to, len) == 1;
	}
	printf("%d\n", sent);
	return 0;
}

/* flood IP N: datagrams to N addresses from IP on, and the last error */
static int do_flood(char **args)
{
	int s = socket(AF_INET, SOCK_DGRAM, 0), error = 0;
	struct in_addr ip;

	if (inet_pton(AF_INET, args[0], &ip) != 1)
		return 2;
	for (int i = 0; i < atoi(args[1]); i++) {
		struct sockaddr_in to = {
			.sin_family = AF_INET, .sin_port = htons(9),
			.sin_addr.s_addr = htonl(ntohl(ip.s_addr) + i),
		};

		if (sendto(s, "x", 1, MSG_DONTWAIT, (void *)&to, sizeof(to)) < 0)
			error = errno;
	}
	puts(error ? strerrorname_np(error) : "0");
	return 0;
}

static int take_connection(int k, char **args)
{
	struct sockaddr_storage to;
	socklen_t len = address(args[0], atoi(args[1]), &to);
	int s = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct pollfd p = { .fd = s, .events = POLLOUT };
	int error = 0;
	socklen_t size = sizeof(error);

	(void)k;
	if (s < 0)
		return errno;
	if (!connect(s, (void *)&to, len))
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	if (poll(&p, 1, 2000) != 1)
		return ETIMEDOUT;
	getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &size);
	return error;
}

/* connect IP PORT N: at most N connections */
static int do_connect(char **args)
{
	return hog(take_connection, atoi(args[2]), args);
}

static int listening(const char *ip, int port)
{
	struct sockaddr_storage at;
	socklen_t len = address(ip, port, &at);
	int s = socket(at.ss_family, SOCK_STREAM, 0), one = 1;

	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (s < 0 || bind(s, (void *)&at, len) || listen(s, 4096))
		return -1;
	return s;
}

/*
 * serve IP PORT PIECE: in the background, a process for each connection; reads in
 * pieces and at the end of the data answers with how much there was
 */
static int do_serve(char **args)
{
	int s = listening(args[0], atoi(args[1])), piece = atoi(args[2]), c;
	char *data = malloc(piece);

	if (s < 0 || !data)
		return failed("listen");
	signal(SIGCHLD, SIG_IGN);
	if (daemon(0, 0))
		return failed("daemon");
	while ((c = accept(s, NULL, NULL)) >= 0 || errno != EBADF) {
		long sum = 0, n;

		if (c < 0)
			continue;
		if (fork()) {
			close(c);
			continue;
		}
		while ((n = read(c, data, piece)) > 0)
			sum += n;
		dprintf(c, "%ld\n", sum);
		return 0;
	}
	return 1;
}

/* send IP PORT BYTES: connects, sends them all and prints the answer */
static int do_send(char **args)
{
	struct sockaddr_storage to;
	socklen_t len = address(args[0], atoi(args[1]), &to);
	int s = socket(to.ss_family, SOCK_STREAM, 0);
	static char data[65536], answer[64];
	long left = atol(args[2]), n;

	if (s < 0 || connect(s, (void *)&to, len))
		return failed("connect");
	for (; left > 0; left -= n) {
		n = write(s, data, left < (long)sizeof(data) ? left : (long)sizeof(data));
		if (n < 0)
			return failed("write");
	}
	shutdown(s, SHUT_WR);
	n = read(s, answer, sizeof(answer) - 1);
	if (n <= 0)
		return failed("read");
	fputs(answer, stdout);
	return 0;
}

/* hold IP PORT: in the background, accepts and does not read */
static int do_hold(char **args)
{
	int s = listening(args[0], atoi(args[1]));
	struct rlimit files = { 1 << 20, 1 << 20 };

	setrlimit(RLIMIT_NOFILE, &files);
	if (s < 0)
		return failed("listen");
	if (daemon(0, 0))
		return failed("daemon");
	for (;;)
		accept(s, NULL, NULL);
}

static int take_fill(int k, char **args)
{
	struct sockaddr_storage to;
	socklen_t len = address(args[0], atoi(args[1]), &to);
	int s = socket(to.ss_family, SOCK_STREAM, 0);
	static char data[65536];

	(void)k;
	if (s < 0 || connect(s, (void *)&to, len))
		return errno;
	for (int quiet_for = 0; quiet_for < 10;) {
		if (send(s, data, sizeof(data), MSG_DONTWAIT) > 0) {
			quiet_for = 0;
		} else {
			usleep(20000);
			quiet_for++;
		}
	}
	return 0;
}

/* fill IP PORT N: N connections with as much under way as can be */
static int do_fill(char **args)
{
	return hog(take_fill, atoi(args[2]), args);
}

/* Pairs or addresses that take datagrams, which nobody reads. */
static int take_datagrams(int k, char **args)
{
	static char data[1024];
	int fds[2], sent = 0;

	(void)k;
	if (!strcmp(args[0], "unix")) {
		if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fds))
			return errno;
	} else {
		struct sockaddr_in at = { .sin_family = AF_INET };
		socklen_t len = sizeof(at);

		at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		fds[0] = socket(AF_INET, SOCK_DGRAM, 0);
		fds[1] = socket(AF_INET, SOCK_DGRAM, 0);
		if (fds[0] < 0 || fds[1] < 0 || bind(fds[1], (void *)&at, len) ||
		    getsockname(fds[1], (void *)&at, &len) ||
		    connect(fds[0], (void *)&at, len))
			return errno;
	}
	while (sent++ < 1000 && send(fds[0], data, sizeof(data), MSG_DONTWAIT) > 0)
		;
	return 0;
}

/* datagrams unix|udp N: N pairs, each with as much under way as can be */
static int do_datagrams(char **args)
{
	return hog(take_datagrams, atoi(args[1]), args);
}

#define RULE_SIZE	(sizeof(struct ipt_entry) + sizeof(struct xt_standard_target))

/* Accepts all. Returns where the next one goes. */
static size_t add_rule(struct ipt_replace *table, size_t at)
{
	struct ipt_entry *e = (void *)table->entries + at;
	struct xt_standard_target *t = (void *)(e + 1);

	e->target_offset = sizeof(*e);
	e->next_offset = RULE_SIZE;
	t->target.u.user.target_size = sizeof(*t);
	t->verdict = -NF_ACCEPT - 1;
	return at + RULE_SIZE;
}

/* What every table has at its end. */
static size_t add_end(struct ipt_replace *table, size_t at)
{
	struct ipt_entry *e = (void *)table->entries + at;
	struct xt_error_target *t = (void *)(e + 1);

	e->target_offset = sizeof(*e);
	e->next_offset = sizeof(*e) + sizeof(*t);
	t->target.u.user.target_size = sizeof(*t);
	strcpy(t->target.u.user.name, XT_ERROR_TARGET);
	strcpy(t->errorname, XT_ERROR_TARGET);
	return at + e->next_offset;
}

/* xtables N: N entries in the table "filter", and the error or "0" */
static int do_xtables(char **args)
{
	int n = atoi(args[0]), s = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	struct ipt_getinfo info = { .name = "filter" };
	socklen_t size = sizeof(info);
	struct ipt_replace *table = calloc(1, sizeof(*table) + n * RULE_SIZE + 512);
	size_t at = 0;

	if (s < 0 || n < 4 || !table || getsockopt(s, IPPROTO_IP, IPT_SO_GET_INFO, &info, &size))
		return failed("get");
	strcpy(table->name, "filter");
	table->valid_hooks = info.valid_hooks;
	table->num_entries = n;
	table->num_counters = info.num_entries;
	table->counters = calloc(info.num_entries, sizeof(*table->counters));
	for (int i = 0; i < n - 4; i++)
		at = add_rule(table, at);
	for (int hook = NF_INET_LOCAL_IN; hook <= NF_INET_LOCAL_OUT; hook++) {
		table->hook_entry[hook] = hook == NF_INET_LOCAL_IN ? 0 : at;
		table->underflow[hook] = at;
		at = add_rule(table, at);
	}
	table->size = add_end(table, at);
	if (setsockopt(s, IPPROTO_IP, IPT_SO_SET_REPLACE, table, sizeof(*table) + table->size))
		puts(strerrorname_np(errno));
	else
		puts("0");
	return 0;
}

static const struct verb {
	const char *name;
	int args;
	int (*run)(char **args);
} verbs[] = {
	{ "socket", 2, do_socket },
	{ "pair", 1, do_pair },
	{ "link", 2, do_link },
	{ "neigh", 4, do_neigh },
	{ "spray", 3, do_spray },
	{ "flood", 2, do_flood },
	{ "connect", 3, do_connect },
	{ "serve", 3, do_serve },
	{ "send", 3, do_send },
	{ "hold", 2, do_hold },
	{ "fill", 3, do_fill },
	{ "datagrams", 2, do_datagrams },
	{ "xtables", 1, do_xtables },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (argc > 1 && !strcmp(argv[1], verbs[i].name) && argc - 2 == verbs[i].args) {
			setvbuf(stdout, NULL, _IONBF, 0);
			return verbs[i].run(argv + 2);
		}
	errx(2, "usage: nethog VERB ARGUMENT...");
}
