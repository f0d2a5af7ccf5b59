// SPDX-License-Identifier: GPL-2.0
/*
 * Random operations on a small tree, all of which succeed. They follow from the
 * seed alone: what was done is known after the crash without having been noted.
 */
#include "crash.h"

#define FIRST 'a'
#define LAST 'x'

unsigned int draw(unsigned int *rng, unsigned int below)
{
	*rng ^= *rng << 13;
	*rng ^= *rng >> 17;
	*rng ^= *rng << 5;
	return (*rng >> 3) % below;
}

static struct name *find(const struct model *m, int dir, char c)
{
	int i;

	for (i = 0; i < m->names; i++)
		if (m->name[i].dir == dir && m->name[i].c == c)
			return (struct name *)&m->name[i];
	return NULL;
}

static void dir_path(const struct model *m, int dir, char *path)
{
	int i;

	if (!dir) {
		sprintf(path, "%d", m->worker);
		return;
	}
	for (i = 0; i < m->names && m->name[i].node != dir; i++)
		;
	model_path(m, &m->name[i], path);
}

void model_path(const struct model *m, const struct name *name, char *path)
{
	dir_path(m, name->dir, path);
	sprintf(path + strlen(path), "/%c", name->c);
}

static int add_node(struct model *m, char kind, int mode, int size)
{
	m->node[m->nodes] = (struct node){
		.kind = kind, .mode = mode, .size = size, .base = size,
	};
	return m->nodes++;
}

static void add_name(struct model *m, int dir, char c, int node)
{
	m->name[m->names++] = (struct name){ dir, node, c };
	m->node[node].nlink++;
}

static void remove_name(struct model *m, struct name *name)
{
	m->node[name->node].nlink--;
	*name = m->name[--m->names];
}

void model_start(struct model *m, unsigned int seed, int worker, int ops)
{
	static const int sizes[] = {
		2 * PAGE, PAGE + 100, 100, 0, 5 * PAGE, 40 * PAGE, 3 * PAGE,
	};
	unsigned int i, j, k = worker;
	int dir, sub;

	memset(m, 0, sizeof(*m));
	m->worker = worker;
	m->rng = (seed * 2654435761u + worker * 40503u) | 1;
	m->node = calloc(100 + ops, sizeof(*m->node));
	add_node(m, DIRS, 0755, 0);
	for (i = 0; i < 6; i++) {
		dir = add_node(m, DIRS, i % 2 ? 0755 : 0700, 0);
		add_name(m, 0, 'a' + i, dir);
		for (j = 0; j < 6; j++, k++)
			add_name(m, dir, 'g' + j,
				 add_node(m, FILES, 0644,
					  sizes[k % ARRAY_SIZE(sizes)]));
		if (i % 2)
			continue;
		sub = add_node(m, DIRS, 0755, 0);
		add_name(m, dir, 'd', sub);
		add_name(m, sub, 'u', add_node(m, FILES, 0600, 2 * PAGE));
		add_name(m, sub, 'v', add_node(m, LINKS, 0777, 0));
	}
	/* Names of one file, in the same directory and in others. */
	for (i = 0; i < 3; i++) {
		j = find(m, find(m, 0, 'a' + i)->node, 'g' + i)->node;
		add_name(m, find(m, 0, 'a' + i)->node, 'w', j);
		add_name(m, 0, 's' + i, j);
	}
}

static struct name *pick(struct model *m, int kinds)
{
	struct name *name;
	int i;

	for (i = 0; i < 40; i++) {
		name = &m->name[draw(&m->rng, m->names)];
		if (!kinds || m->node[name->node].kind == kinds)
			return name;
	}
	return NULL;
}

static int pick_dir(struct model *m)
{
	struct name *name = draw(&m->rng, 8) ? pick(m, DIRS) : NULL;

	return name ? name->node : 0;
}

static bool is_empty(const struct model *m, int dir)
{
	int i;

	for (i = 0; i < m->names; i++)
		if (m->name[i].dir == dir)
			return false;
	return true;
}

static bool is_below(const struct model *m, int dir, int top)
{
	int i;

	while (dir != top && dir) {
		for (i = 0; m->name[i].node != dir; i++)
			;
		dir = m->name[i].dir;
	}
	return dir == top;
}

static int depth(const struct model *m, int dir)
{
	char path[MAX_PATH];

	dir_path(m, dir, path);
	return strlen(path) / 2;
}

static bool next_data(struct model *m, struct op *op)
{
	struct name *name = pick(m, FILES);
	struct node *node;

	if (!name)
		return false;
	node = &m->node[name->node];
	model_path(m, name, op->path);
	op->node = name->node;
	switch (op->kind) {
	case OP_APPEND:
		/* More than the end of a block ext4 does not write at once. */
		if (node->size % PAGE || node->size / PAGE == MAX_PAGES)
			return false;
		op->value = node->size / PAGE;
		node->size += PAGE;
		break;
	case OP_OVERWRITE:
		if (node->size < PAGE)
			return false;
		op->value = draw(&m->rng, node->size / PAGE);
		break;
	default:
		if (!node->size)
			return false;
		op->value = draw(&m->rng, (node->size + PAGE - 1) / PAGE) * PAGE;
		/* It clears the rest of a block before it says so. */
		if (!node->data && op->value + 100 < node->size &&
		    draw(&m->rng, 2))
			op->value += 100;
		node->size = op->value;
	}
	node->data = true;
	return true;
}

static bool next_new(struct model *m, struct op *op)
{
	struct name *old = op->kind == OP_LINK ? pick(m, FILES) : NULL;
	int dir = pick_dir(m);
	char c = FIRST + draw(&m->rng, LAST - FIRST + 1);

	if (m->names > MAX_NAMES / 2 || find(m, dir, c) ||
	    (op->kind == OP_LINK && !old) ||
	    (op->kind == OP_MKDIR && depth(m, dir) > 3))
		return false;
	op->value = 0400 | draw(&m->rng, 01000);
	if (old) {
		model_path(m, old, op->path);
		op->node = old->node;
	} else {
		op->node = add_node(m, op->kind == OP_MKDIR ? DIRS : FILES,
				    op->value, 0);
		m->node[op->node].data = true;
	}
	add_name(m, dir, c, op->node);
	model_path(m, &m->name[m->names - 1], old ? op->to : op->path);
	return true;
}

static bool next_rename(struct model *m, struct op *op)
{
	struct name *from = pick(m, draw(&m->rng, 3) ? 0 : DIRS), *to;
	int dir = pick_dir(m);
	char c = FIRST + draw(&m->rng, LAST - FIRST + 1);
	struct name name;
	bool is_dir;

	if (!from)
		return false;
	if (op->kind == OP_EXCHANGE) {
		to = pick(m, 0);
		if (!to)
			return false;
		dir = to->dir;
		c = to->c;
	}
	to = find(m, dir, c);
	is_dir = m->node[from->node].kind == DIRS;
	if (to && to->node == from->node)
		return false;
	if (is_dir && (is_below(m, dir, from->node) || depth(m, dir) > 3))
		return false;
	if (op->kind == OP_EXCHANGE) {
		if (m->node[to->node].kind == DIRS &&
		    (is_below(m, from->dir, to->node) || depth(m, from->dir) > 3))
			return false;
	} else if (to && (is_dir != (m->node[to->node].kind == DIRS) ||
			  (is_dir && !is_empty(m, to->node)))) {
		return false;
	}
	model_path(m, from, op->path);
	name = (struct name){ dir, 0, c };
	model_path(m, &name, op->to);
	op->node = from->node;
	if (op->kind == OP_EXCHANGE) {
		from->node = to->node;
		to->node = op->node;
		return true;
	}
	from->dir = dir;
	from->c = c;
	if (to)
		remove_name(m, to);
	return true;
}

static bool next(struct model *m, struct op *op)
{
	struct name *name;

	switch (op->kind) {
	case OP_CHMOD:
		name = pick(m, draw(&m->rng, 5) ? FILES : DIRS);
		if (!name)
			return false;
		op->node = name->node;
		model_path(m, name, op->path);
		op->value = 0400 | draw(&m->rng, 01000);
		m->node[op->node].mode = op->value;
		return true;
	case OP_APPEND:
	case OP_OVERWRITE:
	case OP_TRUNCATE:
		return next_data(m, op);
	case OP_UNLINK:
		name = pick(m, 0);
		if (!name || m->names < 30)
			return false;
		op->node = name->node;
		model_path(m, name, op->path);
		if (m->node[op->node].kind == DIRS && !is_empty(m, op->node))
			return false;
		remove_name(m, name);
		return true;
	case OP_RENAME:
	case OP_EXCHANGE:
		return next_rename(m, op);
	default:
		return next_new(m, op);
	}
}

void model_next(struct model *m, struct op *op)
{
	unsigned int sync = draw(&m->rng, 40);

	do {
		memset(op, 0, sizeof(*op));
		op->kind = draw(&m->rng, OP_KINDS);
	} while (!next(m, op));
	op->sync = sync == 0 ? SYNCFS : sync < 8 ? FSYNC : NO_SYNC;
	op->size = m->node[op->node].size;
	op->dir = m->node[op->node].kind == DIRS;
	m->count++;
}

static void list(const struct model *m, int dir, FILE *out)
{
	const struct name *name;
	const struct node *node;
	char path[MAX_PATH], c;

	for (c = FIRST; c <= LAST; c++) {
		name = find(m, dir, c);
		if (!name)
			continue;
		node = &m->node[name->node];
		model_path(m, name, path);
		fprintf(out, "%s %c %o %d\n", path, node->kind, node->mode,
			node->kind == DIRS ? 0 : node->nlink);
		if (node->kind == DIRS)
			list(m, name->node, out);
	}
}

char *model_list(const struct model *m)
{
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	list(m, 0, out);
	fclose(out);
	return text;
}
