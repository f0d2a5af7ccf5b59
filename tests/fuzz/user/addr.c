// SPDX-License-Identifier: GPL-2.0
/* Addresses: an accepted one has a text that is accepted and means the same. */
#include <arpa/inet.h>
#include <string.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size);
	char normal[INET6_ADDRSTRLEN], again[INET6_ADDRSTRLEN];
	struct kx_addr a, b;
	struct kx_err err = {0};

	if (kx_addr_parse(text, &a, &err)) {
		fuzz_check_err(&err);
		MUST(err.code == KX_BAD_IP);
		return 0;
	}
	MUST((a.family == AF_INET && a.len == 4) ||
	     (a.family == AF_INET6 && a.len == 16));
	MUST(strspn(text, "0123456789abcdefABCDEF.:/") == strlen(text));
	MUST(inet_ntop(a.family, a.bytes, normal, sizeof(normal)));
	MUST(!kx_addr_parse(normal, &b, &err));
	MUST(a.family == b.family && !memcmp(a.bytes, b.bytes, a.len));
	MUST(inet_ntop(b.family, b.bytes, again, sizeof(again)));
	MUST(!strcmp(normal, again));
	/* Nothing that would reach the host itself, or many. */
	if (a.family == AF_INET)
		MUST(a.bytes[0] && a.bytes[0] != 127 && a.bytes[0] < 224);
	else
		MUST(a.bytes[0] != 0xff);
	return 0;
}
