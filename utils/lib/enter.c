// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/prctl.h>

#include "inside.h"

#define NAMESPACES	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | \
			 CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | \
			 CLONE_NEWTIME)

/* Each change of credentials makes a process dumpable anew or not by the sysctl. */
static int undumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 0);
}

int kx_inside_enter(int pidfd, struct kx_err *err)
{
	if (undumpable() || setns(pidfd, NAMESPACES) || undumpable() ||
	    setgroups(0, NULL) || setresgid(0, 0, 0) || setresuid(0, 0, 0) ||
	    undumpable())
		return kx_fail(err, KX_SYSTEM, errno, "cannot enter the VPS");
	return 0;
}

int kx_inside_close_but(int *fd, struct kx_err *err)
{
	if ((*fd != 3 && dup3(*fd, 3, O_CLOEXEC) < 0) || close_range(4, ~0U, 0))
		return kx_fail(err, KX_SYSTEM, errno, "cannot close descriptors");
	*fd = 3;
	return 0;
}

int kx_inside_no_stdio(struct kx_err *err)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd < 3; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			return kx_fail(err, KX_SYSTEM, errno, "/dev/null");
	close(null);
	return 0;
}
