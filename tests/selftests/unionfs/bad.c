// SPDX-License-Identifier: GPL-2.0
/*
 * Branches that no union has written like this: an errno or a refused mount,
 * but no crash, no hang, and nothing of what lies outside.
 */
#include <linux/fs.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include "test.h"

#define OVL "trusted.overlay."
#define BIG (1 << 20)

static void populate(void)
{
	put("l/file", "lower");
	put("l/good", "good");
	fill("l/big", BIG, 1);
	mkdir("l/dir", 0755);
	put("l/dir/a", "la");
	mkdir("l/dir/sub", 0755);
	put("l/dir/sub/x", "deep");
	put("l/h1", "hard");
	link("l/h1", "l/h2");
	put("secret", "SECRET");
	mkdir("outside", 0755);
	put("outside/SECRET", "SECRET");
}

STACK_FIXTURE(bad)

static bool acceptable(long ret)
{
	static const int errors[] = {
		EIO, ESTALE, EINVAL, ENOENT, EUCLEAN, ENAMETOOLONG, ERANGE,
		ENODATA, ENOTDIR, EISDIR, ELOOP, EPERM, EACCES, EEXIST, ENOTEMPTY,
		EOPNOTSUPP, EBUSY,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(errors); i++)
		if (ret == -errors[i])
			return true;
	if (ret < 0)
		printf("# strange: %s\n", strerrorname_np(-ret));
	return ret >= 0;
}

/* Looks at everything, changes everything; false if something was wrong. */
static bool treat(void)
{
	static const char *const names[] = { "file", "big", "dir", "h1", "new" };
	char *seen;
	bool good = true;
	unsigned int i;

	good &= !RUN("timeout", "30", "ls", "-lR", "m") || true;
	seen = tree("m", 0);
	if (strstr(seen, "SECRET") || strlen(seen) > 100000) {
		printf("# seen: %.2000s\n", seen);
		good = false;
	}
	free(seen);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		const char *path = fmt("m/%s", names[i]);

		if (strstr(cat(path), "SECRET"))
			good = false;
		good &= acceptable(ERR(chmod(path, 0700)));
		good &= acceptable(ERR(truncate(path, 3)));
		good &= acceptable(append(path, "+"));
		good &= acceptable(ERR(setxattr(path, "user.x", "y", 1, 0)));
		good &= acceptable(put(fmt("%s/below", path), "x"));
		good &= acceptable(ERR(link(path, fmt("%s.link", path))));
		good &= acceptable(ERR(rename(path, fmt("%s.moved", path))));
		good &= acceptable(ERR(unlink(path)));
	}
	RUN("timeout", "30", "rm", "-rf", "m/dir", "m/dir.moved");
	return good && !strcmp(cat("m/good"), "good");
}

struct corruption {
	const char *path, *name, *value;
	size_t size;
};

#define C(path, name, value) { path, OVL name, value, sizeof(value) - 1 }

static const struct corruption corruptions[] = {
	C("u/dir", "redirect", ""), C("u/dir", "redirect", "/"),
	C("u/dir", "redirect", ".."), C("u/dir", "redirect", "."),
	C("u/dir", "redirect", "../outside"), C("u/dir", "redirect", "/.."),
	C("u/dir", "redirect", "/../outside"),
	C("u/dir", "redirect", "/dir/../../outside"),
	C("u/dir", "redirect", "dir/sub"), C("u/dir", "redirect", "//"),
	C("u/dir", "redirect", "/dir/"), C("u/dir", "redirect", "/dir//sub"),
	C("u/dir", "redirect", "/dir/sub"), C("u/dir", "redirect", "/none"),
	C("u/dir", "redirect", "/file"), C("u/dir", "redirect", "di\0r"),
	C("u/dir", "redirect", "\xff\xfe\xfd"), C("u/dir", "opaque", "z"),
	C("u/dir", "opaque", "yy"), C("u/dir", "opaque", ""),
	C("u/dir", "opaque", "x"), C("u/dir", "impure", "garbage"),
	C("u/dir", "origin", ""), C("u/dir", "origin", "garbage"),
	C("u/dir", "origin", "\x00\xfb\xff\x00\x80"),
	C("u/dir", "metacopy", ""), C("u/dir", "whiteout", ""),
	C("u/dir", "nlink", "U+1"), C("u/dir", "protattr", "zzzz"),
	C("u/big", "metacopy", ""), C("u/big", "metacopy", "x"),
	C("u/big", "metacopy", "\x00\x04\x00\x00"),
	C("u/big", "metacopy", "\xff\xff\xff\xff\xff\xff\xff\xff"),
	C("u/big", "redirect", "/../outside/SECRET"),
	C("u/big", "redirect", "../secret"), C("u/big", "redirect", "/dir"),
	C("u/new", "metacopy", ""), C("u/new", "redirect", "/none"),
	C("u/new", "redirect", "/../secret"),
	C("u/file", "nlink", ""), C("u/file", "nlink", "garbage"),
	C("u/file", "nlink", "U+99999999999999999999"),
	C("u/file", "nlink", "L-5"), C("u/file", "nlink", "U-2147483648"),
	C("u/h1", "nlink", "U-7"), C("u/h1", "nlink", "L+4000000000"),
	C("u/file", "origin", "\x00\xfb\x15\x00\x81\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
	C("u/file", "opaque", "y"), C("u/file", "whiteout", ""),
	C("u/file", "protattr", "\xff\xff\xff"), C("u/file", "impure", "y"),
	C("u", "opaque", "y"), C("u", "redirect", "/dir"), C("u", "origin", "x"),
	C("u", "metacopy", ""), C("u", "impure", ""),
};

static void make_upper(void)
{
	RUN("rm", "-rf", "u", "w");
	mkdir("u", 0755);
	mkdir("w", 0755);
	put("u/file", "upper");
	put("u/h1", "upper");
	put("u/new", "upper");
	mkdir("u/dir", 0755);
	put("u/dir/u", "");
	truncate("u/big", 0);
	close(open("u/big", O_CREAT | O_RDWR, 0644));
	truncate("u/big", BIG);
}

TEST_F(bad, xattrs)
{
	const struct corruption *c;
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(corruptions); i++) {
		c = &corruptions[i];
		make_upper();
		/* Of a metacopy file it is the data that is redirected. */
		if (strstr(c->name, "redirect") && strcmp(c->path, "u/dir"))
			setxattr(c->path, OVL "metacopy", "", 0, 0);
		ASSERT_EQ(0, setxattr(c->path, c->name, c->value, c->size, 0));
		ret = union_mount("l", NULL);
		EXPECT_TRUE(acceptable(ret));
		if (ret)
			continue;
		/* The whole of u is hidden by the one, redirected by the other. */
		EXPECT_TRUE(treat() || !strcmp(c->path, "u")) {
			TH_LOG("%s of %s: '%s'", c->name, c->path, c->value);
		}
		EXPECT_EQ(0, union_umount());
		/* What was left of it can be mounted again. */
		ret = union_mount("l", NULL);
		EXPECT_TRUE(acceptable(ret));
		if (!ret)
			EXPECT_EQ(0, union_umount());
	}
}

TEST_F(bad, long_redirects)
{
	static const int sizes[] = { 255, 256, 257, 1000, 3000 };
	char value[4096];
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(sizes) * 2; i++) {
		make_upper();
		memset(value, 'r', sizeof(value));
		value[0] = '/';
		/* One long name, or many. */
		for (j = 2; i % 2 && j < sizes[i / 2]; j += 2)
			value[j] = '/';
		ASSERT_EQ(0, setxattr("u/dir", OVL "redirect", value,
				      sizes[i / 2], 0));
		ASSERT_EQ(0, union_mount("l", NULL));
		EXPECT_TRUE(treat());
		EXPECT_EQ(0, union_umount());
	}
}

/* Two directories that each say to be the other, and one inside itself. */
TEST_F(bad, redirect_loops)
{
	make_upper();
	mkdir("l2", 0755);
	mkdir("l2/dir", 0755);
	mkdir("l2/other", 0755);
	mkdir("l/other", 0755);
	mkdir("u/other", 0755);
	mkdir("u/dir/sub", 0755);
	setxattr("u/dir", OVL "redirect", "/other", 6, 0);
	setxattr("u/other", OVL "redirect", "/dir", 4, 0);
	setxattr("l/dir", OVL "redirect", "/other", 6, 0);
	setxattr("l/other", OVL "redirect", "/dir/sub", 8, 0);
	setxattr("u/dir/sub", OVL "redirect", "/dir", 4, 0);
	setxattr("l/dir/sub", OVL "redirect", "/", 1, 0);
	ASSERT_EQ(0, union_mount("l:l2", NULL));
	EXPECT_TRUE(treat());
	EXPECT_EQ(0, union_umount());
}

TEST_F(bad, work_directory)
{
	int ret;

	make_upper();
	ASSERT_EQ(0, mkdir("w/work", 0755));
	ASSERT_EQ(0, put("w/work/left", "over"));
	ASSERT_EQ(0, mkdir("w/work/dir", 0755));
	ASSERT_EQ(0, put("w/work/dir/left", "over"));
	ASSERT_EQ(0, mknod("w/work/wh", S_IFCHR, makedev(0, 0)));
	ASSERT_EQ(0, union_mount("l", NULL));
	EXPECT_STREQ("", ls("w/work"));
	EXPECT_TRUE(treat());
	EXPECT_EQ(0, union_umount());
	EXPECT_STREQ("", ls("w/work"));
	make_upper();
	ASSERT_EQ(0, mkdir("w/index", 0755));
	ASSERT_EQ(0, put("w/index/garbage", "x"));
	ASSERT_EQ(0, put("w/index/00fb1d0001", "x"));
	ASSERT_EQ(0, mkdir("w/index/dir", 0755));
	ret = union_mount("l", NULL);
	EXPECT_TRUE(acceptable(ret));
	if (!ret) {
		EXPECT_TRUE(treat());
		EXPECT_EQ(0, union_umount());
	}
	/* A file in the place of work. */
	make_upper();
	ASSERT_EQ(0, put("w/work", "a file"));
	if (!union_mount("l", NULL)) {
		EXPECT_TRUE(treat());
		EXPECT_EQ(0, union_umount());
	}
}

static bool change_below(int step)
{
	switch (step) {
	case 0: return !unlink("u/file");
	case 1: return !RUN("rm", "-rf", "l/dir");
	case 2: return !rename("u/dir", "u/dir2");
	case 3: return !unlink("l/big");
	case 4: return !mkdir("u/file", 0755) || true;
	case 5: return !put("l/dir", "now a file") || true;
	case 6: return !RUN("rm", "-rf", "w/work") || true;
	case 7: return !unlink("u/h1");
	case 8: return !RUN("rm", "-rf", "w/index") || true;
	case 9: return !rename("l/h2", "l/good2");
	default: return false;
	}
}

TEST_F(bad, changed_below)
{
	int step, opened, dir, fd;
	char byte;

	ASSERT_EQ(0, union_mount("l", NULL));
	ASSERT_EQ(0, append("m/file", "+"));
	ASSERT_EQ(0, put("m/dir/new", "new"));
	ASSERT_EQ(0, append("m/h1", "+"));
	opened = open("m/big", O_RDONLY);
	dir = open("m/dir", O_RDONLY);
	for (step = 0; step < 10; step++) {
		EXPECT_TRUE(change_below(step));
		/* With what is cached, and without. */
		EXPECT_TRUE(acceptable(ERR(pread(opened, &byte, 1, 0))));
		fd = openat(dir, "new", O_RDONLY);
		EXPECT_TRUE(acceptable(ERR(fd)));
		close(fd);
		free(tree("m", 0));
		drop_caches();
		free(tree("m", 0));
		EXPECT_TRUE(acceptable(append("m/file", "x")));
		EXPECT_TRUE(acceptable(put("m/dir/more", "x")));
		EXPECT_TRUE(acceptable(ERR(rename("m/dir/new", "m/moved"))));
		EXPECT_TRUE(acceptable(ERR(link("m/h1", fmt("m/l%d", step)))));
	}
	EXPECT_TRUE(treat());
	close(opened);
	close(dir);
	EXPECT_EQ(0, union_umount());
	EXPECT_TRUE(acceptable(union_mount("l", NULL)));
}

/* No room: ENOSPC, and everything as it was. */
TEST_F(bad, full_upper)
{
	char *before, *after;
	int fd, i;

	ASSERT_EQ(0, mkdir("b", 0755));
	ASSERT_EQ(0, stack_mount_new("b", "ext4", 16));
	ASSERT_EQ(0, mkdir("b/u", 0755));
	ASSERT_EQ(0, mkdir("b/w", 0755));
	for (i = 0; i < 20; i++)
		ASSERT_EQ(0, fill(fmt("l/more%d", i), BIG, i));
	ASSERT_EQ(0, union_at(union_type(), "m", "l", "b/u", "b/w",
			      union_defaults()));
	ASSERT_EQ(0, append("m/dir/a", "+"));
	fd = open("b/filler", O_CREAT | O_RDWR, 0600);
	for (i = BIG; i >= 4096; i /= 2) {
		struct statfs st;

		fstatfs(fd, &st);
		while (!fallocate(fd, 0, lseek(fd, 0, SEEK_END), i))
			;
	}
	close(fd);
	before = tree("m", TREE_INO | TREE_MTIME);
	for (i = 0; i < 20; i++)
		EXPECT_EQ(-ENOSPC, append(fmt("m/more%d", i), "+"));
	EXPECT_EQ(-ENOSPC, ERR(truncate("m/more1", BIG / 2)));
	after = tree("m", TREE_INO | TREE_MTIME);
	EXPECT_TRUE(same_tree(before, after));
	EXPECT_STREQ("", ls("b/w/work"));
	ASSERT_EQ(0, umount("m"));
	ASSERT_EQ(0, union_at(union_type(), "m", "l", "b/u", "b/w",
			      union_defaults()));
	free(after);
	after = tree("m", TREE_INO | TREE_MTIME);
	EXPECT_TRUE(same_tree(before, after));
	/* Room again. */
	ASSERT_EQ(0, unlink("b/filler"));
	EXPECT_EQ(0, append("m/more1", "+"));
	EXPECT_EQ(BIG + 1, info("m/more1").st_size);
	ASSERT_EQ(0, umount("m"));
}

TEST_HARNESS_MAIN
