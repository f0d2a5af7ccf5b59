// SPDX-License-Identifier: GPL-2.0
/*
 * Removing a directory tree whoever filled it: however deep it is, this takes
 * neither recursion nor a stack of descriptors. Directories that are not empty
 * are emptied one level at a time; the directories found in them are moved up
 * into the top one under a new name, and have their turn there.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "priv.h"

struct tree {
	int top;
	const char *name;	/* of the top, for messages */
	unsigned int moved;
	struct kx_err *err;
};

static int fail(struct tree *t, const char *entry, int errnum)
{
	if (errnum == EBUSY || errnum == EXDEV)
		return kx_fail(t->err, KX_SYSTEM, 0,
			       "cannot remove %s: something is mounted on %s below it",
			       t->name, entry);
	return kx_fail(t->err, KX_SYSTEM, errnum, "cannot remove %s: %s",
		       t->name, entry);
}

/* Refuses links, and what another filesystem is mounted on. */
static int open_dir(int dirfd, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};

	return syscall(SYS_openat2, dirfd, name, &how, sizeof(how));
}

static bool is_dir(int dirfd, const struct dirent *d)
{
	struct stat st;

	if (d->d_type != DT_UNKNOWN)
		return d->d_type == DT_DIR;
	return !fstatat(dirfd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
	       S_ISDIR(st.st_mode);
}

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* The tree may hold any name already, also those that we give. */
static int move_up(struct tree *t, int dirfd, const char *name)
{
	char to[32];

	do {
		snprintf(to, sizeof(to), ".kx-removed-%u", t->moved++);
		if (!renameat2(dirfd, name, t->top, to, RENAME_NOREPLACE))
			return 0;
	} while (errno == EEXIST);
	return -1;
}

/* Empties one directory below the top, and removes it. */
static int remove_below(struct tree *t, const char *name)
{
	cleanup_dir DIR *dir = NULL;
	struct dirent *d;
	int fd;

	fd = open_dir(t->top, name);
	if (fd < 0)
		return fail(t, name, errno);
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return kx_nomem(t->err);
	}
	while (errno = 0, (d = readdir(dir))) {
		bool sub = is_dir(fd, d);

		if (is_dots(d->d_name) ||
		    !unlinkat(fd, d->d_name, sub ? AT_REMOVEDIR : 0) ||
		    errno == ENOENT)
			continue;
		if (sub && (errno == ENOTEMPTY || errno == EEXIST) &&
		    !move_up(t, fd, d->d_name))
			continue;
		return fail(t, d->d_name, errno);
	}
	if (errno || (unlinkat(t->top, name, AT_REMOVEDIR) && errno != ENOENT &&
		      errno != ENOTEMPTY && errno != EEXIST))
		return fail(t, name, errno);
	return 0;
}

static int remove_in_top(struct tree *t, const struct dirent *d)
{
	bool sub = is_dir(t->top, d);

	if (!unlinkat(t->top, d->d_name, sub ? AT_REMOVEDIR : 0) ||
	    errno == ENOENT)
		return 0;
	if (sub && (errno == ENOTEMPTY || errno == EEXIST))
		return remove_below(t, d->d_name);
	return fail(t, d->d_name, errno);
}

/* One pass may miss entries moved up behind its back: until one finds none. */
static int empty_top(struct tree *t, DIR *dir)
{
	bool found = true;
	struct dirent *d;

	while (found) {
		found = false;
		rewinddir(dir);
		while (errno = 0, (d = readdir(dir))) {
			if (is_dots(d->d_name))
				continue;
			found = true;
			if (remove_in_top(t, d))
				return -1;
		}
		if (errno)
			return fail(t, ".", errno);
	}
	return 0;
}

int kx_tree_remove(int dirfd, const char *name, struct kx_err *err)
{
	struct tree t = { .name = name, .err = err };
	cleanup_dir DIR *dir = NULL;

	if (!unlinkat(dirfd, name, 0) || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return fail(&t, name, errno);
	t.top = open_dir(dirfd, name);
	if (t.top < 0)
		return fail(&t, name, errno);
	dir = fdopendir(t.top);
	if (!dir) {
		close(t.top);
		return kx_nomem(err);
	}
	if (empty_top(&t, dir))
		return -1;
	if (unlinkat(dirfd, name, AT_REMOVEDIR) && errno != ENOENT)
		return fail(&t, name, errno);
	return 0;
}
