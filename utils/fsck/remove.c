// SPDX-License-Identifier: GPL-2.0
/* Removes trees, however deep, whoever filled them: no links are followed, no mounts entered. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fsck.h"

struct level {
	struct level *up;
	struct place *dir;
	struct names names;
	size_t next;
};

struct removal {
	struct level *top;
	int errnum;		/* of the first that stays */
	struct place *where;
	char *which;
};

int remove_same(struct place *dir, const char *name, const struct stat *st)
{
	int fd = place_fd(dir);
	struct stat now;

	if (fd < 0 || fstatat(fd, name, &now, AT_SYMLINK_NOFOLLOW))
		return -1;
	if (now.st_dev != st->st_dev || now.st_ino != st->st_ino) {
		errno = ESTALE;
		return -1;
	}
	return unlinkat(fd, name, S_ISDIR(now.st_mode) ? AT_REMOVEDIR : 0);
}

static void stays(struct removal *r, struct place *dir, const char *name, int errnum)
{
	if (r->errnum)
		return;
	r->errnum = errnum;
	r->where = place_get(dir);
	r->which = must(strdup(name));
}

static int remove_one(struct place *dir, const char *name)
{
	int fd = place_fd(dir);

	if (fd < 0)
		return errno;
	if (!unlinkat(fd, name, 0) || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return errno;
	return unlinkat(fd, name, AT_REMOVEDIR) && errno != ENOENT ? errno : 0;
}

static void begin(struct removal *r, struct place *dir, const char *name)
{
	struct place *p = place_enter(dir, name);
	struct level *level;

	if (!p) {
		stays(r, dir, name, errno);
		return;
	}
	level = must(calloc(1, sizeof(*level)));
	level->up = r->top;
	level->dir = p;
	r->top = level;
	if (names_read(p, &level->names))
		stays(r, dir, name, errno);
}

static void handle(struct removal *r, struct place *dir, const char *name)
{
	int errnum = remove_one(dir, name);

	if (errnum == ENOTEMPTY || errnum == EEXIST)
		begin(r, dir, name);
	else if (errnum)
		stays(r, dir, name, errnum);
}

static void end(struct removal *r)
{
	struct level *level = r->top;
	struct place *dir = level->dir;
	int errnum = cancelled ? EINTR : remove_one(dir->parent, dir->name);

	if (errnum)
		stays(r, dir->parent, dir->name, errnum);
	r->top = level->up;
	names_free(&level->names);
	place_put(dir);
	free(level);
}

int remove_tree(struct place *dir, const char *name, struct place **where, char **which)
{
	struct removal r = { 0 };

	handle(&r, dir, name);
	while (r.top) {
		struct level *level = r.top;

		if (level->next < level->names.n && !cancelled)
			handle(&r, level->dir, level->names.name[level->next++]);
		else
			end(&r);
	}
	*where = r.where;
	*which = r.which;
	return r.errnum;
}
