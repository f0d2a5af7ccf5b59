// SPDX-License-Identifier: GPL-2.0
/* Attributes of the union's objects. */
#include <linux/fs.h>
#include <linux/fiemap.h>
#include "vfs.h"
#include "merge.h"

/* What the caller may do is decided by what the union shows. */
int unionfs_permission(struct mnt_idmap *idmap, struct inode *inode, int mask)
{
	struct unionfs_super *us = unionfs_sb(inode->i_sb);
	const struct cred *old;
	struct inode *real;
	struct path path;
	int err;

	if (us->trusted)
		return generic_permission(idmap, inode, mask);
	unionfs_meta_path(inode, &path);
	real = d_inode_rcu(path.dentry);
	if (!real)
		return -ECHILD;
	err = generic_permission(idmap, inode, mask);
	if (err)
		return err;
	/* And who mounted may not do more here than below. */
	if (!unionfs_upper(inode) && !special_file(real->i_mode) &&
	    mask & MAY_WRITE) {
		/* It will be written in the upper branch, after a copy. */
		mask &= ~(MAY_WRITE | MAY_APPEND);
		mask |= MAY_READ;
	}
	old = unionfs_enter(inode->i_sb);
	err = inode_permission(mnt_idmap(path.mnt), real, mask);
	unionfs_leave(old);
	return err;
}

/* Owners are in the terms of the union's superblock; the caller sees a mount. */
static void map_owner(struct mnt_idmap *idmap, struct inode *inode,
		      struct kstat *stat)
{
	struct user_namespace *ns = i_user_ns(inode);

	if (idmap == &nop_mnt_idmap)
		return;
	stat->uid = vfsuid_into_kuid(make_vfsuid(idmap, ns, stat->uid));
	stat->gid = vfsgid_into_kgid(make_vfsgid(idmap, ns, stat->gid));
}

/* Without an upper object everything is in the union's inode. */
static int getattr_lower(struct mnt_idmap *idmap, struct inode *inode,
			 const struct path *real, struct kstat *stat, u32 mask,
			 unsigned int flags)
{
	struct kstat below;
	int err;

	generic_fillattr(idmap, mask, inode, stat);
	if (!(mask & ~STATX_BASIC_STATS))
		return 0;
	err = unionfs_do_getattr(real, &below, mask, flags);
	if (err)
		return err;
	stat->result_mask |= below.result_mask & ~STATX_CHANGE_COOKIE;
	stat->btime = below.btime;
	stat->attributes |= below.attributes;
	stat->attributes_mask |= below.attributes_mask;
	stat->dio_mem_align = below.dio_mem_align;
	stat->dio_offset_align = below.dio_offset_align;
	return 0;
}

int unionfs_getattr(struct mnt_idmap *idmap, const struct path *path,
		    struct kstat *stat, u32 mask, unsigned int flags)
{
	struct inode *inode = d_inode(path->dentry);
	struct unionfs_inode *ui = unionfs_i(inode);
	struct path real;
	int err;

	unionfs_meta_path(inode, &real);
	if (!unionfs_upper(inode))
		return getattr_lower(idmap, inode, &real, stat, mask, flags);
	err = unionfs_do_getattr(&real, stat, mask, flags);
	if (err)
		return err;
	map_owner(idmap, inode, stat);
	stat->ino = inode->i_ino;
	stat->dev = inode->i_sb->s_dev;
	if (S_ISDIR(inode->i_mode) ? ui->nr :
	    test_bit(UNIONFS_INDEXED, &ui->flags))
		stat->nlink = inode->i_nlink;
	if (S_ISCHR(inode->i_mode) || S_ISBLK(inode->i_mode))
		stat->rdev = inode->i_rdev;
	/* Space taken is that of the data, wherever they are. */
	if (S_ISREG(inode->i_mode) && !unionfs_has_data(inode))
		stat->blocks = d_inode(ui->lower[ui->nr - 1].dentry)->i_blocks;
	/* The number counts changes of another inode before copy-up. */
	stat->result_mask &= ~STATX_CHANGE_COOKIE;
	return 0;
}

/* The change as the upper branch is to be told of it. */
static void prepare_upper(struct mnt_idmap *idmap, struct inode *inode,
			  struct iattr *attr)
{
	struct user_namespace *ns = i_user_ns(inode);

	if (attr->ia_valid & ATTR_UID)
		attr->ia_vfsuid = VFSUIDT_INIT(from_vfsuid(idmap, ns,
							   attr->ia_vfsuid));
	if (attr->ia_valid & ATTR_GID)
		attr->ia_vfsgid = VFSGIDT_INIT(from_vfsgid(idmap, ns,
							   attr->ia_vfsgid));
	/* The VFS has worked out the mode that is left already. */
	attr->ia_valid &= ~(ATTR_KILL_SUID | ATTR_KILL_SGID | ATTR_KILL_PRIV |
			    ATTR_FILE | ATTR_OPEN);
}

/**
 * unionfs_begin_change() - begins a change of the metadata of an upper object
 * @inode: of the union
 *
 * Data that come up meanwhile save metadata and put them back: a change waits.
 *
 * Return: 0, with UNIONFS_LOCK held and writes begun until
 * unionfs_end_change(); -EINTR, or an error of the branch.
 */
int unionfs_begin_change(struct inode *inode)
{
	int err = unionfs_lock(inode);

	if (err)
		return err;
	err = unionfs_want_write(unionfs_sb(inode->i_sb));
	if (err)
		unionfs_unlock(inode);
	return err;
}

void unionfs_end_change(struct inode *inode)
{
	unionfs_drop_write(unionfs_sb(inode->i_sb));
	unionfs_unlock(inode);
}

int unionfs_setattr(struct mnt_idmap *idmap, struct dentry *dentry,
		    struct iattr *attr)
{
	struct unionfs_super *us = unionfs_sb(dentry->d_sb);
	struct inode *inode = d_inode(dentry);
	bool size = attr->ia_valid & ATTR_SIZE;
	struct iattr change = *attr;
	const struct cred *old;
	struct dentry *upper;
	struct path real;
	int err;

	err = setattr_prepare(idmap, dentry, attr);
	if (err)
		return err;
	/* setattr_prepare() may have taken the setgid bit away. */
	change.ia_mode = attr->ia_mode;
	prepare_upper(idmap, inode, &change);
	if (size) {
		/* A copy of just so much has the old times, and loses nothing more. */
		if (attr->ia_size != i_size_read(inode))
			change.ia_valid |= ATTR_MTIME;
		unionfs_data_path(inode, &real);
		/* Somebody runs it, maybe by another union. */
		if (atomic_read(&d_inode(real.dentry)->i_writecount) < 0)
			return -ETXTBSY;
	}
	err = unionfs_copy_up(dentry, size ? UNIONFS_WANT_DATA :
			      UNIONFS_WANT_META, size ? attr->ia_size : 0);
	if (err)
		return err;
	err = unionfs_begin_change(inode);
	if (err)
		return err;
	upper = unionfs_upper(inode);
	old = unionfs_enter(dentry->d_sb);
	inode_lock(d_inode(upper));
	if (size)
		err = get_write_access(d_inode(upper));
	if (!err) {
		err = unionfs_do_setattr(us, upper, &change);
		if (size)
			put_write_access(d_inode(upper));
	}
	inode_unlock(d_inode(upper));
	unionfs_leave(old);
	unionfs_end_change(inode);
	unionfs_copy_upper_attr(inode);
	/* The mode is part of an ACL. */
	if (attr->ia_valid & ATTR_MODE)
		forget_all_cached_acls(inode);
	return err;
}

/* Reading leaves a time in the upper branch alone. */
int unionfs_update_time(struct inode *inode, int flags)
{
	struct path path;

	if (!(flags & S_ATIME) || !unionfs_upper(inode))
		return 0;
	unionfs_meta_path(inode, &path);
	touch_atime(&path);
	inode_set_atime_to_ts(inode, inode_get_atime(d_inode(path.dentry)));
	return 0;
}

int unionfs_fiemap(struct inode *inode, struct fiemap_extent_info *info,
		   u64 start, u64 len)
{
	const struct cred *old;
	struct inode *real;
	struct path path;
	int err;

	unionfs_data_path(inode, &path);
	real = d_inode(path.dentry);
	if (!real->i_op->fiemap)
		return -EOPNOTSUPP;
	old = unionfs_enter(inode->i_sb);
	err = real->i_op->fiemap(real, info, start, len);
	unionfs_leave(old);
	return err;
}

int unionfs_fileattr_get(struct dentry *dentry, struct fileattr *fa)
{
	const struct cred *old;
	struct path path;
	int err;

	unionfs_meta_path(d_inode(dentry), &path);
	old = unionfs_enter(dentry->d_sb);
	err = unionfs_do_fileattr_get(path.dentry, fa);
	unionfs_leave(old);
	if (IS_APPEND(d_inode(dentry))) {
		fa->flags |= FS_APPEND_FL;
		fa->fsx_xflags |= FS_XFLAG_APPEND;
	}
	if (IS_IMMUTABLE(d_inode(dentry))) {
		fa->flags |= FS_IMMUTABLE_FL;
		fa->fsx_xflags |= FS_XFLAG_IMMUTABLE;
	}
	return err == -ENOIOCTLCMD ? -ENOTTY : err;
}

/* What is protected stays out of the branch. Returns it as inode flags. */
static unsigned int take_prot(struct fileattr *fa)
{
	unsigned int prot = 0;

	if (fa->flags & FS_APPEND_FL)
		prot |= S_APPEND;
	if (fa->flags & FS_IMMUTABLE_FL)
		prot |= S_IMMUTABLE;
	fa->flags &= ~(FS_APPEND_FL | FS_IMMUTABLE_FL);
	fa->fsx_xflags &= ~(FS_XFLAG_APPEND | FS_XFLAG_IMMUTABLE);
	return prot;
}

/*
 * The project of an upper object is the branch's, by which it is counted. The
 * caller has been compared with what was below, where it is another one.
 */
static int keep_project(struct dentry *upper, struct fileattr *fa)
{
	struct fileattr now = {};
	int err = unionfs_do_fileattr_get(upper, &now);

	if (err)
		return err;
	fa->fsx_projid = now.fsx_projid;
	fa->fsx_xflags &= ~FS_XFLAG_PROJINHERIT;
	fa->fsx_xflags |= now.fsx_xflags & FS_XFLAG_PROJINHERIT;
	fa->flags &= ~FS_PROJINHERIT_FL;
	fa->flags |= now.flags & FS_PROJINHERIT_FL;
	return 0;
}

int unionfs_fileattr_set(struct mnt_idmap *idmap, struct dentry *dentry,
			 struct fileattr *fa)
{
	struct unionfs_super *us = unionfs_sb(dentry->d_sb);
	struct inode *inode = d_inode(dentry);
	const struct cred *old;
	unsigned int prot;
	int err;

	err = unionfs_copy_up(dentry, UNIONFS_WANT_META, 0);
	if (err)
		return err;
	err = unionfs_want_write(us);
	if (err)
		return err;
	prot = take_prot(fa);
	old = unionfs_enter(dentry->d_sb);
	err = keep_project(unionfs_upper(inode), fa);
	if (!err)
		err = unionfs_do_fileattr_set(us, unionfs_upper(inode), fa);
	if (!err && prot != (inode->i_flags & (S_APPEND | S_IMMUTABLE))) {
		err = unionfs_write_prot(us, unionfs_upper(inode), prot);
		if (!err)
			inode_set_flags(inode, prot, S_APPEND | S_IMMUTABLE);
	}
	unionfs_leave(old);
	unionfs_drop_write(us);
	unionfs_copy_upper_attr(inode);
	return err == -ENOIOCTLCMD ? -ENOTTY : err;
}
