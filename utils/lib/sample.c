// SPDX-License-Identifier: GPL-2.0
/*
 * Sample configurations: a file of CTID.conf(5)'s keys that create and set take
 * as if its values were on their command line.
 */
#include <dirent.h>
#include <limits.h>
#include <string.h>

#include "param.h"

#define SUFFIX	".conf-sample"
#define PREFIXES { "vps-", "ve-" }

/* What of a key is for whom; those that are not here are resources. */
enum use { RESOURCE, CREATE_ONLY, CREATE_WORDS, IDENTITY };
static const struct {
	const char *key;
	enum use use;
} uses[] = {
	{ "OSTEMPLATE", CREATE_ONLY },
	{ "OSRELEASE", CREATE_ONLY },
	{ "ONBOOT", CREATE_ONLY },
	{ "NETFILTER", CREATE_ONLY },
	{ "NAMESERVER", CREATE_WORDS },
	{ "SEARCHDOMAIN", CREATE_WORDS },
	{ "CAPABILITY", CREATE_WORDS },
	{ "FEATURES", CREATE_WORDS },
	{ "DEVICES", CREATE_WORDS },
	{ "DEVNODES", CREATE_WORDS },
	/* Of one VPS, or what vzctl's files say of themselves and of paths. */
	{ "NAME", IDENTITY },
	{ "DESCRIPTION", IDENTITY },
	{ "HOSTNAME", IDENTITY },
	{ "IP_ADDRESS", IDENTITY },
	{ "LOCAL_UID", IDENTITY },
	{ "LOCAL_GID", IDENTITY },
	{ "VE_ROOT", IDENTITY },
	{ "VE_PRIVATE", IDENTITY },
	{ "ORIGIN_SAMPLE", IDENTITY },
	{ "CONFIG_CUSTOMIZED", IDENTITY },
};

static enum use use_of(const char *key)
{
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
		if (!strcmp(uses[i].key, key))
			return uses[i].use;
	return RESOURCE;
}

/* The last of several: it takes what the file holds (--physpages, not --ram). */
static const struct kx_param *param_of(const char *key)
{
	const struct kx_param *p, *found = NULL;

	for (size_t i = 0; (p = kx_param_at(i)); i++)
		if (!strcmp(p->key, key))
			found = p;
	return found;
}

struct reading {
	struct kx_sample *sample;
	const struct kx_param *param;
	struct kx_err *err;
};

/* Checked here, so that the message can name the file. */
static int add(const char *value, void *arg)
{
	struct reading *r = arg;
	cleanup_free char *ignored = NULL;
	struct kx_change *more;
	const char *key;
	char *copy;

	/* A plain number is bytes in the file, MiB on a command line. */
	if (!strcmp(r->param->option, "iolimit") && strspn(value, "0123456789") == strlen(value)) {
		if (asprintf(&copy, "%sB", value) < 0)
			return kx_nomem(r->err);
	} else {
		copy = strdup(value);
		if (!copy)
			return kx_nomem(r->err);
	}
	more = realloc(r->sample->changes, (r->sample->count + 1) * sizeof(*more));
	if (!more) {
		free(copy);
		return kx_nomem(r->err);
	}
	r->sample->changes = more;
	more[r->sample->count++] = (struct kx_change){
		.option = r->param->option, .value = copy,
	};
	return kx_param_convert(r->param->option, copy, "", &key, &ignored, r->err);
}

struct keys {
	struct reading *r;
	bool create;
};

static int add_key(const char *key, const char *value, void *arg)
{
	const struct keys *k = arg;
	enum use use = use_of(key);

	k->r->param = param_of(key);
	if (use == IDENTITY || (use != RESOURCE && !k->create))
		return 0;
	if (!k->r->param)
		return kx_fail(k->r->err, KX_VALUE, 0, "unknown parameter %s", key);
	if (use == CREATE_WORDS)
		return kx_each_word(value, add, k->r);
	return use == CREATE_ONLY && !*value ? 0 : add(value, k->r);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Of "vps-light.conf-sample" "light", malloced; null for other files. */
static char *sample_name(const char *file)
{
	static const char *const prefixes[] = PREFIXES;
	size_t len = strlen(file), cut = strlen(SUFFIX);

	for (size_t i = 0; i < 2; i++) {
		size_t before = strlen(prefixes[i]);

		if (!strncmp(file, prefixes[i], before) && len > before + cut &&
		    !strcmp(file + len - cut, SUFFIX))
			return strndup(file + before, len - before - cut);
	}
	return NULL;
}

/* Names of all of them, for a message: "basic, light". */
static void list_names(const struct kx_host *host, char *text, size_t size)
{
	cleanup_dir DIR *dir = opendir(host->confdir);
	char *names[64];
	size_t count = 0, at = 0;
	struct dirent *d;

	snprintf(text, size, "none");
	while (dir && count < 64 && (d = readdir(dir))) {
		names[count] = sample_name(d->d_name);
		count += names[count] ? 1 : 0;
	}
	if (count)
		qsort(names, count, sizeof(*names), by_text);
	for (size_t i = 0; i < count; i++) {
		if ((!i || strcmp(names[i], names[i - 1])) && at < size)
			at += snprintf(text + at, size - at, "%s%s", at ? ", " : "", names[i]);
	}
	for (size_t i = 0; i < count; i++)
		free(names[i]);
}

static int find(const struct kx_host *host, const char *name, char path[PATH_MAX],
		struct kx_err *err)
{
	static const char *const prefixes[] = PREFIXES;
	char names[256];

	for (size_t i = 0; i < 2 && *name && !strchr(name, '/'); i++) {
		snprintf(path, PATH_MAX, "%s/%s%s" SUFFIX, host->confdir, prefixes[i], name);
		if (!access(path, F_OK))
			return 0;
	}
	list_names(host, names, sizeof(names));
	return kx_fail(err, KX_VALUE, 0,
		       "there is no sample configuration \"%s\" in %s; there are: %s",
		       name, host->confdir, names);
}

int kx_sample_load(const struct kx_host *host, const char *name, bool create,
		   struct kx_sample *sample, struct kx_err *err)
{
	cleanup_conf struct kx_conf *conf = NULL;
	struct kx_err why = {0};
	struct reading r = { .sample = sample, .err = &why };
	struct keys keys = { .r = &r, .create = create };
	char path[PATH_MAX];

	memset(sample, 0, sizeof(*sample));
	if (find(host, name, path, err))
		return -1;
	conf = kx_conf_load(path, false, KX_VALUE, err);
	if (!conf)
		return -1;
	if (!kx_conf_each(conf, add_key, &keys))
		return 0;
	kx_sample_free(sample);
	return kx_fail(err, why.code ? why.code : KX_RESOURCE, 0, "%s: %s", path, why.msg);
}

void kx_sample_free(struct kx_sample *sample)
{
	for (size_t i = 0; i < sample->count; i++)
		free((char *)sample->changes[i].value);
	free(sample->changes);
	memset(sample, 0, sizeof(*sample));
}
