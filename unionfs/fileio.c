// SPDX-License-Identifier: GPL-2.0
/* Reading, writing and mapping: all done by the real file. */
#include <linux/backing-file.h>
#include "vfs.h"

/* Only what is in the upper branch remembers when it was read. */
static void accessed(struct file *file)
{
	if (unionfs_upper(file_inode(file)) && !(file->f_flags & O_NOATIME))
		touch_atime(&file->f_path);
}

static void written(struct file *file, loff_t pos, ssize_t ret)
{
	unionfs_copy_upper_attr(file_inode(file));
}

static struct backing_file_ctx make_ctx(struct file *file)
{
	return (struct backing_file_ctx) {
		.cred = unionfs_sb(file_inode(file)->i_sb)->cred,
		.user_file = file,
		.accessed = accessed,
		.end_write = written,
	};
}

/*
 * What is done at once goes to the real file without the checks of the VFS,
 * which the union's file has passed. It is done as the caller, who needs no
 * right to read or write what is open; so blocks that a filesystem keeps for
 * root are kept from root of a VPS.
 */
static ssize_t read_now(struct file *real, struct kiocb *iocb,
			struct iov_iter *iter)
{
	struct kiocb below;
	ssize_t ret;

	kiocb_clone(&below, iocb, real);
	ret = real->f_op->read_iter(&below, iter);
	iocb->ki_pos = below.ki_pos;
	accessed(iocb->ki_filp);
	return ret;
}

static ssize_t write_now(struct file *real, struct kiocb *iocb,
			 struct iov_iter *iter)
{
	struct kiocb below;
	ssize_t ret;

	ret = file_remove_privs(iocb->ki_filp);
	if (ret)
		return ret;
	kiocb_clone(&below, iocb, real);
	file_start_write(real);
	ret = real->f_op->write_iter(&below, iter);
	file_end_write(real);
	iocb->ki_pos = below.ki_pos;
	unionfs_copy_upper_attr(file_inode(iocb->ki_filp));
	return ret;
}

static bool can_do_now(struct file *real, struct kiocb *iocb)
{
	return is_sync_kiocb(iocb) && real->f_op->read_iter &&
	       real->f_op->write_iter && !(iocb->ki_flags & IOCB_DIRECT);
}

ssize_t unionfs_read_iter(struct kiocb *iocb, struct iov_iter *iter)
{
	struct file *file = iocb->ki_filp, *real;
	struct backing_file_ctx ctx = make_ctx(file);

	if (!iov_iter_count(iter))
		return 0;
	real = unionfs_real_file(file, false);
	if (IS_ERR(real))
		return PTR_ERR(real);
	if (can_do_now(real, iocb))
		return read_now(real, iocb, iter);
	return backing_file_read_iter(real, iter, iocb, iocb->ki_flags, &ctx);
}

/*
 * While nothing of the file's privileges is left to remove, writers share the
 * lock: the real file orders them. Otherwise they need it alone. Who sets
 * privileges needs it alone too, so what was seen under it holds.
 */
static int lock_writer(struct inode *inode, bool nowait, bool *shared)
{
	*shared = IS_NOSEC(inode);
	if (*shared) {
		if (nowait) {
			if (!inode_trylock_shared(inode))
				return -EAGAIN;
		} else {
			inode_lock_shared(inode);
		}
		if (IS_NOSEC(inode))
			return 0;
		inode_unlock_shared(inode);
		*shared = false;
	}
	if (nowait)
		return inode_trylock(inode) ? 0 : -EAGAIN;
	inode_lock(inode);
	return 0;
}

static void unlock_writer(struct inode *inode, bool shared)
{
	if (shared)
		inode_unlock_shared(inode);
	else
		inode_unlock(inode);
}

ssize_t unionfs_write_iter(struct kiocb *iocb, struct iov_iter *iter)
{
	struct file *file = iocb->ki_filp, *real;
	struct backing_file_ctx ctx = make_ctx(file);
	struct inode *inode = file_inode(file);
	bool nowait = iocb->ki_flags & IOCB_NOWAIT, shared;
	ssize_t ret;

	if (!iov_iter_count(iter))
		return 0;
	/* A copy takes its time. */
	if (nowait && !unionfs_has_data(inode))
		return -EAGAIN;
	ret = lock_writer(inode, nowait, &shared);
	if (ret)
		return ret;
	real = unionfs_real_file(file, true);
	ret = PTR_ERR_OR_ZERO(real);
	if (!ret && can_do_now(real, iocb))
		ret = write_now(real, iocb, iter);
	else if (!ret)
		ret = backing_file_write_iter(real, iter, iocb, iocb->ki_flags,
					      &ctx);
	unlock_writer(inode, shared);
	return ret;
}

ssize_t unionfs_splice_read(struct file *in, loff_t *pos,
			    struct pipe_inode_info *pipe, size_t len,
			    unsigned int flags)
{
	struct backing_file_ctx ctx = make_ctx(in);
	struct file *real = unionfs_real_file(in, false);

	if (IS_ERR(real))
		return PTR_ERR(real);
	return backing_file_splice_read(real, pos, pipe, len, flags, &ctx);
}

ssize_t unionfs_splice_write(struct pipe_inode_info *pipe, struct file *out,
			     loff_t *pos, size_t len, unsigned int flags)
{
	struct backing_file_ctx ctx = make_ctx(out);
	struct inode *inode = file_inode(out);
	struct file *real;
	ssize_t ret;

	inode_lock(inode);
	real = unionfs_real_file(out, true);
	ret = PTR_ERR_OR_ZERO(real);
	if (!ret)
		ret = backing_file_splice_write(pipe, real, pos, len, flags,
						&ctx);
	inode_unlock(inode);
	return ret;
}

/*
 * A mapping cannot move to another file later, and nothing can be copied up
 * here, under a lock that page faults take: what may be written by a mapping
 * was brought up when it was opened for reading and writing.
 */
int unionfs_mmap(struct file *file, struct vm_area_struct *vma)
{
	bool writes = vma->vm_flags & VM_SHARED && vma->vm_flags & VM_MAYWRITE;
	struct backing_file_ctx ctx = make_ctx(file);
	struct file *real;

	if (writes && !unionfs_has_data(file_inode(file)))
		return -EIO;
	real = unionfs_real_file(file, false);
	if (IS_ERR(real))
		return PTR_ERR(real);
	return backing_file_mmap(real, vma, &ctx);
}
