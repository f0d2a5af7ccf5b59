// SPDX-License-Identifier: GPL-2.0
/* Branches on each kind of filesystem, and unions on unions. */
#include <linux/fs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>

#include "test.h"

#define BIG (1 << 20)

static void make_lower(void)
{
	put("l/file", "lower");
	fill("l/big", BIG, 1);
	mkdir("l/dir", 0755);
	put("l/dir/a", "la");
	mkdir("l/dir/sub", 0755);
	put("l/dir/sub/x", "deep");
	put("l/h1", "hard");
	link("l/h1", "l/h2");
	symlink("file", "l/link");
	setxattr("l/file", "user.a", "b", 1, 0);
}

/* Some of everything, on a union at @m; the number of the step that failed. */
static int use(const char *m)
{
	if (strcmp(ls(m), "big dir file h1 h2 link"))
		return 1;
	if (!filled(fmt("%s/big", m), BIG, 1))
		return 2;
	if (chmod(fmt("%s/big", m), 0600) || !filled(fmt("%s/big", m), BIG, 1))
		return 3;
	if (put_at(fmt("%s/big", m), 5000, "written"))
		return 4;
	if (append(fmt("%s/file", m), "+") ||
	    strcmp(cat(fmt("%s/link", m)), "lower+"))
		return 5;
	if (unlink(fmt("%s/dir/a", m)) || exists(fmt("%s/dir/a", m)))
		return 6;
	if (rename(fmt("%s/dir", m), fmt("%s/moved", m)) ||
	    strcmp(ls(fmt("%s/moved", m)), "sub"))
		return 7;
	if (mkdir(fmt("%s/dir", m), 0755) || *ls(fmt("%s/dir", m)))
		return 8;
	if (append(fmt("%s/h1", m), "+") || strcmp(cat(fmt("%s/h2", m)), "hard+"))
		return 9;
	if (strcmp(xattr(fmt("%s/file", m), "user.a"), "b"))
		return 10;
	if (setxattr(fmt("%s/file", m), "user.c", "d", 1, 0) &&
	    errno != EOPNOTSUPP)
		return 11;
	if (mknod(fmt("%s/fifo", m), S_IFIFO | 0600, 0) ||
	    link(fmt("%s/fifo", m), fmt("%s/moved/fifo", m)))
		return 12;
	return 0;
}

/* And how it looks afterwards. */
static int check(const char *m)
{
	if (strcmp(ls(m), "big dir fifo file h1 h2 link moved"))
		return 1;
	if (strcmp(cat(fmt("%s/file", m)), "lower+"))
		return 2;
	if (strcmp(ls(fmt("%s/moved", m)), "fifo sub"))
		return 3;
	if (strcmp(cat(fmt("%s/moved/sub/x", m)), "deep"))
		return 4;
	if (*ls(fmt("%s/dir", m)))
		return 5;
	if (strcmp(cat(fmt("%s/h2", m)), "hard+") ||
	    info(fmt("%s/h1", m)).st_ino != info(fmt("%s/h2", m)).st_ino ||
	    info(fmt("%s/h1", m)).st_nlink != 2)
		return 6;
	if (info(fmt("%s/big", m)).st_size != BIG ||
	    (info(fmt("%s/big", m)).st_mode & 07777) != 0600)
		return 7;
	return 0;
}

FIXTURE(kinds) { int unused; };

FIXTURE_VARIANT(kinds)
{
	const char *upper, *lower;
};

#define KINDS(u, l) FIXTURE_VARIANT_ADD(kinds, u##_on_##l) { #u, #l }

KINDS(ext4, ext4);
KINDS(ext4, tmpfs);
KINDS(ext4, xfs);
KINDS(ext4, btrfs);
KINDS(ext4, squashfs);
KINDS(ext4, erofs);
KINDS(tmpfs, tmpfs);
KINDS(tmpfs, ext4);
KINDS(xfs, xfs);
KINDS(xfs, ext4);
KINDS(btrfs, btrfs);
KINDS(btrfs, ext4);

FIXTURE_SETUP(kinds)
{
	int ret;

	STACK_OPEN(variant->upper);
	make_lower();
	ret = stack_turn("l", variant->lower);
	if (ret == -ENOPKG)
		SKIP(return, "no %s here", variant->lower);
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, union_mount("l", NULL));
}

FIXTURE_TEARDOWN(kinds) { stack_close(); }

TEST_F(kinds, use)
{
	char *before, *after, *lower = tree("l", TREE_MTIME);

	EXPECT_EQ(0, use("m"));
	EXPECT_EQ(0, check("m"));
	before = tree("m", TREE_INO | TREE_MTIME);
	ASSERT_EQ(0, union_remount());
	EXPECT_EQ(0, check("m"));
	after = tree("m", TREE_INO | TREE_MTIME);
	EXPECT_TRUE(same_tree(before, after));
	EXPECT_TRUE(same_tree(lower, tree("l", TREE_MTIME)));
}

/* Where the branch can share blocks the union can. */
TEST_F(kinds, reflink)
{
	int from, to;

	if (strcmp(variant->upper, "xfs") && strcmp(variant->upper, "btrfs"))
		SKIP(return, "no reflinks on %s", variant->upper);
	ASSERT_EQ(0, append("m/big", "+"));
	from = open("m/big", O_RDONLY);
	to = open("m/clone", O_CREAT | O_RDWR, 0644);
	EXPECT_EQ(0, ERR(ioctl(to, FICLONE, from)));
	EXPECT_EQ(BIG + 1, info("m/clone").st_size);
	EXPECT_EQ(1, pwrite(to, "x", 1, 0));
	EXPECT_STREQ("x", fmt("%.1s", cat("m/clone")));
	close(from);
	close(to);
	/* From a lower branch that is another filesystem it cannot. */
	from = open("m/file", O_RDONLY);
	to = open("m/clone2", O_CREAT | O_RDWR, 0644);
	EXPECT_EQ(-EXDEV, ERR(ioctl(to, FICLONE, from)));
	EXPECT_EQ(0, info("m/clone2").st_size);
	close(from);
	close(to);
}

static void populate(void)
{
	static const char *const dirs[] = {
		"u2", "w2", "m2", "u3", "w3", "m3", "in",
	};
	unsigned int i;

	make_lower();
	for (i = 0; i < ARRAY_SIZE(dirs); i++)
		mkdir(dirs[i], 0755);
	union_mount("l", NULL);
}

STACK_FIXTURE(stacking)

TEST_F(stacking, union_as_lower)
{
	ASSERT_EQ(0, union_at(union_type(), "m2", "m", "u2", "w2",
			      union_defaults()));
	EXPECT_EQ(0, use("m2"));
	EXPECT_EQ(0, check("m2"));
	EXPECT_STREQ("big dir file h1 h2 link", ls("m"));
	ASSERT_EQ(0, umount("m2"));
	ASSERT_EQ(0, union_remount());
	ASSERT_EQ(0, union_at(union_type(), "m2", "m", "u2", "w2",
			      union_defaults()));
	EXPECT_EQ(0, check("m2"));
	/* The kernel has a limit, so that its stack does not overflow. */
	EXPECT_EQ(-EINVAL, union_at(union_type(), "m3", "m2", "u3", "w3",
				    union_defaults()));
	EXPECT_EQ(-EINVAL, union_at("overlay", "m3", "m2", "u3", "w3", NULL));
	ASSERT_EQ(0, umount("m2"));
}

/* Branches that are copied up in the middle too. */
TEST_F(stacking, middle_has_changes)
{
	ASSERT_EQ(0, append("m/file", "M"));
	ASSERT_EQ(0, unlink("m/dir/a"));
	ASSERT_EQ(0, rename("m/dir/sub", "m/dir/sub2"));
	ASSERT_EQ(0, chmod("m/big", 0640));
	ASSERT_EQ(0, union_at(union_type(), "m2", "m", "u2", "w2",
			      union_defaults()));
	EXPECT_STREQ("lowerM", cat("m2/file"));
	EXPECT_STREQ("sub2", ls("m2/dir"));
	EXPECT_STREQ("x", ls("m2/dir/sub2"));
	EXPECT_TRUE(filled("m2/big", BIG, 1));
	EXPECT_EQ(0, put("m2/dir/a", "again"));
	EXPECT_EQ(0, append("m2/file", "2"));
	EXPECT_EQ(0, chmod("m2/big", 0600));
	EXPECT_TRUE(filled("m2/big", BIG, 1));
	EXPECT_STREQ("lowerM2", cat("m2/file"));
	EXPECT_STREQ("lowerM", cat("m/file"));
	EXPECT_EQ(0640, info("m/big").st_mode & 07777);
	EXPECT_FALSE(exists("m/dir/a"));
	ASSERT_EQ(0, umount("m2"));
}

/* As podman and Docker do in a VPS: all of overlayfs's branches are in it. */
TEST_F(stacking, overlayfs_inside)
{
	static const char *const dirs[] = { "m/c", "m/c/l", "m/c/u", "m/c/w", "m/c/m" };
	const char *options = ",index=off,metacopy=off,redirect_dir=off";
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(dirs); i++)
		ASSERT_EQ(0, mkdir(dirs[i], 0755));
	ASSERT_EQ(0, RUN("cp", "-a", "l/.", "m/c/l"));
	if (union_at("overlay", "m/c/m", "m/c/l", "m/c/u", "m/c/w", options)) {
		if (is_overlay())
			SKIP(return, "no upper branch on overlayfs");
		ASSERT_EQ(0, 1);
	}
	EXPECT_EQ(0, unlink("m/c/m/file"));
	EXPECT_FALSE(exists("m/c/m/file"));
	EXPECT_EQ(S_IFCHR, info("m/c/u/file").st_mode & S_IFMT);
	EXPECT_EQ(makedev(0, 0), info("m/c/u/file").st_rdev);
	EXPECT_EQ(0, append("m/c/m/dir/a", "+"));
	EXPECT_EQ(0, unlink("m/c/m/dir/sub/x"));
	EXPECT_EQ(0, rmdir("m/c/m/dir/sub"));
	EXPECT_EQ(0, mkdir("m/c/m/dir/sub", 0755));
	EXPECT_STREQ("", ls("m/c/m/dir/sub"));
	EXPECT_EQ(0, rename("m/c/m/h1", "m/c/m/renamed"));
	EXPECT_EQ(0, put("m/c/m/new", "new"));
	fd = open("m/c/m", O_TMPFILE | O_RDWR, 0600);
	EXPECT_LE(0, fd);
	close(fd);
	/* overlayfs is content: d_type, xattrs, whiteouts, tmpfile are there. */
	EXPECT_STREQ("y", xattr("m/c/u/dir/sub", "trusted.overlay.opaque"));
	ASSERT_EQ(0, umount("m/c/m"));
	ASSERT_EQ(0, union_remount());
	ASSERT_EQ(0, union_at("overlay", "m/c/m", "m/c/l", "m/c/u", "m/c/w",
			      options));
	EXPECT_STREQ("big dir h2 link new renamed", ls("m/c/m"));
	EXPECT_STREQ("la+", cat("m/c/m/dir/a"));
	EXPECT_STREQ("", ls("m/c/m/dir/sub"));
	EXPECT_STREQ("hard", cat("m/c/m/renamed"));
	ASSERT_EQ(0, umount("m/c/m"));
}

/* With lower branches that came with the template, below this union. */
TEST_F(stacking, overlayfs_over_template)
{
	ASSERT_EQ(0, mkdir("m/c", 0755));
	ASSERT_EQ(0, mkdir("m/c/u", 0755));
	ASSERT_EQ(0, mkdir("m/c/w", 0755));
	if (union_at("overlay", "in", "m/dir:m/dir/sub", "m/c/u", "m/c/w", NULL) &&
	    union_at("overlay", "in", "m/dir", "m/c/u", "m/c/w", NULL)) {
		if (is_overlay())
			SKIP(return, "no upper branch on overlayfs");
		ASSERT_EQ(0, 1);
	}
	EXPECT_STREQ("la", cat("in/a"));
	EXPECT_EQ(0, append("in/a", "+"));
	EXPECT_STREQ("la", cat("m/dir/a"));
	EXPECT_STREQ("la+", cat("m/c/u/a"));
	EXPECT_EQ(0, unlink("in/sub/x"));
	EXPECT_FALSE(exists("in/sub/x"));
	EXPECT_STREQ("deep", cat("m/dir/sub/x"));
	ASSERT_EQ(0, umount("in"));
}

/* Rootless: in a user namespace, with user.overlay.* on the union. */
TEST_F(stacking, overlayfs_in_user_namespace)
{
	int userns = userns_of(100000), status;
	pid_t pid;

	ASSERT_LE(0, userns);
	ASSERT_EQ(0, mkdir("m/home", 0777));
	ASSERT_EQ(0, chown("m/home", 100000, 100000));
	pid = fork();
	if (!pid) {
		enter(userns, 0);
		if (unshare(CLONE_NEWNS))
			_exit(10);
		mkdir("m/home/l", 0755);
		mkdir("m/home/u", 0755);
		mkdir("m/home/w", 0755);
		mkdir("m/home/m", 0755);
		put("m/home/l/file", "lower");
		put("m/home/l/gone", "lower");
		mkdir("m/home/l/dir", 0755);
		put("m/home/l/dir/x", "");
		if (union_at("overlay", "m/home/m", "m/home/l", "m/home/u",
			     "m/home/w", ",userxattr"))
			_exit(11);
		if (append("m/home/m/file", "+") || unlink("m/home/m/gone") ||
		    exists("m/home/m/gone"))
			_exit(12);
		if (unlink("m/home/m/dir/x") || rmdir("m/home/m/dir") ||
		    mkdir("m/home/m/dir", 0755) || *ls("m/home/m/dir"))
			_exit(13);
		if (strcmp(cat("m/home/m/file"), "lower+"))
			_exit(14);
		if (chown("m/home/m/file", 5, 5) ||
		    info("m/home/m/file").st_uid != 5)
			_exit(15);
		_exit(strcmp(ls("m/home/m"), "dir file") ? 16 : 0);
	}
	status = wait_for(pid);
	if (status == 11 && is_overlay())
		SKIP(return, "no upper branch on overlayfs");
	EXPECT_EQ(0, status);
	EXPECT_EQ(100005, info("m/home/u/file").st_uid);
	EXPECT_EQ(S_IFCHR, info("m/home/u/gone").st_mode & S_IFMT);
	EXPECT_STREQ("y", xattr("m/home/u/dir", "user.overlay.opaque"));
}

TEST_HARNESS_MAIN
