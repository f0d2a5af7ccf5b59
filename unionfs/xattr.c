// SPDX-License-Identifier: GPL-2.0
/*
 * Extended attributes. Our own marks are not shown. A union or overlay on top
 * of this one has marks of the same names: they are kept with the prefix
 * twice, as overlayfs keeps them.
 */
#include <linux/capability.h>
#include "vfs.h"

#define TRUSTED	"trusted.overlay."
#define USER	"user.overlay."
#define NESTED	"overlay."

static const char *mark_prefix(const struct unionfs_super *us)
{
	return us->userxattr ? USER : TRUSTED;
}

bool unionfs_is_mark(const struct unionfs_super *us, const char *name)
{
	return strstarts(name, mark_prefix(us));
}

/* The name in a branch of what is a mark to somebody on top of us. */
static char *branch_name(const struct unionfs_super *us, const char *name)
{
	const char *prefix = mark_prefix(us);
	char *nested;

	nested = kasprintf(GFP_KERNEL, "%s" NESTED "%s", prefix,
			   name + strlen(prefix));
	if (nested && strlen(nested) > XATTR_NAME_MAX) {
		kfree(nested);
		return ERR_PTR(-ERANGE);
	}
	return nested;
}

/*
 * In a list, a mark is not shown, one that belongs to what is on top of us has
 * its name back. Returns the new length, 0 for nothing.
 */
static size_t show_name(const struct unionfs_super *us, char *name, size_t len)
{
	const char *prefix = mark_prefix(us);
	size_t at = strlen(prefix);

	if (!strstarts(name, prefix))
		return len;
	if (!strstarts(name + at, NESTED))
		return 0;
	memmove(name + at, name + at + strlen(NESTED),
		len - at - strlen(NESTED));
	return len - strlen(NESTED);
}

ssize_t unionfs_listxattr(struct dentry *dentry, char *list, size_t size)
{
	struct unionfs_super *us = unionfs_sb(dentry->d_sb);
	bool admin = ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN);
	const struct cred *old;
	char *name, *to, *all;
	size_t len, shown;
	struct path path;
	ssize_t total;

	unionfs_meta_path(d_inode(dentry), &path);
	old = unionfs_enter(dentry->d_sb);
	total = unionfs_do_listxattr(path.dentry, NULL, 0);
	unionfs_leave(old);
	if (total <= 0)
		return total;
	all = kvmalloc(total, GFP_KERNEL);
	if (!all)
		return -ENOMEM;
	old = unionfs_enter(dentry->d_sb);
	total = unionfs_do_listxattr(path.dentry, all, total);
	unionfs_leave(old);
	for (name = to = all; total > 0 && name < all + total; name += len) {
		len = strnlen(name, all + total - name) + 1;
		/* It was asked for with the rights of the one who mounted. */
		if (!admin && strstarts(name, XATTR_TRUSTED_PREFIX))
			continue;
		shown = show_name(us, name, len);
		memmove(to, name, shown);
		to += shown;
	}
	if (total > 0)
		total = to - all;
	if (total > 0 && size) {
		if (total <= size)
			memcpy(list, all, total);
		else
			total = -ERANGE;
	}
	kvfree(all);
	return total;
}

static int get(const struct xattr_handler *handler, struct dentry *dentry,
	       struct inode *inode, const char *name, void *value, size_t size)
{
	const struct cred *old;
	struct path path;
	char *real;
	int ret;

	unionfs_meta_path(inode, &path);
	if (likely(!unionfs_is_mark(unionfs_sb(inode->i_sb), name))) {
		old = unionfs_enter(inode->i_sb);
		ret = unionfs_do_getxattr(&path, name, value, size);
		unionfs_leave(old);
		return ret;
	}
	real = branch_name(unionfs_sb(inode->i_sb), name);
	if (IS_ERR_OR_NULL(real))
		return real ? PTR_ERR(real) : -ENOMEM;
	old = unionfs_enter(inode->i_sb);
	ret = unionfs_do_getxattr(&path, real, value, size);
	unionfs_leave(old);
	kfree(real);
	return ret;
}

static int change(struct unionfs_super *us, struct dentry *dentry,
		  const char *name, const void *value, size_t size, int flags)
{
	struct inode *inode = d_inode(dentry);
	const struct cred *old;
	struct path path;
	ssize_t len;
	int err;

	/* Nothing is copied up to find that there is nothing to remove. */
	if (!unionfs_upper(inode) && !value) {
		unionfs_meta_path(inode, &path);
		old = unionfs_enter(dentry->d_sb);
		len = unionfs_do_getxattr(&path, name, NULL, 0);
		unionfs_leave(old);
		if (len < 0)
			return len;
	}
	err = unionfs_copy_up(dentry, UNIONFS_WANT_META, 0);
	if (err)
		return err;
	err = unionfs_begin_change(inode);
	if (err)
		return err;
	old = unionfs_enter(dentry->d_sb);
	if (value)
		err = unionfs_do_setxattr(us, unionfs_upper(inode), name,
					  value, size, flags);
	else
		err = unionfs_do_removexattr(us, unionfs_upper(inode), name);
	unionfs_leave(old);
	unionfs_end_change(inode);
	unionfs_copy_upper_attr(inode);
	return err;
}

static int set(const struct xattr_handler *handler, struct mnt_idmap *idmap,
	       struct dentry *dentry, struct inode *inode, const char *name,
	       const void *value, size_t size, int flags)
{
	struct unionfs_super *us = unionfs_sb(dentry->d_sb);
	char *real;
	int err;

	if (likely(!unionfs_is_mark(us, name)))
		return change(us, dentry, name, value, size, flags);
	real = branch_name(us, name);
	if (IS_ERR_OR_NULL(real))
		return real ? PTR_ERR(real) : -ENOMEM;
	err = change(us, dentry, real, value, size, flags);
	kfree(real);
	return err;
}

/* An empty prefix stands for every name. */
static const struct xattr_handler any_handler = {
	.prefix = "",
	.get = get,
	.set = set,
};

const struct xattr_handler * const unionfs_xattr_handlers[] = {
	&any_handler,
	NULL
};
