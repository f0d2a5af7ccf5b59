// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "cpuset.h"
#include "param.h"

#define PAGE	4096ULL
/* Less than a page a second is none; more than this is no limit. */
#define IOLIMIT_MIN	PAGE
#define IOLIMIT_MAX	(64ULL << 30)
#define IOPSLIMIT_MAX	10000000

struct param {
	struct kx_param pub;
	int (*convert)(const struct kx_param *p, const char *value,
		       const char *old, char **result, struct kx_err *err);
};

static int bad(const struct kx_param *p, const char *value, const char *allowed,
	       struct kx_err *err)
{
	return kx_fail(err, KX_VALUE, 0, "--%s: \"%s\": allowed is %s",
		       p->option, value, allowed);
}

static int result_of(char **result, char *text, struct kx_err *err)
{
	*result = text;
	return text ? 0 : kx_nomem(err);
}

int kx_parse_size(const char *text, size_t len, uint64_t unit, uint64_t *out)
{
	static const char suffixes[] = "bkmgt";
	char digits[32];
	const char *s;
	uint64_t n;

	if (!len || len >= sizeof(digits))
		return -1;
	memcpy(digits, text, len);
	digits[len] = '\0';
	s = strchr(suffixes, tolower((unsigned char)digits[len - 1]));
	if (s && *s) {
		unit = 1ULL << (10 * (s - suffixes));
		digits[len - 1] = '\0';
	} else if (tolower((unsigned char)digits[len - 1]) == 'p') {
		unit = PAGE;
		digits[len - 1] = '\0';
	}
	if (kx_parse_u64(digits, &n) || n > (UINT64_MAX >> 1) / unit)
		return -1;
	*out = n * unit;
	return 0;
}

/* N or B:L, "unlimited" for either, as "barrier:limit" in @unit. */
static int convert_pair(const struct kx_param *p, const char *value,
			uint64_t given, uint64_t unit, const char *allowed,
			char **result, struct kx_err *err)
{
	const char *colon = strchr(value, ':');
	char text[2][24], *out;
	uint64_t n[2];

	for (int i = 0; i < 2; i++) {
		const char *part = i && colon ? colon + 1 : value;
		size_t len = !i && colon ? (size_t)(colon - value) : strlen(part);

		if (len == strlen("unlimited") &&
		    !strncasecmp(part, "unlimited", len)) {
			n[i] = UINT64_MAX;
			strcpy(text[i], "unlimited");
			continue;
		}
		if (kx_parse_size(part, len, given, &n[i]))
			return bad(p, value, allowed, err);
		n[i] = (n[i] + unit - 1) / unit;
		snprintf(text[i], sizeof(text[i]), "%llu",
			 (unsigned long long)n[i]);
	}
	if (n[0] > n[1])
		return kx_fail(err, KX_VALUE, 0,
			       "--%s: \"%s\": the barrier is above the limit",
			       p->option, value);
	if (!n[1] && strcmp(p->key, "SWAPPAGES") && strcmp(p->key, "VMGUARPAGES"))
		return kx_fail(err, KX_VALUE, 0,
			       "--%s: \"%s\": a limit of 0 leaves nothing",
			       p->option, value);
	if (asprintf(&out, "%s:%s", text[0], text[1]) < 0)
		out = NULL;
	return result_of(result, out, err);
}

static int convert_bytes(const struct kx_param *p, const char *value,
			 const char *old, char **result, struct kx_err *err)
{
	const char *allowed = "a size in bytes, with K, M, G or T, or unlimited";
	cleanup_free char *pair = NULL;
	char *out;

	(void)old;
	if (strchr(value, ':'))
		return bad(p, value, allowed, err);
	if (convert_pair(p, value, 1, PAGE, allowed, &pair, err))
		return -1;
	if (asprintf(&out, "0:%s", strchr(pair, ':') + 1) < 0)
		out = NULL;
	return result_of(result, out, err);
}

static int convert_pages(const struct kx_param *p, const char *value,
			 const char *old, char **result, struct kx_err *err)
{
	(void)old;
	return convert_pair(p, value, PAGE, PAGE,
			    "PAGES, SIZE with K, M, G or T, or BARRIER:LIMIT of them",
			    result, err);
}

static int convert_kib(const struct kx_param *p, const char *value,
		       const char *old, char **result, struct kx_err *err)
{
	(void)old;
	return convert_pair(p, value, 1024, 1024,
			    "KIB, SIZE with M, G or T, or SOFT:HARD of them",
			    result, err);
}

static int convert_count(const struct kx_param *p, const char *value,
			 const char *old, char **result, struct kx_err *err)
{
	(void)old;
	return convert_pair(p, value, 1, 1,
			    "a number, unlimited, or BARRIER:LIMIT of them",
			    result, err);
}

static int convert_range(const struct kx_param *p, const char *value,
			 uint64_t min, uint64_t max, char **result,
			 struct kx_err *err)
{
	char allowed[64];
	uint64_t n;

	if (kx_parse_u64(value, &n) || n < min || n > max) {
		snprintf(allowed, sizeof(allowed), "a number from %llu to %llu",
			 (unsigned long long)min, (unsigned long long)max);
		return bad(p, value, allowed, err);
	}
	return result_of(result, strdup(value), err);
}

static int convert_cpus(const struct kx_param *p, const char *value,
			const char *old, char **result, struct kx_err *err)
{
	(void)old;
	return convert_range(p, value, 1, 8192, result, err);
}

/* Percent of one CPU; 0 is no limit, as in vzctl. */
static int convert_cpulimit(const struct kx_param *p, const char *value,
			    const char *old, char **result, struct kx_err *err)
{
	cleanup_free char *number = strdup(value);
	size_t len = strlen(value);

	(void)old;
	if (!number)
		return kx_nomem(err);
	if (len && number[len - 1] == '%')
		number[len - 1] = '\0';
	return convert_range(p, number, 0, 819200, result, err);
}

static int convert_cpuunits(const struct kx_param *p, const char *value,
			    const char *old, char **result, struct kx_err *err)
{
	(void)old;
	return convert_range(p, value, 8, 500000, result, err);
}

/* A list of processors or nodes as the kernel writes it, or one of @words. */
static int convert_list(const struct kx_param *p, const char *value, const char *words,
			char **result, struct kx_err *err)
{
	char allowed[128];
	struct kx_cpus cpus;

	if (kx_has_word(words, value))
		return result_of(result, strdup(value), err);
	if (!kx_cpus_parse(value, &cpus))
		return result_of(result, kx_cpus_print(&cpus), err);
	snprintf(allowed, sizeof(allowed),
		 "a list of numbers up to %d and ranges, as 0-3,8, or one of: %s",
		 KX_CPUS_MAX - 1, words);
	return bad(p, value, allowed, err);
}

static int convert_cpumask(const struct kx_param *p, const char *value,
			   const char *old, char **result, struct kx_err *err)
{
	(void)old;
	return convert_list(p, value, "auto all", result, err);
}

static int convert_nodemask(const struct kx_param *p, const char *value,
			    const char *old, char **result, struct kx_err *err)
{
	(void)old;
	return convert_list(p, value, "all", result, err);
}

/* As vzctl: in MiB when there is no suffix, and 0 for no limit; kept in bytes. */
static int convert_iolimit(const struct kx_param *p, const char *value,
			   const char *old, char **result, struct kx_err *err)
{
	uint64_t n = 0;
	char *out;

	(void)old;
	if (strcmp(value, "unlimited") &&
	    (kx_parse_size(value, strlen(value), 1 << 20, &n) ||
	     (n && (n < IOLIMIT_MIN || n > IOLIMIT_MAX))))
		return bad(p, value,
			   "4K to 64G a second (MiB without a suffix), 0 or unlimited",
			   err);
	if (asprintf(&out, "%llu", (unsigned long long)n) < 0)
		out = NULL;
	return result_of(result, out, err);
}

static int convert_iopslimit(const struct kx_param *p, const char *value,
			     const char *old, char **result, struct kx_err *err)
{
	uint64_t n = 0;
	char *out;

	(void)old;
	if (strcmp(value, "unlimited") &&
	    (kx_parse_u64(value, &n) || n == 1 || n > IOPSLIMIT_MAX))
		return bad(p, value, "a number from 2 to 10000000, 0 or unlimited", err);
	if (asprintf(&out, "%llu", (unsigned long long)n) < 0)
		out = NULL;
	return result_of(result, out, err);
}

static int convert_ioprio(const struct kx_param *p, const char *value,
			  const char *old, char **result, struct kx_err *err)
{
	(void)old;
	return convert_range(p, value, 0, 7, result, err);
}

static int convert_hostname(const struct kx_param *p, const char *value,
			    const char *old, char **result, struct kx_err *err)
{
	size_t len = strlen(value);

	(void)old;
	if (!len || len > 64 || *value == '-' || *value == '.' ||
	    strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") != len)
		return bad(p, value, "1 to 64 letters, digits, dots and dashes", err);
	return result_of(result, strdup(value), err);
}

static int convert_name(const struct kx_param *p, const char *value,
			const char *old, char **result, struct kx_err *err)
{
	size_t len = strlen(value);

	(void)p;
	(void)old;
	if (!len)
		return result_of(result, strdup(""), err);
	if (len > 63 || !isalpha((unsigned char)*value) ||
	    strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != len)
		return kx_fail(err, KX_BAD_NAME, 0,
			       "--name: \"%s\": allowed are a letter, then up to 62 letters, digits, dots, dashes and underscores",
			       value);
	return result_of(result, strdup(value), err);
}

static int convert_description(const struct kx_param *p, const char *value,
			       const char *old, char **result,
			       struct kx_err *err)
{
	(void)old;
	for (const char *c = value; *c; c++)
		if (iscntrl((unsigned char)*c) || *c == '"' || *c == '\\')
			return bad(p, value, "text of one line without quotes and backslashes", err);
	return result_of(result, strdup(value), err);
}

static int convert_yesno(const struct kx_param *p, const char *value,
			 const char *old, char **result, struct kx_err *err)
{
	(void)old;
	if (strcmp(value, "yes") && strcmp(value, "no"))
		return bad(p, value, "yes or no", err);
	return result_of(result, strdup(value), err);
}

static int convert_template(const struct kx_param *p, const char *value,
			    const char *old, char **result, struct kx_err *err)
{
	(void)p;
	(void)old;
	if (!*value || strchr(value, '/') || *value == '.' || strlen(value) > 63)
		return kx_fail(err, KX_NO_TEMPLATE, 0,
			       "no template \"%s\" (see vpstemplate list)", value);
	return result_of(result, strdup(value), err);
}

static int add_word(const char *word, const char *old, char **result,
		    struct kx_err *err)
{
	char *out;

	if (kx_has_word(old, word))
		return result_of(result, strdup(old), err);
	if (asprintf(&out, "%s%s%s", old, *old ? " " : "", word) < 0)
		out = NULL;
	return result_of(result, out, err);
}

static int normal_addr(const char *text, char out[INET6_ADDRSTRLEN],
		       struct kx_err *err)
{
	struct kx_addr addr;

	if (kx_addr_parse(text, &addr, err))
		return -1;
	inet_ntop(addr.family, addr.bytes, out, INET6_ADDRSTRLEN);
	return 0;
}

static int convert_ipadd(const struct kx_param *p, const char *value,
			 const char *old, char **result, struct kx_err *err)
{
	char text[INET6_ADDRSTRLEN];

	(void)p;
	if (normal_addr(value, text, err))
		return -1;
	return add_word(text, old, result, err);
}

struct without {
	const char *word;
	char *list;
};

static int keep_other(const char *word, void *arg)
{
	struct without *w = arg;
	char *list;

	if (!strcmp(word, w->word))
		return 0;
	if (add_word(word, w->list, &list, NULL))
		return -1;
	free(w->list);
	w->list = list;
	return 0;
}

static int convert_ipdel(const struct kx_param *p, const char *value,
			 const char *old, char **result, struct kx_err *err)
{
	char text[INET6_ADDRSTRLEN];
	struct without w = { .word = text };

	(void)p;
	if (!strcmp(value, "all"))
		return result_of(result, strdup(""), err);
	if (normal_addr(value, text, err))
		return -1;
	if (!kx_has_word(old, text))
		return kx_fail(err, KX_VALUE, 0,
			       "--ipdel: \"%s\" is not an address of this VPS", text);
	w.list = strdup("");
	if (!w.list || kx_each_word(old, keep_other, &w)) {
		free(w.list);
		return kx_nomem(err);
	}
	*result = w.list;
	return 0;
}

static int convert_nameserver(const struct kx_param *p, const char *value,
			      const char *old, char **result, struct kx_err *err)
{
	unsigned char bytes[16];

	if (strcmp(value, "inherit") && !inet_pton(AF_INET, value, bytes) &&
	    !inet_pton(AF_INET6, value, bytes))
		return bad(p, value, "an IPv4 or IPv6 address, or inherit", err);
	return add_word(value, old, result, err);
}

static int convert_searchdomain(const struct kx_param *p, const char *value,
				const char *old, char **result,
				struct kx_err *err)
{
	cleanup_free char *name = NULL;

	if (convert_hostname(p, value, "", &name, err))
		return -1;
	return add_word(name, old, result, err);
}

static const struct param params[] = {
	{ { "ostemplate", "OSTEMPLATE", "NAME  template of its root" }, convert_template },
	{ { "name", "NAME", "NAME  name for use in place of the CTID" }, convert_name },
	{ { "description", "DESCRIPTION", "TEXT  free text" }, convert_description },
	{ { "onboot", "ONBOOT", "yes|no  start with the host" }, convert_yesno },
	{ { "hostname", "HOSTNAME", "NAME  its host name" }, convert_hostname },
	{ { "ipadd", "IP_ADDRESS", "ADDR  add an IPv4 or IPv6 address" }, convert_ipadd },
	{ { "ipdel", "IP_ADDRESS", "ADDR|all  remove an address" }, convert_ipdel },
	{ { "nameserver", "NAMESERVER", "ADDR|inherit  DNS server, several allowed" }, convert_nameserver },
	{ { "searchdomain", "SEARCHDOMAIN", "NAME  DNS search domain, several allowed" }, convert_searchdomain },
	{ { "ram", "PHYSPAGES", "SIZE  memory" }, convert_bytes },
	{ { "physpages", "PHYSPAGES", "N[:N]  memory, in pages" }, convert_pages },
	{ { "swap", "SWAPPAGES", "SIZE  swap" }, convert_bytes },
	{ { "swappages", "SWAPPAGES", "N[:N]  swap, in pages" }, convert_pages },
	{ { "vmguarpages", "VMGUARPAGES", "N[:N]  memory that is guaranteed, in pages" }, convert_pages },
	{ { "numproc", "NUMPROC", "N[:N]  processes and threads" }, convert_count },
	{ { "numcgroup", "NUMCGROUP", "N[:N]  control groups inside" }, convert_count },
	{ { "cpus", "CPUS", "N  processors" }, convert_cpus },
	{ { "cpulimit", "CPULIMIT", "N  percent of one processor, 0 for no limit" }, convert_cpulimit },
	{ { "cpuunits", "CPUUNITS", "N  share of processor time, 1000 is usual" }, convert_cpuunits },
	{ { "cpumask", "CPUMASK", "LIST|auto|all  processors it may run on" }, convert_cpumask },
	{ { "nodemask", "NODEMASK", "LIST|all  NUMA nodes of its memory" }, convert_nodemask },
	{ { "ioprio", "IOPRIO", "0 to 7  share of the disk, 4 is usual" }, convert_ioprio },
	{ { "iolimit", "IOLIMIT", "N  disk I/O a second, in MiB or with B, K, G; 0 for no limit" }, convert_iolimit },
	{ { "iopslimit", "IOPSLIMIT", "N  disk requests a second, 0 for no limit" }, convert_iopslimit },
	{ { "diskspace", "DISKSPACE", "N[:N]  disk space, in KiB" }, convert_kib },
	{ { "diskinodes", "DISKINODES", "N[:N]  files" }, convert_count },
	{ { "capability", "CAPABILITY", "NAME:on|off  a capability" }, kx_convert_capability },
	{ { "features", "FEATURES", "NAME:on|off  fuse, tun, nesting, …" }, kx_convert_features },
	{ { "devices", "DEVICES", "b|c:MAJOR:MINOR|all:[r][w][m]|none  devices" }, kx_convert_devices },
	{ { "devnodes", "DEVNODES", "NAME:[r][w][m]|none  a device of the host's /dev" }, kx_convert_devnodes },
	{ { "netfilter", "NETFILTER", "disabled|stateless|stateful|full  packet filter" }, kx_convert_netfilter },
	{ { "osrelease", "OSRELEASE", "RELEASE  what uname tells, empty for the kernel's" }, kx_convert_osrelease },
};

#define NPARAMS (sizeof(params) / sizeof(params[0]))

const struct kx_param *kx_param_at(size_t i)
{
	return i < NPARAMS ? &params[i].pub : kx_bean_param_at(i - NPARAMS);
}

int kx_param_convert(const char *option, const char *value, const char *old,
		     const char **key, char **result, struct kx_err *err)
{
	for (size_t i = 0; i < NPARAMS; i++) {
		const struct param *p = &params[i];

		if (strcmp(p->pub.option, option))
			continue;
		*key = p->pub.key;
		return p->convert(&p->pub, value, old, result, err);
	}
	return kx_convert_bean(option, value, key, result, err);
}
