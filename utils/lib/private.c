// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "private.h"
#include "root.h"
#include "vps.h"

struct names {
	char new[32], doomed[32];
};

static void name_them(const struct kx_vps *vps, struct names *n)
{
	snprintf(n->new, sizeof(n->new), ".new-%u", vps->id);
	snprintf(n->doomed, sizeof(n->doomed), ".destroy-%u", vps->id);
}

static int open_dir(const struct kx_vps *vps, enum kx_code code,
		    struct kx_err *err)
{
	int dir = open(vps->host->private_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return dir < 0 ? kx_fail(err, code, errno, "%s", vps->host->private_dir) : dir;
}

int kx_private_check(const struct kx_vps *vps, struct kx_err *err)
{
	char path[PATH_MAX];
	cleanup_dir DIR *dir = NULL;
	struct dirent *d;

	kx_vps_private(vps, path);
	dir = opendir(path);
	while (dir && (d = readdir(dir)))
		if (strcmp(d->d_name, ".") && strcmp(d->d_name, ".."))
			return kx_fail(err, KX_PRIVATE_EXISTS, 0,
				       "the private area %s exists and holds files",
				       path);
	return 0;
}

/* The project first: what is made below inherits it. */
static int fill(const struct kx_vps *vps, int dir, struct kx_err *err)
{
	if (kx_quota_adopt(vps, dir, err))
		return -1;
	if (!mkdirat(dir, KX_UPPER, 0755) && !mkdirat(dir, KX_WORK, 0700))
		return 0;
	return kx_fail(err, errno == ENOSPC || errno == EDQUOT ? KX_NO_SPACE :
		       KX_MKPRIVATE, errno,
		       "cannot make the private area of VPS %u", vps->id);
}

int kx_private_make(const struct kx_vps *vps, struct kx_err *err)
{
	cleanup_close int all = open_dir(vps, KX_MKPRIVATE, err);
	cleanup_close int dir = -1;
	struct names n;

	name_them(vps, &n);
	if (all < 0 || kx_tree_remove(all, n.new, err))
		return -1;
	if (!mkdirat(all, n.new, 0700))
		dir = openat(all, n.new, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir >= 0 && fill(vps, dir, err))
		return -1;
	if (dir < 0 || renameat(all, n.new, all, vps->idname))
		return kx_fail(err, errno == ENOSPC ? KX_NO_SPACE : KX_MKPRIVATE,
			       errno, "cannot make the private area of VPS %u",
			       vps->id);
	return 0;
}

int kx_private_remove(const struct kx_vps *vps, struct kx_err *err)
{
	cleanup_close int all = open_dir(vps, KX_DESTROY, err);
	struct names n;

	name_them(vps, &n);
	if (all < 0 || kx_tree_remove(all, n.new, err) ||
	    kx_tree_remove(all, n.doomed, err))
		return -1;
	if (renameat(all, vps->idname, all, n.doomed)) {
		if (errno == ENOENT)
			return 0;
		return kx_fail(err, KX_DESTROY, errno,
			       "cannot remove the private area of VPS %u", vps->id);
	}
	return kx_tree_remove(all, n.doomed, err);
}
