// SPDX-License-Identifier: GPL-2.0
/* --capability, --features, --devices, --devnodes, --netfilter, --osrelease. */
#include <string.h>

#include <linux/ctx.h>

#include "grants.h"
#include "param.h"

/* How much of a word of the list says what it is about. */
typedef size_t (*key_fn)(const char *word);

struct replace {
	const char *word;
	key_fn key;
	bool keep;		/* the new word is kept, too */
	char *list;
};

static int append(char **list, const char *word)
{
	char *longer;

	if (asprintf(&longer, "%s%s%s", *list, **list ? " " : "", word) < 0)
		return -1;
	free(*list);
	*list = longer;
	return 0;
}

static int keep_other(const char *word, void *arg)
{
	struct replace *r = arg;
	size_t len = r->key(word);

	if (len == r->key(r->word) && !strncmp(word, r->word, len))
		return 0;
	return append(&r->list, word);
}

/* @word takes the place of the one about the same thing, or is added. */
static int replace(const char *old, const char *word, key_fn key, bool keep,
		   char **result, struct kx_err *err)
{
	struct replace r = { .word = word, .key = key, .list = strdup("") };

	if (!r.list || kx_each_word(old, keep_other, &r) ||
	    (keep && append(&r.list, word))) {
		free(r.list);
		return kx_nomem(err);
	}
	*result = r.list;
	return 0;
}

static size_t up_to_first_colon(const char *word)
{
	return strcspn(word, ":");
}

static size_t up_to_last_colon(const char *word)
{
	const char *colon = strrchr(word, ':');

	return colon ? (size_t)(colon - word) : strlen(word);
}

/* NAME:on|off, several with commas. */
static int convert_switches(const struct kx_param *p, const char *value,
			    const char *old, int (*find)(const char *, size_t),
			    char **result, struct kx_err *err)
{
	cleanup_free char *list = strdup(old), *words = strdup(value);
	char *save = NULL, *word;

	if (!list || !words)
		return kx_nomem(err);
	word = strtok_r(words, ",", &save);
	if (!word)
		return kx_fail(err, KX_VALUE, 0, "--%s: \"%s\": allowed is NAME:on or NAME:off",
			       p->option, value);
	for (; word; word = strtok_r(NULL, ",", &save)) {
		size_t len = strcspn(word, ":");
		char *next;

		if (strcmp(word + len, ":on") && strcmp(word + len, ":off"))
			return kx_fail(err, KX_VALUE, 0,
				       "--%s: \"%s\": allowed is NAME:on or NAME:off",
				       p->option, word);
		if (find(word, len) < 0)
			return kx_fail(err, KX_VALUE, 0,
				       "--%s: \"%.*s\" is unknown, see vpsctl(8)",
				       p->option, (int)len, word);
		if (replace(list, word, up_to_first_colon, true, &next, err))
			return -1;
		free(list);
		list = next;
	}
	*result = list;
	list = NULL;
	return 0;
}

int kx_convert_features(const struct kx_param *p, const char *value,
			const char *old, char **result, struct kx_err *err)
{
	return convert_switches(p, value, old, kx_feature_find, result, err);
}

/* Saved without "cap_" and in small letters, so that each is there once. */
int kx_convert_capability(const struct kx_param *p, const char *value,
			  const char *old, char **result, struct kx_err *err)
{
	cleanup_free char *plain = strdup(value);
	char *to = plain;

	if (!plain)
		return kx_nomem(err);
	for (const char *from = value; *from;) {
		if ((from == value || from[-1] == ',') && !strncasecmp(from, "cap_", 4)) {
			from += 4;
			continue;
		}
		*to++ = *from >= 'A' && *from <= 'Z' ? *from + 'a' - 'A' : *from;
		from++;
	}
	*to = '\0';
	return convert_switches(p, plain, old, kx_capability_find, result, err);
}

int kx_convert_devices(const struct kx_param *p, const char *value,
		       const char *old, char **result, struct kx_err *err)
{
	cleanup_free char *word = NULL;
	struct kx_device device;
	char minor[16] = "all";

	if (kx_device_parse(value, &device))
		return kx_fail(err, KX_VALUE, 0,
			       "--%s: \"%s\": allowed is b:MAJOR:MINOR:ACCESS or c:MAJOR:MINOR:ACCESS, MINOR a number or all, ACCESS of the letters r, w and m, or none",
			       p->option, value);
	/* In one form, so that what is said again of a device takes the place of the old. */
	if (device.minor != CTX_DEVICE_ANY)
		snprintf(minor, sizeof(minor), "%u", device.minor);
	if (asprintf(&word, "%c:%u:%s%s", (int)device.type, device.major, minor,
		     strrchr(value, ':')) < 0) {
		word = NULL;
		return kx_nomem(err);
	}
	return replace(old, word, up_to_last_colon, true, result, err);
}

int kx_convert_devnodes(const struct kx_param *p, const char *value,
			const char *old, char **result, struct kx_err *err)
{
	size_t len = up_to_first_colon(value);
	cleanup_free char *name = strndup(value, len);
	struct kx_node node;
	uint32_t access;

	if (!name)
		return kx_nomem(err);
	if (!value[len] || kx_access_parse(value + len + 1, &access))
		return kx_fail(err, KX_VALUE, 0,
			       "--%s: \"%s\": allowed is NAME:ACCESS, ACCESS of the letters r, w and m, or none",
			       p->option, value);
	/* What is taken back may be gone from the host. */
	if (access && kx_devnode_find(name, &node, err))
		return -1;
	return replace(old, value, up_to_first_colon, access, result, err);
}

int kx_convert_netfilter(const struct kx_param *p, const char *value,
			 const char *old, char **result, struct kx_err *err)
{
	(void)old;
	if (kx_netfilter_find(value) < 0)
		return kx_fail(err, KX_VALUE, 0,
			       "--%s: \"%s\": allowed is disabled, stateless, stateful or full",
			       p->option, value);
	*result = strdup(value);
	return *result ? 0 : kx_nomem(err);
}

int kx_convert_osrelease(const struct kx_param *p, const char *value,
			 const char *old, char **result, struct kx_err *err)
{
	(void)old;
	if (!kx_osrelease_valid(value))
		return kx_fail(err, KX_VALUE, 0,
			       "--%s: \"%s\": allowed are up to %d printable characters without blanks, quotes, $ and \\, or nothing for the kernel's own",
			       p->option, value, KX_OSRELEASE_MAX);
	*result = strdup(value);
	return *result ? 0 : kx_nomem(err);
}
