// SPDX-License-Identifier: GPL-2.0
/*
 * The index keeps lower files with several names one file after they were copied
 * up: an entry is a hard link to the upper file, its name the handle of the
 * lower one in hexadecimal, and its attribute nlink gives the number of names in
 * the union, relative to the link count of one of the two.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fsck.h"
#include "handle.h"
#include "index.h"

static struct place *dir;

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* The kernel gives up a mount over a name that it cannot read. */
static enum handle_state parse_name(const char *name, struct linked *l)
{
	unsigned char raw[HANDLE_MAX];
	size_t n = strlen(name);

	if (n % 2 || n / 2 > sizeof(raw) || n / 2 < HANDLE_HEADER)
		return HANDLE_CORRUPT;
	for (size_t i = 0; i < n; i += 2) {
		int high = digit(name[i]), low = digit(name[i + 1]);

		if (high < 0 || low < 0)
			return HANDLE_CORRUPT;
		raw[i / 2] = high << 4 | low;
	}
	if (raw[2] != n / 2)
		return HANDLE_CORRUPT;
	memcpy(l->raw, raw, n / 2);
	l->raw_len = n / 2;
	return handle_parse(raw, n / 2, &l->handle);
}

static void drop(struct fsck *f, const char *name, const struct stat *st, const char *what)
{
	report(f, dir, name, REPAIR(f, remove_same(dir, name, st)), "%s", what);
}

static void scan_one(struct fsck *f, const char *name)
{
	struct linked *l = must(calloc(1, sizeof(*l)));
	int fd = place_open(dir, name), attrs = -1;
	enum handle_state state = parse_name(name, l);
	struct stat st;

	f->entries++;
	if (fd < 0 || fstat(fd, &st) || (attrs = attr_list(&f->attrs, fd)) < 0)
		failure(f, dir, name, "cannot look at it");
	else if (state == HANDLE_CORRUPT)
		drop(f, name, &st, "index entry whose name is no file handle");
	else if (state == HANDLE_FOREIGN)
		report(f, dir, name, LEFT, "index entry of another version or machine");
	else if (S_ISDIR(st.st_mode) && !(attrs & ATTR_UPPER))
		drop(f, name, &st, "index entry for a directory, without its handle");
	else if (!S_ISDIR(st.st_mode) && !is_whiteout(&st) &&
		 !map_get(&f->indexed, st.st_dev, st.st_ino)) {
		l->name = must(strdup(name));
		l->dev = st.st_dev;
		l->ino = st.st_ino;
		map_set(&f->indexed, st.st_dev, st.st_ino, l);
		close(fd);
		return;
	}
	if (fd >= 0)
		close(fd);
	free(l);
}

static void begin(struct fsck *f)
{
	struct names names = { 0 };

	dir = place_enter(f->work, "index");
	if (!dir && errno == ENOENT)
		return;
	if (!dir || names_read(dir, &names))
		failure(f, f->work, "index", "cannot read the directory");
	for (size_t i = 0; dir && i < names.n && !cancelled; i++)
		if (*names.name[i] != '#')	/* check_work has those */
			scan_one(f, names.name[i]);
	names_free(&names);
}

static void entry(struct fsck *f, struct entry *e)
{
	struct linked *l;
	char *value;
	size_t len;
	int diff;

	if (S_ISDIR(e->st.st_mode) || is_whiteout(&e->st))
		return;
	l = map_get(&f->indexed, e->st.st_dev, e->st.st_ino);
	if (l) {
		l->upper_names++;
		return;
	}
	value = e->attrs & ATTR_NLINK ? attr_get(&f->attrs, e->fd, ATTR_NLINK, &len) : NULL;
	if (value && !nlink_parse(value, len, &diff))
		report(f, e->in->upper, e->name,
		       REPAIR(f, attr_remove(&f->attrs, e->fd, ATTR_NLINK)), "malformed nlink");
	free(value);
}

static void check_origin_of(struct fsck *f, int fd, struct linked *l)
{
	size_t len;
	char *value = attr_get(&f->attrs, fd, ATTR_ORIGIN, &len);

	if (!value || len != l->raw_len || memcmp(value, l->raw, len))
		report(f, dir, l->name,
		       REPAIR(f, attr_set(&f->attrs, fd, ATTR_ORIGIN, l->raw, l->raw_len)),
		       "origin is not the handle that the index has");
	free(value);
}

static void check_nlink(struct fsck *f, int fd, const struct stat *st, struct linked *l)
{
	long low = l->upper_names + l->visible, high;
	long outside = (long)l->lower.st_nlink - (long)l->total;
	const char *what = NULL;
	char *value, text[24];
	size_t len;
	int diff;

	/* Names of the lower file that are outside of the branch count as well. */
	low += outside > 0 ? outside : 0;
	/* Those that another lower branch hides may count. */
	high = low + (long)l->deep_total - (long)l->deep_visible;
	value = attr_get(&f->attrs, fd, ATTR_NLINK, &len);
	if (!value || !nlink_parse(value, len, &diff)) {
		what = "malformed nlink, or none";
	} else if (l->counted) {
		long has = diff + (long)(*value == 'L' ? l->lower.st_nlink : st->st_nlink);

		if (has < low || has > high)
			what = "nlink does not agree with the names that there are";
	}
	free(value);
	if (!what)
		return;
	snprintf(text, sizeof(text), "U%+ld", low - (long)st->st_nlink);
	report(f, dir, l->name, l->counted ?
	       REPAIR(f, attr_set(&f->attrs, fd, ATTR_NLINK, text, strlen(text))) : LEFT,
	       "%s", what);
}

/* The file is as any other in the branch from now on. */
static int forget(struct fsck *f, int fd, const struct stat *st, const struct linked *l)
{
	return remove_same(dir, l->name, st) || attr_remove(&f->attrs, fd, ATTR_NLINK) ||
	       attr_remove(&f->attrs, fd, ATTR_ORIGIN);
}

static void check_linked(struct fsck *f, struct linked *l)
{
	int fd = place_open(dir, l->name);
	struct stat st;

	/* Again: what was repaired meanwhile may have been a link of it. */
	if (fd < 0 || fstat(fd, &st))
		failure(f, dir, l->name, "cannot look at it");
	else if (f->doubt || l->found < 0 || (!l->found && !l->upper_names && !l->counted))
		note(f, dir, l->name, "its lower file could not be looked for");
	else if (!l->upper_names && !l->visible && l->counted)
		drop(f, l->name, &st, "index entry without a file, all names are gone");
	else if (!l->found)
		report(f, dir, l->name, REPAIR(f, forget(f, fd, &st, l)),
		       "index entry, and the lower file is gone");
	else {
		check_origin_of(f, fd, l);
		check_nlink(f, fd, &st, l);
	}
	if (fd >= 0)
		close(fd);
}

static void free_linked(void *value)
{
	struct linked *l = value;

	free(l->name);
	free(l);
}

static void end(struct fsck *f)
{
	struct slot *slot = f->indexed.slot;

	for (size_t i = 0; i < f->indexed.size && !cancelled; i++) {
		struct linked *l = slot[i].value;

		if (l)
			l->found = handle_find(f, &l->handle, &l->lower);
	}
	index_count(f);
	for (size_t i = 0; i < f->indexed.size && !cancelled; i++)
		if (slot[i].value)
			check_linked(f, slot[i].value);
	map_free(&f->indexed, free_linked);
	place_put(dir);
	dir = NULL;
}

const struct check check_index = { .name = "index", .begin = begin, .entry = entry, .end = end };
