// SPDX-License-Identifier: GPL-2.0
/*
 * detached: mounts that hang nowhere (open_tree, fsmount), a descriptor kept
 * over chroot, pivot_root and umount: where ".." ends, and what they show.
 */
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "escape.h"

static struct stat root;

/* Walks up from where it is. */
static void upward(const char *what)
{
	struct stat here = { 0 }, up;

	for (int i = 0; i < 100; i++) {
		if (chdir("..") || stat(".", &up))
			break;
		if (up.st_ino == here.st_ino && up.st_dev == here.st_dev)
			break;
		here = up;
	}
	printf("%s: %s%s\n", what, here.st_dev == root.st_dev && here.st_ino == root.st_ino ?
	       "its own root" : "another root",
	       access("etc/vps", F_OK) && access("mnt/share", F_OK) ? "" : ", THE HOST'S");
}

static void from(const char *what, int fd)
{
	if (fd < 0 || fchdir(fd)) {
		outcome(what, -1);
		return;
	}
	upward(what);
}

static int make(const char *type)
{
	int fs = syscall(SYS_fsopen, type, 0), fd;

	if (fs < 0)
		return -1;
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -1;
	fd = syscall(SYS_fsmount, fs, 0, 0);
	close(fs);
	return fd;
}

int main(void)
{
	int before, tree, proc, fd;

	need(!stat("/", &root), "/");
	before = open("/", O_PATH | O_DIRECTORY);
	tree = syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | AT_RECURSIVE);
	from("a clone of the root", tree);
	from("a new tmpfs", make("tmpfs"));
	proc = make("proc");
	from("a new proc", proc);
	fd = proc < 0 ? -1 : openat(proc, "1/root", O_PATH | O_DIRECTORY);
	from("init's root by it", fd);
	fd = syscall(SYS_open_tree, AT_FDCWD, "/proc", OPEN_TREE_CLONE);
	fd = fd < 0 ? -1 : openat(fd, "sysrq-trigger", O_WRONLY);
	outcome("sysrq-trigger of a proc without masks", fd);
	fd = syscall(SYS_open_tree, AT_FDCWD, "/sys", OPEN_TREE_CLONE);
	fd = fd < 0 ? -1 : openat(fd, "kernel/uevent_helper", O_WRONLY);
	outcome("uevent_helper of a sys without masks", fd);

	mkdir("/tmp/jail", 0777);
	if (chroot("/tmp/jail")) {
		outcome("chroot", -1);
	} else {
		from("a descriptor kept over chroot", before);
		chroot(".");
	}
	if (tree >= 0 && !fchdir(tree) && !chroot(".")) {
		from("the old root from inside a detached one", before);
		chroot(".");
	}
	if (unshare(CLONE_NEWNS)) {
		outcome("unshare", -1);
	} else {
		chdir("/");
		outcome("pivot_root to itself", syscall(SYS_pivot_root, ".", "."));
		outcome("umount of what was the root", umount2(".", MNT_DETACH));
		outcome("and of the next", umount2("/", MNT_DETACH));
		from("after it all", before);
		upward("from there");
	}
	return 0;
}
