/* SPDX-License-Identifier: GPL-2.0 */
/*
 * unionfs: a tree made of branches.
 *
 * A union has at most one upper branch, which is written, and lower branches,
 * which are only read. Each object of the union stands on an upper object, on
 * lower ones, or on both; these "real" objects are pinned by dentries for as
 * long as the union's inode lives.
 *
 * Locks, in the order in which they are taken:
 *
 *	i_rwsem of directories and inodes of the union	(taken by the VFS)
 *	UNIONFS_LOCK, a bit of struct unionfs_inode: one copy-up, one change of
 *	  link count, one build of a directory's list at a time. Held for the
 *	  parent and for the child one after the other, never both.
 *	sb_writers of the upper filesystem (unionfs_want_write)
 *	i_rwsem of the work directory and of upper directories: one of them, or
 *	  two by lock_rename() of the upper filesystem
 *	i_rwsem of an upper object
 *	unionfs_super.whiteout_lock
 *	i_lock of an inode of the union
 *
 * Never changed once set, so that they are read without a lock:
 * unionfs_inode.upper (with acquire and release), .lower, .nr; a flag that
 * says that data are in the upper branch. Branches are those of the mount.
 *
 * Everything is done in a branch with the credentials of the one who mounted;
 * what the caller may do is decided before, on the union's own inodes.
 */
#ifndef UNIONFS_UNIONFS_H
#define UNIONFS_UNIONFS_H

#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/fs_parser.h>
#include <linux/fs_stack.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include <linux/xattr.h>

#undef pr_fmt
#define pr_fmt(fmt) "unionfs: " fmt

#define UNIONFS_MAGIC		0x756e696f	/* "unio" */
#define UNIONFS_MAX_LOWER	500
/* A redirect in a branch may lead to another in a branch further down. */
#define UNIONFS_MAX_REDIRECTS	16

/**
 * struct unionfs_fs - a filesystem on which branches are
 * @sb: its superblock
 * @dev: what stat(2) says there; differs for subvolumes of one superblock
 * @decodes: it makes file handles and finds files by them
 */
struct unionfs_fs {
	struct super_block *sb;
	dev_t dev;
	bool decodes;
};

/**
 * struct unionfs_branch - a branch of a mounted union
 * @mnt: a private clone of the mount it was found on; its root is the branch's
 * @fsid: index in unionfs_super.fs; 0 is the filesystem of branch 0
 * @index: position in the union; 0 is the upper branch, if there is one
 * @text: its path, for /proc/mounts
 * @single: it had an option of its own
 */
struct unionfs_branch {
	struct vfsmount *mnt;
	unsigned int fsid;
	unsigned int index;
	char *text;
	bool single;
};

/**
 * struct unionfs_real - an object in a lower branch
 * @dentry: pinned
 * @branch: whose
 */
struct unionfs_real {
	struct dentry *dentry;
	const struct unionfs_branch *branch;
};

/**
 * struct unionfs_super - a mounted union
 * @branch: @nr of them; branch[0].mnt is NULL without an upper branch
 * @nr: branches, counting the upper one
 * @fs: @nr_fs filesystems of the branches
 * @nr_fs: how many
 * @ino_bits: low bits of an inode number that say which filesystem
 * @userxattr: our marks are user.overlay.*, not trusted.overlay.*
 * @trusted: who mounted may do anything, so its rights need no check
 * @index_used: there may be entries in the index
 * @upper_inuse: the upper directory is marked as in use, by us
 * @work_inuse: the same of @workbase
 * @cred: of the one who mounted
 * @create_cred: @cred with the owner of the last object made; RCU
 * @workbase: the directory that was named as workdir
 * @work: "work" in it, for objects until they have their place
 * @indexdir: "index" in it, for hard links; NULL without one
 * @worktext: its path, for /proc/mounts
 * @whiteout_lock: protects @whiteout
 * @whiteout: the object to which new whiteouts are links; in @work
 * @known: inodes of upper whiteouts that have been seen, by number, pinned
 * @nr_known: how many
 * @temp: number of the next temporary name
 */
struct unionfs_super {
	struct unionfs_branch *branch;
	unsigned int nr;
	struct unionfs_fs *fs;
	unsigned int nr_fs;
	unsigned int ino_bits;
	bool userxattr;
	bool trusted;
	bool index_used;
	bool upper_inuse;
	bool work_inuse;
	const struct cred *cred;
	const struct cred __rcu *create_cred;
	struct dentry *workbase;
	struct dentry *work;
	struct dentry *indexdir;
	char *worktext;
	struct mutex whiteout_lock;	/* of @whiteout */
	struct dentry *whiteout;
	struct xarray known;
	atomic_t nr_known;
	atomic_t temp;
};

enum unionfs_flag {
	UNIONFS_LOCK,		/* see the top of this file */
	UNIONFS_DATA,		/* the upper object has its data */
	UNIONFS_IMPURE,		/* directory: may hold copied-up objects */
	UNIONFS_INDEXED,	/* the upper object has a link in the index */
};

struct unionfs_list;

/**
 * struct unionfs_inode - an inode of the union
 * @vfs_inode: for the VFS; what it says is what the union shows
 * @upper: object in the upper branch or NULL; set once, never changed
 * @lower: objects below, the topmost first. Of a file the first is where it
 *	comes from, whose number it has, and the last has its data. Pinned.
 * @one: what @lower points to when there is one
 * @nr: how many
 * @flags: enum unionfs_flag
 * @key: the real inode by which this one is found in the inode cache: that of
 *	the topmost lower object if there is one, else of the upper one; never
 *	dereferenced
 * @list: names of a merged directory, or NULL; under UNIONFS_LOCK and i_rwsem
 */
struct unionfs_inode {
	struct inode vfs_inode;
	struct dentry *upper;
	struct unionfs_real *lower;
	struct unionfs_real one;
	unsigned long flags;
	unsigned int nr;
	const void *key;
	struct unionfs_list *list;
};

static inline struct unionfs_super *unionfs_sb(const struct super_block *sb)
{
	return sb->s_fs_info;
}

static inline struct unionfs_inode *unionfs_i(const struct inode *inode)
{
	return container_of(inode, struct unionfs_inode, vfs_inode);
}

/* The upper object or NULL; it does not go away before the inode does. */
static inline struct dentry *unionfs_upper(const struct inode *inode)
{
	/* Pairs with the release in unionfs_set_upper(). */
	return smp_load_acquire(&unionfs_i(inode)->upper);
}

static inline struct vfsmount *unionfs_upper_mnt(const struct unionfs_super *us)
{
	return us->branch[0].mnt;
}

static inline bool unionfs_has_data(const struct inode *inode)
{
	return test_bit_acquire(UNIONFS_DATA, &unionfs_i(inode)->flags);
}

/* Can marks (whiteouts, opaque, copied-up) be on what is in this directory? */
static inline bool unionfs_dir_marked(const struct inode *dir)
{
	return unionfs_i(dir)->nr ||
	       test_bit(UNIONFS_IMPURE, &unionfs_i(dir)->flags);
}

static inline const struct cred *unionfs_enter(const struct super_block *sb)
{
	return override_creds(unionfs_sb(sb)->cred);
}

static inline void unionfs_leave(const struct cred *old)
{
	revert_creds(old);
}

/* Where an object's metadata are. */
static inline void unionfs_meta_path(const struct inode *inode,
				     struct path *path)
{
	const struct unionfs_inode *ui = unionfs_i(inode);

	path->dentry = unionfs_upper(inode);
	if (path->dentry) {
		path->mnt = unionfs_upper_mnt(unionfs_sb(inode->i_sb));
	} else {
		path->dentry = ui->lower[0].dentry;
		path->mnt = ui->lower[0].branch->mnt;
	}
}

/* Where a file's data are. */
static inline void unionfs_data_path(const struct inode *inode,
				     struct path *path)
{
	const struct unionfs_inode *ui = unionfs_i(inode);

	if (unionfs_has_data(inode)) {
		path->dentry = unionfs_upper(inode);
		path->mnt = unionfs_upper_mnt(unionfs_sb(inode->i_sb));
	} else {
		path->dentry = ui->lower[ui->nr - 1].dentry;
		path->mnt = ui->lower[ui->nr - 1].branch->mnt;
	}
}

/*
 * Number of an object of the union. With one filesystem below, its own
 * numbers; otherwise low bits say which. Filesystems give out numbers from
 * below, so that the high bits are free; if they are not, they are folded in.
 */
static inline u64 unionfs_map_ino(unsigned int bits, unsigned int fsid, u64 ino)
{
	u64 high;

	if (!bits)
		return ino;
	high = ino >> (64 - bits);
	return ((ino ^ (high << 16)) << bits) | fsid;
}

/*
 * A whiteout is a character device 0/0. One that a user makes is kept as 0/1,
 * and so on, so that it is none for us.
 */
static inline dev_t unionfs_dev_to_branch(umode_t mode, dev_t dev)
{
	if (S_ISCHR(mode) && !MAJOR(dev) && MINOR(dev) < MINORMASK)
		return MKDEV(0, MINOR(dev) + 1);
	return dev;
}

static inline dev_t unionfs_dev_from_branch(umode_t mode, dev_t dev)
{
	if (S_ISCHR(mode) && !MAJOR(dev) && MINOR(dev))
		return MKDEV(0, MINOR(dev) - 1);
	return dev;
}

/* params.c */
int unionfs_init_fs_context(struct fs_context *fc);
extern const struct fs_parameter_spec unionfs_parameters[];

/* show.c */
int unionfs_show_options(struct seq_file *m, struct dentry *root);

/* super.c */
struct unionfs_params;
int unionfs_fill_super(struct super_block *sb, struct fs_context *fc);

/* branch.c */
int unionfs_open_branches(struct unionfs_super *us, struct fs_context *fc,
			  struct unionfs_params *params);
void unionfs_close_branches(struct unionfs_super *us);

/* work.c */
int unionfs_open_work(struct unionfs_super *us, struct fs_context *fc);
struct dentry *unionfs_temp(struct unionfs_super *us);
void unionfs_cleanup(struct unionfs_super *us, struct dentry *dentry);
int unionfs_lock_work(struct unionfs_super *us, struct dentry *dir);
void unionfs_unlock_work(struct unionfs_super *us, struct dentry *dir);
int unionfs_empty_dir(struct unionfs_super *us, struct dentry *dir, int levels);

/* inode.c */
struct unionfs_node;
extern const struct inode_operations unionfs_file_iops;
extern const struct inode_operations unionfs_symlink_iops;
extern const struct inode_operations unionfs_special_iops;
int unionfs_inode_init(void);
void unionfs_inode_exit(void);
struct inode *unionfs_alloc_inode(struct super_block *sb);
void unionfs_free_inode(struct inode *inode);
void unionfs_destroy_inode(struct inode *inode);
struct inode *unionfs_get_inode(struct super_block *sb,
				struct unionfs_node *node);
struct inode *unionfs_find_inode(struct super_block *sb, const void *key);
void unionfs_set_upper(struct inode *inode, struct dentry *upper);
void unionfs_copy_upper_attr(struct inode *inode);
int unionfs_lock(struct inode *inode);
void unionfs_lock_always(struct inode *inode);
void unionfs_unlock(struct inode *inode);

/* attr.c */
int unionfs_permission(struct mnt_idmap *idmap, struct inode *inode, int mask);
int unionfs_getattr(struct mnt_idmap *idmap, const struct path *path,
		    struct kstat *stat, u32 mask, unsigned int flags);
int unionfs_begin_change(struct inode *inode);
void unionfs_end_change(struct inode *inode);
int unionfs_setattr(struct mnt_idmap *idmap, struct dentry *dentry,
		    struct iattr *attr);
int unionfs_update_time(struct inode *inode, int flags);
int unionfs_fiemap(struct inode *inode, struct fiemap_extent_info *info,
		   u64 start, u64 len);
int unionfs_fileattr_get(struct dentry *dentry, struct fileattr *fa);
int unionfs_fileattr_set(struct mnt_idmap *idmap, struct dentry *dentry,
			 struct fileattr *fa);

/* acl.c */
struct posix_acl *unionfs_real_acl(const struct path *path, int type);
struct posix_acl *unionfs_get_inode_acl(struct inode *inode, int type,
					bool rcu);
int unionfs_set_acl(struct mnt_idmap *idmap, struct dentry *dentry,
		    struct posix_acl *acl, int type);

/* xattr.c */
extern const struct xattr_handler * const unionfs_xattr_handlers[];
ssize_t unionfs_listxattr(struct dentry *dentry, char *list, size_t size);
bool unionfs_is_mark(const struct unionfs_super *us, const char *name);

/* lookup.c */
struct dentry *unionfs_lookup(struct inode *dir, struct dentry *dentry,
			      unsigned int flags);
int unionfs_find(struct inode *dir, const struct qstr *name,
		 struct unionfs_node *node);
int unionfs_complete_upper(struct unionfs_super *us, struct unionfs_node *node);
u64 unionfs_node_ino(struct unionfs_super *us, const struct unionfs_node *node);

/* redirect.c */
int unionfs_set_redirect(struct dentry *dentry, bool same_parent);
int unionfs_check_redirect(char *value, int len);

/* export.c */
extern const struct export_operations unionfs_export_ops;

/* dir.c, create.c, rename.c */
extern const struct inode_operations unionfs_dir_iops;
int unionfs_create(struct mnt_idmap *idmap, struct inode *dir,
		   struct dentry *dentry, umode_t mode, bool excl);
int unionfs_mkdir(struct mnt_idmap *idmap, struct inode *dir,
		  struct dentry *dentry, umode_t mode);
int unionfs_mknod(struct mnt_idmap *idmap, struct inode *dir,
		  struct dentry *dentry, umode_t mode, dev_t dev);
int unionfs_symlink(struct mnt_idmap *idmap, struct inode *dir,
		    struct dentry *dentry, const char *target);
int unionfs_tmpfile(struct mnt_idmap *idmap, struct inode *dir,
		    struct file *file, umode_t mode);
int unionfs_rename(struct mnt_idmap *idmap, struct inode *olddir,
		   struct dentry *old, struct inode *newdir,
		   struct dentry *new, unsigned int flags);
const struct cred *unionfs_create_cred(struct unionfs_super *us, kuid_t uid,
				       kgid_t gid);
int unionfs_below(struct inode *dir, const struct qstr *name);
void unionfs_count_down(struct inode *inode);
int unionfs_may_count(struct dentry *dentry);
int unionfs_add_link(struct unionfs_super *us, struct dentry *upper,
		     struct dentry *upperdir, const struct qstr *name);

/* whiteout.c */
bool unionfs_is_whiteout(const struct dentry *dentry);
int unionfs_put_whiteout(struct unionfs_super *us, struct dentry *dir,
			 struct dentry *dentry);
struct dentry *unionfs_temp_whiteout(struct unionfs_super *us);
bool unionfs_known_whiteout(struct unionfs_super *us, u64 ino);
void unionfs_know_whiteout(struct unionfs_super *us, struct dentry *dentry);
void unionfs_forget_whiteouts(struct unionfs_super *us);

/* dir.c */
int unionfs_link(struct dentry *old, struct inode *dir, struct dentry *new);
int unionfs_unlink(struct inode *dir, struct dentry *dentry);
int unionfs_rmdir(struct inode *dir, struct dentry *dentry);

/* dirlist.c */
void unionfs_drop_list(struct unionfs_inode *ui);
void unionfs_forget_list(struct inode *dir);

/* readdir.c */
extern const struct file_operations unionfs_dir_fops;
int unionfs_dir_empty(struct inode *dir);
void unionfs_dir_add(struct inode *dir, const struct qstr *name,
		     const struct inode *inode);
void unionfs_dir_del(struct inode *dir, const struct qstr *name);

/* copyup.c */
/* How much of an object must be in the upper branch. */
enum unionfs_want {
	UNIONFS_WANT_META,
	UNIONFS_WANT_DATA,
};

int unionfs_copy_up(struct dentry *dentry, enum unionfs_want want, loff_t size);
int unionfs_copy_up_name(struct dentry *dentry);
int unionfs_set_impure(struct inode *dir, struct dentry *upper);

/* copydata.c */
int unionfs_copy_data(struct unionfs_super *us, const struct path *from,
		      struct file *to, loff_t size);

/* file.c */
extern const struct file_operations unionfs_file_fops;
extern const struct address_space_operations unionfs_aops;
struct file *unionfs_real_file(struct file *file, bool write);
int unionfs_file_attach(struct file *file, struct file *real);
void unionfs_file_detach(struct file *file);

/* fileio.c */
ssize_t unionfs_read_iter(struct kiocb *iocb, struct iov_iter *iter);
ssize_t unionfs_write_iter(struct kiocb *iocb, struct iov_iter *iter);
ssize_t unionfs_splice_read(struct file *in, loff_t *pos,
			    struct pipe_inode_info *pipe, size_t len,
			    unsigned int flags);
ssize_t unionfs_splice_write(struct pipe_inode_info *pipe, struct file *out,
			     loff_t *pos, size_t len, unsigned int flags);
int unionfs_mmap(struct file *file, struct vm_area_struct *vma);

#endif /* UNIONFS_UNIONFS_H */
