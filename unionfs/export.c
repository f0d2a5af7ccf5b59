// SPDX-License-Identifier: GPL-2.0
/*
 * File handles. That of an object is the handle of the real one by which it is
 * found in the inode cache, so it is the same before and after copy-up. To find
 * an object that is not in memory its path in the branch is walked in the
 * union; if something else is there by now the handle is stale.
 */
#include <linux/exportfs.h>
#include "vfs.h"
#include "merge.h"

#define FILEID_UNIONFS	0xf5

/* The first word of a handle: which branch, and words and type of the rest. */
#define HEAD(index, words, type)	((index) << 16 | (words) << 8 | (type))
#define HEAD_INDEX(head)		((head) >> 16)
#define HEAD_WORDS(head)		((head) >> 8 & 0xff)
#define HEAD_TYPE(head)			((head) & 0xff)

static int encode_fh(struct inode *inode, u32 *fh, int *max_len,
		     struct inode *parent)
{
	struct unionfs_inode *ui = unionfs_i(inode);
	struct inode *real, *above = NULL;
	struct dentry *dir = NULL;
	unsigned int index = 0;
	int words, type;

	if (ui->nr) {
		real = d_inode(ui->lower[0].dentry);
		index = ui->lower[0].branch->index;
		/* So that the branch can tell where it is. */
		if (!S_ISDIR(real->i_mode)) {
			dir = dget_parent(ui->lower[0].dentry);
			above = d_inode(dir);
		}
	} else {
		real = d_inode(unionfs_upper(inode));
	}
	words = max(*max_len - 1, 0);
	type = exportfs_encode_inode_fh(real, (struct fid *)(fh + 1), &words,
					above == real ? NULL : above, 0);
	dput(dir);
	*max_len = words + 1;
	if (type <= 0 || type >= FILEID_INVALID)
		return FILEID_INVALID;
	fh[0] = HEAD(index, words, type);
	return FILEID_UNIONFS;
}

static int acceptable(void *context, struct dentry *dentry)
{
	struct vfsmount *mnt = context;

	return is_subdir(dentry, mnt->mnt_root);
}

/* Names from the root of a branch down to a real object, in buf. */
static char *path_in_branch(struct vfsmount *mnt, struct dentry *real,
			    char *buf, int size)
{
	struct dentry *at = dget(real), *parent;
	struct name_snapshot name;
	int pos = size - 1;

	buf[pos] = '\0';
	while (at != mnt->mnt_root) {
		if (IS_ROOT(at))
			goto stale;
		take_dentry_name_snapshot(&name, at);
		if (pos < name.name.len + 1) {
			release_dentry_name_snapshot(&name);
			goto stale;
		}
		pos -= name.name.len;
		memcpy(buf + pos, name.name.name, name.name.len);
		buf[--pos] = '/';
		release_dentry_name_snapshot(&name);
		parent = dget_parent(at);
		dput(at);
		at = parent;
	}
	dput(at);
	return buf + pos;
stale:
	dput(at);
	return ERR_PTR(-ESTALE);
}

static struct dentry *walk(struct super_block *sb, char *path)
{
	struct dentry *at = dget(sb->s_root), *next;
	char *name;

	while ((name = strsep(&path, "/"))) {
		if (!*name)
			continue;
		if (!d_can_lookup(at)) {
			dput(at);
			return ERR_PTR(-ESTALE);
		}
		next = lookup_one_unlocked(&nop_mnt_idmap, name, at,
					   strlen(name));
		dput(at);
		if (IS_ERR(next))
			return next;
		if (d_is_negative(next)) {
			dput(next);
			return ERR_PTR(-ESTALE);
		}
		at = next;
	}
	return at;
}

/* By the path that it has in its branch. */
static struct dentry *find_by_path(struct super_block *sb, struct vfsmount *mnt,
				   struct dentry *real)
{
	char *buf = kmalloc(PATH_MAX, GFP_KERNEL), *path;
	struct dentry *found, *upper;
	struct unionfs_inode *ui;

	if (!buf)
		return ERR_PTR(-ENOMEM);
	path = path_in_branch(mnt, real, buf, PATH_MAX);
	found = IS_ERR(path) ? ERR_CAST(path) : walk(sb, path);
	kfree(buf);
	if (IS_ERR(found))
		return found;
	ui = unionfs_i(d_inode(found));
	upper = unionfs_upper(d_inode(found));
	if (ui->key == d_inode(real) ||
	    (upper && d_inode(upper) == d_inode(real)))
		return found;
	dput(found);
	return ERR_PTR(-ESTALE);
}

/* A file of the upper branch is itself, whatever its name. */
static struct dentry *find_upper(struct super_block *sb, struct dentry *real)
{
	struct unionfs_node node;
	struct inode *inode;
	int err;

	unionfs_node_init(&node);
	node.upper = dget(real);
	err = unionfs_complete_upper(unionfs_sb(sb), &node);
	inode = err ? ERR_PTR(err) : unionfs_get_inode(sb, &node);
	unionfs_node_drop(&node);
	return d_obtain_alias(inode);
}

/* One of several names: the index knows the upper file, if there is one. */
static struct dentry *find_indexed(struct super_block *sb,
				   const struct unionfs_branch *branch,
				   struct dentry *real)
{
	struct unionfs_super *us = unionfs_sb(sb);
	struct dentry *found = NULL;
	struct unionfs_node node;
	int err;

	unionfs_node_init(&node);
	err = unionfs_node_add(&node, dget(real), branch);
	if (!err)
		err = unionfs_find_index(us, &node);
	if (err)
		found = ERR_PTR(err);
	else if (node.upper)
		found = d_obtain_alias(unionfs_get_inode(sb, &node));
	unionfs_node_drop(&node);
	return found;
}

static struct dentry *decode(struct super_block *sb, struct fid *fid,
			     int fh_len)
{
	struct unionfs_super *us = unionfs_sb(sb);
	const u32 *fh = (const u32 *)fid;
	unsigned int index = HEAD_INDEX(fh[0]);
	struct dentry *real, *found = NULL;
	struct inode *inode;
	struct vfsmount *mnt;

	if (index >= us->nr || !us->branch[index].mnt ||
	    HEAD_WORDS(fh[0]) != fh_len - 1)
		return ERR_PTR(-ESTALE);
	mnt = us->branch[index].mnt;
	if (!us->fs[us->branch[index].fsid].decodes)
		return ERR_PTR(-ESTALE);
	real = exportfs_decode_fh(mnt, (struct fid *)(fh + 1), fh_len - 1,
				  HEAD_TYPE(fh[0]), index ? acceptable : NULL,
				  mnt);
	/* A directory is found by its path, so it must have one. */
	if (!IS_ERR_OR_NULL(real) && d_is_dir(real) &&
	    real->d_flags & DCACHE_DISCONNECTED) {
		dput(real);
		real = exportfs_decode_fh(mnt, (struct fid *)(fh + 1), fh_len - 1,
					  HEAD_TYPE(fh[0]), acceptable, mnt);
	}
	if (IS_ERR_OR_NULL(real))
		return real ?: ERR_PTR(-ESTALE);
	inode = unionfs_find_inode(sb, d_inode(real));
	if (inode)
		found = d_obtain_alias(inode);
	else if (!index && !d_is_dir(real))
		found = find_upper(sb, real);
	else if (index && !d_is_dir(real))
		found = find_indexed(sb, &us->branch[index], real);
	if (!found)
		found = find_by_path(sb, mnt, real);
	dput(real);
	return found;
}

static struct dentry *fh_to_dentry(struct super_block *sb, struct fid *fid,
				   int fh_len, int fh_type)
{
	const struct cred *old;
	struct dentry *found;

	if (fh_type != FILEID_UNIONFS || fh_len < 2)
		return ERR_PTR(-ESTALE);
	old = unionfs_enter(sb);
	found = decode(sb, fid, fh_len);
	unionfs_leave(old);
	return found;
}

/* Directories are found by their path, so they are always connected. */
static struct dentry *get_parent(struct dentry *dentry)
{
	return ERR_PTR(-EACCES);
}

const struct export_operations unionfs_export_ops = {
	.encode_fh = encode_fh,
	.fh_to_dentry = fh_to_dentry,
	.get_parent = get_parent,
};
