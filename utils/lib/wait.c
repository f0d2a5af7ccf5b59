// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "inside.h"

/* So long one look may take. */
#define ASK_S	30

/*
 * Asked inside, of whichever init it is. systemd tells; sysvinit has a run
 * level once boot is through; of others the start of init is all there is.
 */
static char *const script[] = {
	"/bin/sh", "-c",
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
	int status, left;

	clock_gettime(CLOCK_BOOTTIME, &end);
	end.tv_sec += timeout_s;
	for (;;) {
		clock_gettime(CLOCK_BOOTTIME, &now);
		left = end.tv_sec - now.tv_sec;
		if (kx_vps_ask(vps, nl, script, left < 1 ? 1000 : left < ASK_S ?
			       left * 1000 : ASK_S * 1000, &status, err))
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
