// SPDX-License-Identifier: GPL-2.0
/* New objects, all of which are made in the upper branch. */
#include <linux/backing-file.h>
#include "vfs.h"
#include "merge.h"

/* What is to be made. */
struct make {
	umode_t mode;
	dev_t dev;
	const char *target;	/* of a symbolic link */
};

/**
 * unionfs_create_cred() - credentials that give what is made an owner
 * @us: the union
 * @uid: owner
 * @gid: group
 *
 * One of them is kept: most objects that are made have the same owner.
 *
 * Return: with a reference, or NULL without memory.
 */
const struct cred *unionfs_create_cred(struct unionfs_super *us, kuid_t uid,
				       kgid_t gid)
{
	const struct cred *kept, *old;
	struct cred *cred;

	rcu_read_lock();
	kept = rcu_dereference(us->create_cred);
	if (kept && uid_eq(kept->fsuid, uid) && gid_eq(kept->fsgid, gid))
		kept = get_cred_rcu(kept);
	else
		kept = NULL;
	rcu_read_unlock();
	if (kept)
		return kept;
	old = override_creds(us->cred);
	cred = prepare_creds();
	revert_creds(old);
	if (!cred)
		return NULL;
	cred->fsuid = uid;
	cred->fsgid = gid;
	get_cred(cred);
	old = unrcu_pointer(xchg(&us->create_cred, RCU_INITIALIZER(cred)));
	put_cred(old);
	return cred;
}

static int make_upper(struct unionfs_super *us, struct dentry *dir,
		      struct dentry *dentry, const struct make *make)
{
	switch (make->mode & S_IFMT) {
	case S_IFREG:
		return unionfs_do_create(us, dir, dentry, make->mode);
	case S_IFDIR:
		return unionfs_do_mkdir(us, dir, dentry,
					make->mode & ~S_IFMT);
	case S_IFLNK:
		return unionfs_do_symlink(us, dir, dentry, make->target);
	default:
		return unionfs_do_mknod(us, dir, dentry, make->mode, make->dev);
	}
}

/* In the work directory nothing is inherited; here that is made good. */
static int inherit(struct unionfs_super *us, struct inode *dir,
		   struct dentry *dentry, umode_t mode)
{
	struct posix_acl *dacl = NULL, *acl = NULL;
	struct iattr attr = { .ia_valid = ATTR_MODE };
	int err;

	if (S_ISLNK(mode))
		return 0;
	err = posix_acl_create(dir, &mode, &dacl, &acl);
	if (err)
		return err;
	if (d_inode(dentry)->i_mode != mode) {
		attr.ia_mode = mode;
		inode_lock(d_inode(dentry));
		err = unionfs_do_setattr(us, dentry, &attr);
		inode_unlock(d_inode(dentry));
	}
	if (!err && acl)
		err = unionfs_do_setacl(us, dentry,
					XATTR_NAME_POSIX_ACL_ACCESS, acl);
	if (!err && dacl)
		err = unionfs_do_setacl(us, dentry,
					XATTR_NAME_POSIX_ACL_DEFAULT, dacl);
	posix_acl_release(acl);
	posix_acl_release(dacl);
	return err;
}

/*
 * In place of a whiteout: made in the work directory, so that there is never a
 * moment when what is below shows.
 */
static struct dentry *make_over(struct unionfs_super *us, struct inode *dir,
				const struct qstr *name,
				const struct make *make)
{
	struct dentry *upperdir = unionfs_upper(dir), *temp, *white;
	bool is_dir = S_ISDIR(make->mode);
	int err;

	err = unionfs_lock_work(us, upperdir);
	if (err)
		return ERR_PTR(err);
	white = unionfs_do_lookup_locked(us, upperdir, name);
	if (IS_ERR(white)) {
		unionfs_unlock_work(us, upperdir);
		return white;
	}
	temp = unionfs_temp(us);
	err = PTR_ERR_OR_ZERO(temp);
	if (err)
		goto unlock;
	err = unionfs_is_whiteout(white) ? 0 : -ESTALE;
	if (!err)
		err = make_upper(us, us->work, temp, make);
	if (!err && d_is_negative(temp))
		err = -EIO;
	if (err) {
		dput(temp);
		temp = ERR_PTR(err);
		goto unlock;
	}
	err = inherit(us, dir, temp, make->mode);
	if (!err && is_dir)
		err = unionfs_set_mark(us, temp, UNIONFS_OPAQUE, "y", 1);
	if (!err)
		err = unionfs_do_rename(us, us->work, temp, upperdir, white,
					is_dir ? RENAME_EXCHANGE : 0);
unlock:
	unionfs_unlock_work(us, upperdir);
	if (!IS_ERR(temp)) {
		if (err)
			unionfs_cleanup(us, temp);
		else if (is_dir)
			unionfs_cleanup(us, white);
		if (err) {
			dput(temp);
			temp = ERR_PTR(err);
		}
	}
	dput(white);
	return temp;
}

/* The upper object, with a reference. */
static struct dentry *make_named(struct unionfs_super *us, struct inode *dir,
				 const struct qstr *name,
				 const struct make *make)
{
	struct dentry *upperdir = unionfs_upper(dir), *dentry;
	int err;

	inode_lock_nested(d_inode(upperdir), I_MUTEX_PARENT);
	dentry = unionfs_do_lookup_locked(us, upperdir, name);
	if (IS_ERR(dentry))
		goto out;
	if (d_is_positive(dentry)) {
		err = unionfs_is_whiteout(dentry) ? 0 : -ESTALE;
		inode_unlock(d_inode(upperdir));
		dput(dentry);
		return err ? ERR_PTR(err) : make_over(us, dir, name, make);
	}
	err = make_upper(us, upperdir, dentry, make);
	/* Filesystems may make a directory and not say what it is. */
	if (!err && d_is_negative(dentry))
		err = -EIO;
	/* Branches below may change between mounts: it is not theirs. */
	if (!err && S_ISDIR(make->mode) && unionfs_i(dir)->nr)
		err = unionfs_set_mark(us, dentry, UNIONFS_OPAQUE, "y", 1);
	if (err) {
		dput(dentry);
		dentry = ERR_PTR(err);
	}
out:
	inode_unlock(d_inode(upperdir));
	return dentry;
}

/* The owner of what is made, as inode_init_owner() would have it. */
static const struct cred *owner(struct mnt_idmap *idmap, struct inode *dir,
				struct unionfs_super *us, umode_t *mode)
{
	struct user_namespace *ns = i_user_ns(dir);
	kgid_t gid = mapped_fsgid(idmap, ns);

	if (dir->i_mode & S_ISGID) {
		gid = dir->i_gid;
		if (S_ISDIR(*mode))
			*mode |= S_ISGID;
	}
	return unionfs_create_cred(us, mapped_fsuid(idmap, ns), gid);
}

static int make_object(struct mnt_idmap *idmap, struct inode *dir,
		       struct dentry *dentry, struct make *make)
{
	struct unionfs_super *us = unionfs_sb(dir->i_sb);
	const struct cred *old, *cred;
	struct unionfs_node node;
	struct inode *inode;
	kuid_t fsuid;
	int err;

	err = unionfs_copy_up(dentry->d_parent, UNIONFS_WANT_META, 0);
	if (err)
		return err;
	err = unionfs_want_write(us);
	if (err)
		return err;
	unionfs_node_init(&node);
	fsuid = mapped_fsuid(idmap, i_user_ns(dir));
	if (!uid_valid(fsuid)) {
		err = -EOVERFLOW;
		goto out;
	}
	cred = owner(idmap, dir, us, &make->mode);
	if (!cred) {
		err = -ENOMEM;
		goto out;
	}
	old = override_creds(cred);
	node.upper = make_named(us, dir, &dentry->d_name, make);
	revert_creds(old);
	put_cred(cred);
	err = PTR_ERR_OR_ZERO(node.upper);
	if (err) {
		node.upper = NULL;
		goto out;
	}
	node.fresh = true;
	inode = unionfs_get_inode(dir->i_sb, &node);
	unionfs_copy_upper_attr(dir);
	err = PTR_ERR_OR_ZERO(inode);
	if (err) {
		/* It is there; who looks again finds it. */
		d_drop(dentry);
		goto out;
	}
	unionfs_dir_add(dir, &dentry->d_name, inode);
	d_instantiate(dentry, inode);
out:
	unionfs_node_drop(&node);
	unionfs_drop_write(us);
	return err;
}

int unionfs_create(struct mnt_idmap *idmap, struct inode *dir,
		   struct dentry *dentry, umode_t mode, bool excl)
{
	struct make make = { .mode = (mode & 07777) | S_IFREG };

	return make_object(idmap, dir, dentry, &make);
}

int unionfs_mkdir(struct mnt_idmap *idmap, struct inode *dir,
		  struct dentry *dentry, umode_t mode)
{
	struct make make = { .mode = (mode & 07777) | S_IFDIR };

	return make_object(idmap, dir, dentry, &make);
}

int unionfs_mknod(struct mnt_idmap *idmap, struct inode *dir,
		  struct dentry *dentry, umode_t mode, dev_t dev)
{
	struct make make = {
		.mode = mode,
		.dev = unionfs_dev_to_branch(mode, dev),
	};

	return make_object(idmap, dir, dentry, &make);
}

int unionfs_symlink(struct mnt_idmap *idmap, struct inode *dir,
		    struct dentry *dentry, const char *target)
{
	struct make make = { .mode = S_IFLNK | 0777, .target = target };

	return make_object(idmap, dir, dentry, &make);
}

/* An open file without a name; link(2) may give it one. */
static int tmpfile_inode(struct file *file, struct file *real)
{
	struct dentry *dentry = file->f_path.dentry;
	struct unionfs_node node;
	struct inode *inode;

	unionfs_node_init(&node);
	node.upper = dget(real->f_path.dentry);
	node.fresh = true;
	inode = unionfs_get_inode(dentry->d_sb, &node);
	unionfs_node_drop(&node);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	d_mark_tmpfile(file, inode);
	d_instantiate(dentry, inode);
	return 0;
}

static int already_open(struct inode *inode, struct file *file)
{
	return 0;
}

int unionfs_tmpfile(struct mnt_idmap *idmap, struct inode *dir,
		    struct file *file, umode_t mode)
{
	struct unionfs_super *us = unionfs_sb(dir->i_sb);
	struct dentry *dentry = file->f_path.dentry;
	const struct cred *old, *cred;
	struct file *real;
	struct path path;
	int err;

	err = unionfs_copy_up(dentry->d_parent, UNIONFS_WANT_META, 0);
	if (err)
		return err;
	err = unionfs_want_write(us);
	if (err)
		return err;
	cred = owner(idmap, dir, us, &mode);
	if (!cred) {
		unionfs_drop_write(us);
		return -ENOMEM;
	}
	unionfs_meta_path(dir, &path);
	old = override_creds(cred);
	real = backing_tmpfile_open(file, file->f_flags, &path, mode,
				    current_cred());
	revert_creds(old);
	put_cred(cred);
	unionfs_drop_write(us);
	if (IS_ERR(real))
		return PTR_ERR(real);
	err = unionfs_file_attach(file, real);
	if (err) {
		fput(real);
		return err;
	}
	err = tmpfile_inode(file, real);
	if (!err)
		err = finish_open(file, dentry, already_open);
	/* What is not open is not released. */
	if (!(file->f_mode & FMODE_OPENED))
		unionfs_file_detach(file);
	return err;
}
