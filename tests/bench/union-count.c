// SPDX-License-Identifier: GPL-2.0
/* Operations whose instructions are counted. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "union.h"

static char buffer[64 << 10];

static void go(const char *dir)
{
	if (chdir(dir))
		err(1, "%s", dir);
}

/* Names are made before the clock runs. */
static char names[FILES][32];

static void name_all(const char *format, int from, int n)
{
	for (int i = 0; i < n; i++)
		snprintf(names[i], sizeof(names[i]), format, from + i);
}

static void look_up(int n, int expect)
{
	struct stat st;

	for (int i = 0; i < n; i++)
		if ((stat(names[i], &st) ? errno : 0) != expect)
			err(1, "stat %s", names[i]);
}

static long stat_names(int n, int expect)
{
	start();
	look_up(n, expect);
	stop();
	return n;
}

static long stat_lower(const struct fs *fs, int run)
{
	go("many/0");
	name_all("file%d", 0, FILES);
	return stat_names(FILES, 0);
}

static long stat_cold(const struct fs *fs, int run)
{
	go(path("many/%d", run % DIRS));
	name_all("file%d", 0, FILES);
	return stat_names(FILES, 0);
}

static long stat_missing(const struct fs *fs, int run)
{
	go("many/0");
	name_all("none%d", 0, FILES);
	return stat_names(FILES, ENOENT);
}

static long stat_missing_cold(const struct fs *fs, int run)
{
	go("many/0");
	name_all("never%d", run * FILES, FILES);
	return stat_names(FILES, ENOENT);
}

static long stat_copied(const struct fs *fs, int run)
{
	go("copied");
	name_all("file%d", 0, FILES);
	return stat_names(FILES, 0);
}

static long open_files(const char *dir)
{
	go(dir);
	name_all("%d", 0, 100);
	start();
	for (int i = 0; i < 1000; i++) {
		int fd = open(names[i % 100], O_RDONLY);

		if (read(fd, buffer, 2048) != 2048 || close(fd))
			err(1, "%s", names[i % 100]);
	}
	stop();
	return 1000;
}

static long open_lower(const struct fs *fs, int run)
{
	return open_files("small");
}

static long open_upper(const struct fs *fs, int run)
{
	return open_files("up");
}

static long list(const char *dir, long names, int times)
{
	start();
	for (int i = 0; i < times; i++) {
		int fd = open(dir, O_RDONLY | O_DIRECTORY);
		long found = 0, len;

		while ((len = syscall(SYS_getdents64, fd, buffer, 32 << 10)) > 0)
			for (long at = 0; at < len; found++)
				at += *(unsigned short *)(buffer + at + 16);
		if (len || close(fd) || found != names + 2)
			errx(1, "%s: %ld names", dir, found);
	}
	stop();
	return times;
}

#define LIST(name, dir, names, times)				\
static long name(const struct fs *fs, int run)			\
{								\
	return list(dir, names, times);				\
}

LIST(list_lower, "many/0", FILES, 5)
LIST(list_1k, "half1k", FILES, 5)
LIST(list_10k, "half10k", 10 * FILES, 1)
LIST(list_white, "white", 0, 5)
LIST(list_copied, "copied", FILES, 5)
LIST(list_1k_once, "half1k", FILES, 1)
LIST(list_white_once, "white", 0, 1)
LIST(list_copied_once, "copied", FILES, 1)

static long create_unlink(bool creating)
{
	go("up");
	name_all("new%d", 0, 200);
	if (creating)
		start();
	for (int i = 0; i < 200; i++)
		close(open(names[i], O_WRONLY | O_CREAT | O_EXCL, 0644));
	if (creating)
		stop();
	else
		start();
	for (int i = 0; i < 200; i++)
		if (unlink(names[i]))
			err(1, "%s", names[i]);
	if (!creating)
		stop();
	return 200;
}

static long create(const struct fs *fs, int run)
{
	return create_unlink(true);
}

static long unlink_upper(const struct fs *fs, int run)
{
	return create_unlink(false);
}

static long unlink_lower(const struct fs *fs, int run)
{
	go("gone");
	name_all("%d", run * ONCE, ONCE);
	look_up(ONCE, 0);
	start();
	for (int i = 0; i < ONCE; i++)
		if (unlink(names[i]))
			err(1, "%s", names[i]);
	stop();
	return ONCE;
}

static long rename_upper(const struct fs *fs, int run)
{
	go("up");
	start();
	for (int i = 0; i < 100; i++)
		if (rename("1", "moved") || rename("moved", "1"))
			err(1, "rename");
	stop();
	return 200;
}

static long rename_once(const char *dir, int run)
{
	go(dir);
	name_all("%d", run * ONCE, ONCE);
	look_up(ONCE, 0);
	for (int i = 0; i < ONCE; i++) {
		const char *to = path("moved%s", names[i]);
		int ret;

		start();
		ret = rename(names[i], to);
		stop();
		if (ret && errno == EXDEV)
			return 0;
		if (ret)
			err(1, "rename %s", names[i]);
	}
	return ONCE;
}

static long rename_lower(const struct fs *fs, int run)
{
	return rename_once("move", run);
}

static long rename_dir(const struct fs *fs, int run)
{
	return rename_once("dirs", run);
}

static long chmod_small(const struct fs *fs, int run)
{
	go("chmod");
	name_all("%d", run * ONCE, ONCE);
	look_up(ONCE, 0);
	start();
	for (int i = 0; i < ONCE; i++)
		if (chmod(names[i], 0600))
			err(1, "chmod");
	stop();
	return ONCE;
}

/* All data come up, and one byte more. */
static long append(const struct fs *fs, int run)
{
	int fd;

	name_all("append/%d", run, 1);
	read_once(names[0]);
	start();
	fd = open(names[0], O_WRONLY | O_APPEND);
	if (fd < 0 || write(fd, "x", 1) != 1 || close(fd))
		err(1, "%s", names[0]);
	stop();
	return 1;
}

/* Of an open file with nothing to be written back. */
static long data(bool writing, long size, bool random)
{
	int fd = open("up/data", O_RDWR);
	long n;

	if (fd < 0 || fsync(fd))
		err(1, "data");
	start();
	n = transfer(fd, writing, size, random);
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

static long touch_pages(const char *name, int prot)
{
	int fd = open(name, prot & PROT_WRITE ? O_RDWR : O_RDONLY);
	volatile char *map;

	if (fd < 0 || (prot & PROT_WRITE && fsync(fd)))
		err(1, "%s", name);
	start();
	map = mmap(NULL, 1 << 20, prot, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		err(1, "mmap %s", name);
	for (int i = 0; i < 256; i++) {
		if (prot & PROT_WRITE)
			map[i << 12] = 'y';
		else
			(void)map[i << 12];
	}
	munmap((void *)map, 1 << 20);
	stop();
	close(fd);
	return 256;
}

static long map_read(const struct fs *fs, int run)
{
	return touch_pages("map", PROT_READ);
}

static long map_write(const struct fs *fs, int run)
{
	return touch_pages("up/data", PROT_READ | PROT_WRITE);
}

/* Bytes of slab for each object that is remembered. */
static long slab(void)
{
	long bytes = 0, slabs, pages;
	FILE *file = fopen("/proc/slabinfo", "r");
	char line[256];

	if (!file)
		err(1, "slabinfo");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %*d %*d %*d %*d %ld : tunables"
			   " %*d %*d %*d : slabdata %*d %ld", &pages, &slabs) == 2)
			bytes += pages * slabs * 4096;
	fclose(file);
	return bytes;
}

static long remember(const struct fs *fs, int run)
{
	long before = slab();
	struct stat st;

	for (int i = 0; i < DIRS * FILES; i++)
		if (stat(path("many/%d/file%d", i / FILES, i % FILES), &st))
			err(1, "stat");
	result(slab() - before);
	return DIRS * FILES;
}

const struct op count_ops[] = {
	{ .name = "stat", .work = stat_lower },
	{ .name = "stat,cold", .work = stat_cold, .cold = true },
	{ .name = "stat,missing", .work = stat_missing },
	{ .name = "stat,missing,cold", .work = stat_missing_cold, .cold = true },
	{ .name = "stat,copied-up", .work = stat_copied },
	{ .name = "stat,copied-up,cold", .work = stat_copied, .cold = true },
	{ .name = "open+read+close,lower", .work = open_lower },
	{ .name = "open+read+close,upper", .work = open_upper },
	{ .name = "readdir,lower,1000", .work = list_lower },
	{ .name = "readdir,merged,1000", .work = list_1k },
	{ .name = "readdir,merged,1000,cold", .work = list_1k_once, .cold = true },
	{ .name = "readdir,merged,10000", .work = list_10k },
	{ .name = "readdir,merged,10000,cold", .work = list_10k, .cold = true },
	{ .name = "readdir,1000-whiteouts", .work = list_white },
	{ .name = "readdir,1000-whiteouts,cold", .work = list_white_once, .cold = true },
	{ .name = "readdir,1000-copied-up", .work = list_copied },
	{ .name = "readdir,1000-copied-up,cold", .work = list_copied_once, .cold = true },
	{ .name = "create", .work = create },
	{ .name = "unlink,upper", .work = unlink_upper },
	{ .name = "unlink,lower", .work = unlink_lower },
	{ .name = "rename,upper", .work = rename_upper },
	{ .name = "rename,lower", .work = rename_lower },
	{ .name = "rename,lower-directory", .work = rename_dir },
	{ .name = "chmod,lower-2K,first", .work = chmod_small },
	{ .name = "append,lower-1M,first", .work = append },
	{ .name = "read,64K,sequential", .work = read_64k },
	{ .name = "read,4K,random", .work = read_4k },
	{ .name = "write,64K,sequential", .work = write_64k },
	{ .name = "write,4K,random", .work = write_4k },
	{ .name = "mmap,read-fault,lower", .work = map_read },
	{ .name = "mmap,write-fault,upper", .work = map_write },
	{ .name = "mount", .work = mounting },
	{ .name = "umount", .work = unmounting },
	{ .name = "slab-bytes/inode", .work = remember, .cold = true, .runs = 3 },
	{}
};
