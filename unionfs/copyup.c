// SPDX-License-Identifier: GPL-2.0
/*
 * Copy-up: an object of a lower branch gets its place in the upper one, first
 * its metadata, and its data when they are about to change. It is prepared
 * where nobody sees it and appears when it is whole.
 */
#include <linux/capability.h>
#include "vfs.h"
#include "merge.h"
#include "copyup.h"

/**
 * unionfs_set_impure() - a directory may hold copied-up objects from now on
 * @dir: of the union
 * @upper: its upper directory
 *
 * Return: 0 or an error of the upper filesystem.
 */
int unionfs_set_impure(struct inode *dir, struct dentry *upper)
{
	struct unionfs_inode *ui = unionfs_i(dir);
	int err;

	if (test_bit(UNIONFS_IMPURE, &ui->flags))
		return 0;
	err = unionfs_set_mark(unionfs_sb(dir->i_sb), upper,
			       UNIONFS_IMPURE_MARK, "y", 1);
	if (!err)
		set_bit(UNIONFS_IMPURE, &ui->flags);
	return err;
}

/* A copy-up changes what is kept of a directory, not the directory. */
static void restore_times(struct copyup *c, struct dentry *dir,
			  const struct iattr *times)
{
	struct iattr attr = *times;

	if (unionfs_change_upper(c, dir, &attr))
		pr_debug("times of %pd2 are not as they were\n", dir);
}

static void save_times(struct dentry *dir, struct iattr *times)
{
	times->ia_valid = ATTR_ATIME | ATTR_ATIME_SET | ATTR_MTIME |
			  ATTR_MTIME_SET;
	times->ia_atime = inode_get_atime(d_inode(dir));
	times->ia_mtime = inode_get_mtime(d_inode(dir));
}

static bool nameless(const struct copyup *c)
{
	return d_unhashed(c->dentry) || !c->inode->i_nlink;
}

/* Gives a file its name. The upper dentry, with a reference, or an error. */
static struct dentry *link_file(struct copyup *c, struct dentry *temp,
				struct dentry *parent)
{
	struct dentry *upperdir = unionfs_upper(d_inode(parent)), *dentry;
	struct name_snapshot name;
	int err;

	if (nameless(c))
		return dget(temp);
	take_dentry_name_snapshot(&name, c->dentry);
	inode_lock_nested(d_inode(upperdir), I_MUTEX_PARENT);
	dentry = unionfs_do_lookup_locked(c->us, upperdir, &name.name);
	if (!IS_ERR(dentry)) {
		err = d_is_positive(dentry) ? -ESTALE :
		      unionfs_do_link(c->us, temp, upperdir, dentry);
		if (err) {
			dput(dentry);
			dentry = ERR_PTR(err);
		}
	}
	inode_unlock(d_inode(upperdir));
	release_dentry_name_snapshot(&name);
	return dentry;
}

/* The upper file of a lower one with several names is found by all of them. */
static int link_index(struct copyup *c, struct dentry *temp)
{
	struct unionfs_inode *ui = unionfs_i(c->inode);
	int err;

	if (d_inode(ui->lower[0].dentry)->i_nlink < 2 || !c->inode->i_nlink ||
	    !c->us->fs[ui->lower[0].branch->fsid].decodes)
		return 0;
	err = unionfs_set_mark(c->us, temp, UNIONFS_NLINK, "L+0", 3);
	if (!err)
		err = unionfs_add_index(c->us, temp, ui->lower[0].dentry);
	if (!err)
		set_bit(UNIONFS_INDEXED, &ui->flags);
	return err == -EOPNOTSUPP ? 0 : err;
}

static int copy_up_file(struct copyup *c, struct dentry *parent)
{
	struct dentry *upperdir = unionfs_upper(d_inode(parent)), *upper;
	const struct cred *cred, *old;
	struct iattr times;
	struct file *file;
	struct path data;
	int err;

	cred = unionfs_create_cred(c->us, c->stat.uid, c->stat.gid);
	if (!cred)
		return -ENOMEM;
	err = unionfs_want_write(c->us);
	if (err) {
		put_cred(cred);
		return err;
	}
	old = override_creds(cred);
	file = unionfs_do_tmpfile(c->us, c->us->work, c->stat.mode);
	revert_creds(old);
	put_cred(cred);
	unionfs_drop_write(c->us);
	if (IS_ERR(file))
		return PTR_ERR(file);
	if (c->data) {
		unionfs_data_path(c->inode, &data);
		err = unionfs_copy_data(c->us, &data, file, c->size);
		if (err)
			goto out;
	}
	err = unionfs_want_write(c->us);
	if (err)
		goto out;
	err = unionfs_copy_meta(c, file->f_path.dentry);
	if (!err)
		err = unionfs_set_impure(d_inode(parent), upperdir);
	if (!err)
		err = link_index(c, file->f_path.dentry);
	if (!err) {
		save_times(upperdir, &times);
		upper = link_file(c, file->f_path.dentry, parent);
		err = PTR_ERR_OR_ZERO(upper);
		if (err)
			unionfs_drop_index(c->inode, file->f_path.dentry);
	}
	if (!err) {
		if (!nameless(c))
			restore_times(c, upperdir, &times);
		unionfs_set_upper(c->inode, upper);
		if (c->data)
			set_bit(UNIONFS_DATA, &unionfs_i(c->inode)->flags);
	}
	unionfs_drop_write(c->us);
out:
	fput(file);
	return err;
}

static int make_other(struct copyup *c, struct dentry *temp)
{
	DEFINE_DELAYED_CALL(done);
	const char *target;
	int err;

	switch (c->stat.mode & S_IFMT) {
	case S_IFDIR:
		return unionfs_do_mkdir(c->us, c->us->work, temp,
					c->stat.mode & 07777);
	case S_IFLNK:
		target = vfs_get_link(c->lower.dentry, &done);
		if (IS_ERR(target))
			return PTR_ERR(target);
		err = unionfs_do_symlink(c->us, c->us->work, temp, target);
		do_delayed_call(&done);
		return err;
	default:
		return unionfs_do_mknod(c->us, c->us->work, temp, c->stat.mode,
					d_inode(c->lower.dentry)->i_rdev);
	}
}

/* Gives what is ready in the work directory its name; both are locked. */
static int move_in_place(struct copyup *c, struct dentry *temp,
			 struct dentry *upperdir)
{
	struct name_snapshot name;
	struct dentry *to;
	int err;

	take_dentry_name_snapshot(&name, c->dentry);
	to = unionfs_do_lookup_locked(c->us, upperdir, &name.name);
	release_dentry_name_snapshot(&name);
	if (IS_ERR(to))
		return PTR_ERR(to);
	err = d_is_positive(to) ? -ESTALE :
	      unionfs_do_rename(c->us, c->us->work, temp, upperdir, to, 0);
	dput(to);
	return err;
}

/* Directories, links, devices: made in the work directory, then renamed. */
static int copy_up_other(struct copyup *c, struct dentry *parent)
{
	struct dentry *upperdir = unionfs_upper(d_inode(parent)), *temp;
	const struct cred *cred, *old;
	struct iattr times;
	int err;

	err = unionfs_want_write(c->us);
	if (err)
		return err;
	err = unionfs_set_impure(d_inode(parent), upperdir);
	if (err)
		goto drop;
	err = unionfs_lock_work(c->us, upperdir);
	if (err)
		goto drop;
	save_times(upperdir, &times);
	temp = unionfs_temp(c->us);
	err = PTR_ERR_OR_ZERO(temp);
	if (err) {
		unionfs_unlock_work(c->us, upperdir);
		goto drop;
	}
	cred = unionfs_create_cred(c->us, c->stat.uid, c->stat.gid);
	if (cred) {
		old = override_creds(cred);
		err = make_other(c, temp);
		revert_creds(old);
		put_cred(cred);
	} else {
		err = -ENOMEM;
	}
	if (!err && d_is_negative(temp))
		err = -EIO;
	if (!err)
		err = unionfs_copy_meta(c, temp);
	if (!err && !S_ISDIR(c->stat.mode))
		err = link_index(c, temp);
	if (!err && !nameless(c))
		err = move_in_place(c, temp, upperdir);
	unionfs_unlock_work(c->us, upperdir);
	if (err) {
		unionfs_drop_index(c->inode, temp);
		unionfs_cleanup(c->us, temp);
		dput(temp);
		goto drop;
	}
	if (nameless(c)) {
		/* With a second reference it stays positive when it is removed. */
		dget(temp);
		unionfs_cleanup(c->us, temp);
		dput(temp);
	} else {
		restore_times(c, upperdir, &times);
	}
	if (S_ISDIR(c->stat.mode))
		set_nlink(c->inode, 1);
	unionfs_set_upper(c->inode, temp);
	set_bit(UNIONFS_DATA, &unionfs_i(c->inode)->flags);
drop:
	unionfs_drop_write(c->us);
	return err;
}

/* Writing takes file capabilities away; this is no write of the user's. */
static int keep_caps(struct copyup *c, struct dentry *upper, char *caps,
		     ssize_t len)
{
	if (len <= 0)
		return 0;
	return unionfs_do_setxattr(c->us, upper, XATTR_NAME_CAPS, caps, len, 0);
}

/* The upper file has metadata; its data follow, and then it loses its mark. */
static int bring_data(struct copyup *c)
{
	struct dentry *upper = unionfs_upper(c->inode);
	struct path to = { .mnt = unionfs_upper_mnt(c->us), .dentry = upper };
	struct iattr attr = { .ia_valid = ATTR_SIZE, .ia_size = c->size };
	char caps[sizeof(struct vfs_ns_cap_data)];
	struct path from;
	struct file *file;
	ssize_t len;
	int err;

	err = unionfs_do_getattr(&to, &c->stat, STATX_BASIC_STATS, 0);
	if (err)
		return err;
	len = unionfs_do_getxattr(&to, XATTR_NAME_CAPS, caps, sizeof(caps));
	file = unionfs_do_open(&to, O_RDWR);
	if (IS_ERR(file))
		return PTR_ERR(file);
	unionfs_data_path(c->inode, &from);
	err = unionfs_copy_data(c->us, &from, file, c->size);
	fput(file);
	if (err)
		return err;
	err = unionfs_want_write(c->us);
	if (err)
		return err;
	if (c->size < c->stat.size)
		err = unionfs_change_upper(c, upper, &attr);
	if (!err)
		err = keep_caps(c, upper, caps, len);
	if (!err)
		err = unionfs_copy_times(c, upper);
	if (!err)
		err = unionfs_do_removexattr(c->us, upper,
					     unionfs_mark_name(c->us, UNIONFS_METACOPY));
	unionfs_drop_write(c->us);
	if (!err)
		set_bit(UNIONFS_DATA, &unionfs_i(c->inode)->flags);
	return err;
}

static bool is_up(struct inode *inode, enum unionfs_want want)
{
	if (want == UNIONFS_WANT_DATA && S_ISREG(inode->i_mode))
		return unionfs_has_data(inode);
	return unionfs_upper(inode);
}

/* One object; its parent has an upper directory. UNIONFS_LOCK is held. */
static int copy_up_locked(struct dentry *dentry, struct dentry *parent,
			  enum unionfs_want want, loff_t size)
{
	struct unionfs_super *us = unionfs_sb(dentry->d_sb);
	struct copyup c = {
		.us = us,
		.inode = d_inode(dentry),
		.dentry = dentry,
		.size = i_size_read(d_inode(dentry)),
	};
	int err;

	if (is_up(c.inode, want))
		return 0;
	if (size >= 0 && size < c.size)
		c.size = size;
	if (unionfs_upper(c.inode))
		return bring_data(&c);
	unionfs_meta_path(c.inode, &c.lower);
	err = unionfs_do_getattr(&c.lower, &c.stat, STATX_BASIC_STATS, 0);
	if (err)
		return err;
	/* An owner that this user namespace does not know cannot be kept. */
	if (!kuid_has_mapping(dentry->d_sb->s_user_ns, c.stat.uid) ||
	    !kgid_has_mapping(dentry->d_sb->s_user_ns, c.stat.gid))
		return -EOVERFLOW;
	c.data = want == UNIONFS_WANT_DATA || us->userxattr || !c.stat.size;
	if (c.data && want != UNIONFS_WANT_DATA)
		c.size = c.stat.size;
	if (S_ISREG(c.stat.mode))
		return copy_up_file(&c, parent);
	return copy_up_other(&c, parent);
}

static int copy_up_one(struct dentry *dentry, struct dentry *parent,
		       enum unionfs_want want, loff_t size)
{
	const struct cred *old;
	int err;

	err = unionfs_lock(d_inode(dentry));
	if (err)
		return err;
	old = unionfs_enter(dentry->d_sb);
	err = copy_up_locked(dentry, parent, want, size);
	unionfs_leave(old);
	unionfs_unlock(d_inode(dentry));
	return err;
}

/**
 * unionfs_copy_up() - brings an object to the upper branch
 * @dentry: of the union, positive
 * @want: how much of it
 * @size: with data: no more than these are of interest; -1 for all
 *
 * Directories above it come first, from the top, one at a time.
 *
 * Return: 0; -EROFS without an upper branch; -EINTR when the caller is killed;
 * an error of a branch.
 */
int unionfs_copy_up(struct dentry *dentry, enum unionfs_want want, loff_t size)
{
	struct dentry *at, *parent;
	int err = 0;

	while (!err && !is_up(d_inode(dentry), want)) {
		if (!unionfs_upper_mnt(unionfs_sb(dentry->d_sb)))
			return -EROFS;
		at = dget(dentry);
		parent = dget_parent(at);
		while (!unionfs_upper(d_inode(parent)) && parent != at) {
			dput(at);
			at = parent;
			parent = dget_parent(at);
		}
		/* Found by a handle, and not connected to the tree. */
		if (parent == at && !unionfs_upper(d_inode(at)))
			err = -ESTALE;
		else if (at == dentry)
			err = copy_up_one(at, parent, want, size);
		else
			err = copy_up_one(at, parent, UNIONFS_WANT_META, 0);
		dput(parent);
		dput(at);
	}
	return err;
}

/**
 * unionfs_copy_up_name() - brings an object up under this name
 * @dentry: of the union; its directory is locked
 *
 * A file with several names has one upper file; not each of its names is there.
 *
 * Return: as unionfs_copy_up().
 */
int unionfs_copy_up_name(struct dentry *dentry)
{
	struct unionfs_super *us = unionfs_sb(dentry->d_sb);
	struct inode *inode = d_inode(dentry), *dir;
	struct dentry *found;
	const struct cred *old;
	int err;

	err = unionfs_copy_up(dentry, UNIONFS_WANT_META, 0);
	if (err || d_is_dir(dentry) ||
	    !test_bit(UNIONFS_INDEXED, &unionfs_i(inode)->flags))
		return err;
	err = unionfs_copy_up(dentry->d_parent, UNIONFS_WANT_META, 0);
	if (err)
		return err;
	dir = d_inode(dentry->d_parent);
	err = unionfs_lock(inode);
	if (err)
		return err;
	err = unionfs_want_write(us);
	if (err)
		goto unlock;
	old = unionfs_enter(dentry->d_sb);
	found = unionfs_do_lookup(unionfs_upper_mnt(us), unionfs_upper(dir),
				  &dentry->d_name);
	err = PTR_ERR_OR_ZERO(found);
	if (!err && d_is_negative(found)) {
		err = unionfs_write_nlink(inode, 'L');
		if (!err)
			err = unionfs_set_impure(dir, unionfs_upper(dir));
		if (!err)
			err = unionfs_add_link(us, unionfs_upper(inode),
					       unionfs_upper(dir),
					       &dentry->d_name);
	}
	if (!IS_ERR(found))
		dput(found);
	unionfs_leave(old);
	unionfs_drop_write(us);
unlock:
	unionfs_unlock(inode);
	return err;
}
