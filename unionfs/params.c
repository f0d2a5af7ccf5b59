// SPDX-License-Identifier: GPL-2.0
/*
 * Options of a mount. lowerdir=A:B:... replaces what was named before,
 * lowerdir+=A adds one. A backslash takes its meaning from the character after
 * it, but lowerdir+ of fsconfig(2), where nothing needs it, is taken as it is.
 */
#include <linux/fs_context.h>
#include <linux/fs_parser.h>
#include "unionfs.h"
#include "params.h"

enum {
	OPT_LOWERDIR,
	OPT_LOWERDIR_ADD,
	OPT_UPPERDIR,
	OPT_WORKDIR,
	OPT_USERXATTR,
};

const struct fs_parameter_spec unionfs_parameters[] = {
	fsparam_string("lowerdir", OPT_LOWERDIR),
	fsparam_string("lowerdir+", OPT_LOWERDIR_ADD),
	fsparam_string("upperdir", OPT_UPPERDIR),
	fsparam_string("workdir", OPT_WORKDIR),
	fsparam_flag("userxattr", OPT_USERXATTR),
	{}
};

static void drop_dir(struct unionfs_dir *dir)
{
	if (!dir->text)
		return;
	path_put(&dir->path);
	kfree(dir->text);
	memset(dir, 0, sizeof(*dir));
}

static void drop_lower(struct unionfs_params *params)
{
	while (params->nr)
		drop_dir(&params->lower[--params->nr]);
}

static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (*text == '\\' && text[1])
			text++;
		*to++ = *text;
	}
	*to = '\0';
}

/* Finds the directory that an option names. */
static int find_dir(struct fs_context *fc, const char *option,
		    const char *text, bool escaped, struct unionfs_dir *dir)
{
	char *name = kstrdup(text, GFP_KERNEL);
	int err;

	memset(dir, 0, sizeof(*dir));
	if (!name)
		return -ENOMEM;
	if (escaped)
		unescape(name);
	if (!*name) {
		err = invalf(fc, "%s: an empty path", option);
		goto out;
	}
	err = kern_path(name, LOOKUP_FOLLOW, &dir->path);
	if (err) {
		errorf(fc, "%s: cannot open '%s': error %d", option, name, err);
		goto out;
	}
	if (!d_can_lookup(dir->path.dentry)) {
		errorf(fc, "%s: '%s' is not a directory", option, name);
		err = -ENOTDIR;
	}
	if (!err) {
		dir->text = name;
		return 0;
	}
	path_put(&dir->path);
out:
	kfree(name);
	return err;
}

static int add_lower(struct fs_context *fc, const char *option,
		     const char *text, bool single)
{
	struct unionfs_params *params = fc->fs_private;
	struct unionfs_dir dir, *more;
	int err;

	if (params->nr == UNIONFS_MAX_LOWER)
		return invalf(fc, "%s: more than %d lower branches", option,
			      UNIONFS_MAX_LOWER);
	if (params->nr == params->room) {
		more = krealloc_array(params->lower, params->room * 2 + 4,
				      sizeof(*more), GFP_KERNEL);
		if (!more)
			return -ENOMEM;
		params->lower = more;
		params->room = params->room * 2 + 4;
	}
	err = find_dir(fc, option, text, !single || params->escaped, &dir);
	if (err)
		return err;
	dir.single = single;
	params->lower[params->nr++] = dir;
	return 0;
}

/* The end of a path in a list: a colon that has no backslash before it. */
static char *list_end(char *text)
{
	for (; *text && *text != ':'; text++) {
		if (*text == '\\' && text[1])
			text++;
	}
	return text;
}

static int parse_list(struct fs_context *fc, char *list)
{
	struct unionfs_params *params = fc->fs_private;
	char *end, stop;
	int err = 0;

	drop_lower(params);
	for (;; list = end + 1) {
		end = list_end(list);
		stop = *end;
		*end = '\0';
		err = add_lower(fc, "lowerdir", list, false);
		if (err || !stop)
			break;
	}
	if (err)
		drop_lower(params);
	return err;
}

static int parse_one(struct fs_context *fc, const char *option,
		     const char *text, struct unionfs_dir *to)
{
	struct unionfs_dir dir;
	int err = find_dir(fc, option, text, true, &dir);

	if (err)
		return err;
	drop_dir(to);
	*to = dir;
	return 0;
}

static int parse_param(struct fs_context *fc, struct fs_parameter *param)
{
	struct unionfs_params *params = fc->fs_private;
	struct fs_parse_result result;
	int opt;

	/* mount -o remount,ro passes all options once more. */
	if (fc->purpose == FS_CONTEXT_FOR_RECONFIGURE) {
		if (fc->oldapi)
			return 0;
		return invalf(fc, "%s: cannot be changed while mounted",
			      param->key);
	}
	opt = fs_parse(fc, unionfs_parameters, param, &result);
	if (opt < 0)
		return opt;
	switch (opt) {
	case OPT_LOWERDIR:
		return parse_list(fc, param->string);
	case OPT_LOWERDIR_ADD:
		return add_lower(fc, "lowerdir+", param->string, true);
	case OPT_UPPERDIR:
		return parse_one(fc, "upperdir", param->string, &params->upper);
	case OPT_WORKDIR:
		return parse_one(fc, "workdir", param->string, &params->work);
	case OPT_USERXATTR:
		params->userxattr = true;
		return 0;
	}
	return -EINVAL;
}

/* The next option of mount(2): to a comma without a backslash before it. */
static char *next_option(char **at)
{
	char *option = *at, *s;

	if (!option || !*option)
		return NULL;
	for (s = option; *s && *s != ','; s++) {
		if (*s == '\\' && s[1])
			s++;
	}
	*at = *s ? s + 1 : s;
	*s = '\0';
	return option;
}

static int parse_monolithic(struct fs_context *fc, void *data)
{
	struct unionfs_params *params = fc->fs_private;

	if (params)
		params->escaped = true;
	return vfs_parse_monolithic_sep(fc, data, next_option);
}

static int check(struct fs_context *fc, const struct unionfs_params *params)
{
	if (!params->nr)
		return invalf(fc, "lowerdir: missing");
	if (params->upper.text && !params->work.text)
		return invalf(fc, "workdir: missing, upperdir needs it");
	if (params->work.text && !params->upper.text)
		return invalf(fc, "workdir: useless without upperdir");
	if (fc->user_ns != &init_user_ns && !params->userxattr)
		return invalf(fc, "userxattr: missing, a user namespace needs it");
	return 0;
}

static int get_tree(struct fs_context *fc)
{
	int err = check(fc, fc->fs_private);

	return err ?: get_tree_nodev(fc, unionfs_fill_super);
}

static int reconfigure(struct fs_context *fc)
{
	struct super_block *sb = fc->root->d_sb;
	int err = 0;

	if (!(fc->sb_flags & SB_RDONLY) &&
	    !unionfs_upper_mnt(unionfs_sb(sb))) {
		errorf(fc, "there is no upperdir to write to");
		return -EROFS;
	}
	if (fc->sb_flags & SB_RDONLY && !sb_rdonly(sb))
		err = sync_filesystem(sb);
	return err;
}

static void free_params(struct fs_context *fc)
{
	struct unionfs_params *params = fc->fs_private;

	if (!params)
		return;
	drop_dir(&params->upper);
	drop_dir(&params->work);
	drop_lower(params);
	kfree(params->lower);
	kfree(params);
}

static const struct fs_context_operations context_ops = {
	.parse_param = parse_param,
	.parse_monolithic = parse_monolithic,
	.get_tree = get_tree,
	.reconfigure = reconfigure,
	.free = free_params,
};

int unionfs_init_fs_context(struct fs_context *fc)
{
	struct unionfs_params *params;

	fc->ops = &context_ops;
	if (fc->purpose == FS_CONTEXT_FOR_RECONFIGURE)
		return 0;
	params = kzalloc(sizeof(*params), GFP_KERNEL_ACCOUNT);
	fc->fs_private = params;
	return params ? 0 : -ENOMEM;
}
