// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "pty.h"

/*
 * Root inside may have put anything at /dev/ptmx, so what is opened is taken
 * only when the kernel says that it is a pty.
 */
int kx_pty_open(int *slave)
{
	struct open_how how = {
		.flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS,
	};
	int master, unlock = 0;
	struct statfs fs;

	master = syscall(SYS_openat2, AT_FDCWD, "/dev/pts/ptmx", &how, sizeof(how));
	if (master < 0)
		return -1;
	if (fstatfs(master, &fs) || fs.f_type != DEVPTS_SUPER_MAGIC ||
	    ioctl(master, TIOCSPTLCK, &unlock))
		goto fail;
	*slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*slave >= 0)
		return master;
fail:
	close(master);
	return -1;
}

struct relay {
	int in, out;		/* terminals of the caller, or -1 */
	int master;
	int signals;
	unsigned int asked;	/* signals that were to end it */
	struct termios saved;
};

static void copy_size(const struct relay *r)
{
	struct winsize size;

	if (!ioctl(r->out >= 0 ? r->out : r->in, TIOCGWINSZ, &size))
		ioctl(r->master, TIOCSWINSZ, &size);
}

/* What is not taken is dropped once @signals (or -1) has some: they come first. */
static int write_all(int fd, const char *buf, ssize_t len, int signals)
{
	while (len > 0) {
		ssize_t n = write(fd, buf, len);

		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			struct pollfd p[] = {
				{ .fd = fd, .events = POLLOUT },
				{ .fd = signals, .events = POLLIN },
			};

			if (poll(p, 2, 1000) > 0 && p[1].revents && !p[0].revents)
				return 0;
			continue;
		}
		if (n <= 0)
			return -1;
		buf += n;
		len -= n;
	}
	return 0;
}

/* 1: the end of @from. */
static int pump(int from, int to, int signals)
{
	char buf[8192];
	ssize_t n = read(from, buf, sizeof(buf));

	if (n < 0)
		return errno != EAGAIN && errno != EINTR;
	if (!n)
		return 1;
	return to >= 0 && write_all(to, buf, n, signals);
}

/*
 * What is still in the pty when the process has ended belongs to it. That is not
 * more than a pty holds, but others inside can go on writing for ever.
 */
#define DRAIN_MAX	64	/* times what pump() takes */

static void drain(struct relay *r)
{
	struct pollfd p = { .fd = r->master, .events = POLLIN };

	for (int i = 0; i < DRAIN_MAX; i++)
		if (poll(&p, 1, 0) <= 0 || !(p.revents & POLLIN) ||
		    pump(r->master, r->out, -1))
			return;
}

static bool ended(struct relay *r, pid_t pid, int *status)
{
	struct signalfd_siginfo info;

	/* The first asks, the second insists. */
	while (read(r->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGWINCH)
			copy_size(r);
		else if (info.ssi_signo != SIGCHLD)
			kill(pid, r->asked++ ? SIGKILL : SIGHUP);
	}
	return waitpid(pid, status, WNOHANG) == pid;
}

static void relay(struct relay *r, pid_t pid, int *status)
{
	struct pollfd p[] = {
		{ .fd = r->signals, .events = POLLIN },
		{ .fd = r->master, .events = POLLIN },
		{ .fd = r->in, .events = POLLIN },
	};

	while (!ended(r, pid, status)) {
		if (poll(p, 3, -1) < 0 && errno != EINTR)
			return;
		if (p[1].revents && pump(r->master, r->out, -1))
			p[1].fd = -1;
		if (p[2].revents && pump(r->in, r->master, r->signals))
			p[2].fd = -1;
	}
	drain(r);
}

int kx_pty_run(int master, pid_t pid, int *status)
{
	struct relay r = {
		.in = isatty(0) ? 0 : -1,
		.out = isatty(1) ? 1 : isatty(2) ? 2 : -1,
		.master = master,
	};
	struct termios raw;
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigaddset(&set, SIGCHLD);
	/* The terminal must become as it was: these end the command inside first. */
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, &old);
	r.signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (r.signals < 0)
		return -1;
	copy_size(&r);
	if (r.in >= 0 && !tcgetattr(r.in, &r.saved)) {
		raw = r.saved;
		cfmakeraw(&raw);
		tcsetattr(r.in, TCSADRAIN, &raw);
	}
	*status = -1;
	relay(&r, pid, status);
	if (*status == -1)
		waitpid(pid, status, 0);
	if (r.in >= 0)
		tcsetattr(r.in, TCSADRAIN, &r.saved);
	close(r.signals);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return 0;
}
