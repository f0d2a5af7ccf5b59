// SPDX-License-Identifier: GPL-2.0
/*
 * filecaps set FILE 2|3 ROOTID: gives the file all capabilities, in that revision.
 * filecaps get FILE: how it is kept.
 * filecaps nested FILE: sets them as root of a new user namespace.
 */
#include <linux/capability.h>
#include <sched.h>
#include <sys/xattr.h>

#include "escape.h"

#define NAME	"security.capability"

static int set(const char *file, int revision, unsigned int rootid)
{
	struct vfs_ns_cap_data cap = {
		.magic_etc = revision == 3 ? VFS_CAP_REVISION_3 : VFS_CAP_REVISION_2,
		.rootid = rootid,
	};

	cap.magic_etc |= VFS_CAP_FLAGS_EFFECTIVE;
	cap.data[0].permitted = 0xffffffff;
	cap.data[1].permitted = 0x1ff;
	return outcome("set", setxattr(file, NAME, &cap, revision == 3 ? XATTR_CAPS_SZ_3 :
				       XATTR_CAPS_SZ_2, 0));
}

static int get(const char *file)
{
	struct vfs_ns_cap_data cap = { 0 };
	ssize_t n = getxattr(file, NAME, &cap, sizeof(cap));

	if (n < 0)
		return outcome("get", n);
	printf("revision %u rootid %u\n", cap.magic_etc >> VFS_CAP_REVISION_SHIFT, cap.rootid);
	return 0;
}

static int nested(const char *file)
{
	char map[64];
	unsigned int uid = getuid(), gid = getgid();

	if (unshare(CLONE_NEWUSER))
		return outcome("unshare", -1);
	put("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	need(!put("/proc/self/uid_map", map), "uid_map");
	snprintf(map, sizeof(map), "0 %u 1", gid);
	need(!put("/proc/self/gid_map", map), "gid_map");
	return set(file, 2, 0);
}

int main(int argc, char **argv)
{
	need(argc > 2, "usage");
	if (!strcmp(argv[1], "get"))
		return get(argv[2]);
	if (!strcmp(argv[1], "nested"))
		return nested(argv[2]);
	need(argc == 5, "usage");
	return set(argv[2], atoi(argv[3]), strtoul(argv[4], NULL, 10));
}
