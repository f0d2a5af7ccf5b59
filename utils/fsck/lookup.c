// SPDX-License-Identifier: GPL-2.0
/* Follows a name or a redirect through the lower branches, as the kernel does at lookup. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fsck.h"

enum what { NOTHING, DIRECTORY, DATA, METADATA };

struct look {
	struct fsck *f;
	char *path;		/* for the next branch; absolute or one name */
	bool want_dir;
	bool stop;		/* nothing of the branches below belongs to it */
	bool error;
	/* What the branch has. */
	struct place *dir;
	struct data file;
};

void stack_add(struct stack *stack, struct place *dir)
{
	stack->dir = must(reallocarray(stack->dir, stack->n + 1, sizeof(*stack->dir)));
	stack->dir[stack->n++] = dir;
}

void stack_free(struct stack *stack)
{
	for (size_t i = 0; i < stack->n; i++)
		place_put(stack->dir[i]);
	free(stack->dir);
	*stack = (struct stack){ 0 };
}

bool redirect_valid(const char *redirect, size_t len, const char **why)
{
	const char *at, *end;

	*why = NULL;
	if (!len)
		*why = "it is empty";
	else if (memchr(redirect, 0, len))
		*why = "it has a null byte";
	else if (*redirect != '/' && strchr(redirect, '/'))
		*why = "it is relative and has a slash";
	for (at = redirect; !*why && *at; at = end) {
		at += *at == '/';
		end = strchrnul(at, '/');
		if (end == at)
			*why = "a component is empty";
		else if ((end - at == 1 || end - at == 2) && !strncmp(at, "..", end - at))
			*why = "a component is . or ..";
		else if (end - at > 255)
			*why = "a component is too long";
	}
	return !*why;
}

/* Replaces the first @used bytes of the path; @from is where the last component begins. */
static void follow_redirect(struct look *l, int fd, size_t from, size_t used)
{
	char *redirect, *path;
	const char *why;
	size_t len;

	redirect = attr_get(&l->f->attrs, fd, ATTR_REDIRECT, &len);
	if (!redirect || !redirect_valid(redirect, len, &why)) {
		l->error = true;
	} else {
		path = must(calloc(1, from + len + strlen(l->path + used) + 1));
		if (*redirect == '/')
			l->stop = false;
		else
			memcpy(path, l->path, from);
		strcat(strcat(path, redirect), l->path + used);
		free(l->path);
		l->path = path;
	}
	free(redirect);
}

static bool is_xwhiteout(const struct stat *st, int attrs)
{
	return S_ISREG(st->st_mode) && !st->st_size && attrs & ATTR_WHITEOUT;
}

static bool says_opaque(struct look *l, int fd)
{
	size_t len;
	char *value = attr_get(&l->f->attrs, fd, ATTR_OPAQUE, &len);
	bool ret = value && len == 1 && *value == 'y';

	free(value);
	return ret;
}

/* One component, the bytes @from to @used of the path. */
static enum what look_at(struct look *l, size_t layer, int fd, size_t from, size_t used)
{
	bool last = !l->path[used];
	struct stat st;
	int attrs;

	attrs = fstat(fd, &st) ? -1 : attr_list(&l->f->attrs, fd);
	if (attrs < 0) {
		l->error = true;
		return NOTHING;
	}
	if (is_whiteout(&st) || is_xwhiteout(&st, attrs) ||
	    S_ISDIR(st.st_mode) != (l->want_dir || !last) ||
	    (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))) {
		l->stop = true;
		return NOTHING;
	}
	if (!S_ISDIR(st.st_mode)) {
		l->file = (struct data){ fd, layer, st };
		if (!(attrs & ATTR_METACOPY)) {
			l->stop = true;
			return DATA;
		}
		l->stop = false;
		if (attrs & ATTR_REDIRECT)
			follow_redirect(l, fd, from, used);
		return METADATA;
	}
	if (attrs & ATTR_OPAQUE && says_opaque(l, fd))
		l->stop = true;
	else if (attrs & ATTR_REDIRECT)
		follow_redirect(l, fd, from, used);
	return DIRECTORY;
}

static bool is_absence(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == ENAMETOOLONG;
}

static enum what look_in(struct look *l, struct place *base)
{
	size_t rest = strlen(l->path);	/* counted from the end: the path may change in front */
	struct place *dir = place_get(base), *next;
	enum what what = NOTHING;

	if (l->path[0] == '/')
		rest--;
	for (;;) {
		size_t from = strlen(l->path) - rest;
		size_t used = from + strcspn(l->path + from, "/");
		char *name = must(strndup(l->path + from, used - from));
		int fd = place_open(dir, name);

		if (fd < 0 && !is_absence(errno))
			l->error = true;
		rest = strlen(l->path) - used;
		what = fd < 0 ? NOTHING : look_at(l, base->layer, fd, from, used);
		if (fd >= 0 && what != DATA && what != METADATA)
			close(fd);
		next = NULL;
		if (what == DIRECTORY) {
			next = place_enter(dir, name);
			if (!next)
				l->error = true;
		}
		free(name);
		place_put(dir);
		dir = next;
		if (!dir || !rest)
			break;
		rest--;
	}
	l->dir = dir;
	return dir ? DIRECTORY : what == DIRECTORY ? NOTHING : what;
}

/* Calls look_in() for one branch after the other until the data or the end is found. */
static bool look_through(struct look *l, const struct frame *in, struct stack *out)
{
	const struct stack *from = &in->lowers;
	enum what what = NOTHING;

	if (*l->path == '/')
		from = &l->f->roots;
	for (size_t i = 0; i < from->n && !l->error; i++) {
		size_t layer = from->dir[i]->layer;

		what = look_in(l, from->dir[i]);
		if (what == DIRECTORY)
			stack_add(out, l->dir);
		if (what == DATA)
			return true;
		if (what == METADATA)
			close(l->file.fd);
		if (l->stop)
			break;
		if (*l->path == '/' && from != &l->f->roots) {
			from = &l->f->roots;
			i = layer - 1;
		}
	}
	return false;
}

int lookup_dirs(struct fsck *f, const struct frame *in, const char *path, struct stack *out)
{
	struct look l = { .f = f, .path = must(strdup(path)), .want_dir = true };

	look_through(&l, in, out);
	free(l.path);
	if (l.error)
		stack_free(out);
	return l.error ? -1 : out->n > 0;
}

int lookup_data(struct fsck *f, const struct frame *in, const char *path, struct data *out)
{
	struct look l = { .f = f, .path = must(strdup(path)) };
	struct stack none = { 0 };
	bool found = look_through(&l, in, &none);

	free(l.path);
	stack_free(&none);
	*out = found ? l.file : (struct data){ .fd = -1 };
	return found ? 1 : l.error ? -1 : 0;
}

int lookup_visible(struct fsck *f, const struct frame *in, const char *name)
{
	for (size_t i = 0; i < in->lowers.n; i++) {
		int fd = place_open(in->lowers.dir[i], name), attrs, ret;
		struct stat st;

		if (fd < 0 && is_absence(errno))
			continue;
		if (fd < 0)
			return -1;
		attrs = fstat(fd, &st) ? -1 : attr_list(&f->attrs, fd);
		ret = attrs < 0 ? -1 : !is_whiteout(&st) && !is_xwhiteout(&st, attrs);
		close(fd);
		return ret;
	}
	return 0;
}
