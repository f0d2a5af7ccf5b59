// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mountapi.h"

int kx_open_tree(int dir, const char *path, unsigned int flags)
{
	return syscall(SYS_open_tree, dir, path, flags);
}

int kx_mount_setattr(int dir, unsigned int flags, struct mount_attr *attr)
{
	return syscall(SYS_mount_setattr, dir, "", flags, attr, sizeof(*attr));
}

int kx_move_mount(int fd, int dir, const char *path)
{
	return syscall(SYS_move_mount, fd, "", dir, path,
		       MOVE_MOUNT_F_EMPTY_PATH |
		       (*path ? 0 : MOVE_MOUNT_T_EMPTY_PATH));
}

int kx_fsopen(const char *type)
{
	return syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
}

int kx_fsconfig_string(int fs, const char *key, const char *value)
{
	return syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, value, 0);
}

int kx_fsconfig_create(int fs)
{
	return syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
}

int kx_fsmount(int fs, unsigned int attr)
{
	return syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attr);
}

void kx_fs_log(int fs, char *buf, size_t size)
{
	ssize_t n = read(fs, buf, size - 1);

	buf[n < 0 ? 0 : n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	/* "e " of an error, before the words. */
	if (n > 2 && buf[1] == ' ')
		memmove(buf, buf + 2, n - 1);
}

bool kx_is_mount_root(const char *path)
{
	struct statx st;

	return !statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0,
		      &st) &&
	       (st.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}
