// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "priv.h"

/*
 * Asked inside, of whichever init it is. systemd tells; sysvinit has a run
 * level once boot is through; of others the start of init is all there is.
 */
static char *const script[] = {
	"/bin/sh", "-c",
	"exec </dev/null 2>/dev/null\n"
	"if [ -d /run/systemd/system ] || [ \"$(cat /proc/1/comm)\" = systemd ]; then\n"
	"	case $(systemctl is-system-running) in\n"
	"	running|degraded|maintenance) exit 0 ;;\n"
	"	esac\n"
	"	exit 1\n"
	"fi\n"
	"command -v runlevel >/dev/null || exit 0\n"
	"case $(runlevel) in *\\ [2-5]) exit 0 ;; esac\n"
	"exit 1\n",
	NULL,
};

int kx_vps_wait(struct kx_vps *vps, struct kx_nl *nl, unsigned int timeout_s,
		struct kx_err *err)
{
	const struct timespec pause = { .tv_nsec = 250000000 };
	struct timespec now, end;
	int status;

	clock_gettime(CLOCK_BOOTTIME, &end);
	end.tv_sec += timeout_s;
	for (;;) {
		if (kx_vps_exec(vps, nl, script, 0, &status, err))
			return -1;
		if (!status)
			return 0;
		clock_gettime(CLOCK_BOOTTIME, &now);
		if (now.tv_sec >= end.tv_sec)
			return kx_fail(err, KX_TIMEOUT, 0,
				       "VPS %u has not finished its boot within %u seconds",
				       vps->id, timeout_s);
		nanosleep(&pause, NULL);
	}
}
