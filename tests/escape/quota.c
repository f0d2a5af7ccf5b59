// SPDX-License-Identifier: GPL-2.0
/*
 * quota FILE ID: everything by which the owner of FILE might change whose disk
 * space it uses, or the limit of project ID.
 * quota sync: has what all know of their quotas brought to disk.
 */
#include <linux/fs.h>
#include <linux/quota.h>
#include <sys/ioctl.h>

#include "escape.h"

/* Only what would change something is an attack. */
static void set(int fd, const char *what, const struct fsxattr *old, const struct fsxattr *new)
{
	if (old->fsx_projid == new->fsx_projid && old->fsx_xflags == new->fsx_xflags)
		printf("%s: it is so\n", what);
	else
		outcome(what, ioctl(fd, FS_IOC_FSSETXATTR, new));
}

static void projects(int fd, unsigned int id)
{
	struct fsxattr attr, old;
	int flags;

	if (ioctl(fd, FS_IOC_FSGETXATTR, &attr) < 0) {
		outcome("get project", -1);
		memset(&attr, 0, sizeof(attr));
	}
	old = attr;
	attr.fsx_projid = id;
	set(fd, "set project", &old, &attr);
	attr.fsx_projid = 0;
	set(fd, "set no project", &old, &attr);
	attr = old;
	attr.fsx_xflags ^= FS_XFLAG_PROJINHERIT;
	set(fd, "set inheritance", &old, &attr);
	flags = 0;
	ioctl(fd, FS_IOC_GETFLAGS, &flags);
	flags ^= 0x20000000;	/* FS_PROJINHERIT_FL */
	outcome("set flag", ioctl(fd, FS_IOC_SETFLAGS, &flags));
}

static void limits(int fd, unsigned int id)
{
	static const char *const devices[] = { "/dev/vdb", "/root/vdb", "/" };
	struct if_dqblk q = { .dqb_valid = QIF_LIMITS };
	char what[64];

	for (int type = 0; type < 3; type++) {
		snprintf(what, sizeof(what), "set quota %d", type);
		outcome(what, syscall(SYS_quotactl_fd, fd, QCMD(Q_SETQUOTA, type), id, &q));
		snprintf(what, sizeof(what), "quota off %d", type);
		outcome(what, syscall(SYS_quotactl_fd, fd, QCMD(Q_QUOTAOFF, type), 0, NULL));
		snprintf(what, sizeof(what), "get quota %d", type);
		outcome(what, syscall(SYS_quotactl_fd, fd, QCMD(Q_GETQUOTA, type), id, &q));
		q = (struct if_dqblk){ .dqb_valid = QIF_LIMITS };
		for (int i = 0; i < 3; i++) {
			snprintf(what, sizeof(what), "set quota %d of %s", type, devices[i]);
			outcome(what, syscall(SYS_quotactl, QCMD(Q_SETQUOTA, type), devices[i],
					      id, &q));
		}
	}
}

int main(int argc, char **argv)
{
	int fd;

	if (argc == 2 && !strcmp(argv[1], "sync"))
		return outcome("sync", syscall(SYS_quotactl, QCMD(Q_SYNC, USRQUOTA), NULL, 0, NULL));
	need(argc == 3, "usage");
	fd = open(argv[1], O_RDONLY);
	need(fd >= 0, argv[1]);
	projects(fd, atoi(argv[2]));
	limits(fd, atoi(argv[2]));
	return 0;
}
