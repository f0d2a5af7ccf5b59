// SPDX-License-Identifier: GPL-2.0
/* Directories that are merged with a lower one of another name. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fsck.h"

/* Which upper directory a lower one is merged with. */
struct claim {
	struct place *dir;
	char *name;
	dev_t dev;
	ino_t ino;
};

/* Nothing that is there goes; nor may what happens to be below this name come to sight. */
static int drop(struct fsck *f, struct entry *e)
{
	if (S_ISDIR(e->st.st_mode) && (e->in->unsure || lookup_visible(f, e->in, e->name)) &&
	    attr_set(&f->attrs, e->fd, ATTR_OPAQUE, "y", 1))
		return -1;
	if (attr_remove(&f->attrs, e->fd, ATTR_REDIRECT))
		return -1;
	e->attrs = (e->attrs | ATTR_OPAQUE) & ~ATTR_REDIRECT;
	entry_forget(e);
	return 0;
}

static void check_target(struct fsck *f, struct entry *e, const char *redirect)
{
	const struct stack *lowers = entry_lowers(f, e);
	struct data data;
	char *shown;

	if (!lowers && !e->in->unsure)
		failure(f, e->in->upper, e->name, "cannot follow its redirect");
	if (!lowers || lowers->n)
		return;
	f->unsure = true;
	shown = printable(redirect);
	if (lookup_data(f, e->in, redirect, &data) > 0) {
		close(data.fd);
		report(f, e->in->upper, e->name, LEFT, "redirect to %s, which is no directory",
		       shown);
	} else {
		report(f, e->in->upper, e->name, LEFT,
		       "redirect to %s, which no lower branch has", shown);
	}
	free(shown);
}

static bool is_above(const struct entry *e, const struct claim *c)
{
	for (const struct frame *fr = e->in; fr; fr = fr->parent)
		if (fr->upper->ino == c->ino && fr->upper->dev == c->dev)
			return true;
	return false;
}

static void claim(struct fsck *f, struct entry *e)
{
	const struct stack *lowers = entry_lowers(f, e);
	const struct place *lower;
	struct claim *c;
	char *path;

	if (!lowers || !lowers->n)
		return;
	lower = lowers->dir[0];
	c = map_get(&f->claimed, lower->dev, lower->ino);
	if (!c) {
		c = must(malloc(sizeof(*c)));
		*c = (struct claim){ place_get(e->in->upper), must(strdup(e->name)),
				     e->st.st_dev, e->st.st_ino };
		map_set(&f->claimed, lower->dev, lower->ino, c);
		return;
	}
	f->unsure = true;
	path = place_path(c->dir, *c->name ? c->name : NULL);
	report(f, e->in->upper, e->name, LEFT, is_above(e, c) ?
	       "redirect loops: %s above it is merged with the same lower directory" :
	       "redirect to a lower directory that %s is merged with already", path);
	free(path);
}

static void begin(struct fsck *f)
{
	struct claim *c = must(malloc(sizeof(*c)));
	const struct place *lower = f->roots.dir[0];

	*c = (struct claim){ place_get(f->upper), must(strdup("")), f->upper->dev, f->upper->ino };
	map_set(&f->claimed, lower->dev, lower->ino, c);
}

/* On a file without metacopy one may stay from when it had it. */
static bool has_meaning(const struct entry *e)
{
	return S_ISDIR(e->st.st_mode) || S_ISREG(e->st.st_mode);
}

static void entry(struct fsck *f, struct entry *e)
{
	bool is_dir = S_ISDIR(e->st.st_mode);
	struct place *dir = e->in->upper;
	char *redirect = NULL;
	const char *why;
	size_t len;

	if (e->attrs & ATTR_REDIRECT && !is_whiteout(&e->st)) {
		redirect = attr_get(&f->attrs, e->fd, ATTR_REDIRECT, &len);
		if (!redirect)
			failure(f, dir, e->name, "cannot read its redirect");
		else if (!has_meaning(e))
			report(f, dir, e->name, REPAIR(f, drop(f, e)),
			       "redirect, and neither a directory nor a file");
		else if (!redirect_valid(redirect, len, &why) &&
			 (is_dir || e->attrs & ATTR_METACOPY))
			report(f, dir, e->name, is_dir ? REPAIR(f, drop(f, e)) : LEFT,
			       "invalid redirect: %s", why);
		else if (is_dir && !entry_opaque(f, e))
			check_target(f, e, redirect);
		free(redirect);
	}
	if (is_dir)
		claim(f, e);
}

static void free_claim(void *value)
{
	struct claim *c = value;

	place_put(c->dir);
	free(c->name);
	free(c);
}

static void end(struct fsck *f)
{
	map_free(&f->claimed, free_claim);
}

const struct check check_redirect = {
	.name = "redirect", .begin = begin, .entry = entry, .end = end,
};
