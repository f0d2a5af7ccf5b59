/* SPDX-License-Identifier: GPL-2.0 */
/* mountapi.c: the kernel's file descriptor based mount calls. */
#ifndef KONTEXT_MOUNTAPI_H
#define KONTEXT_MOUNTAPI_H

#include <linux/mount.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int kx_open_tree(int dir, const char *path, unsigned int flags);
int kx_mount_setattr(int dir, unsigned int flags, struct mount_attr *attr);
/* Attaches the detached mount @fd at @path of @dir, or at @dir when it is "". */
int kx_move_mount(int fd, int dir, const char *path);
int kx_fsopen(const char *type);
int kx_fsconfig_string(int fs, const char *key, const char *value);
int kx_fsconfig_create(int fs);
/* @attr: MOUNT_ATTR_* */
int kx_fsmount(int fs, unsigned int attr);
/* The file system's first message about a failed kx_fsconfig_*(). */
void kx_fs_log(int fs, char *buf, size_t size);
bool kx_is_mount_root(const char *path);

#endif /* KONTEXT_MOUNTAPI_H */
