// SPDX-License-Identifier: GPL-2.0
/*
 * Visits the union directory by directory, with the lower directories that
 * belong to each. The frames are a list, not the stack of this program: a tree
 * may be as deep as its owner likes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fsck.h"

struct walk {
	struct fsck *f;
	bool all;
	entry_fn entry;
	leave_fn leave;
	struct frame *top;
};

bool entry_opaque(struct fsck *f, const struct entry *e)
{
	size_t len;
	char *value = e->attrs & ATTR_OPAQUE ? attr_get(&f->attrs, e->fd, ATTR_OPAQUE, &len) : NULL;
	bool ret = value && len == 1 && *value == 'y';

	free(value);
	return ret;
}

static void look(struct fsck *f, struct entry *e)
{
	char *redirect = NULL;
	const char *why;
	size_t len;

	e->looked = true;
	e->unsure = e->in->unsure;
	if (entry_opaque(f, e)) {
		e->unsure = false;
		return;
	}
	if (e->attrs & ATTR_REDIRECT) {
		redirect = attr_get(&f->attrs, e->fd, ATTR_REDIRECT, &len);
		if (!redirect || !redirect_valid(redirect, len, &why))
			e->unsure = true;
	}
	if (!e->unsure &&
	    lookup_dirs(f, e->in, redirect ? redirect : e->name, &e->lowers) < 0)
		e->unsure = true;
	free(redirect);
}

const struct stack *entry_lowers(struct fsck *f, struct entry *e)
{
	if (!e->looked)
		look(f, e);
	return e->unsure ? NULL : &e->lowers;
}

void entry_forget(struct entry *e)
{
	stack_free(&e->lowers);
	e->looked = false;
}

static bool open_entry(struct walk *w, struct place *dir, const char *name, struct entry *e)
{
	int attrs;

	*e = (struct entry){ .in = w->top, .name = name, .layer = dir->layer };
	e->fd = place_open(dir, name);
	if (e->fd < 0 || fstat(e->fd, &e->st) ||
	    (attrs = attr_list(&w->f->attrs, e->fd)) < 0) {
		failure(w->f, dir, name, "cannot look at it");
		if (e->fd >= 0)
			close(e->fd);
		return false;
	}
	e->attrs = attrs;
	return true;
}

static void close_entry(struct entry *e)
{
	entry_forget(e);
	close(e->fd);
}

/* Directories are visited when their turn comes, so that what belongs to one is looked up once. */
static void visit(struct walk *w, struct place *dir, const char *name)
{
	struct entry e;

	if (!open_entry(w, dir, name, &e))
		return;
	if (S_ISDIR(e.st.st_mode))
		names_add(e.layer ? &w->top->lower_subdirs : &w->top->subdirs, name);
	else if (!e.layer || !is_whiteout(&e.st))
		w->entry(w->f, &e);
	close_entry(&e);
}

/* Visits what is in @dir and not in @seen, and adds it there. */
static void visit_all(struct walk *w, struct place *dir, struct names *seen)
{
	struct names names = { 0 };
	size_t before = seen->n;

	if (names_read(dir, &names))
		failure(w->f, dir, NULL, "cannot read the directory");
	for (size_t i = 0; i < names.n && !cancelled; i++) {
		if (before && bsearch(&names.name[i], seen->name, before, sizeof(char *),
				      names_compare))
			continue;
		if (w->all)
			names_add(seen, names.name[i]);
		visit(w, dir, names.name[i]);
	}
	names_free(&names);
	if (seen->n > before)
		qsort(seen->name, seen->n, sizeof(char *), names_compare);
}

/* Takes over @upper and what is in @lowers. */
static void enter(struct walk *w, struct place *upper, struct stack *lowers, bool unsure)
{
	struct frame *frame = must(calloc(1, sizeof(*frame)));
	struct names seen = { 0 };

	*frame = (struct frame){ .parent = w->top, .upper = upper, .lowers = *lowers,
				 .unsure = unsure };
	*lowers = (struct stack){ 0 };
	w->f->unsure |= unsure;
	w->top = frame;
	if (upper)
		visit_all(w, upper, &seen);
	for (size_t i = 0; w->all && i < frame->lowers.n; i++)
		visit_all(w, frame->lowers.dir[i], &seen);
	names_free(&seen);
}

static void leave(struct walk *w)
{
	struct frame *frame = w->top;

	if (w->leave && frame->upper && !cancelled)
		w->leave(w->f, frame);
	w->top = frame->parent;
	place_put(frame->upper);
	stack_free(&frame->lowers);
	names_free(&frame->subdirs);
	names_free(&frame->lower_subdirs);
	free(frame);
}

static void descend(struct walk *w, const char *name)
{
	struct place *dir = w->top->upper, *upper;
	struct entry e;

	if (!open_entry(w, dir, name, &e))
		return;
	w->entry(w->f, &e);
	entry_lowers(w->f, &e);
	upper = place_enter(dir, name);
	if (upper && (upper->ino != e.st.st_ino || upper->dev != e.st.st_dev)) {
		place_put(upper);
		upper = NULL;
		errno = ESTALE;
	}
	if (upper)
		enter(w, upper, &e.lowers, e.unsure);
	else
		failure(w->f, dir, name, "cannot open the directory");
	close_entry(&e);
}

static void descend_lower(struct walk *w, const char *name)
{
	struct stack lowers = { 0 };

	if (lookup_dirs(w->f, w->top, name, &lowers) > 0)
		enter(w, NULL, &lowers, false);
	else
		failure(w->f, w->top->lowers.dir[0], name, "cannot open the directory");
}

void walk(struct fsck *f, struct place *upper, const struct stack *lowers, bool all,
	  entry_fn entry, leave_fn leave_dir)
{
	struct walk w = { .f = f, .all = all, .entry = entry, .leave = leave_dir };
	struct stack copy = { 0 };

	for (size_t i = 0; i < lowers->n; i++)
		stack_add(&copy, place_get(lowers->dir[i]));
	enter(&w, upper ? place_get(upper) : NULL, &copy, false);
	while (w.top) {
		struct frame *t = w.top;

		if (!cancelled && t->next < t->subdirs.n)
			descend(&w, t->subdirs.name[t->next++]);
		else if (!cancelled && t->lower_next < t->lower_subdirs.n)
			descend_lower(&w, t->lower_subdirs.name[t->lower_next++]);
		else
			leave(&w);
	}
}
