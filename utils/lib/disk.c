// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/btrfs.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "disk.h"

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC	0x58465342
#endif
#define SYS_BLOCK	"/sys/dev/block"
/* Volumes of volumes: deeper is no machine that somebody has built. */
#define MAX_DEPTH	8

static ssize_t read_text(const char *path, char *text, size_t size)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	text[n < 0 ? 0 : n] = '\0';
	return n;
}

static int read_dev(const char *path, dev_t *dev)
{
	unsigned int major, minor;
	char text[32];

	if (read_text(path, text, sizeof(text)) < 0 ||
	    sscanf(text, "%u:%u", &major, &minor) != 2)
		return -1;
	*dev = makedev(major, minor);
	return 0;
}

/* @tail of the directory of @dev in sysfs. */
static void dev_path(dev_t dev, const char *tail, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, SYS_BLOCK "/%u:%u/%s", major(dev), minor(dev), tail);
}

/* Of a partition the disk it is on; the kernel follows the link before the "..". */
static dev_t whole(dev_t dev)
{
	char path[PATH_MAX];
	dev_t disk;

	dev_path(dev, "partition", path);
	if (access(path, F_OK))
		return dev;
	dev_path(dev, "../dev", path);
	return read_dev(path, &disk) ? dev : disk;
}

static int add(struct kx_disks *disks, dev_t dev, struct kx_err *err)
{
	dev = whole(dev);
	for (size_t i = 0; i < disks->count; i++)
		if (disks->list[i] == dev)
			return 0;
	if (disks->count == KX_DISKS_MAX)
		return kx_fail(err, KX_SETPARM, 0, "more than %d disks", KX_DISKS_MAX);
	disks->list[disks->count++] = dev;
	return 0;
}

/* btrfs can be on several, and its device numbers are none of them. */
static int add_btrfs(struct kx_disks *disks, const char *path, struct kx_err *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct btrfs_ioctl_fs_info_args fs = {0};

	if (fd < 0 || ioctl(fd, BTRFS_IOC_FS_INFO, &fs))
		return kx_fail(err, KX_SETPARM, errno, "%s: cannot find its devices", path);
	for (uint64_t id = 0; id <= fs.max_id; id++) {
		struct btrfs_ioctl_dev_info_args dev = { .devid = id };
		struct stat st;

		/* Numbers are left free by devices that were removed. */
		if (ioctl(fd, BTRFS_IOC_DEV_INFO, &dev))
			continue;
		if (stat((char *)dev.path, &st) || !S_ISBLK(st.st_mode))
			return kx_fail(err, KX_SETPARM, 0,
				       "%s: device %llu of its btrfs is missing", path,
				       (unsigned long long)id);
		if (add(disks, st.st_rdev, err))
			return -1;
	}
	return 0;
}

int kx_disks_add(struct kx_disks *disks, const char *path, struct kx_err *err)
{
	struct statfs fs;
	struct stat st;

	if (stat(path, &st) || statfs(path, &fs))
		return kx_fail(err, KX_SETPARM, errno, "%s", path);
	if (fs.f_type == BTRFS_SUPER_MAGIC)
		return add_btrfs(disks, path, err);
	return major(st.st_dev) ? add(disks, st.st_dev, err) : 0;
}

bool kx_disks_charge(const char *path)
{
	struct statfs fs;

	if (statfs(path, &fs))
		return false;
	return fs.f_type == EXT4_SUPER_MAGIC || fs.f_type == BTRFS_SUPER_MAGIC ||
	       fs.f_type == F2FS_SUPER_MAGIC || fs.f_type == XFS_SUPER_MAGIC;
}

void kx_disk_name(dev_t disk, char *name, size_t size)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), SYS_BLOCK "/%u:%u", major(disk), minor(disk));
	n = readlink(path, target, sizeof(target) - 1);
	target[n < 0 ? 0 : n] = '\0';
	snprintf(name, size, "%s", n < 0 ? path : basename(target));
}

/* By io.cost: "MAJOR:MINOR enable=1 ...", a line a disk. */
static bool has_cost(dev_t disk)
{
	cleanup_file FILE *f = fopen("/sys/fs/cgroup/io.cost.qos", "re");
	unsigned int major, minor, enable;
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%u:%u enable=%u", &major, &minor, &enable) == 3 &&
		    makedev(major, minor) == disk)
			return enable;
	return false;
}

/* At @disk itself, else at all that it is made of. */
static bool has_weights(dev_t disk, int depth)
{
	char path[PATH_MAX], text[256];
	cleanup_dir DIR *dir = NULL;
	struct dirent *d;
	bool some = false;

	dev_path(disk, "queue/scheduler", path);
	if (has_cost(disk) || (read_text(path, text, sizeof(text)) > 0 && strstr(text, "[bfq]")))
		return true;
	dev_path(disk, "slaves", path);
	dir = depth ? opendir(path) : NULL;
	while (dir && (d = readdir(dir))) {
		char dev[PATH_MAX + NAME_MAX + 8];
		dev_t below;

		if (*d->d_name == '.')
			continue;
		snprintf(dev, sizeof(dev), "%s/%s/dev", path, d->d_name);
		if (read_dev(dev, &below) || !has_weights(whole(below), depth - 1))
			return false;
		some = true;
	}
	return some;
}

bool kx_disk_has_weights(dev_t disk)
{
	return has_weights(disk, MAX_DEPTH);
}
