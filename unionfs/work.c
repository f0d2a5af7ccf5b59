// SPDX-License-Identifier: GPL-2.0
/*
 * The work directory: objects are made here and renamed to their place when
 * they are whole, and come here when they have lost it. After a crash what is
 * found here is nobody's, and is removed at the next mount.
 */
#include <linux/fs_context.h>
#include "vfs.h"
#include "params.h"

/* What we leave here is at most a directory with whiteouts in it. */
#define WORK_LEVELS	2

/* A name in the work directory; it is locked. Negative, with a reference. */
struct dentry *unionfs_temp(struct unionfs_super *us)
{
	struct dentry *dentry;
	char text[16];
	struct qstr name;

	for (;;) {
		scnprintf(text, sizeof(text), "#%x",
			  (unsigned int)atomic_inc_return(&us->temp));
		name = (struct qstr)QSTR_INIT(text, strlen(text));
		dentry = unionfs_do_lookup_locked(us, us->work, &name);
		if (IS_ERR(dentry) || d_is_negative(dentry))
			return dentry;
		dput(dentry);
	}
}

struct name_list {
	struct dir_context ctx;
	struct list_head names;
	int err;
};

struct name_item {
	struct list_head list;
	int len;
	char name[];
};

static bool add_name(struct dir_context *ctx, const char *name, int len,
		     loff_t pos, u64 ino, unsigned int type)
{
	struct name_list *list = container_of(ctx, struct name_list, ctx);
	struct name_item *item;

	if (len <= 2 && name[0] == '.' && (len == 1 || name[1] == '.'))
		return true;
	item = kmalloc(sizeof(*item) + len + 1, GFP_KERNEL);
	if (!item) {
		list->err = -ENOMEM;
		return false;
	}
	memcpy(item->name, name, len);
	item->name[len] = '\0';
	item->len = len;
	list_add_tail(&item->list, &list->names);
	return true;
}

static int read_names(struct unionfs_super *us, struct dentry *dir,
		      struct list_head *names)
{
	struct path path = { .mnt = unionfs_upper_mnt(us), .dentry = dir };
	struct name_list list = {
		.ctx.actor = add_name,
		.names = LIST_HEAD_INIT(list.names),
	};
	struct file *file;
	int err;

	file = unionfs_do_open(&path, O_RDONLY | O_DIRECTORY);
	if (IS_ERR(file))
		return PTR_ERR(file);
	err = iterate_dir(file, &list.ctx);
	fput(file);
	list_splice(&list.names, names);
	return err ?: list.err;
}

static int remove_one(struct unionfs_super *us, struct dentry *dir,
		      const struct qstr *name, int levels)
{
	struct dentry *dentry;
	int err = 0;

	inode_lock_nested(d_inode(dir), I_MUTEX_PARENT);
	dentry = unionfs_do_lookup_locked(us, dir, name);
	if (IS_ERR(dentry))
		err = PTR_ERR(dentry);
	else if (d_is_dir(dentry))
		err = unionfs_do_rmdir(us, dir, dentry);
	else if (d_is_positive(dentry))
		err = unionfs_do_unlink(us, dir, dentry);
	inode_unlock(d_inode(dir));
	if (err == -ENOTEMPTY && levels) {
		err = unionfs_empty_dir(us, dentry, levels - 1);
		if (!err) {
			dput(dentry);
			return remove_one(us, dir, name, 0);
		}
	}
	if (!IS_ERR(dentry))
		dput(dentry);
	return err;
}

/**
 * unionfs_empty_dir() - removes what is in an upper directory
 * @us: the union
 * @dir: directory, not locked, that nobody else can reach by the union
 * @levels: directories within directories that may be there
 *
 * Return: 0 or an error; it goes on after one.
 */
int unionfs_empty_dir(struct unionfs_super *us, struct dentry *dir, int levels)
{
	struct name_item *item, *next;
	LIST_HEAD(names);
	int err, ret;

	ret = read_names(us, dir, &names);
	list_for_each_entry_safe(item, next, &names, list) {
		struct qstr name = QSTR_INIT(item->name, item->len);

		err = remove_one(us, dir, &name, levels);
		ret = ret ?: err;
		list_del(&item->list);
		kfree(item);
	}
	return ret;
}

/**
 * unionfs_cleanup() - removes an object from the work directory
 * @us: the union
 * @dentry: what was put there; no directory of the branch is locked
 *
 * If it fails the next mount does it.
 */
void unionfs_cleanup(struct unionfs_super *us, struct dentry *dentry)
{
	struct dentry *work = us->work;
	int err = 0;

	if (d_is_dir(dentry))
		err = unionfs_empty_dir(us, dentry, WORK_LEVELS);
	inode_lock_nested(d_inode(work), I_MUTEX_PARENT);
	if (!err && d_is_positive(dentry) && dentry->d_parent == work &&
	    !d_unhashed(dentry)) {
		if (d_is_dir(dentry))
			err = unionfs_do_rmdir(us, work, dentry);
		else
			err = unionfs_do_unlink(us, work, dentry);
	}
	inode_unlock(d_inode(work));
	if (err)
		pr_warn_ratelimited("cannot remove %pd2: %pe\n", dentry,
				    ERR_PTR(err));
}

/* Locks the work directory and an upper one, to rename between them. */
int unionfs_lock_work(struct unionfs_super *us, struct dentry *dir)
{
	struct dentry *trap = lock_rename(us->work, dir);

	if (!trap)
		return 0;
	/* Somebody moved one of them behind our back. */
	if (!IS_ERR(trap))
		unlock_rename(us->work, dir);
	return -EIO;
}

void unionfs_unlock_work(struct unionfs_super *us, struct dentry *dir)
{
	unlock_rename(us->work, dir);
}

/* A directory in the one that was named as workdir; made if missing. */
static struct dentry *open_dir(struct unionfs_super *us, struct fs_context *fc,
			       const char *text)
{
	struct qstr name = QSTR_INIT(text, strlen(text));
	struct dentry *dentry;
	int err = 0;

	inode_lock_nested(d_inode(us->workbase), I_MUTEX_PARENT);
	dentry = unionfs_do_lookup_locked(us, us->workbase, &name);
	if (!IS_ERR(dentry) && d_is_negative(dentry))
		err = unionfs_do_mkdir(us, us->workbase, dentry, 0);
	inode_unlock(d_inode(us->workbase));
	if (!err && !IS_ERR(dentry) && !d_is_dir(dentry))
		err = -ENOTDIR;
	if (err) {
		dput(dentry);
		dentry = ERR_PTR(err);
	}
	if (IS_ERR(dentry))
		errorf(fc, "workdir: cannot make directory '%s' in it: error %ld",
		       text, PTR_ERR(dentry));
	return dentry;
}

static int drop_default_acl(struct unionfs_super *us, struct dentry *dir)
{
	int err;

	/* What is made here has its place elsewhere: nothing is inherited. */
	err = unionfs_do_setacl(us, dir, XATTR_NAME_POSIX_ACL_DEFAULT, NULL);
	return err == -EOPNOTSUPP || err == -ENODATA ? 0 : err;
}

/**
 * unionfs_open_work() - gets the work directory ready
 * @us: the union; workbase is set, and the caller has entered
 * @fc: for messages
 *
 * Return: 0 or an error of the upper filesystem.
 */
int unionfs_open_work(struct unionfs_super *us, struct fs_context *fc)
{
	LIST_HEAD(names);
	int err;

	err = unionfs_want_write(us);
	if (err) {
		errorf(fc, "upperdir: the filesystem is read-only");
		return err;
	}
	us->work = open_dir(us, fc, "work");
	err = PTR_ERR_OR_ZERO(us->work);
	if (err) {
		us->work = NULL;
		goto out;
	}
	err = drop_default_acl(us, us->work);
	if (!err && unionfs_empty_dir(us, us->work, WORK_LEVELS))
		warnf(fc, "workdir: there are left-overs in it; run fsck.unionfs");
	if (err || !us->trusted)
		goto out;
	us->indexdir = open_dir(us, fc, "index");
	err = PTR_ERR_OR_ZERO(us->indexdir);
	if (err) {
		us->indexdir = NULL;
		goto out;
	}
	/* Without entries nobody needs to look. */
	err = read_names(us, us->indexdir, &names);
	us->index_used = !list_empty(&names);
	while (!list_empty(&names)) {
		struct name_item *item = list_first_entry(&names,
							  struct name_item,
							  list);

		list_del(&item->list);
		kfree(item);
	}
out:
	unionfs_drop_write(us);
	return err;
}
