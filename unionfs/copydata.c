// SPDX-License-Identifier: GPL-2.0
/*
 * Data of lower files: shared with the upper one where both filesystems can,
 * copied otherwise, with holes left out.
 */
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/splice.h>
#include "vfs.h"

/* A signal is noticed after so many bytes. */
#define CHUNK	SZ_1M

/* The next data at or after pos, and where they end; size if there are none. */
static loff_t next_data(struct file *file, loff_t pos, loff_t size,
			loff_t *end)
{
	loff_t data = vfs_llseek(file, pos, SEEK_DATA);

	*end = size;
	if (data == -ENXIO)
		return size;
	/* Without support for it everything is data. */
	if (data < pos)
		return pos;
	*end = vfs_llseek(file, data, SEEK_HOLE);
	if (*end <= data || *end > size)
		*end = size;
	return min(data, size);
}

static int copy(struct file *from, struct file *to, loff_t size)
{
	loff_t pos = 0, end = 0, out;
	ssize_t done;

	for (;;) {
		if (pos >= end)
			pos = next_data(from, pos, size, &end);
		if (pos >= size)
			break;
		if (fatal_signal_pending(current))
			return -EINTR;
		out = pos;
		done = do_splice_direct(from, &pos, to, &out,
					min_t(loff_t, end - pos, CHUNK), 0);
		if (done < 0)
			return done;
		/* It was shorter than it said: changed behind our back. */
		if (!done)
			return -EIO;
		cond_resched();
	}
	return 0;
}

/*
 * A name is given to the file, or its mark is taken away, in a transaction
 * that comes after this. Where the filesystem notes the place of data before
 * it says that they are written, and writes transactions in order, data on
 * their way to the disk are enough: a crash leaves the old state or the new.
 * Otherwise we wait for everything.
 */
static int flush(struct file *file)
{
	switch (file_inode(file)->i_sb->s_magic) {
	case TMPFS_MAGIC:
		return 0;
	case EXT4_SUPER_MAGIC:
	case XFS_SUPER_MAGIC:
		return file_write_and_wait_range(file, 0, LLONG_MAX);
	default:
		return vfs_fsync(file, 0);
	}
}

/**
 * unionfs_copy_data() - copies a lower file's data
 * @us: the union, entered
 * @from: the lower file
 * @to: the upper file, open for writing, without data
 * @size: how much of it; not more than there is
 *
 * Return: 0 or an error; -EINTR when the caller is killed.
 */
int unionfs_copy_data(struct unionfs_super *us, const struct path *from,
		      struct file *to, loff_t size)
{
	struct file *file;
	loff_t cloned;
	int err = 0;

	if (!size)
		return 0;
	file = unionfs_do_open(from, O_RDONLY);
	if (IS_ERR(file))
		return PTR_ERR(file);
	cloned = vfs_clone_file_range(file, 0, to, 0, size, 0);
	if (cloned != size)
		err = copy(file, to, size);
	fput(file);
	return err ?: flush(to);
}
