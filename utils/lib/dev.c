// SPDX-License-Identifier: GPL-2.0
/*
 * The /dev of a VPS: a small tmpfs of the host's, because device nodes work
 * only where the host's root has mounted. There is no console: what would
 * write to one finds none and goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "inside.h"
#include "mountapi.h"
#include "vps.h"

static const struct {
	const char *name;
	unsigned int major, minor;
} nodes[] = {
	{ "null", 1, 3 }, { "zero", 1, 5 }, { "full", 1, 7 },
	{ "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 },
};

static const struct {
	const char *name, *target;
} links[] = {
	{ "ptmx", "pts/ptmx" }, { "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" }, { "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
};

static const char *const dirs[] = { "pts", "shm", "mqueue" };

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static int own(int dir, const char *name, uint32_t uid)
{
	return fchownat(dir, name, uid, uid, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
}

static int fill(int dir, uint32_t uid)
{
	for (size_t i = 0; i < COUNT(nodes); i++)
		if (mknodat(dir, nodes[i].name, S_IFCHR | 0666,
			    makedev(nodes[i].major, nodes[i].minor)) ||
		    own(dir, nodes[i].name, uid))
			return -1;
	for (size_t i = 0; i < COUNT(links); i++)
		if (symlinkat(links[i].target, dir, links[i].name) ||
		    own(dir, links[i].name, uid))
			return -1;
	for (size_t i = 0; i < COUNT(dirs); i++)
		if (mkdirat(dir, dirs[i], 0755) || own(dir, dirs[i], uid))
			return -1;
	return 0;
}

/* Its number of inodes and its size bound what a VPS can pin here. */
static int make_tmpfs(uint32_t uid)
{
	int fs = kx_fsopen("tmpfs"), fd = -1;
	mode_t mask;

	if (fs < 0)
		return -1;
	if (!kx_fsconfig_string(fs, "source", "dev") &&
	    !kx_fsconfig_string(fs, "mode", "755") &&
	    !kx_fsconfig_string(fs, "size", "1m") &&
	    !kx_fsconfig_string(fs, "nr_inodes", "1024") &&
	    !kx_fsconfig_create(fs))
		fd = kx_fsmount(fs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	close(fs);
	if (fd < 0)
		return -1;
	mask = umask(0);
	if (fill(fd, uid) || own(fd, "", uid)) {
		close(fd);
		fd = -1;
	}
	umask(mask);
	return fd;
}

int kx_dev_make(const struct kx_vps *vps, struct kx_err *err)
{
	uint32_t uid;
	int fd;

	if (kx_vps_uid(vps, &uid, err))
		return -1;
	fd = make_tmpfs(uid);
	return fd < 0 ? kx_fail(err, KX_MOUNT, errno, "cannot make /dev of VPS %u",
				vps->id) : fd;
}
