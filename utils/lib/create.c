// SPDX-License-Identifier: GPL-2.0
/*
 * create and destroy. The order makes each instant good for a kill:
 *
 * create: the configuration, then the private area, which gets its name when
 * it is whole. destroy: the area loses its name and is removed, and the
 * configuration goes last. A configuration without area is half of one of
 * them: listed as incomplete, refused by start, removed by destroy and by
 * create.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include <linux/ctx.h>

#include "private.h"
#include "root.h"
#include "vps.h"

struct ids {
	uint32_t *taken;
	size_t count;
};

static int note_id(struct kx_vps *vps, void *arg)
{
	struct ids *ids = arg;
	uint32_t uid, *more;

	if (kx_vps_uid(vps, &uid, NULL))
		return 0;
	more = realloc(ids->taken, (ids->count + 1) * sizeof(*more));
	if (!more)
		return -1;
	ids->taken = more;
	more[ids->count++] = uid;
	return 0;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The lowest range that no configuration holds, in steps of whole ranges. */
static int free_range(const struct kx_host *host, uint32_t *uid,
		      struct kx_err *err)
{
	uint64_t try = (host->uid_first + KX_IDS - 1ULL) & ~(KX_IDS - 1ULL);
	struct ids ids = {0};

	if (kx_vps_each(host, note_id, &ids, err)) {
		free(ids.taken);
		return kx_nomem(err);
	}
	if (ids.count)
		qsort(ids.taken, ids.count, sizeof(*ids.taken), by_value);
	for (size_t i = 0; i < ids.count; i++) {
		if ((uint64_t)ids.taken[i] + KX_IDS <= try)
			continue;
		if (ids.taken[i] >= try + KX_IDS)
			break;
		try = ((uint64_t)ids.taken[i] + 2 * KX_IDS - 1) & ~(KX_IDS - 1ULL);
	}
	free(ids.taken);
	if (try + KX_IDS - 1 > host->uid_last)
		return kx_fail(err, KX_RESOURCE, 0,
			       "no user ids are left from %u to %u (UID_FIRST, UID_LAST in vps.conf)",
			       host->uid_first, host->uid_last);
	*uid = try;
	return 0;
}

/* The area first: while it is there, the configuration tells whose it is. */
static int remove_rest(const struct kx_vps *vps, struct kx_err *err)
{
	if (kx_private_remove(vps, err) || kx_quota_clear(vps, err))
		return -1;
	return kx_vps_forget(vps, err);
}

/* Under the lock of all configurations. */
static int commit(struct kx_vps *vps, struct kx_err *err)
{
	char text[16];
	uint32_t uid = 0;

	if (kx_vps_check_unique(vps, err) || free_range(vps->host, &uid, err))
		return -1;
	snprintf(text, sizeof(text), "%u", uid);
	if (kx_conf_set(vps->conf, "LOCAL_UID", text, err) ||
	    kx_conf_set(vps->conf, "LOCAL_GID", text, err))
		return -1;
	if (kx_private_check(vps, err) || kx_vps_save(vps, err))
		return -1;
	if (!kx_quota_limit(vps, err) && !kx_private_make(vps, err))
		return 0;
	remove_rest(vps, NULL);
	return -1;
}

static int check_template(const struct kx_vps *vps, struct kx_err *err)
{
	const char *name = kx_vps_get(vps, "OSTEMPLATE");
	char path[PATH_MAX];

	if (!*name)
		return kx_fail(err, KX_NO_OSTEMPLATE, 0,
			       "--ostemplate is missing (see vpstemplate list)");
	snprintf(path, sizeof(path), "%s/%s/root", vps->host->template_dir, name);
	if (access(path, F_OK))
		return kx_fail(err, KX_NO_TEMPLATE, 0,
			       "no template \"%s\" (see vpstemplate list)", name);
	return 0;
}

static int create_locked(struct kx_vps *vps, const struct kx_change *changes,
			 size_t count, struct kx_err *err)
{
	cleanup_close int all = -1, template = -1;
	char lock[128];

	vps->conf = kx_conf_load("/dev/null", true, KX_SYSTEM, err);
	if (!vps->conf || kx_vps_change(vps, changes, count, err) ||
	    check_template(vps, err))
		return -1;
	/* Held until the configuration names the template, which then cannot go. */
	snprintf(lock, sizeof(lock), "template-%s", kx_vps_get(vps, "OSTEMPLATE"));
	template = kx_lock(vps->host, lock, true, err);
	if (template < 0 || check_template(vps, err))
		return -1;
	all = kx_lock(vps->host, KX_CONF_LOCK, true, err);
	return all < 0 ? -1 : commit(vps, err);
}

int kx_vps_create(const struct kx_host *host, uint32_t id,
		  const struct kx_change *changes, size_t count,
		  unsigned int flags, struct kx_err *err)
{
	struct kx_vps vps = { .id = id, .host = host };
	cleanup_close int lock = -1;
	char path[PATH_MAX];
	int ret;

	if (id <= CTX_ID_RESERVED_MAX && !(flags & KX_CREATE_FORCE))
		return kx_fail(err, KX_VALUE, 0,
			       "CTID %u is reserved (allowed are 101 to %u; --force takes 1 to 100)",
			       id, CTX_ID_MAX);
	snprintf(vps.idname, sizeof(vps.idname), "%u", id);
	lock = kx_vps_lock(&vps, false, err);
	if (lock < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/%u.conf", host->confdir, id);
	if (kx_vps_has_private(&vps) && !access(path, F_OK))
		return kx_fail(err, KX_PRIVATE_EXISTS, 0,
			       "VPS %u exists already", id);
	/* Half a create or half a destroy: nobody's files any more. */
	if (!access(path, F_OK) && kx_vps_destroy(&vps, err))
		return -1;
	ret = create_locked(&vps, changes, count, err);
	kx_vps_free(&vps);
	return ret;
}

int kx_vps_destroy(struct kx_vps *vps, struct kx_err *err)
{
	return kx_vps_clean(vps, err) ? -1 : remove_rest(vps, err);
}
