// SPDX-License-Identifier: GPL-2.0
/* Finding what a name stands for in lower branches; marks on real objects. */
#include "vfs.h"
#include "merge.h"

static const char *const mark_names[UNIONFS_MARKS][2] = {
	[UNIONFS_OPAQUE] = { "trusted.overlay.opaque",
			     "user.overlay.opaque" },
	[UNIONFS_REDIRECT] = { "trusted.overlay.redirect",
			       "user.overlay.redirect" },
	[UNIONFS_METACOPY] = { "trusted.overlay.metacopy",
			       "user.overlay.metacopy" },
	[UNIONFS_ORIGIN] = { "trusted.overlay.origin",
			     "user.overlay.origin" },
	[UNIONFS_IMPURE_MARK] = { "trusted.overlay.impure",
				  "user.overlay.impure" },
	[UNIONFS_NLINK] = { "trusted.overlay.nlink",
			    "user.overlay.nlink" },
	[UNIONFS_WHITEOUT] = { "trusted.overlay.whiteout",
			       "user.overlay.whiteout" },
	[UNIONFS_PROTATTR] = { "trusted.overlay.protattr",
			       "user.overlay.protattr" },
};

const char *unionfs_mark_name(const struct unionfs_super *us,
			      enum unionfs_mark mark)
{
	return mark_names[mark][us->userxattr];
}

/* Returns 0 when the mark is not there. */
ssize_t unionfs_get_mark(struct unionfs_super *us, struct dentry *dentry,
			 enum unionfs_mark mark, void *value, size_t size)
{
	ssize_t len;

	len = unionfs_do_getmark(dentry, unionfs_mark_name(us, mark), value,
				 size);
	if (len == -ENODATA || len == -EOPNOTSUPP)
		return 0;
	return len;
}

int unionfs_set_mark(struct unionfs_super *us, struct dentry *dentry,
		     enum unionfs_mark mark, const void *value, size_t size)
{
	return unionfs_do_setxattr(us, dentry, unionfs_mark_name(us, mark),
				   value, size, 0);
}

/*
 * An object that is immutable or append-only in the union is not so in the
 * branch, where copy-up must still work: a mark says it. Letters of others are
 * not for us. Returns flags of an inode.
 */
int unionfs_read_prot(struct unionfs_super *us, struct dentry *dentry)
{
	int i, flags = 0;
	char text[16];
	ssize_t len;

	len = unionfs_get_mark(us, dentry, UNIONFS_PROTATTR, text,
			       sizeof(text));
	for (i = 0; i < len; i++) {
		if (text[i] == 'a')
			flags |= S_APPEND;
		else if (text[i] == 'i')
			flags |= S_IMMUTABLE;
	}
	return flags;
}

int unionfs_write_prot(struct unionfs_super *us, struct dentry *dentry,
		       unsigned int flags)
{
	char text[2];
	int len = 0, err;

	if (flags & S_APPEND)
		text[len++] = 'a';
	if (flags & S_IMMUTABLE)
		text[len++] = 'i';
	if (len)
		return unionfs_set_mark(us, dentry, UNIONFS_PROTATTR, text,
					len);
	err = unionfs_do_removexattr(us, dentry,
				     unionfs_mark_name(us, UNIONFS_PROTATTR));
	return err == -ENODATA ? 0 : err;
}

bool unionfs_is_opaque(struct unionfs_super *us, struct dentry *dentry)
{
	char value;

	return unionfs_get_mark(us, dentry, UNIONFS_OPAQUE, &value, 1) == 1 &&
	       value == 'y';
}

/*
 * Where devices cannot be made, whiteouts are empty files with a mark, in a
 * directory that says so. We read them in lower branches and make none.
 */
bool unionfs_has_xwhiteouts(struct unionfs_super *us, struct dentry *dir)
{
	char value;

	return unionfs_get_mark(us, dir, UNIONFS_OPAQUE, &value, 1) == 1 &&
	       value == 'x';
}

bool unionfs_is_xwhiteout(struct unionfs_super *us, struct dentry *dir,
			  struct dentry *dentry)
{
	return d_is_reg(dentry) && !i_size_read(d_inode(dentry)) &&
	       unionfs_do_getmark(dentry,
				  unionfs_mark_name(us, UNIONFS_WHITEOUT),
				  NULL, 0) >= 0 &&
	       unionfs_has_xwhiteouts(us, dir);
}

/* 1, 0, or an error when the mark makes no sense. */
int unionfs_is_metacopy(struct unionfs_super *us, struct dentry *dentry)
{
	/* version, length, flags, algorithm, digest */
	u8 value[4 + 64];
	ssize_t len;

	/* Who mounts for himself may not say where others' data are. */
	if (us->userxattr || !d_is_reg(dentry))
		return 0;
	len = unionfs_do_getmark(dentry,
				 unionfs_mark_name(us, UNIONFS_METACOPY),
				 value, sizeof(value));
	if (len == -ENODATA || len == -EOPNOTSUPP)
		return 0;
	if (len < 0)
		return len;
	if (len && (len < 4 || value[0] || value[1] != len))
		return -EIO;
	return 1;
}

void unionfs_node_drop(struct unionfs_node *node)
{
	dput(node->upper);
	while (node->nr)
		dput(node->lower[--node->nr].dentry);
	if (node->lower != node->few)
		kfree(node->lower);
	unionfs_node_init(node);
}

/* Takes over the reference on success. */
int unionfs_node_add(struct unionfs_node *node, struct dentry *dentry,
		     const struct unionfs_branch *branch)
{
	if (node->nr == node->room) {
		struct unionfs_real *more;

		more = kmalloc_array(node->room * 4, sizeof(*more), GFP_KERNEL);
		if (!more)
			return -ENOMEM;
		memcpy(more, node->lower, node->nr * sizeof(*more));
		if (node->lower != node->few)
			kfree(node->lower);
		node->lower = more;
		node->room *= 4;
	}
	node->lower[node->nr].dentry = dentry;
	node->lower[node->nr].branch = branch;
	node->nr++;
	return 0;
}

void unionfs_place_init(struct unionfs_place *place,
			const struct unionfs_real *dir, unsigned int nr,
			const struct qstr *name)
{
	place->dir = dir;
	place->nr = nr;
	place->name = *name;
	place->text = NULL;
	unionfs_node_init(&place->held);
}

void unionfs_place_drop(struct unionfs_place *place)
{
	unionfs_node_drop(&place->held);
	kfree(place->text);
	place->text = NULL;
}

/*
 * One branch. Takes over the reference to what was found. Returns what to do
 * then, or an error.
 */
enum { MERGE_NEXT, MERGE_STOP, MERGE_ELSEWHERE };

static int merge_one(struct super_block *sb, const struct unionfs_real *dir,
		     struct dentry *found, struct unionfs_place *place,
		     struct unionfs_node *node, bool is_dir, unsigned int depth)
{
	const struct unionfs_branch *branch = dir->branch;
	struct unionfs_super *us = unionfs_sb(sb);
	bool last = branch->index == us->nr - 1;
	int metacopy, err;

	if (d_is_negative(found)) {
		dput(found);
		return MERGE_NEXT;
	}
	if (unionfs_is_whiteout(found) ||
	    (!last && unionfs_is_xwhiteout(us, dir->dentry, found))) {
		node->covered = !node->nr;
		dput(found);
		return MERGE_STOP;
	}
	/*
	 * A file hides what is below; a directory does not merge with one. An
	 * upper file without data counts as what is found above.
	 */
	if ((is_dir || node->nr || node->upper) && is_dir != d_is_dir(found)) {
		dput(found);
		return MERGE_STOP;
	}
	err = unionfs_node_add(node, found, branch);
	if (err) {
		dput(found);
		return err;
	}
	if (d_is_dir(found)) {
		if (last || unionfs_is_opaque(us, found))
			return MERGE_STOP;
	} else {
		metacopy = unionfs_is_metacopy(us, found);
		if (metacopy <= 0) {
			node->metacopy = false;
			return metacopy ?: MERGE_STOP;
		}
		node->metacopy = true;
	}
	err = unionfs_follow(sb, found, branch->index, place, depth);
	if (err < 0)
		return err;
	return err ? MERGE_ELSEWHERE : MERGE_NEXT;
}

/**
 * unionfs_merge() - finds what is below
 * @sb: the union
 * @place: where to look; changed when redirects lead elsewhere
 * @node: what is found is added to it; afterwards metacopy says that a file's
 *	data are missing
 * @is_dir: a directory is there above, only directories merge with it
 * @depth: redirects that led here
 */
int unionfs_merge(struct super_block *sb, struct unionfs_place *place,
		  struct unionfs_node *node, bool is_dir, unsigned int depth)
{
	unsigned int i = 0;

	while (i < place->nr) {
		const struct unionfs_real *dir = &place->dir[i];
		struct dentry *found;
		int err;

		found = unionfs_do_lookup(dir->branch->mnt, dir->dentry,
					  &place->name);
		if (IS_ERR(found)) {
			err = PTR_ERR(found);
			/* No object below can have a name it could not have. */
			if (err == -ENAMETOOLONG) {
				i++;
				continue;
			}
			return err;
		}
		err = merge_one(sb, dir, found, place, node, is_dir, depth);
		if (err < 0)
			return err;
		if (err == MERGE_STOP)
			return 0;
		if (node->nr)
			is_dir = d_is_dir(node->lower[0].dentry);
		i = err == MERGE_ELSEWHERE ? 0 : i + 1;
	}
	return 0;
}
