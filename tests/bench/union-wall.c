// SPDX-License-Identifier: GPL-2.0
/* Operations that sleep, and mounting, which is in both tables. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "union.h"

static char buffer[64 << 10];

static long mount_umount(const struct fs *fs, bool mounting)
{
	make_dir(path("%s/%s/other", base, fs->name));
	make_dir(path("%s/%s/other/upper", base, fs->name));
	make_dir(path("%s/%s/other/work", base, fs->name));
	make_dir(path("%s/%s/other/root", base, fs->name));
	for (int i = 0; i < 5; i++) {
		const char *dir = path("%s/%s/other/root", base, fs->name);

		if (mounting)
			start();
		mount_fs(fs, path("%s/other", fs->name), dir);
		if (mounting)
			stop();
		else
			start();
		unmount(dir);
		if (!mounting)
			stop();
	}
	return 5;
}

long mounting(const struct fs *fs, int run)
{
	return mount_umount(fs, true);
}

long unmounting(const struct fs *fs, int run)
{
	return mount_umount(fs, false);
}

static long chmod_small(const struct fs *fs, int run)
{
	struct stat st;

	for (int i = run * ONCE; i < (run + 1) * ONCE; i++)
		if (stat(path("chmod/%d", i), &st))
			err(1, "stat");
	start();
	for (int i = run * ONCE; i < (run + 1) * ONCE; i++)
		if (chmod(path("chmod/%d", i), 0600))
			err(1, "chmod");
	stop();
	return ONCE;
}

static long chmod_big(const struct fs *fs, int run)
{
	renew(fs);
	sync();
	start();
	if (chmod("big", run & 1 ? 0600 : 0640))
		err(1, "chmod");
	stop();
	return 1;
}

static long append(const struct fs *fs, int run)
{
	int fd;

	renew(fs);
	read_once("append");
	start();
	fd = open("append", O_WRONLY | O_APPEND);
	if (fd < 0 || write(fd, "x", 1) != 1 || close(fd))
		err(1, "append");
	stop();
	return 1;
}

/* Reads from the disk; what is written is on the disk at the end. */
static long data(bool writing, long size, bool random)
{
	long n;
	int fd;

	drop_caches("3");
	fd = open("up/data", O_RDWR);
	if (fd < 0)
		err(1, "data");
	start();
	n = transfer(fd, writing, size, random);
	if (writing && fsync(fd))
		err(1, "fsync");
	stop();
	close(fd);
	return n;
}

#define DATA(name, writing, size, random)			\
static long name(const struct fs *fs, int run)			\
{								\
	return data(writing, size, random);			\
}

DATA(read_64k, false, 64 << 10, false)
DATA(read_4k, false, 4 << 10, true)
DATA(write_64k, true, 64 << 10, false)
DATA(write_4k, true, 4 << 10, true)

static long create_fsync(const struct fs *fs, int run)
{
	start();
	for (int i = 0; i < 10; i++) {
		int fd = open(path("up/synced%d", i), O_WRONLY | O_CREAT | O_EXCL, 0644);

		if (write(fd, buffer, 4096) != 4096 || fsync(fd) || close(fd))
			err(1, "create");
	}
	stop();
	for (int i = 0; i < 10; i++)
		unlink(path("up/synced%d", i));
	return 10;
}

static long cached(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];
	long kib = -1;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Cached: %ld", &kib) == 1)
			break;
	fclose(file);
	return kib;
}

#define UNIONS 100

/* KiB of page cache when the same file is read in a hundred unions. */
static long share_cache(const struct fs *fs, int run)
{
	char dir[256];
	long before;

	drop_caches("3");
	before = cached();
	for (int i = 0; i < UNIONS; i++) {
		const char *upper = path("%s/share%d", fs->name, i);
		int fd;

		make_dir(path("%s/%s", base, upper));
		make_dir(path("%s/%s/upper", base, upper));
		make_dir(path("%s/%s/work", base, upper));
		snprintf(dir, sizeof(dir), "%s/%s/share%d/root", base, fs->name, i);
		make_dir(dir);
		mount_fs(fs, path("%s/share%d", fs->name, i), dir);
		fd = open(path("%s/shared", dir), O_RDONLY);
		if (fd < 0)
			err(1, "%s", dir);
		while (read(fd, buffer, sizeof(buffer)) > 0)
			;
		close(fd);
	}
	result(cached() - before);
	for (int i = 0; i < UNIONS; i++)
		unmount(path("%s/%s/share%d/root", base, fs->name, i));
	return run ? 1 : 0;
}

const struct op wall_ops[] = {
	{ .name = "chmod,lower-2K,first", .work = chmod_small },
	{ .name = "create+fsync", .work = create_fsync },
	{ .name = "read,64K,sequential,disk", .work = read_64k },
	{ .name = "read,4K,random,disk", .work = read_4k },
	{ .name = "write,64K,sequential,fsync", .work = write_64k },
	{ .name = "write,4K,random,fsync", .work = write_4k },
	{ .name = "mount", .work = mounting },
	{ .name = "umount", .work = unmounting },
	{ .name = "append,lower-64M,first", .work = append },
	{ .name = "chmod,lower-256M,first", .work = chmod_big, .runs = 9 },
	{ .name = "page-cache-KiB,100-unions", .work = share_cache, .runs = 1 },
	{}
};
