// SPDX-License-Identifier: GPL-2.0
/*
 * Hard links of lower files. The first copy-up of one of their names leaves a
 * link in the index, under the handle of the lower file, by which the other
 * names find the upper file. How many names there are in the union is noted
 * as a difference to the link count of the upper (U) or the lower (L) file,
 * whichever does not change in the operation that comes next.
 */
#include <kunit/visibility.h>
#include "vfs.h"
#include "merge.h"

/* Name: the handle in hexadecimal digits. */
#define NAME_SIZE	(2 * (sizeof(struct unionfs_disk_fh) + 128) + 1)

void unionfs_index_name(const struct unionfs_disk_fh *disk, char *name)
{
	*bin2hex(name, disk, disk->len) = '\0';
}
EXPORT_SYMBOL_IF_KUNIT(unionfs_index_name);

/* Looks for the index entry of a lower file; not locked. */
static struct dentry *lookup_index(struct unionfs_super *us,
				   struct dentry *lower)
{
	struct unionfs_fh fh;
	struct dentry *found;
	struct qstr name;
	char *text;
	int err;

	err = unionfs_encode(d_inode(lower), &fh);
	if (err)
		return ERR_PTR(err);
	text = kmalloc(NAME_SIZE, GFP_KERNEL);
	if (!text)
		return ERR_PTR(-ENOMEM);
	unionfs_index_name(&fh.disk, text);
	name = (struct qstr)QSTR_INIT(text, strlen(text));
	found = unionfs_do_lookup(unionfs_upper_mnt(us), us->indexdir, &name);
	kfree(text);
	return found;
}

/**
 * unionfs_find_index() - the upper file of another name of a lower file
 * @us: the union
 * @node: has the lower file; gets the upper one, if there is one
 *
 * Return: 0 or an error of the upper filesystem.
 */
int unionfs_find_index(struct unionfs_super *us, struct unionfs_node *node)
{
	struct dentry *lower = node->lower[0].dentry, *found;
	int err;

	if (!READ_ONCE(us->index_used) || d_is_dir(lower) ||
	    d_inode(lower)->i_nlink < 2 ||
	    !us->fs[node->lower[0].branch->fsid].decodes)
		return 0;
	found = lookup_index(us, lower);
	if (IS_ERR(found))
		return PTR_ERR(found) == -EOPNOTSUPP ? 0 : PTR_ERR(found);
	if (d_is_negative(found) || unionfs_is_whiteout(found) ||
	    (d_inode(found)->i_mode ^ d_inode(lower)->i_mode) & S_IFMT) {
		dput(found);
		return 0;
	}
	err = unionfs_is_metacopy(us, found);
	if (err < 0) {
		dput(found);
		return err;
	}
	node->upper = found;
	node->metacopy = err;
	node->indexed = true;
	return 0;
}

/**
 * unionfs_add_index() - makes the index entry of a file that is copied up
 * @us: the union
 * @temp: the new upper file
 * @lower: the lower one
 *
 * The entry of a file that a crash left without a name is replaced.
 *
 * Return: 0; -EOPNOTSUPP if there can be none.
 */
int unionfs_add_index(struct unionfs_super *us, struct dentry *temp,
		      struct dentry *lower)
{
	struct dentry *dir = us->indexdir, *entry;
	struct unionfs_fh fh;
	struct qstr name;
	char *text;
	int err;

	if (!dir)
		return -EOPNOTSUPP;
	err = unionfs_encode(d_inode(lower), &fh);
	if (err)
		return err;
	text = kmalloc(NAME_SIZE, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	unionfs_index_name(&fh.disk, text);
	name = (struct qstr)QSTR_INIT(text, strlen(text));
	inode_lock_nested(d_inode(dir), I_MUTEX_PARENT);
	entry = unionfs_do_lookup_locked(us, dir, &name);
	err = PTR_ERR_OR_ZERO(entry);
	if (!err) {
		if (d_is_positive(entry))
			err = -EEXIST;
		else
			err = unionfs_do_link(us, temp, dir, entry);
		dput(entry);
	}
	inode_unlock(d_inode(dir));
	kfree(text);
	if (!err)
		WRITE_ONCE(us->index_used, true);
	return err;
}

/**
 * unionfs_drop_index() - removes the index entry of a file
 * @inode: of the union; locked (UNIONFS_LOCK)
 * @upper: its upper file
 *
 * When there is no name left, or a copy-up has failed after all.
 */
void unionfs_drop_index(struct inode *inode, struct dentry *upper)
{
	struct unionfs_super *us = unionfs_sb(inode->i_sb);
	struct unionfs_inode *ui = unionfs_i(inode);
	struct dentry *dir = us->indexdir, *entry;
	int err = 0;

	if (!test_bit(UNIONFS_INDEXED, &ui->flags) || !dir)
		return;
	entry = lookup_index(us, ui->lower[0].dentry);
	if (IS_ERR(entry))
		return;
	inode_lock_nested(d_inode(dir), I_MUTEX_PARENT);
	if (d_is_positive(entry) && entry->d_parent == dir &&
	    d_inode(entry) == d_inode(upper))
		err = unionfs_do_unlink(us, dir, entry);
	inode_unlock(d_inode(dir));
	if (err)
		pr_warn_ratelimited("an entry is left in the index: %pd: %pe\n",
				    entry, ERR_PTR(err));
	else
		clear_bit(UNIONFS_INDEXED, &ui->flags);
	dput(entry);
}

/* What is written: U or L, a sign, a number. Returns -EINVAL if it is not. */
int unionfs_parse_nlink(const char *text, unsigned int upper,
			unsigned int lower, unsigned int *nlink)
{
	long long value;
	int diff;

	if ((text[0] != 'U' && text[0] != 'L') ||
	    (text[1] != '+' && text[1] != '-') || kstrtoint(text + 1, 10, &diff))
		return -EINVAL;
	value = (long long)(text[0] == 'U' ? upper : lower) + diff;
	if (value < 0 || value > UINT_MAX)
		return -EINVAL;
	*nlink = value;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(unionfs_parse_nlink);

/* Sets nlink if there is a note of it that makes sense. */
int unionfs_read_nlink(struct unionfs_super *us, struct dentry *upper,
		       struct dentry *lower, unsigned int *nlink)
{
	char text[16] = "";
	ssize_t len;

	len = unionfs_get_mark(us, upper, UNIONFS_NLINK, text,
			       sizeof(text) - 1);
	if (len <= 0)
		return -ENODATA;
	return unionfs_parse_nlink(text, d_inode(upper)->i_nlink,
				   d_inode(lower)->i_nlink, nlink);
}

/**
 * unionfs_write_nlink() - notes how many names a file has in the union
 * @inode: of the union; it is in the index, and locked (UNIONFS_LOCK)
 * @from: 'U' or 'L': to whose link count the note is a difference
 *
 * Return: 0 or an error of the upper filesystem.
 */
int unionfs_write_nlink(struct inode *inode, char from)
{
	struct dentry *upper = unionfs_upper(inode);
	const struct inode *real;
	char text[16];
	int len;

	real = d_inode(from == 'U' ? upper : unionfs_i(inode)->lower[0].dentry);
	len = scnprintf(text, sizeof(text), "%c%+i", from,
			(int)inode->i_nlink - (int)real->i_nlink);
	return unionfs_set_mark(unionfs_sb(inode->i_sb), upper, UNIONFS_NLINK,
				text, len);
}
