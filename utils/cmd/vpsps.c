// SPDX-License-Identifier: GPL-2.0
/* vpsps(1): ps(1) with the CTID of each process before its line. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

/* Which word of ps's title is "PID", from 0; -1 when it shows none. */
static int pid_column(const char *title)
{
	char *copy = strdup(title), *save, *word;
	int at = 0, found = -1;

	for (word = copy ? strtok_r(copy, " \t\n", &save) : NULL;
	     word && found < 0; word = strtok_r(NULL, " \t\n", &save), at++)
		if (!strcmp(word, "PID"))
			found = at;
	free(copy);
	return found;
}

static long pid_of(const char *line, int column)
{
	const char *p = line + strspn(line, " \t");

	while (column-- > 0) {
		p += strcspn(p, " \t");
		p += strspn(p, " \t");
	}
	return strtol(p, NULL, 10);
}

/* "-" when the process is gone since ps has seen it, or the kernel has no contexts. */
static void ctid_of(long pid, char *buf, size_t size)
{
	char path[64], line[256];
	FILE *f;

	snprintf(buf, size, "-");
	snprintf(path, sizeof(path), "/proc/%ld/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "Ctx:", 4))
			snprintf(buf, size, "%lu", strtoul(line + 4, NULL, 10));
	if (f)
		fclose(f);
}

static void annotate(FILE *ps)
{
	char *line = NULL, ctid[24];
	size_t size = 0;
	int column = -1;

	while (getline(&line, &size, ps) > 0) {
		if (column < 0) {
			column = pid_column(line);
			printf("%10s %s", column < 0 ? "" : "CTID", line);
			continue;
		}
		ctid_of(pid_of(line, column), ctid, sizeof(ctid));
		printf("%10s %s", ctid, line);
	}
	free(line);
}

int main(int argc, char **argv)
{
	int p[2], status;
	FILE *ps;
	pid_t pid;

	if (kx_told(argc, argv, "Usage: vpsps [OPTIONS of ps]\n\n"
		    "ps(1) with the CTID of each process, 0 for the host's own. See vpsps(1).\n"))
		return kx_close_stdout(0);
	if (pipe2(p, O_CLOEXEC))
		return kx_report(&(struct kx_err){ .msg = "no pipe" });
	pid = fork();
	if (!pid) {
		dup2(p[1], 1);
		execvp("ps", (argv[0] = "ps", argv));
		fprintf(stderr, "vpsps: ps: %s\n", strerror(errno));
		_exit(127);
	}
	close(p[1]);
	ps = pid > 0 ? fdopen(p[0], "r") : NULL;
	if (ps)
		annotate(ps);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return KX_SYSTEM;
	return kx_close_stdout(WIFEXITED(status) ? WEXITSTATUS(status) : KX_SYSTEM);
}
