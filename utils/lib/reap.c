// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "inside.h"

/* So long what was killed may take to end. */
#define DYING_MS	5000

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool ends(int pidfd, int ms)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int64_t end = now_ms() + ms, left;
	int n = -1;

	while (n < 0 && (left = end - now_ms()) > 0) {
		n = poll(&p, 1, left);
		if (n < 0 && errno != EINTR)
			break;
	}
	return n > 0;
}

int kx_reap(pid_t pid, int ms, int *status)
{
	cleanup_close int pidfd = syscall(SYS_pidfd_open, pid, 0);

	if (pidfd < 0)
		return -1;
	if (!ends(pidfd, ms)) {
		kill(pid, SIGKILL);
		if (!ends(pidfd, DYING_MS)) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
	return waitpid(pid, status, 0) == pid ? 0 : -1;
}
