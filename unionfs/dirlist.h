/* SPDX-License-Identifier: GPL-2.0 */
/* The list of names of a directory that is merged from several. */
#ifndef UNIONFS_DIRLIST_H
#define UNIONFS_DIRLIST_H

#include <linux/rbtree.h>
#include <linux/xarray.h>

/**
 * struct unionfs_name - a name in a list
 * @node: in unionfs_list.names
 * @pos: its position, which it keeps for as long as it is there
 * @ino: inode number in the union; 0 when that has still to be found out
 * @type: DT_*
 * @white: hides the same name in branches below; not shown
 * @len: of @name
 * @name: with a null byte
 */
struct unionfs_name {
	struct rb_node node;
	loff_t pos;
	u64 ino;
	unsigned char type;
	bool white;
	unsigned int len;
	char name[];
};

/**
 * struct unionfs_list - names of a directory
 * @names: by name, whiteouts too while the list is being made
 * @order: by position
 * @next: position of the next name that is added
 */
struct unionfs_list {
	struct rb_root names;
	struct xarray order;
	loff_t next;
};

/* Positions 0 and 1 are "." and "..". */
#define UNIONFS_FIRST_POS	2

struct unionfs_list *unionfs_list_new(void);
void unionfs_list_free(struct unionfs_list *list);
struct unionfs_name *unionfs_list_find(struct unionfs_list *list,
				       const char *name, unsigned int len);
int unionfs_list_add(struct unionfs_list *list, const char *name,
		     unsigned int len, u64 ino, unsigned char type, bool white);
void unionfs_list_del(struct unionfs_list *list, const char *name,
		      unsigned int len);
void unionfs_list_finish(struct unionfs_list *list);
struct unionfs_name *unionfs_list_at(struct unionfs_list *list, loff_t pos);

#endif /* UNIONFS_DIRLIST_H */
