// SPDX-License-Identifier: GPL-2.0
/*
 * Packets with a source of one's choice, and those of others: packets VERB ARGUMENT…
 *   raw FROM TO PORT TEXT         UDP with an IPv4 header of its own
 *   frame DEVICE FROM TO PORT TEXT  the same with an Ethernet header
 *   raw6 DEVICE FROM TO PORT TEXT   UDP over IPv6, as a frame
 *   sniff SECONDS TEXT            whether a packet with TEXT comes by, on any device
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "escape.h"

static unsigned int sum(const void *data, size_t len, unsigned int start)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		start += i & 1 ? p[i] : p[i] << 8;
	while (start >> 16)
		start = (start & 0xffff) + (start >> 16);
	return start;
}

static size_t udp(unsigned char *at, char **args)
{
	struct udphdr *uh = (void *)at;
	size_t len = sizeof(*uh) + strlen(args[3]);

	uh->source = htons(4444);
	uh->dest = htons(atoi(args[2]));
	uh->len = htons(len);
	memcpy(uh + 1, args[3], strlen(args[3]));
	return len;
}

/* Of FROM TO PORT TEXT. A checksum of zero is none. */
static size_t ipv4(unsigned char *at, char **args)
{
	struct iphdr *ip = (void *)at;
	size_t len = sizeof(*ip) + udp(at + sizeof(*ip), args);

	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons(len);
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	need(inet_pton(AF_INET, args[0], &ip->saddr) == 1 &&
	     inet_pton(AF_INET, args[1], &ip->daddr) == 1, "addresses");
	ip->check = htons(~sum(ip, sizeof(*ip), 0));
	return len;
}

static size_t ipv6(unsigned char *at, char **args)
{
	struct ip6_hdr *ip = (void *)at;
	size_t len = udp(at + sizeof(*ip), args);
	struct udphdr *uh = (void *)(ip + 1);

	ip->ip6_flow = htonl(6 << 28);
	ip->ip6_plen = htons(len);
	ip->ip6_nxt = IPPROTO_UDP;
	ip->ip6_hlim = 64;
	need(inet_pton(AF_INET6, args[0], &ip->ip6_src) == 1 &&
	     inet_pton(AF_INET6, args[1], &ip->ip6_dst) == 1, "addresses");
	uh->check = htons(~sum(uh, len, sum(&ip->ip6_src, 32, len + IPPROTO_UDP)));
	return sizeof(*ip) + len;
}

static int do_raw(char **args)
{
	unsigned char packet[2048] = { 0 };
	size_t len = ipv4(packet, args);
	struct sockaddr_in to = { .sin_family = AF_INET };
	int s = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);

	if (s < 0)
		return outcome("socket", -1);
	inet_pton(AF_INET, args[1], &to.sin_addr);
	return outcome("send", sendto(s, packet, len, 0, (void *)&to, sizeof(to)));
}

/* To both ends of the device: they have the same address, so that no ARP is needed. */
static int frame(char **args, int type, size_t (*make)(unsigned char *, char **))
{
	unsigned char packet[2048] = { 0 };
	struct ether_header *eth = (void *)packet;
	size_t len = sizeof(*eth) + make(packet + sizeof(*eth), args + 1);
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(type) };
	int s = socket(AF_PACKET, SOCK_RAW, htons(type));
	struct ifreq req = { 0 };

	if (s < 0)
		return outcome("socket", -1);
	strncpy(req.ifr_name, args[0], IFNAMSIZ - 1);
	need(!ioctl(s, SIOCGIFHWADDR, &req), args[0]);
	memcpy(eth->ether_dhost, req.ifr_hwaddr.sa_data, 6);
	memcpy(eth->ether_shost, req.ifr_hwaddr.sa_data, 6);
	eth->ether_type = htons(type);
	to.sll_ifindex = if_nametoindex(args[0]);
	return outcome("send", sendto(s, packet, len, 0, (void *)&to, sizeof(to)));
}

static int do_frame(char **args)
{
	return frame(args, ETHERTYPE_IP, ipv4);
}

static int do_raw6(char **args)
{
	return frame(args, ETHERTYPE_IPV6, ipv6);
}

static int do_sniff(char **args)
{
	int s = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)), seen = 0;
	struct pollfd p = { s, POLLIN, 0 };
	char packet[4096];

	if (s < 0)
		return outcome("socket", -1);
	printf("listening\n");
	fflush(stdout);
	alarm(atoi(args[0]) + 30);
	while (poll(&p, 1, atoi(args[0]) * 1000) == 1) {
		ssize_t n = recv(s, packet, sizeof(packet), 0);

		seen++;
		if (n > 0 && memmem(packet, n, args[1], strlen(args[1]))) {
			printf("heard\n");
			return 0;
		}
	}
	printf("silence%s\n", seen ? "" : ", nothing at all");
	return 1;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(char **args);
		int args;
	} verbs[] = {
		{ "raw", do_raw, 4 }, { "frame", do_frame, 5 }, { "raw6", do_raw6, 5 },
		{ "sniff", do_sniff, 2 },
	};

	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(argv[1], verbs[i].name) && argc == 2 + verbs[i].args)
			return verbs[i].run(argv + 2);
	errno = EINVAL;
	need(0, "verb or its arguments");
}
