// SPDX-License-Identifier: GPL-2.0
/* Extended attributes and POSIX ACLs. */
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>

#include "test.h"

#define ACCESS "system.posix_acl_access"
#define DEFAULT "system.posix_acl_default"

static void populate(void)
{
	put("l/file", "lower");
	chmod("l/file", 0644);
	setxattr("l/file", "user.a", "one", 3, 0);
	setxattr("l/file", "user.b", "two", 3, 0);
	setxattr("l/file", "trusted.t", "three", 5, 0);
	mkdir("l/dir", 0755);
	put("l/dir/a", "la");
	setxattr("l/dir", "user.d", "dir", 3, 0);
	symlink("file", "l/link");
	mkfifo("l/fifo", 0644);
	fill("l/big", 1 << 20, 1);
	union_mount("l", NULL);
}

STACK_FIXTURE(xattr)

static const char *list(const char *path)
{
	static char names[8192];
	ssize_t n = llistxattr(path, names, sizeof(names)), i;

	if (n < 0)
		return fmt("<%s>", strerrorname_np(errno));
	for (i = 0; i + 1 < n; i++)
		if (!names[i])
			names[i] = ' ';
	names[n] = '\0';
	return names;
}

TEST_F(xattr, of_lower)
{
	char value[16];

	EXPECT_STREQ("one", xattr("m/file", "user.a"));
	EXPECT_STREQ("dir", xattr("m/dir", "user.d"));
	EXPECT_STREQ("three", xattr("m/file", "trusted.t"));
	EXPECT_EQ(3, getxattr("m/file", "user.a", NULL, 0));
	EXPECT_EQ(-ERANGE, ERR(getxattr("m/file", "user.a", value, 2)));
	EXPECT_EQ(-ENODATA, ERR(getxattr("m/file", "user.none", value, 2)));
	EXPECT_EQ(-ERANGE, ERR(listxattr("m/file", value, 2)));
	EXPECT_EQ(strlen("user.a user.b trusted.t") + 1,
		  listxattr("m/file", NULL, 0));
	EXPECT_EQ(-EOPNOTSUPP, ERR(getxattr("m/file", "nothing.x", value, 2)));
	EXPECT_STREQ("", ls("u"));
}

TEST_F(xattr, change)
{
	static const char *const names[] = { "m/file", "m/dir", "m/new", "m/newdir" };
	char big[70000];
	unsigned int i;

	put("m/new", "x");
	mkdir("m/newdir", 0755);
	memset(big, 'v', sizeof(big));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(-ENODATA, ERR(setxattr(names[i], "user.n", "v", 1, XATTR_REPLACE)));
		EXPECT_EQ(0, ERR(setxattr(names[i], "user.n", "v", 1, XATTR_CREATE)));
		EXPECT_EQ(-EEXIST, ERR(setxattr(names[i], "user.n", "v", 1, XATTR_CREATE)));
		EXPECT_EQ(0, ERR(setxattr(names[i], "user.n", "w", 1, XATTR_REPLACE)));
		EXPECT_STREQ("w", xattr(names[i], "user.n"));
		EXPECT_EQ(0, ERR(setxattr(names[i], "user.empty", "", 0, 0)));
		EXPECT_STREQ("", xattr(names[i], "user.empty"));
		EXPECT_EQ(0, ERR(setxattr(names[i], "user.big", big, 2000, 0)));
		EXPECT_EQ(2000, getxattr(names[i], "user.big", NULL, 0));
		EXPECT_EQ(0, ERR(removexattr(names[i], "user.big")));
		EXPECT_EQ(-ENODATA, ERR(removexattr(names[i], "user.big")));
		EXPECT_EQ(0, ERR(setxattr(names[i], "trusted.x", "t", 1, 0)));
		EXPECT_STREQ("t", xattr(names[i], "trusted.x"));
		EXPECT_EQ(0, ERR(setxattr(names[i], "security.x", "s", 1, 0)));
		EXPECT_STREQ("s", xattr(names[i], "security.x"));
		EXPECT_EQ(-E2BIG, ERR(setxattr(names[i], "user.x", big, 65537, 0)));
	}
	EXPECT_EQ(0, ERR(removexattr("m/file", "user.a")));
	EXPECT_STREQ("<ENODATA>", xattr("m/file", "user.a"));
	EXPECT_STREQ("two", xattr("m/file", "user.b"));
	EXPECT_STREQ("one", xattr("l/file", "user.a"));
	EXPECT_EQ(0, ERR(removexattr("m/dir", "user.d")));
	ASSERT_EQ(0, union_remount());
	EXPECT_STREQ("<ENODATA>", xattr("m/file", "user.a"));
	EXPECT_STREQ("<ENODATA>", xattr("m/dir", "user.d"));
	EXPECT_STREQ("t", xattr("m/file", "trusted.x"));
	EXPECT_STREQ("w", xattr("m/newdir", "user.n"));
	EXPECT_STREQ("", xattr("m/dir", "user.empty"));
	EXPECT_STREQ("lower", cat("m/file"));
}

/* Only files and directories have user xattrs. */
TEST_F(xattr, special_files)
{
	EXPECT_EQ(-EPERM, ERR(lsetxattr("m/link", "user.x", "y", 1, 0)));
	EXPECT_EQ(-EPERM, ERR(lsetxattr("m/fifo", "user.x", "y", 1, 0)));
	EXPECT_EQ(0, ERR(lsetxattr("m/link", "trusted.x", "y", 1, 0)));
	EXPECT_STREQ("y", xattr("m/link", "trusted.x"));
	EXPECT_EQ(0, ERR(lsetxattr("m/fifo", "trusted.x", "y", 1, 0)));
	EXPECT_STREQ("y", xattr("m/fifo", "trusted.x"));
	EXPECT_STREQ("file", target("m/link"));
	EXPECT_STREQ("<ENODATA>", xattr("m/file", "trusted.x"));
}

TEST_F(xattr, permissions)
{
	char value[16];

	EXPECT_EQ(0, AS(1000, getxattr("m/file", "user.a", value, 16)));
	EXPECT_EQ(-ENODATA, AS(1000, getxattr("m/file", "trusted.t", value, 16)));
	EXPECT_EQ(-EPERM, AS(1000, setxattr("m/file", "trusted.t", "x", 1, 0)));
	EXPECT_EQ(-EPERM, AS(1000, setxattr("m/file", "security.t", "x", 1, 0)));
	EXPECT_EQ(-EACCES, AS(1000, setxattr("m/file", "user.t", "x", 1, 0)));
	EXPECT_EQ(-EACCES, AS(1000, removexattr("m/file", "user.a")));
	EXPECT_EQ(0, AS(1000, strstr(list("m/file"), "trusted") ? -1 : 0));
	EXPECT_EQ(0, ERR(chmod("m/file", 0666)));
	EXPECT_EQ(0, AS(1000, setxattr("m/file", "user.t", "x", 1, 0)));
	EXPECT_EQ(0, ERR(chmod("m/file", 0600)));
	EXPECT_EQ(-EACCES, AS(1000, getxattr("m/file", "user.a", value, 16)));
}

/* The union's own notes are not the users'. */
TEST_F(xattr, own_are_hidden)
{
	put("m/file", "x");
	EXPECT_EQ(0, ERR(rename("m/dir", "m/moved")));
	EXPECT_EQ(0, ERR(chmod("m/big", 0600)));
	EXPECT_NE(NULL, strstr(list("u/moved"), "trusted.overlay."));
	EXPECT_NE(NULL, strstr(list("u/big"), "trusted.overlay.metacopy"));
	EXPECT_EQ(NULL, strstr(list("m/moved"), "overlay"));
	EXPECT_EQ(NULL, strstr(list("m/big"), "overlay"));
	EXPECT_EQ(NULL, strstr(list("m/file"), "overlay"));
	EXPECT_EQ(NULL, strstr(list("m"), "overlay"));
	EXPECT_STREQ("user.a user.b trusted.t", list("m/file"));
	EXPECT_LT(0, getxattr("u/moved", "trusted.overlay.redirect", NULL, 0));
	EXPECT_GT(0, ERR(getxattr("m/moved", "trusted.overlay.redirect", NULL, 0)));
}

struct entry {
	uint16_t tag, perm;
	uint32_t id;
};

static int set_acl(const char *path, const char *name, const struct entry *e,
		   int n)
{
	char buf[512];
	struct posix_acl_xattr_header header = { .a_version = POSIX_ACL_XATTR_VERSION };

	memcpy(buf, &header, sizeof(header));
	memcpy(buf + sizeof(header), e, n * sizeof(*e));
	return ERR(setxattr(path, name, buf, sizeof(header) + n * sizeof(*e), 0));
}

/* As text, in the manner of getfacl: u::6,u:5:4,... */
static const char *acl(const char *path, const char *name)
{
	char buf[512], out[512] = "";
	ssize_t n = getxattr(path, name, buf, sizeof(buf)), at;
	struct entry e;

	if (n < 0)
		return fmt("<%s>", strerrorname_np(errno));
	for (at = 4; at + (ssize_t)sizeof(e) <= n; at += sizeof(e)) {
		memcpy(&e, buf + at, sizeof(e));
		sprintf(out + strlen(out), "%s%c:", *out ? "," : "",
			e.tag & (ACL_USER_OBJ | ACL_USER) ? 'u' :
			e.tag & (ACL_GROUP_OBJ | ACL_GROUP) ? 'g' :
			e.tag & ACL_MASK ? 'm' : 'o');
		if (e.tag & (ACL_USER | ACL_GROUP))
			sprintf(out + strlen(out), "%u", e.id);
		sprintf(out + strlen(out), ":%o", e.perm);
	}
	return fmt("%s", out);
}

static const struct entry some[] = {
	{ ACL_USER_OBJ, 6, ACL_UNDEFINED_ID },
	{ ACL_USER, 6, 1000 },
	{ ACL_GROUP_OBJ, 4, ACL_UNDEFINED_ID },
	{ ACL_MASK, 6, ACL_UNDEFINED_ID },
	{ ACL_OTHER, 0, ACL_UNDEFINED_ID },
};

TEST_F(xattr, acl)
{
	static const struct entry minimal[] = {
		{ ACL_USER_OBJ, 6, ACL_UNDEFINED_ID },
		{ ACL_GROUP_OBJ, 4, ACL_UNDEFINED_ID },
		{ ACL_OTHER, 1, ACL_UNDEFINED_ID },
	};
	static const struct entry bad[] = { { ACL_USER, 6, 1000 } };

	EXPECT_STREQ("<ENODATA>", acl("m/file", ACCESS));
	EXPECT_EQ(-EINVAL, set_acl("m/file", ACCESS, bad, 1));
	EXPECT_EQ(-EACCES, set_acl("m/file", DEFAULT, some, 5));
	EXPECT_EQ(-EPERM, AS(1000, set_acl("m/file", ACCESS, some, 5) ? -1 : 0));
	EXPECT_FALSE(exists("u/file"));
	EXPECT_EQ(0, set_acl("m/file", ACCESS, some, 5));
	EXPECT_STREQ("u::6,u:1000:6,g::4,m::6,o::0", acl("m/file", ACCESS));
	EXPECT_EQ(0660, info("m/file").st_mode & 07777);
	EXPECT_EQ(0, AS(1000, append("m/file", "+") ? -1 : 0));
	EXPECT_EQ(-EACCES, AS(1001, open("m/file", O_RDONLY)));
	EXPECT_STREQ("lower+", cat("m/file"));
	/* chmod changes the mask, not the group. */
	EXPECT_EQ(0, ERR(chmod("m/file", 0640)));
	EXPECT_STREQ("u::6,u:1000:6,g::4,m::4,o::0", acl("m/file", ACCESS));
	EXPECT_EQ(-EACCES, AS(1000, open("m/file", O_WRONLY)));
	EXPECT_EQ(0, AS(1000, open("m/file", O_RDONLY)));
	ASSERT_EQ(0, union_remount());
	EXPECT_STREQ("u::6,u:1000:6,g::4,m::4,o::0", acl("m/file", ACCESS));
	EXPECT_EQ(-EACCES, AS(1000, open("m/file", O_WRONLY)));
	EXPECT_EQ(0, set_acl("m/file", ACCESS, minimal, 3));
	EXPECT_STREQ("<ENODATA>", acl("m/file", ACCESS));
	EXPECT_EQ(0641, info("m/file").st_mode & 07777);
	EXPECT_EQ(0, set_acl("m/file", ACCESS, some, 5));
	EXPECT_EQ(0, ERR(removexattr("m/file", ACCESS)));
	EXPECT_STREQ("<ENODATA>", acl("m/file", ACCESS));
	EXPECT_STREQ("<ENODATA>", acl("l/file", ACCESS));
	EXPECT_EQ(0644, info("l/file").st_mode & 07777);
	EXPECT_EQ(0, set_acl("m/big", ACCESS, some, 5));
	EXPECT_GT(1000, info("u/big").st_blocks);
}

TEST_F(xattr, acl_of_lower)
{
	ASSERT_EQ(0, union_umount());
	EXPECT_EQ(0, set_acl("l/file", ACCESS, some, 5));
	EXPECT_EQ(0, set_acl("l/dir", DEFAULT, some, 5));
	ASSERT_EQ(0, union_mount("l", NULL));
	EXPECT_STREQ("u::6,u:1000:6,g::4,m::6,o::0", acl("m/file", ACCESS));
	EXPECT_EQ(0, AS(1000, access("m/file", R_OK | W_OK)));
	EXPECT_EQ(-EACCES, AS(1001, access("m/file", R_OK)));
	EXPECT_EQ(0, AS(1000, append("m/file", "+") ? -1 : 0));
	EXPECT_STREQ("u::6,u:1000:6,g::4,m::6,o::0", acl("m/file", ACCESS));
	EXPECT_STREQ("u::6,u:1000:6,g::4,m::6,o::0", acl("m/dir", DEFAULT));
	EXPECT_EQ(0, put("m/dir/new", ""));
	EXPECT_STREQ("u::6,u:1000:6,g::4,m::4,o::0", acl("m/dir/new", ACCESS));
	EXPECT_STREQ("u::6,u:1000:6,g::4,m::6,o::0", acl("m/dir", DEFAULT));
	EXPECT_STREQ("<ENODATA>", acl("m/dir/a", ACCESS));
}

TEST_F(xattr, acl_inherited)
{
	mode_t old = umask(077);
	int fd;

	/* With a default ACL the umask does not count. */
	EXPECT_EQ(0, set_acl("m/dir", DEFAULT, some, 5));
	fd = open("m/dir/f", O_CREAT | O_RDWR, 0666);
	close(fd);
	EXPECT_EQ(0660, info("m/dir/f").st_mode & 07777);
	EXPECT_STREQ("u::6,u:1000:6,g::4,m::6,o::0", acl("m/dir/f", ACCESS));
	fd = open("m/dir/g", O_CREAT | O_RDWR, 0640);
	close(fd);
	EXPECT_EQ(0640, info("m/dir/g").st_mode & 07777);
	EXPECT_STREQ("u::6,u:1000:6,g::4,m::4,o::0", acl("m/dir/g", ACCESS));
	EXPECT_EQ(0, ERR(mkdir("m/dir/d", 0777)));
	EXPECT_EQ(0660, info("m/dir/d").st_mode & 07777);
	EXPECT_STREQ("u::6,u:1000:6,g::4,m::6,o::0", acl("m/dir/d", DEFAULT));
	EXPECT_EQ(0, ERR(mkfifo("m/dir/p", 0666)));
	EXPECT_STREQ("u::6,u:1000:6,g::4,m::6,o::0", acl("m/dir/p", ACCESS));
	EXPECT_EQ(0, ERR(symlink("x", "m/dir/s")));
	EXPECT_EQ(0777, info("m/dir/s").st_mode & 07777);
	fd = open("m/dir", O_TMPFILE | O_RDWR, 0666);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ERR(linkat(AT_FDCWD, fmt("/proc/self/fd/%d", fd), AT_FDCWD,
				"m/dir/t", AT_SYMLINK_FOLLOW)));
	close(fd);
	EXPECT_EQ(0660, info("m/dir/t").st_mode & 07777);
	EXPECT_STREQ("u::6,u:1000:6,g::4,m::6,o::0", acl("m/dir/t", ACCESS));
	/* Nor does copy-up make a file inherit. */
	EXPECT_EQ(0, append("m/dir/a", "+"));
	EXPECT_STREQ("<ENODATA>", acl("m/dir/a", ACCESS));
	EXPECT_EQ(0644, info("m/dir/a").st_mode & 07777);
	/* Without one it does. */
	fd = open("m/n", O_CREAT | O_RDWR, 0666);
	close(fd);
	EXPECT_EQ(0600, info("m/n").st_mode & 07777);
	EXPECT_EQ(0, ERR(mkdir("m/nd", 0777)));
	EXPECT_EQ(0700, info("m/nd").st_mode & 07777);
	umask(old);
	ASSERT_EQ(0, union_remount());
	EXPECT_STREQ("u::6,u:1000:6,g::4,m::6,o::0", acl("m/dir/d", DEFAULT));
	EXPECT_STREQ("u::6,u:1000:6,g::4,m::4,o::0", acl("m/dir/g", ACCESS));
}

TEST_HARNESS_MAIN
