// SPDX-License-Identifier: GPL-2.0
/* Owners, modes, extended attributes and times of what an archive holds. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "import.h"

/*
 * trusted.* would steer the union that the template becomes a layer of, and
 * labels of security modules belong to the machine where it was packed.
 */
static bool keeps_xattr(const char *name)
{
	if (!strncmp(name, "user.", 5))
		return strncmp(name, "user.overlay.", 13) != 0;
	return !strcmp(name, "security.capability") ||
	       !strcmp(name, KX_ACCESS_ACL) || !strcmp(name, KX_DEFAULT_ACL);
}

int import_xattrs(struct import *im, struct archive_entry *e, int fd)
{
	const char *name;
	const void *value;
	size_t size;

	archive_entry_xattr_reset(e);
	while (archive_entry_xattr_next(e, &name, &value, &size) == ARCHIVE_OK) {
		if (!name || !keeps_xattr(name) ||
		    (!im->complete && !strcmp(name, KX_DEFAULT_ACL)))
			continue;
		if (!fsetxattr(fd, name, value, size, 0))
			continue;
		if (errno == EINVAL || errno == ERANGE || errno == E2BIG)
			return import_bad(im, "its extended attribute %.64s is not a valid one",
					  name);
		if (errno == EOPNOTSUPP)
			return import_failed(im, "the filesystem of the templates keeps no extended attributes");
		return import_failed(im, "cannot set an extended attribute");
	}
	return 0;
}

static int check_owner(struct import *im, struct archive_entry *e)
{
	long long uid = archive_entry_uid(e), gid = archive_entry_gid(e);

	if (uid < 0 || uid > IMPORT_ID_MAX || gid < 0 || gid > IMPORT_ID_MAX)
		return import_bad(im, "its owner is %lld:%lld, but a VPS has ids 0 to 65535 only",
				  uid, gid);
	return 0;
}

static void time_of(struct archive_entry *e, struct timespec times[2])
{
	long nsec = archive_entry_mtime_nsec(e);

	times[0] = (struct timespec){ .tv_nsec = UTIME_OMIT };
	times[1] = (struct timespec){ .tv_nsec = UTIME_OMIT };
	if (archive_entry_mtime_is_set(e))
		times[1] = (struct timespec){
			.tv_sec = archive_entry_mtime(e),
			.tv_nsec = nsec >= 0 && nsec < 1000000000 ? nsec : 0,
		};
}

/* Owner before mode before capabilities: each clears those behind it. */
int import_meta_fd(struct import *im, struct archive_entry *e, int fd)
{
	struct timespec times[2];

	if (check_owner(im, e))
		return -1;
	if (fchown(fd, archive_entry_uid(e), archive_entry_gid(e)))
		return import_failed(im, "cannot set its owner");
	if (fchmod(fd, archive_entry_perm(e) & 07777))
		return import_failed(im, "cannot set its mode");
	if (import_xattrs(im, e, fd) || import_acls(im, e, fd))
		return -1;
	time_of(e, times);
	if (futimens(fd, times))
		return import_failed(im, "cannot set its time");
	return 0;
}

int import_meta_at(struct import *im, struct archive_entry *e, int dirfd,
		   const char *base)
{
	struct timespec times[2];

	if (check_owner(im, e))
		return -1;
	if (fchownat(dirfd, base, archive_entry_uid(e), archive_entry_gid(e),
		     AT_SYMLINK_NOFOLLOW))
		return import_failed(im, "cannot set its owner");
	if (archive_entry_filetype(e) != AE_IFLNK &&
	    fchmodat(dirfd, base, archive_entry_perm(e) & 07777, 0))
		return import_failed(im, "cannot set its mode");
	time_of(e, times);
	if (utimensat(dirfd, base, times, AT_SYMLINK_NOFOLLOW))
		return import_failed(im, "cannot set its time");
	return 0;
}

int import_note_time(struct import *im, struct archive_entry *e, const char *path)
{
	struct timespec times[2];

	time_of(e, times);
	if (fwrite(&times[1], sizeof(times[1]), 1, im->times) != 1 ||
	    fwrite(path, strlen(path) + 1, 1, im->times) != 1)
		return import_failed(im, "cannot note its time");
	return 0;
}

int import_set_times(struct import *im)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };
	cleanup_free char *path = NULL;
	size_t size = 0;

	if (fflush(im->times))
		return import_failed(im, "cannot note the times of directories");
	rewind(im->times);
	while (fread(&times[1], sizeof(times[1]), 1, im->times) == 1 &&
	       getdelim(&path, &size, '\0', im->times) > 0) {
		/* A later entry may have replaced the directory. */
		cleanup_close int fd = import_open_beneath(im->root,
					*path ? path : ".", O_RDONLY | O_DIRECTORY);

		if (fd >= 0 && futimens(fd, times))
			return import_failed(im, "cannot set the time of a directory");
	}
	return ferror(im->times) ?
		import_failed(im, "cannot read the times of directories") : 0;
}
