// SPDX-License-Identifier: GPL-2.0
/*
 * usage: clock -|STAMP COMMAND [ARGUMENT…]
 * Runs COMMAND and prints the nanoseconds until it ended, or, with the file
 * STAMP, until the time that init.c has put there.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static long long ns(const struct timespec *t)
{
	return t->tv_sec * 1000000000LL + t->tv_nsec;
}

static int run(char **argv)
{
	posix_spawn_file_actions_t files;
	int status, error;
	pid_t pid;

	/* Daemons that stay must not hold the caller's pipe. */
	posix_spawn_file_actions_init(&files);
	for (int fd = 0; fd < 2; fd++)
		posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
	error = posix_spawnp(&pid, argv[0], &files, NULL, argv, environ);
	if (error) {
		errno = error;
		err(1, "%s", argv[0]);
	}
	if (waitpid(pid, &status, 0) != pid)
		err(1, "wait");
	return status;
}

static void read_stamp(const char *path, struct timespec *end)
{
	/* A daemon may return before its init has run. */
	for (int tries = 0; tries < 5000; tries++) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t n = fd < 0 ? 0 : read(fd, end, sizeof(*end));

		if (fd >= 0)
			close(fd);
		if (n == sizeof(*end))
			return;
		usleep(1000);
	}
	errx(1, "%s: init has not started", path);
}

int main(int argc, char **argv)
{
	struct timespec begin, end;
	int status;

	if (argc < 3)
		errx(2, "usage: clock -|STAMP COMMAND [ARGUMENT...]");
	if (strcmp(argv[1], "-") && unlink(argv[1]) && errno != ENOENT)
		err(1, "%s", argv[1]);
	clock_gettime(CLOCK_REALTIME, &begin);
	status = run(argv + 2);
	clock_gettime(CLOCK_REALTIME, &end);
	if (status)
		errx(1, "%s %s: wait status 0x%x", argv[2], argv[3] ?: "", status);
	if (strcmp(argv[1], "-"))
		read_stamp(argv[1], &end);
	printf("%lld\n", ns(&end) - ns(&begin));
	return 0;
}
