// SPDX-License-Identifier: GPL-2.0
/*
 * Whiteouts: names of the upper branch that say that a lower name is gone.
 * Each is a link to one object in the work directory as long as that can have
 * more links. The inodes of whiteouts that were seen are kept in mind, so that
 * reading a directory does not have to look at every one of them.
 */
#include "vfs.h"

/* So many inodes of whiteouts are kept in memory, each with many links. */
#define KNOWN_MAX	64

bool unionfs_is_whiteout(const struct dentry *dentry)
{
	const struct inode *inode = d_inode(dentry);

	return inode && S_ISCHR(inode->i_mode) && inode->i_rdev == WHITEOUT_DEV;
}

/* A new whiteout in the work directory, which is locked. */
static struct dentry *make_whiteout(struct unionfs_super *us)
{
	struct dentry *dentry = unionfs_temp(us);
	int err;

	if (IS_ERR(dentry))
		return dentry;
	err = unionfs_do_mknod(us, us->work, dentry,
			       S_IFCHR | WHITEOUT_MODE, WHITEOUT_DEV);
	if (err) {
		dput(dentry);
		return ERR_PTR(err);
	}
	return dentry;
}

/* Links the shared whiteout to a negative dentry; its directory is locked. */
static int link_whiteout(struct unionfs_super *us, struct dentry *dir,
			 struct dentry *dentry)
{
	struct dentry *shared;
	int err;

	mutex_lock(&us->whiteout_lock);
	shared = dget(us->whiteout);
	mutex_unlock(&us->whiteout_lock);
	if (!shared)
		return -EMLINK;
	err = unionfs_do_link(us, shared, dir, dentry);
	/* Nothing can be linked to one whose names are all gone. */
	if (err == -ENOENT && !d_inode(shared)->i_nlink)
		err = -EMLINK;
	if (err == -EMLINK) {
		/* It is of no more use; the next one starts another. */
		mutex_lock(&us->whiteout_lock);
		if (us->whiteout == shared) {
			us->whiteout = NULL;
			dput(shared);
		}
		mutex_unlock(&us->whiteout_lock);
	}
	dput(shared);
	return err;
}

/* A fresh whiteout is the one that the next ones are links to. */
static void share(struct unionfs_super *us, struct dentry *dentry)
{
	mutex_lock(&us->whiteout_lock);
	if (!us->whiteout) {
		us->whiteout = dget(dentry);
		unionfs_know_whiteout(us, dentry);
	}
	mutex_unlock(&us->whiteout_lock);
}

/**
 * unionfs_put_whiteout() - makes a name of the upper branch a whiteout
 * @us: the union
 * @dir: upper directory, locked
 * @dentry: negative dentry in it
 *
 * Return: 0 or an error of the upper filesystem.
 */
int unionfs_put_whiteout(struct unionfs_super *us, struct dentry *dir,
			 struct dentry *dentry)
{
	int err = link_whiteout(us, dir, dentry);

	if (err != -EMLINK && err != -EXDEV && err != -EOPNOTSUPP)
		return err;
	err = unionfs_do_mknod(us, dir, dentry, S_IFCHR | WHITEOUT_MODE,
			       WHITEOUT_DEV);
	if (!err)
		share(us, dentry);
	return err;
}

/* One in the work directory, which is locked, to be renamed from there. */
struct dentry *unionfs_temp_whiteout(struct unionfs_super *us)
{
	struct dentry *dentry = unionfs_temp(us);
	int err;

	if (IS_ERR(dentry))
		return dentry;
	err = link_whiteout(us, us->work, dentry);
	if (!err)
		return dentry;
	dput(dentry);
	if (err != -EMLINK && err != -EXDEV && err != -EOPNOTSUPP)
		return ERR_PTR(err);
	dentry = make_whiteout(us);
	if (!IS_ERR(dentry))
		share(us, dentry);
	return dentry;
}

/* Is this the number of an inode in the upper branch that is a whiteout? */
bool unionfs_known_whiteout(struct unionfs_super *us, u64 ino)
{
	return ino <= ULONG_MAX && xa_load(&us->known, ino);
}

/*
 * As long as we hold an inode its number means this whiteout. Only those with
 * several links are worth it.
 */
void unionfs_know_whiteout(struct unionfs_super *us, struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);

	if (unionfs_known_whiteout(us, inode->i_ino) ||
	    !atomic_add_unless(&us->nr_known, 1, KNOWN_MAX))
		return;
	ihold(inode);
	if (xa_insert(&us->known, inode->i_ino, inode, GFP_KERNEL)) {
		atomic_dec(&us->nr_known);
		iput(inode);
	}
}

void unionfs_forget_whiteouts(struct unionfs_super *us)
{
	unsigned long index;
	struct inode *inode;

	dput(us->whiteout);
	us->whiteout = NULL;
	xa_for_each(&us->known, index, inode)
		iput(inode);
	xa_destroy(&us->known);
}
