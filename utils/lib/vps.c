// SPDX-License-Identifier: GPL-2.0
/* The configuration of one VPS, CTID.conf(5), and the set of all of them. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <linux/ctx.h>

#include "param.h"
#include "vps.h"

#define LOCK_PATIENCE_MS	2000

int kx_parse_ctid(const char *text, uint32_t *id, struct kx_err *err)
{
	uint64_t n;

	if (kx_parse_u64(text, &n) || !n || n > CTX_ID_MAX)
		return kx_fail(err, KX_VALUE, 0,
			       "\"%s\" is not a CTID (allowed is a number from 1 to %u)",
			       text, CTX_ID_MAX);
	*id = n;
	return 0;
}

static void conf_path(const struct kx_host *host, uint32_t id,
		      char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%u.conf", host->confdir, id);
}

int kx_vps_load_id(const struct kx_host *host, uint32_t id, struct kx_vps *vps,
		   struct kx_err *err)
{
	char path[PATH_MAX];

	memset(vps, 0, sizeof(*vps));
	vps->id = id;
	vps->host = host;
	snprintf(vps->idname, sizeof(vps->idname), "%u", id);
	conf_path(host, id, path);
	vps->conf = kx_conf_load(path, false, KX_NO_CONF, err);
	if (vps->conf)
		return 0;
	if (err && err->code == KX_NO_CONF)
		kx_fail(err, KX_NO_CONF, 0, "there is no VPS %u", id);
	return -1;
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool conf_id(const char *name, uint32_t *id)
{
	char digits[16];
	size_t len = strlen(name);

	if (len < 6 || len - 5 >= sizeof(digits) || strcmp(name + len - 5, ".conf"))
		return false;
	memcpy(digits, name, len - 5);
	digits[len - 5] = '\0';
	return *digits != '0' && !kx_parse_ctid(digits, id, NULL);
}

int kx_vps_ids(const struct kx_host *host, uint32_t **ids, size_t *count,
	       struct kx_err *err)
{
	cleanup_dir DIR *dir = opendir(host->confdir);
	struct dirent *d;

	*ids = NULL;
	*count = 0;
	if (!dir)
		return kx_fail(err, KX_SYSTEM, errno, "cannot read %s",
			       host->confdir);
	while ((d = readdir(dir))) {
		uint32_t id, *more;

		if (!conf_id(d->d_name, &id))
			continue;
		more = realloc(*ids, (*count + 1) * sizeof(*more));
		if (!more) {
			free(*ids);
			*ids = NULL;
			return kx_nomem(err);
		}
		*ids = more;
		more[(*count)++] = id;
	}
	if (*count)
		qsort(*ids, *count, sizeof(**ids), compare_ids);
	return 0;
}

int kx_vps_each(const struct kx_host *host,
		int (*fn)(struct kx_vps *vps, void *arg), void *arg,
		struct kx_err *err)
{
	cleanup_free uint32_t *ids = NULL;
	size_t count;
	int ret;

	if (kx_vps_ids(host, &ids, &count, err))
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct kx_vps vps;
		struct kx_err lost = {0};

		/* Destroyed since the directory was read: not an error here. */
		if (kx_vps_load_id(host, ids[i], &vps, &lost)) {
			if (lost.code == KX_NO_CONF)
				continue;
			if (err)
				*err = lost;
			return -1;
		}
		ret = fn(&vps, arg);
		kx_vps_free(&vps);
		if (ret)
			return ret;
	}
	return 0;
}

struct named {
	const char *name;
	uint32_t id;
};

static int has_name(struct kx_vps *vps, void *arg)
{
	struct named *n = arg;

	if (strcmp(kx_vps_get(vps, "NAME"), n->name))
		return 0;
	n->id = vps->id;
	return 1;
}

int kx_vps_load(const struct kx_host *host, const char *text,
		struct kx_vps *vps, struct kx_err *err)
{
	struct named n = { .name = text };
	uint32_t id;

	memset(vps, 0, sizeof(*vps));
	if (isdigit((unsigned char)*text)) {
		if (kx_parse_ctid(text, &id, err))
			return -1;
		return kx_vps_load_id(host, id, vps, err);
	}
	if (!*text)
		return kx_fail(err, KX_VALUE, 0,
			       "\"\" is neither a CTID nor the name of a VPS");
	switch (kx_vps_each(host, has_name, &n, err)) {
	case 0:
		return kx_fail(err, KX_NO_CONF, 0,
			       "there is no VPS named \"%s\"", text);
	case 1:
		return kx_vps_load_id(host, n.id, vps, err);
	default:
		return -1;
	}
}

void kx_vps_free(struct kx_vps *vps)
{
	kx_conf_free(vps->conf);
	vps->conf = NULL;
}

const char *kx_vps_get(const struct kx_vps *vps, const char *key)
{
	const char *value = kx_conf_get(vps->conf, key);

	return value ? value : "";
}

static int limit_value(const char *text, uint64_t *n)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "%.*s", (int)strcspn(text, ":"), text);
	*n = UINT64_MAX;
	return strcmp(digits, "unlimited") ? kx_parse_u64(digits, n) : 0;
}

int kx_vps_limit(const struct kx_vps *vps, const char *key, uint64_t *barrier,
		 uint64_t *limit, struct kx_err *err)
{
	const char *value = kx_vps_get(vps, key);
	const char *colon = strchr(value, ':');

	if (!*value)
		return 0;
	if (limit_value(value, barrier) ||
	    limit_value(colon ? colon + 1 : value, limit))
		return kx_fail(err, KX_VALUE, 0,
			       "VPS %u: %s=\"%s\" in its configuration: allowed are numbers or unlimited, as BARRIER:LIMIT",
			       vps->id, key, value);
	return 1;
}

int kx_vps_lock(const struct kx_vps *vps, bool wait, struct kx_err *err)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	struct kx_err why = {0};
	int fd = kx_lock(vps->host, vps->idname, wait, &why);

	/* vpsd cleans after each stop: whoever gives the next command must not notice. */
	for (int tries = 0; fd < 0 && why.code == KX_LOCKED &&
	     tries < LOCK_PATIENCE_MS / 10; tries++) {
		nanosleep(&pause, NULL);
		fd = kx_lock(vps->host, vps->idname, false, &why);
	}
	if (fd < 0 && why.code == KX_LOCKED)
		return kx_fail(err, KX_LOCKED, 0,
			       "VPS %u is locked by another command", vps->id);
	if (fd < 0 && err)
		*err = why;
	return fd;
}

struct conflict {
	const struct kx_vps *vps;
	struct kx_err *err;
	const char *ips;	/* of the other one */
	uint32_t other;
};

static int ip_taken(const char *word, void *arg)
{
	struct conflict *c = arg;

	if (!kx_has_word(c->ips, word))
		return 0;
	return kx_fail(c->err, KX_IP_IN_USE, 0,
		       "the address %s belongs to VPS %u", word, c->other);
}

static int conflicts(struct kx_vps *other, void *arg)
{
	struct conflict *c = arg;
	const char *name = kx_vps_get(c->vps, "NAME");

	if (other->id == c->vps->id)
		return 0;
	if (*name && !strcmp(name, kx_vps_get(other, "NAME")))
		return kx_fail(c->err, KX_NAME_IN_USE, 0,
			       "the name %s belongs to VPS %u", name, other->id);
	c->ips = kx_vps_get(other, "IP_ADDRESS");
	c->other = other->id;
	return kx_each_word(kx_vps_get(c->vps, "IP_ADDRESS"), ip_taken, c);
}

int kx_vps_check_unique(const struct kx_vps *vps, struct kx_err *err)
{
	struct conflict c = { .vps = vps, .err = err };

	return kx_vps_each(vps->host, conflicts, &c, err);
}

/* Several of one of these on a command line make one list, replacing the old. */
static bool starts_list(const struct kx_change *changes, size_t i)
{
	const char *option = changes[i].option;

	if (strcmp(option, "nameserver") && strcmp(option, "searchdomain"))
		return false;
	while (i--)
		if (!strcmp(changes[i].option, option))
			return false;
	return true;
}

static int change_one(struct kx_vps *vps, const struct kx_change *changes,
		      size_t i, struct kx_err *err)
{
	const struct kx_param *p = NULL;
	cleanup_free char *value = NULL;
	const char *key, *old = "";

	for (size_t k = 0; (p = kx_param_at(k)); k++)
		if (!strcmp(p->option, changes[i].option))
			break;
	if (p && !starts_list(changes, i))
		old = kx_vps_get(vps, p->key);
	if (kx_param_convert(changes[i].option, changes[i].value, old, &key,
			     &value, err))
		return -1;
	return kx_conf_set(vps->conf, key, value, err);
}

/* As vzctl: addresses go before others come, in whatever order they stand. */
int kx_vps_change(struct kx_vps *vps, const struct kx_change *changes,
		  size_t count, struct kx_err *err)
{
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < count; i++)
			if (!strcmp(changes[i].option, "ipdel") == !pass &&
			    change_one(vps, changes, i, err))
				return -1;
	return 0;
}

int kx_vps_save(const struct kx_vps *vps, struct kx_err *err)
{
	char path[PATH_MAX];

	conf_path(vps->host, vps->id, path);
	return kx_conf_save(vps->conf, path, err);
}

int kx_vps_forget(const struct kx_vps *vps, struct kx_err *err)
{
	char path[PATH_MAX];

	conf_path(vps->host, vps->id, path);
	if (unlink(path) && errno != ENOENT)
		return kx_fail(err, KX_DESTROY, errno, "cannot remove %s", path);
	/* What a killed change of it has left. */
	strncat(path, ".tmp", sizeof(path) - strlen(path) - 1);
	unlink(path);
	return 0;
}

void kx_vps_private(const struct kx_vps *vps, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%u", vps->host->private_dir, vps->id);
}

void kx_vps_root(const struct kx_vps *vps, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%u", vps->host->root_dir, vps->id);
}

bool kx_vps_has_private(const struct kx_vps *vps)
{
	char path[PATH_MAX];

	kx_vps_private(vps, path);
	return !access(path, F_OK);
}

int kx_vps_uid(const struct kx_vps *vps, uint32_t *uid, struct kx_err *err)
{
	const char *text = kx_vps_get(vps, "LOCAL_UID");
	uint64_t n;

	if (kx_parse_u64(text, &n) || n < KX_IDS || n > UINT32_MAX - 2 * KX_IDS)
		return kx_fail(err, KX_VALUE, 0,
			       "VPS %u: LOCAL_UID \"%s\" in its configuration is not a number from 65536 to 4294836223",
			       vps->id, text);
	*uid = n;
	return 0;
}
