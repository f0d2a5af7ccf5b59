// SPDX-License-Identifier: GPL-2.0
/*
 * Inodes of the union: how they are made, found and freed.
 *
 * An inode is found by the real inode that never changes for it: that of the
 * topmost lower object, or of the upper one if there is nothing below. So it
 * is the same before and after copy-up, by every name of a hard link. Should
 * two upper files claim the same lower one (somebody copied a branch with its
 * marks), the second is found by its own inode.
 */
#include <linux/hash.h>
#include <linux/wait_bit.h>
#include "vfs.h"
#include "merge.h"

/* What the VFS heeds in our inodes as in the real ones, and what we keep. */
#define REAL_FLAGS	(S_SYNC | S_NOATIME)
#define PROT_FLAGS	(S_IMMUTABLE | S_APPEND)

static struct kmem_cache *cache;

static void init_once(void *data)
{
	struct unionfs_inode *ui = data;

	inode_init_once(&ui->vfs_inode);
}

int unionfs_inode_init(void)
{
	cache = kmem_cache_create("unionfs_inode", sizeof(struct unionfs_inode),
				  0, SLAB_RECLAIM_ACCOUNT | SLAB_ACCOUNT,
				  init_once);
	return cache ? 0 : -ENOMEM;
}

void unionfs_inode_exit(void)
{
	/* Inodes are freed after a grace period. */
	rcu_barrier();
	kmem_cache_destroy(cache);
}

struct inode *unionfs_alloc_inode(struct super_block *sb)
{
	struct unionfs_inode *ui = alloc_inode_sb(sb, cache, GFP_KERNEL);

	if (!ui)
		return NULL;
	ui->upper = NULL;
	ui->lower = &ui->one;
	ui->nr = 0;
	ui->flags = 0;
	ui->key = NULL;
	ui->list = NULL;
	return &ui->vfs_inode;
}

/* After a grace period: path walks without references look at real objects. */
void unionfs_free_inode(struct inode *inode)
{
	struct unionfs_inode *ui = unionfs_i(inode);

	if (ui->lower != &ui->one)
		kfree(ui->lower);
	kmem_cache_free(cache, ui);
}

void unionfs_destroy_inode(struct inode *inode)
{
	struct unionfs_inode *ui = unionfs_i(inode);
	unsigned int i;

	unionfs_drop_list(ui);
	dput(ui->upper);
	for (i = 0; i < ui->nr; i++)
		dput(ui->lower[i].dentry);
}

/* One task at a time; returns -EINTR when the caller is killed. */
int unionfs_lock(struct inode *inode)
{
	if (wait_on_bit_lock(&unionfs_i(inode)->flags, UNIONFS_LOCK,
			     TASK_KILLABLE))
		return -EINTR;
	return 0;
}

void unionfs_lock_always(struct inode *inode)
{
	wait_on_bit_lock(&unionfs_i(inode)->flags, UNIONFS_LOCK,
			 TASK_UNINTERRUPTIBLE);
}

void unionfs_unlock(struct inode *inode)
{
	clear_and_wake_up_bit(UNIONFS_LOCK, &unionfs_i(inode)->flags);
}

/* The union shows what the upper object says, in its own numbers. */
void unionfs_copy_upper_attr(struct inode *inode)
{
	struct unionfs_super *us = unionfs_sb(inode->i_sb);
	struct inode *real = d_inode(unionfs_upper(inode));
	struct mnt_idmap *idmap = unionfs_upper_idmap(us);

	spin_lock(&inode->i_lock);
	inode->i_uid = vfsuid_into_kuid(i_uid_into_vfsuid(idmap, real));
	inode->i_gid = vfsgid_into_kgid(i_gid_into_vfsgid(idmap, real));
	inode->i_mode = real->i_mode;
	inode_set_atime_to_ts(inode, inode_get_atime(real));
	inode_set_mtime_to_ts(inode, inode_get_mtime(real));
	inode_set_ctime_to_ts(inode, inode_get_ctime(real));
	i_size_write(inode, i_size_read(real));
	inode_set_flags(inode, real->i_flags & REAL_FLAGS, REAL_FLAGS);
	spin_unlock(&inode->i_lock);
}

/* An object that stays below is shown from memory. */
static int copy_lower_attr(struct inode *inode, const struct unionfs_real *from)
{
	struct path path = { .mnt = from->branch->mnt, .dentry = from->dentry };
	struct kstat stat;
	int err;

	err = unionfs_do_getattr(&path, &stat, STATX_BASIC_STATS, 0);
	if (err)
		return err;
	inode->i_mode = stat.mode;
	inode->i_uid = stat.uid;
	inode->i_gid = stat.gid;
	inode_set_atime_to_ts(inode, stat.atime);
	inode_set_mtime_to_ts(inode, stat.mtime);
	inode_set_ctime_to_ts(inode, stat.ctime);
	inode->i_size = stat.size;
	inode->i_blocks = stat.blocks;
	inode->i_blkbits = ilog2(stat.blksize);
	set_nlink(inode, stat.nlink);
	inode_set_flags(inode, d_inode(from->dentry)->i_flags &
			(REAL_FLAGS | PROT_FLAGS), REAL_FLAGS | PROT_FLAGS);
	return 0;
}

/*
 * The inode has an upper object from now on. The reference is taken over.
 * Whoever sees it sees what it points to.
 */
void unionfs_set_upper(struct inode *inode, struct dentry *upper)
{
	/* Pairs with unionfs_upper(). */
	smp_store_release(&unionfs_i(inode)->upper, upper);
	unionfs_copy_upper_attr(inode);
}

struct unionfs_search {
	struct unionfs_node *node;
	const void *key;
};

static int test(struct inode *inode, void *data)
{
	struct unionfs_search *search = data;

	return unionfs_i(inode)->key == search->key;
}

static int set(struct inode *inode, void *data)
{
	struct unionfs_search *search = data;

	unionfs_i(inode)->key = search->key;
	return 0;
}

static unsigned long key_hash(const void *key)
{
	return hash_ptr(key, 32);
}

/* The inode with this key if it is in memory, or NULL. */
struct inode *unionfs_find_inode(struct super_block *sb, const void *key)
{
	struct unionfs_search search = { .key = key };

	return ilookup5(sb, key_hash(key), test, &search);
}

static void set_ops(struct inode *inode, dev_t rdev)
{
	switch (inode->i_mode & S_IFMT) {
	case S_IFREG:
		inode->i_op = &unionfs_file_iops;
		inode->i_fop = &unionfs_file_fops;
		inode->i_mapping->a_ops = &unionfs_aops;
		break;
	case S_IFDIR:
		inode->i_op = &unionfs_dir_iops;
		inode->i_fop = &unionfs_dir_fops;
		break;
	case S_IFLNK:
		inode->i_op = &unionfs_symlink_iops;
		break;
	default:
		inode->i_op = &unionfs_special_iops;
		init_special_inode(inode, inode->i_mode,
				   unionfs_dev_from_branch(inode->i_mode,
							   rdev));
	}
}

/* Locks of inodes of a union below are of another class than those above. */
static void annotate(struct inode *inode)
{
#ifdef CONFIG_LOCKDEP
	static struct lock_class_key keys[FILESYSTEM_MAX_STACK_DEPTH + 1][2];
	int depth = inode->i_sb->s_stack_depth;
	bool dir = S_ISDIR(inode->i_mode);

	lockdep_set_class_and_name(&inode->i_rwsem, &keys[depth][dir],
				   dir ? "unionfs_dir" : "unionfs_inode");
#endif
}

static void count_links(struct inode *inode, bool indexed)
{
	struct unionfs_super *us = unionfs_sb(inode->i_sb);
	struct unionfs_inode *ui = unionfs_i(inode);
	unsigned int nlink;

	if (S_ISDIR(inode->i_mode)) {
		/* One means: not known, as usual for merged directories. */
		set_nlink(inode, !ui->upper && ui->nr == 1 ? inode->i_nlink :
			  ui->nr ? 1 : d_inode(ui->upper)->i_nlink);
		return;
	}
	if (!ui->upper)
		return;
	nlink = d_inode(ui->upper)->i_nlink;
	if (ui->nr && us->indexdir &&
	    d_inode(ui->lower[0].dentry)->i_nlink > 1) {
		if (!unionfs_read_nlink(us, ui->upper, ui->lower[0].dentry,
					&nlink))
			indexed = true;
		else if (indexed)
			nlink = d_inode(ui->lower[0].dentry)->i_nlink;
	}
	if (indexed)
		set_bit(UNIONFS_INDEXED, &ui->flags);
	set_nlink(inode, nlink);
}

static int fill(struct inode *inode, struct unionfs_node *node)
{
	struct unionfs_super *us = unionfs_sb(inode->i_sb);
	struct unionfs_inode *ui = unionfs_i(inode);
	struct dentry *meta;
	char value;
	int err = 0;

	inode->i_ino = unionfs_node_ino(us, node);
	/* References move from the node to the inode. */
	if (node->nr == 1) {
		ui->one = node->lower[0];
	} else if (node->nr) {
		ui->lower = kmemdup(node->lower, node->nr * sizeof(*ui->lower),
				    GFP_KERNEL_ACCOUNT);
		if (!ui->lower) {
			ui->lower = &ui->one;
			return -ENOMEM;
		}
	}
	ui->nr = node->nr;
	node->nr = 0;
	ui->upper = node->upper;
	node->upper = NULL;
	if (ui->upper) {
		meta = ui->upper;
		unionfs_copy_upper_attr(inode);
		inode->i_blkbits = d_inode(meta)->i_blkbits;
		if (!node->metacopy)
			set_bit(UNIONFS_DATA, &ui->flags);
		if (!node->fresh &&
		    (S_ISREG(inode->i_mode) || S_ISDIR(inode->i_mode)))
			inode_set_flags(inode, unionfs_read_prot(us, meta) |
					(d_inode(meta)->i_flags & PROT_FLAGS),
					PROT_FLAGS);
		if (S_ISDIR(inode->i_mode) && !node->fresh &&
		    unionfs_get_mark(us, meta, UNIONFS_IMPURE_MARK, &value,
				     1) > 0)
			set_bit(UNIONFS_IMPURE, &ui->flags);
	} else {
		meta = ui->lower[0].dentry;
		err = copy_lower_attr(inode, &ui->lower[0]);
		if (err)
			return err;
		/* Metadata of one branch, data of another further down. */
		if (S_ISREG(inode->i_mode) && ui->nr > 1)
			inode->i_blocks = d_inode(ui->lower[ui->nr - 1].dentry)->i_blocks;
	}
	count_links(inode, node->indexed);
	set_ops(inode, d_inode(meta)->i_rdev);
	if (!IS_POSIXACL(d_inode(meta)))
		cache_no_acl(inode);
	annotate(inode);
	return 0;
}

/* Does an inode that was found by its key stand for the same object? */
static bool same(struct inode *inode, const struct unionfs_node *node)
{
	struct dentry *upper = unionfs_upper(inode);

	if (!node->upper)
		return true;
	if (!upper) {
		/* It may be just coming up; names show before the inode. */
		unionfs_lock_always(inode);
		upper = unionfs_upper(inode);
		unionfs_unlock(inode);
	}
	return upper && d_inode(upper) == d_inode(node->upper);
}

/**
 * unionfs_get_inode() - the inode of what was found
 * @sb: the union
 * @node: what was found; its references may be taken over
 *
 * Return: the inode with a reference, or an error.
 */
struct inode *unionfs_get_inode(struct super_block *sb,
				struct unionfs_node *node)
{
	struct unionfs_search search = { .node = node };
	const struct cred *old;
	struct inode *inode;
	int err;

	search.key = d_inode(node->nr ? node->lower[0].dentry : node->upper);
again:
	inode = iget5_locked(sb, key_hash(search.key), test, set, &search);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	if (!(inode->i_state & I_NEW)) {
		if (same(inode, node))
			return inode;
		iput(inode);
		if (node->indexed || search.key == d_inode(node->upper))
			return ERR_PTR(-ESTALE);
		/* The mark of where it comes from is a copy: it is its own. */
		if (S_ISDIR(d_inode(node->upper)->i_mode) || node->metacopy) {
			search.key = d_inode(node->upper);
			goto again;
		}
		while (node->nr)
			dput(node->lower[--node->nr].dentry);
		search.key = d_inode(node->upper);
		goto again;
	}
	old = unionfs_enter(sb);
	err = fill(inode, node);
	unionfs_leave(old);
	if (err) {
		iget_failed(inode);
		return ERR_PTR(err);
	}
	unlock_new_inode(inode);
	return inode;
}

static const char *unionfs_get_link(struct dentry *dentry, struct inode *inode,
				    struct delayed_call *done)
{
	struct inode *real;
	const struct cred *old;
	struct path path;
	const char *text;

	unionfs_meta_path(inode, &path);
	/* Without a reference the inode may be on its way out. */
	real = d_inode_rcu(path.dentry);
	if (real && real->i_link)
		return real->i_link;
	if (!dentry)
		return ERR_PTR(-ECHILD);
	old = unionfs_enter(inode->i_sb);
	text = vfs_get_link(path.dentry, done);
	unionfs_leave(old);
	return text;
}

#define COMMON_IOPS					\
	.permission = unionfs_permission,		\
	.getattr = unionfs_getattr,			\
	.setattr = unionfs_setattr,			\
	.listxattr = unionfs_listxattr,			\
	.update_time = unionfs_update_time

#define ACL_IOPS					\
	.get_inode_acl = unionfs_get_inode_acl,		\
	.set_acl = unionfs_set_acl

const struct inode_operations unionfs_file_iops = {
	COMMON_IOPS,
	ACL_IOPS,
	.fiemap = unionfs_fiemap,
	.fileattr_get = unionfs_fileattr_get,
	.fileattr_set = unionfs_fileattr_set,
};

const struct inode_operations unionfs_symlink_iops = {
	COMMON_IOPS,
	.get_link = unionfs_get_link,
};

const struct inode_operations unionfs_special_iops = {
	COMMON_IOPS,
	ACL_IOPS,
};

const struct inode_operations unionfs_dir_iops = {
	COMMON_IOPS,
	ACL_IOPS,
	.lookup = unionfs_lookup,
	.create = unionfs_create,
	.mkdir = unionfs_mkdir,
	.mknod = unionfs_mknod,
	.symlink = unionfs_symlink,
	.tmpfile = unionfs_tmpfile,
	.link = unionfs_link,
	.unlink = unionfs_unlink,
	.rmdir = unionfs_rmdir,
	.rename = unionfs_rename,
	.fileattr_get = unionfs_fileattr_get,
	.fileattr_set = unionfs_fileattr_set,
};
