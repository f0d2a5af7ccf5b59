/* SPDX-License-Identifier: GPL-2.0 */
/* What a name of the union stands for, and the marks on disk that say so. */
#ifndef UNIONFS_MERGE_H
#define UNIONFS_MERGE_H

#include <linux/uuid.h>
#include "unionfs.h"

/**
 * struct unionfs_node - real objects found for a name, before there is an inode
 * @upper: with a reference, or NULL
 * @lower: the topmost first, @nr of them, each with a reference
 * @nr: how many
 * @room: for how many @lower has room
 * @few: first room
 * @metacopy: the upper object has no data of its own
 * @indexed: the upper object was found by the index
 * @covered: only a whiteout was found
 * @fresh: the upper object was just made, there are no marks on it
 */
struct unionfs_node {
	struct dentry *upper;
	struct unionfs_real *lower;
	unsigned int nr;
	unsigned int room;
	struct unionfs_real few[2];
	bool metacopy;
	bool indexed;
	bool covered;
	bool fresh;
};

static inline void unionfs_node_init(struct unionfs_node *node)
{
	memset(node, 0, sizeof(*node));
	node->lower = node->few;
	node->room = ARRAY_SIZE(node->few);
}

void unionfs_node_drop(struct unionfs_node *node);
int unionfs_node_add(struct unionfs_node *node, struct dentry *dentry,
		     const struct unionfs_branch *branch);

/**
 * struct unionfs_place - where to look for the rest of an object
 * @dir: directories in lower branches, from the top, @nr of them
 * @nr: how many
 * @name: in each of them
 * @held: keeps @dir when a redirect led here
 * @text: keeps @name when a redirect led here
 */
struct unionfs_place {
	const struct unionfs_real *dir;
	unsigned int nr;
	struct qstr name;
	struct unionfs_node held;
	char *text;
};

void unionfs_place_init(struct unionfs_place *place,
			const struct unionfs_real *dir, unsigned int nr,
			const struct qstr *name);
void unionfs_place_drop(struct unionfs_place *place);
int unionfs_merge(struct super_block *sb, struct unionfs_place *place,
		  struct unionfs_node *node, bool is_dir, unsigned int depth);
int unionfs_follow(struct super_block *sb, struct dentry *dentry,
		   unsigned int branch, struct unionfs_place *place,
		   unsigned int depth);

/* Marks, in the order of the table in merge.c. */
enum unionfs_mark {
	UNIONFS_OPAQUE,
	UNIONFS_REDIRECT,
	UNIONFS_METACOPY,
	UNIONFS_ORIGIN,
	UNIONFS_IMPURE_MARK,
	UNIONFS_NLINK,
	UNIONFS_PROTATTR,
	UNIONFS_WHITEOUT,
	UNIONFS_MARKS
};

const char *unionfs_mark_name(const struct unionfs_super *us,
			      enum unionfs_mark mark);
ssize_t unionfs_get_mark(struct unionfs_super *us, struct dentry *dentry,
			 enum unionfs_mark mark, void *value, size_t size);
int unionfs_set_mark(struct unionfs_super *us, struct dentry *dentry,
		     enum unionfs_mark mark, const void *value, size_t size);
int unionfs_read_prot(struct unionfs_super *us, struct dentry *dentry);
int unionfs_write_prot(struct unionfs_super *us, struct dentry *dentry,
		       unsigned int flags);
bool unionfs_is_opaque(struct unionfs_super *us, struct dentry *dentry);
bool unionfs_has_xwhiteouts(struct unionfs_super *us, struct dentry *dir);
bool unionfs_is_xwhiteout(struct unionfs_super *us, struct dentry *dir,
			  struct dentry *dentry);
int unionfs_is_metacopy(struct unionfs_super *us, struct dentry *dentry);

/* How the lower object that an upper one comes from is kept on disk. */
#define UNIONFS_FH_MAGIC	0xfb
#define UNIONFS_FH_BIG_ENDIAN	BIT(0)
#define UNIONFS_FH_ANY_ENDIAN	BIT(1)
#define UNIONFS_FH_UPPER	BIT(2)

struct unionfs_disk_fh {
	u8 version;	/* 0 */
	u8 magic;	/* UNIONFS_FH_MAGIC */
	u8 len;		/* of all of this, with the handle */
	u8 flags;
	u8 type;	/* of the handle, as the filesystem said */
	uuid_t uuid;	/* of the filesystem */
	u8 fid[];	/* the handle */
} __packed;

/* A handle as on disk, placed so that fid is aligned as filesystems want. */
struct unionfs_fh {
	u8 pad[3];
	union {
		struct unionfs_disk_fh disk;
		u8 room[sizeof(struct unionfs_disk_fh) + 128];
	};
} __packed __aligned(4);

static_assert((offsetof(struct unionfs_fh, disk) +
	       offsetof(struct unionfs_disk_fh, fid)) % 4 == 0);

/* origin.c */
int unionfs_encode(struct inode *inode, struct unionfs_fh *fh);
int unionfs_check_fh(const struct unionfs_disk_fh *disk, size_t len);
struct dentry *unionfs_decode(struct unionfs_super *us,
			      const struct unionfs_branch *branch,
			      struct unionfs_fh *fh);
int unionfs_read_origin(struct unionfs_super *us, struct dentry *upper,
			struct unionfs_node *node);
int unionfs_write_origin(struct unionfs_super *us, struct dentry *upper,
			 struct dentry *lower);

/* index.c */
void unionfs_index_name(const struct unionfs_disk_fh *disk, char *name);
int unionfs_find_index(struct unionfs_super *us, struct unionfs_node *node);
int unionfs_add_index(struct unionfs_super *us, struct dentry *temp,
		      struct dentry *lower);
void unionfs_drop_index(struct inode *inode, struct dentry *upper);
int unionfs_read_nlink(struct unionfs_super *us, struct dentry *upper,
		       struct dentry *lower, unsigned int *nlink);
int unionfs_write_nlink(struct inode *inode, char from);
int unionfs_parse_nlink(const char *text, unsigned int upper,
			unsigned int lower, unsigned int *nlink);

#endif /* UNIONFS_MERGE_H */
