// SPDX-License-Identifier: GPL-2.0
/* Superblocks of unions, and the module. */
#include <linux/capability.h>
#include <linux/fs_context.h>
#include <linux/highuid.h>
#include <linux/module.h>
#include <linux/statfs.h>
#include "vfs.h"
#include "merge.h"
#include "params.h"

MODULE_DESCRIPTION("Copy-on-write union filesystem");
MODULE_AUTHOR("Kontext developers");
MODULE_LICENSE("GPL");
MODULE_ALIAS_FS("unionfs");

static void free_super(struct unionfs_super *us)
{
	if (!us)
		return;
	unionfs_forget_whiteouts(us);
	unionfs_close_branches(us);
	put_cred(rcu_dereference_protected(us->create_cred, true));
	put_cred(us->cred);
	kfree(us);
}

static void put_super(struct super_block *sb)
{
	/* Walks under RCU may look at it yet: freed after a grace period, and not reset. */
	free_super(unionfs_sb(sb));
}

/* Syncing the union syncs the filesystem that it writes to. */
static int sync_fs(struct super_block *sb, int wait)
{
	struct vfsmount *upper = unionfs_upper_mnt(unionfs_sb(sb));
	int err;

	if (!upper || !wait)
		return 0;
	down_read(&upper->mnt_sb->s_umount);
	err = sync_filesystem(upper->mnt_sb);
	up_read(&upper->mnt_sb->s_umount);
	return err;
}

/* Of the upper directory, so that its limits are those of the union. */
static int statfs(struct dentry *dentry, struct kstatfs *buf)
{
	struct super_block *sb = dentry->d_sb;
	struct path path;
	int err;

	unionfs_meta_path(d_inode(sb->s_root), &path);
	err = vfs_statfs(&path, buf);
	if (err)
		return err;
	buf->f_type = UNIONFS_MAGIC;
	buf->f_fsid = u64_to_fsid(huge_encode_dev(sb->s_dev));
	return 0;
}

static const struct super_operations super_ops = {
	.alloc_inode = unionfs_alloc_inode,
	.destroy_inode = unionfs_destroy_inode,
	.free_inode = unionfs_free_inode,
	.drop_inode = generic_delete_inode,
	.put_super = put_super,
	.sync_fs = sync_fs,
	.statfs = statfs,
	.show_options = unionfs_show_options,
};

/* Who has all of these may do anything in a branch, so nothing is checked. */
static bool is_trusted(const struct fs_context *fc)
{
	static const int caps[] = {
		CAP_SYS_ADMIN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH,
		CAP_FOWNER, CAP_FSETID, CAP_CHOWN, CAP_MKNOD, CAP_SETFCAP,
	};
	int i;

	if (fc->user_ns != &init_user_ns)
		return false;
	for (i = 0; i < ARRAY_SIZE(caps); i++) {
		if (!capable(caps[i]))
			return false;
	}
	return true;
}

/*
 * The mounter's. But what users write may not take the blocks that are kept
 * for root, for whom filesystems take who has the capability or the id.
 */
static const struct cred *make_cred(void)
{
	struct cred *cred = prepare_creds();

	if (cred)
		cap_lower(cred->cap_effective, CAP_SYS_RESOURCE);
	return cred;
}

/* With all other capabilities it does not matter who it is. */
static int be_nobody(struct unionfs_super *us)
{
	struct vfsmount *upper = unionfs_upper_mnt(us);
	const struct cred *old;
	const struct cred *spare;
	struct cred *cred;
	bool known;

	if (!us->trusted)
		return 0;
	old = override_creds(us->cred);
	cred = prepare_creds();
	revert_creds(old);
	if (!cred)
		return -ENOMEM;
	cred->fsuid = make_kuid(&init_user_ns, DEFAULT_OVERFLOWUID);
	old = override_creds(cred);
	known = fsuidgid_has_mapping(upper->mnt_sb, mnt_idmap(upper));
	revert_creds(old);
	/* The ids of an idmapped branch are not those of root of the host. */
	spare = known ? us->cred : cred;
	if (known)
		us->cred = cred;
	put_cred(spare);
	return 0;
}

/* The union is as fine as what it writes to, and deeper than what is below. */
static int inherit(struct super_block *sb, struct unionfs_super *us,
		   struct fs_context *fc)
{
	struct super_block *below = NULL;
	unsigned int i;

	for (i = us->nr; i-- > 0;) {
		if (!us->branch[i].mnt)
			continue;
		below = us->branch[i].mnt->mnt_sb;
		sb->s_stack_depth = max(sb->s_stack_depth,
					below->s_stack_depth + 1);
	}
	if (sb->s_stack_depth > FILESYSTEM_MAX_STACK_DEPTH)
		return invalf(fc, "branches are stacked too deep, %d at most",
			      FILESYSTEM_MAX_STACK_DEPTH);
	sb->s_maxbytes = MAX_LFS_FILESIZE;
	sb->s_time_gran = below->s_time_gran;
	sb->s_time_min = below->s_time_min;
	sb->s_time_max = below->s_time_max;
	sb->s_blocksize = below->s_blocksize;
	sb->s_blocksize_bits = below->s_blocksize_bits;
	if (!unionfs_upper_mnt(us) || below->s_flags & SB_POSIXACL)
		sb->s_flags |= SB_POSIXACL;
	sb->s_flags |= SB_NOSEC;
	return 0;
}

static struct dentry *make_root(struct super_block *sb,
				struct unionfs_super *us)
{
	struct unionfs_node node;
	struct dentry *dentry;
	struct inode *inode;
	unsigned int i;
	int err = 0;

	unionfs_node_init(&node);
	if (unionfs_upper_mnt(us))
		node.upper = dget(unionfs_upper_mnt(us)->mnt_root);
	for (i = 1; !err && i < us->nr; i++) {
		dentry = dget(us->branch[i].mnt->mnt_root);
		err = unionfs_node_add(&node, dentry, &us->branch[i]);
		if (err)
			dput(dentry);
	}
	inode = err ? ERR_PTR(err) : unionfs_get_inode(sb, &node);
	unionfs_node_drop(&node);
	if (IS_ERR(inode))
		return ERR_CAST(inode);
	return d_make_root(inode) ?: ERR_PTR(-ENOMEM);
}

static int fill_super(struct super_block *sb, struct fs_context *fc,
		      struct unionfs_super *us)
{
	const struct cred *old;
	struct dentry *root;
	int err;

	us->trusted = is_trusted(fc);
	us->cred = make_cred();
	if (!us->cred)
		return -ENOMEM;
	err = unionfs_open_branches(us, fc, fc->fs_private);
	if (!err)
		err = inherit(sb, us, fc);
	if (err)
		return err;
	if (unionfs_upper_mnt(us)) {
		err = be_nobody(us);
		if (err)
			return err;
		old = override_creds(us->cred);
		err = unionfs_open_work(us, fc);
		revert_creds(old);
		if (err)
			return err;
	} else {
		sb->s_flags |= SB_RDONLY;
	}
	sb->s_magic = UNIONFS_MAGIC;
	sb->s_op = &super_ops;
	sb->s_xattr = unionfs_xattr_handlers;
	if (us->trusted)
		sb->s_export_op = &unionfs_export_ops;
	root = make_root(sb, us);
	if (IS_ERR(root))
		return PTR_ERR(root);
	sb->s_root = root;
	return 0;
}

int unionfs_fill_super(struct super_block *sb, struct fs_context *fc)
{
	struct unionfs_super *us;
	int err;

	/* The context may have been passed to another user namespace. */
	if (fc->user_ns != current_user_ns()) {
		errorf(fc, "another user namespace has opened this context");
		return -EPERM;
	}
	us = kzalloc(sizeof(*us), GFP_KERNEL_ACCOUNT);
	if (!us)
		return -ENOMEM;
	mutex_init(&us->whiteout_lock);
	xa_init(&us->known);
	sb->s_fs_info = us;
	err = fill_super(sb, fc, us);
	if (err) {
		/* Without a root put_super() is not called. */
		sb->s_fs_info = NULL;
		free_super(us);
	}
	return err;
}

static struct file_system_type unionfs_type = {
	.owner = THIS_MODULE,
	.name = "unionfs",
	.init_fs_context = unionfs_init_fs_context,
	.parameters = unionfs_parameters,
	.kill_sb = kill_anon_super,
	.fs_flags = FS_USERNS_MOUNT | FS_ALLOW_IDMAP,
};

static int __init unionfs_init(void)
{
	int err = unionfs_inode_init();

	if (err)
		return err;
	err = register_filesystem(&unionfs_type);
	if (err)
		unionfs_inode_exit();
	return err;
}

static void __exit unionfs_exit(void)
{
	unregister_filesystem(&unionfs_type);
	unionfs_inode_exit();
}

module_init(unionfs_init);
module_exit(unionfs_exit);
