// SPDX-License-Identifier: GPL-2.0
/*
 * usage: killat N COMMAND [ARGUMENT…]
 * Kills COMMAND with SIGKILL when it enters its N-th system call, and returns
 * 137 then; with N 0, or when there are fewer, its exit status. Counts from the
 * opening of vps.conf on (what comes before belongs to the dynamic linker), and
 * writes the count to the file that COUNT in the environment names.
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int opens_conf(pid_t pid, const struct __ptrace_syscall_info *info)
{
	char mem[32], path[256] = "";
	int fd;

	if (info->entry.nr != SYS_openat)
		return 0;
	snprintf(mem, sizeof(mem), "/proc/%d/mem", pid);
	fd = open(mem, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, path, sizeof(path) - 1, info->entry.args[1]) < 0)
		err(2, "%s", mem);
	close(fd);
	return strstr(path, "vps.conf") != NULL;
}

static void report(long count)
{
	const char *path = getenv("COUNT");
	FILE *f = path ? fopen(path, "w") : NULL;

	if (!f)
		return;
	fprintf(f, "%ld\n", count);
	fclose(f);
}

int main(int argc, char **argv)
{
	long n, count = 0;
	int status, signum = 0;
	pid_t pid;

	if (argc < 3)
		errx(2, "usage: killat N COMMAND [ARGUMENT...]");
	n = strtol(argv[1], NULL, 10);
	pid = fork();
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid ||
	    ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL))
		err(2, "ptrace");
	while (!ptrace(PTRACE_SYSCALL, pid, 0, signum) && waitpid(pid, &status, 0) == pid) {
		struct __ptrace_syscall_info info;

		if (!WIFSTOPPED(status))
			break;
		signum = WSTOPSIG(status);
		if (signum == SIGTRAP)
			signum = 0;
		if (signum != (SIGTRAP | 0x80))
			continue;
		signum = 0;
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0 ||
		    info.op != PTRACE_SYSCALL_INFO_ENTRY)
			continue;
		if ((count || opens_conf(pid, &info)) && ++count == n) {
			kill(pid, SIGKILL);
			if (waitpid(pid, &status, 0) == pid)
				break;
		}
	}
	report(count);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
