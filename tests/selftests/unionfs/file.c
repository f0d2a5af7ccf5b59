// SPDX-License-Identifier: GPL-2.0
/* Reading and writing files, by every call but mmap. */
#include <linux/falloc.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/stat.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "test.h"

#define BIG (1 << 20)

static void populate(void)
{
	int fd;

	fill("l/big", BIG, 1);
	put("l/file", "lower");
	put("l/empty", "");
	fd = open("l/sparse", O_CREAT | O_RDWR, 0644);
	ftruncate(fd, BIG);
	pwrite(fd, "data", 4, 512 << 10);
	close(fd);
	mkdir("l/dir", 0755);
	put("l/dir/a", "la");
	union_mount("l", NULL);
}

STACK_FIXTURE(file)

TEST_F(file, read_write)
{
	char buf[32] = "";
	struct stat st;
	int fd;

	fd = open("m/file", O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(2, read(fd, buf, 2));
	EXPECT_EQ(2, lseek(fd, 0, SEEK_CUR));
	EXPECT_EQ(1, write(fd, "W", 1));
	EXPECT_EQ(3, lseek(fd, 0, SEEK_CUR));
	EXPECT_EQ(2, read(fd, buf, sizeof(buf)));
	EXPECT_EQ(0, read(fd, buf, sizeof(buf)));
	EXPECT_STREQ("loWer", cat("m/file"));
	EXPECT_EQ(1, pwrite(fd, "P", 1, 0));
	EXPECT_EQ(5, lseek(fd, 0, SEEK_CUR));
	EXPECT_EQ(10, lseek(fd, 5, SEEK_END));
	EXPECT_EQ(1, write(fd, "E", 1));
	EXPECT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(11, st.st_size);
	EXPECT_EQ(11, pread(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp("PoWer\0\0\0\0\0E", buf, 11));
	EXPECT_EQ(-EINVAL, ERR(lseek(fd, -1, SEEK_SET)));
	EXPECT_EQ(-EINVAL, ERR(pwrite(fd, "x", 1, -1)));
	close(fd);
	fd = open("m/file", O_RDONLY);
	EXPECT_EQ(-EBADF, ERR(write(fd, "x", 1)));
	EXPECT_EQ(-EINVAL, ERR(ftruncate(fd, 0)));
	close(fd);
	fd = open("m/file", O_WRONLY);
	EXPECT_EQ(-EBADF, ERR(read(fd, buf, 1)));
	close(fd);
	fd = open("m/dir", O_RDONLY);
	EXPECT_EQ(-EISDIR, ERR(read(fd, buf, 1)));
	close(fd);
	EXPECT_STREQ("lower", cat("l/file"));
	ASSERT_EQ(0, union_remount());
	EXPECT_EQ(11, info("m/file").st_size);
}

TEST_F(file, vectors)
{
	struct iovec out[] = { { "ab", 2 }, { "cd", 2 } };
	char a[3] = "", b[8] = "";
	struct iovec in[] = { { a, 2 }, { b, 7 } };
	int fd = open("m/big", O_RDWR);

	EXPECT_EQ(4, pwritev(fd, out, 2, 10));
	EXPECT_EQ(9, preadv(fd, in, 2, 10));
	EXPECT_STREQ("ab", a);
	EXPECT_EQ(0, memcmp("cd", b, 2));
	EXPECT_EQ(4, pwritev2(fd, out, 2, -1, RWF_APPEND));
	EXPECT_EQ(BIG + 4, lseek(fd, 0, SEEK_END));
	EXPECT_EQ(4, pwritev2(fd, out, 2, 0, RWF_DSYNC));
	close(fd);
	EXPECT_EQ(0, memcmp(cat("m/big"), "abcd", 4));
}

TEST_F(file, append)
{
	int a = open("m/file", O_WRONLY | O_APPEND);
	int b = open("m/file", O_RDWR), fd;

	EXPECT_EQ(1, write(a, "1", 1));
	EXPECT_EQ(1, pwrite(b, "2", 1, 6));
	EXPECT_EQ(1, write(a, "3", 1));
	EXPECT_EQ(8, lseek(a, 0, SEEK_CUR));
	EXPECT_EQ(0, ERR(fcntl(b, F_SETFL, O_APPEND)));
	EXPECT_EQ(O_APPEND, fcntl(b, F_GETFL) & O_APPEND);
	EXPECT_EQ(1, write(b, "4", 1));
	EXPECT_EQ(0, ERR(fcntl(b, F_SETFL, 0)));
	lseek(b, 0, SEEK_SET);
	EXPECT_EQ(1, write(b, "L", 1));
	EXPECT_STREQ("Lower1234", cat("m/file"));
	close(a);
	close(b);
	fd = open("m/empty", O_CREAT | O_APPEND | O_RDWR, 0644);
	EXPECT_EQ(1, write(fd, "x", 1));
	close(fd);
	EXPECT_STREQ("x", cat("m/empty"));
}

/* A descriptor from before copy-up is of the same file after it. */
TEST_F(file, old_descriptor)
{
	int old = open("m/file", O_RDONLY), path = open("m/file", O_PATH), fd;
	char buf[32] = "";
	struct stat st;

	EXPECT_EQ(5, pread(old, buf, 31, 0));
	EXPECT_EQ(0, append("m/file", " and upper"));
	EXPECT_EQ(15, pread(old, buf, 31, 0));
	EXPECT_STREQ("lower and upper", buf);
	EXPECT_EQ(0, fstat(old, &st));
	EXPECT_EQ(15, st.st_size);
	EXPECT_EQ(15, lseek(old, 0, SEEK_END));
	EXPECT_EQ(info("m/file").st_ino, st.st_ino);
	EXPECT_EQ(0, put("m/file", "anew"));
	memset(buf, 0, sizeof(buf));
	EXPECT_EQ(4, pread(old, buf, 31, 0));
	EXPECT_STREQ("anew", buf);
	EXPECT_EQ(0, fsync(old));
	EXPECT_EQ(0, fstat(path, &st));
	EXPECT_EQ(4, st.st_size);
	EXPECT_EQ(0, ERR(fchmod(old, 0640)));
	EXPECT_EQ(0640, info("m/file").st_mode & 07777);
	fd = open(fmt("/proc/self/fd/%d", old), O_RDWR);
	EXPECT_EQ(1, write(fd, "A", 1));
	EXPECT_STREQ("Anew", cat("m/file"));
	close(fd);
	close(path);
	close(old);
}

TEST_F(file, old_descriptor_after_metadata)
{
	int old = open("m/big", O_RDONLY);
	char buf[8];

	EXPECT_EQ(0, ERR(fchmod(old, 0600)));
	EXPECT_EQ(8, pread(old, buf, 8, 4096));
	EXPECT_EQ(0, put_at("m/big", 4096, "written!"));
	EXPECT_EQ(8, pread(old, buf, 8, 4096));
	EXPECT_EQ(0, memcmp("written!", buf, 8));
	close(old);
}

TEST_F(file, allocate)
{
	char *expected = malloc(BIG), *seen = malloc(BIG + 8192);
	int fd = open("m/big", O_RDWR), new;

	ASSERT_EQ(BIG, pread(fd, expected, BIG, 0));
	EXPECT_EQ(0, ERR(fallocate(fd, FALLOC_FL_KEEP_SIZE, BIG, 65536)));
	EXPECT_EQ(BIG, info("m/big").st_size);
	EXPECT_EQ(0, ERR(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				   8192, 12288)));
	memset(expected + 8192, 0, 12288);
	EXPECT_EQ(0, ERR(fallocate(fd, FALLOC_FL_ZERO_RANGE, 40960, 4096)));
	memset(expected + 40960, 0, 4096);
	EXPECT_EQ(BIG, pread(fd, seen, BIG, 0));
	EXPECT_EQ(0, memcmp(expected, seen, BIG));
	EXPECT_EQ(0, ERR(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 4096, 4096)));
	EXPECT_EQ(BIG - 4096, pread(fd, seen, BIG, 0));
	EXPECT_EQ(0, memcmp(expected, seen, 4096));
	EXPECT_EQ(0, memcmp(expected + 8192, seen + 4096, BIG - 8192));
	EXPECT_EQ(0, ERR(fallocate(fd, FALLOC_FL_INSERT_RANGE, 4096, 8192)));
	EXPECT_EQ(BIG + 4096, pread(fd, seen, BIG + 8192, 0));
	EXPECT_EQ(0, memcmp(expected + 8192, seen + 12288, BIG - 8192));
	EXPECT_EQ(0, seen[5000]);
	EXPECT_EQ(-EINVAL, ERR(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 1, 4096)));
	EXPECT_EQ(-EINVAL, ERR(fallocate(fd, 0, 0, 0)));
	EXPECT_EQ(-EOPNOTSUPP, ERR(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 4096)));
	EXPECT_TRUE(filled("l/big", BIG, 1));
	new = open("m/new", O_CREAT | O_RDWR, 0644);
	EXPECT_EQ(0, ERR(fallocate(new, 0, 0, 100000)));
	EXPECT_EQ(100000, info("m/new").st_size);
	EXPECT_LE(100000 / 512, info("m/new").st_blocks);
	close(new);
	close(fd);
	fd = open("m/file", O_RDONLY);
	EXPECT_EQ(-EBADF, ERR(fallocate(fd, 0, 0, 100)));
	close(fd);
	free(expected);
	free(seen);
}

TEST_F(file, holes)
{
	int fd = open("m/sparse", O_RDONLY), pass;

	for (pass = 0; pass < 3; pass++) {
		EXPECT_EQ(0, lseek(fd, 0, SEEK_HOLE));
		EXPECT_EQ(512 << 10, lseek(fd, 0, SEEK_DATA));
		EXPECT_EQ((512 << 10) + 4096, lseek(fd, 512 << 10, SEEK_HOLE));
		EXPECT_EQ(-ENXIO, ERR(lseek(fd, 600 << 10, SEEK_DATA)));
		EXPECT_EQ(-ENXIO, ERR(lseek(fd, BIG, SEEK_HOLE)));
		if (pass == 0)
			EXPECT_EQ(0, ERR(chmod("m/sparse", 0600)));
		if (pass == 1)
			EXPECT_EQ(0, put_at("m/sparse", 512 << 10, "DATA"));
	}
	close(fd);
	/* Copy-up keeps the holes. */
	EXPECT_GT(100, info("u/sparse").st_blocks);
	EXPECT_EQ(BIG, info("u/sparse").st_size);
	fd = open("m/big", O_RDONLY);
	EXPECT_EQ(BIG, lseek(fd, 0, SEEK_HOLE));
	EXPECT_EQ(5, lseek(fd, 5, SEEK_DATA));
	close(fd);
}

TEST_F(file, fiemap)
{
	struct {
		struct fiemap map;
		struct fiemap_extent extent[32];
	} f = { };
	int fd = open("m/sparse", O_RDONLY), pass;

	for (pass = 0; pass < 2; pass++) {
		memset(&f, 0, sizeof(f));
		f.map.fm_length = FIEMAP_MAX_OFFSET;
		f.map.fm_flags = FIEMAP_FLAG_SYNC;
		f.map.fm_extent_count = 32;
		EXPECT_EQ(0, ERR(ioctl(fd, FS_IOC_FIEMAP, &f)));
		EXPECT_EQ(1, f.map.fm_mapped_extents);
		EXPECT_EQ(512 << 10, f.extent[0].fe_logical);
		EXPECT_EQ(4096, f.extent[0].fe_length);
		if (!pass)
			EXPECT_EQ(0, put_at("m/sparse", 512 << 10, "DATA"));
	}
	close(fd);
}

TEST_F(file, copy_range)
{
	int from = open("m/big", O_RDONLY), to = open("m/file", O_RDWR), new;
	off_t in = 100, out = 5;
	char a[1000], b[1000];

	EXPECT_EQ(1000, copy_file_range(from, &in, to, &out, 1000, 0));
	EXPECT_EQ(1100, in);
	EXPECT_EQ(1005, out);
	EXPECT_EQ(1000, pread(from, a, 1000, 100));
	EXPECT_EQ(1000, pread(to, b, 1000, 5));
	EXPECT_EQ(0, memcmp(a, b, 1000));
	EXPECT_FALSE(exists("u/big"));
	new = open("m/new", O_CREAT | O_RDWR, 0644);
	in = 0;
	while (in < BIG && copy_file_range(from, &in, new, NULL, BIG - in, 0) > 0)
		;
	EXPECT_EQ(BIG, in);
	EXPECT_TRUE(filled("m/new", BIG, 1));
	in = BIG;
	EXPECT_EQ(0, ERR(copy_file_range(from, &in, new, NULL, 10, 0)));
	EXPECT_EQ(-EBADF, ERR(copy_file_range(to, NULL, from, NULL, 10, 0)));
	EXPECT_EQ(-EINVAL, ERR(copy_file_range(from, NULL, new, NULL, 10, 1)));
	in = 0;
	out = 100;
	EXPECT_EQ(-EINVAL, ERR(copy_file_range(new, &in, new, &out, 1000, 0)));
	close(new);
	close(from);
	close(to);
}

/* ext4 has no reflinks: refused, or made, but never something else. */
TEST_F(file, clone)
{
	int from = open("m/big", O_RDONLY), new;
	long ret;

	new = open("m/new", O_CREAT | O_RDWR, 0644);
	ret = ERR(ioctl(new, FICLONE, from));
	EXPECT_TRUE(ret == -EOPNOTSUPP || ret == -EXDEV || ret == -ENOTTY);
	EXPECT_EQ(0, info("m/new").st_size);
	close(new);
	close(from);
}

TEST_F(file, splice_and_sendfile)
{
	int from = open("m/big", O_RDONLY), out = open("m/file", O_RDWR), pipes[2];
	char a[4096], b[4096];
	off_t at = 4096;

	ASSERT_EQ(0, pipe(pipes));
	EXPECT_EQ(4096, splice(from, &at, pipes[1], NULL, 4096, 0));
	EXPECT_EQ(4096, read(pipes[0], a, 4096));
	EXPECT_EQ(4096, pread(from, b, 4096, 4096));
	EXPECT_EQ(0, memcmp(a, b, 4096));
	EXPECT_EQ(4096, write(pipes[1], a, 4096));
	at = 5;
	EXPECT_EQ(4096, splice(pipes[0], NULL, out, &at, 4096, 0));
	EXPECT_EQ(4096, pread(out, b, 4096, 5));
	EXPECT_EQ(0, memcmp(a, b, 4096));
	at = 0;
	EXPECT_EQ(1000, sendfile(out, from, &at, 1000));
	EXPECT_EQ(1000, at);
	EXPECT_EQ(1000, pread(out, a, 1000, 0));
	EXPECT_EQ(1000, pread(from, b, 1000, 0));
	EXPECT_EQ(0, memcmp(a, b, 1000));
	EXPECT_FALSE(exists("u/big"));
	close(from);
	close(out);
}

TEST_F(file, sync)
{
	int fd = open("m/file", O_RDWR), dir = open("m/dir", O_RDONLY);

	EXPECT_EQ(1, write(fd, "L", 1));
	EXPECT_EQ(0, ERR(fsync(fd)));
	EXPECT_EQ(0, ERR(fdatasync(fd)));
	EXPECT_EQ(0, ERR(syncfs(fd)));
	EXPECT_EQ(0, ERR(sync_file_range(fd, 0, 4096, SYNC_FILE_RANGE_WRITE)));
	EXPECT_EQ(0, put("m/dir/new", "x"));
	EXPECT_EQ(0, ERR(fsync(dir)));
	EXPECT_EQ(0, ERR(posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED)));
	EXPECT_EQ(0, ERR(readahead(fd, 0, 4096)));
	close(fd);
	close(dir);
	dir = open("m", O_RDONLY);
	EXPECT_EQ(0, ERR(fsync(dir)));
	EXPECT_EQ(0, ERR(syncfs(dir)));
	close(dir);
	fd = open("m/empty", O_RDWR | O_SYNC);
	EXPECT_EQ(1, write(fd, "x", 1));
	close(fd);
}

TEST_F(file, tmpfile)
{
	static const char *const dirs[] = { "m", "m/dir", "m/dir/sub" };
	char name[64];
	struct stat st;
	unsigned int i;
	int fd;

	mkdir("m/dir/sub", 0755);
	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		fd = open(dirs[i], O_TMPFILE | O_RDWR, 0640);
		ASSERT_LE(0, fd);
		EXPECT_EQ(0, fstat(fd, &st));
		EXPECT_EQ(S_IFREG | 0640, st.st_mode);
		EXPECT_EQ(0, st.st_nlink);
		EXPECT_EQ(info("m").st_dev, st.st_dev);
		EXPECT_EQ(4, write(fd, "temp", 4));
		EXPECT_FALSE(exists(fmt("%s/t", dirs[i])));
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		EXPECT_EQ(0, ERR(linkat(AT_FDCWD, name, AT_FDCWD,
					fmt("%s/t", dirs[i]), AT_SYMLINK_FOLLOW)));
		EXPECT_EQ(1, info(fmt("%s/t", dirs[i])).st_nlink);
		EXPECT_EQ(st.st_ino, info(fmt("%s/t", dirs[i])).st_ino);
		EXPECT_EQ(1, write(fd, "+", 1));
		EXPECT_STREQ("temp+", cat(fmt("%s/t", dirs[i])));
		EXPECT_EQ(-EEXIST, ERR(linkat(AT_FDCWD, name, AT_FDCWD,
					      "m/file", AT_SYMLINK_FOLLOW)));
		close(fd);
		fd = open(dirs[i], O_TMPFILE | O_RDWR | O_EXCL, 0600);
		ASSERT_LE(0, fd);
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		EXPECT_EQ(-ENOENT, ERR(linkat(AT_FDCWD, name, AT_FDCWD, "m/excl",
					      AT_SYMLINK_FOLLOW)));
		close(fd);
	}
	EXPECT_EQ(-EINVAL, ERR(open("m", O_TMPFILE | O_RDONLY, 0600)));
	EXPECT_EQ(-ENOTDIR, ERR(open("m/file", O_TMPFILE | O_RDWR, 0600)));
	ASSERT_EQ(0, union_remount());
	EXPECT_STREQ("temp+", cat("m/dir/t"));
	EXPECT_EQ(0640, info("m/dir/sub/t").st_mode & 07777);
}

TEST_F(file, statx)
{
	static const char *const names[] = { "m", "m/file", "m/dir", "m/new" };
	struct statx sx, root;
	unsigned int i, all = STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID;
	long long born;

	put("m/new", "x");
	ASSERT_EQ(0, statx(AT_FDCWD, "m", 0, all, &root));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		ASSERT_EQ(0, statx(AT_FDCWD, names[i], 0, all, &sx));
		EXPECT_EQ(all, sx.stx_mask & all);
		EXPECT_EQ(root.stx_mnt_id, sx.stx_mnt_id);
		EXPECT_EQ(root.stx_dev_minor, sx.stx_dev_minor);
		EXPECT_LT(0, sx.stx_btime.tv_sec);
		EXPECT_EQ(i ? 0 : STATX_ATTR_MOUNT_ROOT,
			  sx.stx_attributes & STATX_ATTR_MOUNT_ROOT);
		EXPECT_EQ(info(names[i]).st_ino, sx.stx_ino);
		EXPECT_EQ(info(names[i]).st_size, sx.stx_size);
	}
	ASSERT_EQ(0, statx(AT_FDCWD, "l", 0, all, &sx));
	EXPECT_NE(root.stx_mnt_id, sx.stx_mnt_id);
	ASSERT_EQ(0, statx(AT_FDCWD, "m/file", 0, all, &sx));
	born = sx.stx_btime.tv_sec;
	EXPECT_EQ(0, append("m/file", "+"));
	ASSERT_EQ(0, statx(AT_FDCWD, "m/file", 0, all, &sx));
	EXPECT_LE(born, sx.stx_btime.tv_sec);
	EXPECT_EQ(6, sx.stx_size);
}

TEST_F(file, statfs)
{
	struct statfs one, other;

	EXPECT_EQ(0, statfs("m", &one));
	EXPECT_EQ(0, statfs("u", &other));
	EXPECT_EQ(other.f_blocks, one.f_blocks);
	EXPECT_EQ(other.f_files, one.f_files);
	EXPECT_EQ(other.f_bsize, one.f_bsize);
	EXPECT_EQ(255, one.f_namelen);
	EXPECT_EQ(0, statfs("m/dir/a", &other));
	EXPECT_EQ(one.f_type, other.f_type);
}

/* A file that runs cannot be written, nor can one being written run. */
TEST_F(file, text_busy)
{
	int fd;

	ASSERT_EQ(0, RUN("cp", "/bin/sleep", "l/prog"));
	ASSERT_EQ(0, union_remount());
	EXPECT_EQ(0, RUN("m/prog", "0"));
	fd = open("m/prog", O_RDWR);
	EXPECT_EQ(-ETXTBSY, ERR(execl("m/prog", "prog", "0", NULL)));
	close(fd);
	EXPECT_EQ(0, RUN("m/prog", "0"));
	EXPECT_EQ(0, ERR(chmod("m/prog", 0644)));
	EXPECT_EQ(-EACCES, ERR(execl("m/prog", "prog", "0", NULL)));
}

TEST_HARNESS_MAIN
