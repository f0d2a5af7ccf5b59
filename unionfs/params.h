/* SPDX-License-Identifier: GPL-2.0 */
/* What the user asked for, until there is a superblock. */
#ifndef UNIONFS_PARAMS_H
#define UNIONFS_PARAMS_H

#include <linux/path.h>

/**
 * struct unionfs_dir - a directory that was named in an option
 * @path: the directory, with a reference
 * @text: its path, for /proc/mounts
 * @single: it had an option of its own (lowerdir+)
 */
struct unionfs_dir {
	struct path path;
	char *text;
	bool single;
};

/**
 * struct unionfs_params - options of a mount
 * @upper: text is NULL if there is none
 * @work: text is NULL if there is none
 * @lower: @nr of them, with room for @room
 * @nr: lower branches
 * @room: size of @lower
 * @userxattr: marks are user.overlay.*
 * @escaped: options are one text in which backslashes protect commas
 */
struct unionfs_params {
	struct unionfs_dir upper;
	struct unionfs_dir work;
	struct unionfs_dir *lower;
	unsigned int nr;
	unsigned int room;
	bool userxattr;
	bool escaped;
};

#endif /* UNIONFS_PARAMS_H */
