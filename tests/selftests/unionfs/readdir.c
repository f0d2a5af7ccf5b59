// SPDX-License-Identifier: GPL-2.0
/* Listing directories: merged names, types, inode numbers, offsets. */
#include <dirent.h>
#include <sys/syscall.h>

#include "test.h"

static void populate(void)
{
	mkdir("l2", 0755);
	mkdir("l/dir", 0755);
	put("l/dir/a", "");
	put("l/dir/both", "");
	mkdir("l/dir/sub", 0755);
	symlink("a", "l/dir/link");
	mkfifo("l/dir/fifo", 0644);
	mkdir("l2/dir", 0755);
	put("l2/dir/both", "");
	put("l2/dir/second", "");
	mkdir("l2/dir/sub", 0755);
	put("l2/dir/sub/x", "");
	mkdir("l/pure", 0755);
	put("l/pure/p", "");
	union_mount("l:l2", NULL);
}

STACK_FIXTURE(readdir)

struct list {
	struct { char name[256]; ino_t ino; unsigned char type; } *entry;
	int n, dots, doubles;
};

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* All of the rest of @dir; sorted. */
static struct list read_list(DIR *dir)
{
	struct list list = { };
	struct dirent *e;
	int i;

	while ((e = readdir(dir))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) {
			list.dots++;
			continue;
		}
		list.entry = reallocarray(list.entry, list.n + 1,
					  sizeof(*list.entry));
		snprintf(list.entry[list.n].name, 256, "%s", e->d_name);
		list.entry[list.n].ino = e->d_ino;
		list.entry[list.n++].type = e->d_type;
	}
	if (list.n)
		qsort(list.entry, list.n, sizeof(*list.entry), compare);
	for (i = 1; i < list.n; i++)
		list.doubles += !strcmp(list.entry[i].name, list.entry[i - 1].name);
	return list;
}

static struct list list_of(const char *path)
{
	DIR *dir = opendir(path);
	struct list list = { .n = -1 };

	if (!dir)
		return list;
	list = read_list(dir);
	closedir(dir);
	return list;
}

static bool has(const struct list *list, const char *name)
{
	return list->n && bsearch(name, list->entry, list->n,
				  sizeof(*list->entry), compare);
}

/* d_ino and d_type are what stat says, for each name and the dots. */
static int wrong_entries(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	struct stat st;
	int wrong = 0;

	while (dir && (e = readdir(dir))) {
		if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW)) {
			wrong++;
			continue;
		}
		/* The parent of a mount's root is of another filesystem. */
		if (st.st_dev != info(path).st_dev)
			continue;
		if (st.st_ino != e->d_ino || IFTODT(st.st_mode) != e->d_type) {
			printf("# %s/%s: d_ino %lu type %d, st_ino %lu\n", path,
			       e->d_name, e->d_ino, e->d_type, st.st_ino);
			wrong++;
		}
	}
	if (!dir)
		return -1;
	closedir(dir);
	return wrong;
}

TEST_F(readdir, merged)
{
	struct list list = list_of("m/dir");

	EXPECT_STREQ("a both fifo link second sub", ls("m/dir"));
	EXPECT_EQ(6, list.n);
	EXPECT_EQ(2, list.dots);
	EXPECT_EQ(0, list.doubles);
	EXPECT_STREQ("x", ls("m/dir/sub"));
	put("m/dir/new", "");
	unlink("m/dir/both");
	unlink("m/dir/a");
	EXPECT_STREQ("fifo link new second sub", ls("m/dir"));
	put("m/dir/both", "");
	EXPECT_STREQ("both fifo link new second sub", ls("m/dir"));
	rename("m/dir/second", "m/dir/third");
	EXPECT_STREQ("both fifo link new sub third", ls("m/dir"));
	rename("m/dir", "m/moved");
	EXPECT_STREQ("both fifo link new sub third", ls("m/moved"));
	EXPECT_STREQ("moved pure", ls("m"));
	ASSERT_EQ(0, union_remount());
	EXPECT_STREQ("both fifo link new sub third", ls("m/moved"));
	list = list_of("m/moved");
	EXPECT_EQ(2, list.dots);
	EXPECT_EQ(0, list.doubles);
}

TEST_F(readdir, numbers_and_types)
{
	static const char *const dirs[] = {
		"m", "m/dir", "m/dir/sub", "m/pure", "m/new", "m/moved",
	};
	unsigned int i, pass;

	for (pass = 0; pass < 3; pass++) {
		for (i = 0; i < ARRAY_SIZE(dirs); i++)
			if (exists(dirs[i]))
				EXPECT_EQ(0, wrong_entries(dirs[i]));
		if (pass == 0) {
			mkdir("m/new", 0755);
			put("m/new/f", "");
			chmod("m/dir/a", 0600);
			link("m/dir/a", "m/new/hard");
			append("m/dir/second", "x");
			chmod("m/pure", 0700);
			rename("m/dir/sub", "m/moved");
			mknod("m/new/p", S_IFIFO | 0600, 0);
			chmod("m/pure/p", 0600);
		} else if (pass == 1) {
			ASSERT_EQ(0, union_remount());
		}
	}
	EXPECT_EQ(info("m").st_ino, info("m/.").st_ino);
}

TEST_F(readdir, many)
{
	static const int sizes[] = { 1000, 10000 };
	struct list list;
	unsigned int i;
	int j, wrong;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		int n = sizes[i];

		ASSERT_EQ(0, union_umount());
		mkdir(fmt("l/%d", n), 0755);
		mkdir(fmt("l2/%d", n), 0755);
		for (j = 0; j < n; j++)
			mknod(fmt("l%s/%d/f%05d", j % 2 ? "2" : "", n, j),
			      S_IFREG | 0644, 0);
		ASSERT_EQ(0, union_mount("l:l2", NULL));
		list = list_of(fmt("m/%d", n));
		EXPECT_EQ(n, list.n);
		EXPECT_EQ(0, list.doubles);
		EXPECT_EQ(2, list.dots);
		/* Each third is hidden, each fifth is changed, some are new. */
		for (j = 0; j < n; j += 3)
			unlink(fmt("m/%d/f%05d", n, j));
		for (j = 0; j < n; j += 5)
			if (j % 3)
				chmod(fmt("m/%d/f%05d", n, j), 0600);
		for (j = 0; j < 100; j++)
			mknod(fmt("m/%d/new%d", n, j), S_IFREG | 0644, 0);
		list = list_of(fmt("m/%d", n));
		EXPECT_EQ(n - (n + 2) / 3 + 100, list.n);
		EXPECT_EQ(0, list.doubles);
		for (j = 0, wrong = 0; j < n; j++)
			wrong += has(&list, fmt("f%05d", j)) != !!(j % 3);
		EXPECT_EQ(0, wrong);
		EXPECT_EQ(0, wrong_entries(fmt("m/%d", n)));
		ASSERT_EQ(0, union_remount());
		list = list_of(fmt("m/%d", n));
		EXPECT_EQ(n - (n + 2) / 3 + 100, list.n);
		/* All removed: a directory of whiteouts is empty. */
		for (j = 0; j < list.n; j++)
			unlink(fmt("m/%d/%s", n, list.entry[j].name));
		EXPECT_STREQ("", ls(fmt("m/%d", n)));
		EXPECT_EQ(0, ERR(rmdir(fmt("m/%d", n))));
		ASSERT_EQ(0, union_remount());
	}
}

/* From each position telldir gave, seekdir comes to the same entry. */
TEST_F(readdir, seek)
{
	static char names[600][64];
	static long at[600];
	struct dirent *e;
	DIR *dir;
	int n = 0, i;

	for (i = 0; i < 500; i++)
		put(fmt("m/dir/%s%d", i % 2 ? "some_longer_name" : "f", i), "");
	dir = opendir("m/dir");
	ASSERT_NE(NULL, dir);
	for (;;) {
		at[n] = telldir(dir);
		e = readdir(dir);
		if (!e)
			break;
		strcpy(names[n++], e->d_name);
	}
	EXPECT_EQ(508, n);
	for (i = n - 1; i >= 0; i -= 7) {
		seekdir(dir, at[i]);
		e = readdir(dir);
		ASSERT_NE(NULL, e);
		EXPECT_STREQ(names[i], e->d_name);
	}
	seekdir(dir, at[n]);
	EXPECT_EQ(NULL, readdir(dir));
	rewinddir(dir);
	e = readdir(dir);
	EXPECT_STREQ(names[0], e->d_name);
	closedir(dir);
}

/*
 * A reader that goes on at a position while names come and go sees each name
 * that was there all the time, once. As an NFS server does it: each time with
 * a new descriptor.
 */
TEST_F(readdir, seek_under_change)
{
	struct { char name[40]; int seen; } stay[400] = { };
	struct dirent *e;
	long at = 0;
	int i, step = 0, wrong = 0, left;
	DIR *dir;

	for (i = 0; i < 400; i++) {
		snprintf(stay[i].name, sizeof(stay[i].name), "stay%d", i);
		put(fmt("m/dir/%s", stay[i].name), "");
		put(fmt("m/dir/go%d", i), "");
	}
	do {
		dir = opendir("m/dir");
		ASSERT_NE(NULL, dir);
		if (at)
			seekdir(dir, at);
		for (left = 37; left && (e = readdir(dir)); left--)
			if (sscanf(e->d_name, "stay%d", &i) == 1)
				stay[i].seen++;
		at = telldir(dir);
		closedir(dir);
		for (i = 0; i < 10; i++) {
			unlink(fmt("m/dir/go%d", step * 10 + i));
			put(fmt("m/dir/came%d", step * 10 + i), "");
		}
		step++;
	} while (!left && step < 200);
	for (i = 0; i < 400; i++)
		wrong += stay[i].seen != 1;
	EXPECT_EQ(0, wrong);
	EXPECT_GT(200, step);
}

/* rm -r as some do it: remove while reading, with one descriptor. */
TEST_F(readdir, remove_while_reading)
{
	struct dirent *e;
	DIR *dir;
	int i;

	for (i = 0; i < 300; i++)
		put(fmt("m/dir/f%d", i), "");
	dir = opendir("m/dir");
	while ((e = readdir(dir)))
		if (unlinkat(dirfd(dir), e->d_name, 0) && e->d_name[0] != '.')
			unlinkat(dirfd(dir), e->d_name, AT_REMOVEDIR);
	closedir(dir);
	EXPECT_STREQ("sub", ls("m/dir"));
	EXPECT_EQ(0, ERR(unlink("m/dir/sub/x")));
	EXPECT_EQ(0, ERR(rmdir("m/dir/sub")));
	EXPECT_EQ(0, ERR(rmdir("m/dir")));
	EXPECT_STREQ("pure", ls("m"));
}

/* rewinddir shows what has come since. */
TEST_F(readdir, rewind)
{
	static const char *const names[] = { "m/dir", "m/pure", "m/new" };
	struct list list;
	unsigned int i;
	DIR *dir;

	mkdir("m/new", 0755);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		dir = opendir(names[i]);
		list = read_list(dir);
		EXPECT_FALSE(has(&list, "came"));
		put(fmt("%s/came", names[i]), "");
		rewinddir(dir);
		list = read_list(dir);
		EXPECT_TRUE(has(&list, "came")) {
			TH_LOG("%s", names[i]);
		}
		unlink(fmt("%s/came", names[i]));
		rewinddir(dir);
		list = read_list(dir);
		EXPECT_FALSE(has(&list, "came"));
		closedir(dir);
	}
}

TEST_F(readdir, small_buffer)
{
	char buf[24];
	int fd = open("m/dir", O_RDONLY | O_DIRECTORY);
	char big[64];
	long n, total = 0;

	/* No room for one entry is EINVAL, not the end. */
	EXPECT_EQ(-EINVAL, ERR(syscall(SYS_getdents64, fd, buf, 8)));
	while ((n = syscall(SYS_getdents64, fd, big, sizeof(big))) > 0) {
		long at = 0;

		for (; at < n; total++)
			at += *(unsigned short *)(big + at + 16);
	}
	EXPECT_EQ(0, n);
	EXPECT_EQ(8, total);
	close(fd);
	fd = open("m/dir/a", O_RDONLY);
	EXPECT_EQ(-ENOTDIR, ERR(syscall(SYS_getdents64, fd, buf, 24)));
	close(fd);
}

/* What one has not the right to read, one cannot list. */
TEST_F(readdir, permissions)
{
	chmod("m/dir", 0711);
	EXPECT_EQ(-EACCES, AS(1000, open("m/dir", O_RDONLY)));
	EXPECT_EQ(0, AS(1000, open("m/dir/a", O_RDONLY)));
	/* The branch's rights are not asked: lower is private to root. */
	ASSERT_EQ(0, union_umount());
	chmod("l", 0755);
	ASSERT_EQ(0, union_mount("l:l2", NULL));
	chmod("m/dir", 0755);
	EXPECT_EQ(0, AS(1000, list_of("m/dir").n == 6 ? 0 : -1));
}

TEST_HARNESS_MAIN
