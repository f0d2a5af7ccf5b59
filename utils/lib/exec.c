// SPDX-License-Identifier: GPL-2.0
/* A command inside a running VPS. */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/ctx.h>

#include "cgroup.h"
#include "inside.h"
#include "pty.h"
#include "vps.h"

/* Exit statuses of the shell for a command that could not be run. */
#define CANNOT_RUN	126
#define NOT_FOUND	127

struct run {
	int pidfd;		/* of the VPS's init */
	int cgroup;
	int sock[2];		/* tells of the terminal; -1: none wanted */
	char *const *argv;	/* null: login shell */
	int ms;			/* so long it may take, without any descriptor; 0: any */
};

/* Descriptors of a terminal, both in the command and in the process inside. */
struct tty {
	int master, slave;
};

static void say(const char *what)
{
	dprintf(2, "%s: %s\n", what, strerror(errno));
}

/*
 * The table of descriptors is shared with the command until here, so that it
 * has what is opened inside: none is ever sent outward, which the kernel
 * refuses. From here on this process has a table of its own, with the terminal
 * in place of each of the first three that was one of the host's.
 */
static int take_terminal(int sock)
{
	struct tty tty;

	tty.master = kx_pty_open(&tty.slave);
	if (tty.master < 0 || unshare(CLONE_FILES) ||
	    send(sock, &tty, sizeof(tty), MSG_NOSIGNAL) != sizeof(tty))
		return -1;
	ioctl(tty.slave, TIOCSCTTY, 0);
	for (int fd = 0; fd < 3; fd++)
		if (isatty(fd) && dup2(tty.slave, fd) < 0)
			return -1;
	return 0;
}

/*
 * No path of the VPS is looked at while anything but the first three is open,
 * of the host or of who has called the command. The one of the terminal is not
 * resolved through links.
 */
static int enter(struct run *r, struct kx_err *err)
{
	bool tty = r->sock[1] >= 0;

	kx_inside_limits(0);
	if (kx_inside_no_keys(err) || (r->ms && kx_inside_no_stdio(err)))
		return -1;
	if ((!tty && kx_inside_close_but(&r->pidfd, err)) ||
	    kx_inside_enter(r->pidfd, err))
		return -1;
	kx_inside_reset();
	/* Its session must not have a terminal of the host: /dev/tty would be that. */
	if (setsid() < 0)
		return kx_fail(err, KX_SYSTEM, errno, "cannot begin a session");
	if (tty && take_terminal(r->sock[1]))
		return kx_fail(err, KX_SYSTEM, errno, "cannot open a terminal inside");
	if (close_range(3, ~0U, 0) || (chdir("/root") && chdir("/")))
		return kx_fail(err, KX_SYSTEM, errno, "cannot enter the VPS");
	return 0;
}

static void __attribute__((noreturn)) exec_inside(char *const *argv)
{
	static char *const shells[][3] = {
		{ "/bin/bash", "-bash", NULL }, { "/bin/sh", "-sh", NULL },
	};
	extern char **environ;
	const char *term = getenv("TERM");
	char setting[64];
	char *env[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/root", "USER=root", "LOGNAME=root", "SHELL=/bin/sh",
		"container=kontext", setting, NULL,
	};

	snprintf(setting, sizeof(setting), "TERM=%.50s", term ? term : "linux");
	environ = env;
	if (argv) {
		execvp(argv[0], argv);
		say(argv[0]);
	} else {
		for (size_t i = 0; i < 2; i++)
			execv(shells[i][0], &shells[i][1]);
		say("/bin/sh");
	}
	_exit(errno == ENOENT ? NOT_FOUND : CANNOT_RUN);
}

static void __attribute__((noreturn)) child(struct run *r)
{
	struct kx_err err = {0};

	if (enter(r, &err)) {
		dprintf(2, "%s\n", err.msg);
		_exit(CANNOT_RUN);
	}
	exec_inside(r->argv);
}

/*
 * The process inside is in a session of its own: what ends this command, or
 * was typed to interrupt it, would not reach it otherwise. What the caller
 * ignores stays ignored.
 */
static int wait_forwarding(pid_t pid, int pidfd, int *status)
{
	static const int signals[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
	struct pollfd p[] = { { .events = POLLIN }, { .fd = pidfd, .events = POLLIN } };
	struct signalfd_siginfo info;
	struct sigaction now;
	sigset_t set, old;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (!sigaction(signals[i], NULL, &now) && now.sa_handler != SIG_IGN)
			sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, &old);
	p[0].fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	while (p[0].fd >= 0 && !p[1].revents) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			break;
		while (read(p[0].fd, &info, sizeof(info)) == sizeof(info))
			syscall(SYS_pidfd_send_signal, pidfd, info.ssi_signo, NULL, 0);
	}
	close(p[0].fd);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return waitpid(pid, status, 0) == pid ? 0 : -1;
}

/* What the process inside says of its terminal, unless it ends before. */
static int await_terminal(const struct run *r, int pidfd, struct tty *tty)
{
	struct pollfd p[] = {
		{ .fd = r->sock[0], .events = POLLIN },
		{ .fd = pidfd, .events = POLLIN },
	};

	while (poll(p, 2, -1) < 0)
		if (errno != EINTR)
			return -1;
	return recv(r->sock[0], tty, sizeof(*tty), MSG_DONTWAIT) == sizeof(*tty) ? 0 : -1;
}

static int supervise(struct run *r, pid_t pid, int pidfd, int *status,
		     struct kx_err *err)
{
	struct tty tty;
	int ret;

	if (r->ms) {
		if (kx_reap(pid, r->ms, status))
			return kx_fail(err, KX_TIMEOUT, errno, "a command inside");
		return 0;
	}
	if (r->sock[0] < 0) {
		if (wait_forwarding(pid, pidfd, status))
			return kx_fail(err, KX_SYSTEM, errno, "wait");
		return 0;
	}
	if (await_terminal(r, pidfd, &tty)) {
		waitpid(pid, status, 0);
		return kx_fail(err, KX_SYSTEM, 0, "cannot open a terminal inside");
	}
	close(tty.slave);
	ret = kx_pty_run(tty.master, pid, status);
	close(tty.master);
	return ret ? kx_fail(err, KX_SYSTEM, errno, "terminal") : 0;
}

static int spawn(struct run *r, int *status, struct kx_err *err)
{
	cleanup_close int own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	cleanup_close int pidfd = -1;
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP | CLONE_PIDFD |
			 (r->sock[0] >= 0 ? CLONE_FILES : 0),
		.pidfd = (uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = r->cgroup,
	};
	pid_t pid;

	/* One clone puts it in the group and, by this, in the pid namespace. */
	if (own < 0 || setns(r->pidfd, CLONE_NEWPID))
		return kx_fail(err, KX_SYSTEM, errno, "cannot enter the VPS");
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (!pid)
		child(r);
	setns(own, CLONE_NEWPID);
	if (pid < 0)
		return kx_fail(err, KX_RESOURCE, errno, "cannot start a process in the VPS");
	return supervise(r, pid, pidfd, status, err);
}

/* That it still is init is sure when the context is still the same. */
int kx_init_open(const struct kx_vps *vps, struct kx_nl *nl, struct kx_ctx *ctx,
		 struct kx_err *err)
{
	int fd = -1, found = kx_ctx_get(nl, vps->id, ctx, err);
	struct kx_ctx again;

	if (found < 0)
		return -1;
	if (found && ctx->state == CTX_STATE_RUNNING && ctx->init_pid) {
		fd = syscall(SYS_pidfd_open, ctx->init_pid, 0);
		found = kx_ctx_get(nl, vps->id, &again, NULL);
		if (fd >= 0 && found > 0 && again.serial == ctx->serial &&
		    again.init_pid == ctx->init_pid)
			return fd;
		if (fd >= 0)
			close(fd);
	}
	return kx_fail(err, KX_NOT_RUNNING, 0, "VPS %u is not running", vps->id);
}

/* From a directory of the host, "..", a process inside could walk all of it. */
static int check_descriptors(struct kx_err *err)
{
	struct stat st;

	for (int fd = 0; fd < 3; fd++)
		if (!fstat(fd, &st) && S_ISDIR(st.st_mode))
			return kx_fail(err, KX_VALUE, 0,
				       "descriptor %d is a directory of the host: it is not handed to a VPS",
				       fd);
	return 0;
}

static int run_inside(struct run *r, struct kx_vps *vps, struct kx_nl *nl,
		      int *status, struct kx_err *err)
{
	cleanup_close int pidfd = -1, cgroup = -1;
	struct kx_ctx ctx;

	pidfd = r->pidfd = kx_init_open(vps, nl, &ctx, err);
	if (pidfd < 0)
		return -1;
	cgroup = r->cgroup = kx_cgroup_of(vps, ctx.init_pid, err);
	return cgroup < 0 ? -1 : spawn(r, status, err);
}

int kx_vps_exec(struct kx_vps *vps, struct kx_nl *nl, char *const argv[],
		unsigned int flags, int *status, struct kx_err *err)
{
	struct run r = { .sock = { -1, -1 }, .argv = argv };
	int ret;

	if (check_descriptors(err))
		return -1;
	if ((flags & KX_EXEC_TTY) &&
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, r.sock))
		return kx_fail(err, KX_SYSTEM, errno, "socketpair");
	ret = run_inside(&r, vps, nl, status, err);
	kx_cleanup_close(&r.sock[0]);
	kx_cleanup_close(&r.sock[1]);
	return ret;
}

int kx_vps_ask(struct kx_vps *vps, struct kx_nl *nl, char *const argv[], int ms,
	       int *status, struct kx_err *err)
{
	struct run r = { .sock = { -1, -1 }, .argv = argv, .ms = ms };

	return run_inside(&r, vps, nl, status, err);
}
