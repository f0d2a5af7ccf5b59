// SPDX-License-Identifier: GPL-2.0
/* Entries of an archive, made in the tree. A later one replaces an earlier one, as with tar(1). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "import.h"

/* Removes what has the name that a new entry wants. */
static int displace(struct import *im, int dirfd, const char *base)
{
	struct stat st;

	if (fstatat(dirfd, base, &st, AT_SYMLINK_NOFOLLOW))
		return import_failed(im, "cannot replace what is there");
	if (unlinkat(dirfd, base, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0)) {
		if (errno == ENOTEMPTY || errno == EEXIST)
			return import_bad(im, "it would replace a directory that is not empty");
		return import_failed(im, "cannot replace what is there");
	}
	im->entries--;
	if (S_ISDIR(st.st_mode))
		import_forget_parent(im);
	else if (st.st_nlink == 1)
		im->size -= st.st_blocks * 512;
	return 0;
}

/* The parent again: displace() may have dropped it. */
static int displace_in(struct import *im, const char *path, const char **base)
{
	int dirfd = import_parent(im, path, base);

	if (dirfd < 0 || displace(im, dirfd, *base))
		return -1;
	return import_parent(im, path, base);
}

static int write_block(struct import *im, int fd, const char *data, size_t size,
		       uint64_t offset)
{
	while (size) {
		ssize_t n = pwrite(fd, data, size, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return import_failed(im, "cannot write it");
		if (import_check_space(im, n))
			return -1;
		data += n;
		size -= n;
		offset += n;
	}
	return 0;
}

/* The bytes of a file; what the archive leaves out stays a hole. */
static int write_data(struct import *im, struct archive *a,
		      struct archive_entry *e, int fd)
{
	uint64_t size = archive_entry_size_is_set(e) ? archive_entry_size(e) : 0;
	const void *data;
	la_int64_t offset;
	size_t len;
	int ret;

	while (!(ret = archive_read_data_block(a, &data, &len, &offset))) {
		if (offset < 0 || (uint64_t)offset > IMPORT_FILE_MAX ||
		    offset + len > size)
			return import_bad(im, "it holds data behind its end");
		if (write_block(im, fd, data, len, offset))
			return -1;
	}
	if (ret != ARCHIVE_EOF)
		return im->read_errnum ? -1 :
			import_bad(im, "%s", archive_error_string(a) ?: "damaged data");
	if (ftruncate(fd, size))
		return import_failed(im, "cannot set its size");
	return 0;
}

static int check_size(struct import *im, struct archive_entry *e)
{
	if (archive_entry_size_is_set(e) &&
	    (archive_entry_size(e) < 0 ||
	     (uint64_t)archive_entry_size(e) > IMPORT_FILE_MAX))
		return import_bad(im, "it claims %lld bytes, more than 1 TiB",
				  (long long)archive_entry_size(e));
	return 0;
}

static int count_blocks(struct import *im, int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return import_failed(im, "cannot look at it");
	im->size += st.st_blocks * 512;
	return 0;
}

static int make_file(struct import *im, struct archive *a,
		     struct archive_entry *e, const char *path)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	cleanup_close int fd = -1;
	const char *base;
	int dirfd;

	if (check_size(im, e))
		return -1;
	dirfd = import_parent(im, path, &base);
	if (dirfd < 0)
		return -1;
	fd = openat(dirfd, base, flags, 0600);
	if (fd < 0 && errno == EEXIST) {
		dirfd = displace_in(im, path, &base);
		if (dirfd < 0)
			return -1;
		fd = openat(dirfd, base, flags, 0600);
	}
	if (fd < 0)
		return import_failed(im, "cannot make it");
	im->entries++;
	if (write_data(im, a, e, fd) || import_meta_fd(im, e, fd))
		return -1;
	return count_blocks(im, fd);
}

static int make_dir(struct import *im, struct archive_entry *e, const char *path)
{
	cleanup_close int fd = -1;
	const char *base = ".";
	int dirfd = im->root;
	bool is_new = true;
	struct stat st;

	if (*path) {
		dirfd = import_parent(im, path, &base);
		if (dirfd < 0)
			return -1;
		if (!fstatat(dirfd, base, &st, AT_SYMLINK_NOFOLLOW) &&
		    !S_ISDIR(st.st_mode)) {
			dirfd = displace_in(im, path, &base);
			if (dirfd < 0)
				return -1;
		}
		is_new = !mkdirat(dirfd, base, 0700);
		if (!is_new && errno != EEXIST)
			return import_failed(im, "cannot make it");
		im->entries += is_new;
	}
	fd = import_open_beneath(dirfd, base, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return import_failed(im, "cannot open it");
	if (import_meta_fd(im, e, fd) || (is_new && count_blocks(im, fd)))
		return -1;
	return import_note_time(im, e, path);
}

static int mknod_of(int dirfd, const char *base, struct archive_entry *e)
{
	mode_t type = archive_entry_filetype(e);

	if (type == AE_IFLNK)
		return symlinkat(archive_entry_symlink(e), dirfd, base);
	return mknodat(dirfd, base, type | 0600,
		       type == AE_IFCHR || type == AE_IFBLK ?
		       makedev(archive_entry_rdevmajor(e),
			       archive_entry_rdevminor(e)) : 0);
}

static int check_node(struct import *im, struct archive_entry *e)
{
	const char *target = archive_entry_symlink(e);
	mode_t type = archive_entry_filetype(e);

	if (type == AE_IFLNK) {
		if (!target || !*target || strlen(target) >= PATH_MAX)
			return import_bad(im, "it is a symbolic link to nothing, or to a name that is too long");
		return 0;
	}
	if (type != AE_IFCHR && type != AE_IFBLK)
		return 0;
	if (type == AE_IFCHR && !archive_entry_rdevmajor(e) &&
	    !archive_entry_rdevminor(e))
		return import_bad(im, "it is a device 0:0, which hides files in a union");
	if (++im->devices > IMPORT_DEVICES_MAX)
		return import_bad(im, "the archive has more than %d devices",
				  IMPORT_DEVICES_MAX);
	return 0;
}

static int make_node(struct import *im, struct archive_entry *e, const char *path)
{
	const char *base;
	int dirfd, ret;

	if (check_node(im, e))
		return -1;
	dirfd = import_parent(im, path, &base);
	if (dirfd < 0)
		return -1;
	ret = mknod_of(dirfd, base, e);
	if (ret && errno == EEXIST) {
		dirfd = displace_in(im, path, &base);
		if (dirfd < 0)
			return -1;
		ret = mknod_of(dirfd, base, e);
	}
	if (ret)
		return import_failed(im, "cannot make it");
	im->entries++;
	return import_meta_at(im, e, dirfd, base);
}

/*
 * The file that a hard link names, as an O_PATH descriptor: it must be in the
 * tree already, and no link may lead to it.
 */
static int open_target(struct import *im, const char *raw)
{
	char target[PATH_MAX];
	const char *why = import_normalize(raw, target);
	struct stat st;
	int fd;

	if (why)
		return import_bad(im, "the target of this hard link %s", why);
	fd = *target ? import_open_beneath(im->root, target, O_PATH | O_NOFOLLOW) : -1;
	if (fd < 0 && *target && errno == ELOOP)
		return import_bad(im, "it is a hard link through a symbolic link");
	if (fd < 0)
		return import_bad(im, "it is a hard link to what is not in the archive before it");
	if (fstat(fd, &st) || (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))) {
		close(fd);
		return import_bad(im, "it is a hard link to what is not a file");
	}
	return fd;
}

static int link_fd(int fd, int dirfd, const char *base)
{
	return linkat(fd, "", dirfd, base, AT_EMPTY_PATH);
}

/* cpio has the data of a file with the last of its links. */
static int fill_link(struct import *im, struct archive *a,
		     struct archive_entry *e, int dirfd, const char *base)
{
	cleanup_close int fd = -1;

	if (!archive_entry_size_is_set(e) || archive_entry_size(e) == 0)
		return 0;
	if (check_size(im, e))
		return -1;
	fd = import_open_beneath(dirfd, base, O_WRONLY | O_NOFOLLOW);
	if (fd < 0 && errno == ELOOP)
		return import_bad(im, "it is a hard link to a symbolic link, with data");
	if (fd < 0)
		return import_failed(im, "cannot open it");
	if (write_data(im, a, e, fd) || import_meta_fd(im, e, fd))
		return -1;
	return count_blocks(im, fd);
}

static bool same_file(int fd, int dirfd, const char *base)
{
	struct stat a, b;

	return !fstat(fd, &a) && !fstatat(dirfd, base, &b, AT_SYMLINK_NOFOLLOW) &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int make_link(struct import *im, struct archive *a,
		     struct archive_entry *e, const char *path)
{
	cleanup_close int target = -1;
	const char *base;
	int dirfd;

	dirfd = import_parent(im, path, &base);
	if (dirfd < 0)
		return -1;
	target = open_target(im, archive_entry_hardlink(e));
	if (target < 0)
		return -1;
	if (!link_fd(target, dirfd, base)) {
		im->entries++;
	} else if (errno == EEXIST && same_file(target, dirfd, base)) {
		/* The archive has it twice. */
	} else if (errno == EEXIST) {
		dirfd = displace_in(im, path, &base);
		if (dirfd < 0)
			return -1;
		if (link_fd(target, dirfd, base))
			return import_failed(im, "cannot link it");
		im->entries++;
	} else {
		return import_failed(im, "cannot link it");
	}
	return fill_link(im, a, e, dirfd, base);
}

int import_entry(struct import *im, struct archive *a, struct archive_entry *e)
{
	const char *raw = archive_entry_pathname(e), *why;
	char path[PATH_MAX];

	if (!raw || !*raw)
		return import_bad(im, "an entry without a name");
	why = import_normalize(raw, path);
	if (why)
		return import_bad(im, "the path %s", why);
	if (import_check_space(im, 4096))
		return -1;
	im->path = path;
	if (!*path && (archive_entry_hardlink(e) ||
		       archive_entry_filetype(e) != AE_IFDIR))
		return import_bad(im, "the root must be a directory");
	if (archive_entry_hardlink(e))
		return make_link(im, a, e, path);
	switch (archive_entry_filetype(e)) {
	case AE_IFREG:
		return make_file(im, a, e, path);
	case AE_IFDIR:
		return make_dir(im, e, path);
	case AE_IFLNK:
	case AE_IFCHR:
	case AE_IFBLK:
	case AE_IFIFO:
	case AE_IFSOCK:
		return make_node(im, e, path);
	}
	return import_bad(im, "it is of an unknown type");
}
