// SPDX-License-Identifier: GPL-2.0
/*
 * A branch whose device fails: an errno for what needs it, everything else goes
 * on, and all is well again when the device is.
 */
#include <linux/dm-ioctl.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include "test.h"

#define CONTROL "/dev/mapper/control"
#define DM_NAME "unionfs-test"
#define SECTORS (64 << 11)

static char loop[64], device[64];

static int dm(unsigned long request, unsigned int flags, const char *type,
	      const char *parameters)
{
	struct {
		struct dm_ioctl io;
		struct dm_target_spec target;
		char parameters[256];
	} arg = { };
	int control = open(CONTROL, O_RDWR | O_CLOEXEC), ret;

	if (control < 0)
		return -errno;
	arg.io.version[0] = DM_VERSION_MAJOR;
	arg.io.data_size = sizeof(arg);
	arg.io.data_start = offsetof(typeof(arg), target);
	arg.io.flags = flags;
	strcpy(arg.io.name, DM_NAME);
	if (type) {
		arg.io.target_count = 1;
		arg.target.length = SECTORS;
		strcpy(arg.target.target_type, type);
		strcpy(arg.parameters, parameters);
	}
	ret = ERR(ioctl(control, request, &arg));
	if (!ret && request == DM_DEV_CREATE)
		snprintf(device, sizeof(device), "/dev/dm-%u",
			 minor(arg.io.dev));
	close(control);
	return ret;
}

static int load(const char *type, const char *parameters)
{
	return dm(DM_TABLE_LOAD, 0, type, parameters) ?:
	       dm(DM_DEV_SUSPEND, DM_SUSPEND_FLAG | DM_NOFLUSH_FLAG |
		  DM_SKIP_LOCKFS_FLAG, NULL, NULL) ?:
	       dm(DM_DEV_SUSPEND, 0, NULL, NULL);
}

static int fail(void)
{
	return load("error", "");
}

static int work(void)
{
	return load("linear", fmt("%s 0", loop));
}

FIXTURE(ioerror)
{
	int fd;
};

FIXTURE_SETUP(ioerror)
{
	STACK_OPEN("ext4");
	if (access(CONTROL, F_OK)) {
		mkdir("/dev/mapper", 0755);
		mknod(CONTROL, S_IFCHR | 0600, makedev(10, 236));
	}
	self->fd = stack_image("ext4", 64, loop, sizeof(loop));
	ASSERT_LE(0, self->fd);
	dm(DM_DEV_REMOVE, 0, NULL, NULL);
	if (dm(DM_DEV_CREATE, 0, NULL, NULL))
		SKIP(return, "no device mapper here");
	ASSERT_EQ(0, work());
	ASSERT_EQ(0, mkdir("b", 0755));
	ASSERT_EQ(0, ERR(mount(device, "b", "ext4", 0, "errors=continue")));
	ASSERT_EQ(0, mkdir("b/l", 0755));
	ASSERT_EQ(0, mkdir("b/u", 0755));
	ASSERT_EQ(0, mkdir("b/w", 0755));
	put("l/good", "good");
	mkdir("l/dir", 0755);
	put("l/dir/a", "good");
	put("b/l/file", "lower");
	fill("b/l/big", 1 << 20, 1);
	mkdir("b/l/dir", 0755);
	put("b/l/dir/b", "lower");
	mkdir("b/l/dir/sub", 0755);
	put("b/l/dir/sub/x", "deep");
}

FIXTURE_TEARDOWN(ioerror)
{
	/* Best effort: a file system that has seen errors is unmounted with more. */
	work();
	umount2("m", MNT_DETACH);
	umount2("b", MNT_DETACH);
	dm(DM_DEV_REMOVE, 0, NULL, NULL);
	close(self->fd);
	stack_close();
}

static bool is_error(long ret)
{
	return ret == -EIO || ret == -EROFS || ret == -EUCLEAN ||
	       ret == -ESTALE || ret == -ESHUTDOWN;
}

TEST_F(ioerror, lower)
{
	ASSERT_EQ(0, union_mount("l:b/l", NULL));
	EXPECT_STREQ("lower", cat("m/file"));
	sync();
	drop_caches();
	ASSERT_EQ(0, fail());
	EXPECT_STREQ("<EIO>", cat("m/big"));
	EXPECT_TRUE(is_error(append("m/big", "+")));
	EXPECT_TRUE(is_error(put_at("m/dir/sub/x", 0, "y")));
	/* A list that lacks what could not be read would be a lie. */
	EXPECT_STRNE("a", ls("m/dir"));
	EXPECT_STREQ("good", cat("m/good"));
	EXPECT_STREQ("good", cat("m/dir/a"));
	EXPECT_EQ(0, append("m/dir/a", "+"));
	EXPECT_EQ(0, put("m/new", "new"));
	ASSERT_EQ(0, work());
	drop_caches();
	EXPECT_STREQ("a b sub", ls("m/dir"));
	EXPECT_TRUE(filled("m/big", 1 << 20, 1));
	EXPECT_STREQ("deep", cat("m/dir/sub/x"));
	EXPECT_STREQ("new", cat("m/new"));
	EXPECT_STREQ("good+", cat("m/dir/a"));
	EXPECT_EQ(0, append("m/big", "+"));
	EXPECT_EQ((1 << 20) + 1, info("m/big").st_size);
	ASSERT_EQ(0, union_umount());
	EXPECT_STREQ("", ls("w/work"));
}

TEST_F(ioerror, upper)
{
	int fd;

	ASSERT_EQ(0, union_at(union_type(), "m", "l", "b/u", "b/w",
			      union_defaults()));
	ASSERT_EQ(0, put("m/upper", "upper"));
	ASSERT_EQ(0, append("m/dir/a", "+"));
	sync();
	drop_caches();
	fd = open("m/upper", O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fail());
	/* Into the cache it may go, to the disk it must not seem to. */
	if (pwrite(fd, "x", 1, 0) == 1)
		EXPECT_TRUE(is_error(ERR(fsync(fd))));
	close(fd);
	EXPECT_STREQ("good", cat("m/good"));
	EXPECT_STRNE("good", cat("m/dir/a"));
	free(tree("m", 0));
	mkdir("m/x", 0755);
	chmod("m/good", 0600);
	rename("m/good", "m/moved");
	unlink("m/dir/a");
	ASSERT_EQ(0, union_umount());
	EXPECT_EQ(0, umount("b"));
	ASSERT_EQ(0, work());
	ASSERT_EQ(0, ERR(mount(device, "b", "ext4", 0, NULL)));
	ASSERT_EQ(0, union_at(union_type(), "m", "l", "b/u", "b/w",
			      union_defaults()));
	EXPECT_STREQ("good+", cat("m/dir/a"));
	EXPECT_STREQ("good", exists("m/good") ? cat("m/good") : cat("m/moved"));
	EXPECT_EQ(0, put("m/after", "after"));
	EXPECT_STREQ("", ls("b/w/work"));
	ASSERT_EQ(0, union_umount());
}

/*
 * While it is being mounted: refused with an errno or, if what it takes was in
 * the cache, mounted. Afterwards it mounts, and is whole.
 */
TEST_F(ioerror, mount)
{
	long ret;

	sync();
	drop_caches();
	ASSERT_EQ(0, fail());
	ret = union_at(union_type(), "m", "l", "b/u", "b/w", union_defaults());
	EXPECT_TRUE(!ret || is_error(ret));
	if (!ret) {
		EXPECT_STREQ("good", cat("m/good"));
		put("m/x", "y");
		EXPECT_EQ(0, union_umount());
	}
	EXPECT_EQ(0, umount("b"));
	ASSERT_EQ(0, work());
	ASSERT_EQ(0, ERR(mount(device, "b", "ext4", 0, NULL)));
	ASSERT_EQ(0, union_at(union_type(), "m", "l", "b/u", "b/w",
			      union_defaults()));
	EXPECT_STREQ("dir good", ls("m"));
	EXPECT_EQ(0, append("m/good", "+"));
	EXPECT_STREQ("good+", cat("m/good"));
	ASSERT_EQ(0, union_umount());
}

TEST_HARNESS_MAIN
