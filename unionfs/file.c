// SPDX-License-Identifier: GPL-2.0
/*
 * Open files. An open file of the union holds open the real file that has its
 * data. When these come to the upper branch, by whatever descriptor, it opens
 * the upper file too, and uses that from then on.
 */
#include <linux/backing-file.h>
#include <linux/falloc.h>
#include <linux/security.h>
#include "vfs.h"

/**
 * struct open_file - an open file of the union
 * @first: real file of when it was opened
 * @later: upper file, once there is one; set once
 */
struct open_file {
	struct file *first;
	struct file *later;
};

/* What fcntl(2) may change on an open file. */
#define CHANGEABLE	(O_APPEND | O_NONBLOCK | O_DIRECT)

static struct file *open_real(const struct file *file, const struct path *path,
			      bool writable)
{
	struct inode *inode = file_inode(file), *real = d_inode(path->dentry);
	int flags = file->f_flags & ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC |
				      __O_TMPFILE);
	struct mnt_idmap *idmap = mnt_idmap(path->mnt);
	const struct cred *old;
	struct file *opened;
	int err = 0, mask;

	if (!writable)
		flags = (flags & ~(O_ACCMODE | O_APPEND)) | O_RDONLY;
	old = unionfs_enter(inode->i_sb);
	if (!unionfs_sb(inode->i_sb)->trusted) {
		mask = MAY_OPEN | ACC_MODE(flags);
		err = inode_permission(idmap, real, mask);
	}
	/* When it was read the union notes, as its own mount wants it. */
	flags |= O_NOATIME;
	opened = err ? ERR_PTR(err) :
		 backing_file_open(file, flags, path, current_cred());
	unionfs_leave(old);
	pr_debug("open(%pD2, 0%o) = %pe\n", file, flags, opened);
	return opened;
}

/* The real file belongs to the open file from now on. */
int unionfs_file_attach(struct file *file, struct file *real)
{
	struct open_file *of = kzalloc(sizeof(*of), GFP_KERNEL_ACCOUNT);

	if (!of)
		return -ENOMEM;
	of->first = real;
	file->private_data = of;
	if (real->f_mode & FMODE_CAN_ODIRECT)
		file->f_mode |= FMODE_CAN_ODIRECT;
	return 0;
}

void unionfs_file_detach(struct file *file)
{
	struct open_file *of = file->private_data;

	file->private_data = NULL;
	if (!of)
		return;
	if (of->later)
		fput(of->later);
	fput(of->first);
	kfree(of);
}

/*
 * Data come up with the first write, but what can be mapped to be written has
 * to be there before. A truncation that follows brings up what it leaves.
 */
static int open(struct inode *inode, struct file *file)
{
	const fmode_t both = FMODE_READ | FMODE_WRITE;
	struct file *real;
	struct path path;
	bool has_data;
	int err;

	if ((file->f_mode & both) == both && !(file->f_flags & O_TRUNC)) {
		err = unionfs_copy_up(file_dentry(file), UNIONFS_WANT_DATA, -1);
		if (err)
			return err;
	}
	file->f_flags &= ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
	has_data = unionfs_has_data(inode);
	unionfs_data_path(inode, &path);
	real = open_real(file, &path, has_data);
	if (IS_ERR(real))
		return PTR_ERR(real);
	err = unionfs_file_attach(file, real);
	if (err)
		fput(real);
	return err;
}

static int release(struct inode *inode, struct file *file)
{
	unionfs_file_detach(file);
	return 0;
}

static int change_flags(struct file *file, struct file *real)
{
	unsigned int flags = file->f_flags & CHANGEABLE;

	if (flags & O_DIRECT && !(real->f_mode & FMODE_CAN_ODIRECT))
		return -EINVAL;
	if (!(real->f_mode & FMODE_WRITE))
		flags &= ~O_APPEND;
	if (!((real->f_flags ^ flags) & CHANGEABLE))
		return 0;
	spin_lock(&real->f_lock);
	real->f_flags = (real->f_flags & ~CHANGEABLE) | flags;
	real->f_iocb_flags = iocb_flags(real);
	spin_unlock(&real->f_lock);
	return 0;
}

/* The data have come up since it was opened. */
static struct file *open_later(struct file *file, struct open_file *of)
{
	struct file *real, *other;
	struct path path;

	unionfs_data_path(file_inode(file), &path);
	real = open_real(file, &path, true);
	if (IS_ERR(real))
		return real;
	other = cmpxchg(&of->later, NULL, real);
	if (!other)
		return real;
	fput(real);
	return other;
}

/**
 * unionfs_real_file() - where to read or write
 * @file: open file of the union
 * @write: its data are about to change
 *
 * Return: the real file, which lives as long as @file; or an error.
 */
struct file *unionfs_real_file(struct file *file, bool write)
{
	struct inode *inode = file_inode(file);
	struct open_file *of = file->private_data;
	struct file *real = READ_ONCE(of->later) ?: of->first;
	int err;

	if (write && !unionfs_has_data(inode)) {
		err = unionfs_copy_up(file_dentry(file), UNIONFS_WANT_DATA, -1);
		if (err)
			return ERR_PTR(err);
	}
	if (unionfs_has_data(inode) &&
	    unlikely(file_inode(real) != d_inode(unionfs_upper(inode)))) {
		real = open_later(file, of);
		if (IS_ERR(real))
			return real;
	}
	if (unlikely((file->f_flags ^ real->f_flags) & CHANGEABLE)) {
		err = change_flags(file, real);
		if (err)
			return ERR_PTR(err);
	}
	return real;
}

static loff_t llseek(struct file *file, loff_t pos, int whence)
{
	struct file *real;
	const struct cred *old;
	struct inode *below;

	real = unionfs_real_file(file, false);
	if (IS_ERR(real))
		return PTR_ERR(real);
	below = file_inode(real);
	if (whence == SEEK_DATA || whence == SEEK_HOLE) {
		old = unionfs_enter(file_inode(file)->i_sb);
		pos = vfs_llseek(real, pos, whence);
		unionfs_leave(old);
		if (pos < 0)
			return pos;
		whence = SEEK_SET;
	}
	return generic_file_llseek_size(file, pos, whence,
					below->i_sb->s_maxbytes,
					i_size_read(below));
}

static int fsync_meta(struct file *file, int datasync)
{
	struct inode *inode = file_inode(file);
	const struct cred *old;
	struct file *real;
	struct path path;
	int err;

	unionfs_meta_path(inode, &path);
	old = unionfs_enter(inode->i_sb);
	real = unionfs_do_open(&path, O_RDONLY);
	err = PTR_ERR_OR_ZERO(real);
	if (!err) {
		err = vfs_fsync(real, datasync);
		fput(real);
	}
	unionfs_leave(old);
	return err;
}

static int fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	struct inode *inode = file_inode(file);
	const struct cred *old;
	struct file *real;
	int err;

	/* What was never changed is on the disk. */
	if (!unionfs_upper(inode))
		return 0;
	if (!unionfs_has_data(inode))
		return fsync_meta(file, datasync);
	real = unionfs_real_file(file, false);
	if (IS_ERR(real))
		return PTR_ERR(real);
	old = unionfs_enter(inode->i_sb);
	err = vfs_fsync_range(real, start, end, datasync);
	unionfs_leave(old);
	return err;
}

static int flush(struct file *file, fl_owner_t id)
{
	struct file *real = unionfs_real_file(file, false);
	const struct cred *old;
	int err = 0;

	if (IS_ERR(real))
		return PTR_ERR(real);
	if (real->f_op->flush) {
		old = unionfs_enter(file_inode(file)->i_sb);
		err = real->f_op->flush(real, id);
		unionfs_leave(old);
	}
	return err;
}

static long fallocate(struct file *file, int mode, loff_t pos, loff_t len)
{
	struct inode *inode = file_inode(file);
	const struct cred *old;
	struct file *real;
	long err;

	inode_lock(inode);
	real = unionfs_real_file(file, true);
	err = PTR_ERR_OR_ZERO(real);
	if (!err)
		err = file_remove_privs(file);
	if (!err) {
		old = unionfs_enter(inode->i_sb);
		err = vfs_fallocate(real, mode, pos, len);
		unionfs_leave(old);
		unionfs_copy_upper_attr(inode);
	}
	inode_unlock(inode);
	return err;
}

static int fadvise(struct file *file, loff_t pos, loff_t len, int advice)
{
	struct file *real = unionfs_real_file(file, false);
	const struct cred *old;
	int err;

	if (IS_ERR(real))
		return PTR_ERR(real);
	old = unionfs_enter(file_inode(file)->i_sb);
	err = vfs_fadvise(real, pos, len, advice);
	unionfs_leave(old);
	return err;
}

enum share { SHARE_COPY, SHARE_CLONE, SHARE_DEDUPE };

static loff_t share(struct file *in, loff_t pos_in, struct file *out,
		    loff_t pos_out, loff_t len, unsigned int flags,
		    enum share how)
{
	struct inode *inode = file_inode(out);
	struct file *from, *to;
	const struct cred *old;
	loff_t ret;

	/* Equal data in a lower file stay there. */
	if (how == SHARE_DEDUPE && (!unionfs_has_data(inode) ||
				    !unionfs_has_data(file_inode(in))))
		return -EPERM;
	inode_lock(inode);
	ret = how == SHARE_DEDUPE ? 0 : file_remove_privs(out);
	if (ret)
		goto out;
	to = unionfs_real_file(out, how != SHARE_DEDUPE);
	from = unionfs_real_file(in, false);
	if (IS_ERR(to) || IS_ERR(from)) {
		ret = IS_ERR(to) ? PTR_ERR(to) : PTR_ERR(from);
		goto out;
	}
	old = unionfs_enter(inode->i_sb);
	switch (how) {
	case SHARE_COPY:
		ret = vfs_copy_file_range(from, pos_in, to, pos_out, len,
					  flags);
		break;
	case SHARE_CLONE:
		ret = vfs_clone_file_range(from, pos_in, to, pos_out, len,
					   flags);
		break;
	case SHARE_DEDUPE:
		ret = vfs_dedupe_file_range_one(from, pos_in, to, pos_out, len,
						flags);
		break;
	}
	unionfs_leave(old);
	unionfs_copy_upper_attr(inode);
out:
	inode_unlock(inode);
	return ret;
}

static ssize_t copy_file_range(struct file *in, loff_t pos_in,
			       struct file *out, loff_t pos_out, size_t len,
			       unsigned int flags)
{
	return share(in, pos_in, out, pos_out, len, flags, SHARE_COPY);
}

static loff_t remap_file_range(struct file *in, loff_t pos_in,
			       struct file *out, loff_t pos_out, loff_t len,
			       unsigned int flags)
{
	if (flags & ~(REMAP_FILE_DEDUP | REMAP_FILE_ADVISORY))
		return -EINVAL;
	return share(in, pos_in, out, pos_out, len,
		     flags & ~REMAP_FILE_DEDUP,
		     flags & REMAP_FILE_DEDUP ? SHARE_DEDUPE : SHARE_CLONE);
}

const struct file_operations unionfs_file_fops = {
	.open = open,
	.release = release,
	.llseek = llseek,
	.read_iter = unionfs_read_iter,
	.write_iter = unionfs_write_iter,
	.splice_read = unionfs_splice_read,
	.splice_write = unionfs_splice_write,
	.mmap = unionfs_mmap,
	.fsync = fsync,
	.flush = flush,
	.fallocate = fallocate,
	.fadvise = fadvise,
	.copy_file_range = copy_file_range,
	.remap_file_range = remap_file_range,
};

/* An open with O_DIRECT asks for this; whether it works the branch says. */
const struct address_space_operations unionfs_aops = {
	.direct_IO = noop_direct_IO,
};
