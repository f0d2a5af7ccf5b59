// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/securebits.h>
#include <sched.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "mountapi.h"
#include "root.h"
#include "vps.h"

/* What the helper process gets and gives; they share memory and descriptors. */
struct assembly {
	int userns;		/* -1: no mapping */
	int init;		/* pidfd: in its mount namespace; -1: in one of its own */
	uint32_t uid;		/* the VPS's root */
	char template[PATH_MAX];
	char private[PATH_MAX];
	char upper[PATH_MAX + 16];
	char work[PATH_MAX + 16];
	int trees[2];
	bool overlay;		/* the kernel has no unionfs */
	int errnum;
	const char *step;	/* that failed */
	char log[200];		/* what the file system said of it */
};

static int step_failed(struct assembly *a, const char *step)
{
	a->errnum = errno;
	a->step = step;
	return 1;
}

/*
 * overlayfs acts on its branches with the rights of whoever mounts it. Its own
 * directories there must belong to an id that the VPS has, or the branch could
 * not hold them; and without CAP_SYS_RESOURCE it heeds quota and the blocks
 * reserved for root, as root inside must.
 */
static int become_owner(const struct assembly *a)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];

	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) ||
	    syscall(SYS_capget, &head, caps))
		return -1;
	setfsgid(a->uid);
	setfsuid(a->uid);
	caps[CAP_TO_INDEX(CAP_SYS_RESOURCE)].effective &=
		~CAP_TO_MASK(CAP_SYS_RESOURCE);
	return syscall(SYS_capset, &head, caps);
}

/* Puts an idmapped twin of the directory over itself. */
static int cover_idmapped(struct assembly *a, const char *path)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_IDMAP,
		.userns_fd = a->userns,
	};
	int fd = kx_open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (fd < 0)
		return step_failed(a, path);
	if (kx_mount_setattr(fd, AT_EMPTY_PATH, &attr) ||
	    kx_move_mount(fd, AT_FDCWD, path)) {
		step_failed(a, path);
		close(fd);
		return 1;
	}
	close(fd);
	return 0;
}

/* Its two trees: only what is mounted can be cloned, so it is, for the moment. */
static int clone_union(struct assembly *a, int mount)
{
	if (kx_move_mount(mount, AT_FDCWD, a->private))
		return step_failed(a, a->private);
	for (int i = 0; i < 2; i++) {
		a->trees[i] = kx_open_tree(AT_FDCWD, a->private,
					   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
		if (a->trees[i] < 0)
			return step_failed(a, a->private);
	}
	return 0;
}

/* overlayfs reads and writes what unionfs does when it is told to. */
static int configure(const struct assembly *a, int fs)
{
	static const char *const overlay[][2] = {
		{ "redirect_dir", "on" }, { "metacopy", "on" },
		{ "index", "on" }, { "xino", "auto" },
	};

	if (kx_fsconfig_string(fs, "source", "kontext") ||
	    kx_fsconfig_string(fs, "lowerdir+", a->template) ||
	    kx_fsconfig_string(fs, "upperdir", a->upper) ||
	    kx_fsconfig_string(fs, "workdir", a->work))
		return -1;
	for (int i = 0; a->overlay && i < 4; i++)
		if (kx_fsconfig_string(fs, overlay[i][0], overlay[i][1]))
			return -1;
	return kx_fsconfig_create(fs);
}

static int make_union(struct assembly *a, int fs)
{
	const char *name = a->overlay ? "overlay" : "unionfs";
	struct mount_attr map = {
		.attr_set = MOUNT_ATTR_IDMAP,
		.userns_fd = a->userns,
	};
	int mount, ret;

	if (configure(a, fs)) {
		step_failed(a, name);
		kx_fs_log(fs, a->log, sizeof(a->log));
		return 1;
	}
	mount = kx_fsmount(fs, a->userns < 0 ? MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV : 0);
	if (mount < 0)
		return step_failed(a, name);
	/* The branches have plain ids, and so has the union, but not its mount. */
	if (!a->overlay && a->userns >= 0 &&
	    kx_mount_setattr(mount, AT_EMPTY_PATH, &map))
		ret = step_failed(a, "mapping of ids");
	else
		ret = clone_union(a, mount);
	close(mount);
	return ret;
}

/* An overlay cannot be mapped itself, so its branches are. */
static int prepare_overlay(struct assembly *a)
{
	if (a->userns < 0)
		return 0;
	if (cover_idmapped(a, a->template) || cover_idmapped(a, a->private))
		return 1;
	return become_owner(a) ? step_failed(a, "credentials") : 0;
}

/*
 * Runs in a mount namespace that is not the host's, where the union can be
 * mounted for a moment, and an overlay's idmapped twins may lie over its
 * branches: it keeps private clones of them. They go with the namespace, or
 * with what the future init leaves of the host in its own; to use that one
 * spares a copy of all the host's mounts.
 */
static int assemble(void *arg)
{
	struct assembly *a = arg;
	int fs, ret;

	if (a->init >= 0 ? setns(a->init, CLONE_NEWNS) :
	    unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return step_failed(a, "mount namespace");
	fs = kx_fsopen("unionfs");
	if (fs < 0 && errno == ENODEV) {
		a->overlay = true;
		/* The context has the rights of who opens it. */
		if (prepare_overlay(a))
			return 1;
		fs = kx_fsopen("overlay");
	}
	if (fs < 0)
		return step_failed(a, a->overlay ? "overlay" : "unionfs");
	ret = make_union(a, fs);
	close(fs);
	return ret;
}

/* Once after boot. A second one would hide what is mounted in the first. */
static int make_own_mount(const struct kx_vps *vps, struct kx_err *err)
{
	cleanup_close int lock = kx_lock(vps->host, ".root", true, err);
	const char *dir = vps->host->root_dir;

	if (lock < 0)
		return -1;
	if (!kx_is_mount_root(dir) &&
	    (mount(dir, dir, NULL, MS_BIND, NULL) ||
	     mount(NULL, dir, NULL, MS_PRIVATE, NULL)))
		return kx_fail(err, KX_MOUNT, errno, "cannot mount %s", dir);
	return 0;
}

/* VE_ROOT is a mount of its own: what comes and goes there propagates nowhere. */
static int prepare_target(const struct kx_vps *vps, const char *path,
			  struct kx_err *err)
{
	if (!kx_is_mount_root(vps->host->root_dir) && make_own_mount(vps, err))
		return -1;
	if (mkdir(path, 0700) && errno != EEXIST)
		return kx_fail(err, KX_MKROOT, errno,
			       "cannot make the mount point %s", path);
	return 0;
}

static int run_assembly(struct assembly *a, struct kx_err *err)
{
	char stack[65536] __attribute__((aligned(16)));
	pid_t pid;

	/*
	 * Like vfork(2), so no page table is copied; with the descriptors
	 * shared, what it opens arrives here.
	 */
	pid = clone(assemble, stack + sizeof(stack),
		    CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD, a);
	if (pid < 0)
		return kx_fail(err, KX_MOUNT, errno, "clone");
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (a->trees[1] >= 0)
		return 0;
	kx_cleanup_close(&a->trees[0]);
	return kx_fail(err, KX_MOUNT, a->errnum, "cannot mount the root (%s%s%s)",
		       a->step ? a->step : "killed", *a->log ? ": " : "", a->log);
}

int kx_root_make(const struct kx_vps *vps, int init, int userns, int trees[2],
		 struct kx_err *err)
{
	struct assembly a = {
		.init = init, .userns = userns, .trees = { -1, -1 },
	};
	char path[PATH_MAX];

	if (kx_vps_uid(vps, &a.uid, err))
		return -1;
	kx_vps_private(vps, a.private);
	snprintf(a.template, sizeof(a.template), "%s/%s/root",
		 vps->host->template_dir, kx_vps_get(vps, "OSTEMPLATE"));
	if (access(a.template, F_OK))
		return kx_fail(err, KX_NO_TEMPLATE, 0,
			       "VPS %u: its template \"%s\" is gone", vps->id,
			       kx_vps_get(vps, "OSTEMPLATE"));
	if (!kx_vps_has_private(vps))
		return kx_fail(err, KX_NO_PRIVATE, 0,
			       "VPS %u: its private area %s is gone", vps->id,
			       a.private);
	snprintf(a.upper, sizeof(a.upper), "%s/" KX_UPPER, a.private);
	snprintf(a.work, sizeof(a.work), "%s/" KX_WORK, a.private);
	kx_vps_root(vps, path);
	if (prepare_target(vps, path, err) || run_assembly(&a, err))
		return -1;
	trees[0] = a.trees[0];
	trees[1] = a.trees[1];
	return 0;
}

int kx_root_attach(const struct kx_vps *vps, int tree, struct kx_err *err)
{
	char path[PATH_MAX];

	kx_vps_root(vps, path);
	return kx_move_mount(tree, AT_FDCWD, path) ?
		kx_fail(err, KX_MOUNT, errno, "cannot mount %s", path) : 0;
}

bool kx_vps_mounted(const struct kx_vps *vps)
{
	char path[PATH_MAX];

	kx_vps_root(vps, path);
	return kx_is_mount_root(path);
}

bool kx_vps_on_overlayfs(const struct kx_vps *vps)
{
	char path[PATH_MAX];
	struct statfs st;

	kx_vps_root(vps, path);
	return !statfs(path, &st) && st.f_type == OVERLAYFS_SUPER_MAGIC;
}

/* Whoever still works in there would work on the branch of a running VPS. */
int kx_root_release(const struct kx_vps *vps, enum kx_code code,
		    struct kx_err *err)
{
	char path[PATH_MAX];

	kx_vps_root(vps, path);
	if (!kx_is_mount_root(path) || !umount2(path, UMOUNT_NOFOLLOW))
		return 0;
	return kx_fail(err, code, errno,
		       "VPS %u is mounted and cannot be unmounted", vps->id);
}

int kx_root_umount(const struct kx_vps *vps, struct kx_err *err)
{
	char path[PATH_MAX];

	kx_vps_root(vps, path);
	while (kx_is_mount_root(path))
		if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW))
			return kx_fail(err, KX_UMOUNT, errno,
				       "cannot unmount %s", path);
	if (rmdir(path) && errno != ENOENT)
		return kx_fail(err, KX_UMOUNT, errno,
			       "cannot remove the mount point %s", path);
	return 0;
}

/*
 * For the host's root, who shall be able to write as the VPS's: the ids are
 * those on disk.
 */
int kx_vps_mount(struct kx_vps *vps, struct kx_err *err)
{
	int trees[2], ret;

	if (kx_vps_mounted(vps))
		return kx_fail(err, KX_MOUNTED, 0, "VPS %u is mounted already",
			       vps->id);
	if (kx_root_make(vps, -1, -1, trees, err))
		return -1;
	ret = kx_root_attach(vps, trees[0], err);
	close(trees[0]);
	close(trees[1]);
	return ret;
}

int kx_vps_umount(struct kx_vps *vps, struct kx_err *err)
{
	if (!kx_vps_mounted(vps))
		return kx_fail(err, KX_NOT_MOUNTED, 0, "VPS %u is not mounted",
			       vps->id);
	if (kx_root_release(vps, KX_UMOUNT, err))
		return -1;
	return kx_root_umount(vps, err);
}
