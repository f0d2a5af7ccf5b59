// SPDX-License-Identifier: GPL-2.0
/*
 * No privilege comes from what a branch holds, or from mounting a union where
 * one is nobody. Each test is in the spirit of a hole that overlayfs had.
 */
#include <sched.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>

#include "test.h"

#define CAPS "security.capability"

/* CAP_DAC_OVERRIDE, effective, version 2. */
static const unsigned char dac[20] = { 1, 0, 0, 2, 2 };

static void populate(void)
{
	put("l/file", "lower");
	mkdir("l/dir", 0777);
	put("l/dir/a", "la");
	put("secret", "host");
	chmod("secret", 0600);
	chmod(".", 0755);
}

STACK_FIXTURE(security)

/*
 * Becomes root of a new user namespace of user 1000, as unshare -Urm does, with
 * a mount namespace of its own.
 */
static int own_namespace(void)
{
	int go[2], ready[2];
	char byte;
	pid_t pid;

	if (pipe(go) || pipe(ready))
		return -errno;
	pid = fork();
	if (!pid) {
		/* The map is of one id, so 1000 itself could write it. */
		const char *parent = fmt("/proc/%d", getppid());

		if (read(go[0], &byte, 1) != 1 ||
		    write_text(fmt("%s/setgroups", parent), "deny") ||
		    write_text(fmt("%s/uid_map", parent), "0 1000 1") ||
		    write_text(fmt("%s/gid_map", parent), "0 1000 1"))
			_exit(1);
		_exit(0);
	}
	become(1000);
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) || write(go[1], "", 1) != 1 ||
	    wait_for(pid))
		return -EPERM;
	return setresgid(0, 0, 0) || setresuid(0, 0, 0) ? -errno : 0;
}

static int mount_own(const char *options)
{
	int ret = own_namespace();

	if (ret)
		return ret;
	return ERR(mount("union", "n/m", union_type(), 0, options));
}

/* A place of user 1000's own, on which it mounts. */
static const char *own_place(void)
{
	mkdir("n", 0755);
	mount("tmpfs", "n", "tmpfs", 0, "mode=777");
	mkdir("n/l", 0777);
	mkdir("n/u", 0777);
	mkdir("n/w", 0777);
	mkdir("n/m", 0777);
	chown("n/l", 1000, 1000);
	chown("n/u", 1000, 1000);
	chown("n/w", 1000, 1000);
	return "lowerdir=n/l,upperdir=n/u,workdir=n/w,userxattr";
}

/* CVE-2021-3493: file capabilities set inside a namespace count outside. */
TEST_F(security, capabilities_set_inside)
{
	const char *options = own_place();
	unsigned char cap[64];
	ssize_t n;
	pid_t pid;

	RUN("cp", "/bin/cat", "n/l/cat");
	chown("n/l/cat", 1000, 1000);
	pid = fork();
	if (!pid) {
		if (mount_own(options))
			_exit(10);
		if (setxattr("n/m/cat", CAPS, dac, sizeof(dac), 0))
			_exit(11);
		/* Inside they do count. */
		if (getxattr("n/m/cat", CAPS, cap, sizeof(cap)) != 20)
			_exit(12);
		_exit(0);
	}
	EXPECT_EQ(0, wait_for(pid));
	ASSERT_TRUE(exists("n/u/cat"));
	n = getxattr("n/u/cat", CAPS, cap, sizeof(cap));
	EXPECT_EQ(24, n);
	EXPECT_EQ(1000, n == 24 ? *(uint32_t *)(cap + 20) : 0);
	EXPECT_EQ(NULL, strstr(SAYS(1000, -1, "n/u/cat", "secret"), "host"));
	EXPECT_EQ(NULL, strstr(SAYS(1001, -1, "n/u/cat", "secret"), "host"));
}

/* The same with trusted names: neither set nor made by copy-up. */
TEST_F(security, privileged_names_inside)
{
	const char *options = own_place();
	pid_t pid;

	put("n/l/file", "x");
	chown("n/l/file", 1000, 1000);
	pid = fork();
	if (!pid) {
		if (mount_own(options))
			_exit(10);
		if (!setxattr("n/m/file", "trusted.x", "y", 1, 0))
			_exit(11);
		if (!setxattr("n/m/file", "trusted.overlay.redirect", "/", 1, 0))
			_exit(12);
		if (!setxattr("n/m/file", "security.x", "y", 1, 0))
			_exit(13);
		if (!mknod("n/m/null", S_IFCHR | 0666, makedev(1, 3)))
			_exit(14);
		if (!mknod("n/m/disk", S_IFBLK | 0666, makedev(8, 0)))
			_exit(15);
		if (put("n/m/file", "changed"))
			_exit(16);
		/* Its owner can set, but not by this name. */
		if (!setxattr("n/m/file", "user.overlay.opaque", "y", 1, 0) &&
		    !strcmp(xattr("n/u/file", "user.overlay.opaque"), "y"))
			_exit(17);
		_exit(0);
	}
	EXPECT_EQ(0, wait_for(pid));
	EXPECT_STREQ("changed", cat("n/u/file"));
	EXPECT_STREQ("<ENODATA>", xattr("n/u/file", "trusted.x"));
	EXPECT_STREQ("<ENODATA>", xattr("n/u/file", "trusted.overlay.redirect"));
	EXPECT_STREQ("<ENODATA>", xattr("n/u/file", "trusted.overlay.origin"));
}

/*
 * CVE-2023-0386: copy-up makes a set-uid file of root of one whose owner the
 * mounter has no right over.
 */
TEST_F(security, set_uid_of_foreign_owner)
{
	const char *options = own_place();
	pid_t pid;

	RUN("cp", "/usr/bin/id", "n/l/id");
	chown("n/l/id", 0, 0);
	chmod("n/l/id", 06777);
	pid = fork();
	if (!pid) {
		if (mount_own(options))
			_exit(10);
		/* Writing, touching and linking copy up. */
		put_at("n/m/id", 0, "\x7f");
		utimensat(AT_FDCWD, "n/m/id", NULL, 0);
		chmod("n/m/id", 06777);
		link("n/m/id", "n/m/link");
		rename("n/m/id", "n/m/renamed");
		_exit(0);
	}
	EXPECT_EQ(0, wait_for(pid));
	EXPECT_FALSE(exists("n/u/id") && info("n/u/id").st_uid == 0 &&
		     info("n/u/id").st_mode & S_ISUID);
	EXPECT_FALSE(exists("n/u/link") && info("n/u/link").st_uid == 0 &&
		     info("n/u/link").st_mode & S_ISUID);
	EXPECT_FALSE(exists("n/u/renamed") && info("n/u/renamed").st_uid == 0 &&
		     info("n/u/renamed").st_mode & S_ISUID);
	EXPECT_EQ(0, info("n/l/id").st_uid);
}

/* A nosuid branch: the flag is of its mount, and holds in the union's copy too. */
TEST_F(security, nosuid_lower)
{
	RUN("cp", "/usr/bin/id", "l/id");
	chmod("l/id", 04755);
	RUN("cp", "/bin/cat", "l/cat");
	setxattr("l/cat", CAPS, dac, sizeof(dac), 0);
	ASSERT_EQ(0, union_mount("l", NULL));
	EXPECT_STREQ("0", SAYS(1000, -1, "m/id", "-u"));
	EXPECT_STREQ("host", SAYS(1000, -1, "m/cat", "secret"));
	ASSERT_EQ(0, mount(NULL, "m", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID, NULL));
	EXPECT_STREQ("1000", SAYS(1000, -1, "m/id", "-u"));
	EXPECT_EQ(NULL, strstr(SAYS(1000, -1, "m/cat", "secret"), "host"));
	ASSERT_EQ(0, mount(NULL, "m", NULL, MS_REMOUNT | MS_BIND | MS_NOEXEC, NULL));
	EXPECT_STREQ("<EACCES>", SAYS(1000, -1, "m/id", "-u"));
}

/* CVE-2023-2640, CVE-2023-32629: names that are only root's to set. */
TEST_F(security, names_are_not_for_users)
{
	static const char *const names[] = {
		"trusted.overlay.opaque", "trusted.overlay.redirect",
		"trusted.overlay.metacopy", "trusted.overlay.origin",
		"trusted.overlay.whiteout", "trusted.x", "security.x", CAPS,
	};
	static const char *const paths[] = { "m/dir", "m/dir/own", "m/file", "m/upper" };
	unsigned int i, j;

	ASSERT_EQ(0, union_mount("l", NULL));
	put("m/upper", "");
	chown("m/upper", 1000, 1000);
	chown("m/file", 1000, 1000);
	ASSERT_EQ(0, AS(1000, open("m/dir/own", O_CREAT | O_RDWR, 0666)));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		for (j = 0; j < ARRAY_SIZE(paths); j++) {
			EXPECT_EQ(-EPERM, AS(1000, setxattr(paths[j], names[i],
							    dac, 20, 0))) {
				TH_LOG("%s of %s", names[i], paths[j]);
			}
			EXPECT_GT(0, AS(1000, removexattr(paths[j], names[i])));
			EXPECT_EQ(-1, getxattr(fmt("u%s", paths[j] + 1),
					       names[i], NULL, 0) > 0 &&
				  i != 3 ? 0 : -1) {
				TH_LOG("%s of %s", names[i], paths[j]);
			}
		}
	}
}

/* What root sets through the union is a file's, and no order to the union. */
TEST_F(security, orders_are_not_taken_from_above)
{
	long ret;

	ASSERT_EQ(0, union_mount("l", NULL));
	ret = ERR(setxattr("m/dir", "trusted.overlay.opaque", "y", 1, 0));
	EXPECT_STREQ("a", ls("m/dir"));
	if (!ret)
		EXPECT_STREQ("y", xattr("m/dir", "trusted.overlay.opaque"));
	setxattr("m/file", "trusted.overlay.redirect", "/secret", 7, 0);
	setxattr("m/file", "trusted.overlay.metacopy", "", 0, 0);
	ASSERT_EQ(0, union_remount());
	EXPECT_STREQ("a", ls("m/dir"));
	EXPECT_STREQ("lower", cat("m/file"));
}

/* A device 0/0 made through the union is that device, and hides nothing. */
TEST_F(security, whiteout_made_by_user)
{
	mkdir("l2", 0755);
	put("l2/below", "below");
	chmod("l/dir", 0777);
	ASSERT_EQ(0, union_mount("l:l2", NULL));
	/* Linux lets anybody make 0/0, since whiteouts are no devices. */
	EXPECT_EQ(0, AS(1000, mknod("m/dir/wh", S_IFCHR | 0600, makedev(0, 0))));
	EXPECT_EQ(S_IFCHR | 0600, info("m/dir/wh").st_mode);
	EXPECT_EQ(makedev(0, 0), info("m/dir/wh").st_rdev);
	EXPECT_EQ(1000, info("m/dir/wh").st_uid);
	EXPECT_STREQ("a wh", ls("m/dir"));
	EXPECT_EQ(-EEXIST, ERR(mknod("m/dir/wh", S_IFREG | 0600, 0)));
	EXPECT_EQ(-EEXIST, ERR(mknod("m/dir/a", S_IFCHR | 0600, makedev(0, 0))));
	EXPECT_EQ(0, rename("m/dir/wh", "m/dir/moved"));
	EXPECT_EQ(0, chmod("m/dir/moved", 0640));
	EXPECT_EQ(0, link("m/dir/moved", "m/hard"));
	EXPECT_GT(0, ERR(open("m/dir/moved", O_RDONLY)));
	ASSERT_EQ(0, union_remount());
	EXPECT_STREQ("a moved", ls("m/dir"));
	EXPECT_EQ(S_IFCHR | 0640, info("m/dir/moved").st_mode);
	EXPECT_EQ(2, info("m/hard").st_nlink);
	EXPECT_EQ(0, unlink("m/dir/moved"));
	EXPECT_EQ(0, unlink("m/hard"));
	EXPECT_STREQ("a", ls("m/dir"));
	EXPECT_EQ(0, unlink("m/below"));
	EXPECT_EQ(0, mknod("m/below", S_IFCHR | 0600, makedev(0, 0)));
	EXPECT_EQ(S_IFCHR, info("m/below").st_mode & S_IFMT);
	ASSERT_EQ(0, union_remount());
	EXPECT_EQ(S_IFCHR, info("m/below").st_mode & S_IFMT);
	EXPECT_EQ(0, unlink("m/below"));
	EXPECT_FALSE(exists("m/below"));
}

/* Who mounts without privilege gets what is its own, and no more. */
TEST_F(security, mount_without_privilege)
{
	const char *options = own_place();
	pid_t pid;

	put("n/l/foreign", "of root");
	chmod("n/l/foreign", 0600);
	put("n/l/own", "own");
	chown("n/l/own", 1000, 1000);
	EXPECT_EQ(-EPERM, AS(1000, mount("union", "n/m", union_type(), 0, options)));
	pid = fork();
	if (!pid) {
		if (mount_own(options))
			_exit(10);
		if (strcmp(cat("n/m/own"), "own") || append("n/m/own", "+") ||
		    strcmp(cat("n/m/own"), "own+"))
			_exit(11);
		if (open("n/m/foreign", O_RDONLY) >= 0)
			_exit(12);
		if (!append("n/m/foreign", "+") || !chmod("n/m/foreign", 0666) ||
		    !chown("n/m/foreign", 0, 0))
			_exit(13);
		if (mkdir("n/m/d", 0755) || put("n/m/d/x", "x") ||
		    rename("n/m/d", "n/m/e") || unlink("n/m/e/x") ||
		    rmdir("n/m/e") || unlink("n/m/own"))
			_exit(14);
		_exit(strcmp(ls("n/m"), "foreign") ? 15 : 0);
	}
	EXPECT_EQ(0, wait_for(pid));
	EXPECT_EQ(1000, info("n/u/own").st_uid);
	EXPECT_STREQ("of root", cat("n/l/foreign"));
	EXPECT_FALSE(exists("n/u/foreign"));
	/* Nor as an upper branch what is another's. */
	pid = fork();
	if (!pid) {
		/* Refused, or read-only for want of a work directory. */
		if (mount_own("lowerdir=l:n/l,upperdir=u,workdir=w,userxattr"))
			_exit(0);
		_exit(put("n/m/new", "x") == 0 || put("n/m/dir/new", "x") == 0);
	}
	EXPECT_EQ(0, wait_for(pid));
	EXPECT_STREQ("", ls("u"));
}

TEST_HARNESS_MAIN
