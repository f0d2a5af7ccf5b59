// SPDX-License-Identifier: GPL-2.0
/* Mount options: what is refused, with which message; what is shown. */
#include "test.h"

static char fs_log[16384];

static void populate(void)
{
	char dir[16];
	int i;

	put("l/file", "lower");
	mkdir("l2", 0755);
	put("l2/second", "second");
	put("plain", "a file");
	mkdir("u/in", 0755);
	mkdir("w/in", 0755);
	mkdir("l/in", 0755);
	mkdir("other", 0755);
	for (i = 0; i < 501; i++) {
		snprintf(dir, sizeof(dir), "s%d", i);
		mkdir(dir, 0755);
		put(fmt("%s/f%d", dir, i), "");
	}
	symlink("l", "tolower");
}

STACK_FIXTURE(options)

static const char *here(const char *name)
{
	static char cwd[4096];

	return fmt("%s/%s", getcwd(cwd, sizeof(cwd)), name);
}

static void read_log(int fd)
{
	size_t n = 0;
	ssize_t ret;

	while (n < sizeof(fs_log) - 512) {
		ret = read(fd, fs_log + n, 512);
		if (ret <= 0)
			break;
		n += ret;
		fs_log[n++] = '\n';
	}
	fs_log[n] = '\0';
}

/*
 * fsconfig of "key=value" and "key", separated by ';', then mounts. "@" before
 * a value makes it a name in the working directory.
 */
static int mount_with(const char *options)
{
	char *copy = strdup(options), *next = copy, *option, *value;
	int fd = fsopen(union_type(), FSOPEN_CLOEXEC), mnt = -1, ret = 0;

	if (fd < 0)
		return -errno;
	while (!ret && (option = strsep(&next, ";"))) {
		if (!*option)
			continue;
		value = strchr(option, '=');
		if (value)
			*value++ = '\0';
		if (value && *value == '@')
			value = (char *)here(value + 1);
		ret = fsconfig(fd, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG,
			       option, value, 0) ? -errno : 0;
	}
	free(copy);
	if (!ret && fsconfig(fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		ret = -errno;
	if (!ret) {
		mnt = fsmount(fd, FSMOUNT_CLOEXEC, 0);
		ret = mnt < 0 ? -errno : 0;
	}
	read_log(fd);
	if (!ret && move_mount(mnt, "", AT_FDCWD, "m", MOVE_MOUNT_F_EMPTY_PATH))
		ret = -errno;
	if (mnt >= 0)
		close(mnt);
	close(fd);
	return ret;
}

/* Refused with @one or @two; the log of the mount has @word. */
static bool refused(const char *options, int one, int two, const char *word)
{
	int ret = mount_with(options);

	if (!ret)
		umount("m");
	if (ret != -one && ret != -two) {
		printf("# %s: %s, should be %s\n", options,
		       ret ? strerrorname_np(-ret) : "mounted",
		       strerrorname_np(one));
		return false;
	}
	/* overlayfs speaks to dmesg. */
	if (!is_overlay() && !strstr(fs_log, word)) {
		printf("# %s: \"%s\" does not have \"%s\"\n", options, fs_log, word);
		return false;
	}
	return true;
}

#define REFUSED(options, one, two, word) \
	EXPECT_TRUE(refused(options, one, two, word))

TEST_F(options, missing)
{
	REFUSED("", EINVAL, EINVAL, "lowerdir");
	REFUSED("upperdir=@u;workdir=@w", EINVAL, EINVAL, "lowerdir");
	REFUSED("lowerdir=@l;upperdir=@u", EINVAL, EINVAL, "workdir");
	if (!is_overlay())
		REFUSED("lowerdir=@l;workdir=@w", EINVAL, EINVAL, "upperdir");
	REFUSED("lowerdir=", EINVAL, ENOENT, "lowerdir");
	REFUSED("lowerdir", EINVAL, EINVAL, "lowerdir");
	REFUSED("lowerdir=@l;upperdir=;workdir=@w", EINVAL, ENOENT, "upperdir");
	REFUSED("lowerdir=@l;bogus=1", EINVAL, EINVAL, "bogus");
	REFUSED("lowerdir=@l;bogus", EINVAL, EINVAL, "bogus");
	REFUSED("lowerdir=@l;userxattr=7", EINVAL, EINVAL, "userxattr");
	EXPECT_EQ(0, mount_with("lowerdir=@l;upperdir=@u;workdir=@w"));
}

TEST_F(options, paths)
{
	REFUSED("lowerdir=@none", ENOENT, ENOENT, "none");
	REFUSED("lowerdir+=@l;lowerdir+=@none", ENOENT, ENOENT, "none");
	REFUSED("lowerdir=@l;upperdir=@none;workdir=@w", ENOENT, ENOENT, "none");
	REFUSED("lowerdir=@l;upperdir=@u;workdir=@none", ENOENT, ENOENT, "none");
	REFUSED("lowerdir=@plain", ENOTDIR, EINVAL, "plain");
	REFUSED("lowerdir=@l;upperdir=@plain;workdir=@w", ENOTDIR, EINVAL, "plain");
	REFUSED("lowerdir=@l;upperdir=@u;workdir=@plain", ENOTDIR, EINVAL, "plain");
	REFUSED("lowerdir=@plain/x", ENOTDIR, EINVAL, "plain");
	EXPECT_EQ(0, mount_with("lowerdir+=@tolower;lowerdir+=@l2"));
	EXPECT_STREQ("lower", cat("m/file"));
	EXPECT_EQ(0, umount("m"));
	EXPECT_EQ(0, mount_with("lowerdir=l:l2"));
	EXPECT_STREQ("lower", cat("m/file"));
}

TEST_F(options, overlaps)
{
	REFUSED("lowerdir=@l;upperdir=@u;workdir=@u/in", EINVAL, ELOOP, "workdir");
	REFUSED("lowerdir=@l;upperdir=@w/in;workdir=@w", EINVAL, ELOOP, "workdir");
	REFUSED("lowerdir=@l;upperdir=@u;workdir=@u", EINVAL, ELOOP, "workdir");
	REFUSED("lowerdir=@l;upperdir=@l;workdir=@w", EINVAL, ELOOP, "dir");
	REFUSED("lowerdir=@u/in;upperdir=@u;workdir=@w", EINVAL, ELOOP, "dir");
	REFUSED("lowerdir+=@l;lowerdir+=@l", EINVAL, ELOOP, "lowerdir");
	REFUSED("lowerdir+=@l;lowerdir+=@l/in", EINVAL, ELOOP, "lowerdir");
	EXPECT_EQ(0, mount_with("lowerdir=@l;upperdir=@u;workdir=@w"));
}

TEST_F(options, in_use)
{
	const char *index = is_overlay() ? ";index=on" : "";

	ASSERT_EQ(0, mount_with(fmt("lowerdir=@l;upperdir=@u;workdir=@w%s", index)));
	ASSERT_EQ(0, mkdir("m2", 0755));
	ASSERT_EQ(0, mkdir("w2", 0755));
	ASSERT_EQ(0, mkdir("u2", 0755));
	REFUSED(fmt("lowerdir=@l2;upperdir=@u;workdir=@w2%s", index), EBUSY, EBUSY,
		"upperdir");
	REFUSED(fmt("lowerdir=@l2;upperdir=@u2;workdir=@w%s", index), EBUSY, EBUSY,
		"workdir");
	REFUSED(fmt("lowerdir=@l;upperdir=@u;workdir=@w%s", index), EBUSY, EBUSY,
		"upperdir");
	/* Lower branches are shared by as many as like. */
	EXPECT_EQ(0, umount("m"));
	EXPECT_EQ(0, union_at(union_type(), "m2", "l", "u2", "w2", NULL));
	EXPECT_EQ(0, mount_with(fmt("lowerdir=@l;upperdir=@u;workdir=@w%s", index)));
	EXPECT_STREQ("lower", cat("m2/file"));
	EXPECT_EQ(0, umount("m2"));
}

TEST_F(options, unsuitable_upper)
{
	mkdir("other/u", 0755);
	REFUSED("lowerdir=@l;upperdir=/proc/sys/kernel;workdir=@w", EINVAL, EXDEV,
		"dir");
	ASSERT_EQ(0, stack_mount_new("other", "tmpfs", 0));
	mkdir("other/u", 0755);
	mkdir("other/w", 0755);
	REFUSED("lowerdir=@l;upperdir=@other/u;workdir=@w", EINVAL, EXDEV, "workdir");
	REFUSED("lowerdir=@l;upperdir=@u;workdir=@other/w", EINVAL, EXDEV, "workdir");
	/* Two mounts of one filesystem cannot be renamed between. */
	mkdir("u2", 0755);
	mkdir("w2", 0755);
	ASSERT_EQ(0, mount("w2", "w2", NULL, MS_BIND, NULL));
	REFUSED("lowerdir=@l;upperdir=@u2;workdir=@w2", EINVAL, EXDEV, "workdir");
	EXPECT_EQ(0, mount(NULL, "other", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	REFUSED("lowerdir=@l;upperdir=@other/u;workdir=@other/w", EROFS, EINVAL,
		"upperdir");
	EXPECT_EQ(0, umount("other"));
	REFUSED("lowerdir=@l;upperdir=/proc/self/fdinfo;workdir=/proc/self/fd",
		EINVAL, EOPNOTSUPP, "upperdir");
}

TEST_F(options, upper_on_vfat)
{
	if (stack_mount_new("other", "vfat", 32))
		SKIP(return, "no vfat here");
	mkdir("other/u", 0755);
	mkdir("other/w", 0755);
	REFUSED("lowerdir=@l;upperdir=@other/u;workdir=@other/w", EINVAL,
		EOPNOTSUPP, "upperdir");
}

TEST_F(options, upper_on_squashfs)
{
	mkdir("other/u", 0755);
	mkdir("other/w", 0755);
	if (stack_turn("other", "squashfs"))
		SKIP(return, "no squashfs here");
	REFUSED("lowerdir=@l;upperdir=@other/u;workdir=@other/w", EROFS, EINVAL,
		"upperdir");
}

static int mount_many(int n, bool upper)
{
	int fd = fsopen(union_type(), FSOPEN_CLOEXEC), mnt, i, ret = 0;

	for (i = 0; i < n && !ret; i++)
		ret = fsconfig(fd, FSCONFIG_SET_STRING, "lowerdir+",
			       here(fmt("s%d", i)), 0) ? -errno : 0;
	if (!ret && upper)
		ret = fsconfig(fd, FSCONFIG_SET_STRING, "upperdir", here("u"), 0) ||
		      fsconfig(fd, FSCONFIG_SET_STRING, "workdir", here("w"), 0) ?
			-errno : 0;
	if (!ret)
		ret = fsconfig(fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) ? -errno : 0;
	if (!ret) {
		mnt = fsmount(fd, FSMOUNT_CLOEXEC, 0);
		ret = ERR(move_mount(mnt, "", AT_FDCWD, "m",
				     MOVE_MOUNT_F_EMPTY_PATH));
		close(mnt);
	}
	read_log(fd);
	close(fd);
	return ret;
}

TEST_F(options, many_branches)
{
	EXPECT_EQ(0, mount_many(500, true));
	EXPECT_TRUE(exists("m/f0"));
	EXPECT_TRUE(exists("m/f499"));
	EXPECT_FALSE(exists("m/f500"));
	EXPECT_EQ(0, put("m/f499", "written"));
	EXPECT_STREQ("written", cat("u/f499"));
	EXPECT_EQ(0, umount("m"));
	EXPECT_EQ(-EINVAL, mount_many(501, false));
	if (!is_overlay())
		EXPECT_NE(NULL, strstr(fs_log, "500"));
}

TEST_F(options, added_one_by_one)
{
	ASSERT_EQ(0, mount_with("lowerdir+=@l;lowerdir+=@l2;upperdir=@u;workdir=@w"));
	EXPECT_STREQ("file in second", ls("m"));
	EXPECT_EQ(0, umount("m"));
	ASSERT_EQ(0, mount_with(fmt("lowerdir=%s:%s", here("l"), here("l2"))));
	EXPECT_STREQ("file in second", ls("m"));
	/* The first is the uppermost. */
	EXPECT_EQ(0, umount("m"));
	EXPECT_EQ(0, put("l2/file", "other"));
	ASSERT_EQ(0, mount_with("lowerdir+=@l2;lowerdir+=@l"));
	EXPECT_STREQ("other", cat("m/file"));
}

static void unmangle(char *text)
{
	char *to = text;

	for (; *text; to++) {
		if (*text == '\\' && text[1] >= '0' && text[1] <= '3') {
			*to = (text[1] - '0') << 6 | (text[2] - '0') << 3 |
			      (text[3] - '0');
			text += 4;
		} else {
			*to = *text++;
		}
	}
	*to = '\0';
}

/* The options of the mount on m, as /proc/mounts has them. */
static char *shown(void)
{
	char line[16384], dir[4096], options[12288], *found = NULL;
	FILE *file = fopen("/proc/mounts", "r");
	char *mine = strdup(here("m"));

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*s %4095s %*s %12287s", dir, options) != 2 ||
		    strcmp(dir, mine))
			continue;
		free(found);
		found = strdup(options);
		unmangle(found);
	}
	if (file)
		fclose(file);
	free(mine);
	return found;
}

/* Mounts again with what is shown, but for what is the mount's own. */
static int mount_shown(const char *options)
{
	const char *rest = strstr(options, "lowerdir");

	return rest ? ERR(mount("union", "m", union_type(), 0, rest)) : -ENOMSG;
}

#define ROUND_TRIP(files) do {						\
	char *before_ = shown(), *after_;				\
									\
	ASSERT_NE(NULL, before_);					\
	EXPECT_STREQ(files, ls("m"));					\
	ASSERT_EQ(0, umount("m"));					\
	ASSERT_EQ(0, mount_shown(before_)) {				\
		TH_LOG("%s", before_);					\
	}								\
	after_ = shown();						\
	EXPECT_STREQ(before_, after_);					\
	EXPECT_STREQ(files, ls("m"));					\
	ASSERT_EQ(0, umount("m"));					\
} while (0)

TEST_F(options, round_trip)
{
	ASSERT_EQ(0, mount_with("lowerdir=@l;upperdir=@u;workdir=@w"));
	EXPECT_NE(NULL, strstr(shown(), fmt("upperdir=%s", here("u"))));
	EXPECT_NE(NULL, strstr(shown(), fmt("workdir=%s", here("w"))));
	ROUND_TRIP("file in");
	ASSERT_EQ(0, mount_with("lowerdir+=@l;lowerdir+=@l2;upperdir=@u;workdir=@w;userxattr"));
	EXPECT_NE(NULL, strstr(shown(), "userxattr"));
	ROUND_TRIP("file in second");
}

TEST_F(options, odd_names)
{
	static const char *const odd[] = {
		"a:b", "a,b", "a\\b", "a b", "a\nb", "a\\:b", "a=b", "#", "\\",
	};
	const char *name, *p;
	char escaped[64], *q;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(odd); i++) {
		name = fmt("l_%s", odd[i]);
		mkdir(name, 0755);
		put(fmt("%s/odd", name), "odd");
		mkdir(fmt("u_%s", odd[i]), 0755);
		mkdir(fmt("w_%s", odd[i]), 0755);
		/* One by one nothing has to be escaped. */
		ASSERT_EQ(0, mount_with(fmt("lowerdir+=@l_%s;lowerdir+=@l2",
					    odd[i])));
		if (is_overlay()) {
			EXPECT_STREQ("odd second", ls("m"));
			ASSERT_EQ(0, umount("m"));
		} else {
			ROUND_TRIP("odd second");
		}
		for (p = odd[i], q = escaped; *p; p++) {
			if (strchr(":,\\", *p))
				*q++ = '\\';
			*q++ = *p;
		}
		*q = '\0';
		ASSERT_EQ(0, union_at(union_type(), "m", fmt("%s:%s",
				      here(fmt("l_%s", escaped)), here("l2")),
				      here("u"), here("w"), NULL)) {
			TH_LOG("%s", escaped);
		}
		ROUND_TRIP("in odd second");
	}
}

TEST_F(options, odd_upper)
{
	const char *tail = is_overlay() ? ",index=on" : "";

	mkdir("u,1", 0755);
	mkdir("w,1", 0755);
	ASSERT_EQ(0, union_at(union_type(), "m", "l", here("u\\,1"), here("w\\,1"),
			      tail));
	ASSERT_EQ(0, put("m/new", "x"));
	EXPECT_STREQ("x", cat("u,1/new"));
	ROUND_TRIP("file in new");
}

/* From read-only to writable and back, as at boot. */
TEST_F(options, remount)
{
	ASSERT_EQ(0, mount_with("lowerdir=@l;upperdir=@u;workdir=@w"));
	ASSERT_EQ(0, mount(NULL, "m", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	EXPECT_EQ(-EROFS, put("m/new", "x"));
	EXPECT_STREQ("lower", cat("m/file"));
	ASSERT_EQ(0, mount(NULL, "m", NULL, MS_REMOUNT, NULL));
	EXPECT_EQ(0, put("m/new", "x"));
	/* Without an upper branch there is nothing to write to. */
	ASSERT_EQ(0, umount("m"));
	ASSERT_EQ(0, mount_with("lowerdir+=@l;lowerdir+=@l2"));
	EXPECT_EQ(-EROFS, ERR(mount(NULL, "m", NULL, MS_REMOUNT, NULL)));
	EXPECT_EQ(-EROFS, put("m/new", "x"));
}

TEST_HARNESS_MAIN
