// SPDX-License-Identifier: GPL-2.0
/* Paths of an archive, resolved below its root without following links. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "import.h"

const char *import_normalize(const char *raw, char out[PATH_MAX])
{
	size_t len = 0, depth = 0, n;

	if (*raw == '/')
		return "is an absolute path";
	for (const char *p = raw; *p; p += n) {
		p += strspn(p, "/");
		n = strcspn(p, "/");
		if (!n || (n == 1 && *p == '.'))
			continue;
		if (n == 2 && !memcmp(p, "..", 2))
			return "leads out of the template by \"..\"";
		if (n > NAME_MAX)
			return "has a component of more than 255 bytes";
		if (++depth > IMPORT_DEPTH_MAX)
			return "lies more than 512 directories deep";
		if (len + n + 2 > PATH_MAX)
			return "is longer than 4095 bytes";
		if (len)
			out[len++] = '/';
		memcpy(out + len, p, n);
		len += n;
	}
	out[len] = '\0';
	return NULL;
}

int import_open_beneath(int dirfd, const char *path, int flags)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};

	return syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
}

int import_open_in_root(int root, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
	};
	cleanup_close int fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	char self[32];
	struct stat st;

	/* To open a device has effects on the host: look first. */
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return -1;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return open(self, O_RDONLY | O_CLOEXEC);
}

/* Directories that the archive does not have itself, or has later. */
static int make_dirs(struct import *im, const char *path)
{
	char part[NAME_MAX + 1];
	int fd, next;
	size_t n;

	fd = import_open_beneath(im->root, ".", O_PATH | O_DIRECTORY);
	for (const char *p = path; fd >= 0 && *p; p += n + (p[n] == '/')) {
		n = strcspn(p, "/");
		memcpy(part, p, n);
		part[n] = '\0';
		if (!mkdirat(fd, part, 0755)) {
			im->entries++;
			if (fchmodat(fd, part, 0755, 0))
				break;
		} else if (errno != EEXIST) {
			break;
		}
		next = import_open_beneath(fd, part, O_PATH | O_DIRECTORY);
		close(fd);
		fd = next;
		if (!p[n])
			return fd;
	}
	if (fd >= 0) {
		int errnum = errno;

		close(fd);
		errno = errnum;
	}
	return -1;
}

void import_forget_parent(struct import *im)
{
	if (im->parent_fd >= 0)
		close(im->parent_fd);
	im->parent_fd = -1;
	free(im->parent);
	im->parent = NULL;
}

int import_parent(struct import *im, const char *path, const char **base)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *dir = strndup(path, slash ? slash - path : 0);
	int fd;

	*base = slash ? slash + 1 : path;
	if (!dir)
		return kx_nomem(im->err);
	if (im->parent && !strcmp(im->parent, dir))
		return im->parent_fd;
	fd = import_open_beneath(im->root, *dir ? dir : ".",
				 O_PATH | O_DIRECTORY);
	if (fd < 0 && errno == ENOENT)
		fd = make_dirs(im, dir);
	if (fd < 0) {
		if (errno == ELOOP)
			return import_bad(im, "its directory is, or lies behind, a symbolic link");
		if (errno == ENOTDIR)
			return import_bad(im, "what should be its directory is a file");
		return import_failed(im, "cannot enter its directory");
	}
	import_forget_parent(im);
	im->parent_fd = fd;
	im->parent = dir;
	dir = NULL;
	return fd;
}
