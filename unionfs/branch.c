// SPDX-License-Identifier: GPL-2.0
/* Opening the branches of a union, and what they have to be. */
#include <linux/exportfs.h>
#include <linux/fs_context.h>
#include <linux/magic.h>
#include "vfs.h"
#include "params.h"

/* A directory that a mounted union or overlay writes is marked, for both. */
static bool take_inuse(struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);
	bool taken = false;

	spin_lock(&inode->i_lock);
	if (!(inode->i_state & I_OVL_INUSE)) {
		inode->i_state |= I_OVL_INUSE;
		taken = true;
	}
	spin_unlock(&inode->i_lock);
	return taken;
}

static void drop_inuse(struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);

	spin_lock(&inode->i_lock);
	inode->i_state &= ~I_OVL_INUSE;
	spin_unlock(&inode->i_lock);
}

/* What every branch has to be. */
static int check_dir(struct fs_context *fc, const char *option,
		     const struct unionfs_dir *dir)
{
	struct dentry *dentry = dir->path.dentry;

	if (unionfs_weird(dentry))
		return invalf(fc, "%s: '%s' is on a filesystem that changes names",
			      option, dir->text);
	if (dentry->d_flags & (DCACHE_OP_REVALIDATE |
			       DCACHE_OP_WEAK_REVALIDATE))
		return invalf(fc, "%s: '%s' is on a filesystem that others change",
			      option, dir->text);
	return 0;
}

static int check_upper(struct fs_context *fc, const struct unionfs_params *p)
{
	const struct path *upper = &p->upper.path, *work = &p->work.path;
	struct super_block *sb = upper->dentry->d_sb;
	struct inode *inode = d_inode(upper->dentry);
	int err = check_dir(fc, "upperdir", &p->upper);

	if (err)
		return err;
	if (upper->mnt != work->mnt)
		return invalf(fc, "workdir: '%s' is not on the mount of upperdir",
			      p->work.text);
	if (is_subdir(work->dentry, upper->dentry) ||
	    is_subdir(upper->dentry, work->dentry))
		return invalf(fc, "workdir: '%s' and upperdir are inside each other",
			      p->work.text);
	if (sb_rdonly(sb) || __mnt_is_readonly(upper->mnt)) {
		errorf(fc, "upperdir: '%s' is read-only", p->upper.text);
		return -EROFS;
	}
	if (sb->s_magic == UNIONFS_MAGIC || sb->s_magic == OVERLAYFS_SUPER_MAGIC)
		return invalf(fc, "upperdir: '%s' is on a union itself",
			      p->upper.text);
	if (!inode->i_op->tmpfile || !inode->i_op->rename ||
	    !inode->i_op->link || !(inode->i_opflags & IOP_XATTR) ||
	    unionfs_do_getmark(upper->dentry, p->userxattr ?
			       "user.overlay.opaque" : "trusted.overlay.opaque",
			       NULL, 0) == -EOPNOTSUPP)
		return invalf(fc, "upperdir: '%s' is on %s, which lacks what a union needs",
			      p->upper.text, sb->s_type->name);
	return 0;
}

/*
 * The number of the filesystem. A handle must say by its uuid which of them it
 * is of; those that share one make none.
 */
static int find_fs(struct unionfs_super *us, struct vfsmount *mnt)
{
	struct path path = { .mnt = mnt, .dentry = mnt->mnt_root };
	struct super_block *sb = mnt->mnt_sb;
	struct unionfs_fs *fs;
	struct kstat stat;
	unsigned int i;
	int err;

	err = unionfs_do_getattr(&path, &stat, STATX_INO, 0);
	if (err)
		return err;
	for (i = 0; i < us->nr_fs; i++) {
		if (us->fs[i].sb == sb && us->fs[i].dev == stat.dev)
			return i;
	}
	fs = &us->fs[us->nr_fs++];
	fs->sb = sb;
	fs->dev = stat.dev;
	fs->decodes = us->trusted && exportfs_can_decode_fh(sb->s_export_op);
	for (i = 0; &us->fs[i] != fs; i++) {
		if (us->fs[i].sb == sb ||
		    !uuid_equal(&us->fs[i].sb->s_uuid, &sb->s_uuid))
			continue;
		us->fs[i].decodes = false;
		fs->decodes = false;
	}
	return fs - us->fs;
}

static int open_branch(struct unionfs_super *us, unsigned int index,
		       struct unionfs_dir *dir)
{
	struct unionfs_branch *branch = &us->branch[index];
	struct vfsmount *mnt = clone_private_mount(&dir->path);
	int fsid;

	if (IS_ERR(mnt))
		return PTR_ERR(mnt);
	/* Nobody else sees this mount; the union decides about times. */
	mnt->mnt_flags &= ~(MNT_NOATIME | MNT_NODIRATIME | MNT_RELATIME);
	if (index)
		mnt->mnt_flags |= MNT_READONLY | MNT_NOATIME;
	branch->mnt = mnt;
	branch->index = index;
	branch->single = dir->single;
	swap(branch->text, dir->text);
	path_put(&dir->path);
	fsid = find_fs(us, mnt);
	if (fsid < 0)
		return fsid;
	branch->fsid = fsid;
	return 0;
}

/* The option whose directory is above this one, or NULL. */
static const char *above(struct xarray *roots, struct dentry *dentry)
{
	struct dentry *at = dget_parent(dentry), *parent;
	const char *found = NULL;

	while (at != dentry) {
		found = xa_load(roots, (unsigned long)at);
		if (found)
			break;
		if (IS_ROOT(at))
			break;
		parent = dget_parent(at);
		dput(at);
		at = parent;
	}
	dput(at);
	return found;
}

/* Branches, and the work directory, are apart from each other. */
static int check_apart(struct unionfs_super *us, struct fs_context *fc)
{
	const char *option = "workdir", *other = NULL;
	struct dentry *root = us->workbase;
	struct xarray roots;
	unsigned int i;
	int err = 0;

	xa_init(&roots);
	if (root)
		err = xa_err(xa_store(&roots, (unsigned long)root,
				      (void *)option, GFP_KERNEL));
	for (i = 0; !err && i < us->nr; i++) {
		if (!us->branch[i].mnt)
			continue;
		option = i ? "lowerdir" : "upperdir";
		root = us->branch[i].mnt->mnt_root;
		other = xa_load(&roots, (unsigned long)root);
		if (other) {
			errorf(fc, "%s: '%s' is given twice, also as %s",
			       option, us->branch[i].text, other);
			err = -ELOOP;
			break;
		}
		err = xa_err(xa_store(&roots, (unsigned long)root,
				      (void *)option, GFP_KERNEL));
	}
	for (i = 0; !err && i < us->nr; i++) {
		if (us->branch[i].mnt)
			other = above(&roots, us->branch[i].mnt->mnt_root);
		if (other) {
			errorf(fc, "%s: '%s' is inside what is given as %s",
			       i ? "lowerdir" : "upperdir", us->branch[i].text,
			       other);
			err = -ELOOP;
		}
	}
	if (!err && us->workbase)
		other = above(&roots, us->workbase);
	if (!err && other) {
		errorf(fc, "workdir: '%s' is inside what is given as %s",
		       us->worktext, other);
		err = -ELOOP;
	}
	xa_destroy(&roots);
	return err;
}

static int open_upper(struct unionfs_super *us, struct fs_context *fc,
		      struct unionfs_params *params)
{
	int err = check_upper(fc, params);

	if (err)
		return err;
	us->workbase = dget(params->work.path.dentry);
	path_put(&params->work.path);
	swap(us->worktext, params->work.text);
	err = open_branch(us, 0, &params->upper);
	if (err)
		return err;
	us->upper_inuse = take_inuse(unionfs_upper_mnt(us)->mnt_root);
	if (!us->upper_inuse) {
		errorf(fc, "upperdir: '%s' is in use by another mount",
		       us->branch[0].text);
		return -EBUSY;
	}
	us->work_inuse = take_inuse(us->workbase);
	if (!us->work_inuse) {
		errorf(fc, "workdir: '%s' is in use by another mount",
		       us->worktext);
		return -EBUSY;
	}
	return 0;
}

/**
 * unionfs_open_branches() - opens what the options name
 * @us: the new union, closed with unionfs_close_branches() also after an error
 * @fc: for messages
 * @params: the options; what is opened is taken out of them
 *
 * Return: 0 or an error, with a message.
 */
int unionfs_open_branches(struct unionfs_super *us, struct fs_context *fc,
			  struct unionfs_params *params)
{
	unsigned int i;
	int err = 0;

	us->nr = params->nr + 1;
	us->branch = kvcalloc(us->nr, sizeof(*us->branch), GFP_KERNEL_ACCOUNT);
	us->fs = kvcalloc(us->nr, sizeof(*us->fs), GFP_KERNEL_ACCOUNT);
	if (!us->branch || !us->fs)
		return -ENOMEM;
	us->userxattr = params->userxattr;
	if (params->upper.text)
		err = open_upper(us, fc, params);
	for (i = 0; !err && i < params->nr; i++) {
		err = check_dir(fc, "lowerdir", &params->lower[i]);
		if (!err)
			err = open_branch(us, i + 1, &params->lower[i]);
	}
	if (err)
		return err;
	us->ino_bits = order_base_2(us->nr_fs);
	return check_apart(us, fc);
}

void unionfs_close_branches(struct unionfs_super *us)
{
	struct vfsmount **mounts = NULL;
	unsigned int i, n = 0;

	if (us->work_inuse)
		drop_inuse(us->workbase);
	if (us->upper_inuse)
		drop_inuse(unionfs_upper_mnt(us)->mnt_root);
	dput(us->indexdir);
	dput(us->work);
	dput(us->workbase);
	/* All mounts go with one grace period; the array has room for them. */
	if (us->branch)
		mounts = (struct vfsmount **)us->branch;
	for (i = 0; mounts && i < us->nr; i++) {
		struct vfsmount *mnt = us->branch[i].mnt;

		kfree(us->branch[i].text);
		if (mnt)
			mounts[n++] = mnt;
	}
	kern_unmount_array(mounts, n);
	kfree(us->worktext);
	kvfree(us->branch);
	kvfree(us->fs);
}
