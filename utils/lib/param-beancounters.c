// SPDX-License-Identifier: GPL-2.0
/* --numfile, --tcpsndbuf and the like: an option for each that can be limited. */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "beancounters.h"
#include "param.h"

#define PAGE	4096ULL

const struct kx_param *kx_bean_param_at(size_t i)
{
	const struct kx_resource *r;

	for (size_t k = 0; (r = kx_resource_at(k)); k++)
		if (!r->shown && !i--)
			return &r->param;
	return NULL;
}

static const struct kx_resource *find(const char *option)
{
	const struct kx_resource *r;

	for (size_t k = 0; (r = kx_resource_at(k)); k++)
		if (!r->shown && !strcmp(r->param.option, option))
			return r;
	return NULL;
}

/* Pages without a suffix, else bytes, of which a started page is a whole one. */
static int parse_part(const struct kx_resource *r, const char *part, size_t len,
		      uint64_t *n)
{
	char digits[32];

	if (len == strlen("unlimited") && !strncasecmp(part, "unlimited", len)) {
		*n = KX_UNLIMITED;
		return 0;
	}
	if (len < sizeof(digits)) {
		memcpy(digits, part, len);
		digits[len] = '\0';
		if (!kx_parse_u64(digits, n))
			return *n <= KX_UNLIMITED ? 0 : -1;
	}
	if (kx_parse_size(part, len, 1, n))
		return -1;
	if (r->unit == KX_PAGES)
		*n = *n / PAGE + !!(*n % PAGE);
	return 0;
}

static int bad(const struct kx_resource *r, const char *value, struct kx_err *err)
{
	static const char *const what[] = {
		[KX_COUNT] = "a number",
		[KX_PAGES] = "pages",
		[KX_BYTES] = "bytes",
	};

	return kx_fail(err, KX_VALUE, 0,
		       "--%s: \"%s\": allowed is %s from 0 to %" PRIu64 ", with K, M, G or T if wanted, unlimited, or BARRIER:LIMIT of them",
		       r->param.option, value, what[r->unit], (uint64_t)KX_UNLIMITED);
}

static void print_part(uint64_t n, char text[24])
{
	if (n == KX_UNLIMITED)
		strcpy(text, "unlimited");
	else
		snprintf(text, 24, "%" PRIu64, n);
}

int kx_convert_bean(const char *option, const char *value, const char **key,
		    char **result, struct kx_err *err)
{
	const struct kx_resource *r = find(option);
	const char *colon = strchr(value, ':');
	size_t len = colon ? (size_t)(colon - value) : strlen(value);
	const char *second = colon ? colon + 1 : value;
	char text[2][24];
	uint64_t n[2];

	if (!r)
		return kx_fail(err, KX_USAGE, 0, "unknown parameter --%s", option);
	if (parse_part(r, value, len, &n[0]) ||
	    parse_part(r, second, strlen(second), &n[1]))
		return bad(r, value, err);
	if (n[0] > n[1])
		return kx_fail(err, KX_VALUE, 0,
			       "--%s: \"%s\": the barrier is above the limit; allowed is BARRIER from 0 to LIMIT",
			       option, value);
	print_part(n[0], text[0]);
	print_part(n[1], text[1]);
	*key = r->param.key;
	if (asprintf(result, "%s:%s", text[0], text[1]) < 0) {
		*result = NULL;
		return kx_nomem(err);
	}
	return 0;
}
