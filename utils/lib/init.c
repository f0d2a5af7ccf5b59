// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "inside.h"

static const char *const inits[] = {
	"/sbin/init", "/etc/init", "/bin/init", "/init",
};

static const struct {
	int what;
	rlim_t soft, hard;
} limits[] = {
	{ RLIMIT_CORE, 0, RLIM_INFINITY },
	{ RLIMIT_CPU, RLIM_INFINITY, RLIM_INFINITY },
	{ RLIMIT_DATA, RLIM_INFINITY, RLIM_INFINITY },
	{ RLIMIT_FSIZE, RLIM_INFINITY, RLIM_INFINITY },
	{ RLIMIT_NOFILE, 1024, 524288 },
	{ RLIMIT_STACK, 8 << 20, RLIM_INFINITY },
	{ RLIMIT_AS, RLIM_INFINITY, RLIM_INFINITY },
	{ RLIMIT_MEMLOCK, 8 << 20, 8 << 20 },
	{ RLIMIT_MSGQUEUE, 819200, 819200 },
	{ RLIMIT_NICE, 0, 0 },
	{ RLIMIT_RTPRIO, 0, 0 },
	{ RLIMIT_RTTIME, RLIM_INFINITY, RLIM_INFINITY },
};

/*
 * By default half of the threads that the host has memory for, which would tell how
 * large it is. Not above that, either: it is what spares a small host.
 */
static void lower(pid_t pid, int what, rlim_t most)
{
	struct rlimit old;

	if (prlimit(pid, what, NULL, &old))
		return;
	if (old.rlim_max < most)
		most = old.rlim_max;
	prlimit(pid, what, &(struct rlimit){ .rlim_cur = most, .rlim_max = most }, NULL);
}

/*
 * What the caller has before others stays with him: real time, a priority, and
 * to be spared when memory is short. To write the last also sets how low root
 * inside may put it.
 */
static void no_privilege(pid_t pid)
{
	const struct sched_param none = {0};
	int policy = sched_getscheduler(pid) & ~SCHED_RESET_ON_FORK;
	cleanup_close int fd = -1;
	char path[64] = "/proc/self/oom_score_adj";

	if (policy != SCHED_OTHER && policy != SCHED_BATCH && policy != SCHED_IDLE)
		sched_setscheduler(pid, SCHED_OTHER, &none);
	if (getpriority(PRIO_PROCESS, pid) < 0)
		setpriority(PRIO_PROCESS, pid, 0);
	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, "0", 1) < 0)
		return;
}

void kx_inside_limits(pid_t pid)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		prlimit(pid, limits[i].what, &(struct rlimit){
			.rlim_cur = limits[i].soft, .rlim_max = limits[i].hard }, NULL);
	lower(pid, RLIMIT_NPROC, 32768);
	lower(pid, RLIMIT_SIGPENDING, 32768);
	no_privilege(pid);
}

static int new_session_keyring(void)
{
	return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0) < 0;
}

int kx_inside_no_keys(struct kx_err *err)
{
	if (new_session_keyring() && errno != ENOSYS)
		return kx_fail(err, KX_SYSTEM, errno, "cannot leave the session keyring");
	return 0;
}

void kx_inside_reset(void)
{
	struct sigaction deflt = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &deflt, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	umask(022);
	/* Its own, if it can: what kx_inside_no_keys() has made belongs to the host. */
	new_session_keyring();
}

int kx_inside_check_init(struct kx_err *err)
{
	for (size_t i = 0; i < sizeof(inits) / sizeof(inits[0]); i++)
		if (!access(inits[i], X_OK))
			return 0;
	return kx_fail(err, KX_BROKEN, 0, "the VPS has no init (%s, %s, %s, %s)",
		       inits[0], inits[1], inits[2], inits[3]);
}

int kx_inside_exec_init(struct kx_err *err)
{
	static char *const env[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/", "TERM=linux", "container=kontext", NULL,
	};
	int errnum = ENOENT;

	for (size_t i = 0; i < sizeof(inits) / sizeof(inits[0]); i++) {
		char *argv[] = { (char *)inits[i], NULL };

		execve(argv[0], argv, env);
		if (errno != ENOENT)
			errnum = errno;
	}
	return kx_fail(err, KX_BROKEN, errnum,
		       "the VPS has no init that runs (%s)", inits[0]);
}
