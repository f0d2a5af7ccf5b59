// SPDX-License-Identifier: GPL-2.0
/*
 * Redirects: an object that was renamed says under which path the branches
 * below have it. A path with a slash in front is from their root; a name
 * alone is in the same directory.
 */
#include <kunit/visibility.h>
#include "vfs.h"
#include "merge.h"

/* Longest text of a redirect; extended attributes of ext4 hold it. */
#define REDIRECT_MAX	3072

/**
 * unionfs_check_redirect() - is this text a redirect?
 * @value: the text, with a null byte at the end
 * @len: of the text
 *
 * Return: 0, or -EIO for what neither we nor overlayfs would write.
 */
int unionfs_check_redirect(char *value, int len)
{
	const char *s, *end;

	if (!len || strlen(value) != len)
		return -EIO;
	if (value[0] != '/')
		return strchr(value, '/') || !strcmp(value, ".") ||
		       !strcmp(value, "..") ? -EIO : 0;
	for (s = value + 1;; s = end + 1) {
		end = strchrnul(s, '/');
		if (end == s || (end - s == 1 && s[0] == '.') ||
		    (end - s == 2 && s[0] == '.' && s[1] == '.') ||
		    end - s > NAME_MAX)
			return -EIO;
		if (!*end)
			return 0;
	}
}
EXPORT_SYMBOL_IF_KUNIT(unionfs_check_redirect);

/* The redirect of an object, NULL if it has none, or an error. */
static char *read_redirect(struct unionfs_super *us, struct dentry *dentry)
{
	ssize_t len;
	char *text;
	int err;

	if (us->userxattr)
		return NULL;
	len = unionfs_get_mark(us, dentry, UNIONFS_REDIRECT, NULL, 0);
	if (len <= 0)
		return ERR_PTR(len);
	text = kmalloc(len + 1, GFP_KERNEL);
	if (!text)
		return ERR_PTR(-ENOMEM);
	err = unionfs_get_mark(us, dentry, UNIONFS_REDIRECT, text, len);
	if (err == len) {
		text[len] = '\0';
		err = unionfs_check_redirect(text, len);
	} else if (err >= 0) {
		err = -EIO;
	}
	if (err < 0) {
		pr_warn_ratelimited("bad redirect of %pd2\n", dentry);
		kfree(text);
		return ERR_PTR(err);
	}
	return text;
}

/* Makes place the parent of path, in branches below the given one. */
static int walk(struct super_block *sb, const char *path, unsigned int below,
		struct unionfs_place *place, unsigned int depth)
{
	const struct unionfs_inode *root = unionfs_i(d_inode(sb->s_root));
	const char *name = path + 1, *end;
	struct unionfs_place step;
	struct unionfs_node at;
	struct qstr part;
	int err = 0;

	place->dir = root->lower;
	place->nr = root->nr;
	while (place->nr && place->dir->branch->index <= below) {
		place->dir++;
		place->nr--;
	}
	for (; (end = strchr(name, '/')); name = end + 1) {
		part = (struct qstr)QSTR_INIT(name, end - name);
		unionfs_place_init(&step, place->dir, place->nr, &part);
		unionfs_node_init(&at);
		err = unionfs_merge(sb, &step, &at, true, depth);
		unionfs_place_drop(&step);
		unionfs_node_drop(&place->held);
		if (err) {
			unionfs_node_drop(&at);
			break;
		}
		/* Small arrays are in the node itself. */
		place->held = at;
		if (at.lower == at.few)
			place->held.lower = place->held.few;
		place->dir = place->held.lower;
		place->nr = place->held.nr;
	}
	place->name = (struct qstr)QSTR_INIT(name, strlen(name));
	return err;
}

/**
 * unionfs_follow() - where an object is in the branches below
 * @sb: the union
 * @dentry: the object
 * @branch: in which it is
 * @place: where to look, changed if it has a redirect
 * @depth: redirects that led here
 *
 * Return: 1 if it has a redirect, 0 if not, or an error.
 */
int unionfs_follow(struct super_block *sb, struct dentry *dentry,
		   unsigned int branch, struct unionfs_place *place,
		   unsigned int depth)
{
	struct unionfs_node held;
	char *text, *old;
	int err;

	text = read_redirect(unionfs_sb(sb), dentry);
	if (IS_ERR_OR_NULL(text))
		return PTR_ERR(text);
	if (depth >= UNIONFS_MAX_REDIRECTS) {
		kfree(text);
		return -ELOOP;
	}
	old = place->text;
	place->text = text;
	if (text[0] == '/') {
		/* The path starts at the roots, so what was held can go. */
		held = place->held;
		if (held.lower == place->held.few)
			held.lower = held.few;
		unionfs_node_init(&place->held);
		err = walk(sb, text, branch, place, depth + 1);
		unionfs_node_drop(&held);
	} else {
		/* A name in the same directory, of branches further down. */
		while (place->nr && place->dir->branch->index <= branch) {
			place->dir++;
			place->nr--;
		}
		place->name = (struct qstr)QSTR_INIT(text, strlen(text));
		err = 0;
	}
	kfree(old);
	return err ?: 1;
}

/* Puts one component in front of what is there from *at on. */
static int prepend(char *buf, int *at, const char *name, int len)
{
	if (*at < len + 1)
		return -EXDEV;
	*at -= len;
	memcpy(buf + *at, name, len);
	buf[--*at] = '/';
	return 0;
}

/*
 * The path that branches below have for an object of the union: names up to
 * its root, or to a directory that says itself where it was.
 */
static char *lower_path(struct dentry *dentry)
{
	struct unionfs_super *us = unionfs_sb(dentry->d_sb);
	struct dentry *at = dget(dentry), *parent, *upper;
	char *buf, *text = NULL, *result;
	int pos = REDIRECT_MAX, err = 0;
	struct name_snapshot name;

	buf = kmalloc(REDIRECT_MAX + 1, GFP_KERNEL);
	if (!buf)
		err = -ENOMEM;
	else
		buf[pos] = '\0';
	while (!err && !IS_ROOT(at)) {
		/*
		 * The name first: a rename sets the redirect, then the name, so that
		 * a new name never comes with no redirect.
		 */
		take_dentry_name_snapshot(&name, at);
		upper = unionfs_upper(d_inode(at));
		text = upper ? read_redirect(us, upper) : NULL;
		if (IS_ERR(text)) {
			release_dentry_name_snapshot(&name);
			err = PTR_ERR(text);
			break;
		}
		if (text && text[0] == '/') {
			err = prepend(buf, &pos, text + 1, strlen(text + 1));
			release_dentry_name_snapshot(&name);
			kfree(text);
			break;
		}
		if (text)
			err = prepend(buf, &pos, text, strlen(text));
		else
			err = prepend(buf, &pos, name.name.name, name.name.len);
		release_dentry_name_snapshot(&name);
		kfree(text);
		parent = dget_parent(at);
		dput(at);
		at = parent;
	}
	dput(at);
	result = err ? ERR_PTR(err) : kstrdup(buf + pos, GFP_KERNEL);
	kfree(buf);
	return result ?: ERR_PTR(-ENOMEM);
}

/**
 * unionfs_set_redirect() - an object is about to get another name
 * @dentry: of the union; it is in the upper branch and has lower parts that
 *	are found by name: a merged directory, or a file without its data
 * @same_parent: it stays in its directory
 *
 * The caller has both directories locked, and for another directory the
 * rename mutex of the union, so that no path above changes its meaning; a link,
 * which has not, reads names before redirects.
 *
 * Return: 0, or an error; -EXDEV if the path is too long.
 */
int unionfs_set_redirect(struct dentry *dentry, bool same_parent)
{
	struct unionfs_super *us = unionfs_sb(dentry->d_sb);
	struct dentry *upper = unionfs_upper(d_inode(dentry));
	char *old, *text;
	int err;

	if (us->userxattr)
		return -EXDEV;
	old = read_redirect(us, upper);
	if (IS_ERR(old))
		return PTR_ERR(old);
	if (old && (same_parent || old[0] == '/')) {
		kfree(old);
		return 0;
	}
	kfree(old);
	/* Links to a file are found by other names: only a path will do. */
	if (same_parent && d_is_dir(dentry))
		text = kstrndup(dentry->d_name.name, dentry->d_name.len,
				GFP_KERNEL);
	else
		text = lower_path(dentry);
	if (IS_ERR_OR_NULL(text))
		return text ? PTR_ERR(text) : -ENOMEM;
	err = unionfs_set_mark(us, upper, UNIONFS_REDIRECT, text, strlen(text));
	kfree(text);
	if (err == -ENOSPC || err == -E2BIG || err == -ERANGE)
		err = -EXDEV;
	return err;
}
