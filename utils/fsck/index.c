// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "fsck.h"
#include "index.h"

#define NLINK_MAX_LEN 12

static struct map by_lower;

bool nlink_parse(const char *value, size_t len, int *diff)
{
	char *end;
	long n;

	if (len < 3 || len > NLINK_MAX_LEN || (*value != 'U' && *value != 'L') ||
	    (value[1] != '+' && value[1] != '-') || !isdigit((unsigned char)value[2]))
		return false;
	n = strtol(value + 1, &end, 10);
	*diff = n;
	return end == value + len && n == *diff;
}

static struct linked *lower_of(const struct entry *e)
{
	return !e->layer || S_ISDIR(e->st.st_mode) ? NULL :
		map_get(&by_lower, e->st.st_dev, e->st.st_ino);
}

static void count_visible(struct fsck *f, struct entry *e)
{
	struct linked *l = lower_of(e);

	(void)f;
	if (!l)
		return;
	l->visible++;
	l->deep_visible += e->layer > 1;
}

static void count_total(struct fsck *f, struct entry *e)
{
	struct linked *l = lower_of(e);

	(void)f;
	if (!l)
		return;
	l->total++;
	l->deep_total += e->layer > 1;
}

/* Directories of one branch as they lie there, without redirects. */
static void count_branch(struct fsck *f, size_t i)
{
	struct stack stack = { .dir = &f->layers[i].top, .n = 1 };

	walk(f, NULL, &stack, true, count_total, NULL);
}

static void keep(void *value)
{
	(void)value;
}

void index_count(struct fsck *f)
{
	bool sure;

	for (size_t i = 0; i < f->indexed.size; i++) {
		struct linked *l = f->indexed.slot[i].value;

		if (l && l->found > 0)
			map_set(&by_lower, l->lower.st_dev, l->lower.st_ino, l);
	}
	if (by_lower.used)
		walk(f, f->upper, &f->roots, true, count_visible, NULL);
	for (size_t i = 0; by_lower.used && i < f->nlayers; i++)
		count_branch(f, i);
	/* An error anywhere may have hidden a name, also one in the upper branch. */
	sure = !cancelled && !f->doubt && !f->unsure && !f->errors;
	for (size_t i = 0; i < f->indexed.size; i++)
		if (f->indexed.slot[i].value)
			((struct linked *)f->indexed.slot[i].value)->counted = sure;
	map_free(&by_lower, keep);
}
