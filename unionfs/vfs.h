/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every call into a branch, each logged (dynamic debug). The caller has
 * entered with unionfs_enter(); calls that change something also need
 * unionfs_want_write() and the locks that the VFS function wants.
 */
#ifndef UNIONFS_VFS_H
#define UNIONFS_VFS_H

#include "unionfs.h"
#include <linux/file.h>
#include <linux/fileattr.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>

static inline struct mnt_idmap *unionfs_upper_idmap(struct unionfs_super *us)
{
	return mnt_idmap(unionfs_upper_mnt(us));
}

static inline int unionfs_want_write(struct unionfs_super *us)
{
	if (!unionfs_upper_mnt(us))
		return -EROFS;
	return mnt_want_write(unionfs_upper_mnt(us));
}

static inline void unionfs_drop_write(struct unionfs_super *us)
{
	mnt_drop_write(unionfs_upper_mnt(us));
}

/* Objects that are not what their name says: automounts, casefolded names. */
static inline bool unionfs_weird(const struct dentry *dentry)
{
	return dentry->d_flags & (DCACHE_NEED_AUTOMOUNT |
				  DCACHE_MANAGE_TRANSIT |
				  DCACHE_OP_HASH | DCACHE_OP_COMPARE);
}

/* A dentry, negative if there is none; dir must not be locked. */
static inline struct dentry *unionfs_do_lookup(struct vfsmount *mnt,
					       struct dentry *dir,
					       const struct qstr *name)
{
	struct dentry *found = lookup_one_unlocked(mnt_idmap(mnt), name->name,
						   dir, name->len);

	pr_debug("lookup(%pd2, %.*s) = %pe\n", dir, name->len, name->name,
		 found);
	if (!IS_ERR(found) && d_is_positive(found) && unionfs_weird(found)) {
		dput(found);
		found = ERR_PTR(-EREMOTE);
	}
	return found;
}

/* The same in the upper branch, in a directory that is locked. */
static inline struct dentry *unionfs_do_lookup_locked(struct unionfs_super *us,
						      struct dentry *dir,
						      const struct qstr *name)
{
	struct dentry *found = lookup_one(unionfs_upper_idmap(us), name->name,
					  dir, name->len);

	pr_debug("lookup_locked(%pd2, %.*s) = %pe\n", dir, name->len,
		 name->name, found);
	return found;
}

static inline int unionfs_do_create(struct unionfs_super *us,
				    struct dentry *dir, struct dentry *dentry,
				    umode_t mode)
{
	int err = vfs_create(unionfs_upper_idmap(us), d_inode(dir), dentry,
			     mode, true);

	pr_debug("create(%pd2, 0%o) = %i\n", dentry, mode, err);
	return err;
}

static inline int unionfs_do_mkdir(struct unionfs_super *us, struct dentry *dir,
				   struct dentry *dentry, umode_t mode)
{
	int err = vfs_mkdir(unionfs_upper_idmap(us), d_inode(dir), dentry,
			    mode);

	pr_debug("mkdir(%pd2, 0%o) = %i\n", dentry, mode, err);
	return err;
}

static inline int unionfs_do_mknod(struct unionfs_super *us, struct dentry *dir,
				   struct dentry *dentry, umode_t mode,
				   dev_t dev)
{
	int err = vfs_mknod(unionfs_upper_idmap(us), d_inode(dir), dentry,
			    mode, dev);

	pr_debug("mknod(%pd2, 0%o, 0x%x) = %i\n", dentry, mode, dev, err);
	return err;
}

static inline int unionfs_do_symlink(struct unionfs_super *us,
				     struct dentry *dir, struct dentry *dentry,
				     const char *target)
{
	int err = vfs_symlink(unionfs_upper_idmap(us), d_inode(dir), dentry,
			      target);

	pr_debug("symlink(\"%s\", %pd2) = %i\n", target, dentry, err);
	return err;
}

static inline int unionfs_do_link(struct unionfs_super *us, struct dentry *old,
				  struct dentry *dir, struct dentry *dentry)
{
	int err = vfs_link(old, unionfs_upper_idmap(us), d_inode(dir), dentry,
			   NULL);

	pr_debug("link(%pd2, %pd2) = %i\n", old, dentry, err);
	return err;
}

static inline int unionfs_do_unlink(struct unionfs_super *us,
				    struct dentry *dir, struct dentry *dentry)
{
	int err = vfs_unlink(unionfs_upper_idmap(us), d_inode(dir), dentry,
			     NULL);

	pr_debug("unlink(%pd2) = %i\n", dentry, err);
	return err;
}

static inline int unionfs_do_rmdir(struct unionfs_super *us, struct dentry *dir,
				   struct dentry *dentry)
{
	int err = vfs_rmdir(unionfs_upper_idmap(us), d_inode(dir), dentry);

	pr_debug("rmdir(%pd2) = %i\n", dentry, err);
	return err;
}

static inline int unionfs_do_rename(struct unionfs_super *us,
				    struct dentry *olddir, struct dentry *old,
				    struct dentry *newdir, struct dentry *new,
				    unsigned int flags)
{
	struct renamedata rd = {
		.old_mnt_idmap = unionfs_upper_idmap(us),
		.old_dir = d_inode(olddir),
		.old_dentry = old,
		.new_mnt_idmap = unionfs_upper_idmap(us),
		.new_dir = d_inode(newdir),
		.new_dentry = new,
		.flags = flags,
	};
	int err = vfs_rename(&rd);

	pr_debug("rename(%pd2, %pd2, 0x%x) = %i\n", old, new, flags, err);
	return err;
}

/* A file without a name, open for writing. */
static inline struct file *unionfs_do_tmpfile(struct unionfs_super *us,
					      struct dentry *dir, umode_t mode)
{
	struct path path = { .mnt = unionfs_upper_mnt(us), .dentry = dir };
	struct file *file = kernel_tmpfile_open(unionfs_upper_idmap(us), &path,
						mode, O_LARGEFILE | O_RDWR,
						current_cred());

	pr_debug("tmpfile(%pd2, 0%o) = %pe\n", dir, mode, file);
	return file;
}

static inline struct file *unionfs_do_open(const struct path *path, int flags)
{
	struct file *file = dentry_open(path, flags | O_LARGEFILE,
					current_cred());

	pr_debug("open(%pd2, 0%o) = %pe\n", path->dentry, flags, file);
	return file;
}

/* The upper object's inode must be locked. */
static inline int unionfs_do_setattr(struct unionfs_super *us,
				     struct dentry *dentry, struct iattr *attr)
{
	int err = notify_change(unionfs_upper_idmap(us), dentry, attr, NULL);

	pr_debug("setattr(%pd2, 0x%x) = %i\n", dentry, attr->ia_valid, err);
	return err;
}

static inline int unionfs_do_getattr(const struct path *path,
				     struct kstat *stat, u32 mask,
				     unsigned int flags)
{
	int err = vfs_getattr_nosec(path, stat, mask, flags);

	pr_debug("getattr(%pd2, 0x%x) = %i\n", path->dentry, mask, err);
	return err;
}

static inline ssize_t unionfs_do_getxattr(const struct path *path,
					  const char *name, void *value,
					  size_t size)
{
	ssize_t len = vfs_getxattr(mnt_idmap(path->mnt), path->dentry, name,
				   value, size);

	pr_debug("getxattr(%pd2, \"%s\") = %zi\n", path->dentry, name, len);
	return len;
}

/* Our own marks: no right of a caller is involved. */
static inline ssize_t unionfs_do_getmark(struct dentry *dentry,
					 const char *name, void *value,
					 size_t size)
{
	ssize_t len = __vfs_getxattr(dentry, d_inode(dentry), name, value,
				     size);

	pr_debug("getmark(%pd2, \"%s\") = %zi\n", dentry, name, len);
	return len;
}

static inline int unionfs_do_setxattr(struct unionfs_super *us,
				      struct dentry *dentry, const char *name,
				      const void *value, size_t size, int flags)
{
	int err = vfs_setxattr(unionfs_upper_idmap(us), dentry, name, value,
			       size, flags);

	pr_debug("setxattr(%pd2, \"%s\", %zu) = %i\n", dentry, name, size, err);
	return err;
}

static inline int unionfs_do_removexattr(struct unionfs_super *us,
					 struct dentry *dentry,
					 const char *name)
{
	int err = vfs_removexattr(unionfs_upper_idmap(us), dentry, name);

	pr_debug("removexattr(%pd2, \"%s\") = %i\n", dentry, name, err);
	return err;
}

static inline ssize_t unionfs_do_listxattr(struct dentry *dentry, char *list,
					   size_t size)
{
	ssize_t len = vfs_listxattr(dentry, list, size);

	pr_debug("listxattr(%pd2) = %zi\n", dentry, len);
	return len;
}

static inline int unionfs_do_setacl(struct unionfs_super *us,
				    struct dentry *dentry, const char *name,
				    struct posix_acl *acl)
{
	struct posix_acl *own = NULL;
	int err = 0;

	/* It is translated in place, and may be one that others have cached. */
	if (acl) {
		own = posix_acl_clone(acl, GFP_KERNEL);
		err = own ? vfs_set_acl(unionfs_upper_idmap(us), dentry, name, own) : -ENOMEM;
		posix_acl_release(own);
	} else {
		err = vfs_remove_acl(unionfs_upper_idmap(us), dentry, name);
	}
	pr_debug("setacl(%pd2, \"%s\", %d) = %i\n", dentry, name, !!acl, err);
	return err;
}

static inline int unionfs_do_fileattr_get(struct dentry *dentry,
					  struct fileattr *fa)
{
	int err = vfs_fileattr_get(dentry, fa);

	pr_debug("fileattr_get(%pd2) = %i\n", dentry, err);
	return err;
}

static inline int unionfs_do_fileattr_set(struct unionfs_super *us,
					  struct dentry *dentry,
					  struct fileattr *fa)
{
	int err = vfs_fileattr_set(unionfs_upper_idmap(us), dentry, fa);

	pr_debug("fileattr_set(%pd2, 0x%x) = %i\n", dentry, fa->flags, err);
	return err;
}

#endif /* UNIONFS_VFS_H */
