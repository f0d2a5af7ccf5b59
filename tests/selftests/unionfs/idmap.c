// SPDX-License-Identifier: GPL-2.0
/*
 * Idmapped mounts: the union as one, and its branches as such. On disk are
 * plain ids, 0 to 65535; the user namespace has them at 100000.
 */
#include <linux/posix_acl.h>
#include <linux/securebits.h>
#include <sys/prctl.h>

#include "test.h"

#define BASE 100000
#define ACCESS "system.posix_acl_access"
#define CAPS "security.capability"

/* CAP_DAC_OVERRIDE, effective, version 2. */
static const unsigned char dac[20] = { 1, 0, 0, 2, 2 };

struct acl {
	uint32_t version;
	struct { uint16_t tag, perm; uint32_t id; } entry[5];
};

static struct acl acl_for(uint32_t user)
{
	return (struct acl){ 2, {
		{ ACL_USER_OBJ, 6, -1 }, { ACL_USER, 6, user },
		{ ACL_GROUP_OBJ, 4, -1 }, { ACL_MASK, 6, -1 }, { ACL_OTHER, 0, -1 },
	} };
}

/* The user that the ACL names. */
static long acl_user(const char *path)
{
	struct acl acl;

	if (getxattr(path, ACCESS, &acl, sizeof(acl)) != sizeof(acl))
		return -errno;
	return acl.entry[1].id;
}

static int set_acl(const char *path, uint32_t user)
{
	struct acl acl = acl_for(user);

	return ERR(setxattr(path, ACCESS, &acl, sizeof(acl), 0));
}

FIXTURE(idmap)
{
	int userns;
	const char *m;
};

FIXTURE_VARIANT(idmap)
{
	bool branches;
};

FIXTURE_VARIANT_ADD(idmap, union) { false };
FIXTURE_VARIANT_ADD(idmap, branches) { true };

static void populate(void)
{
	put("l/file", "lower");
	chown("l/file", 5, 6);
	put("l/root", "of root");
	chmod("l/root", 0600);
	mkdir("l/dir", 0755);
	mkdir("l/open", 0777);
	put("l/dir/a", "la");
	put("l/acl", "acl");
	set_acl("l/acl", 1000);
	put("l/foreign", "id above the map");
	chown("l/foreign", 200000, 200000);
	RUN("cp", "/usr/bin/id", "l/id");
	chmod("l/id", 06755);
	RUN("cp", "/bin/cat", "l/cat");
	setxattr("l/cat", CAPS, dac, sizeof(dac), 0);
}

FIXTURE_SETUP(idmap)
{
	int ret;

	STACK_OPEN("ext4");
	populate();
	self->userns = userns_of(BASE);
	ASSERT_LE(0, self->userns);
	mkdir("il", 0755);
	mkdir("b", 0755);
	mkdir("b/u", 0755);
	mkdir("b/w", 0755);
	mkdir("ib", 0755);
	mkdir("im", 0755);
	self->m = variant->branches ? "m" : "im";
	if (variant->branches) {
		ASSERT_EQ(0, bind_idmapped("l", "il", self->userns));
		ASSERT_EQ(0, bind_idmapped("b", "ib", self->userns));
		/* Who mounts makes files in work: an id that the map has. */
		ASSERT_EQ(0, prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP));
		ASSERT_EQ(0, setresgid(BASE, BASE, BASE));
		ASSERT_EQ(0, setresuid(BASE, BASE, BASE));
		ret = union_at(union_type(), "m", "il", "ib/u", "ib/w",
			       union_defaults());
		ASSERT_EQ(0, setresuid(0, 0, 0));
		ASSERT_EQ(0, setresgid(0, 0, 0));
		ASSERT_EQ(0, prctl(PR_SET_SECUREBITS, 0));
		ASSERT_EQ(0, ret);
	} else {
		ASSERT_EQ(0, union_at(union_type(), "m", "l", "b/u", "b/w",
				      union_defaults()));
		ret = bind_idmapped("m", "im", self->userns);
		if (ret == -EINVAL && is_overlay())
			SKIP(return, "overlayfs cannot be idmapped");
		ASSERT_EQ(0, ret);
	}
}

FIXTURE_TEARDOWN(idmap) { stack_close(); }

#define M(name) fmt("%s/" name, self->m)

TEST_F(idmap, owners)
{
	EXPECT_EQ(BASE + 5, info(M("file")).st_uid);
	EXPECT_EQ(BASE + 6, info(M("file")).st_gid);
	EXPECT_EQ(BASE, info(M("dir")).st_uid);
	EXPECT_EQ(65534, info(M("foreign")).st_uid);
	/* Copy-up changes no owner. */
	EXPECT_EQ(0, INSIDE(self->userns, 0, append(M("file"), "+") ? -1 : 0));
	EXPECT_EQ(BASE + 5, info(M("file")).st_uid);
	EXPECT_EQ(5, info("b/u/file").st_uid);
	EXPECT_EQ(6, info("b/u/file").st_gid);
	EXPECT_EQ(0, ERR(chown(M("file"), BASE + 7, BASE + 8)));
	EXPECT_EQ(7, info("b/u/file").st_uid);
	EXPECT_EQ(8, info("b/u/file").st_gid);
	EXPECT_EQ(BASE + 7, info(M("file")).st_uid);
	EXPECT_EQ(0, ERR(chown(M("dir"), BASE + 9, -1)));
	EXPECT_EQ(9, info("b/u/dir").st_uid);
	EXPECT_EQ(0, info("b/u/dir").st_gid);
	EXPECT_EQ(-EOVERFLOW, ERR(chown(M("file"), 5, 5)));
	EXPECT_EQ(7, info("b/u/file").st_uid);
}

TEST_F(idmap, new_files)
{
	EXPECT_EQ(0, INSIDE(self->userns, 0, put(M("new"), "x") ? -1 : 0));
	EXPECT_EQ(0, info("b/u/new").st_uid);
	EXPECT_EQ(BASE, info(M("new")).st_uid);
	EXPECT_EQ(0, INSIDE(self->userns, 1000, mkdir(M("open/d"), 0755)));
	EXPECT_EQ(1000, info("b/u/open/d").st_uid);
	EXPECT_EQ(BASE + 1000, info(M("open/d")).st_gid);
	EXPECT_EQ(0, INSIDE(self->userns, 1000, symlink("x", M("open/s"))));
	EXPECT_EQ(1000, info("b/u/open/s").st_uid);
	EXPECT_EQ(0, INSIDE(self->userns, 1000, mkfifo(M("open/p"), 0600)));
	EXPECT_EQ(1000, info("b/u/open/p").st_uid);
	EXPECT_EQ(0, INSIDE(self->userns, 1000,
			    open(M("open"), O_TMPFILE | O_RDWR, 0600)));
	EXPECT_EQ(-EACCES, INSIDE(self->userns, 1000, mkdir(M("dir/d"), 0755)));
	EXPECT_EQ(0, INSIDE(self->userns, 0, rename(M("dir/a"), M("open/a"))));
	EXPECT_EQ(0, INSIDE(self->userns, 0, unlink(M("root"))));
	EXPECT_FALSE(exists(M("root")));
	/* An id that the map does not have cannot be written. */
	EXPECT_EQ(-EOVERFLOW, ERR(mkdir(M("open/none"), 0755)));
	EXPECT_EQ(-EOVERFLOW, AS(1000, open(M("open/none"), O_CREAT | O_RDWR, 0600)));
	EXPECT_FALSE(exists(M("open/none")));
}

TEST_F(idmap, rights)
{
	EXPECT_EQ(0, INSIDE(self->userns, 0, open(M("root"), O_RDWR)));
	EXPECT_EQ(-EACCES, INSIDE(self->userns, 1000, open(M("root"), O_RDONLY)));
	EXPECT_EQ(-EACCES, AS(1000, open(M("root"), O_RDONLY)));
	EXPECT_EQ(0, INSIDE(self->userns, 5, open(M("file"), O_RDWR)));
	EXPECT_EQ(-EACCES, INSIDE(self->userns, 7, open(M("file"), O_RDWR)));
	EXPECT_EQ(0, INSIDE(self->userns, 5, chmod(M("file"), 0640)));
	EXPECT_EQ(-EPERM, INSIDE(self->userns, 7, chmod(M("file"), 0777)));
	EXPECT_EQ(0, INSIDE(self->userns, 0, chown(M("file"), 1, 1)));
	EXPECT_EQ(1, info("b/u/file").st_uid);
	/* Root inside has no rights over ids that are not its own. */
	EXPECT_EQ(-EOVERFLOW, INSIDE(self->userns, 0, chmod(M("foreign"), 0777)));
	EXPECT_EQ(-EPERM, INSIDE(self->userns, 0, chown(M("foreign"), 0, 0)));
	EXPECT_EQ(-EPERM, INSIDE(self->userns, 0, mknod(M("null"), S_IFCHR, 259)));
}

TEST_F(idmap, acls)
{
	EXPECT_EQ(BASE + 1000, acl_user(M("acl")));
	EXPECT_EQ(0, INSIDE(self->userns, 1000, open(M("acl"), O_RDONLY)));
	EXPECT_EQ(-EACCES, INSIDE(self->userns, 1001, open(M("acl"), O_RDONLY)));
	EXPECT_EQ(0, INSIDE(self->userns, 0, acl_user(M("acl")) == 1000 ? 0 : -1));
	EXPECT_EQ(0, INSIDE(self->userns, 1000, append(M("acl"), "+") ? -1 : 0));
	EXPECT_EQ(BASE + 1000, acl_user(M("acl")));
	EXPECT_EQ(1000, acl_user("b/u/acl"));
	EXPECT_EQ(0, set_acl(M("acl"), BASE + 1001));
	EXPECT_EQ(1001, acl_user("b/u/acl"));
	EXPECT_EQ(0, INSIDE(self->userns, 0, set_acl(M("acl"), 1002) ? -1 : 0));
	EXPECT_EQ(1002, acl_user("b/u/acl"));
	EXPECT_EQ(BASE + 1002, acl_user(M("acl")));
	EXPECT_EQ(1000, acl_user("l/acl"));
}

/* Set-id programs run as the owner that the map gives, and as no other. */
TEST_F(idmap, set_id)
{
	EXPECT_STREQ("0", SAYS(1000, self->userns, M("id"), "-u"));
	EXPECT_STREQ("0", SAYS(1000, self->userns, M("id"), "-g"));
	EXPECT_STREQ(fmt("%d", BASE), SAYS(1000, -1, M("id"), "-u"));
	EXPECT_EQ(0, ERR(chmod(M("id"), 06711)));
	EXPECT_STREQ("0", SAYS(1000, self->userns, M("id"), "-u"));
	EXPECT_STREQ(fmt("%d", BASE), SAYS(1000, -1, M("id"), "-u"));
}

/* File capabilities count in the namespace whose root owns them. */
TEST_F(idmap, capabilities)
{
	unsigned char cap[64];
	ssize_t n;

	EXPECT_STREQ("of root", SAYS(1000, self->userns, M("cat"), M("root")));
	EXPECT_EQ(0, put("secret", "host"));
	EXPECT_EQ(0, chmod("secret", 0600));
	EXPECT_EQ(NULL, strstr(SAYS(1000, -1, M("cat"), "secret"), "host"));
	EXPECT_EQ(NULL, strstr(SAYS(1000, self->userns, M("cat"), "secret"), "host"));
	/* From outside they are seen with their owner; copy-up keeps them. */
	n = getxattr(M("cat"), CAPS, cap, sizeof(cap));
	EXPECT_EQ(24, n);
	EXPECT_EQ(3, cap[3]);
	EXPECT_EQ(BASE, *(uint32_t *)(cap + 20));
	EXPECT_EQ(0, ERR(chmod(M("cat"), 0711)));
	EXPECT_STREQ("of root", SAYS(1000, self->userns, M("cat"), M("root")));
	EXPECT_EQ(20, getxattr("b/u/cat", CAPS, cap, sizeof(cap)));
	EXPECT_EQ(0, memcmp(dac, cap, 20));
	/* Set from inside: plain on disk. */
	EXPECT_EQ(0, INSIDE(self->userns, 0, setxattr(M("file"), CAPS, dac, 20, 0)));
	EXPECT_EQ(20, getxattr("b/u/file", CAPS, cap, sizeof(cap)));
	EXPECT_EQ(0, memcmp(dac, cap, 20));
	EXPECT_EQ(24, getxattr(M("file"), CAPS, cap, sizeof(cap)));
	EXPECT_EQ(-EPERM, INSIDE(self->userns, 1000, setxattr(M("file"), CAPS, dac, 20, 0)));
}

TEST_HARNESS_MAIN
