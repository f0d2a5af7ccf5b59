// SPDX-License-Identifier: GPL-2.0
/* What is copied up of an object besides its data. */
#include "vfs.h"
#include "merge.h"
#include "copyup.h"

static int copy_acl(struct copyup *c, struct dentry *upper, const char *name)
{
	struct posix_acl *acl;
	int err;

	acl = unionfs_real_acl(&c->lower, posix_acl_type(name));
	if (IS_ERR_OR_NULL(acl))
		return PTR_ERR(acl);
	err = unionfs_do_setacl(c->us, upper, name, acl);
	posix_acl_release(acl);
	return err;
}

static int copy_xattr(struct copyup *c, struct dentry *upper, const char *name)
{
	char *value = NULL;
	ssize_t len;
	int err;

	if (is_posix_acl_xattr(name))
		return copy_acl(c, upper, name);
	len = unionfs_do_getxattr(&c->lower, name, NULL, 0);
	if (len > 0) {
		value = kvmalloc(len, GFP_KERNEL);
		if (!value)
			return -ENOMEM;
		len = unionfs_do_getxattr(&c->lower, name, value, len);
	}
	if (len == -ENODATA)
		err = 0;
	else if (len < 0)
		err = len;
	else
		err = unionfs_do_setxattr(c->us, upper, name, value ?: "", len,
					  0);
	kvfree(value);
	return err;
}

static int copy_xattrs(struct copyup *c, struct dentry *upper)
{
	char *list, *name;
	ssize_t len;
	int err = 0;

	if (!(d_inode(c->lower.dentry)->i_opflags & IOP_XATTR))
		return 0;
	len = unionfs_do_listxattr(c->lower.dentry, NULL, 0);
	if (len <= 0)
		return len == -EOPNOTSUPP ? 0 : len;
	list = kvmalloc(len, GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	len = unionfs_do_listxattr(c->lower.dentry, list, len);
	if (len < 0)
		err = len;
	for (name = list; !err && name < list + len; name += strlen(name) + 1) {
		/* Marks are about the branch that they are in. */
		if (!unionfs_is_mark(c->us, name) ||
		    strstarts(strchr(name, '.') + 1, "overlay.overlay."))
			err = copy_xattr(c, upper, name);
	}
	kvfree(list);
	return err;
}

/* Flags of chattr(1) that say how an object is kept. */
static int copy_flags(struct copyup *c, struct dentry *upper)
{
	u32 keep = FS_SYNC_FL | FS_NODUMP_FL | FS_NOATIME_FL | FS_DIRSYNC_FL;
	struct fileattr from = {}, to = {};
	unsigned int prot = c->inode->i_flags & (S_APPEND | S_IMMUTABLE);
	int err;

	if (!S_ISREG(c->stat.mode) && !S_ISDIR(c->stat.mode))
		return 0;
	err = prot ? unionfs_write_prot(c->us, upper, prot) : 0;
	if (err)
		return err;
	/* Filesystems without such flags have none to keep. */
	if (unionfs_do_fileattr_get(c->lower.dentry, &from) ||
	    !(from.flags & keep))
		return 0;
	if (unionfs_do_fileattr_get(upper, &to))
		return 0;
	fileattr_fill_flags(&to, to.flags | (from.flags & keep));
	return unionfs_do_fileattr_set(c->us, upper, &to);
}

int unionfs_change_upper(struct copyup *c, struct dentry *upper, struct iattr *attr)
{
	int err;

	inode_lock(d_inode(upper));
	err = unionfs_do_setattr(c->us, upper, attr);
	inode_unlock(d_inode(upper));
	return err;
}

int unionfs_copy_times(struct copyup *c, struct dentry *upper)
{
	struct iattr attr = {
		.ia_valid = ATTR_ATIME | ATTR_ATIME_SET | ATTR_MTIME |
			    ATTR_MTIME_SET | ATTR_CTIME,
		.ia_atime = c->stat.atime,
		.ia_mtime = c->stat.mtime,
	};

	return unionfs_change_upper(c, upper, &attr);
}

/* It was made with its owner; filesystems may have other ideas. */
static int copy_owner(struct copyup *c, struct dentry *upper)
{
	struct inode *inode = d_inode(upper);
	struct mnt_idmap *idmap = unionfs_upper_idmap(c->us);
	struct iattr attr = { .ia_valid = ATTR_UID | ATTR_GID };
	int err;

	attr.ia_vfsuid = VFSUIDT_INIT(c->stat.uid);
	attr.ia_vfsgid = VFSGIDT_INIT(c->stat.gid);
	if (!vfsuid_eq(i_uid_into_vfsuid(idmap, inode), attr.ia_vfsuid) ||
	    !vfsgid_eq(i_gid_into_vfsgid(idmap, inode), attr.ia_vfsgid)) {
		err = unionfs_change_upper(c, upper, &attr);
		if (err)
			return err;
	}
	if (S_ISLNK(c->stat.mode) || inode->i_mode == c->stat.mode)
		return 0;
	attr.ia_valid = ATTR_MODE;
	attr.ia_mode = c->stat.mode;
	return unionfs_change_upper(c, upper, &attr);
}

/* All but data; times come last, as everything else changes them. */
int unionfs_copy_meta(struct copyup *c, struct dentry *upper)
{
	struct iattr attr = { .ia_valid = ATTR_SIZE, .ia_size = c->stat.size };
	int err;

	if (S_ISREG(c->stat.mode)) {
		attr.ia_size = c->data ? c->size : c->stat.size;
		if (i_size_read(d_inode(upper)) != attr.ia_size) {
			err = unionfs_change_upper(c, upper, &attr);
			if (err)
				return err;
		}
	}
	err = copy_owner(c, upper);
	if (!err)
		err = copy_xattrs(c, upper);
	if (!err)
		err = copy_flags(c, upper);
	if (!err)
		err = unionfs_write_origin(c->us, upper,
					   unionfs_i(c->inode)->lower[0].dentry);
	if (!err && S_ISREG(c->stat.mode) && !c->data)
		err = unionfs_set_mark(c->us, upper, UNIONFS_METACOPY, NULL, 0);
	return err ?: unionfs_copy_times(c, upper);
}
