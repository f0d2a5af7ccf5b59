// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
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
};

void kx_inside_limits(pid_t pid)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		prlimit(pid, limits[i].what, &(struct rlimit){
			.rlim_cur = limits[i].soft, .rlim_max = limits[i].hard }, NULL);
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
	/* A keyring of the host's session must not come along. */
	syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0);
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
