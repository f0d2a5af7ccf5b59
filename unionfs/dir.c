// SPDX-License-Identifier: GPL-2.0
/* Names that go away, and further names of what is there. */
#include "vfs.h"
#include "merge.h"

/**
 * unionfs_below() - do lower branches have something under this name?
 * @dir: directory of the union, locked
 * @name: in it
 *
 * Return: 1 if a name that goes away must leave a whiteout, 0 if not, or an
 * error of a branch.
 */
int unionfs_below(struct inode *dir, const struct qstr *name)
{
	struct unionfs_inode *ui = unionfs_i(dir);
	struct unionfs_place place;
	struct unionfs_node node;
	int ret;

	if (!ui->nr)
		return 0;
	unionfs_node_init(&node);
	unionfs_place_init(&place, ui->lower, ui->nr, name);
	ret = unionfs_merge(dir->i_sb, &place, &node, false, 0);
	if (node.nr)
		ret = 1;
	unionfs_place_drop(&place);
	unionfs_node_drop(&node);
	return ret;
}

/* Puts a whiteout in place of an upper object, which comes to the work dir. */
static int replace(struct unionfs_super *us, struct dentry *upperdir,
		   const struct qstr *name, struct dentry *expected)
{
	struct dentry *found, *white;
	bool exchange = false;
	int err;

	err = unionfs_lock_work(us, upperdir);
	if (err)
		return err;
	found = unionfs_do_lookup_locked(us, upperdir, name);
	if (IS_ERR(found)) {
		unionfs_unlock_work(us, upperdir);
		return PTR_ERR(found);
	}
	white = ERR_PTR(-ESTALE);
	if (d_inode(found) == d_inode(expected))
		white = unionfs_temp_whiteout(us);
	err = PTR_ERR_OR_ZERO(white);
	if (!err) {
		exchange = d_is_dir(found);
		err = unionfs_do_rename(us, us->work, white, upperdir, found,
					exchange ? RENAME_EXCHANGE : 0);
	}
	unionfs_unlock_work(us, upperdir);
	if (!IS_ERR(white)) {
		if (err)
			unionfs_cleanup(us, white);
		else if (exchange)
			unionfs_cleanup(us, found);
		dput(white);
	}
	dput(found);
	return err;
}

/* Takes an upper directory out of the branch that only has whiteouts in it. */
static int move_away(struct unionfs_super *us, struct dentry *upperdir,
		     struct dentry *dentry)
{
	struct dentry *temp;
	int err;

	err = unionfs_lock_work(us, upperdir);
	if (err)
		return err;
	temp = unionfs_temp(us);
	err = PTR_ERR_OR_ZERO(temp);
	if (!err && (dentry->d_parent != upperdir || d_unhashed(dentry)))
		err = -ESTALE;
	if (!err)
		err = unionfs_do_rename(us, upperdir, dentry, us->work, temp,
					0);
	unionfs_unlock_work(us, upperdir);
	if (!err)
		unionfs_cleanup(us, dentry);
	if (!IS_ERR(temp))
		dput(temp);
	return err;
}

static int remove_upper(struct unionfs_super *us, struct dentry *upperdir,
			struct dentry *dentry)
{
	int err;

	inode_lock_nested(d_inode(upperdir), I_MUTEX_PARENT);
	if (dentry->d_parent != upperdir || d_unhashed(dentry))
		err = -ESTALE;
	else if (d_is_dir(dentry))
		err = unionfs_do_rmdir(us, upperdir, dentry);
	else
		err = unionfs_do_unlink(us, upperdir, dentry);
	inode_unlock(d_inode(upperdir));
	if (err == -ENOTEMPTY)
		err = move_away(us, upperdir, dentry);
	return err;
}

static int hide_lower(struct unionfs_super *us, struct dentry *upperdir,
		      const struct qstr *name)
{
	struct dentry *found;
	int err;

	inode_lock_nested(d_inode(upperdir), I_MUTEX_PARENT);
	found = unionfs_do_lookup_locked(us, upperdir, name);
	err = PTR_ERR_OR_ZERO(found);
	if (!err) {
		err = -ESTALE;
		if (d_is_negative(found))
			err = unionfs_put_whiteout(us, upperdir, found);
		dput(found);
	}
	inode_unlock(d_inode(upperdir));
	return err;
}

static int remove_name(struct unionfs_super *us, struct inode *dir,
		       struct dentry *dentry)
{
	struct dentry *upperdir = unionfs_upper(dir), *upper, *found;
	const struct qstr *name = &dentry->d_name;
	int below, err;

	below = unionfs_below(dir, name);
	if (below < 0)
		return below;
	found = unionfs_do_lookup(unionfs_upper_mnt(us), upperdir, name);
	if (IS_ERR(found))
		return PTR_ERR(found);
	upper = unionfs_upper(d_inode(dentry));
	if (d_is_negative(found))
		err = below ? hide_lower(us, upperdir, name) : -ESTALE;
	else if (!upper || d_inode(found) != d_inode(upper))
		err = -ESTALE;
	else if (below)
		err = replace(us, upperdir, name, found);
	else
		err = remove_upper(us, upperdir, found);
	dput(found);
	return err;
}

/* One name less; UNIONFS_LOCK is held. */
void unionfs_count_down(struct inode *inode)
{
	struct dentry *upper = unionfs_upper(inode);

	if (S_ISDIR(inode->i_mode)) {
		clear_nlink(inode);
	} else if (test_bit(UNIONFS_INDEXED, &unionfs_i(inode)->flags)) {
		if (inode->i_nlink)
			drop_nlink(inode);
		if (!inode->i_nlink)
			unionfs_drop_index(inode, upper);
	} else if (upper) {
		set_nlink(inode, d_inode(upper)->i_nlink);
	} else if (inode->i_nlink) {
		drop_nlink(inode);
	}
	if (upper)
		unionfs_copy_upper_attr(inode);
	else
		inode_set_ctime_current(inode);
}

/*
 * The number of names of a lower file is kept with its upper file. A name that
 * goes away is brought up first, so that the upper link count falls with it:
 * the note, which is a difference to that, is right before and after.
 */
int unionfs_may_count(struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);
	struct unionfs_inode *ui = unionfs_i(inode);

	if (d_is_dir(dentry) || inode->i_nlink < 2)
		return 0;
	if (!unionfs_upper(inode) &&
	    (!unionfs_sb(dentry->d_sb)->indexdir ||
	     !unionfs_sb(dentry->d_sb)->fs[ui->lower[0].branch->fsid].decodes))
		return 0;
	if (unionfs_upper(inode) && !test_bit(UNIONFS_INDEXED, &ui->flags))
		return 0;
	return unionfs_copy_up_name(dentry);
}

static int remove_object(struct inode *dir, struct dentry *dentry)
{
	struct unionfs_super *us = unionfs_sb(dir->i_sb);
	struct inode *inode = d_inode(dentry);
	const struct cred *old;
	int err;

	err = unionfs_copy_up(dentry->d_parent, UNIONFS_WANT_META, 0);
	if (!err)
		err = unionfs_may_count(dentry);
	if (err)
		return err;
	err = unionfs_lock(inode);
	if (err)
		return err;
	err = unionfs_want_write(us);
	if (err)
		goto unlock;
	old = unionfs_enter(dir->i_sb);
	if (test_bit(UNIONFS_INDEXED, &unionfs_i(inode)->flags))
		err = unionfs_write_nlink(inode, 'U');
	if (!err)
		err = remove_name(us, dir, dentry);
	if (!err) {
		unionfs_count_down(inode);
		unionfs_dir_del(dir, &dentry->d_name);
	}
	unionfs_leave(old);
	unionfs_drop_write(us);
	unionfs_copy_upper_attr(dir);
unlock:
	unionfs_unlock(inode);
	return err;
}

int unionfs_unlink(struct inode *dir, struct dentry *dentry)
{
	return remove_object(dir, dentry);
}

int unionfs_rmdir(struct inode *dir, struct dentry *dentry)
{
	int err = unionfs_dir_empty(d_inode(dentry));

	return err ?: remove_object(dir, dentry);
}

/* A further name in the upper branch for an upper object. */
int unionfs_add_link(struct unionfs_super *us, struct dentry *upper,
		     struct dentry *upperdir, const struct qstr *name)
{
	struct dentry *found, *temp;
	int err;

	inode_lock_nested(d_inode(upperdir), I_MUTEX_PARENT);
	found = unionfs_do_lookup_locked(us, upperdir, name);
	err = PTR_ERR_OR_ZERO(found);
	if (!err && d_is_negative(found))
		err = unionfs_do_link(us, upper, upperdir, found);
	else if (!err)
		err = unionfs_is_whiteout(found) ? 1 : -ESTALE;
	inode_unlock(d_inode(upperdir));
	if (err <= 0)
		goto out;
	err = unionfs_lock_work(us, upperdir);
	if (err)
		goto out;
	temp = unionfs_temp(us);
	err = PTR_ERR_OR_ZERO(temp);
	if (!err)
		err = unionfs_do_link(us, upper, us->work, temp);
	if (!err && (found->d_parent != upperdir || d_unhashed(found)))
		err = -ESTALE;
	if (!err)
		err = unionfs_do_rename(us, us->work, temp, upperdir, found, 0);
	unionfs_unlock_work(us, upperdir);
	if (!IS_ERR(temp)) {
		if (err)
			unionfs_cleanup(us, temp);
		dput(temp);
	}
out:
	if (!IS_ERR(found))
		dput(found);
	return err;
}

int unionfs_link(struct dentry *old, struct inode *dir, struct dentry *new)
{
	struct unionfs_super *us = unionfs_sb(dir->i_sb);
	struct inode *inode = d_inode(old);
	const struct cred *cred;
	int err;

	err = unionfs_copy_up(old, UNIONFS_WANT_META, 0);
	if (!err)
		err = unionfs_copy_up(new->d_parent, UNIONFS_WANT_META, 0);
	if (err)
		return err;
	err = unionfs_lock(inode);
	if (err)
		return err;
	err = unionfs_want_write(us);
	if (err)
		goto unlock;
	cred = unionfs_enter(dir->i_sb);
	/* Under the new name its data would not be found. */
	if (d_is_reg(old) && !unionfs_has_data(inode))
		err = unionfs_set_redirect(old, false);
	if (!err && test_bit(UNIONFS_INDEXED, &unionfs_i(inode)->flags))
		err = unionfs_write_nlink(inode, 'U');
	if (!err && unionfs_i(inode)->nr)
		err = unionfs_set_impure(dir, unionfs_upper(dir));
	if (!err)
		err = unionfs_add_link(us, unionfs_upper(inode),
				       unionfs_upper(dir), &new->d_name);
	unionfs_leave(cred);
	unionfs_drop_write(us);
	if (err)
		goto unlock;
	inc_nlink(inode);
	unionfs_copy_upper_attr(inode);
	unionfs_copy_upper_attr(dir);
	unionfs_dir_add(dir, &new->d_name, inode);
	ihold(inode);
	d_instantiate(new, inode);
unlock:
	unionfs_unlock(inode);
	return err;
}
