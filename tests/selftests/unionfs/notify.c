// SPDX-License-Identifier: GPL-2.0
/* inotify and fanotify on the union: an event for each change, from either branch. */
#include <poll.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>

#include "test.h"

static void populate(void)
{
	put("l/file", "lower");
	mkdir("l/dir", 0755);
	put("l/dir/a", "la");
	union_mount("l", NULL);
	put("m/upper", "upper");
}

STACK_FIXTURE(notify)

/* "NAME:events" of all that is waiting. */
static const char *events(int fd)
{
	static char text[8192];
	char buf[8192] __attribute__((aligned(8)));
	static const struct { unsigned int bit; const char *name; } bits[] = {
		{ IN_ACCESS, "access" }, { IN_MODIFY, "modify" },
		{ IN_ATTRIB, "attrib" }, { IN_CLOSE_WRITE, "close-write" },
		{ IN_CLOSE_NOWRITE, "close" }, { IN_OPEN, "open" },
		{ IN_MOVED_FROM, "from" }, { IN_MOVED_TO, "to" },
		{ IN_CREATE, "create" }, { IN_DELETE, "delete" },
		{ IN_DELETE_SELF, "delete-self" }, { IN_MOVE_SELF, "move-self" },
		{ IN_IGNORED, "ignored" }, { IN_UNMOUNT, "unmount" },
	};
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct inotify_event *e;
	unsigned int i;
	ssize_t n, at;

	*text = '\0';
	while (poll(&p, 1, 0) > 0) {
		n = read(fd, buf, sizeof(buf));
		for (at = 0; at < n; at += sizeof(*e) + e->len) {
			e = (void *)(buf + at);
			sprintf(text + strlen(text), "%s%s:", *text ? " " : "",
				e->len ? e->name : "");
			for (i = 0; i < ARRAY_SIZE(bits); i++)
				if (e->mask & bits[i].bit)
					strcat(text, bits[i].name);
		}
	}
	return text;
}

TEST_F(notify, directory)
{
	int in = inotify_init1(IN_CLOEXEC), fd;

	ASSERT_LE(0, inotify_add_watch(in, "m/dir", IN_ALL_EVENTS));
	fd = open("m/dir/a", O_WRONLY | O_APPEND);
	EXPECT_STREQ("a:open", events(in));
	EXPECT_EQ(1, write(fd, "+", 1));
	EXPECT_STREQ("a:modify", events(in));
	EXPECT_EQ(0, fchmod(fd, 0600));
	EXPECT_STREQ("a:attrib", events(in));
	close(fd);
	EXPECT_STREQ("a:close-write", events(in));
	EXPECT_STREQ("la+", cat("m/dir/a"));
	EXPECT_STREQ("a:open a:access a:close", events(in));
	EXPECT_EQ(0, mkdir("m/dir/d", 0755));
	EXPECT_STREQ("d:create", events(in));
	EXPECT_EQ(0, rename("m/dir/a", "m/dir/b"));
	EXPECT_STREQ("a:from b:to", events(in));
	EXPECT_EQ(0, unlink("m/dir/b"));
	EXPECT_STREQ("b:delete", events(in));
	EXPECT_EQ(0, rename("m/file", "m/dir/f"));
	EXPECT_STREQ("f:to", events(in));
	EXPECT_EQ(0, link("m/dir/f", "m/dir/g"));
	EXPECT_STREQ("g:create", events(in));
	EXPECT_EQ(0, rmdir("m/dir/d"));
	EXPECT_STREQ("d:delete", events(in));
	EXPECT_EQ(0, chmod("m/dir", 0700));
	EXPECT_STREQ(":attrib", events(in));
	close(in);
}

/* A watch on a lower file is on the same file after copy-up. */
TEST_F(notify, file_over_copy_up)
{
	int in = inotify_init1(IN_CLOEXEC), fd;
	char byte;

	ASSERT_LE(0, inotify_add_watch(in, "m/file", IN_ALL_EVENTS));
	fd = open("m/file", O_RDONLY);
	EXPECT_STREQ(":open", events(in));
	EXPECT_EQ(1, read(fd, &byte, 1));
	EXPECT_STREQ(":access", events(in));
	close(fd);
	EXPECT_STREQ(":close", events(in));
	EXPECT_EQ(0, chmod("m/file", 0600));
	EXPECT_STREQ(":attrib", events(in));
	fd = open("m/file", O_WRONLY | O_APPEND);
	EXPECT_STREQ(":open", events(in));
	EXPECT_EQ(1, write(fd, "+", 1));
	EXPECT_STREQ(":modify", events(in));
	EXPECT_EQ(0, ftruncate(fd, 2));
	EXPECT_STREQ(":modify", events(in));
	close(fd);
	EXPECT_STREQ(":close-write", events(in));
	EXPECT_EQ(0, rename("m/file", "m/dir/moved"));
	EXPECT_STREQ(":move-self", events(in));
	EXPECT_EQ(0, setxattr("m/dir/moved", "user.x", "y", 1, 0));
	EXPECT_STREQ(":attrib", events(in));
	EXPECT_EQ(0, unlink("m/dir/moved"));
	EXPECT_STREQ(":attrib :delete-self :ignored", events(in));
	close(in);
}

TEST_F(notify, unmount)
{
	int in = inotify_init1(IN_CLOEXEC);

	ASSERT_LE(0, inotify_add_watch(in, "m/file", IN_ALL_EVENTS));
	ASSERT_EQ(0, union_umount());
	EXPECT_STREQ(":unmount :ignored", events(in));
	close(in);
	ASSERT_EQ(0, union_mount("l", NULL));
}

/* The mask of the next event, or 0; the name of the file it is of. */
static uint64_t fan_event(int fan, char *name, size_t size)
{
	struct pollfd p = { .fd = fan, .events = POLLIN };
	char buf[4096] __attribute__((aligned(8)));
	struct fanotify_event_metadata *e = (void *)buf;
	ssize_t n;

	*name = '\0';
	if (poll(&p, 1, 0) <= 0 || read(fan, buf, FAN_EVENT_METADATA_LEN) <= 0)
		return 0;
	n = readlink(fmt("/proc/self/fd/%d", e->fd), name, size - 1);
	if (n > 0)
		name[n] = '\0';
	close(e->fd);
	return e->mask;
}

TEST_F(notify, fanotify_mount)
{
	int fan = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC, O_RDONLY), fd;
	char name[4096];

	ASSERT_LE(0, fan);
	ASSERT_EQ(0, ERR(fanotify_mark(fan, FAN_MARK_ADD | FAN_MARK_MOUNT,
				       FAN_OPEN | FAN_MODIFY | FAN_CLOSE_WRITE,
				       AT_FDCWD, "m")));
	fd = open("m/dir/a", O_WRONLY | O_APPEND);
	EXPECT_EQ(FAN_OPEN, fan_event(fan, name, sizeof(name)));
	EXPECT_NE(NULL, strstr(name, "/m/dir/a"));
	EXPECT_EQ(1, write(fd, "+", 1));
	EXPECT_EQ(FAN_MODIFY, fan_event(fan, name, sizeof(name)));
	EXPECT_NE(NULL, strstr(name, "/m/dir/a"));
	close(fd);
	EXPECT_EQ(FAN_CLOSE_WRITE, fan_event(fan, name, sizeof(name)));
	EXPECT_EQ(0, fan_event(fan, name, sizeof(name)));
	close(fan);
}

/* By file handle, as a daemon that watches the whole filesystem does. */
TEST_F(notify, fanotify_filesystem)
{
	int fan = fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME, O_RDONLY);
	char buf[4096] __attribute__((aligned(8)));
	struct fanotify_event_metadata *e = (void *)buf;
	struct fanotify_event_info_fid *fid = (void *)(e + 1);
	struct file_handle *handle = (void *)fid->handle;
	struct pollfd p = { .fd = fan, .events = POLLIN };
	long ret;

	ASSERT_LE(0, fan);
	ret = ERR(fanotify_mark(fan, FAN_MARK_ADD | FAN_MARK_FILESYSTEM,
				FAN_CREATE | FAN_DELETE, AT_FDCWD, "m"));
	if (ret == -EOPNOTSUPP && is_overlay())
		SKIP(return, "overlayfs without nfs_export has no handles");
	ASSERT_EQ(0, ret);
	EXPECT_EQ(0, put("m/dir/new", "x"));
	ASSERT_EQ(1, poll(&p, 1, 1000));
	ASSERT_LT(0, read(fan, buf, sizeof(buf)));
	EXPECT_EQ(FAN_CREATE, e->mask);
	EXPECT_EQ(FAN_EVENT_INFO_TYPE_DFID_NAME, fid->hdr.info_type);
	EXPECT_STREQ("new", (char *)handle->f_handle + handle->handle_bytes);
	close(fan);
}

TEST_F(notify, fanotify_permission)
{
	int fan = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY);
	struct fanotify_event_metadata e;
	struct fanotify_response response = { .response = FAN_DENY };
	pid_t pid;

	ASSERT_LE(0, fan);
	ASSERT_EQ(0, ERR(fanotify_mark(fan, FAN_MARK_ADD, FAN_OPEN_PERM,
				       AT_FDCWD, "m/file")));
	pid = fork();
	if (!pid)
		_exit(open("m/file", O_RDONLY) < 0 ? errno : 0);
	ASSERT_EQ(sizeof(e), read(fan, &e, sizeof(e)));
	EXPECT_EQ(FAN_OPEN_PERM, e.mask);
	response.fd = e.fd;
	EXPECT_EQ(sizeof(response), write(fan, &response, sizeof(response)));
	close(e.fd);
	EXPECT_EQ(EPERM, wait_for(pid));
	close(fan);
}

TEST_HARNESS_MAIN
