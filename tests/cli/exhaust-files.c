// SPDX-License-Identifier: GPL-2.0
/* Takes what has to do with files and memory. */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exhaust.h"

#define PAGE	4096

static int fd = -1;
static char dir[64];

static int enter_dir(void)
{
	snprintf(dir, sizeof(dir), "/tmp/exhaust.%u", worker);
	return (mkdir(dir, 0755) && errno != EEXIST) || chdir(dir);
}

static int take_file(unsigned int i)
{
	(void)i;
	return open("/", O_RDONLY | O_DIRECTORY) < 0 ? -1 : 0;
}

static int open_lock_file(void)
{
	char name[64];

	snprintf(name, sizeof(name), "/tmp/exhaust.lock.%u", worker);
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	return fd < 0;
}

/* Ranges that do not touch: each is a lock. */
static int take_lock(unsigned int i)
{
	struct flock lock = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 2L * i, .l_len = 1,
	};

	return fcntl(fd, F_SETLK, &lock);
}

static int take_pty(unsigned int i)
{
	(void)i;
	return open("/dev/ptmx", O_RDWR | O_NOCTTY) < 0 ? -1 : 0;
}

static void *map(size_t size, int flags)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
}

static int take_private(unsigned int i)
{
	(void)i;
	return map(16 * PAGE, MAP_PRIVATE) == MAP_FAILED ? -1 : 0;
}

static int take_locked(unsigned int i)
{
	(void)i;
	return map(PAGE, MAP_PRIVATE | MAP_LOCKED) == MAP_FAILED ? -1 : 0;
}

/* A page is taken when it is written to. */
static int open_shm(void)
{
	fd = memfd_create("exhaust", MFD_CLOEXEC);
	return fd < 0;
}

static int take_shm(unsigned int i)
{
	return pwrite(fd, "x", 1, (off_t)i * PAGE) == 1 ? 0 : -1;
}

static int take_inotify(unsigned int i)
{
	(void)i;
	return inotify_init1(IN_CLOEXEC) < 0 ? -1 : 0;
}

static int open_inotify(void)
{
	fd = inotify_init1(IN_CLOEXEC);
	return fd < 0 || enter_dir();
}

static int new_file(unsigned int i, char *name, size_t size)
{
	int file;

	snprintf(name, size, "file.%u", i);
	file = open(name, O_CREAT | O_RDONLY | O_CLOEXEC, 0600);
	return file < 0 ? -1 : close(file);
}

static int take_watch(unsigned int i)
{
	char name[32];

	if (new_file(i % 2000, name, sizeof(name)))
		return -1;
	return inotify_add_watch(fd, name, IN_MODIFY) < 0 ? -1 : 0;
}

static int group(void)
{
	return fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_FID, O_RDONLY);
}

static int take_fanotify(unsigned int i)
{
	(void)i;
	return group() < 0 ? -1 : 0;
}

static int open_fanotify(void)
{
	fd = group();
	return fd < 0 || enter_dir();
}

static int take_mark(unsigned int i)
{
	char name[32];

	if (new_file(i % 2000, name, sizeof(name)))
		return -1;
	return fanotify_mark(fd, FAN_MARK_ADD, FAN_MODIFY, AT_FDCWD, name);
}

/* In a mount namespace of its own, with which they go. */
static int private_mounts(void)
{
	return enter_dir() || unshare(CLONE_NEWNS) ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

/* Names of a tmpfs stay, and go with it. */
static int enter_tmpfs(void)
{
	return private_mounts() || mount("none", dir, "tmpfs", 0, NULL) || chdir(dir);
}

static int take_dentry(unsigned int i)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", i);
	return mknod(name, S_IFREG | 0600, 0);
}

static int take_mount(unsigned int i)
{
	(void)i;
	return mount(dir, dir, NULL, MS_BIND, NULL);
}

static int open_epoll(void)
{
	fd = epoll_create1(EPOLL_CLOEXEC);
	return fd < 0;
}

/* Each time another descriptor of the same file: a watch of its own. */
static int take_epoll(unsigned int i)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = i };
	static int base = -1;
	int copy;

	if (base < 0)
		base = eventfd(0, EFD_CLOEXEC);
	copy = dup(base);
	if (copy < 0)
		return -1;
	if (!epoll_ctl(fd, EPOLL_CTL_ADD, copy, &event))
		return 0;
	close(copy);
	return -1;
}

static int take_pipe(unsigned int i)
{
	int pipes[2];

	(void)i;
	return pipe2(pipes, O_CLOEXEC);
}

static int take_queue(unsigned int i)
{
	struct mq_attr attr = { .mq_maxmsg = 2, .mq_msgsize = 512 };
	char name[32];

	snprintf(name, sizeof(name), "/exhaust.%u.%u", worker, i);
	if (mq_open(name, O_RDWR | O_CREAT, 0600, &attr) == (mqd_t)-1)
		return -1;
	/* It goes with this process. */
	return mq_unlink(name);
}

const struct taker takers_files[] = {
	{ "numfile", NULL, take_file },
	{ "numflock", open_lock_file, take_lock },
	{ "numpty", NULL, take_pty },
	{ "privvmpages", NULL, take_private },
	{ "lockedpages", NULL, take_locked },
	{ "shmpages", open_shm, take_shm },
	{ "dcachesize", enter_tmpfs, take_dentry },
	{ "numinotify", NULL, take_inotify },
	{ "numinowatch", open_inotify, take_watch },
	{ "numfanotify", NULL, take_fanotify },
	{ "numfanmark", open_fanotify, take_mark },
	{ "nummount", private_mounts, take_mount },
	{ "numepoll", open_epoll, take_epoll },
	{ "pipepages", NULL, take_pipe },
	{ "mqbytes", NULL, take_queue },
	{ NULL, NULL, NULL }
};
