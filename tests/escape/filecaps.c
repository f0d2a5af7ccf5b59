// SPDX-License-Identifier: GPL-2.0
/*
 * filecaps set FILE 2|3 ROOTID: gives the file all capabilities, in that revision.
 * filecaps get FILE: how it is kept.
 * filecaps nested FILE: sets them as root of a new user namespace.
 * filecaps many FILE ID: the same in one with a map of ten pieces, from 1000 on;
 * and gives the file to ID of it.
 */
#include <linux/capability.h>
#include <grp.h>
#include <sched.h>
#include <sys/wait.h>
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

static int many(const char *file, unsigned int id)
{
	int up[2], down[2], status;
	char path[64], map[256], c = 'x';
	size_t len = 0;
	pid_t pid;

	/* In an order that is not that of the ids. */
	for (int i = 0; i < 10; i++)
		len += snprintf(map + len, sizeof(map) - len, "%d %d 1\n", 9 - i, 1009 - i);
	need(!pipe(up) && !pipe(down), "pipe");
	pid = fork();
	need(pid >= 0, "fork");
	if (!pid) {
		if (unshare(CLONE_NEWUSER))
			_exit(outcome("unshare", -1));
		need(write(up[1], &c, 1) == 1 && read(down[0], &c, 1) == 1, "pipe");
		need(!setgroups(0, NULL) && !setresgid(0, 0, 0) && !setresuid(0, 0, 0), "setresuid");
		outcome("chown", chown(file, id, id));
		_exit(set(file, 2, 0));
	}
	close(up[1]);
	if (read(up[0], &c, 1) == 1) {
		snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
		need(!put(path, map), "uid_map");
		snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
		need(!put(path, map), "gid_map");
		need(write(down[1], &c, 1) == 1, "pipe");
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	need(argc > 2, "usage");
	if (!strcmp(argv[1], "get"))
		return get(argv[2]);
	if (!strcmp(argv[1], "nested"))
		return nested(argv[2]);
	if (!strcmp(argv[1], "many") && argc == 4)
		return many(argv[2], atoi(argv[3]));
	need(argc == 5, "usage");
	return set(argv[2], atoi(argv[3]), strtoul(argv[4], NULL, 10));
}
