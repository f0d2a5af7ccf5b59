// SPDX-License-Identifier: GPL-2.0
/*
 * POSIX ACLs. They are cached in the union's inode, which all changes go
 * through, in the terms of the union's superblock.
 */
#include "vfs.h"

/* Ids of a branch that is an idmapped mount become those of the union. */
static void map_ids(struct vfsmount *mnt, struct posix_acl *acl)
{
	struct user_namespace *ns = mnt->mnt_sb->s_user_ns;
	struct mnt_idmap *idmap = mnt_idmap(mnt);
	unsigned int i;

	for (i = 0; i < acl->a_count; i++) {
		struct posix_acl_entry *entry = &acl->a_entries[i];

		if (entry->e_tag == ACL_USER)
			entry->e_uid = vfsuid_into_kuid(make_vfsuid(idmap, ns,
								    entry->e_uid));
		else if (entry->e_tag == ACL_GROUP)
			entry->e_gid = vfsgid_into_kgid(make_vfsgid(idmap, ns,
								    entry->e_gid));
	}
}

/* The ACL of a real object, in the union's terms; entered. NULL if none. */
struct posix_acl *unionfs_real_acl(const struct path *path, int type)
{
	struct inode *real = d_inode(path->dentry);
	struct posix_acl *acl, *copy;

	if (!IS_POSIXACL(real))
		return NULL;
	acl = get_inode_acl(real, type);
	if (IS_ERR_OR_NULL(acl) || !is_idmapped_mnt(path->mnt))
		return acl;
	copy = posix_acl_clone(acl, GFP_KERNEL);
	posix_acl_release(acl);
	if (!copy)
		return ERR_PTR(-ENOMEM);
	map_ids(path->mnt, copy);
	return copy;
}

struct posix_acl *unionfs_get_inode_acl(struct inode *inode, int type,
					bool rcu)
{
	struct posix_acl *acl;
	const struct cred *old;
	struct path path;

	if (rcu)
		return ERR_PTR(-ECHILD);
	unionfs_meta_path(inode, &path);
	old = unionfs_enter(inode->i_sb);
	acl = unionfs_real_acl(&path, type);
	unionfs_leave(old);
	return acl;
}

int unionfs_set_acl(struct mnt_idmap *idmap, struct dentry *dentry,
		    struct posix_acl *acl, int type)
{
	struct unionfs_super *us = unionfs_sb(dentry->d_sb);
	struct inode *inode = d_inode(dentry);
	const char *name = posix_acl_xattr_name(type);
	const struct cred *old;
	int err;

	if (!IS_POSIXACL(d_inode(us->work)))
		return -EOPNOTSUPP;
	if (type == ACL_TYPE_DEFAULT && !S_ISDIR(inode->i_mode))
		return acl ? -EACCES : 0;
	if (!inode_owner_or_capable(idmap, inode))
		return -EPERM;
	/* The branch cannot know whether the caller may keep the bit. */
	if (type == ACL_TYPE_ACCESS && inode->i_mode & S_ISGID &&
	    !in_group_or_capable(idmap, inode, i_gid_into_vfsgid(idmap, inode))) {
		struct iattr attr = { .ia_valid = ATTR_KILL_SGID };

		err = notify_change(idmap, dentry, &attr, NULL);
		if (err)
			return err;
	}
	err = unionfs_copy_up(dentry, UNIONFS_WANT_META, 0);
	if (err)
		return err;
	err = unionfs_begin_change(inode);
	if (err)
		return err;
	old = unionfs_enter(dentry->d_sb);
	err = unionfs_do_setacl(us, unionfs_upper(inode), name, acl);
	unionfs_leave(old);
	unionfs_end_change(inode);
	/* The mode may have changed with it. */
	unionfs_copy_upper_attr(inode);
	forget_cached_acl(inode, type);
	return err;
}
