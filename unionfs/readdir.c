// SPDX-License-Identifier: GPL-2.0
/*
 * Reading directories. One that stands on a single real directory is read from
 * there, with its positions. One that is merged has a list of its names, made
 * when it is first read and kept up to date from then on, as long as its inode
 * lives. An open directory stays with what it began with until it is rewound.
 */
#include "vfs.h"
#include "merge.h"
#include "dirlist.h"

/**
 * struct dir_file - an open directory
 * @real: the real directory that is read, or NULL
 * @merged: the list of the inode is read
 */
struct dir_file {
	struct file *real;
	bool merged;
};

void unionfs_drop_list(struct unionfs_inode *ui)
{
	unionfs_list_free(ui->list);
	ui->list = NULL;
}

/* It will be made again; its directory is locked for writing. */
void unionfs_forget_list(struct inode *dir)
{
	unionfs_drop_list(unionfs_i(dir));
}

/* The directory is locked for writing, so nobody reads or makes the list. */
void unionfs_dir_add(struct inode *dir, const struct qstr *name,
		     const struct inode *inode)
{
	struct unionfs_list *list = unionfs_i(dir)->list;
	struct unionfs_name *new;

	if (!list)
		return;
	new = unionfs_list_add(list, name->name, name->len,
			       fs_umode_to_dtype(inode->i_mode), false);
	if (IS_ERR(new))
		unionfs_forget_list(dir);
	else
		new->ino = inode->i_ino;
}

void unionfs_dir_del(struct inode *dir, const struct qstr *name)
{
	struct unionfs_list *list = unionfs_i(dir)->list;

	if (list)
		unionfs_list_del(list, name->name, name->len);
}

/* Reading one real directory into a list. */
struct collect {
	struct dir_context ctx;
	struct unionfs_super *us;
	const struct unionfs_branch *branch;
	struct path path;
	struct unionfs_list *list;
	bool lookup_all;	/* copied-up objects may be in the upper one */
	bool xwhite;		/* files may be whiteouts */
	bool devices;		/* there are devices that may be */
	int err;
};

static bool is_dots(const char *name, int len)
{
	return name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.'));
}

/*
 * Is it a whiteout? The directory is not locked by us, but it may be by the
 * one who reads it, so this is only for names that were read before.
 */
static bool look_if_white(struct unionfs_super *us, const struct path *dir,
			  const char *name, int len, bool xwhite)
{
	struct qstr text = QSTR_INIT(name, len);
	struct dentry *found;
	bool white;

	found = unionfs_do_lookup(dir->mnt, dir->dentry, &text);
	if (IS_ERR(found))
		return false;
	white = unionfs_is_whiteout(found) ||
		(xwhite && unionfs_is_xwhiteout(us, dir->dentry, found));
	if (white && dir->mnt == unionfs_upper_mnt(us) &&
	    d_inode(found)->i_nlink > 1)
		unionfs_know_whiteout(us, found);
	dput(found);
	return white;
}

static bool collect_name(struct dir_context *ctx, const char *name, int len,
			 loff_t pos, u64 ino, unsigned int type)
{
	struct collect *c = container_of(ctx, struct collect, ctx);
	struct unionfs_name *new;
	bool white;

	if (is_dots(name, len))
		return true;
	white = type == DT_CHR && !c->branch->index &&
		unionfs_known_whiteout(c->us, ino);
	new = unionfs_list_add(c->list, name, len, type, white);
	if (!IS_ERR(new)) {
		new->real = ino;
		c->devices |= type == DT_CHR || type == DT_UNKNOWN;
		if (!c->lookup_all && type != DT_CHR && type != DT_UNKNOWN)
			new->ino = unionfs_map_ino(c->us->ino_bits,
						   c->branch->fsid, ino);
		return true;
	}
	if (PTR_ERR(new) != -EEXIST) {
		c->err = PTR_ERR(new);
		return false;
	}
	/* The number is that of a lower object if it is one's upper object. */
	new = unionfs_list_find(c->list, name, len);
	if (!new->white)
		new->ino = 0;
	return true;
}

/* Devices that were just read: whiteouts among them are marked as such. */
static int sort_out(struct collect *c, loff_t from)
{
	struct unionfs_name *name;

	while ((name = unionfs_list_at(c->list, from))) {
		from = name->pos + 1;
		if (name->type != DT_CHR && name->type != DT_UNKNOWN &&
		    !(c->xwhite && name->type == DT_REG))
			continue;
		if (fatal_signal_pending(current))
			return -EINTR;
		/* It may be a link to one that has been seen meanwhile. */
		if ((!c->branch->index &&
		     unionfs_known_whiteout(c->us, name->real)) ||
		    look_if_white(c->us, &c->path, name->name, name->len,
				  c->xwhite))
			unionfs_list_hide(c->list, name);
	}
	return 0;
}

static int collect_branch(struct collect *c)
{
	loff_t from = c->list->next;
	struct file *file;
	int err;

	file = unionfs_do_open(&c->path, O_RDONLY | O_DIRECTORY);
	if (IS_ERR(file))
		return PTR_ERR(file);
	c->ctx.pos = 0;
	c->devices = c->xwhite;
	err = iterate_dir(file, &c->ctx);
	fput(file);
	err = err ?: c->err;
	return err || !c->devices ? err : sort_out(c, from);
}

static struct unionfs_list *make_list(struct inode *dir)
{
	struct unionfs_inode *ui = unionfs_i(dir);
	struct collect c = {
		.ctx.actor = collect_name,
		.us = unionfs_sb(dir->i_sb),
	};
	unsigned int i;
	int err = 0;

	c.list = unionfs_list_new();
	if (!c.list)
		return ERR_PTR(-ENOMEM);
	c.path.dentry = unionfs_upper(dir);
	if (c.path.dentry) {
		c.path.mnt = unionfs_upper_mnt(c.us);
		c.branch = &c.us->branch[0];
		c.lookup_all = test_bit(UNIONFS_IMPURE, &ui->flags);
		err = collect_branch(&c);
		c.lookup_all = false;
	}
	for (i = 0; !err && i < ui->nr; i++) {
		c.path.mnt = ui->lower[i].branch->mnt;
		c.path.dentry = ui->lower[i].dentry;
		c.branch = ui->lower[i].branch;
		c.xwhite = c.branch->index != c.us->nr - 1 &&
			   unionfs_has_xwhiteouts(c.us, c.path.dentry);
		err = collect_branch(&c);
	}
	if (err) {
		unionfs_list_free(c.list);
		return ERR_PTR(err);
	}
	unionfs_list_finish(c.list);
	return c.list;
}

/* The list of a directory that is locked, by others for reading too. */
static struct unionfs_list *get_list(struct inode *dir)
{
	struct unionfs_inode *ui = unionfs_i(dir);
	/* Pairs with the release below: who sees the list sees all of it. */
	struct unionfs_list *list = smp_load_acquire(&ui->list);
	const struct cred *old;
	int err;

	if (list)
		return list;
	err = unionfs_lock(dir);
	if (err)
		return ERR_PTR(err);
	list = ui->list;
	if (!list) {
		old = unionfs_enter(dir->i_sb);
		list = make_list(dir);
		unionfs_leave(old);
		if (!IS_ERR(list))
			/* Pairs with the acquire above. */
			smp_store_release(&ui->list, list);
	}
	unionfs_unlock(dir);
	return list;
}

static bool is_merged(const struct inode *dir)
{
	return unionfs_i(dir)->nr + !!unionfs_upper(dir) > 1 ||
	       test_bit(UNIONFS_IMPURE, &unionfs_i(dir)->flags);
}

/* Finds out the number of a name that may be of a copied-up object. */
static u64 find_ino(struct inode *dir, struct unionfs_name *name)
{
	struct qstr text = QSTR_INIT(name->name, name->len);
	u64 ino = READ_ONCE(name->ino);
	struct unionfs_node node;
	const struct cred *old;
	int err;

	if (ino)
		return ino;
	old = unionfs_enter(dir->i_sb);
	err = unionfs_find(dir, &text, &node);
	unionfs_leave(old);
	if (err)
		return 1;
	if (node.upper || node.nr)
		ino = unionfs_node_ino(unionfs_sb(dir->i_sb), &node);
	unionfs_node_drop(&node);
	WRITE_ONCE(name->ino, ino);
	return ino ?: 1;
}

static int iterate_list(struct file *file, struct dir_context *ctx)
{
	struct inode *dir = file_inode(file);
	struct unionfs_list *list = get_list(dir);
	struct unionfs_name *name;

	if (IS_ERR(list))
		return PTR_ERR(list);
	if (!dir_emit_dots(file, ctx))
		return 0;
	while ((name = unionfs_list_at(list, ctx->pos))) {
		ctx->pos = name->pos;
		if (!dir_emit(ctx, name->name, name->len, find_ino(dir, name),
			      name->type))
			return 0;
		ctx->pos++;
	}
	return 0;
}

/*
 * Reading a single real directory, entry by entry. A device may be a whiteout,
 * which can only be looked at when the real directory is not locked: reading
 * stops there, and goes on behind it.
 */
struct forward {
	struct dir_context ctx;
	struct dir_context *to;
	struct inode *dir;
	const struct unionfs_branch *branch;
	u64 parent;
	bool stopped;
	loff_t pos;
	u64 ino;
	int len;
	char name[NAME_MAX + 1];
};

static bool forward_name(struct dir_context *ctx, const char *name, int len,
			 loff_t pos, u64 ino, unsigned int type)
{
	struct forward *f = container_of(ctx, struct forward, ctx);
	struct unionfs_super *us = unionfs_sb(f->dir->i_sb);

	f->to->pos = pos;
	if (unlikely(is_dots(name, len)))
		ino = len == 1 ? f->dir->i_ino : f->parent;
	else
		ino = unionfs_map_ino(us->ino_bits, f->branch->fsid, ino);
	if (unlikely(type == DT_CHR) && len <= NAME_MAX) {
		/* It was judged the last time. */
		if (f->len == len && !memcmp(f->name, name, len))
			return true;
		f->stopped = true;
		f->pos = pos;
		f->ino = ino;
		f->len = len;
		memcpy(f->name, name, len);
		return false;
	}
	return f->to->actor(f->to, name, len, pos, ino, type);
}

/* Shows the device at which reading stopped. False if the caller is full. */
static bool forward_device(struct forward *f, const struct path *path)
{
	struct unionfs_super *us = unionfs_sb(f->dir->i_sb);
	const struct cred *old;
	bool white;

	old = unionfs_enter(f->dir->i_sb);
	white = look_if_white(us, path, f->name, f->len, false);
	unionfs_leave(old);
	return white || f->to->actor(f->to, f->name, f->len, f->pos, f->ino,
				     DT_CHR);
}

static int iterate_real(struct file *file, struct dir_context *ctx)
{
	struct dir_file *df = file->private_data;
	struct inode *dir = file_inode(file);
	struct unionfs_inode *ui = unionfs_i(dir);
	struct unionfs_super *us = unionfs_sb(dir->i_sb);
	const struct path *path = &df->real->f_path;
	struct dentry *parent;
	struct forward *f;
	int err;

	f = kzalloc(sizeof(*f), GFP_KERNEL);
	if (!f)
		return -ENOMEM;
	*(filldir_t *)&f->ctx.actor = forward_name;
	f->to = ctx;
	f->dir = dir;
	f->branch = path->mnt == unionfs_upper_mnt(us) ? &us->branch[0] :
		    ui->lower[0].branch;
	parent = dget_parent(file_dentry(file));
	f->parent = d_inode(parent)->i_ino;
	dput(parent);
	df->real->f_pos = ctx->pos;
	do {
		f->stopped = false;
		err = iterate_dir(df->real, &f->ctx);
		ctx->pos = df->real->f_pos;
	} while (!err && f->stopped && forward_device(f, path));
	kfree(f);
	return err;
}

/*
 * A directory of a branch that has others below it, or whose devices may be
 * whiteouts, is not read from there.
 */
static int choose(struct file *file)
{
	struct dir_file *df = file->private_data;
	struct inode *dir = file_inode(file);
	struct unionfs_super *us = unionfs_sb(dir->i_sb);
	const struct cred *old;
	struct file *real;
	struct path path;

	df->merged = is_merged(dir);
	if (df->merged)
		return 0;
	unionfs_meta_path(dir, &path);
	/* Only in the lowest branch a device is nothing else. */
	if (path.mnt != us->branch[us->nr - 1].mnt && !unionfs_upper(dir)) {
		df->merged = true;
		return 0;
	}
	if (df->real && df->real->f_path.dentry == path.dentry)
		return 0;
	old = unionfs_enter(dir->i_sb);
	real = unionfs_do_open(&path, O_RDONLY | O_DIRECTORY);
	unionfs_leave(old);
	if (IS_ERR(real))
		return PTR_ERR(real);
	if (df->real)
		fput(df->real);
	df->real = real;
	return 0;
}

static int iterate(struct file *file, struct dir_context *ctx)
{
	struct dir_file *df = file->private_data;
	int err;

	if (!ctx->pos || (!df->real && !df->merged)) {
		err = choose(file);
		if (err)
			return err;
	}
	return df->merged ? iterate_list(file, ctx) : iterate_real(file, ctx);
}

/* Of a directory that is to be removed, and locked. */
int unionfs_dir_empty(struct inode *dir)
{
	struct unionfs_list *list = get_list(dir);

	if (IS_ERR(list))
		return PTR_ERR(list);
	return unionfs_list_at(list, 0) ? -ENOTEMPTY : 0;
}

static int open(struct inode *inode, struct file *file)
{
	struct dir_file *df = kzalloc(sizeof(*df), GFP_KERNEL_ACCOUNT);

	file->private_data = df;
	return df ? 0 : -ENOMEM;
}

static int release(struct inode *inode, struct file *file)
{
	struct dir_file *df = file->private_data;

	if (df->real)
		fput(df->real);
	kfree(df);
	return 0;
}

static loff_t llseek(struct file *file, loff_t pos, int whence)
{
	struct dir_file *df = file->private_data;
	struct inode *dir = file_inode(file);
	struct unionfs_list *list;
	loff_t ret;

	inode_lock_shared(dir);
	if (df->real && !df->merged && whence != SEEK_CUR) {
		ret = vfs_llseek(df->real, pos, whence);
		if (ret >= 0)
			file->f_pos = ret;
	} else {
		list = df->merged ? READ_ONCE(unionfs_i(dir)->list) : NULL;
		ret = generic_file_llseek_size(file, pos, whence, LLONG_MAX,
					       list ? list->next : 0);
	}
	inode_unlock_shared(dir);
	return ret;
}

static int fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	struct inode *dir = file_inode(file);
	const struct cred *old;
	struct file *real;
	struct path path;
	int err;

	/* What was never changed is on the disk. */
	if (!unionfs_upper(dir))
		return 0;
	unionfs_meta_path(dir, &path);
	old = unionfs_enter(dir->i_sb);
	real = unionfs_do_open(&path, O_RDONLY | O_DIRECTORY);
	err = PTR_ERR_OR_ZERO(real);
	if (!err) {
		err = vfs_fsync_range(real, start, end, datasync);
		fput(real);
	}
	unionfs_leave(old);
	return err;
}

const struct file_operations unionfs_dir_fops = {
	.open = open,
	.release = release,
	.read = generic_read_dir,
	.iterate_shared = iterate,
	.llseek = llseek,
	.fsync = fsync,
};
