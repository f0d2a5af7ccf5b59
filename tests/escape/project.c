// SPDX-License-Identifier: GPL-2.0
/* project FILE: sets its attributes to what they are, and one of its flags. */
#include <linux/fs.h>
#include <sys/ioctl.h>

#include "escape.h"

int main(int argc, char **argv)
{
	struct fsxattr attr;
	int fd, flags;

	need(argc == 2, "usage");
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	need(fd >= 0, argv[1]);
	need(!ioctl(fd, FS_IOC_FSGETXATTR, &attr), "get attributes");
	outcome("set attributes", ioctl(fd, FS_IOC_FSSETXATTR, &attr));
	need(!ioctl(fd, FS_IOC_GETFLAGS, &flags), "get flags");
	flags |= FS_NODUMP_FL;
	return outcome("set flags", ioctl(fd, FS_IOC_SETFLAGS, &flags));
}
