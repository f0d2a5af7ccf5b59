// SPDX-License-Identifier: GPL-2.0
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

bool child_run(struct child *c, int flags, void (*fn)(void *arg), void *arg)
{
	c->pidfd = -1;
	c->pid = syscall(SYS_clone, flags | CLONE_PIDFD | SIGCHLD, 0, &c->pidfd, 0, 0);
	if (!c->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fn(arg);
		_exit(0);
	}
	return c->pid > 0;
}

/* At the end they wait to be killed. */
static void live(void *arg)
{
	(void)arg;
	switch (rnd(8)) {
	case 0:
		return;
	case 1:
	case 2:
		usleep(rnd(20000));
		return;
	case 3:
		for (int n = 1 + rnd(3); n--;)
			if (!fork())
				break;
		break;
	case 4:		/* what has children cannot be labelled */
		if (unshare(CLONE_NEWUSER) || once_in(2))
			return;
		break;
	case 5:
		kill(getpid(), once_in(2) ? SIGSTOP : SIGSEGV);
		break;
	case 6:		/* parents go before their children */
		if (fork())
			return;
		break;
	}
	for (;;)
		pause();
}

bool child_make(struct child *c)
{
	int flags = CLONE_NEWUSER;

	if (once_in(12))
		flags = 0;
	if (once_in(2))
		flags |= CLONE_NEWPID;
	if (once_in(8))
		flags |= CLONE_NEWNET;
	if (once_in(8))
		flags |= CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNS;
	return child_run(c, flags, live, NULL);
}

int child_drop(struct child *c)
{
	int status = -1;

	if (c->pid > 0) {
		kill(c->pid, SIGKILL);
		while (waitpid(c->pid, &status, __WALL) < 0 && errno == EINTR)
			;
	}
	if (c->pidfd >= 0)
		close(c->pidfd);
	c->pid = 0;
	c->pidfd = -1;
	return status;
}

int odd_fd(const struct child *c)
{
	char path[64];

	switch (rnd(5)) {
	case 0:
		return syscall(SYS_pidfd_open, getpid(), 0);
	case 1:
		return syscall(SYS_pidfd_open, 1, 0);
	case 2:		/* once it was one */
		snprintf(path, sizeof(path), "/proc/%d", c->pid);
		return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	case 3:
		snprintf(path, sizeof(path), "/proc/%d/ns/user", c->pid);
		return open(path, O_RDONLY | O_CLOEXEC);
	}
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}
