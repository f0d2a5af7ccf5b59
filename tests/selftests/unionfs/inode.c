// SPDX-License-Identifier: GPL-2.0
/*
 * st_dev and st_ino: the union's own, constant over all that happens to a
 * file, and unique over branches that are on different filesystems.
 */
#include "test.h"

#define NAMES 8

static const char *const names[NAMES] = {
	"m", "m/file", "m/dir", "m/dir/a", "m/link", "m/fifo", "m/merged",
	"m/merged/two",
};

static void make(const char *lower, const char *second)
{
	put(fmt("%s/file", lower), "lower");
	mkdir(fmt("%s/dir", lower), 0755);
	put(fmt("%s/dir/a", lower), "la");
	symlink("file", fmt("%s/link", lower));
	mkfifo(fmt("%s/fifo", lower), 0644);
	mkdir(fmt("%s/merged", lower), 0755);
	put(fmt("%s/merged/one", lower), "1");
	mkdir(fmt("%s/merged", second), 0755);
	put(fmt("%s/merged/two", second), "2");
	put(fmt("%s/h1", lower), "hard");
	link(fmt("%s/h1", lower), fmt("%s/h2", lower));
	link(fmt("%s/h1", lower), fmt("%s/dir/h3", lower));
}

FIXTURE(inode) { int unused; };

FIXTURE_VARIANT(inode)
{
	const char *upper, *lower, *second;
};

/* Without a kind a lower branch is on the filesystem of the upper one. */
FIXTURE_VARIANT_ADD(inode, one_filesystem) { "ext4", NULL, NULL };
FIXTURE_VARIANT_ADD(inode, lower_apart) { "ext4", "ext4", NULL };
FIXTURE_VARIANT_ADD(inode, all_apart) { "ext4", "ext4", "ext4" };
FIXTURE_VARIANT_ADD(inode, tmpfs) { "tmpfs", "tmpfs", "ext4" };
FIXTURE_VARIANT_ADD(inode, squashfs) { "ext4", "squashfs", NULL };

FIXTURE_SETUP(inode)
{
	int ret = 0;

	STACK_OPEN(variant->upper);
	ASSERT_EQ(0, mkdir("l2", 0755));
	make("l", "l2");
	if (variant->lower)
		ret = stack_turn("l", variant->lower);
	if (!ret && variant->second)
		ret = stack_turn("l2", variant->second);
	if (ret == -ENOPKG)
		SKIP(return, "no %s here", variant->lower);
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, union_mount("l:l2", NULL));
}

FIXTURE_TEARDOWN(inode) { stack_close(); }

static ino_t ino(const char *path)
{
	return info(path).st_ino;
}

TEST_F(inode, constant)
{
	ino_t before[NAMES];
	dev_t dev = info("m").st_dev;
	int i, pass;

	for (i = 0; i < NAMES; i++) {
		before[i] = ino(names[i]);
		ASSERT_NE(0, before[i]);
	}
	for (pass = 0; pass < 6; pass++) {
		switch (pass) {
		case 0:
			for (i = 0; i < NAMES; i++)
				EXPECT_EQ(0, lchown(names[i], 1, 1));
			break;
		case 1:
			EXPECT_EQ(0, append("m/file", "+"));
			EXPECT_EQ(0, append("m/dir/a", "+"));
			EXPECT_EQ(0, append("m/merged/two", "+"));
			EXPECT_EQ(0, put("m/dir/new", ""));
			break;
		case 2:
			drop_caches();
			break;
		case 3:
			ASSERT_EQ(0, union_remount());
			break;
		case 4:
			for (i = 1; i < NAMES; i++) {
				EXPECT_EQ(0, rename(names[i], "m/else"));
				EXPECT_EQ(before[i], ino("m/else"));
				EXPECT_EQ(0, rename("m/else", names[i]));
			}
			break;
		case 5:
			ASSERT_EQ(0, union_remount());
			break;
		}
		for (i = 0; i < NAMES; i++) {
			EXPECT_EQ(before[i], ino(names[i])) {
				TH_LOG("%s, pass %d", names[i], pass);
			}
			EXPECT_EQ(dev, info(names[i]).st_dev) {
				TH_LOG("%s, pass %d", names[i], pass);
			}
		}
		dev = info("m").st_dev;
	}
}

TEST_F(inode, of_new_files)
{
	ino_t file, dir, moved;

	put("m/new", "x");
	mkdir("m/newdir", 0755);
	put("m/dir/new", "x");
	file = ino("m/new");
	dir = ino("m/newdir");
	moved = ino("m/dir/new");
	EXPECT_EQ(0, rename("m/dir/new", "m/newdir/moved"));
	EXPECT_EQ(moved, ino("m/newdir/moved"));
	drop_caches();
	EXPECT_EQ(file, ino("m/new"));
	ASSERT_EQ(0, union_remount());
	EXPECT_EQ(file, ino("m/new"));
	EXPECT_EQ(dir, ino("m/newdir"));
	EXPECT_EQ(moved, ino("m/newdir/moved"));
	EXPECT_EQ(info("m").st_dev, info("m/new").st_dev);
}

/* The numbers of all branches' filesystems do not collide in the union. */
TEST_F(inode, unique)
{
	static ino_t seen[2000];
	int n = 0, i, j, doubles = 0;

	for (i = 0; i < 300; i++) {
		put(fmt("m/n%d", i), "");
		seen[n++] = ino(fmt("m/n%d", i));
	}
	for (i = 0; i < NAMES; i++)
		seen[n++] = ino(names[i]);
	seen[n++] = ino("m/merged/one");
	seen[n++] = ino("m/h1");
	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++)
			doubles += seen[i] == seen[j];
	EXPECT_EQ(0, doubles);
}

TEST_F(inode, hard_links_of_lower)
{
	ino_t before = ino("m/h1");
	int fd;

	EXPECT_EQ(3, info("m/h1").st_nlink);
	EXPECT_EQ(before, ino("m/h2"));
	EXPECT_EQ(before, ino("m/dir/h3"));
	EXPECT_EQ(0, append("m/h1", "1"));
	EXPECT_STREQ("hard1", cat("m/h2"));
	EXPECT_STREQ("hard1", cat("m/dir/h3"));
	EXPECT_EQ(before, ino("m/h1"));
	EXPECT_EQ(before, ino("m/h2"));
	EXPECT_EQ(3, info("m/h2").st_nlink);
	EXPECT_EQ(0, chmod("m/h2", 0600));
	EXPECT_EQ(0600, info("m/dir/h3").st_mode & 07777);
	ASSERT_EQ(0, union_remount());
	EXPECT_STREQ("hard1", cat("m/h2"));
	EXPECT_STREQ("hard1", cat("m/dir/h3"));
	EXPECT_EQ(3, info("m/dir/h3").st_nlink);
	EXPECT_EQ(before, ino("m/dir/h3"));
	EXPECT_EQ(0, append("m/dir/h3", "3"));
	EXPECT_STREQ("hard13", cat("m/h1"));
	EXPECT_EQ(0, link("m/h2", "m/h4"));
	EXPECT_EQ(4, info("m/h1").st_nlink);
	EXPECT_EQ(0, unlink("m/h1"));
	EXPECT_EQ(3, info("m/dir/h3").st_nlink);
	EXPECT_EQ(0, rename("m/h2", "m/dir/renamed"));
	EXPECT_EQ(before, ino("m/dir/renamed"));
	ASSERT_EQ(0, union_remount());
	EXPECT_EQ(3, info("m/h4").st_nlink);
	EXPECT_EQ(before, ino("m/h4"));
	EXPECT_EQ(before, ino("m/dir/h3"));
	EXPECT_STREQ("hard13", cat("m/dir/renamed"));
	EXPECT_FALSE(exists("m/h1"));
	fd = open("m/h4", O_RDONLY);
	EXPECT_EQ(0, unlink("m/h4"));
	EXPECT_EQ(0, unlink("m/dir/h3"));
	EXPECT_EQ(1, info("m/dir/renamed").st_nlink);
	EXPECT_EQ(0, unlink("m/dir/renamed"));
	EXPECT_STREQ("hard13", cat(fmt("/proc/self/fd/%d", fd)));
	close(fd);
	EXPECT_STREQ("hard", cat("l/h1"));
	EXPECT_EQ(3, info("l/h1").st_nlink);
	/* Once all names have gone nothing of it is left. */
	ASSERT_EQ(0, union_remount());
	EXPECT_FALSE(exists("m/h1"));
	EXPECT_FALSE(exists("m/dir/h3"));
	ASSERT_EQ(0, union_umount());
}

/* Without copy-up: a name that goes takes one from the count of the rest. */
TEST_F(inode, hard_links_unlinked_first)
{
	EXPECT_EQ(0, unlink("m/h1"));
	EXPECT_EQ(2, info("m/h2").st_nlink);
	EXPECT_STREQ("hard", cat("m/h2"));
	ASSERT_EQ(0, union_remount());
	EXPECT_EQ(2, info("m/h2").st_nlink);
	EXPECT_EQ(2, info("m/dir/h3").st_nlink);
	EXPECT_EQ(ino("m/h2"), ino("m/dir/h3"));
	EXPECT_EQ(0, put("m/h2", "anew"));
	EXPECT_STREQ("anew", cat("m/dir/h3"));
	EXPECT_EQ(0, unlink("m/h2"));
	EXPECT_EQ(1, info("m/dir/h3").st_nlink);
	ASSERT_EQ(0, union_remount());
	EXPECT_EQ(1, info("m/dir/h3").st_nlink);
	EXPECT_STREQ("anew", cat("m/dir/h3"));
}

TEST_HARNESS_MAIN
