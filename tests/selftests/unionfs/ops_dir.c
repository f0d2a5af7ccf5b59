// SPDX-License-Identifier: GPL-2.0
/* Making and removing names: create, mkdir, mknod, symlink, link, unlink, rmdir. */
#include <limits.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "test.h"

static void populate(void)
{
	put("l/file", "lower");
	mkdir("l/dir", 0755);
	put("l/dir/a", "la");
	put("l/dir/b", "lb");
	mkdir("l/dir/sub", 0755);
	put("l/dir/sub/deep", "deep");
	mkdir("l/empty", 0755);
	symlink("file", "l/link");
	symlink("nowhere", "l/dangling");
	symlink("dir", "l/dirlink");
	symlink("loop", "l/loop");
	mkfifo("l/fifo", 0644);
	mknod("l/null", S_IFCHR | 0666, makedev(1, 3));
	union_mount("l", NULL);
}

STACK_FIXTURE(ops)

static long make(const char *path, int flags, mode_t mode)
{
	int fd = open(path, flags, mode);

	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

TEST_F(ops, mounted)
{
	EXPECT_STREQ("dangling dir dirlink empty fifo file link loop null", ls("m"));
	EXPECT_NE(info("m").st_dev, info("l").st_dev);
}

TEST_F(ops, create)
{
	static const char *const dirs[] = { "m", "m/dir", "m/empty", "m/dir/sub" };
	const char *path;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		path = fmt("%s/new", dirs[i]);
		EXPECT_EQ(0, ERR(make(path, O_CREAT | O_EXCL | O_WRONLY, 0640)));
		EXPECT_EQ(S_IFREG | 0640, info(path).st_mode);
		EXPECT_EQ(0, info(path).st_size);
		EXPECT_EQ(1, info(path).st_nlink);
		EXPECT_EQ(-EEXIST, ERR(make(path, O_CREAT | O_EXCL | O_WRONLY, 0640)));
		EXPECT_EQ(0, put(path, "text"));
		EXPECT_STREQ("text", cat(path));
	}
	EXPECT_EQ(-EEXIST, ERR(make("m/file", O_CREAT | O_EXCL | O_RDWR, 0600)));
	EXPECT_EQ(-EEXIST, ERR(make("m/dangling", O_CREAT | O_EXCL | O_RDWR, 0600)));
	EXPECT_EQ(0, ERR(make("m/file", O_CREAT | O_RDWR, 0600)));
	EXPECT_STREQ("lower", cat("m/file"));
	EXPECT_EQ(S_IFREG | 0644, info("m/file").st_mode);
	EXPECT_EQ(0, put("m/dangling", "through"));
	EXPECT_STREQ("through", cat("m/nowhere"));
	EXPECT_EQ(-EISDIR, ERR(make("m/dir", O_CREAT | O_RDWR, 0600)));
	EXPECT_EQ(-EISDIR, ERR(make("m/dir", O_WRONLY, 0)));
	EXPECT_EQ(-EISDIR, ERR(make("m/more/", O_CREAT | O_RDWR, 0600)));
	EXPECT_EQ(-ENOTDIR, ERR(make("m/file/x", O_CREAT | O_RDWR, 0600)));
	EXPECT_EQ(-ENOENT, ERR(make("m/none/x", O_CREAT | O_RDWR, 0600)));
	EXPECT_EQ(-ELOOP, ERR(make("m/loop", O_CREAT | O_RDWR, 0600)));
	EXPECT_EQ(-ELOOP, ERR(make("m/link", O_RDONLY | O_NOFOLLOW, 0)));
	EXPECT_EQ(-ENOTDIR, ERR(make("m/file", O_RDONLY | O_DIRECTORY, 0)));
	EXPECT_EQ(0, ERR(make("m/dirlink/viadir", O_CREAT | O_EXCL | O_RDWR, 0600)));
	EXPECT_TRUE(exists("m/dir/viadir"));
	EXPECT_STREQ("dangling dir dirlink empty fifo file link loop null", ls("l"));
	EXPECT_STREQ("a b sub", ls("l/dir"));
	EXPECT_STREQ("", ls("l/empty"));
	EXPECT_STREQ("lower", cat("l/file"));
	ASSERT_EQ(0, union_remount());
	EXPECT_STREQ("a b new sub viadir", ls("m/dir"));
	EXPECT_STREQ("text", cat("m/dir/sub/new"));
}

TEST_F(ops, names)
{
	char name[NAME_MAX + 16], path[NAME_MAX + 32];
	int i;

	memset(name, 'n', sizeof(name));
	name[NAME_MAX + 1] = '\0';
	snprintf(path, sizeof(path), "m/%s", name);
	EXPECT_EQ(-ENAMETOOLONG, ERR(make(path, O_CREAT | O_RDWR, 0600)));
	EXPECT_EQ(-ENAMETOOLONG, ERR(mkdir(path, 0700)));
	EXPECT_EQ(-ENAMETOOLONG, ERR(unlink(path)));
	EXPECT_EQ(-ENAMETOOLONG, ERR(symlink("x", path)));
	EXPECT_EQ(-ENAMETOOLONG, ERR(access(path, F_OK)));
	path[NAME_MAX + 2] = '\0';
	EXPECT_EQ(0, ERR(make(path, O_CREAT | O_EXCL | O_RDWR, 0600)));
	EXPECT_EQ(0, ERR(unlink(path)));
	EXPECT_FALSE(exists(path));
	/* Any byte but '/' and NUL is a name, and overlayfs's names are free. */
	for (i = 1; i < 256; i++) {
		if (i == '/' || i == '.')
			continue;
		snprintf(path, sizeof(path), "m/%c", i);
		EXPECT_EQ(0, ERR(make(path, O_CREAT | O_EXCL | O_RDWR, 0600)));
		EXPECT_EQ(0, ERR(unlink(path)));
	}
	EXPECT_EQ(0, ERR(mkdir("m/.wh.file", 0755)));
	EXPECT_EQ(0, put("m/.wh..wh..opq", "x"));
	EXPECT_EQ(0, put("m/#1", "x"));
	EXPECT_STREQ("lower", cat("m/file"));
	EXPECT_STREQ("x", cat("m/.wh..wh..opq"));
	EXPECT_TRUE(exists("m/.wh.file"));
}

TEST_F(ops, mkdir_rmdir)
{
	EXPECT_EQ(0, ERR(mkdir("m/dir/new", 0751)));
	EXPECT_EQ(S_IFDIR | 0751, info("m/dir/new").st_mode);
	EXPECT_EQ(-EEXIST, ERR(mkdir("m/dir/new", 0751)));
	EXPECT_EQ(-EEXIST, ERR(mkdir("m/dir", 0755)));
	EXPECT_EQ(-EEXIST, ERR(mkdir("m/file", 0755)));
	EXPECT_EQ(-EEXIST, ERR(mkdir("m/dangling", 0755)));
	EXPECT_EQ(-ENOTDIR, ERR(mkdir("m/file/x", 0755)));
	EXPECT_EQ(-ENOENT, ERR(mkdir("m/none/x", 0755)));
	EXPECT_EQ(-ENOTEMPTY, ERR(rmdir("m/dir")));
	EXPECT_EQ(-ENOTEMPTY, ERR(rmdir("m/dir/sub")));
	EXPECT_EQ(-ENOTDIR, ERR(rmdir("m/file")));
	EXPECT_EQ(-ENOTDIR, ERR(rmdir("m/link")));
	EXPECT_EQ(-ENOENT, ERR(rmdir("m/none")));
	EXPECT_EQ(-EINVAL, ERR(rmdir("m/dir/.")));
	EXPECT_EQ(-ENOTEMPTY, ERR(rmdir("m/dir/sub/..")));
	EXPECT_EQ(-EBUSY, ERR(rmdir("m")));
	EXPECT_EQ(0, ERR(rmdir("m/dir/new")));
	EXPECT_EQ(-ENOENT, ERR(rmdir("m/dir/new")));
	EXPECT_EQ(0, ERR(rmdir("m/empty")));
	EXPECT_FALSE(exists("m/empty"));
	EXPECT_TRUE(exists("l/empty"));
	EXPECT_EQ(0, ERR(unlink("m/dir/sub/deep")));
	EXPECT_STREQ("", ls("m/dir/sub"));
	EXPECT_EQ(0, ERR(rmdir("m/dir/sub")));
	EXPECT_STREQ("a b", ls("m/dir"));
	EXPECT_EQ(-EISDIR, ERR(unlink("m/dir")));
	EXPECT_STREQ("deep", cat("l/dir/sub/deep"));
	ASSERT_EQ(0, union_remount());
	EXPECT_STREQ("a b", ls("m/dir"));
	EXPECT_FALSE(exists("m/empty"));
}

/* What was hidden does not come back with a new directory of the same name. */
TEST_F(ops, opaque)
{
	EXPECT_EQ(0, ERR(unlink("m/dir/sub/deep")));
	EXPECT_EQ(0, ERR(rmdir("m/dir/sub")));
	EXPECT_EQ(0, ERR(unlink("m/dir/a")));
	EXPECT_EQ(0, ERR(unlink("m/dir/b")));
	EXPECT_EQ(0, ERR(rmdir("m/dir")));
	EXPECT_EQ(-ENOENT, ERR(open("m/dirlink/a", O_RDONLY)));
	EXPECT_EQ(0, ERR(mkdir("m/dir", 0700)));
	EXPECT_STREQ("", ls("m/dir"));
	EXPECT_FALSE(exists("m/dir/a"));
	EXPECT_EQ(0, put("m/dir/b", "new"));
	EXPECT_EQ(0, ERR(mkdir("m/dir/sub", 0755)));
	EXPECT_STREQ("", ls("m/dir/sub"));
	EXPECT_EQ(0, ERR(unlink("m/file")));
	EXPECT_EQ(0, ERR(mkdir("m/file", 0755)));
	EXPECT_STREQ("", ls("m/file"));
	ASSERT_EQ(0, union_remount());
	EXPECT_STREQ("b sub", ls("m/dir"));
	EXPECT_STREQ("", ls("m/dir/sub"));
	EXPECT_STREQ("", ls("m/file"));
	EXPECT_STREQ("new", cat("m/dir/b"));
	EXPECT_EQ(0700, info("m/dir").st_mode & 07777);
	EXPECT_EQ(0, ERR(rmdir("m/file")));
	EXPECT_FALSE(exists("m/file"));
	EXPECT_EQ(0, ERR(rmdir("m/dir/sub")));
	EXPECT_EQ(0, ERR(unlink("m/dir/b")));
	EXPECT_EQ(0, ERR(rmdir("m/dir")));
	EXPECT_FALSE(exists("m/dir"));
	ASSERT_EQ(0, union_remount());
	EXPECT_STREQ("dangling dirlink empty fifo link loop null", ls("m"));
}

TEST_F(ops, unlink)
{
	static const char *const names[] = {
		"m/file", "m/link", "m/dangling", "m/fifo", "m/null", "m/dir/a",
		"m/dir/sub/deep",
	};
	unsigned int i;

	EXPECT_EQ(-ENOENT, ERR(unlink("m/none")));
	EXPECT_EQ(-ENOTDIR, ERR(unlink("m/file/x")));
	EXPECT_EQ(-ENOTDIR, ERR(unlink("m/file/")));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(0, ERR(unlink(names[i])));
		EXPECT_FALSE(exists(names[i]));
		EXPECT_EQ(-ENOENT, ERR(unlink(names[i])));
	}
	EXPECT_STREQ("dir dirlink empty loop", ls("m"));
	EXPECT_EQ(0, put("m/file", "again"));
	EXPECT_STREQ("again", cat("m/file"));
	EXPECT_EQ(0, ERR(symlink("again", "m/link")));
	EXPECT_EQ(0, ERR(unlink("m/link")));
	EXPECT_STREQ("lower", cat("l/file"));
	ASSERT_EQ(0, union_remount());
	EXPECT_STREQ("dir dirlink empty file loop", ls("m"));
	EXPECT_STREQ("again", cat("m/file"));
	EXPECT_STREQ("", ls("m/dir/sub"));
}

/* A name that has gone is still the file of whoever has it open. */
TEST_F(ops, unlinked_open)
{
	char text[16] = "";
	struct stat st;
	int fd, dir;

	fd = open("m/file", O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ERR(unlink("m/file")));
	EXPECT_EQ(5, read(fd, text, sizeof(text)));
	EXPECT_STREQ("lower", text);
	EXPECT_EQ(3, pwrite(fd, "new", 3, 5));
	EXPECT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(8, st.st_size);
	EXPECT_EQ(0, st.st_nlink);
	EXPECT_EQ(0, ERR(fchmod(fd, 0600)));
	EXPECT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(S_IFREG | 0600, st.st_mode);
	close(fd);

	/* Opened for reading only, unlinked, and then changed. */
	fd = open("m/dir/a", O_RDONLY);
	EXPECT_EQ(0, ERR(unlink("m/dir/a")));
	EXPECT_EQ(0, ERR(fchmod(fd, 0600)));
	EXPECT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(S_IFREG | 0600, st.st_mode);
	EXPECT_EQ(2, pread(fd, text, sizeof(text), 0));
	close(fd);
	EXPECT_STREQ("b sub", ls("m/dir"));

	EXPECT_EQ(0, ERR(mkdir("m/gone", 0755)));
	dir = open("m/gone", O_RDONLY | O_DIRECTORY);
	EXPECT_EQ(0, ERR(rmdir("m/gone")));
	EXPECT_EQ(-ENOENT, ERR(openat(dir, "x", O_CREAT | O_RDWR, 0600)));
	EXPECT_EQ(-ENOENT, ERR(mkdirat(dir, "x", 0700)));
	EXPECT_EQ(-ENOENT, ERR(openat(dir, "x", O_RDONLY)));
	EXPECT_EQ(0, fstat(dir, &st));
	EXPECT_TRUE(S_ISDIR(st.st_mode));
	close(dir);
	/* And of a lower directory. */
	dir = open("m/empty", O_RDONLY | O_DIRECTORY);
	EXPECT_EQ(0, ERR(rmdir("m/empty")));
	EXPECT_EQ(-ENOENT, ERR(openat(dir, "x", O_CREAT | O_RDWR, 0600)));
	EXPECT_EQ(-ENOENT, ERR(symlinkat("y", dir, "x")));
	close(dir);
	EXPECT_FALSE(exists("m/empty"));
}

TEST_F(ops, mknod)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int sock;

	EXPECT_EQ(0, ERR(mknod("m/dir/f", S_IFIFO | 0640, 0)));
	EXPECT_EQ(S_IFIFO | 0640, info("m/dir/f").st_mode);
	EXPECT_EQ(0, ERR(mknod("m/dir/r", S_IFREG | 0640, 0)));
	EXPECT_EQ(S_IFREG | 0640, info("m/dir/r").st_mode);
	EXPECT_EQ(0, ERR(mknod("m/dir/c", S_IFCHR | 0640, makedev(1, 3))));
	EXPECT_EQ(S_IFCHR | 0640, info("m/dir/c").st_mode);
	EXPECT_EQ(makedev(1, 3), info("m/dir/c").st_rdev);
	EXPECT_EQ(0, put("m/dir/c", "swallowed"));
	EXPECT_STREQ("", cat("m/dir/c"));
	EXPECT_EQ(0, ERR(mknod("m/dir/k", S_IFBLK | 0640, makedev(300, 70000))));
	EXPECT_EQ(makedev(300, 70000), info("m/dir/k").st_rdev);
	EXPECT_EQ(S_IFBLK | 0640, info("m/dir/k").st_mode);
	EXPECT_EQ(0, ERR(mknod("m/dir/s", S_IFSOCK | 0640, 0)));
	EXPECT_EQ(S_IFSOCK | 0640, info("m/dir/s").st_mode);
	EXPECT_EQ(-EEXIST, ERR(mknod("m/fifo", S_IFIFO | 0600, 0)));
	EXPECT_EQ(-EPERM, ERR(mknod("m/x", S_IFDIR | 0600, 0)));
	EXPECT_EQ(makedev(1, 3), info("m/null").st_rdev);
	EXPECT_EQ(0, put("m/null", "swallowed"));
	EXPECT_EQ(0, ERR(mkdir("m/t", 0777)));
	EXPECT_EQ(-EPERM, AS(1000, mknod("m/t/x", S_IFCHR | 0600, makedev(1, 3))));
	EXPECT_EQ(0, AS(1000, mknod("m/t/x", S_IFIFO | 0600, 0)));

	strcpy(address.sun_path, "m/dir/bound");
	sock = socket(AF_UNIX, SOCK_STREAM, 0);
	EXPECT_EQ(0, ERR(bind(sock, (void *)&address, sizeof(address))));
	EXPECT_EQ(0, ERR(listen(sock, 1)));
	EXPECT_EQ(0, ERR(connect(socket(AF_UNIX, SOCK_STREAM, 0),
				 (void *)&address, sizeof(address))));
	close(sock);
	ASSERT_EQ(0, union_remount());
	EXPECT_EQ(makedev(300, 70000), info("m/dir/k").st_rdev);
	EXPECT_EQ(S_IFSOCK | 0640, info("m/dir/s").st_mode);
	EXPECT_STREQ("a b bound c f k r s sub", ls("m/dir"));
}

TEST_F(ops, symlink)
{
	char longest[PATH_MAX];

	memset(longest, 'x', sizeof(longest));
	longest[PATH_MAX - 1] = '\0';
	EXPECT_STREQ("file", target("m/link"));
	EXPECT_EQ(4, info("m/link").st_size);
	EXPECT_EQ(0, ERR(symlink("../file", "m/dir/s")));
	EXPECT_STREQ("../file", target("m/dir/s"));
	EXPECT_STREQ("lower", cat("m/dir/s"));
	EXPECT_EQ(7, info("m/dir/s").st_size);
	EXPECT_EQ(S_IFLNK | 0777, info("m/dir/s").st_mode);
	EXPECT_EQ(0, ERR(symlink(longest + PATH_MAX - 4000, "m/long")));
	EXPECT_STREQ(longest + PATH_MAX - 4000, target("m/long"));
	EXPECT_EQ(-EEXIST, ERR(symlink("x", "m/link")));
	EXPECT_EQ(-EEXIST, ERR(symlink("x", "m/file")));
	EXPECT_EQ(-ENOENT, ERR(symlink("", "m/x")));
	EXPECT_EQ(-EINVAL, ERR(readlink("m/file", longest, 10)));
	EXPECT_EQ(0, put("m/link", "written"));
	EXPECT_STREQ("written", cat("m/file"));
	EXPECT_EQ(0, ERR(lchown("m/link", 5, 6)));
	EXPECT_STREQ("file", target("m/link"));
	EXPECT_EQ(5, info("m/link").st_uid);
	EXPECT_EQ(0, info("l/link").st_uid);
	ASSERT_EQ(0, union_remount());
	EXPECT_STREQ("file", target("m/link"));
	EXPECT_EQ(6, info("m/link").st_gid);
	EXPECT_STREQ("../file", target("m/dir/s"));
}

TEST_F(ops, link)
{
	EXPECT_EQ(0, ERR(link("m/file", "m/dir/hard")));
	EXPECT_EQ(2, info("m/file").st_nlink);
	EXPECT_EQ(2, info("m/dir/hard").st_nlink);
	EXPECT_EQ(info("m/file").st_ino, info("m/dir/hard").st_ino);
	EXPECT_EQ(0, append("m/dir/hard", "+"));
	EXPECT_STREQ("lower+", cat("m/file"));
	EXPECT_EQ(-EEXIST, ERR(link("m/file", "m/dir/hard")));
	EXPECT_EQ(-EEXIST, ERR(link("m/file", "m/dir/a")));
	EXPECT_EQ(-EEXIST, ERR(link("m/file", "m/file")));
	EXPECT_EQ(-EPERM, ERR(link("m/dir", "m/x")));
	EXPECT_EQ(-ENOENT, ERR(link("m/none", "m/x")));
	EXPECT_EQ(-ENOENT, ERR(link("m/file", "m/none/x")));
	EXPECT_EQ(-ENOTDIR, ERR(link("m/file", "m/file/x")));
	EXPECT_EQ(-EXDEV, ERR(link("m/file", "u/x")));
	EXPECT_EQ(-EXDEV, ERR(link("l/file", "m/x")));
	EXPECT_EQ(0, ERR(link("m/link", "m/link2")));
	EXPECT_STREQ("file", target("m/link2"));
	EXPECT_EQ(2, info("m/link").st_nlink);
	EXPECT_EQ(0, ERR(linkat(AT_FDCWD, "m/link", AT_FDCWD, "m/link3",
				AT_SYMLINK_FOLLOW)));
	EXPECT_EQ(info("m/file").st_ino, info("m/link3").st_ino);
	EXPECT_EQ(3, info("m/file").st_nlink);
	EXPECT_EQ(0, ERR(link("m/fifo", "m/fifo2")));
	EXPECT_EQ(info("m/fifo").st_ino, info("m/fifo2").st_ino);
	EXPECT_EQ(0, ERR(unlink("m/file")));
	EXPECT_EQ(2, info("m/link3").st_nlink);
	EXPECT_EQ(0, ERR(unlink("m/dir/hard")));
	EXPECT_EQ(1, info("m/link3").st_nlink);
	EXPECT_EQ(1, info("l/file").st_nlink);
	ASSERT_EQ(0, union_remount());
	EXPECT_STREQ("lower+", cat("m/link3"));
	EXPECT_EQ(1, info("m/link3").st_nlink);
	EXPECT_EQ(2, info("m/link2").st_nlink);
	EXPECT_EQ(info("m/link").st_ino, info("m/link2").st_ino);
}

TEST_F(ops, permissions)
{
	EXPECT_EQ(-EACCES, AS(1000, make("m/x", O_CREAT | O_RDWR, 0600)));
	EXPECT_EQ(-EACCES, AS(1000, mkdir("m/dir/x", 0700)));
	EXPECT_EQ(-EACCES, AS(1000, unlink("m/dir/a")));
	EXPECT_EQ(-EACCES, AS(1000, rmdir("m/empty")));
	EXPECT_EQ(-EACCES, AS(1000, symlink("y", "m/empty/x")));
	EXPECT_EQ(-EACCES, AS(1000, open("m/file", O_WRONLY)));
	EXPECT_EQ(0, AS(1000, open("m/file", O_RDONLY)));
	EXPECT_EQ(0, ERR(chmod("m/file", 0600)));
	EXPECT_EQ(-EACCES, AS(1000, open("m/file", O_RDONLY)));
	EXPECT_EQ(0, ERR(chmod("m/dir", 01777)));
	EXPECT_EQ(-EPERM, AS(1000, unlink("m/dir/a")));
	EXPECT_EQ(-EPERM, AS(1000, rmdir("m/dir/sub")));
	EXPECT_EQ(-EPERM, AS(1000, rename("m/dir/a", "m/dir/z")));
	EXPECT_EQ(0, AS(1000, make("m/dir/own", O_CREAT | O_RDWR, 0600)));
	EXPECT_EQ(1000, info("m/dir/own").st_uid);
	EXPECT_EQ(1000, info("u/dir/own").st_uid);
	EXPECT_EQ(-EPERM, AS(1001, unlink("m/dir/own")));
	EXPECT_EQ(0, AS(1000, mkdir("m/dir/owndir", 0700)));
	EXPECT_EQ(-EACCES, AS(1001, access("m/dir/owndir/x", F_OK)));
	EXPECT_EQ(0, AS(1000, rmdir("m/dir/owndir")));
	EXPECT_EQ(0, AS(1000, unlink("m/dir/own")));
	EXPECT_EQ(0, ERR(chmod("m/dir", 0777)));
	EXPECT_EQ(0, AS(1000, unlink("m/dir/a")));
	EXPECT_FALSE(exists("m/dir/a"));
	/* Without search permission nothing is told. */
	EXPECT_EQ(0, ERR(chmod("m/dir/sub", 0700)));
	EXPECT_EQ(-EACCES, AS(1000, access("m/dir/sub/deep", F_OK)));
	EXPECT_EQ(-EACCES, AS(1000, open("m/dir/sub", O_RDONLY)));
}

TEST_F(ops, set_group_id)
{
	mode_t old = umask(027);

	EXPECT_EQ(0, ERR(chown("m/dir", 0, 50)));
	EXPECT_EQ(0, ERR(chmod("m/dir", 02777)));
	EXPECT_EQ(0, AS(1000, mkdir("m/dir/d", 0777)));
	EXPECT_EQ(50, info("m/dir/d").st_gid);
	EXPECT_EQ(02750, info("m/dir/d").st_mode & 07777);
	EXPECT_EQ(0, AS(1000, make("m/dir/f", O_CREAT | O_RDWR, 0777)));
	EXPECT_EQ(50, info("m/dir/f").st_gid);
	EXPECT_EQ(0750, info("m/dir/f").st_mode & 07777);
	/* Who is not in the group cannot make a file that runs as it. */
	EXPECT_EQ(0, AS(1000, make("m/dir/g", O_CREAT | O_RDWR, 02777)));
	EXPECT_EQ(0750, info("m/dir/g").st_mode & 07777);
	EXPECT_EQ(50, info("m/dir/g").st_gid);
	EXPECT_EQ(0, AS(1000, symlink("x", "m/dir/s")));
	EXPECT_EQ(50, info("m/dir/s").st_gid);
	umask(old);
}

TEST_F(ops, parent_times)
{
	struct timespec past[2] = { { 1000, 0 }, { 1000, 0 } };
	static const char *const dirs[] = { "m/dir", "m/empty" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
#define CHANGES(call) do {						\
	EXPECT_EQ(0, utimensat(AT_FDCWD, dirs[i], past, 0));		\
	EXPECT_EQ(1000, info(dirs[i]).st_mtime);			\
	EXPECT_EQ(0, ERR(call));					\
	EXPECT_LT(1000, info(dirs[i]).st_mtime) {			\
		TH_LOG("%s in %s", #call, dirs[i]);			\
	}								\
} while (0)
		CHANGES(make(fmt("%s/x", dirs[i]), O_CREAT | O_RDWR, 0600));
		CHANGES(link(fmt("%s/x", dirs[i]), fmt("%s/y", dirs[i])));
		CHANGES(rename(fmt("%s/x", dirs[i]), fmt("%s/z", dirs[i])));
		CHANGES(unlink(fmt("%s/z", dirs[i])));
		CHANGES(unlink(fmt("%s/y", dirs[i])));
		CHANGES(mkdir(fmt("%s/x", dirs[i]), 0700));
		CHANGES(rmdir(fmt("%s/x", dirs[i])));
		CHANGES(symlink("y", fmt("%s/x", dirs[i])));
		CHANGES(mkfifo(fmt("%s/p", dirs[i]), 0600));
	}
	EXPECT_EQ(0, utimensat(AT_FDCWD, "m/dir", past, 0));
	EXPECT_EQ(0, ERR(unlink("m/dir/a")));
	EXPECT_LT(1000, info("m/dir").st_mtime);
}

TEST_F(ops, read_only)
{
	ASSERT_EQ(0, union_umount());
	ASSERT_EQ(0, union_at(union_type(), "m", "u:l", NULL, NULL, NULL));
	EXPECT_STREQ("lower", cat("m/file"));
	EXPECT_STREQ("a b sub", ls("m/dir"));
	EXPECT_EQ(-EROFS, ERR(make("m/x", O_CREAT | O_RDWR, 0600)));
	EXPECT_EQ(-EROFS, ERR(open("m/file", O_WRONLY)));
	EXPECT_EQ(-EROFS, ERR(open("m/file", O_RDONLY | O_TRUNC)));
	EXPECT_EQ(-EROFS, ERR(mkdir("m/x", 0700)));
	EXPECT_EQ(-EROFS, ERR(unlink("m/file")));
	EXPECT_EQ(-EROFS, ERR(rename("m/file", "m/y")));
	EXPECT_EQ(-EROFS, ERR(chmod("m/file", 0600)));
	EXPECT_EQ(-EROFS, ERR(chown("m/file", 1, 1)));
	EXPECT_EQ(-EROFS, ERR(truncate("m/file", 0)));
	EXPECT_EQ(-EROFS, ERR(utimensat(AT_FDCWD, "m/file", NULL, 0)));
	EXPECT_EQ(-EROFS, ERR(setxattr("m/file", "user.x", "y", 1, 0)));
	EXPECT_EQ(-EROFS, ERR(access("m/file", W_OK)));
	EXPECT_EQ(0, put("m/null", "a device can be written to"));
	EXPECT_STREQ("lower", cat("l/file"));
}

TEST_HARNESS_MAIN
