// SPDX-License-Identifier: GPL-2.0
/*
 * The format on disk is overlayfs's: what one has written the other mounts
 * with the same tree, and goes on with.
 */
#include <sys/sysmacros.h>

#include "test.h"

#define OVERLAY_OPTIONS ",index=on,metacopy=on,redirect_dir=on,xino=auto"
#define BIG (1 << 20)

static void populate(void)
{
	int i;

	mkdir("l2", 0755);
	for (i = 0; i < 4; i++) {
		mkdir(fmt("l/dir%d", i), 0755);
		put(fmt("l/dir%d/a", i), "la");
		mkdir(fmt("l/dir%d/sub", i), 0750);
		put(fmt("l/dir%d/sub/x", i), "deep");
		mkdir(fmt("l2/dir%d", i), 0755);
		put(fmt("l2/dir%d/second", i), "second");
		fill(fmt("l/big%d", i), BIG, i);
		put(fmt("l/file%d", i), "lower");
		put(fmt("l/h%da", i), "hard");
		link(fmt("l/h%da", i), fmt("l/h%db", i));
		link(fmt("l/h%da", i), fmt("l/dir%d/hc", i));
		symlink("file0", fmt("l/link%d", i));
	}
	mkdir("l/dest", 0755);
	setxattr("l/file0", "user.x", "y", 1, 0);
}

STACK_FIXTURE(format)

/* Of each thing that has a form of its own on disk one, numbered @i. */
static void change(int i, bool links)
{
	unlink(fmt("m/file%d", i));
	unlink(fmt("m/dir%d/a", i));
	put(fmt("m/new%d", i), "new");
	mknod(fmt("m/fifo%d", i), S_IFIFO | 0600, 0);
	symlink("target", fmt("m/symlink%d", i));
	chmod(fmt("m/big%d", i), 0600);
	setxattr(fmt("m/big%d", i), "user.meta", "data", 4, 0);
	rename(fmt("m/big%d", i), fmt("m/dest/big%d", i));
	if (links) {
		append(fmt("m/h%da", i), "+");
		unlink(fmt("m/h%db", i));
		link(fmt("m/dir%d/hc", i), fmt("m/h%dd", i));
	}
	lchown(fmt("m/link%d", i), 5, 5);
	switch (i % 4) {
	case 0:		/* opaque */
		unlink(fmt("m/dir%d/sub/x", i));
		rmdir(fmt("m/dir%d/sub", i));
		mkdir(fmt("m/dir%d/sub", i), 0700);
		put(fmt("m/dir%d/sub/y", i), "upper");
		break;
	case 1:		/* redirected, in its parent */
		rename(fmt("m/dir%d", i), fmt("m/renamed%d", i));
		append(fmt("m/renamed%d/second", i), "+");
		break;
	case 2:		/* to another parent, one within that as well */
		rename(fmt("m/dir%d", i), fmt("m/dest/moved%d", i));
		rename(fmt("m/dest/moved%d/sub", i), fmt("m/sub%d", i));
		append(fmt("m/sub%d/x", i), "+");
		break;
	case 3:		/* removed, and a file in its place */
		unlink(fmt("m/dir%d/sub/x", i));
		rmdir(fmt("m/dir%d/sub", i));
		unlink(fmt("m/dir%d/second", i));
		unlink(fmt("m/dir%d/hc", i));
		rmdir(fmt("m/dir%d", i));
		put(fmt("m/dir%d", i), "now a file");
		break;
	}
}

static int mount_as(const char *type)
{
	return union_at(type, "m", "l:l2", "u", "w",
			strcmp(type, "overlay") ? "" : OVERLAY_OPTIONS);
}

/* What @first has written @second shows, changes, and so on. */
#define TAKE_TURNS(first, second) do {					\
	const char *types[] = { first, second };			\
	char *before, *after;						\
	int i;								\
									\
	for (i = 0; i < 4; i++) {					\
		ASSERT_EQ(0, mount_as(types[i % 2]));			\
		change(i, true);					\
		before = tree("m", TREE_MTIME);				\
		ASSERT_EQ(0, umount("m"));				\
		ASSERT_EQ(0, mount_as(types[(i + 1) % 2]));		\
		after = tree("m", TREE_MTIME);				\
		ASSERT_EQ(0, umount("m"));				\
		EXPECT_TRUE(same_tree(before, after)) {			\
			TH_LOG("written by %s", types[i % 2]);		\
		}							\
	}								\
} while (0)

TEST_F(format, turns)
{
	TAKE_TURNS(union_type(), "overlay");
}

TEST_F(format, turns_overlayfs_first)
{
	TAKE_TURNS("overlay", union_type());
}

#define OVL "trusted.overlay."

TEST_F(format, as_documented)
{
	ASSERT_EQ(0, mount_as(union_type()));
	EXPECT_EQ(0, unlink("m/file0"));
	EXPECT_EQ(S_IFCHR, info("u/file0").st_mode & S_IFMT);
	EXPECT_EQ(makedev(0, 0), info("u/file0").st_rdev);
	EXPECT_EQ(0, rename("m/dir1", "m/renamed"));
	EXPECT_STREQ("dir1", xattr("u/renamed", OVL "redirect"));
	EXPECT_EQ(S_IFCHR, info("u/dir1").st_mode & S_IFMT);
	EXPECT_EQ(0, rename("m/dir2", "m/dest/moved"));
	EXPECT_STREQ("/dir2", xattr("u/dest/moved", OVL "redirect"));
	EXPECT_EQ(0, mkdir("m/dir1", 0755));
	EXPECT_STREQ("y", xattr("u/dir1", OVL "opaque"));
	EXPECT_EQ(0, chmod("m/big0", 0600));
	EXPECT_LE(0, getxattr("u/big0", OVL "metacopy", NULL, 0));
	EXPECT_LT(0, getxattr("u/big0", OVL "origin", NULL, 0));
	EXPECT_EQ(BIG, info("u/big0").st_size);
	EXPECT_EQ(0, append("m/big0", "+"));
	EXPECT_STREQ("<ENODATA>", xattr("u/big0", OVL "metacopy"));
	EXPECT_EQ(0, put("m/new", "x"));
	EXPECT_STREQ("<ENODATA>", xattr("u/new", OVL "metacopy"));
	/* Nothing is left in work but what is documented. */
	ASSERT_EQ(0, umount("m"));
	EXPECT_STREQ("", ls("w/work"));
}

/* Layers as tools write them: the same tree in both, also as user.overlay.*. */
TEST_F(format, layers_by_hand)
{
	static const char *const prefix[] = { "trusted.overlay.", "user.overlay." };
	char *one, *other;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		const char *options = i ? ",userxattr" : "";

		mkdir("t", 0755);
		mkdir("t/dir0", 0700);
		mknod("t/dir0/a", S_IFCHR, makedev(0, 0));
		put("t/dir0/top", "top");
		mkdir("t/dir1", 0711);
		setxattr("t/dir1", fmt("%sopaque", prefix[i]), "y", 1, 0);
		put("t/dir1/only", "only");
		mknod("t/file1", S_IFCHR, makedev(0, 0));
		mknod("t/nothing", S_IFCHR, makedev(0, 0));
		mknod("t/dir2", S_IFCHR, makedev(0, 0));
		/* Whiteouts as xattrs: where devices cannot be made. */
		mkdir("t/dir3", 0755);
		setxattr("t/dir3", fmt("%sopaque", prefix[i]), "x", 1, 0);
		put("t/dir3/a", "");
		setxattr("t/dir3/a", fmt("%swhiteout", prefix[i]), "", 0, 0);
		put("t/dir3/z", "");
		ASSERT_EQ(0, union_at(union_type(), "m", "t:l:l2", NULL, NULL,
				      options));
		EXPECT_STREQ("hc second sub top", ls("m/dir0"));
		EXPECT_STREQ("only", ls("m/dir1"));
		EXPECT_FALSE(exists("m/dir2"));
		EXPECT_FALSE(exists("m/file1"));
		EXPECT_FALSE(exists("m/nothing"));
		EXPECT_STREQ("hc second sub z", ls("m/dir3"));
		EXPECT_FALSE(exists("m/dir3/a"));
		one = tree("m", TREE_MTIME);
		ASSERT_EQ(0, umount("m"));
		ASSERT_EQ(0, union_at("overlay", "m", "t:l:l2", NULL, NULL,
				      options));
		other = tree("m", TREE_MTIME);
		ASSERT_EQ(0, umount("m"));
		EXPECT_TRUE(same_tree(one, other));
		ASSERT_EQ(0, RUN("rm", "-rf", "t"));
	}
}

/*
 * The upper branch of one as a lower branch of the other. Without hard links:
 * names that are not copied up are found by the index, which stays behind.
 */
TEST_F(format, upper_becomes_lower)
{
	const int flags = TREE_MTIME;
	char *one, *other;
	int i;

	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, unlink(fmt("l/h%da", i)));
		ASSERT_EQ(0, unlink(fmt("l/h%db", i)));
	}
	ASSERT_EQ(0, mount_as(union_type()));
	for (i = 0; i < 4; i++)
		change(i, false);
	one = tree("m", flags);
	ASSERT_EQ(0, umount("m"));
	ASSERT_EQ(0, union_at("overlay", "m", "u:l:l2", NULL, NULL,
			      ",metacopy=on,redirect_dir=follow"));
	other = tree("m", flags);
	ASSERT_EQ(0, umount("m"));
	EXPECT_TRUE(same_tree(one, other));
	ASSERT_EQ(0, union_at(union_type(), "m", "u:l:l2", NULL, NULL, is_overlay() ?
			      ",metacopy=on,redirect_dir=follow" : ""));
	free(other);
	other = tree("m", flags);
	ASSERT_EQ(0, umount("m"));
	EXPECT_TRUE(same_tree(one, other));

	ASSERT_EQ(0, rename("u", "t"));
	ASSERT_EQ(0, mkdir("u", 0755));
	ASSERT_EQ(0, RUN("rm", "-rf", "w"));
	ASSERT_EQ(0, mkdir("w", 0755));
	ASSERT_EQ(0, union_at(union_type(), "m", "t:l:l2", "u", "w",
			      is_overlay() ? OVERLAY_OPTIONS : ""));
	free(other);
	other = tree("m", flags);
	EXPECT_TRUE(same_tree(strchr(one, '\n'), strchr(other, '\n')));
	EXPECT_TRUE(filled("m/dest/big3", BIG, 3));
	EXPECT_EQ(0, put_at("m/dest/big3", 0, "changed"));
	EXPECT_STREQ("data", xattr("m/dest/big3", "user.meta"));
	EXPECT_EQ(0, rename("m/renamed1", "m/dest/renamed"));
	ASSERT_EQ(0, umount("m"));
	ASSERT_EQ(0, union_at("overlay", "m", "t:l:l2", "u", "w",
			      OVERLAY_OPTIONS));
	EXPECT_STREQ("hc second sub", ls("m/dest/renamed"));
	EXPECT_STREQ("second+", cat("m/dest/renamed/second"));
	EXPECT_EQ(0, strncmp(cat("m/dest/big3"), "changed", 7));
}

/* With user.overlay.* the same, but for what needs privilege. */
TEST_F(format, userxattr)
{
	ASSERT_EQ(0, union_at(union_type(), "m", "l:l2", "u", "w", ",userxattr"));
	EXPECT_EQ(0, unlink("m/dir0/sub/x"));
	EXPECT_EQ(0, rmdir("m/dir0/sub"));
	EXPECT_EQ(0, mkdir("m/dir0/sub", 0755));
	EXPECT_STREQ("y", xattr("u/dir0/sub", "user.overlay.opaque"));
	EXPECT_STREQ("<ENODATA>", xattr("u/dir0/sub", "trusted.overlay.opaque"));
	EXPECT_EQ(0, append("m/file1", "+"));
	EXPECT_EQ(0, unlink("m/file2"));
	ASSERT_EQ(0, umount("m"));
	ASSERT_EQ(0, union_at("overlay", "m", "l:l2", "u", "w", ",userxattr"));
	EXPECT_STREQ("", ls("m/dir0/sub"));
	EXPECT_STREQ("lower+", cat("m/file1"));
	EXPECT_FALSE(exists("m/file2"));
}

TEST_HARNESS_MAIN
