// SPDX-License-Identifier: GPL-2.0
/*
 * Renames. The upper branch does one rename, which is what makes it atomic:
 *
 *	what is at the new name in	the old name must
 *	the upper branch		hide something	not hide anything
 *	nothing, or what is replaced	RENAME_WHITEOUT	plain
 *	a whiteout			RENAME_EXCHANGE	plain; for directories
 *							RENAME_EXCHANGE, and then
 *							the whiteout is removed
 *
 * Marks that the object needs at its new place are set before: it is found
 * with them at its old place just as well.
 */
#include "vfs.h"
#include "merge.h"

struct rename {
	struct unionfs_super *us;
	struct inode *olddir;
	struct dentry *old;
	struct inode *newdir;
	struct dentry *new;
	unsigned int flags;
	int hide;	/* something is below the old name */
	int below;	/* something is below the new name */
	bool stray;	/* a whiteout is left at the old name */
	struct dentry *device;	/* for RENAME_WHITEOUT, in the work directory */
};

/* Everything that takes part gets to the upper branch. */
static int bring_up(struct rename *r)
{
	struct inode *inode = d_inode(r->new);
	int err;

	err = unionfs_copy_up(r->new->d_parent, UNIONFS_WANT_META, 0);
	if (!err)
		err = unionfs_copy_up_name(r->old);
	if (err || !inode)
		return err;
	if (r->flags & RENAME_EXCHANGE)
		return unionfs_copy_up_name(r->new);
	if (S_ISDIR(inode->i_mode))
		return unionfs_dir_empty(inode);
	return unionfs_may_count(r->new);
}

/* Is it of the kind that cannot move, because marks may not say where it was? */
static bool immovable(struct unionfs_super *us, struct dentry *dentry)
{
	return us->userxattr && d_is_dir(dentry) &&
	       unionfs_i(d_inode(dentry))->nr;
}

/* The marks that an object needs under another name. */
static int set_marks(struct rename *r, struct dentry *dentry,
		     struct inode *todir, int below)
{
	bool same = r->olddir == r->newdir;
	struct inode *inode = d_inode(dentry);
	int err = 0;

	if (unionfs_i(inode)->nr && !same)
		err = unionfs_set_impure(todir, unionfs_upper(todir));
	if (err)
		return err;
	if (S_ISDIR(inode->i_mode)) {
		if (unionfs_i(inode)->nr)
			return unionfs_set_redirect(dentry, same);
		if (below || unionfs_i(todir)->nr)
			return unionfs_set_mark(r->us, unionfs_upper(inode),
						UNIONFS_OPAQUE, "y", 1);
	} else if (S_ISREG(inode->i_mode) && !unionfs_has_data(inode)) {
		return unionfs_set_redirect(dentry, same);
	}
	return 0;
}

/* A directory that is replaced is empty, but may have whiteouts in it. */
static int clear_dir(struct rename *r)
{
	struct dentry *upper = unionfs_upper(d_inode(r->new));
	int err = 0;

	if (!upper)
		return 0;
	if (unionfs_i(d_inode(r->new))->nr)
		err = unionfs_set_mark(r->us, upper, UNIONFS_OPAQUE, "y", 1);
	return err ?: unionfs_empty_dir(r->us, upper, 0);
}

static bool is_upper_of(struct dentry *real, struct dentry *dentry)
{
	struct dentry *upper = unionfs_upper(d_inode(dentry));

	return upper && d_is_positive(real) && d_inode(real) == d_inode(upper);
}

/* Both upper directories are locked. Returns the flags, or an error. */
static int choose(struct rename *r, struct dentry *from, struct dentry *to)
{
	bool white = unionfs_is_whiteout(to);

	if (!is_upper_of(from, r->old))
		return -ESTALE;
	if (r->flags & RENAME_EXCHANGE)
		return is_upper_of(to, r->new) ? RENAME_EXCHANGE : -ESTALE;
	if (white) {
		if (r->hide)
			return RENAME_EXCHANGE;
		r->stray = d_is_dir(from);
		return r->stray ? RENAME_EXCHANGE : 0;
	}
	if (d_is_positive(to) &&
	    (d_is_negative(r->new) || !is_upper_of(to, r->new)))
		return -ESTALE;
	return r->hide ? RENAME_WHITEOUT : 0;
}

static int rename_upper(struct rename *r)
{
	struct dentry *olddir = unionfs_upper(r->olddir);
	struct dentry *newdir = unionfs_upper(r->newdir);
	struct dentry *trap, *from, *to;
	int err;

	trap = lock_rename(olddir, newdir);
	if (IS_ERR(trap))
		return PTR_ERR(trap);
	from = unionfs_do_lookup_locked(r->us, olddir, &r->old->d_name);
	if (IS_ERR(from)) {
		err = PTR_ERR(from);
		goto unlock;
	}
	to = unionfs_do_lookup_locked(r->us, newdir, &r->new->d_name);
	err = PTR_ERR_OR_ZERO(to);
	if (err)
		goto put;
	err = trap && (trap == from || trap == to) ? -EINVAL :
	      choose(r, from, to);
	if (err >= 0)
		err = unionfs_do_rename(r->us, olddir, from, newdir, to, err);
	/* What it was exchanged with is at the old name by now. */
	if (!err && r->stray && unionfs_do_unlink(r->us, olddir, to))
		pr_warn_ratelimited("a whiteout is left at %pd2\n", to);
	dput(to);
put:
	dput(from);
unlock:
	unlock_rename(olddir, newdir);
	return err;
}

/*
 * For whoever stacks on us: a whiteout of his, which is a device of the
 * union. What is below stays hidden meanwhile by a whiteout of ours.
 */
static int leave_device(struct rename *r)
{
	struct dentry *olddir = unionfs_upper(r->olddir), *at;
	int err;

	err = unionfs_lock_work(r->us, olddir);
	if (err)
		return err;
	at = unionfs_do_lookup_locked(r->us, olddir, &r->old->d_name);
	err = PTR_ERR_OR_ZERO(at);
	if (!err && d_is_positive(at) && !unionfs_is_whiteout(at))
		err = -ESTALE;
	if (!err)
		err = unionfs_do_rename(r->us, r->us->work, r->device, olddir,
					at, 0);
	unionfs_unlock_work(r->us, olddir);
	if (!IS_ERR(at))
		dput(at);
	if (err) {
		/* Too late to go back: what the names are is to be looked up. */
		d_drop(r->old);
		d_drop(r->new);
	}
	return err;
}

/* It is made first: that there is no room for it must not be found afterwards. */
static int make_device(struct rename *r)
{
	umode_t mode = S_IFCHR | WHITEOUT_MODE;
	struct dentry *olddir = unionfs_upper(r->olddir);
	int err;

	err = unionfs_lock_work(r->us, olddir);
	if (err)
		return err;
	r->device = unionfs_temp(r->us);
	err = PTR_ERR_OR_ZERO(r->device);
	if (err)
		r->device = NULL;
	else
		err = unionfs_do_mknod(r->us, r->us->work, r->device, mode,
				       unionfs_dev_to_branch(mode,
							     WHITEOUT_DEV));
	unionfs_unlock_work(r->us, olddir);
	return err;
}

/* Where it has not come to its place. */
static void drop_device(struct rename *r)
{
	if (r->device && d_is_positive(r->device))
		unionfs_cleanup(r->us, r->device);
	dput(r->device);
}

static void update(struct rename *r)
{
	struct inode *inode = d_inode(r->old), *other = d_inode(r->new);

	unionfs_dir_del(r->olddir, &r->old->d_name);
	unionfs_dir_del(r->newdir, &r->new->d_name);
	unionfs_dir_add(r->newdir, &r->new->d_name, inode);
	if (r->flags & RENAME_EXCHANGE) {
		unionfs_dir_add(r->olddir, &r->old->d_name, other);
		unionfs_copy_upper_attr(other);
	} else if (other) {
		unionfs_count_down(other);
	}
	/* Under this name there is a device that nobody has looked up. */
	if (r->flags & RENAME_WHITEOUT)
		unionfs_forget_list(r->olddir);
	unionfs_copy_upper_attr(inode);
	unionfs_copy_upper_attr(r->olddir);
	unionfs_copy_upper_attr(r->newdir);
}

static int do_rename(struct rename *r)
{
	struct inode *other = d_inode(r->new);
	bool exchange = r->flags & RENAME_EXCHANGE;
	int err;

	r->hide = unionfs_below(r->olddir, &r->old->d_name);
	r->below = unionfs_below(r->newdir, &r->new->d_name);
	if (r->hide < 0 || r->below < 0)
		return min(r->hide, r->below);
	err = set_marks(r, r->old, r->newdir, r->below);
	if (!err && exchange)
		err = set_marks(r, r->new, r->olddir, r->hide);
	if (err)
		return err;
	if (other && !exchange) {
		if (S_ISDIR(other->i_mode))
			err = clear_dir(r);
		else if (test_bit(UNIONFS_INDEXED, &unionfs_i(other)->flags))
			err = unionfs_write_nlink(other, 'U');
	}
	if (!err && r->flags & RENAME_WHITEOUT)
		err = make_device(r);
	if (!err)
		err = rename_upper(r);
	if (!err) {
		update(r);
		if (r->flags & RENAME_WHITEOUT)
			err = leave_device(r);
	}
	if (err)
		drop_device(r);
	else
		dput(r->device);
	return err;
}

int unionfs_rename(struct mnt_idmap *idmap, struct inode *olddir,
		   struct dentry *old, struct inode *newdir,
		   struct dentry *new, unsigned int flags)
{
	struct rename r = {
		.us = unionfs_sb(olddir->i_sb),
		.olddir = olddir,
		.old = old,
		.newdir = newdir,
		.new = new,
		.flags = flags,
	};
	struct inode *other = d_inode(new);
	const struct cred *cred;
	int err;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT))
		return -EINVAL;
	if (immovable(r.us, old) ||
	    (flags & RENAME_EXCHANGE && immovable(r.us, new)))
		return -EXDEV;
	err = bring_up(&r);
	if (err)
		return err;
	if (other) {
		err = unionfs_lock(other);
		if (err)
			return err;
	}
	err = unionfs_want_write(r.us);
	if (!err) {
		cred = unionfs_enter(olddir->i_sb);
		err = do_rename(&r);
		unionfs_leave(cred);
		unionfs_drop_write(r.us);
	}
	if (other)
		unionfs_unlock(other);
	return err;
}
