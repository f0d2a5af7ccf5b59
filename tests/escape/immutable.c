// SPDX-License-Identifier: GPL-2.0
/* immutable FILE: makes it so, or append-only; and whatever else a flag can do. */
#include <linux/fs.h>
#include <sys/ioctl.h>

#include "escape.h"

static void set(int fd, const char *what, int flag)
{
	int flags = 0;

	ioctl(fd, FS_IOC_GETFLAGS, &flags);
	flags |= flag;
	outcome(what, ioctl(fd, FS_IOC_SETFLAGS, &flags));
}

int main(int argc, char **argv)
{
	struct fsxattr attr = { .fsx_xflags = FS_XFLAG_IMMUTABLE };
	int fd;

	need(argc == 2, "usage");
	fd = open(argv[1], O_RDONLY | O_NONBLOCK);
	need(fd >= 0, argv[1]);
	set(fd, "immutable", FS_IMMUTABLE_FL);
	set(fd, "append-only", FS_APPEND_FL);
	set(fd, "journal data", FS_JOURNAL_DATA_FL);
	outcome("immutable by fsxattr", ioctl(fd, FS_IOC_FSSETXATTR, &attr));
	return 0;
}
