// SPDX-License-Identifier: GPL-2.0
/* Processes that do things to the same names at the same time. */
#include <dirent.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>

#include "test.h"

#define WORKERS 4
#define FILES 40

static double seconds;

static void populate(void)
{
	const char *text = getenv("RACE_SECONDS");
	int i;

	seconds = text ? atof(text) : 3;
	for (i = 0; i < FILES; i++) {
		put(fmt("l/f%d", i), "0123456789");
		ftruncate(open(fmt("l/f%d", i), O_RDWR), 200000);
		put(fmt("l/h%da", i), "hard");
		link(fmt("l/h%da", i), fmt("l/h%db", i));
	}
	mkdir("l/dir", 0755);
	for (i = 0; i < FILES; i++)
		put(fmt("l/dir/n%d", i), "");
	union_mount("l", NULL);
}

STACK_FIXTURE(race)

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Runs @fn in processes numbered from 0; how many have failed. */
static int in_parallel(int n, int (*fn)(int worker, int arg), int arg)
{
	pid_t pid[16];
	int i, bad = 0;

	for (i = 0; i < n; i++) {
		pid[i] = fork();
		if (!pid[i])
			_exit(fn(i, arg));
	}
	for (i = 0; i < n; i++)
		bad += !!wait_for(pid[i]);
	return bad;
}

static volatile int *gate;

/* Each writes its own bytes, by its own way of copying up. */
static int write_one(int worker, int file)
{
	const char *path = fmt("m/f%d", file);
	char c = 'a' + worker;
	int fd;

	while (!*gate)
		;
	if (worker == 3 && chmod(path, 0600))
		return 1;
	fd = open(path, worker % 2 ? O_RDWR : O_WRONLY);
	if (fd < 0 || pwrite(fd, &c, 1, worker * 5000) != 1)
		return 2;
	close(fd);
	return 0;
}

TEST_F(race, copy_up)
{
	char data[WORKERS * 5000];
	int file, i, fd;
	ino_t before;
	pid_t pid;

	gate = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (file = 0; file < FILES; file++) {
		before = info(fmt("m/f%d", file)).st_ino;
		fd = open(fmt("m/f%d", file), O_RDONLY);
		*gate = 0;
		pid = fork();
		if (!pid) {
			usleep(3000);
			*gate = 1;
			_exit(0);
		}
		ASSERT_EQ(0, in_parallel(WORKERS, write_one, file));
		wait_for(pid);
		EXPECT_EQ(sizeof(data), pread(fd, data, sizeof(data), 0));
		for (i = 0; i < WORKERS; i++)
			EXPECT_EQ('a' + i, data[i * 5000]);
		EXPECT_EQ('1', data[1]);
		close(fd);
		EXPECT_EQ(before, info(fmt("m/f%d", file)).st_ino);
		EXPECT_EQ(200000, info(fmt("m/f%d", file)).st_size);
		EXPECT_EQ(0600, info(fmt("m/f%d", file)).st_mode & 07777);
	}
	ASSERT_EQ(0, union_remount());
	for (file = 0; file < FILES; file++)
		EXPECT_EQ('b', cat(fmt("m/f%d", file))[5000]);
	ASSERT_EQ(0, union_umount());
	EXPECT_STREQ("", ls("w/work"));
}

/* Hard links of one lower file, copied up by different names at once. */
static int append_link(int worker, int file)
{
	while (!*gate)
		;
	return append(fmt("m/h%d%c", file, "ab"[worker % 2]), "+") ? 1 : 0;
}

TEST_F(race, copy_up_of_hard_links)
{
	int file;
	pid_t pid;

	gate = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (file = 0; file < FILES; file++) {
		*gate = 0;
		pid = fork();
		if (!pid) {
			usleep(3000);
			*gate = 1;
			_exit(0);
		}
		ASSERT_EQ(0, in_parallel(WORKERS, append_link, file));
		wait_for(pid);
		EXPECT_STREQ("hard++++", cat(fmt("m/h%da", file)));
		EXPECT_STREQ("hard++++", cat(fmt("m/h%db", file)));
		EXPECT_EQ(info(fmt("m/h%da", file)).st_ino,
			  info(fmt("m/h%db", file)).st_ino);
		EXPECT_EQ(2, info(fmt("m/h%da", file)).st_nlink);
	}
	ASSERT_EQ(0, union_remount());
	EXPECT_STREQ("hard++++", cat(fmt("m/h%db", FILES - 1)));
}

/*
 * A file is renamed to and fro between two names, by exchange with another: at
 * any moment both exist.
 */
static int rename_or_look(int worker, int arg)
{
	double end = now() + seconds;
	const char *text;
	int n = 0;

	(void)arg;
	while (now() < end) {
		if (!worker) {
			if (renameat2(AT_FDCWD, "m/f0", AT_FDCWD, "m/dir/n0", 2))
				return 1;
			if (n++ % 3 == 0)
				chmod(n % 2 ? "m/f0" : "m/dir/n0", 0640);
			continue;
		}
		text = cat(worker % 2 ? "m/f0" : "m/dir/n0");
		if (*text && strncmp(text, "0123456789", 10))
			return 2;
		if (!exists("m/f0") || !exists("m/dir/n0"))
			return 3;
	}
	return 0;
}

TEST_F(race, exchange_and_lookup)
{
	EXPECT_EQ(0, in_parallel(WORKERS, rename_or_look, 0));
	ASSERT_EQ(0, union_remount());
	EXPECT_TRUE(exists("m/f0") && exists("m/dir/n0"));
}

/* rename onto a name replaces it in one step. */
static int replace_or_open(int worker, int arg)
{
	double end = now() + seconds;
	const char *text;
	char name[32];

	(void)arg;
	snprintf(name, sizeof(name), "m/new%d", worker);
	while (now() < end) {
		if (worker < 2) {
			if (put(name, "new one") || rename(name, "m/dir/n1"))
				return 1;
			continue;
		}
		text = cat("m/dir/n1");
		if (strcmp(text, "new one") && *text)
			return 2;
	}
	return 0;
}

TEST_F(race, replace_and_open)
{
	EXPECT_EQ(0, in_parallel(WORKERS, replace_or_open, 0));
	EXPECT_STREQ("new one", cat("m/dir/n1"));
}

/* Whoever opens has the whole file or ENOENT. */
static int unlink_or_open(int worker, int arg)
{
	double end = now() + seconds;
	const char *text;
	int i = 0;

	(void)arg;
	while (now() < end) {
		const char *path = fmt("m/h%da", i = (i + 1) % FILES);

		if (!worker) {
			unlink(path);
			link(fmt("m/h%db", i), path);
			continue;
		}
		if (worker == 1 && append(path, "") && errno != ENOENT)
			return 1;
		text = cat(path);
		if (strcmp(text, "hard") && strcmp(text, "<ENOENT>"))
			return 2;
		if (strcmp(cat(fmt("m/h%db", i)), "hard"))
			return 3;
	}
	return 0;
}

TEST_F(race, unlink_link_and_open)
{
	int i;

	EXPECT_EQ(0, in_parallel(WORKERS, unlink_or_open, 0));
	ASSERT_EQ(0, union_remount());
	for (i = 0; i < FILES; i++) {
		EXPECT_STREQ("hard", cat(fmt("m/h%db", i)));
		EXPECT_EQ(exists(fmt("m/h%da", i)) ? 2 : 1,
			  info(fmt("m/h%db", i)).st_nlink);
	}
}

/* Names that stay are in each listing, once; of the others none twice. */
static int create_or_list(int worker, int arg)
{
	double end = now() + seconds;
	struct dirent *e;
	int i, n = 0;
	DIR *dir;

	(void)arg;
	while (now() < end) {
		int seen[FILES] = { }, strange = 0;

		if (worker < 2) {
			n++;
			put(fmt("m/dir/x%d.%d", worker, n % 50), "");
			unlink(fmt("m/dir/x%d.%d", worker, (n + 25) % 50));
			continue;
		}
		dir = opendir("m/dir");
		if (!dir)
			return 1;
		while ((e = readdir(dir))) {
			if (sscanf(e->d_name, "n%d", &i) == 1)
				seen[i]++;
			else
				strange += e->d_name[0] != 'x' &&
					   e->d_name[0] != '.';
		}
		closedir(dir);
		for (i = 0; i < FILES; i++)
			if (seen[i] != 1)
				return 2;
		if (strange)
			return 3;
	}
	return 0;
}

TEST_F(race, create_and_list)
{
	EXPECT_EQ(0, in_parallel(WORKERS, create_or_list, 0));
}

/* One name: at most one of mkdir, open with O_EXCL, link wins at a time. */
static int one_wins(int worker, int arg)
{
	double end = now() + seconds;
	int fd, bad = 0;

	(void)arg;
	while (now() < end && !bad) {
		switch (worker) {
		case 0:
			if (!mkdir("m/prize", 0700))
				bad = rmdir("m/prize");
			break;
		case 1:
			fd = open("m/prize", O_CREAT | O_EXCL | O_RDWR, 0600);
			if (fd >= 0)
				bad = close(fd) || unlink("m/prize");
			break;
		case 2:
			if (!link("m/h0b", "m/prize"))
				bad = unlink("m/prize");
			break;
		default:
			if (!symlink("x", "m/prize"))
				bad = unlink("m/prize");
		}
	}
	return bad ? 1 : 0;
}

TEST_F(race, one_wins)
{
	EXPECT_EQ(0, in_parallel(WORKERS, one_wins, 0));
	EXPECT_FALSE(exists("m/prize"));
	ASSERT_EQ(0, union_remount());
	EXPECT_EQ(2, info("m/h0b").st_nlink);
	ASSERT_EQ(0, union_umount());
	EXPECT_STREQ("", ls("w/work"));
}

/* Directories moved into each other from two sides: never a loop. */
static int move_about(int worker, int arg)
{
	double end = now() + seconds;
	int n = worker;

	(void)arg;
	while (now() < end) {
		n = n * 5 + 3;
		rename(fmt("m/d%d", n % 3), fmt("m/d%d/in%d", (n / 3) % 3, n % 3));
		rename(fmt("m/d%d/in%d", (n / 3) % 3, n % 3), fmt("m/d%d", n % 3));
		if (worker == 3)
			exists("m/d0/in1/in2/in0/f");
	}
	return 0;
}

TEST_F(race, directories)
{
	int i, n = 0;
	char *before, *after, *p;

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, mkdir(fmt("m/d%d", i), 0755));
		ASSERT_EQ(0, put(fmt("m/d%d/f", i), fmt("%d", i)));
	}
	EXPECT_EQ(0, in_parallel(WORKERS, move_about, 0));
	before = tree("m", TREE_INO);
	for (p = before; (p = strstr(p, "/f: ")); p++)
		n++;
	EXPECT_EQ(3, n);
	ASSERT_EQ(0, union_remount());
	after = tree("m", TREE_INO);
	EXPECT_TRUE(same_tree(before, after));
}

TEST_HARNESS_MAIN
