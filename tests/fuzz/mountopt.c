// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes the options of mounts, by fsopen(2) and its like and by mount(2): of
 * unionfs most, and of the types that root inside may mount. From the host, from
 * a user namespace, and from inside a context, each in namespaces of its own,
 * whose mounts end with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "message.h"
#include "options.h"

/* Newer than the headers of some libraries. */
#define CREATE_EXCL	8	/* FSCONFIG_CMD_CREATE_EXCL */
#define CONTEXT_ID	0x70000001
/* In counts->detail: what was accepted, by type, and by worker. */
#define OF_TYPE		0
#define OF_WORKER	32

static int worker;

static int sys_fsconfig(int fd, unsigned int cmd, const char *key, const void *value,
			int aux)
{
	return syscall(SYS_fsconfig, fd, cmd, key, value, aux);
}

static void tell(bool accepted, const struct fstype *type)
{
	__atomic_add_fetch(accepted ? &counts->accepted : &counts->refused, 1,
			   __ATOMIC_RELAXED);
	if (!accepted)
		return;
	__atomic_add_fetch(&counts->detail[OF_TYPE + (type - fstypes)], 1,
			   __ATOMIC_RELAXED);
	__atomic_add_fetch(&counts->detail[OF_WORKER + worker], 1, __ATOMIC_RELAXED);
}

static const struct fstype *some_type(void)
{
	return &fstypes[once_in(2) ? 0 : rnd(worker ? nfstypes : nfstypes - 1)];
}

/* A mount point, a path in one, or something else. */
static void some_place(char *path, size_t size)
{
	if (once_in(10))
		some_path(path, size);
	else
		snprintf(path, size, "m%u", 1 + rnd(3));
}

static void configure(int fs, const struct fstype *type)
{
	const char *key = once_in(60) ? NULL : some_key(type);
	char value[5000], other[64];
	int fd;

	some_value(key ?: "", value, once_in(12) ? sizeof(value) : once_in(3) ? 256 : 48);
	switch (rnd(12)) {
	case 0:
		sys_fsconfig(fs, FSCONFIG_SET_FLAG, key, NULL, 0);
		break;
	case 1:
		sys_fsconfig(fs, FSCONFIG_SET_BINARY, key, value, rnd(sizeof(value)));
		break;
	case 2:
		sys_fsconfig(fs, once_in(2) ? FSCONFIG_SET_PATH : FSCONFIG_SET_PATH_EMPTY,
			     key, value, AT_FDCWD);
		break;
	case 3:
		some_path(other, sizeof(other));
		fd = open(other, O_PATH | O_CLOEXEC);
		sys_fsconfig(fs, FSCONFIG_SET_FD, key, NULL, once_in(8) ? fs : fd);
		if (fd >= 0)
			close(fd);
		break;
	case 4:
		sys_fsconfig(fs, rnd(once_in(3) ? 12 : 6), key, value, rnd_edge());
		break;
	default:
		sys_fsconfig(fs, FSCONFIG_SET_STRING, key, value, 0);
	}
}

static void read_log(int fs)
{
	char text[256];

	while (read(fs, text, sizeof(text)) > 0)
		;
}

static void by_fsopen(void)
{
	const struct fstype *type = some_type();
	int fs = syscall(SYS_fsopen, type->name, FSOPEN_CLOEXEC), mount = -1, n;
	const char *pairs[4][2];
	char place[64];
	bool made;

	if (fs < 0)
		return tell(false, type);
	n = once_in(3) ? 0 : right_options(type, pairs);
	for (int i = 0; i < n; i++)
		sys_fsconfig(fs, FSCONFIG_SET_STRING, pairs[i][0], pairs[i][1], 0);
	for (n = once_in(2) ? 0 : rnd(once_in(10) ? 100 : 5); n--;)
		configure(fs, type);
	made = !sys_fsconfig(fs, once_in(6) ? CREATE_EXCL : FSCONFIG_CMD_CREATE,
			     NULL, NULL, 0);
	tell(made, type);
	if (once_in(4))
		configure(fs, type);
	if (made || once_in(8))
		mount = syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC,
				once_in(4) ? (unsigned int)rnd_edge() & 0xff : 0);
	some_place(place, sizeof(place));
	if (mount >= 0 && !once_in(4))
		syscall(SYS_move_mount, mount, "", AT_FDCWD, place, MOVE_MOUNT_F_EMPTY_PATH);
	if (once_in(4))
		sys_fsconfig(fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0);
	if (once_in(2))
		read_log(fs);
	close(fs);
	if (mount >= 0)
		close(mount);
}

static unsigned long some_flags(void)
{
	static const unsigned long flags[] = {
		MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_SYNCHRONOUS, MS_NOATIME,
		MS_SILENT, MS_POSIXACL, MS_LAZYTIME, MS_BIND, MS_MOVE, MS_PRIVATE, MS_SHARED,
		MS_UNBINDABLE, MS_SLAVE,
	};
	unsigned long all = 0;

	for (int n = once_in(2) ? 0 : rnd(3); n--;)
		all |= flags[rnd(once_in(8) ? COUNT(flags) : 9)];
	return all;
}

static void by_mount(void)
{
	const struct fstype *type = some_type();
	static char text[8192];
	unsigned long flags = some_flags();
	char place[64], source[64];

	some_options(type, text, once_in(6) ? sizeof(text) : 512);
	some_place(place, sizeof(place));
	some_path(source, sizeof(source));
	/* What is bound can be remounted: nothing of the machine's. */
	if (flags & (MS_BIND | MS_MOVE))
		snprintf(source, sizeof(source), "%s", once_in(2) ? "l1" : "m1");
	tell(!mount(source, place, type->name, flags, once_in(20) ? NULL : text), type);
}

/* Changes of what is mounted: of its branches, and of all else. */
static void by_reconfigure(void)
{
	const struct fstype *type = some_type();
	static char text[4096];
	char place[64];
	int fs;

	/* Only of our own: options of the root's would be the machine's. */
	snprintf(place, sizeof(place), "m%u", 1 + rnd(3));
	if (once_in(2)) {
		some_options(type, text, 512);
		mount("none", place, once_in(2) ? NULL : type->name,
		      MS_REMOUNT | some_flags(), text);
		return;
	}
	fs = syscall(SYS_fspick, AT_FDCWD, place, FSPICK_CLOEXEC);
	for (int n = rnd(4); n-- && fs >= 0;)
		configure(fs, type);
	if (fs < 0)
		return;
	sys_fsconfig(fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0);
	read_log(fs);
	close(fs);
}

static void use(void)
{
	static char text[4096];
	char path[128], to[128];
	int fd;

	snprintf(path, sizeof(path), "m%u/%s", 1 + rnd(3), once_in(2) ? "f1" : "new");
	snprintf(to, sizeof(to), "m%u/%s", 1 + rnd(3), once_in(2) ? "deep" : "other");
	switch (rnd(6)) {
	case 0:
		fd = open(path, O_RDWR | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0644);
		if (fd >= 0 && write(fd, "text", 4) == 4)
			ftruncate(fd, rnd(100));
		if (fd >= 0)
			close(fd);
		break;
	case 1:
		rename(path, to);
		break;
	case 2:
		if (unlink(path))
			rmdir(to);
		break;
	case 3:
		mkdir(to, 0755);
		break;
	default:
		fd = open(once_in(2) ? "/proc/self/mountinfo" : "m1", O_RDONLY | O_CLOEXEC);
		if (fd >= 0) {
			read(fd, text, sizeof(text));
			syscall(SYS_getdents64, fd, text, sizeof(text));
			close(fd);
		}
	}
}

static void leave(int place)
{
	char path[16];

	snprintf(path, sizeof(path), "m%d", place);
	while (!umount2(path, once_in(2) ? MNT_DETACH : 0) && !once_in(3))
		;
}

/* A tmpfs can be a branch, and one of our own is empty again as often as we like. */
static void make_place(void)
{
	if (chdir("/"))
		broken("no root directory");
	while (!umount2("/mnt", MNT_DETACH))
		;
	if (mount("fuzz", "/mnt", "tmpfs", 0, "size=32m,nr_inodes=8192") || chdir("/mnt"))
		broken("worker %d has no place for mounts: %s", worker, strerror(errno));
	options_prepare();
}

/* The first process of its namespaces: all that it has made ends with it. */
static void fuzz(void *arg)
{
	int *go = arg;
	char byte;

	close(go[1]);
	if (read(go[0], &byte, 1) != 1)
		return;
	if (setresgid(0, 0, 0) || setresuid(0, 0, 0))
		broken("worker %d cannot be root", worker);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		broken("worker %d cannot have mounts", worker);
	umask(0);
	make_place();
	while (!over()) {
		switch (rnd(8)) {
		case 0:
		case 1:
		case 2:
			by_fsopen();
			break;
		case 3:
		case 4:
			by_mount();
			break;
		case 5:
			by_reconfigure();
			break;
		case 6:
			use();
			break;
		default:
			leave(1 + rnd(3));
		}
		__atomic_add_fetch(&counts->sent, 1, __ATOMIC_RELAXED);
		/* Names may have been taken away, or covered. */
		if (once_in(300))
			make_place();
		beat();
	}
}

static void write_map(pid_t pid, const char *name)
{
	static const char map[] = "0 100000 65536\n";
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, map, strlen(map)) != (ssize_t)strlen(map))
		broken("cannot write %s: %s", path, strerror(errno));
	close(fd);
}

static void label(const struct child *c)
{
	struct message m;
	struct link link;

	link_open(&link);
	message_begin(&m, CTX_CMD_NEW, NLM_F_ACK);
	message_u32(&m, CTX_A_ID, CONTEXT_ID);
	message_u32(&m, CTX_A_PIDFD, c->pidfd);
	message_send(&link, &m);
	close(link.fd);
	/* It may have been sent twice. */
	if (link.last && link.last != -EEXIST)
		broken("no context: error %d", link.last);
}

static void in_namespaces(int flags, bool context)
{
	struct child c;
	int go[2], status;

	if (pipe(go) || !child_run(&c, flags | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |
				   CLONE_NEWUTS | CLONE_NEWCGROUP, fuzz, go))
		broken("no process for worker %d", worker);
	close(go[0]);
	if (flags & CLONE_NEWUSER) {
		write_map(c.pid, "uid_map");
		write_map(c.pid, "gid_map");
	}
	if (context)
		label(&c);
	if (write(go[1], "", 1) != 1 || waitpid(c.pid, &status, __WALL) != c.pid)
		broken("worker %d is lost", worker);
	close(c.pidfd);
	if (status)
		exit(1);
}

static void from_host(void)
{
	worker = 0;
	in_namespaces(0, false);
}

static void in_userns(void)
{
	worker = 1;
	in_namespaces(CLONE_NEWUSER, false);
}

static void inside(void)
{
	worker = 2;
	in_namespaces(CLONE_NEWUSER, true);
}

/* Unions that are still there, as the module counts them; 0 where it is built in. */
static int unions_left(void)
{
	FILE *f = fopen("/sys/module/unionfs/refcnt", "re");
	int n = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%d", &n) != 1)
		n = -1;
	fclose(f);
	return n;
}

static bool enough(void)
{
	for (int i = 0; i < 3; i++)
		if (counts->detail[OF_WORKER + i] < 20)
			return false;
	return counts->detail[OF_TYPE] >= 20;
}

int main(void)
{
	static struct worker workers[] = {
		{ .name = "host", .run = from_host },
		{ .name = "user namespace", .run = in_userns },
		{ .name = "inside", .run = inside },
	};
	int before, left;
	bool good;

	fuzzer_start(30, enough);
	if (geteuid() || !family_find()) {
		printf("not ok 1 - mountopt: it takes root, and a kernel with contexts\n");
		return 1;
	}
	before = unions_left();
	good = fuzzer_run(workers, COUNT(workers));
	printf("# mounted:");
	for (size_t i = 0; i < nfstypes; i++)
		printf(" %s %lu", fstypes[i].name, counts->detail[OF_TYPE + i]);
	printf("\n# mounts of each worker:");
	for (size_t i = 0; i < COUNT(workers); i++)
		printf(" %s %lu", workers[i].name, counts->detail[OF_WORKER + i]);
	printf("\n");
	/* What was detached goes a little later. */
	for (double until = now() + 60; (left = unions_left() - before) && now() < until;)
		usleep(100000);
	if (left)
		printf("# %d references to the module unionfs are left\n", left);
	return fuzzer_end("mountopt", good && enough() && !left);
}
