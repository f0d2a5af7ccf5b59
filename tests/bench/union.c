// SPDX-License-Identifier: GPL-2.0
/*
 * usage: union count|wall RUNS DIRECTORY
 * Compares unionfs with overlayfs and with the filesystem of their branches,
 * which is that of DIRECTORY. Prints "OPERATION FILESYSTEM VALUE" for each run.
 *
 * "count" is for a machine whose clock counts instructions. It takes the time
 * that this process has had the CPU, so that waiting is not counted.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "union.h"

static const struct fs fs[] = {
	{ .name = "ext4" },
	{ "overlayfs", "overlay", ",metacopy=on,redirect_dir=on,index=on,xino=on" },
	{ "defaults", "overlay", "" },
	{ "unionfs", "unionfs", "" },
};

#define NFS ((int)(sizeof(fs) / sizeof(fs[0])))

const char *base;
int runs;
bool wall;
static long long total, begin;

static long long now(void)
{
	struct timespec t;

	clock_gettime(wall ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

void start(void)
{
	begin = now();
}

void stop(void)
{
	total += now() - begin;
}

void result(long value)
{
	total = value;
}

char *path(const char *format, ...)
{
	static char text[4][512];
	static int next;
	va_list args;

	next = (next + 1) % 4;
	va_start(args, format);
	vsnprintf(text[next], sizeof(text[next]), format, args);
	va_end(args);
	return text[next];
}

void make_dir(const char *name)
{
	if (mkdir(name, 0755) && errno != EEXIST)
		err(1, "%s", name);
}

void make_file(const char *name, size_t size)
{
	static char data[1 << 20];
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ssize_t n;

	if (fd < 0)
		err(1, "%s", name);
	memset(data, 'x', sizeof(data));
	for (; size; size -= n) {
		n = write(fd, data, size < sizeof(data) ? size : sizeof(data));
		if (n <= 0)
			err(1, "%s", name);
	}
	close(fd);
}

void read_once(const char *name)
{
	static char data[64 << 10];
	int fd = open(name, O_RDONLY);

	if (fd < 0)
		err(1, "%s", name);
	sync();
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	while (read(fd, data, sizeof(data)) > 0)
		;
	close(fd);
}

long transfer(int fd, bool writing, long size, bool random)
{
	static char data[64 << 10];
	long pieces = lseek(fd, 0, SEEK_END) / size, n = random ? 1000 : pieces;

	/* The same places for all. */
	srand(1);
	for (long i = 0; i < n; i++) {
		off_t pos = (random ? rand() % pieces : i) * size;
		ssize_t done;

		if (writing)
			done = pwrite(fd, data, size, pos);
		else
			done = pread(fd, data, size, pos);
		if (done != size)
			err(1, "data");
	}
	return n;
}

/* The format has one %d. */
void make_files(const char *format, int n, size_t size)
{
	for (int i = 0; i < n; i++)
		make_file(path(format, i), size);
}

void drop_caches(const char *what)
{
	/* The first time frees the union's objects, then those below go. */
	for (int i = 0; i < 3; i++) {
		int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

		sync();
		if (fd < 0 || write(fd, what, 1) != 1)
			err(1, "drop_caches");
		close(fd);
	}
}

void mount_fs(const struct fs *fs, const char *upper, const char *dir)
{
	int ret;

	if (fs->type)
		ret = mount("none", dir, fs->type, 0,
			    path("lowerdir=%s/lower,upperdir=%s/%s/upper,workdir=%s/%s/work%s",
				 base, base, upper, base, upper, fs->options));
	else
		ret = mount(path("%s/plain", base), dir, NULL, MS_BIND, NULL);
	if (ret)
		err(1, "mount %s", fs->name);
}

void unmount(const char *dir)
{
	if (umount(dir))
		err(1, "umount %s", dir);
}

static void enter(const struct fs *fs)
{
	if (chdir(path("%s/%s/root", base, fs->name)))
		err(1, "%s", fs->name);
}

static void leave(void)
{
	if (chdir("/"))
		err(1, "/");
}

void renew(const struct fs *fs)
{
	const char *root = path("%s/%s/root", base, fs->name);

	if (!fs->type)
		return;
	leave();
	unmount(root);
	if (system(path("cd %s/%s && rm -rf upper work && mkdir upper work", base, fs->name)))
		errx(1, "rm");
	mount_fs(fs, fs->name, root);
	enter(fs);
}

/* What is below the unions, and as a copy the plain directory. */
static void populate(const char *dir)
{
	int once = ONCE * (runs + 1);

	make_dir(dir);
	if (chdir(dir))
		err(1, "%s", dir);
	make_file("map", 1 << 20);
	if (wall) {
		make_dir("chmod");
		make_files("chmod/%d", ONCE * (runs + 1), 2048);
		make_file("big", 256 << 20);
		make_file("append", 64 << 20);
		make_file("shared", DATA_SIZE);
		return;
	}
	make_dir("many");
	for (int i = 0; i < DIRS; i++) {
		make_dir(path("many/%d", i));
		for (int j = 0; j < FILES; j++)
			make_file(path("many/%d/file%d", i, j), 0);
	}
	for (const char *const *name = (const char *[]){ "half1k", "half10k",
	     "white", "small", "copied", "chmod", "gone", "move", "dirs",
	     "append", NULL };
	     *name; name++)
		make_dir(*name);
	make_files("half1k/lower%d", FILES / 2, 0);
	make_files("half10k/lower%d", FILES * 5, 0);
	make_files("white/file%d", FILES, 0);
	make_files("small/%d", 100, 2048);
	make_files("copied/file%d", FILES, 0);
	make_files("chmod/%d", once, 2048);
	make_files("append/%d", runs + 1, 1 << 20);
	make_files("gone/%d", once, 0);
	make_files("move/%d", once, 2048);
	for (int i = 0; i < once; i++) {
		make_dir(path("dirs/%d", i));
		make_file(path("dirs/%d/file", i), 0);
	}
}

/* What the union has above, made through it. */
static void populate_upper(void)
{
	make_dir("up");
	make_file("up/data", wall ? 4 * DATA_SIZE : DATA_SIZE);
	if (wall)
		return;
	make_files("up/%d", 100, 2048);
	make_files("half1k/upper%d", FILES / 2, 0);
	make_files("half10k/upper%d", FILES * 5, 0);
	for (int i = 0; i < FILES; i++) {
		if (unlink(path("white/file%d", i)))
			err(1, "white");
		if (chmod(path("copied/file%d", i), 0600))
			err(1, "copied");
	}
}

static void prepare(void)
{
	make_dir(base);
	populate(path("%s/lower", base));
	populate(path("%s/plain", base));
	for (int i = 0; i < NFS; i++) {
		make_dir(path("%s/%s", base, fs[i].name));
		make_dir(path("%s/%s/upper", base, fs[i].name));
		make_dir(path("%s/%s/work", base, fs[i].name));
		make_dir(path("%s/%s/root", base, fs[i].name));
		mount_fs(&fs[i], fs[i].name, path("%s/%s/root", base, fs[i].name));
		enter(&fs[i]);
		populate_upper();
		leave();
	}
	sync();
}

static void run_one(const struct op *op, const struct fs *fs, int run)
{
	long n;

	leave();
	if (op->cold) {
		const char *root = path("%s/%s/root", base, fs->name);

		unmount(root);
		drop_caches("2");
		mount_fs(fs, fs->name, root);
	}
	enter(fs);
	total = 0;
	n = op->work(fs, run);
	/* The first of each fills caches. */
	if (n && run)
		printf("%s %s %.3f\n", op->name, fs->name, (double)total / n);
}

int main(int argc, char **argv)
{
	const struct op *op;

	if (argc != 4)
		errx(2, "usage: union count|wall RUNS DIRECTORY");
	wall = !strcmp(argv[1], "wall");
	runs = atoi(argv[2]);
	base = argv[3];
	prepare();
	for (op = wall ? wall_ops : count_ops; op->name; op++) {
		int last = op->runs && op->runs < runs ? op->runs : runs;

		/* By turns, and not always in the same order. */
		for (int run = 0; run <= last; run++)
			for (int i = 0; i < NFS; i++)
				run_one(op, &fs[(run + i) % NFS], run);
		fflush(stdout);
	}
	leave();
	for (int i = 0; i < NFS; i++)
		unmount(path("%s/%s/root", base, fs[i].name));
	return 0;
}
