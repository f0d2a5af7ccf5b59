// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of names. A name has the same position for as long as it is there,
 * whatever else comes and goes, so that telldir(3) can be relied on.
 */
#include <kunit/visibility.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "dirlist.h"

struct unionfs_list *unionfs_list_new(void)
{
	struct unionfs_list *list = kzalloc(sizeof(*list), GFP_KERNEL_ACCOUNT);

	if (!list)
		return NULL;
	list->names = RB_ROOT;
	xa_init_flags(&list->order, XA_FLAGS_ACCOUNT);
	list->next = UNIONFS_FIRST_POS;
	return list;
}
EXPORT_SYMBOL_IF_KUNIT(unionfs_list_new);

void unionfs_list_free(struct unionfs_list *list)
{
	struct unionfs_name *name, *next;

	if (!list)
		return;
	rbtree_postorder_for_each_entry_safe(name, next, &list->names, node)
		kfree(name);
	xa_destroy(&list->order);
	kfree(list);
}
EXPORT_SYMBOL_IF_KUNIT(unionfs_list_free);

/* Lengths first: they are compared faster than names. */
static int compare(const char *name, unsigned int len,
		   const struct unionfs_name *with)
{
	if (len != with->len)
		return len < with->len ? -1 : 1;
	return memcmp(name, with->name, len);
}

struct unionfs_name *unionfs_list_find(struct unionfs_list *list,
				       const char *name, unsigned int len)
{
	struct rb_node *node = list->names.rb_node;

	while (node) {
		struct unionfs_name *at = rb_entry(node, struct unionfs_name,
						   node);
		int cmp = compare(name, len, at);

		if (!cmp)
			return at;
		node = cmp < 0 ? node->rb_left : node->rb_right;
	}
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(unionfs_list_find);

/**
 * unionfs_list_add() - adds a name that is not in the list
 * @list: the list
 * @name: the name
 * @len: its length
 * @ino: its inode number, 0 if that is not known
 * @type: DT_*
 * @white: it is a whiteout
 *
 * Return: 0, -EEXIST, -ENOMEM.
 */
int unionfs_list_add(struct unionfs_list *list, const char *name,
		     unsigned int len, u64 ino, unsigned char type, bool white)
{
	struct rb_node **link = &list->names.rb_node, *parent = NULL;
	struct unionfs_name *new;
	int cmp, err;

	while (*link) {
		parent = *link;
		cmp = compare(name, len, rb_entry(parent, struct unionfs_name,
						  node));
		if (!cmp)
			return -EEXIST;
		link = cmp < 0 ? &parent->rb_left : &parent->rb_right;
	}
	new = kmalloc(struct_size(new, name, len + 1), GFP_KERNEL_ACCOUNT);
	if (!new)
		return -ENOMEM;
	memcpy(new->name, name, len);
	new->name[len] = '\0';
	new->len = len;
	new->ino = ino;
	new->type = type;
	new->white = white;
	new->pos = list->next;
	if (!white) {
		err = xa_err(xa_store(&list->order, new->pos, new,
				      GFP_KERNEL_ACCOUNT));
		if (err) {
			kfree(new);
			return err;
		}
		list->next++;
	}
	rb_link_node(&new->node, parent, link);
	rb_insert_color(&new->node, &list->names);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(unionfs_list_add);

static void drop(struct unionfs_list *list, struct unionfs_name *name)
{
	rb_erase(&name->node, &list->names);
	if (!name->white)
		xa_erase(&list->order, name->pos);
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
}
EXPORT_SYMBOL_IF_KUNIT(unionfs_list_finish);

/* The name at this position or the next one after it; NULL at the end. */
struct unionfs_name *unionfs_list_at(struct unionfs_list *list, loff_t pos)
{
	unsigned long index = pos;

	return xa_find(&list->order, &index, ULONG_MAX, XA_PRESENT);
}
EXPORT_SYMBOL_IF_KUNIT(unionfs_list_at);
