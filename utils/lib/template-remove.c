// SPDX-License-Identifier: GPL-2.0
/* Removing templates, and what killed commands have left of them. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "template.h"

#define SUFFIX_LEN 7		/* ".XXXXXX" */
#define USERS_SHOWN 8

/* The NAME of PREFIXNAME.XXXXXX, or null. */
static char *name_of_remains(const char *entry)
{
	const char *name = NULL;
	size_t len;

	if (!strncmp(entry, KX_IMPORT_PREFIX, strlen(KX_IMPORT_PREFIX)))
		name = entry + strlen(KX_IMPORT_PREFIX);
	else if (!strncmp(entry, KX_REMOVE_PREFIX, strlen(KX_REMOVE_PREFIX)))
		name = entry + strlen(KX_REMOVE_PREFIX);
	if (!name)
		return NULL;
	len = strlen(name);
	if (len <= SUFFIX_LEN || name[len - SUFFIX_LEN] != '.')
		return NULL;
	return strndup(name, len - SUFFIX_LEN);
}

static void sweep_one(const struct kx_host *host, int dirfd, const char *own,
		      const char *entry)
{
	cleanup_free char *name = name_of_remains(entry);
	cleanup_close int lock = -1;

	if (!name || kx_template_check_name(name, NULL))
		return;
	if (strcmp(name, own)) {
		lock = kx_template_lock(host, name, NULL);
		if (lock < 0)
			return;
	}
	kx_tree_remove(dirfd, entry, NULL);
}

void kx_template_sweep(const struct kx_host *host, int dirfd, const char *own)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((d = readdir(dir)))
		sweep_one(host, dirfd, own, d->d_name);
}

static bool is_vps_conf(const char *name)
{
	size_t n = strspn(name, "0123456789");

	return n && !strcmp(name + n, ".conf");
}

static int add_user(const struct kx_host *host, const char *file,
		    const char *template, unsigned long **ids, size_t *count,
		    struct kx_err *err)
{
	cleanup_conf struct kx_conf *conf = NULL;
	cleanup_free char *path = NULL;
	const char *value;
	unsigned long *longer;

	if (asprintf(&path, "%s/%s", host->confdir, file) < 0) {
		path = NULL;
		return kx_nomem(err);
	}
	/* Gone since readdir: no user of anything. */
	conf = kx_conf_load(path, true, KX_SYSTEM, err);
	if (!conf)
		return -1;
	value = kx_conf_get(conf, "OSTEMPLATE");
	if (!value || strcmp(value, template))
		return 0;
	longer = realloc(*ids, (*count + 1) * sizeof(**ids));
	if (!longer)
		return kx_nomem(err);
	*ids = longer;
	longer[(*count)++] = strtoul(file, NULL, 10);
	return 0;
}

static int by_number(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;

	return (x > y) - (x < y);
}

static int busy(const char *name, unsigned long *ids, size_t count,
		struct kx_err *err)
{
	char text[USERS_SHOWN * 12 + 32] = "";
	size_t len = 0, shown = count < USERS_SHOWN ? count : USERS_SHOWN;

	qsort(ids, count, sizeof(*ids), by_number);
	for (size_t i = 0; i < shown; i++)
		len += snprintf(text + len, sizeof(text) - len, "%s%lu",
				i ? ", " : "", ids[i]);
	if (shown < count)
		snprintf(text + len, sizeof(text) - len, " and %zu more",
			 count - shown);
	return kx_fail(err, KX_TEMPLATE_BUSY, 0,
		       "template \"%s\" is in use by VPS %s", name, text);
}

/* Fails with KX_TEMPLATE_BUSY when a configuration names the template. */
static int check_unused(const struct kx_host *host, const char *name,
			struct kx_err *err)
{
	cleanup_free unsigned long *ids = NULL;
	cleanup_dir DIR *dir = opendir(host->confdir);
	struct dirent *d;
	size_t count = 0;

	if (!dir)
		return errno == ENOENT ? 0 :
			kx_fail(err, KX_SYSTEM, errno, "cannot read %s",
				host->confdir);
	while (errno = 0, (d = readdir(dir)))
		if (is_vps_conf(d->d_name) &&
		    add_user(host, d->d_name, name, &ids, &count, err))
			return -1;
	if (errno)
		return kx_fail(err, KX_SYSTEM, errno, "cannot read %s",
			       host->confdir);
	return count ? busy(name, ids, count, err) : 0;
}

static int move_away(int dirfd, const char *name, char *to, size_t size)
{
	unsigned int number;

	do {
		if (getrandom(&number, sizeof(number), 0) < 0)
			return -1;
		snprintf(to, size, KX_REMOVE_PREFIX "%s.%06x", name,
			 number & 0xffffff);
		if (!renameat2(dirfd, name, dirfd, to, RENAME_NOREPLACE))
			return fsync(dirfd);
	} while (errno == EEXIST);
	return -1;
}

int kx_template_remove(const struct kx_host *host, const char *name,
		       struct kx_err *err)
{
	cleanup_close int lock = -1, dirfd = -1;
	struct kx_template t;
	char away[NAME_MAX];

	if (geteuid())
		return kx_fail(err, KX_PERMISSION, 0,
			       "only root can remove a template");
	if (kx_template_check_name(name, err))
		return -1;
	dirfd = kx_template_open_dir(host, err);
	if (dirfd < 0)
		return -1;
	lock = kx_template_lock(host, name, err);
	if (lock < 0)
		return -1;
	kx_template_sweep(host, dirfd, name);
	if (kx_template_get(host, name, &t, err))
		return -1;
	kx_template_free(&t);
	if (check_unused(host, name, err))
		return -1;
	if (move_away(dirfd, name, away, sizeof(away)))
		return kx_fail(err, KX_SYSTEM, errno,
			       "cannot remove template \"%s\"", name);
	return kx_tree_remove(dirfd, away, err);
}
