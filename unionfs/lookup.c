// SPDX-License-Identifier: GPL-2.0
/* From a name in a directory of the union to an inode. */
#include "vfs.h"
#include "merge.h"

/*
 * What the upper branch says of a name. Returns 1 when what is below does not
 * matter, 0 when it does, or an error.
 */
static int find_upper(struct inode *dir, const struct qstr *name,
		      struct unionfs_node *node, struct unionfs_place *place)
{
	struct unionfs_super *us = unionfs_sb(dir->i_sb);
	struct dentry *upperdir = unionfs_upper(dir), *found;
	int err;

	if (!upperdir)
		return 0;
	found = unionfs_do_lookup(unionfs_upper_mnt(us), upperdir, name);
	if (IS_ERR(found))
		return PTR_ERR(found);
	if (d_is_negative(found)) {
		dput(found);
		return 0;
	}
	if (unionfs_is_whiteout(found)) {
		dput(found);
		node->covered = true;
		return 1;
	}
	node->upper = found;
	if (!unionfs_dir_marked(dir))
		return 1;
	if (d_is_dir(found)) {
		/* Moved out of a merged directory it still merges. */
		err = unionfs_follow(dir->i_sb, found, 0, place, 0);
		if (err)
			return err < 0 ? err : 0;
		return unionfs_is_opaque(us, found) || !place->nr;
	}
	err = unionfs_is_metacopy(us, found);
	if (err < 0)
		return err;
	if (!err)
		return unionfs_read_origin(us, found, node) ?: 1;
	node->metacopy = true;
	err = unionfs_follow(dir->i_sb, found, 0, place, 0);
	return err < 0 ? err : 0;
}

/**
 * unionfs_complete_upper() - what belongs to an upper file without a name
 * @us: the union
 * @node: has the upper object; gets where it comes from
 *
 * Return: 0; -ESTALE for a file whose data would have to be found by name.
 */
int unionfs_complete_upper(struct unionfs_super *us, struct unionfs_node *node)
{
	int err = unionfs_is_metacopy(us, node->upper);

	if (err < 0)
		return err;
	node->metacopy = err;
	err = unionfs_read_origin(us, node->upper, node);
	if (err || !node->metacopy)
		return err;
	if (!node->nr || unionfs_is_metacopy(us, node->lower[0].dentry))
		return -ESTALE;
	return 0;
}

/* Is the last file that was found one without data, too? */
static bool lacks_data(struct unionfs_super *us,
		       const struct unionfs_node *node)
{
	return !node->nr ||
	       unionfs_is_metacopy(us, node->lower[node->nr - 1].dentry);
}

/**
 * unionfs_find() - what a name stands for
 * @dir: directory of the union, not locked or locked
 * @name: in it
 * @node: set; the caller drops it
 *
 * Return: 0, also if there is nothing; or an error of a branch, or -EIO when
 * its marks make no sense.
 */
int unionfs_find(struct inode *dir, const struct qstr *name,
		 struct unionfs_node *node)
{
	struct unionfs_super *us = unionfs_sb(dir->i_sb);
	struct unionfs_inode *ui = unionfs_i(dir);
	struct unionfs_place place;
	bool upper_metacopy;
	int err;

	unionfs_node_init(node);
	unionfs_place_init(&place, ui->lower, ui->nr, name);
	err = find_upper(dir, name, node, &place);
	if (err) {
		err = min(err, 0);
		goto out;
	}
	upper_metacopy = node->metacopy;
	err = unionfs_merge(dir->i_sb, &place, node,
			    node->upper && d_is_dir(node->upper), 0);
	if (err)
		goto out;
	if (node->metacopy) {
		/* The data have another name by now; the handle may know. */
		if (upper_metacopy && !node->nr)
			err = unionfs_read_origin(us, node->upper, node);
		if (!err && lacks_data(us, node)) {
			pr_warn_ratelimited("no data for '%.*s' in a lower branch\n",
					    name->len, name->name);
			err = -EIO;
		}
	}
	node->metacopy = upper_metacopy;
	if (!err && !node->upper && node->nr)
		err = unionfs_find_index(us, node);
out:
	unionfs_place_drop(&place);
	if (err)
		unionfs_node_drop(node);
	return err;
}

/* The number that the union gives to what was found. */
u64 unionfs_node_ino(struct unionfs_super *us, const struct unionfs_node *node)
{
	if (node->nr)
		return unionfs_map_ino(us->ino_bits,
				       node->lower[0].branch->fsid,
				       d_inode(node->lower[0].dentry)->i_ino);
	return unionfs_map_ino(us->ino_bits, us->branch[0].fsid,
			       d_inode(node->upper)->i_ino);
}

struct dentry *unionfs_lookup(struct inode *dir, struct dentry *dentry,
			      unsigned int flags)
{
	struct inode *inode = NULL;
	struct unionfs_node node;
	const struct cred *old;
	int err;

	old = unionfs_enter(dir->i_sb);
	err = unionfs_find(dir, &dentry->d_name, &node);
	unionfs_leave(old);
	if (err)
		return ERR_PTR(err);
	if (node.upper || node.nr)
		inode = unionfs_get_inode(dir->i_sb, &node);
	unionfs_node_drop(&node);
	return d_splice_alias(inode, dentry);
}
