// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "priv.h"

static bool usable4(const unsigned char *b)
{
	return b[0] && b[0] != 127 && b[0] < 224;
}

static bool usable6(const unsigned char *b)
{
	const struct in6_addr *a = (const void *)b;

	return !IN6_IS_ADDR_UNSPECIFIED(a) && !IN6_IS_ADDR_LOOPBACK(a) &&
	       !IN6_IS_ADDR_MULTICAST(a) && !IN6_IS_ADDR_LINKLOCAL(a) &&
	       !IN6_IS_ADDR_V4MAPPED(a);
}

/* One address; the prefix length of a single one may follow, as in ip(8). */
int kx_addr_parse(const char *text, struct kx_addr *addr, struct kx_err *err)
{
	char copy[INET6_ADDRSTRLEN + 4];
	char *slash;

	memset(addr, 0, sizeof(*addr));
	snprintf(copy, sizeof(copy), "%s", text);
	slash = strchr(copy, '/');
	if (slash)
		*slash++ = '\0';
	if (strlen(text) < sizeof(copy)) {
		if (inet_pton(AF_INET, copy, addr->bytes) == 1) {
			addr->family = AF_INET;
			addr->len = 4;
		} else if (inet_pton(AF_INET6, copy, addr->bytes) == 1) {
			addr->family = AF_INET6;
			addr->len = 16;
		}
	}
	if (!addr->family ||
	    (slash && strcmp(slash, addr->len == 4 ? "32" : "128")))
		return kx_fail(err, KX_BAD_IP, 0,
			       "\"%s\" is not an IP address (allowed are forms like 192.0.2.1 and 2001:db8::1)",
			       text);
	if (addr->len == 4 ? !usable4(addr->bytes) : !usable6(addr->bytes))
		return kx_fail(err, KX_BAD_IP, 0,
			       "\"%s\" cannot be the address of a VPS (allowed are unicast addresses other than loopback and link-local)",
			       text);
	return 0;
}
