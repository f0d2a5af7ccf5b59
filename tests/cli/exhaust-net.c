// SPDX-License-Identifier: GPL-2.0
/* Takes sockets, their buffers, and what the network stack keeps. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "exhaust.h"

/* --- sockets and their buffers --- */

static int take_tcp(unsigned int i)
{
	(void)i;
	return socket(AF_INET, SOCK_STREAM, 0) < 0 ? -1 : 0;
}

static int take_other(unsigned int i)
{
	(void)i;
	return socket(AF_UNIX, SOCK_DGRAM, 0) < 0 ? -1 : 0;
}

static struct sockaddr_in address = { .sin_family = AF_INET };
static socklen_t address_len = sizeof(address);
static int fd = -1;

static int bind_loopback(int type)
{
	fd = socket(AF_INET, type, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return fd < 0 || bind(fd, (void *)&address, sizeof(address)) ||
		getsockname(fd, (void *)&address, &address_len);
}

static int open_listener(void)
{
	return bind_loopback(SOCK_STREAM) || listen(fd, 1000);
}

/* Sends until it would block; -1 if it would at once, or failed otherwise. */
static int fill(int to)
{
	static const char data[16384];
	ssize_t n, sum = 0;

	while ((n = send(to, data, sizeof(data), MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
		sum += n;
	return sum ? 0 : -1;
}

/* Who gets no answer, as there is no memory for one, tries another at once. */
static int connection(int size)
{
	static const struct timeval patience = { .tv_usec = 50000 };
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), error;

	if (client < 0)
		return -1;
	if (size)
		setsockopt(client, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (!connect(client, (void *)&address, address_len) && !fill(client))
		return 0;
	error = errno;
	close(client);
	errno = error;
	return -1;
}

/* Nobody accepts, and nobody reads: what is sent stays on one of the two sides. */
static int take_send_buffer(unsigned int i)
{
	(void)i;
	return connection(0);
}

static int take_receive_buffer(unsigned int i)
{
	(void)i;
	return connection(4096);
}

static int take_unix_buffer(unsigned int i)
{
	int pair[2], error;

	(void)i;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return -1;
	if (!fill(pair[0]))
		return 0;
	error = errno;
	close(pair[0]);
	close(pair[1]);
	errno = error;
	return -1;
}

/* Each has a receiver of its own; a datagram that does not fit is dropped unseen. */
static int take_datagrams(unsigned int i)
{
	static const char data[1000];
	int receiver;

	(void)i;
	address.sin_port = 0;
	if (bind_loopback(SOCK_DGRAM))
		return -1;
	receiver = fd;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	for (int n = 0; n < 32; n++)
		sendto(fd, data, sizeof(data), MSG_DONTWAIT, (void *)&address, address_len);
	close(fd);
	return receiver < 0 ? -1 : 0;
}

static int open_sender(void)
{
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	return fd < 0;
}

/* A flow of its own for each port, and each worker an address of its own. */
static int take_flow(unsigned int i)
{
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + worker + 256 * (i / 60000));
	address.sin_port = htons(1024 + i % 60000);
	return sendto(fd, "x", 1, MSG_DONTWAIT, (void *)&address, sizeof(address)) == 1 ||
		errno == ECONNREFUSED ? 0 : -1;
}

/* --- netlink --- */

struct request {
	char data[1024];
	size_t used;		/* by the messages before */
};

static struct nlmsghdr *last(struct request *r)
{
	return (struct nlmsghdr *)(r->data + r->used);
}

static void *begin(struct request *r, int type, int flags, size_t size)
{
	struct nlmsghdr *h;

	if (last(r)->nlmsg_len)
		r->used += NLMSG_ALIGN(last(r)->nlmsg_len);
	h = last(r);
	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_len = NLMSG_LENGTH(size);
	return NLMSG_DATA(h);
}

static struct nlattr *attribute(struct request *r, int type, const void *data, size_t size)
{
	struct nlmsghdr *h = last(r);
	struct nlattr *a = (struct nlattr *)((char *)h + NLMSG_ALIGN(h->nlmsg_len));

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + size;
	if (size)
		memcpy((char *)a + NLA_HDRLEN, data, size);
	h->nlmsg_len = NLMSG_ALIGN(h->nlmsg_len) + NLA_ALIGN(a->nla_len);
	return a;
}

static void text(struct request *r, int type, const char *value)
{
	attribute(r, type, value, strlen(value) + 1);
}

/* Sends all, and waits for the answer to the one that asked for it. */
static int ask(const struct request *r)
{
	size_t size = r->used + ((const struct nlmsghdr *)(r->data + r->used))->nlmsg_len;
	char answer[8192];
	ssize_t n = send(fd, r->data, size, 0);

	if (n < 0)
		return -1;
	n = recv(fd, answer, sizeof(answer), 0);
	if (n < (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr)))
		return -1;
	errno = -((struct nlmsgerr *)NLMSG_DATA((struct nlmsghdr *)answer))->error;
	return errno ? -1 : 0;
}

static int open_netlink(int family)
{
	fd = socket(AF_NETLINK, SOCK_RAW, family);
	return fd < 0;
}

static int open_route(void)
{
	return open_netlink(NETLINK_ROUTE);
}

static int take_neighbour(unsigned int i)
{
	static const char lladdr[6] = { 2, 0, 0, 0, 0, 1 };
	struct request r = { 0 };
	struct ndmsg *m = begin(&r, RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
				sizeof(*m));
	/* Of IPv4 the loopback device has one entry for all. */
	uint32_t to[4] = { htonl(0xfd000000), 0, htonl(worker), htonl(i) };

	m->ndm_family = AF_INET6;
	m->ndm_ifindex = 1;
	m->ndm_state = NUD_PERMANENT;
	attribute(&r, NDA_DST, to, sizeof(to));
	attribute(&r, NDA_LLADDR, lladdr, sizeof(lladdr));
	return ask(&r);
}

static int take_device(unsigned int i)
{
	struct request r = { 0 };
	struct ifinfomsg *m = begin(&r, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
				    sizeof(*m));
	struct nlattr *info;
	char name[16];

	m->ifi_family = AF_UNSPEC;
	snprintf(name, sizeof(name), "x%u.%u", worker, i);
	text(&r, IFLA_IFNAME, name);
	info = attribute(&r, IFLA_LINKINFO | NLA_F_NESTED, NULL, 0);
	text(&r, IFLA_INFO_KIND, "bridge");
	info->nla_len = (char *)last(&r) + last(&r)->nlmsg_len - (char *)info;
	return ask(&r);
}

static void *filter(struct request *r, int type, int family, int flags)
{
	struct nfgenmsg *m = begin(r, type, flags, sizeof(*m));

	m->nfgen_family = family;
	return m;
}

static void batch(struct request *r, int type)
{
	struct nfgenmsg *m = filter(r, type, AF_UNSPEC, 0);

	m->res_id = htons(NFNL_SUBSYS_NFTABLES);
}

#define NFT(message) (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_##message)

static char table[16];

static int open_filter(void)
{
	struct request r = { 0 };

	if (open_netlink(NETLINK_NETFILTER))
		return -1;
	snprintf(table, sizeof(table), "exhaust%u", worker);
	batch(&r, NFNL_MSG_BATCH_BEGIN);
	filter(&r, NFT(NEWTABLE), AF_INET, NLM_F_CREATE);
	text(&r, NFTA_TABLE_NAME, table);
	filter(&r, NFT(NEWCHAIN), AF_INET, NLM_F_CREATE | NLM_F_ACK);
	text(&r, NFTA_CHAIN_TABLE, table);
	text(&r, NFTA_CHAIN_NAME, "chain");
	batch(&r, NFNL_MSG_BATCH_END);
	return ask(&r);
}

static int take_rule(unsigned int i)
{
	struct request r = { 0 };

	(void)i;
	batch(&r, NFNL_MSG_BATCH_BEGIN);
	filter(&r, NFT(NEWRULE), AF_INET, NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK);
	text(&r, NFTA_RULE_TABLE, table);
	text(&r, NFTA_RULE_CHAIN, "chain");
	batch(&r, NFNL_MSG_BATCH_END);
	return ask(&r);
}

const struct taker takers_net[] = {
	{ "numtcpsock", NULL, take_tcp },
	{ "numothersock", NULL, take_other },
	{ "tcpsndbuf", open_listener, take_send_buffer },
	{ "tcprcvbuf", open_listener, take_receive_buffer },
	{ "othersockbuf", NULL, take_unix_buffer },
	{ "dgramrcvbuf", NULL, take_datagrams },
	{ "numiptent", open_filter, take_rule },
	{ "numconntrack", open_sender, take_flow },
	{ "numneigh", open_route, take_neighbour },
	{ "numnetdev", open_route, take_device },
	{ NULL, NULL, NULL }
};
