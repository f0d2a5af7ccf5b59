// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>

#include "priv.h"

/* The files stay: to remove one while another waits on it would split the lock. */
int kx_lock(const struct kx_host *host, const char *name, bool wait,
	    struct kx_err *err)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s.lck", host->lock_dir, name);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return kx_fail(err, errno == ENOSPC ? KX_NO_SPACE : KX_SYSTEM,
			       errno, "cannot open the lock %s", path);
	while (flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB))) {
		if (errno == EINTR)
			continue;
		if (errno == EWOULDBLOCK)
			kx_fail(err, KX_LOCKED, 0,
				"%s is locked by another command", name);
		else
			kx_fail(err, KX_SYSTEM, errno, "cannot lock %s", path);
		close(fd);
		return -1;
	}
	return fd;
}
