// SPDX-License-Identifier: GPL-2.0
/*
 * upward VERB: tries to leave the root directory or the namespaces. "host": there is
 * the file that only the host has; "no host": the way worked and led nowhere new.
 */
#include <linux/mount.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "escape.h"

#define MARK	"var/lib/vps/template"

static int result(const char *verb, int fd)
{
	struct stat st;
	int there = !fstatat(fd, MARK, &st, 0);

	printf("%s: %s\n", verb, there ? "host" : "no host");
	return !there;
}

/* The namespace above one's own. The kernel tells it to who has rights in it. */
static int above(const char *verb, const char *path, unsigned long request)
{
	int ns = open(path, O_RDONLY | O_CLOEXEC);

	need(ns >= 0, path);
	return outcome(verb, ioctl(ns, request));
}

static int parent_user(const char *verb)
{
	return above(verb, "/proc/self/ns/user", NS_GET_PARENT);
}

static int parent_pid(const char *verb)
{
	return above(verb, "/proc/self/ns/pid", NS_GET_PARENT);
}

static int owner_user(const char *verb)
{
	return above(verb, "/proc/self/ns/user", NS_GET_USERNS);
}

/* Into whatever any task that is visible has. */
static int setns_up(const char *verb)
{
	static const char *const kinds[] = { "user", "mnt", "pid", "net", "cgroup" };

	for (int pid = 1; pid < 64; pid++)
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
			char path[64];
			int fd;

			snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, kinds[i]);
			fd = open(path, O_RDONLY | O_CLOEXEC);
			if (fd >= 0 && !setns(fd, 0) && !strcmp(kinds[i], "mnt"))
				chdir("/");
		}
	return result(verb, AT_FDCWD);
}

static void climb(void)
{
	for (int i = 0; i < 64; i++)
		if (chdir(".."))
			break;
}

/* A root of one's own over the old one, which is taken away: what is below? */
static int pivot_up(const char *verb)
{
	mkdir("/tmp/pivot", 0755);
	if (unshare(CLONE_NEWNS) || mount("pivot", "/tmp/pivot", "tmpfs", 0, NULL))
		return outcome(verb, -1);
	if (chdir("/tmp/pivot") || syscall(SYS_pivot_root, ".", "."))
		return outcome(verb, -1);
	/* The old root is on top now, and below it? */
	umount2(".", MNT_DETACH);
	climb();
	umount2("/", MNT_DETACH);
	climb();
	return result(verb, AT_FDCWD);
}

static int chroot_up(const char *verb)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	mkdir("/chroot-up", 0755);
	if (fd < 0 || chroot("/chroot-up"))
		return outcome(verb, -1);
	if (fchdir(fd))
		return outcome(verb, -1);
	climb();
	if (chroot("."))
		return outcome(verb, -1);
	rmdir("/chroot-up");
	return result(verb, AT_FDCWD);
}

/* A copy of the root's mount that is nowhere: ".." of it, and what lay below it. */
static int detached_up(const char *verb)
{
	int fd = syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | AT_RECURSIVE);

	if (fd < 0)
		fd = syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE);
	if (fd < 0 || fchdir(fd))
		return outcome(verb, -1);
	umount2("/", MNT_DETACH);
	climb();
	return result(verb, AT_FDCWD);
}

static int root_of_init(const char *verb)
{
	int fd = open("/proc/1/root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return outcome(verb, -1);
	if (!fchdir(fd))
		climb();
	return result(verb, AT_FDCWD);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const char *verb);
	} verbs[] = {
		{ "parent-user", parent_user }, { "parent-pid", parent_pid },
		{ "owner-user", owner_user }, { "setns-up", setns_up },
		{ "pivot-up", pivot_up }, { "chroot-up", chroot_up },
		{ "detached-up", detached_up }, { "root-of-init", root_of_init },
	};

	for (size_t i = 0; argc == 2 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(argv[1], verbs[i].name))
			return verbs[i].run(argv[1]);
	errno = EINVAL;
	need(0, "verb");
}
