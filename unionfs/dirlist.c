// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of names. A name has the same position for as long as it is there,
 * whatever else comes and goes, so that telldir(3) can be relied on.
 */
#include <kunit/visibility.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/stringhash.h>
#include "dirlist.h"

#define SPAN_NAMES	64
#define CHUNK_SIZE	8192

/* Neighbours by position. One of which all are gone is freed. */
struct span {
	unsigned int used;
	struct unionfs_name *name[SPAN_NAMES];
};

/* Memory for many names: most directories are read and never change. */
struct chunk {
	struct list_head list;
	char room[CHUNK_SIZE - sizeof(struct list_head)];
};

struct unionfs_list *unionfs_list_new(void)
{
	struct unionfs_list *list = kzalloc(sizeof(*list), GFP_KERNEL_ACCOUNT);

	if (!list)
		return NULL;
	list->names = RB_ROOT;
	xa_init_flags(&list->order, XA_FLAGS_ACCOUNT);
	INIT_LIST_HEAD(&list->chunks);
	list->next = UNIONFS_FIRST_POS;
	return list;
}
EXPORT_SYMBOL_IF_KUNIT(unionfs_list_new);

void unionfs_list_free(struct unionfs_list *list)
{
	struct unionfs_name *name, *next;
	struct chunk *chunk, *more;
	unsigned long index;
	struct span *span;

	if (!list)
		return;
	rbtree_postorder_for_each_entry_safe(name, next, &list->names, node) {
		if (name->own)
			kfree(name);
	}
	list_for_each_entry_safe(chunk, more, &list->chunks, list)
		kfree(chunk);
	xa_for_each(&list->order, index, span)
		kfree(span);
	xa_destroy(&list->order);
	kfree(list);
}
EXPORT_SYMBOL_IF_KUNIT(unionfs_list_free);

static int compare(u32 hash, const char *name, unsigned int len,
		   const struct unionfs_name *with)
{
	if (hash != with->hash)
		return hash < with->hash ? -1 : 1;
	if (len != with->len)
		return len < with->len ? -1 : 1;
	return memcmp(name, with->name, len);
}

struct unionfs_name *unionfs_list_find(struct unionfs_list *list,
				       const char *name, unsigned int len)
{
	u32 hash = full_name_hash(NULL, name, len);
	struct rb_node *node = list->names.rb_node;

	while (node) {
		struct unionfs_name *at = rb_entry(node, struct unionfs_name,
						   node);
		int cmp = compare(hash, name, len, at);

		if (!cmp)
			return at;
		node = cmp < 0 ? node->rb_left : node->rb_right;
	}
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(unionfs_list_find);

static struct unionfs_name *new_name(struct unionfs_list *list,
				     unsigned int len)
{
	struct unionfs_name *new;
	size_t size = ALIGN(struct_size(new, name, len + 1), sizeof(u64));
	struct chunk *chunk;

	if (list->done) {
		new = kmalloc(size, GFP_KERNEL_ACCOUNT);
		if (new)
			new->own = true;
		return new;
	}
	if (list->left < size) {
		chunk = kmalloc(sizeof(*chunk), GFP_KERNEL_ACCOUNT);
		if (!chunk)
			return NULL;
		list_add(&chunk->list, &list->chunks);
		list->free = chunk->room;
		list->left = sizeof(chunk->room);
	}
	new = (struct unionfs_name *)list->free;
	list->free += size;
	list->left -= size;
	new->own = false;
	return new;
}

/* Gives a name its position. */
static int place(struct unionfs_list *list, struct unionfs_name *name)
{
	unsigned long index = list->next / SPAN_NAMES;
	struct span *span = list->last;
	int err;

	if (!span || !(list->next % SPAN_NAMES)) {
		span = kzalloc(sizeof(*span), GFP_KERNEL_ACCOUNT);
		if (!span)
			return -ENOMEM;
		err = xa_err(xa_store(&list->order, index, span,
				      GFP_KERNEL_ACCOUNT));
		if (err) {
			kfree(span);
			return err;
		}
		list->last = span;
	}
	name->pos = list->next++;
	span->name[name->pos % SPAN_NAMES] = name;
	span->used++;
	return 0;
}

/* Takes its position away. */
static void unplace(struct unionfs_list *list, struct unionfs_name *name)
{
	unsigned long index = name->pos / SPAN_NAMES;
	struct span *span = xa_load(&list->order, index);

	span->name[name->pos % SPAN_NAMES] = NULL;
	if (--span->used)
		return;
	xa_erase(&list->order, index);
	if (list->last == span) {
		list->last = NULL;
		list->next = (index + 1) * SPAN_NAMES;
	}
	kfree(span);
}

/**
 * unionfs_list_add() - adds a name that is not in the list
 * @list: the list
 * @name: the name
 * @len: its length
 * @type: DT_*
 * @white: it is a whiteout
 *
 * Return: the name, its numbers not set; or -EEXIST, -ENOMEM.
 */
struct unionfs_name *unionfs_list_add(struct unionfs_list *list,
				      const char *name, unsigned int len,
				      u8 type, bool white)
{
	struct rb_node **link = &list->names.rb_node, *parent = NULL;
	u32 hash = full_name_hash(NULL, name, len);
	struct unionfs_name *new;
	int cmp, err;

	while (*link) {
		parent = *link;
		cmp = compare(hash, name, len,
			      rb_entry(parent, struct unionfs_name, node));
		if (!cmp)
			return ERR_PTR(-EEXIST);
		link = cmp < 0 ? &parent->rb_left : &parent->rb_right;
	}
	new = new_name(list, len);
	if (!new)
		return ERR_PTR(-ENOMEM);
	memcpy(new->name, name, len);
	new->name[len] = '\0';
	new->len = len;
	new->hash = hash;
	new->type = type;
	new->white = white;
	new->ino = 0;
	new->real = 0;
	err = white ? 0 : place(list, new);
	if (err) {
		if (new->own)
			kfree(new);
		return ERR_PTR(err);
	}
	rb_link_node(&new->node, parent, link);
	rb_insert_color(&new->node, &list->names);
	return new;
}
EXPORT_SYMBOL_IF_KUNIT(unionfs_list_add);

static void drop(struct unionfs_list *list, struct unionfs_name *name)
{
	rb_erase(&name->node, &list->names);
	if (!name->white)
		unplace(list, name);
	if (name->own)
		kfree(name);
}

void unionfs_list_del(struct unionfs_list *list, const char *name,
		      unsigned int len)
{
	struct unionfs_name *found = unionfs_list_find(list, name, len);

	if (found)
		drop(list, found);
}
EXPORT_SYMBOL_IF_KUNIT(unionfs_list_del);

/* It turns out to be a whiteout. */
void unionfs_list_hide(struct unionfs_list *list, struct unionfs_name *name)
{
	unplace(list, name);
	name->white = true;
}
EXPORT_SYMBOL_IF_KUNIT(unionfs_list_hide);

/* All branches have been read: whiteouts have done their work. */
void unionfs_list_finish(struct unionfs_list *list)
{
	struct rb_node *node = rb_first(&list->names), *next;

	for (; node; node = next) {
		struct unionfs_name *name = rb_entry(node, struct unionfs_name,
						     node);

		next = rb_next(node);
		if (name->white)
			drop(list, name);
	}
	list->done = true;
}
EXPORT_SYMBOL_IF_KUNIT(unionfs_list_finish);

/* The name at this position or the next one after it; NULL at the end. */
struct unionfs_name *unionfs_list_at(struct unionfs_list *list, loff_t pos)
{
	unsigned long index = pos / SPAN_NAMES;
	unsigned int i = pos % SPAN_NAMES;
	struct span *span = xa_load(&list->order, index);

	while (span || (span = xa_find(&list->order, &index, ULONG_MAX,
				       XA_PRESENT))) {
		/* A later one is looked at from its start. */
		if (index != pos / SPAN_NAMES)
			i = 0;
		for (; i < SPAN_NAMES; i++) {
			if (span->name[i])
				return span->name[i];
		}
		if (index++ == ULONG_MAX)
			break;
		span = NULL;
	}
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(unionfs_list_at);
