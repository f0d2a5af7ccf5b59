// SPDX-License-Identifier: GPL-2.0
/*
 * The /dev of a VPS: a small tmpfs of the host's, so that its size is not for
 * the VPS to change. There is no console: what would
 * write to one finds none and goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "grants.h"
#include "inside.h"
#include "mountapi.h"
#include "vps.h"

static const struct {
	const char *name;
	unsigned int major, minor;
	mode_t mode;
} nodes[] = {
	{ "null", 1, 3, 0666 }, { "zero", 1, 5, 0666 }, { "full", 1, 7, 0666 },
	{ "random", 1, 8, 0666 }, { "urandom", 1, 9, 0666 }, { "tty", 5, 0, 0666 },
	{ "kmsg", 1, 11, 0644 },
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

/* With the directories on the way; what there is already stays. */
static int make_node(int dir, const struct kx_node *node, uint32_t uid)
{
	char path[sizeof(node->path)];

	strcpy(path, node->path);
	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (!mkdirat(dir, path, 0755) ? own(dir, path, uid) : errno != EEXIST)
			return -1;
		*slash = '/';
	}
	if (mknodat(dir, path, node->mode, node->dev))
		return errno == EEXIST ? 0 : -1;
	return own(dir, path, uid);
}

int kx_inside_nodes(const struct kx_nodes *nodes, struct kx_err *err)
{
	cleanup_close int dir = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
	mode_t mask = umask(0);
	int ret = 0;

	for (size_t i = 0; !ret && i < nodes->count; i++)
		if (make_node(dir, &nodes->list[i], 0))
			ret = kx_fail(err, KX_SETPARM, errno, "cannot make /dev/%s inside",
				      nodes->list[i].path);
	umask(mask);
	return ret;
}

static int fill(int dir, uint32_t uid, const struct kx_nodes *more)
{
	for (size_t i = 0; i < COUNT(nodes); i++)
		if (mknodat(dir, nodes[i].name, S_IFCHR | nodes[i].mode,
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
	for (size_t i = 0; i < more->count; i++)
		if (make_node(dir, &more->list[i], uid))
			return -1;
	return 0;
}

/* Its number of inodes and its size bound what a VPS can pin here. */
static int make_tmpfs(uint32_t uid, const struct kx_nodes *more)
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
	if (fill(fd, uid, more) || own(fd, "", uid)) {
		close(fd);
		fd = -1;
	}
	umask(mask);
	return fd;
}

int kx_dev_make(const struct kx_vps *vps, struct kx_err *err)
{
	struct kx_nodes more;
	uint32_t uid;
	int fd;

	if (kx_vps_uid(vps, &uid, err) || kx_grants_nodes(vps, &more, err))
		return -1;
	fd = make_tmpfs(uid, &more);
	return fd < 0 ? kx_fail(err, KX_MOUNT, errno, "cannot make /dev of VPS %u",
				vps->id) : fd;
}
