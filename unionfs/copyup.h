/* SPDX-License-Identifier: GPL-2.0 */
/* Copy-up in progress. */
#ifndef UNIONFS_COPYUP_H
#define UNIONFS_COPYUP_H

#include "unionfs.h"

/**
 * struct copyup - one copy-up
 * @us: the union
 * @inode: of it
 * @dentry: by which it was asked for
 * @lower: the object
 * @stat: of it
 * @data: the data come along
 * @size: of the data
 */
struct copyup {
	struct unionfs_super *us;
	struct inode *inode;
	struct dentry *dentry;
	struct path lower;
	struct kstat stat;
	bool data;
	loff_t size;
};

/* copymeta.c */
int unionfs_change_upper(struct copyup *c, struct dentry *upper,
			 struct iattr *attr);
int unionfs_copy_times(struct copyup *c, struct dentry *upper);
int unionfs_copy_meta(struct copyup *c, struct dentry *upper);

#endif /* UNIONFS_COPYUP_H */
