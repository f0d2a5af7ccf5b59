// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "inside.h"
#include "mountapi.h"

#define SAFE	(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

struct fs {
	const char *type, *target;
	unsigned int attr;
	const char *options[6];		/* key, value, … */
};

static const struct fs filesystems[] = {
	{ "proc", "proc", SAFE, { 0 } },
	{ "sysfs", "sys", SAFE | MOUNT_ATTR_RDONLY, { 0 } },
	{ "cgroup2", "sys/fs/cgroup", SAFE, { 0 } },
	{ "devpts", "dev/pts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
	  { "ptmxmode", "666", "mode", "620", "gid", "5" } },
	{ "tmpfs", "dev/shm", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	  { "mode", "1777" } },
	{ "mqueue", "dev/mqueue", SAFE, { 0 } },
};

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/*
 * The tree is its owner's: a link where a mount point should be is refused,
 * not followed. Inside /proc and /sys the kernel names what there is.
 */
static int open_target(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC | flags,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};

	return syscall(SYS_openat2, root, path, &how, sizeof(how));
}

static int attach(int fd, int root, const char *target)
{
	cleanup_close int to = open_target(root, target, O_DIRECTORY);

	return to < 0 ? -1 : kx_move_mount(fd, to, "");
}

static int make_fs(const struct fs *f)
{
	int fs = kx_fsopen(f->type), fd;

	if (fs < 0)
		return -1;
	if (kx_fsconfig_string(fs, "source", f->type)) {
		close(fs);
		return -1;
	}
	for (size_t i = 0; i + 1 < COUNT(f->options) && f->options[i]; i += 2)
		if (kx_fsconfig_string(fs, f->options[i], f->options[i + 1])) {
			close(fs);
			return -1;
		}
	fd = kx_fsconfig_create(fs) ? -1 : kx_fsmount(fs, f->attr);
	close(fs);
	return fd;
}

static int mount_dev(int root, int dev, struct kx_err *err)
{
	if (mkdirat(root, "dev", 0755) && errno != EEXIST)
		return kx_fail(err, KX_BROKEN, errno, "cannot make /dev inside");
	if (!attach(dev, root, "dev"))
		return 0;
	if (errno == ELOOP || errno == ENOTDIR)
		return kx_fail(err, KX_BROKEN, 0, "its /dev is not a directory");
	return kx_fail(err, KX_MOUNT, errno, "cannot mount /dev inside");
}

static int mount_filesystems(int root, struct kx_err *err)
{
	for (size_t i = 0; i < COUNT(filesystems); i++) {
		const struct fs *f = &filesystems[i];
		cleanup_close int fd = -1;

		if (!strchr(f->target, '/') && mkdirat(root, f->target, 0755) &&
		    errno != EEXIST)
			return kx_fail(err, KX_BROKEN, errno,
				       "cannot make /%s inside", f->target);
		fd = make_fs(f);
		if (fd < 0)
			return kx_fail(err, KX_MOUNT, errno, "cannot mount %s", f->type);
		if (attach(fd, root, f->target))
			return kx_fail(err, errno == ELOOP || errno == ENOTDIR ?
				       KX_BROKEN : KX_MOUNT, errno,
				       "cannot mount /%s inside", f->target);
	}
	return 0;
}

/*
 * Nothing is mounted over /proc and /sys: the kernel hides there what is not
 * the VPS's own, and containers inside can mount them anew.
 *
 * The host's /proc and /sys are still visible while the VPS's are mounted: to
 * an unprivileged user namespace the kernel gives those only then.
 */
int kx_inside_mount(int root, int dev, struct kx_err *err)
{
	if (unshare(CLONE_NEWCGROUP) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return kx_fail(err, KX_MOUNT, errno, "mount namespace");
	/* /sys is on every host and needs no right to be reached. */
	if (kx_move_mount(root, AT_FDCWD, "/sys") || fchdir(root))
		return kx_fail(err, KX_MOUNT, errno, "cannot mount the root inside");
	if (mount_dev(root, dev, err) || mount_filesystems(root, err))
		return -1;
	if (fchdir(root) || syscall(SYS_pivot_root, ".", ".") ||
	    umount2(".", MNT_DETACH) || chdir("/"))
		return kx_fail(err, KX_MOUNT, errno, "cannot change to the root inside");
	return 0;
}
