// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>

#include "root.h"
#include "vps.h"

static int write_map(pid_t pid, const char *file, uint32_t first)
{
	char path[64], line[64];
	cleanup_close int fd = -1;
	int len;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	len = snprintf(line, sizeof(line), "0 %u %u\n", first, KX_IDS);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, line, len) != len ? -1 : 0;
}

int kx_userns_map(const struct kx_vps *vps, pid_t pid, struct kx_err *err)
{
	uint32_t uid;

	if (kx_vps_uid(vps, &uid, err))
		return -1;
	if (write_map(pid, "uid_map", uid) || write_map(pid, "gid_map", uid))
		return kx_fail(err, KX_SYSTEM, errno,
			       "VPS %u: cannot map the ids from %u on", vps->id, uid);
	return 0;
}
