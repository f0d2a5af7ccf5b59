/* SPDX-License-Identifier: GPL-2.0 */
/* The list of names of a directory that is merged from several. */
#ifndef UNIONFS_DIRLIST_H
#define UNIONFS_DIRLIST_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/xarray.h>

/**
 * struct unionfs_name - a name in a list
 * @node: in unionfs_list.names
 * @pos: its position, which it keeps for as long as it is there
 * @ino: inode number in the union; 0 when that has still to be found out
 * @real: inode number in the branch where it was found
 * @hash: of @name
 * @len: of @name
 * @type: DT_*
 * @white: hides the same name in branches below; not shown
 * @own: allocated by itself, not with others
 * @name: with a null byte
 */
struct unionfs_name {
	struct rb_node node;
	loff_t pos;
	u64 ino;
	u64 real;
	u32 hash;
	u16 len;
	u8 type;
	bool white : 1;
	bool own : 1;
	char name[];
};

/**
 * struct unionfs_list - names of a directory
 * @names: by name, whiteouts too while the list is being made
 * @order: by position, so many in each entry (struct span in dirlist.c)
 * @last: the entry of @order to which names are added
 * @next: position of the next name that is added
 * @chunks: memory of the names that were there when the list was made
 * @free: where the next of them goes in the last chunk
 * @left: bytes that are left in it
 * @done: the list has been made; names that are added have their own memory
 */
struct unionfs_list {
	struct rb_root names;
	struct xarray order;
	struct span *last;
	loff_t next;
	struct list_head chunks;
	char *free;
	size_t left;
	bool done;
};

/* Positions 0 and 1 are "." and "..". */
#define UNIONFS_FIRST_POS	2

struct unionfs_list *unionfs_list_new(void);
void unionfs_list_free(struct unionfs_list *list);
struct unionfs_name *unionfs_list_find(struct unionfs_list *list,
				       const char *name, unsigned int len);
struct unionfs_name *unionfs_list_add(struct unionfs_list *list,
				      const char *name, unsigned int len,
				      u8 type, bool white);
void unionfs_list_del(struct unionfs_list *list, const char *name,
		      unsigned int len);
void unionfs_list_hide(struct unionfs_list *list, struct unionfs_name *name);
void unionfs_list_finish(struct unionfs_list *list);
struct unionfs_name *unionfs_list_at(struct unionfs_list *list, loff_t pos);

#endif /* UNIONFS_DIRLIST_H */
