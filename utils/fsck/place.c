// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fsck.h"

#define SHOWN 3000		/* bytes of a path in a message */

static struct place *newest, *oldest;
static size_t open_now, open_max = 8;

void place_init(void)
{
	struct rlimit limit;
	size_t reserve = 16;	/* that are no places */

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	if (limit.rlim_max > 16384)
		limit.rlim_max = 16384;
	if (limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	/* Half, since the roots of 500 branches have one each. */
	if (limit.rlim_cur > 2 * (reserve + open_max))
		open_max = limit.rlim_cur / 2 - reserve;
}

static void unlist(struct place *p)
{
	*(p->newer ? &p->newer->older : &newest) = p->older;
	*(p->older ? &p->older->newer : &oldest) = p->newer;
	p->newer = p->older = NULL;
	open_now--;
}

static void list(struct place *p)
{
	p->older = newest;
	*(newest ? &newest->newer : &oldest) = p;
	newest = p;
	open_now++;
}

static void shut(struct place *p)
{
	unlist(p);
	close(p->fd);
	p->fd = -1;
}

static int open_at(int dirfd, const char *name, int flags)
{
	struct open_how how = {
		.flags = flags | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};

	return syscall(SYS_openat2, dirfd, name, &how, sizeof(how));
}

/* Looking at a tree must not change it, access times included, where that may be had. */
static int open_dir(int dirfd, const char *name)
{
	int fd = open_at(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOATIME);

	if (fd < 0 && errno == EPERM)
		fd = open_at(dirfd, name, O_RDONLY | O_DIRECTORY);
	return fd;
}

static struct place *place_new(const char *name, int fd)
{
	size_t len = strlen(name) + 1;
	struct place *p;
	struct stat st;

	if (fstat(fd, &st)) {
		close(fd);
		return NULL;
	}
	p = must(calloc(1, sizeof(*p) + len));
	memcpy(p->name, name, len);
	p->refs = 1;
	p->fd = fd;
	p->dev = st.st_dev;
	p->ino = st.st_ino;
	return p;
}

struct place *place_root(const char *path, int fd, size_t layer)
{
	struct place *p = place_new(path, fd);

	if (p)
		p->layer = layer;
	return p;
}

static void opened(struct place *p)
{
	while (open_now >= open_max)
		shut(oldest);
	list(p);
}

struct place *place_enter(struct place *parent, const char *name)
{
	int dirfd = place_fd(parent), fd;
	struct place *p;

	fd = dirfd < 0 ? -1 : open_dir(dirfd, name);
	if (fd < 0)
		return NULL;
	p = place_new(name, fd);
	if (!p)
		return NULL;
	p->parent = place_get(parent);
	p->layer = parent->layer;
	opened(p);
	return p;
}

struct place *place_get(struct place *p)
{
	p->refs++;
	return p;
}

void place_put(struct place *p)
{
	struct place *parent;

	for (; p && !--p->refs; p = parent) {
		parent = p->parent;
		if (p->fd >= 0 && parent)
			shut(p);
		else if (p->fd >= 0)
			close(p->fd);
		free(p);
	}
}

static int open_again(struct place *p)
{
	struct stat st;
	int fd = open_dir(p->parent->fd, p->name);

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) || st.st_dev != p->dev || st.st_ino != p->ino) {
		close(fd);
		errno = ESTALE;
		return -1;
	}
	p->fd = fd;
	opened(p);
	return 0;
}

int place_fd(struct place *p)
{
	struct place *up, **chain;
	size_t n = 0;
	int ret = 0;

	for (up = p; up->fd < 0; up = up->parent)
		n++;
	if (up->parent) {
		unlist(up);
		list(up);
	}
	if (!n)
		return p->fd;
	chain = must(reallocarray(NULL, n, sizeof(*chain)));
	for (up = p; up->fd < 0; up = up->parent)
		chain[--n] = up;
	do
		ret = open_again(chain[n]);
	while (!ret && chain[n++] != p);
	free(chain);
	return ret ? -1 : p->fd;
}

int place_open(struct place *p, const char *name)
{
	int dirfd = place_fd(p);

	return dirfd < 0 ? -1 : open_at(dirfd, name, O_PATH);
}

char *place_path(struct place *p, const char *name)
{
	char buf[SHOWN + 1], *at = buf + SHOWN, *text, *shown;
	size_t len;

	*at = '\0';
	for (;; name = p->name, p = p->parent) {
		if (name) {
			len = strlen(name);
			if (len + 8 > (size_t)(at - buf)) {
				at -= 4;
				memcpy(at, "/...", 4);
				while (p->parent)
					p = p->parent;
				break;
			}
			at -= len + 1;
			*at = '/';
			memcpy(at + 1, name, len);
		}
		if (!p->parent)
			break;
	}
	len = strlen(p->name);
	text = must(malloc(len + strlen(at) + 1));
	memcpy(text, p->name, len);
	strcpy(text + len, at);
	shown = printable(text);
	free(text);
	return shown;
}
