// SPDX-License-Identifier: GPL-2.0
/* chmod, chown, times, truncate and chattr; what they copy up and what not. */
#include <linux/fs.h>
#include <sys/ioctl.h>

#include "test.h"

#define BIG (1 << 20)

static const struct timespec then[2] = { { 1000, 111 }, { 2000, 222 } };

static void populate(void)
{
	fill("l/big", BIG, 1);
	utimensat(AT_FDCWD, "l/big", then, 0);
	put("l/file", "lower");
	setxattr("l/file", "user.a", "1", 1, 0);
	utimensat(AT_FDCWD, "l/file", then, 0);
	mkdir("l/dir", 0755);
	put("l/dir/a", "la");
	utimensat(AT_FDCWD, "l/dir/a", then, 0);
	utimensat(AT_FDCWD, "l/dir", then, 0);
	symlink("file", "l/link");
	mkfifo("l/fifo", 0644);
	chmod("l/fifo", 0644);
	put("l/suid", "#!");
	chown("l/suid", 7, 8);
	chmod("l/suid", 06755);
	union_mount("l", NULL);
}

STACK_FIXTURE(meta)

static bool has_data(const char *upper)
{
	return info(upper).st_blocks * 512 >= BIG / 2;
}

#define EXPECT_NO_DATA(name) do {					\
	EXPECT_TRUE(exists("u/" name));					\
	EXPECT_FALSE(has_data("u/" name));				\
	EXPECT_EQ(BIG, info("m/" name).st_size);			\
	EXPECT_TRUE(filled("m/" name, BIG, 1));				\
} while (0)

TEST_F(meta, without_data)
{
	EXPECT_FALSE(exists("u/big"));
	EXPECT_EQ(0, ERR(chmod("m/big", 0600)));
	EXPECT_NO_DATA("big");
	EXPECT_EQ(S_IFREG | 0600, info("m/big").st_mode);
	EXPECT_EQ(0, ERR(chown("m/big", 11, 12)));
	EXPECT_NO_DATA("big");
	EXPECT_EQ(11, info("m/big").st_uid);
	EXPECT_EQ(12, info("m/big").st_gid);
	EXPECT_EQ(2000, info("m/big").st_mtime);
	EXPECT_EQ(222, info("m/big").st_mtim.tv_nsec);
	EXPECT_EQ(0, ERR(setxattr("m/big", "user.x", "y", 1, 0)));
	EXPECT_NO_DATA("big");
	EXPECT_EQ(0, ERR(link("m/big", "m/big2")));
	EXPECT_NO_DATA("big");
	EXPECT_EQ(0, ERR(rename("m/big", "m/dir/big")));
	EXPECT_NO_DATA("dir/big");
	ASSERT_EQ(0, union_remount());
	EXPECT_NO_DATA("dir/big");
	EXPECT_NO_DATA("big2");
	EXPECT_STREQ("y", xattr("m/dir/big", "user.x"));
	EXPECT_EQ(11, info("m/dir/big").st_uid);
	EXPECT_EQ(S_IFREG | 0600, info("m/big2").st_mode);
	EXPECT_EQ(2, info("m/big2").st_nlink);
	EXPECT_EQ(S_IFREG | 0644, info("l/big").st_mode);
	EXPECT_EQ(0, info("l/big").st_uid);

	/* The first write brings the data. */
	EXPECT_EQ(0, put_at("m/dir/big", 100, "x"));
	EXPECT_TRUE(has_data("u/dir/big"));
	EXPECT_FALSE(filled("m/dir/big", BIG, 1));
	EXPECT_TRUE(filled("l/big", BIG, 1));
	EXPECT_EQ(BIG, info("m/dir/big").st_size);
	EXPECT_EQ(S_IFREG | 0600, info("m/big2").st_mode);
	EXPECT_STREQ("y", xattr("m/big2", "user.x"));
}

TEST_F(meta, times_without_data)
{
	EXPECT_EQ(0, ERR(utimensat(AT_FDCWD, "m/big", NULL, 0)));
	EXPECT_NO_DATA("big");
	EXPECT_LT(2000, info("m/big").st_mtime);
}

/* A failed or empty change copies nothing. */
TEST_F(meta, nothing_to_copy)
{
	struct stat st;
	int fd;

	EXPECT_EQ(-EPERM, AS(1000, chmod("m/big", 0600)));
	EXPECT_EQ(-EPERM, AS(1000, chown("m/big", 1000, 1000)));
	EXPECT_EQ(-EACCES, AS(1000, utimensat(AT_FDCWD, "m/big", NULL, 0)));
	EXPECT_EQ(-EPERM, AS(1000, utimensat(AT_FDCWD, "m/big", then, 0)));
	EXPECT_EQ(-EACCES, AS(1000, truncate("m/big", 0)));
	EXPECT_EQ(-EACCES, AS(1000, setxattr("m/big", "user.x", "y", 1, 0)));
	EXPECT_EQ(-ENODATA, ERR(removexattr("m/big", "user.none")));
	EXPECT_TRUE(filled("m/big", BIG, 1));
	fd = open("m/big", O_RDONLY);
	EXPECT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(0, ERR(fsync(fd)));
	close(fd);
	EXPECT_FALSE(exists("u/big"));
	EXPECT_STREQ("", ls("u"));
}

TEST_F(meta, truncate)
{
	EXPECT_EQ(0, ERR(chmod("m/big", 0600)));
	EXPECT_EQ(0, ERR(truncate("m/big", 5000)));
	EXPECT_EQ(5000, info("m/big").st_size);
	EXPECT_TRUE(filled("m/big", 5000, 1));
	EXPECT_LT(2000, info("m/big").st_mtime);
	EXPECT_EQ(0, ERR(truncate("m/file", 0)));
	EXPECT_STREQ("", cat("m/file"));
	EXPECT_STREQ("1", xattr("m/file", "user.a"));
	EXPECT_EQ(0, ERR(truncate("m/file", 10)));
	EXPECT_EQ(10, info("m/file").st_size);
	EXPECT_EQ(-EISDIR, ERR(truncate("m/dir", 0)));
	EXPECT_EQ(-EINVAL, ERR(truncate("m/file", -1)));
	EXPECT_EQ(-ENOENT, ERR(truncate("m/none", 0)));
	EXPECT_EQ(0, ERR(truncate("m/dir/a", 1)));
	EXPECT_STREQ("l", cat("m/dir/a"));
	EXPECT_EQ(BIG, info("l/big").st_size);
	ASSERT_EQ(0, union_remount());
	EXPECT_TRUE(filled("m/big", 5000, 1));
	EXPECT_EQ(10, info("m/file").st_size);
}

/* A copy up that has cut it already must not leave the old time. */
TEST_F(meta, truncate_is_a_change)
{
	EXPECT_EQ(0, ERR(truncate("m/big", 5000)));
	EXPECT_NE(2000, info("m/big").st_mtime);
}

/* Nobody writes to the branch's file any more: then there can be a lease. */
TEST_F(meta, failed_truncate)
{
	int fd = open("m/file", O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EFBIG, ERR(ftruncate(fd, 1LL << 50)));
	close(fd);
	fd = open("u/file", O_RDONLY | O_CLOEXEC);
	EXPECT_EQ(0, ERR(fcntl(fd, F_SETLEASE, F_RDLCK)));
	close(fd);
}

/* Changes of what has no name any more, and was below only. */
TEST_F(meta, nameless)
{
	struct stat st;
	int fd;

	fd = open("m/link", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	EXPECT_EQ(0, ERR(unlink("m/link")));
	EXPECT_EQ(0, ERR(fchownat(fd, "", 3, 4, AT_EMPTY_PATH)));
	EXPECT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(3, st.st_uid);
	close(fd);
	fd = open("m/fifo", O_RDWR | O_CLOEXEC);
	EXPECT_EQ(0, ERR(unlink("m/fifo")));
	EXPECT_EQ(0, ERR(fchmod(fd, 0600)));
	EXPECT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(S_IFIFO | 0600, st.st_mode);
	EXPECT_EQ(0, st.st_nlink);
	close(fd);
	EXPECT_STREQ("big dir file suid", ls("m"));
	EXPECT_STREQ("", ls("w/work"));
}

TEST_F(meta, truncate_on_open)
{
	EXPECT_EQ(0, put("m/big", "short"));
	EXPECT_STREQ("short", cat("m/big"));
	EXPECT_EQ(S_IFREG | 0644, info("m/big").st_mode);
	EXPECT_FALSE(has_data("u/big"));
	EXPECT_EQ(0, ERR(open("m/file", O_RDONLY | O_TRUNC)) < 0);
	EXPECT_EQ(0, info("m/file").st_size);
	EXPECT_STREQ("1", xattr("m/file", "user.a"));
	EXPECT_TRUE(filled("l/big", BIG, 1));
}

TEST_F(meta, times)
{
	struct timespec ts[2] = { { 5, 6 }, { 0, UTIME_OMIT } };
	struct timespec far[2] = { { -1000, 1 }, { 0x100000000LL, 999999999 } };
	struct stat before;

	EXPECT_EQ(0, utimensat(AT_FDCWD, "m/file", ts, 0));
	EXPECT_EQ(5, info("m/file").st_atime);
	EXPECT_EQ(6, info("m/file").st_atim.tv_nsec);
	EXPECT_EQ(2000, info("m/file").st_mtime);
	ts[0].tv_nsec = UTIME_OMIT;
	ts[1].tv_nsec = UTIME_NOW;
	EXPECT_EQ(0, utimensat(AT_FDCWD, "m/file", ts, 0));
	EXPECT_EQ(5, info("m/file").st_atime);
	EXPECT_LT(2000, info("m/file").st_mtime);
	EXPECT_EQ(0, utimensat(AT_FDCWD, "m/dir", far, 0));
	EXPECT_EQ(-1000, info("m/dir").st_atime);
	EXPECT_EQ(0x100000000LL, info("m/dir").st_mtime);
	EXPECT_EQ(999999999, info("m/dir").st_mtim.tv_nsec);
	EXPECT_EQ(0, utimensat(AT_FDCWD, "m/link", then, AT_SYMLINK_NOFOLLOW));
	EXPECT_EQ(2000, info("m/link").st_mtime);
	EXPECT_EQ(0, utimensat(AT_FDCWD, "m/fifo", then, 0));
	EXPECT_EQ(2000, info("m/fifo").st_mtime);

	before = info("m/dir/a");
	usleep(20000);
	EXPECT_EQ(0, ERR(chmod("m/dir/a", 0600)));
	EXPECT_EQ(before.st_mtime, info("m/dir/a").st_mtime);
	EXPECT_EQ(before.st_atime, info("m/dir/a").st_atime);
	EXPECT_NE(before.st_ctim.tv_nsec, info("m/dir/a").st_ctim.tv_nsec);
	EXPECT_LE(before.st_ctime, info("m/dir/a").st_ctime);
	ASSERT_EQ(0, union_remount());
	EXPECT_EQ(-1000, info("m/dir").st_atime);
	EXPECT_EQ(0x100000000LL, info("m/dir").st_mtime);
	EXPECT_EQ(2000, info("m/link").st_mtime);
	EXPECT_EQ(before.st_mtime, info("m/dir/a").st_mtime);
}

/* Copy-up is no change of the directory, and of the file only what was asked. */
TEST_F(meta, copy_up_is_invisible)
{
	struct stat dir = info("m/dir"), file, now;

	EXPECT_EQ(0, ERR(chmod("m/dir/a", 0600)));
	EXPECT_EQ(dir.st_mtime, info("m/dir").st_mtime);
	EXPECT_EQ(dir.st_mtim.tv_nsec, info("m/dir").st_mtim.tv_nsec);
	file = info("m/dir/a");
	EXPECT_EQ(0, append("m/dir/a", "+"));
	EXPECT_EQ(dir.st_mtime, info("m/dir").st_mtime);
	EXPECT_EQ(0600, info("m/dir/a").st_mode & 07777);
	EXPECT_EQ(file.st_ino, info("m/dir/a").st_ino);
	EXPECT_EQ(1000, info("m/dir/a").st_atime);
	EXPECT_EQ(0, append("m/suid", ""));
	now = info("m/suid");
	EXPECT_EQ(S_IFREG | 06755, now.st_mode);
	EXPECT_EQ(7, now.st_uid);
	EXPECT_EQ(8, now.st_gid);
	EXPECT_EQ(0, append("m/file", "+"));
	EXPECT_STREQ("1", xattr("m/file", "user.a"));
	ASSERT_EQ(0, union_remount());
	EXPECT_EQ(dir.st_mtime, info("m/dir").st_mtime);
	EXPECT_EQ(dir.st_mode, info("m/dir").st_mode);
	EXPECT_EQ(S_IFREG | 06755, info("m/suid").st_mode);
}

TEST_F(meta, directories)
{
	EXPECT_EQ(0, ERR(chmod("m/dir", 0700)));
	EXPECT_EQ(0, ERR(chown("m/dir", 1000, 1001)));
	EXPECT_STREQ("a", ls("m/dir"));
	EXPECT_EQ(S_IFDIR | 0700, info("m/dir").st_mode);
	EXPECT_EQ(0, AS(1000, open("m/dir/new", O_CREAT | O_RDWR, 0600)));
	EXPECT_EQ(-EACCES, AS(1001, open("m/dir/a", O_RDONLY)));
	EXPECT_EQ(0, ERR(chmod("m", 0711)));
	ASSERT_EQ(0, union_remount());
	EXPECT_EQ(S_IFDIR | 0711, info("m").st_mode);
	EXPECT_EQ(S_IFDIR | 0700, info("m/dir").st_mode);
	EXPECT_EQ(1001, info("m/dir").st_gid);
	EXPECT_STREQ("a new", ls("m/dir"));
	EXPECT_EQ(0755, info("l/dir").st_mode & 07777);
}

TEST_F(meta, owners)
{
	int fd;

	EXPECT_EQ(0, ERR(chown("m/file", 1000, 1000)));
	EXPECT_EQ(0, AS(1000, chmod("m/file", 0640)));
	EXPECT_EQ(0, AS(1000, utimensat(AT_FDCWD, "m/file", then, 0)));
	EXPECT_EQ(-EPERM, AS(1000, chown("m/file", 0, -1)));
	EXPECT_EQ(-EPERM, AS(1000, chown("m/file", -1, 0)));
	EXPECT_EQ(0, AS(1000, chown("m/file", -1, 1000)));
	EXPECT_EQ(0, ERR(lchown("m/link", 3, 4)));
	EXPECT_EQ(1000, info("m/file").st_uid);
	EXPECT_EQ(3, info("m/link").st_uid);
	fd = open("m/dir/a", O_RDONLY);
	EXPECT_EQ(0, ERR(fchown(fd, 9, 9)));
	EXPECT_EQ(0, ERR(fchmod(fd, 0604)));
	close(fd);
	EXPECT_EQ(S_IFREG | 0604, info("m/dir/a").st_mode);
	EXPECT_EQ(9, info("u/dir/a").st_uid);
	EXPECT_EQ(0, ERR(chown("m/fifo", 70000, 4000000000u)));
	EXPECT_EQ(4000000000u, info("m/fifo").st_gid);
	EXPECT_EQ(70000, info("m/fifo").st_uid);
}

/* The set-id bits and file capabilities go when the file is changed. */
TEST_F(meta, privileges_go)
{
	static const unsigned char cap[20] = { 1, 0, 0, 2, 0, 4 };
	int fd;

	EXPECT_EQ(0, ERR(chown("m/suid", 1000, 1000)));
	EXPECT_EQ(0755, info("m/suid").st_mode & 07777);
	EXPECT_EQ(0, ERR(chmod("m/suid", 06777)));
	EXPECT_EQ(06777, info("m/suid").st_mode & 07777);
	EXPECT_EQ(0, AS(1001, append("m/suid", "x") ? -1 : 0));
	EXPECT_EQ(0777, info("m/suid").st_mode & 07777);
	EXPECT_EQ(0, ERR(chmod("m/suid", 04777)));
	EXPECT_EQ(0, AS(1001, truncate("m/suid", 1)));
	EXPECT_EQ(0777, info("m/suid").st_mode & 07777);

	EXPECT_EQ(0, ERR(setxattr("m/file", "security.capability", cap, 20, 0)));
	EXPECT_EQ(20, getxattr("m/file", "security.capability", NULL, 0));
	EXPECT_EQ(0, ERR(chmod("m/file", 0755)));
	EXPECT_EQ(20, getxattr("m/file", "security.capability", NULL, 0));
	ASSERT_EQ(0, union_remount());
	EXPECT_EQ(20, getxattr("m/file", "security.capability", NULL, 0));
	EXPECT_EQ(0, append("m/file", "x"));
	EXPECT_EQ(-ENODATA, ERR(getxattr("m/file", "security.capability", NULL, 0)));
	EXPECT_EQ(0, ERR(setxattr("m/file", "security.capability", cap, 20, 0)));
	EXPECT_EQ(0, ERR(chown("m/file", 1000, 1000)));
	EXPECT_EQ(-ENODATA, ERR(getxattr("m/file", "security.capability", NULL, 0)));
	EXPECT_EQ(0, ERR(setxattr("m/file", "security.capability", cap, 20, 0)));
	fd = open("m/file", O_RDWR);
	EXPECT_EQ(0, ERR(ftruncate(fd, 1)));
	close(fd);
	EXPECT_EQ(-ENODATA, ERR(getxattr("m/file", "security.capability", NULL, 0)));
	EXPECT_EQ(-EPERM, AS(1000, setxattr("m/file", "security.capability", cap, 20, 0)));
}

/* Set-id bits and capabilities of a lower file do not outlive a write either. */
TEST_F(meta, privileges_of_lower_go)
{
	static const unsigned char cap[20] = { 1, 0, 0, 2, 0, 4 };

	ASSERT_EQ(0, union_umount());
	EXPECT_EQ(0, ERR(chmod("l/suid", 06777)));
	EXPECT_EQ(0, ERR(chmod("l/dir/a", 0666)));
	EXPECT_EQ(0, ERR(setxattr("l/dir/a", "security.capability", cap, 20, 0)));
	ASSERT_EQ(0, union_mount("l", NULL));
	EXPECT_EQ(0, AS(1001, append("m/suid", "x") ? -1 : 0));
	EXPECT_EQ(0777, info("m/suid").st_mode & 07777);
	EXPECT_EQ(20, getxattr("m/dir/a", "security.capability", NULL, 0));
	EXPECT_EQ(0, AS(1001, append("m/dir/a", "x") ? -1 : 0));
	EXPECT_EQ(-ENODATA, ERR(getxattr("m/dir/a", "security.capability", NULL, 0)));
	EXPECT_EQ(20, getxattr("l/dir/a", "security.capability", NULL, 0));
}

static int get_flags(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK), flags = 0;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags))
		flags = -errno;
	close(fd);
	return flags;
}

static int set_flags(const char *path, int mask, int value)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK), flags = get_flags(path);
	int ret = 0;

	flags = (flags & ~mask) | value;
	if (ioctl(fd, FS_IOC_SETFLAGS, &flags))
		ret = -errno;
	close(fd);
	return ret;
}

TEST_F(meta, immutable)
{
	static const char *const names[] = { "m/file", "m/new" };
	unsigned int i;

	put("m/new", "upper");
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		ASSERT_EQ(0, set_flags(names[i], FS_IMMUTABLE_FL, FS_IMMUTABLE_FL));
		EXPECT_TRUE(get_flags(names[i]) & FS_IMMUTABLE_FL);
		EXPECT_EQ(-EPERM, append(names[i], "x"));
		EXPECT_EQ(-EPERM, ERR(truncate(names[i], 0)));
		EXPECT_EQ(-EPERM, ERR(unlink(names[i])));
		EXPECT_EQ(-EPERM, ERR(rename(names[i], "m/other")));
		EXPECT_EQ(-EPERM, ERR(link(names[i], "m/other")));
		EXPECT_EQ(-EPERM, ERR(chmod(names[i], 0600)));
		EXPECT_EQ(-EPERM, ERR(chown(names[i], 1, 1)));
		EXPECT_EQ(-EPERM, ERR(utimensat(AT_FDCWD, names[i], then, 0)));
		EXPECT_EQ(-EPERM, ERR(setxattr(names[i], "user.z", "y", 1, 0)));
		EXPECT_FALSE(exists("m/other"));
	}
	ASSERT_EQ(0, union_remount());
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(-EPERM, append(names[i], "x"));
		EXPECT_TRUE(get_flags(names[i]) & FS_IMMUTABLE_FL);
		EXPECT_EQ(0, set_flags(names[i], FS_IMMUTABLE_FL, 0));
		EXPECT_FALSE(get_flags(names[i]) & FS_IMMUTABLE_FL);
		EXPECT_EQ(0, append(names[i], "x"));
		EXPECT_EQ(0, ERR(unlink(names[i])));
	}
	EXPECT_FALSE(get_flags("l/file") & FS_IMMUTABLE_FL);
}

TEST_F(meta, append_only_and_nodump)
{
	int fd;

	ASSERT_EQ(0, set_flags("m/file", FS_APPEND_FL, FS_APPEND_FL));
	EXPECT_EQ(0, append("m/file", "+"));
	EXPECT_EQ(-EPERM, put_at("m/file", 0, "x"));
	EXPECT_EQ(-EPERM, ERR(truncate("m/file", 0)));
	EXPECT_EQ(-EPERM, ERR(unlink("m/file")));
	fd = open("m/file", O_WRONLY | O_APPEND);
	EXPECT_EQ(-EPERM, ERR(fcntl(fd, F_SETFL, 0)));
	close(fd);
	EXPECT_EQ(0, set_flags("m/file", FS_APPEND_FL, 0));
	EXPECT_STREQ("lower+", cat("m/file"));
	ASSERT_EQ(0, set_flags("m/dir", FS_IMMUTABLE_FL, FS_IMMUTABLE_FL));
	EXPECT_EQ(-EPERM, put("m/dir/new", "x"));
	EXPECT_EQ(-EPERM, ERR(unlink("m/dir/a")));
	EXPECT_EQ(-EPERM, ERR(rename("m/dir", "m/dir2")));
	EXPECT_EQ(0, append("m/dir/a", "+"));
	EXPECT_EQ(0, set_flags("m/dir", FS_IMMUTABLE_FL, 0));
	EXPECT_EQ(0, put("m/dir/new", "x"));
	ASSERT_EQ(0, set_flags("m/big", FS_NODUMP_FL, FS_NODUMP_FL));
	EXPECT_NO_DATA("big");
	ASSERT_EQ(0, union_remount());
	EXPECT_TRUE(get_flags("m/big") & FS_NODUMP_FL);
	EXPECT_FALSE(get_flags("m/file") & FS_APPEND_FL);
	EXPECT_EQ(-EPERM, AS(1000, set_flags("m/file", FS_NODUMP_FL, FS_NODUMP_FL) ? -1 : 0));
}

/* A file that is immutable in a lower branch is so in the union. */
TEST_F(meta, immutable_below)
{
	ASSERT_EQ(0, union_umount());
	ASSERT_EQ(0, set_flags("l/file", FS_IMMUTABLE_FL, FS_IMMUTABLE_FL));
	ASSERT_EQ(0, union_mount("l", NULL));
	EXPECT_TRUE(get_flags("m/file") & FS_IMMUTABLE_FL);
	EXPECT_STREQ("lower", cat("m/file"));
	EXPECT_EQ(0, set_flags("l/file", FS_IMMUTABLE_FL, 0));
}

TEST_HARNESS_MAIN
