// SPDX-License-Identifier: GPL-2.0
/*
 * File handles: open_by_handle_at finds the file that the handle was of, over
 * copy-up, rename and remount, or fails with ESTALE. Never another file.
 */
#include "test.h"

#define NAMES 7

static const char *const names[NAMES] = {
	"m/file", "m/dir", "m/dir/a", "m/upper", "m/updir", "m/updir/b", "m/merged",
};

static struct {
	struct file_handle h;
	unsigned char bytes[MAX_HANDLE_SZ];
} handle[NAMES];

static void populate(void)
{
	put("l/file", "lower");
	mkdir("l/dir", 0755);
	put("l/dir/a", "la");
	put("l/h1", "hard");
	link("l/h1", "l/h2");
	mkdir("l2", 0755);
	mkdir("l/merged", 0755);
	mkdir("l2/merged", 0755);
	put("l2/merged/x", "");
	union_mount("l:l2", is_overlay() ? ",nfs_export=on,metacopy=off" : NULL);
	put("m/upper", "upper");
	mkdir("m/updir", 0755);
	put("m/updir/b", "ub");
}

STACK_FIXTURE(handle)

static int get(const char *path, struct file_handle *h)
{
	int id;

	h->handle_bytes = MAX_HANDLE_SZ;
	return ERR(name_to_handle_at(AT_FDCWD, path, h, &id, 0));
}

static int get_all(void)
{
	int i, ret = 0;

	for (i = 0; i < NAMES; i++)
		ret |= get(names[i], &handle[i].h);
	return ret;
}

static int open_handle(struct file_handle *h, int flags)
{
	int root = open("m", O_RDONLY), fd = ERR(open_by_handle_at(root, h, flags));

	close(root);
	return fd;
}

/* The inode number of what the handle opens, or -errno. */
static long ino_of(struct file_handle *h)
{
	struct stat st;
	int fd = open_handle(h, O_RDONLY);

	if (fd < 0)
		return fd;
	if (fstat(fd, &st))
		st.st_ino = -errno;
	close(fd);
	return st.st_ino;
}

#define EXPECT_ALL_FOUND() do {						\
	int i_;								\
									\
	for (i_ = 0; i_ < NAMES; i_++)					\
		EXPECT_EQ(info(names[i_]).st_ino, ino_of(&handle[i_].h)) { \
			TH_LOG("%s", names[i_] ?: "");			\
		}							\
} while (0)

TEST_F(handle, live)
{
	char text[16] = "";
	int fd;

	ASSERT_EQ(0, get_all());
	EXPECT_ALL_FOUND();
	fd = open_handle(&handle[0].h, O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(5, read(fd, text, sizeof(text)));
	EXPECT_STREQ("lower", text);
	EXPECT_EQ(1, write(fd, "+", 1));
	close(fd);
	EXPECT_STREQ("lower+", cat("m/file"));
	EXPECT_STREQ("lower", cat("l/file"));
	EXPECT_EQ(-EPERM, AS(1000, open_handle(&handle[0].h, O_RDONLY) < 0 ? -1 : 0));
}

TEST_F(handle, over_copy_up)
{
	int i;

	ASSERT_EQ(0, get_all());
	for (i = 0; i < NAMES; i++)
		EXPECT_EQ(0, chmod(names[i], 0700));
	EXPECT_ALL_FOUND();
	drop_caches();
	EXPECT_ALL_FOUND();
	EXPECT_EQ(0, append("m/dir/a", "+"));
	drop_caches();
	EXPECT_ALL_FOUND();
}

TEST_F(handle, over_remount)
{
	int i;

	ASSERT_EQ(0, get_all());
	ASSERT_EQ(0, union_remount());
	drop_caches();
	EXPECT_ALL_FOUND();
	for (i = 0; i < NAMES; i++)
		EXPECT_EQ(0, chmod(names[i], 0700));
	ASSERT_EQ(0, union_remount());
	EXPECT_ALL_FOUND();
	/* What is told after copy-up is told again. */
	ASSERT_EQ(0, get_all());
	ASSERT_EQ(0, union_remount());
	EXPECT_ALL_FOUND();
}

/* Before anything else has looked at it by its name. */
TEST_F(handle, cold)
{
	long ino[NAMES];
	int i, last;

	ASSERT_EQ(0, get_all());
	for (i = 0; i < NAMES; i++)
		ino[i] = info(names[i]).st_ino;
	for (last = NAMES - 1; last >= 0; last--) {
		ASSERT_EQ(0, union_remount());
		EXPECT_EQ(ino[last], ino_of(&handle[last].h)) {
			TH_LOG("%s", names[last] ?: "");
		}
	}
}

/*
 * A file that was only below when the handle was told may be found no more after
 * its name has changed; but no other file is found.
 */
TEST_F(handle, over_rename)
{
	ino_t ino[NAMES];
	int i, pass;
	long ret;

	ASSERT_EQ(0, get_all());
	for (i = 0; i < NAMES; i++)
		ino[i] = info(names[i]).st_ino;
	EXPECT_EQ(0, rename("m/dir", "m/updir/moved"));
	EXPECT_EQ(0, rename("m/file", "m/updir/file"));
	EXPECT_EQ(0, rename("m/upper", "m/file"));
	EXPECT_EQ(0, rename("m/updir", "m/dir"));
	for (pass = 0; pass < 3; pass++) {
		for (i = 0; i < NAMES; i++) {
			ret = ino_of(&handle[i].h);
			/* Those of the upper branch are as on its filesystem. */
			EXPECT_TRUE(ret == ino[i] ||
				    (ret == -ESTALE && (i < 3 || i == 6))) {
				TH_LOG("%s, pass %d: %ld", names[i] ?: "", pass,
				       ret);
			}
			if (ret == -ESTALE)
				printf("# pass %d: %s is stale\n", pass, names[i]);
		}
		if (pass == 0)
			drop_caches();
		else
			ASSERT_EQ(0, union_remount());
	}
	/* So may one that is told afterwards, when the caches have gone. */
	ASSERT_EQ(0, get("m/dir/moved", &handle[1].h));
	ASSERT_EQ(0, get("m/dir/moved/a", &handle[2].h));
	ASSERT_EQ(0, get("m/dir/file", &handle[0].h));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(ino[i], ino_of(&handle[i].h));
	ASSERT_EQ(0, union_remount());
	for (i = 0; i < 3; i++) {
		ret = ino_of(&handle[i].h);
		EXPECT_TRUE(ret == ino[i] || ret == -ESTALE);
	}
}

/* A directory that was opened by its handle is connected to its parents. */
TEST_F(handle, directories_are_connected)
{
	struct stat st;
	int fd;

	ASSERT_EQ(0, get_all());
	ASSERT_EQ(0, union_remount());
	fd = open_handle(&handle[1].h, O_RDONLY | O_DIRECTORY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, fstatat(fd, "..", &st, 0));
	EXPECT_EQ(info("m").st_ino, st.st_ino);
	EXPECT_EQ(0, fstatat(fd, "a", &st, 0));
	EXPECT_EQ(info("m/dir/a").st_ino, st.st_ino);
	EXPECT_LE(0, openat(fd, "new", O_CREAT | O_RDWR, 0600));
	EXPECT_TRUE(exists("m/dir/new"));
	EXPECT_NE(NULL, strstr(target(fmt("/proc/self/fd/%d", fd)), "/m/dir"));
	close(fd);
}

TEST_F(handle, removed)
{
	static const int order[NAMES] = { 0, 2, 1, 3, 5, 4, 6 };
	int i, pass;

	ASSERT_EQ(0, get_all());
	EXPECT_EQ(0, unlink("m/merged/x"));
	for (i = 0; i < NAMES; i++)
		EXPECT_EQ(0, remove(names[order[i]]));
	for (pass = 0; pass < 3; pass++) {
		for (i = 0; i < NAMES; i++)
			EXPECT_EQ(-ESTALE, ino_of(&handle[i].h)) {
				TH_LOG("%s, pass %d", names[i] ?: "", pass);
			}
		if (pass == 0) {
			/* Others of the same names are other files. */
			for (i = 0; i < NAMES; i++)
				mknod(names[i], S_IFREG | 0600, 0);
			drop_caches();
		} else if (pass == 1) {
			ASSERT_EQ(0, union_remount());
		}
	}
}

/* One that is open still is found until it is closed. */
TEST_F(handle, unlinked_but_open)
{
	int fd = open("m/upper", O_RDONLY);
	struct stat st;

	ASSERT_EQ(0, get_all());
	EXPECT_EQ(0, unlink("m/upper"));
	EXPECT_EQ(0, fstat(fd, &st));
	EXPECT_TRUE(ino_of(&handle[3].h) == st.st_ino ||
		    ino_of(&handle[3].h) == -ESTALE);
	close(fd);
	EXPECT_EQ(-ESTALE, ino_of(&handle[3].h));
}

TEST_F(handle, hard_links)
{
	long ino = info("m/h1").st_ino;

	ASSERT_EQ(0, get("m/h1", &handle[0].h));
	ASSERT_EQ(0, get("m/h2", &handle[1].h));
	EXPECT_EQ(0, append("m/h2", "+"));
	EXPECT_EQ(ino, ino_of(&handle[0].h));
	EXPECT_EQ(ino, ino_of(&handle[1].h));
	EXPECT_EQ(0, unlink("m/h1"));
	ASSERT_EQ(0, union_remount());
	EXPECT_EQ(ino, ino_of(&handle[0].h));
	EXPECT_EQ(ino, ino_of(&handle[1].h));
	EXPECT_EQ(0, unlink("m/h2"));
	EXPECT_EQ(-ESTALE, ino_of(&handle[0].h));
	ASSERT_EQ(0, union_remount());
	EXPECT_EQ(-ESTALE, ino_of(&handle[1].h));
}

TEST_F(handle, garbage)
{
	struct file_handle *h = &handle[0].h;
	unsigned int i, size;
	long ret, ino;

	ASSERT_EQ(0, get("m/dir/a", h));
	ino = info("m/dir/a").st_ino;
	size = h->handle_bytes;
	/* A byte changed: the same file, or none. Others are guessed by nobody but root. */
	for (i = 0; i < size; i++) {
		h->f_handle[i] ^= 0x55;
		ret = ino_of(h);
		EXPECT_TRUE(ret == ino || ret < 0) {
			TH_LOG("byte %u: %ld", i, ret);
		}
		h->f_handle[i] ^= 0x55;
	}
	for (i = 0; i < size; i += 4) {
		h->handle_bytes = i;
		ret = ino_of(h);
		EXPECT_TRUE(ret == ino || ret < 0);
	}
	h->handle_bytes = size;
	h->handle_type ^= 0x7f;
	EXPECT_GT(0, ino_of(h));
	h->handle_type ^= 0x7f;
	EXPECT_EQ(ino, ino_of(h));
	h->handle_bytes = 1;
	EXPECT_EQ(-EOVERFLOW, ERR(name_to_handle_at(AT_FDCWD, "m/file", h,
						    (int[]){ 0 }, 0)));
}

TEST_HARNESS_MAIN
