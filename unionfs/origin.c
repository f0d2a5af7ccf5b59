// SPDX-License-Identifier: GPL-2.0
/*
 * Where an object of the upper branch comes from: a handle of the lower one,
 * by which it keeps its inode number, and hard links find each other.
 */
#include <kunit/visibility.h>
#include <linux/exportfs.h>
#include "vfs.h"
#include "merge.h"

#ifdef __BIG_ENDIAN
#define FH_ENDIAN	UNIONFS_FH_BIG_ENDIAN
#else
#define FH_ENDIAN	0
#endif

/**
 * unionfs_encode() - makes a handle
 * @inode: a real one
 * @fh: set
 *
 * Return: 0; -EOPNOTSUPP when its filesystem makes none that lasts.
 */
int unionfs_encode(struct inode *inode, struct unionfs_fh *fh)
{
	int words = MAX_HANDLE_SZ >> 2, type;

	if (!exportfs_can_decode_fh(inode->i_sb->s_export_op))
		return -EOPNOTSUPP;
	memset(fh, 0, sizeof(*fh));
	type = exportfs_encode_inode_fh(inode, (struct fid *)fh->disk.fid,
					&words, NULL, 0);
	if (type <= 0 || type >= FILEID_INVALID)
		return -EOPNOTSUPP;
	fh->disk.magic = UNIONFS_FH_MAGIC;
	fh->disk.len = sizeof(fh->disk) + (words << 2);
	fh->disk.flags = FH_ENDIAN;
	fh->disk.type = type;
	fh->disk.uuid = inode->i_sb->s_uuid;
	return 0;
}

/**
 * unionfs_check_fh() - is this a handle that we can use?
 * @disk: what was read
 * @len: how much
 *
 * Return: 0, -EINVAL for what is no handle, -ENODATA for one of another
 * machine or version, which says nothing to us.
 */
int unionfs_check_fh(const struct unionfs_disk_fh *disk, size_t len)
{
	if (len < sizeof(*disk) || disk->len != len)
		return -EINVAL;
	if (disk->magic != UNIONFS_FH_MAGIC)
		return -EINVAL;
	if (disk->version)
		return -ENODATA;
	if (disk->flags & ~(UNIONFS_FH_BIG_ENDIAN | UNIONFS_FH_ANY_ENDIAN |
			    UNIONFS_FH_UPPER))
		return -ENODATA;
	if (!(disk->flags & UNIONFS_FH_ANY_ENDIAN) &&
	    (disk->flags & UNIONFS_FH_BIG_ENDIAN) != FH_ENDIAN)
		return -ENODATA;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(unionfs_check_fh);

/* The real object, NULL if there is none (any more), or an error. */
struct dentry *unionfs_decode(struct unionfs_super *us,
			      const struct unionfs_branch *branch,
			      struct unionfs_fh *fh)
{
	struct super_block *sb = branch->mnt->mnt_sb;
	struct dentry *dentry;

	if (!us->fs[branch->fsid].decodes ||
	    !uuid_equal(&fh->disk.uuid, &sb->s_uuid))
		return NULL;
	dentry = exportfs_decode_fh(branch->mnt, (struct fid *)fh->disk.fid,
				    (fh->disk.len - sizeof(fh->disk)) >> 2,
				    fh->disk.type, NULL, NULL);
	if (IS_ERR(dentry))
		return PTR_ERR(dentry) == -ENOMEM ? dentry : NULL;
	if (unionfs_weird(dentry)) {
		dput(dentry);
		return NULL;
	}
	return dentry;
}

/**
 * unionfs_read_origin() - finds where an upper object comes from
 * @us: the union
 * @upper: the object
 * @node: gets the lower object, if there is one of this type
 *
 * A bad or stale mark costs the old inode number, nothing else.
 *
 * Return: 0 or -ENOMEM.
 */
int unionfs_read_origin(struct unionfs_super *us, struct dentry *upper,
			struct unionfs_node *node)
{
	struct dentry *lower = NULL;
	struct unionfs_fh fh;
	unsigned int i, tried = UINT_MAX;
	ssize_t len;

	len = unionfs_get_mark(us, upper, UNIONFS_ORIGIN, fh.room,
			       sizeof(fh.room));
	if (len <= 0)
		return 0;
	if (unionfs_check_fh(&fh.disk, len)) {
		pr_debug("bad origin of %pd2\n", upper);
		return 0;
	}
	for (i = 1; i < us->nr && !lower; i++) {
		/* Once for each filesystem; branches share them. */
		if (us->branch[i].fsid == tried)
			continue;
		tried = us->branch[i].fsid;
		lower = unionfs_decode(us, &us->branch[i], &fh);
		if (IS_ERR(lower))
			return PTR_ERR(lower);
	}
	if (!lower)
		return 0;
	if ((d_inode(lower)->i_mode ^ d_inode(upper)->i_mode) & S_IFMT ||
	    d_inode(lower) == d_inode(upper) || unionfs_is_whiteout(lower)) {
		dput(lower);
		return 0;
	}
	if (unionfs_node_add(node, lower, &us->branch[i - 1])) {
		dput(lower);
		return -ENOMEM;
	}
	return 0;
}

/**
 * unionfs_write_origin() - notes where an upper object comes from
 * @us: the union
 * @upper: the object
 * @lower: the lower one
 *
 * An empty mark says that it was copied up from something that has no handle.
 *
 * Return: 0 or an error of the upper filesystem.
 */
int unionfs_write_origin(struct unionfs_super *us, struct dentry *upper,
			 struct dentry *lower)
{
	struct unionfs_fh fh;

	if (unionfs_encode(d_inode(lower), &fh))
		fh.disk.len = 0;
	return unionfs_set_mark(us, upper, UNIONFS_ORIGIN, fh.room,
				fh.disk.len);
}
