// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts, LSM: files, devices, mounts.
 */

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/if_tunnel.h>
#include <linux/kdev_t.h>
#include <linux/major.h>
#include <linux/mount.h>
#include <linux/nfs4.h>
#include <linux/path.h>
#include <linux/sockios.h>
#include <linux/ctx_lookup.h>
#include <asm/ioctls.h>

#include "../../fs/mount.h"
#include "lsm.h"

static int check_device(struct ctx *ctx, umode_t mode, dev_t dev, u32 access,
			enum ctx_refusal why)
{
	if (ctx_grants_device(ctx, mode, dev, access))
		return 0;
	return ctx_refuse(ctx, why, "%s device %u:%u", S_ISBLK(mode) ? "block" : "character",
			  MAJOR(dev), MINOR(dev));
}

/* Opened for neither, as an access mode of 3 does, is for ioctl(2): for both. */
static int check_open_device(struct ctx *ctx, const struct file *file)
{
	const struct inode *inode = file_inode(file);
	u32 access = (file->f_mode & FMODE_READ ? CTX_DEVICE_READ : 0) |
		     (file->f_mode & FMODE_WRITE ? CTX_DEVICE_WRITE : 0);

	return check_device(ctx, inode->i_mode, inode->i_rdev,
			    access ?: CTX_DEVICE_READ | CTX_DEVICE_WRITE, CTX_REFUSED_DEVICE);
}

/*
 * A mount in a namespace of the host, or of another context. One of the current
 * namespace is not, nor one of the kernel's own, such as memfd_create(2) uses.
 * Mounts leave their namespace under mount_lock, and before that is freed; one
 * that is in none any more is judged by whose filesystem it is.
 */
static bool is_mounted_outside(const struct ctx *ctx, struct vfsmount *mnt)
{
	const struct mnt_namespace *ns;
	bool outside;

	if (our_mnt(mnt))
		return false;
	read_seqlock_excl(&mount_lock);
	ns = real_mount(mnt)->mnt_ns;
	if (ns)
		outside = ns != MNT_NS_INTERNAL && ctx_of_userns(ns->user_ns) != ctx;
	else
		outside = ctx_of_sb(mnt->mnt_sb) != ctx && !is_idmapped_mnt(mnt);
	read_sequnlock_excl(&mount_lock);
	return outside;
}

/*
 * Each program of an exec, interpreters too. One that enters from the host is
 * its own /proc/self/exe: a shell or init that is a link to that, or names it
 * as its interpreter, would run the host's program under the context's control.
 */
static int check_program(struct ctx *ctx, const struct file *file)
{
	if (!is_mounted_outside(ctx, file->f_path.mnt))
		return 0;
	ctx_refuse(ctx, CTX_REFUSED_FILE, "program of the host");
	return -EACCES;
}

/*
 * A superblock with an owner, such as the /proc, /dev/pts or a tmpfs of a
 * context, is for its tasks only, by whatever mount or descriptor it is
 * reached. Those of the host, as the root of a context is on, have none.
 */
static noinline int check_special_open(struct file *file)
{
	const struct inode *inode = file_inode(file);
	struct ctx *owner = ctx_of_sb(inode->i_sb);
	struct ctx *ctx = ctx_current();

	if (!ctx)
		return 0;
	if (owner && owner != ctx && ctx_check_is_on(CTX_CHECK_file_open)) {
		ctx_refuse(ctx, CTX_REFUSED_FILE, "file on a %s of another context",
			   inode->i_sb->s_type->name);
		return -EACCES;
	}
	if (file->f_flags & __FMODE_EXEC && ctx_check_is_on(CTX_CHECK_exec))
		return check_program(ctx, file);
	if ((S_ISCHR(inode->i_mode) || S_ISBLK(inode->i_mode)) &&
	    ctx_check_is_on(CTX_CHECK_device))
		return check_open_device(ctx, file);
	return 0;
}

/* Most files are of the host or of the own user namespace, and only data. */
static noinline int check_file_open(struct file *file)
{
	const struct inode *inode = file_inode(file);
	const struct user_namespace *ns = inode->i_sb->s_user_ns;

	if (unlikely((ns != &init_user_ns && ns != current_real_cred()->user_ns) ||
		     file->f_flags & __FMODE_EXEC ||
		     S_ISCHR(inode->i_mode) || S_ISBLK(inode->i_mode)))
		return check_special_open(file);
	return 0;
}

/*
 * By the file's credentials: where a filesystem opens its own files with those of
 * who has mounted it, the file above them has been through here before.
 */
static int ctx_file_open(struct file *file)
{
	return ctx_spares(file->f_cred) ? 0 : check_file_open(file);
}

/*
 * By a message over a socket, or by pidfd_getfd(2). What the host has opened
 * may be given to a context; nothing comes out, and nothing goes across.
 */
static int ctx_file_receive(struct file *file)
{
	struct ctx *owner, *ctx;

	if (!static_branch_unlikely(&ctx_used) || !ctx_check_is_on(CTX_CHECK_file_receive))
		return 0;
	owner = ctx_of_file(file);
	ctx = ctx_current();
	if (!owner || owner == ctx)
		return 0;
	return ctx_refuse(ctx ?: owner, CTX_REFUSED_FD,
			  ctx ? "descriptor that another context has opened" :
				"descriptor, handed to the host");
}

/* Whatever node it is that /dev/tty was opened by, the terminal may be the host's. */
static bool is_from_outside(const struct ctx *ctx, const struct file *file)
{
	const struct inode *inode = file_inode(file);

	return ctx_of_sb(inode->i_sb) != ctx || inode->i_rdev == MKDEV(TTYAUX_MAJOR, 0);
}

/*
 * Input faked on a terminal of somebody else, and ways to make network devices
 * without a word on their kind.
 */
static int ctx_file_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct ctx *ctx = ctx_subject(CTX_CHECK_file_ioctl);

	if (!ctx)
		return 0;
	switch (cmd) {
	case TIOCSTI:
	case TIOCLINUX:
		if (is_from_outside(ctx, file))
			return ctx_refuse(ctx, CTX_REFUSED_TTY, "input for a terminal of the host");
		break;
	case SIOCBRADDBR:
	case SIOCGIFBR:
	case SIOCSIFBR:
		if (!ctx_may_link("bridge"))
			return -EPERM;
		break;
	case SIOCGIFVLAN:
	case SIOCSIFVLAN:
		if (!ctx_may_link("vlan"))
			return -EPERM;
		break;
	case SIOCADDTUNNEL:
	case SIOCCHGTUNNEL:
		if (!ctx_has_feature(ctx, CTX_FEATURE_IPIP) &&
		    !ctx_has_feature(ctx, CTX_FEATURE_GRE) &&
		    !ctx_has_feature(ctx, CTX_FEATURE_IPSEC))
			return ctx_refuse(ctx, CTX_REFUSED_NETDEV, "tunnel, without the feature");
		break;
	}
	return 0;
}

/* From any context of execution: whose file it is counts, not current. */
static int ctx_file_send_sigiotask(struct task_struct *task, struct fown_struct *fown,
				   int signum)
{
	struct ctx *owner;

	if (!static_branch_unlikely(&ctx_used) || !ctx_check_is_on(CTX_CHECK_file_send_sigiotask))
		return 0;
	owner = ctx_of_file(fown->file);
	scoped_guard(rcu)
		if (!owner || ctx_of_task(task) == owner)
			return 0;
	return ctx_refuse(owner, CTX_REFUSED_SIGNAL, "signal of a descriptor to a task outside");
}

/*
 * Who gets the signals of a file that the host has opened, and handed in. Called
 * with the owner's lock held, which has just been set: so it is unset again.
 */
static void ctx_file_set_fowner(struct file *file)
{
	struct ctx *ctx = ctx_subject(CTX_CHECK_file_set_fowner);
	struct fown_struct *fown = file_f_owner(file);
	struct task_struct *task;

	if (!ctx || !fown)
		return;
	scoped_guard(rcu) {
		task = pid_task(fown->pid, fown->pid_type);
		if (!task || ctx_of_task(task) == ctx)
			return;
	}
	put_pid(fown->pid);
	fown->pid = NULL;
	ctx_refuse(ctx, CTX_REFUSED_SIGNAL, "signals of a descriptor to a task outside");
}

static int ctx_quotactl(int cmds, int type, int id, const struct super_block *sb)
{
	struct ctx *ctx = ctx_subject(CTX_CHECK_quotactl);

	if (!ctx || (sb && ctx_of_sb(sb) == ctx))
		return 0;
	return ctx_refuse(ctx, CTX_REFUSED_QUOTA, "quota command %#x", cmds);
}

/* io_uring has no hook of its own; its inode has. */
static int ctx_inode_init_security_anon(struct inode *inode, const struct qstr *name,
					const struct inode *context_inode)
{
	struct ctx *ctx = ctx_subject(CTX_CHECK_inode_init_security_anon);

	if (!ctx || strcmp(name->name, "[io_uring]") ||
	    ctx_has_feature(ctx, CTX_FEATURE_IO_URING))
		return 0;
	return ctx_refuse(ctx, CTX_REFUSED_IO_URING, "io_uring, without the feature");
}

static struct security_hook_list ctx_fs_hooks[] __ro_after_init = {
	LSM_HOOK_INIT(file_open, ctx_file_open),
	LSM_HOOK_INIT(file_receive, ctx_file_receive),
	LSM_HOOK_INIT(file_ioctl, ctx_file_ioctl),
	LSM_HOOK_INIT(file_ioctl_compat, ctx_file_ioctl),
	LSM_HOOK_INIT(file_set_fowner, ctx_file_set_fowner),
	LSM_HOOK_INIT(file_send_sigiotask, ctx_file_send_sigiotask),
	LSM_HOOK_INIT(quotactl, ctx_quotactl),
	LSM_HOOK_INIT(inode_init_security_anon, ctx_inode_init_security_anon),
};

void __init ctx_add_fs_hooks(void)
{
	security_add_hooks(ctx_fs_hooks, ARRAY_SIZE(ctx_fs_hooks), &ctx_lsm_id);
}

bool __ctx_may_mount(struct fs_context *fc)
{
	struct ctx *ctx = ctx_subject(CTX_CHECK_mount);

	if (!ctx || ctx_grants_fs(ctx, fc->fs_type->name))
		return true;
	ctx_refuse(ctx, CTX_REFUSED_MOUNT, "mount of %s", fc->fs_type->name);
	return false;
}

/*
 * NFS alone. Ids that it sends and gets are of the mounter's user namespace, and
 * its connections of the network namespace. What is mounted on the way, at the
 * server's word, comes here with the user namespace of the first mount.
 */
bool __ctx_mounts_inside(const struct fs_context *fc)
{
	struct ctx *ctx = ctx_of_userns(fc->user_ns);

	return ctx && ctx == ctx_current() && ctx_has_feature(ctx, CTX_FEATURE_NFS) &&
	       (!strcmp(fc->fs_type->name, "nfs") || !strcmp(fc->fs_type->name, "nfs4"));
}

/*
 * Other layouts than these have the client read and write block devices that the
 * server names, and it may be a server of the context's own.
 */
bool __ctx_may_layout(const struct net *net, u32 layout)
{
	return !ctx_of_net(net) || layout == LAYOUT_NFSV4_1_FILES ||
	       layout == LAYOUT_FLEX_FILES;
}
EXPORT_SYMBOL_GPL(__ctx_may_layout);

/*
 * Devices are root's. Every user is root of user namespaces that he makes, where
 * the modes of a device's nodes say nothing; that of the context is the outermost.
 */
static struct user_namespace *outermost(struct user_namespace *ns)
{
	while (ns->level > 1)
		ns = ns->parent;
	return ns;
}

bool __ctx_may_mknod(umode_t mode, dev_t dev)
{
	struct ctx *ctx = ctx_current();

	if (!ctx || !ns_capable(outermost(current_user_ns()), CAP_MKNOD))
		return false;
	if (!ctx_check_is_on(CTX_CHECK_mknod))
		return true;
	return !check_device(ctx, mode, dev, CTX_DEVICE_MKNOD, CTX_REFUSED_MKNOD);
}

bool __ctx_opens_devices(const struct path *path)
{
	const struct super_block *sb = path->mnt->mnt_sb;
	struct ctx *ctx = ctx_current();

	return ctx && ctx == ctx_of_sb(sb) && sb->s_user_ns->level == 1 &&
	       !(path->mnt->mnt_flags & MNT_NODEV);
}
