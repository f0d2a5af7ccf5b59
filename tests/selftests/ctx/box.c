// SPDX-License-Identifier: GPL-2.0
#include "box.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int write_map(pid_t pid, const char *file)
{
	static const char map[] = "0 100000 65536\n";
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, map, sizeof(map) - 1);
	close(fd);
	return n < 0 ? -errno : 0;
}

int pidfd_open_of(pid_t pid)
{
	return syscall(SYS_pidfd_open, pid, 0);
}

int box_open(struct box *box, int flags, int (*fn)(void *arg), void *arg)
{
	int go[2], ret = 0;
	char byte;
	pid_t pid;

	box->pid = 0;
	if (pipe2(go, O_CLOEXEC))
		return -errno;
	/* The box may be in shared memory: the child does not write to it. */
	pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
	if (pid < 0) {
		ret = -errno;
		close(go[0]);
		close(go[1]);
		return ret;
	}
	if (!pid) {
		close(go[1]);
		signal(SIGALRM, SIG_DFL);
		if (read(go[0], &byte, 1) != 1)
			_exit(127);
		close(go[0]);
		if (flags & CLONE_NEWUSER &&
		    (setresgid(0, 0, 0) || setresuid(0, 0, 0)))
			_exit(126);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(fn(arg));
	}
	close(go[0]);
	box->pid = pid;
	box->go = go[1];
	box->pidfd = pidfd_open_of(box->pid);
	if (flags & CLONE_NEWUSER)
		ret = write_map(box->pid, "uid_map") ?:
		      write_map(box->pid, "gid_map");
	if (box->pidfd < 0)
		ret = -errno;
	if (ret)
		box_close(box);
	return ret;
}

void box_go(struct box *box)
{
	ssize_t n = write(box->go, "", 1);

	(void)n;
}

int box_wait(struct box *box)
{
	int status = -1;

	while (waitpid(box->pid, &status, __WALL) < 0 && errno == EINTR)
		;
	box->pid = 0;
	return status;
}

void box_close(struct box *box)
{
	if (box->pid > 0) {
		kill(box->pid, SIGKILL);
		box_wait(box);
	}
	if (box->go > 0)
		close(box->go);
	if (box->pidfd > 0)
		close(box->pidfd);
	memset(box, 0, sizeof(*box));
}

int box_pause(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

int box_exit0(void *arg)
{
	(void)arg;
	return 0;
}

/* The value of Ctx:, or -ENOENT; a zombie only with @zombies. */
static int64_t read_status(const char *pid, bool zombies)
{
	char path[64], line[256];
	int64_t id = -ENOENT;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	file = fopen(path, "re");
	if (!file)
		return -ENOENT;
	while (fgets(line, sizeof(line), file)) {
		if (!zombies && !strncmp(line, "State:\tZ", 8))
			break;
		if (!zombies && !strncmp(line, "State:\tX", 8))
			break;
		if (!strncmp(line, "Ctx:\t", 5)) {
			id = strtoll(line + 5, NULL, 10);
			break;
		}
	}
	fclose(file);
	return id;
}

int64_t ctx_of_pid(pid_t pid)
{
	char name[16] = "self";

	if (pid)
		snprintf(name, sizeof(name), "%d", pid);
	return read_status(name, true);
}

int ctx_processes(uint32_t id)
{
	struct dirent *entry;
	DIR *dir = opendir("/proc");
	int n = 0;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    read_status(entry->d_name, false) == id)
			n++;
	closedir(dir);
	return n;
}

void *shared_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}
