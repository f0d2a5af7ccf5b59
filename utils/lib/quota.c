// SPDX-License-Identifier: GPL-2.0
/*
 * Disk limits by project quota: the private area belongs to the project whose
 * number is the CTID, and what is made in it inherits that.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dqblk_xfs.h>
#include <linux/fs.h>
#include <linux/quota.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "root.h"
#include "vps.h"

#define QCMD_PROJECT(cmd)	(((unsigned int)(cmd) << SUBCMDSHIFT) | (PRJQUOTA & SUBCMDMASK))

static int no_quota(const struct kx_vps *vps, struct kx_err *err)
{
	return kx_fail(err, KX_SETPARM, 0,
		       "%s has no project quota (tune2fs -O project,quota; mount -o prjquota), so --diskspace and --diskinodes cannot be kept",
		       vps->host->private_dir);
}

static uint64_t capped(uint64_t limit)
{
	return limit > UINT64_MAX >> 12 ? 0 : limit;
}

/* 1: there are some, 0: none. */
static int get_limits(const struct kx_vps *vps, struct if_dqblk *q, struct kx_err *err)
{
	uint64_t soft, hard;
	int there;

	*q = (struct if_dqblk){ .dqb_valid = QIF_LIMITS };
	there = kx_vps_limit(vps, "DISKSPACE", &soft, &hard, err);
	if (there > 0) {
		q->dqb_bsoftlimit = capped(soft);
		q->dqb_bhardlimit = capped(hard);
	}
	if (there >= 0)
		there = kx_vps_limit(vps, "DISKINODES", &soft, &hard, err);
	if (there > 0) {
		q->dqb_isoftlimit = capped(soft);
		q->dqb_ihardlimit = capped(hard);
	}
	return there < 0 ? -1 : q->dqb_bhardlimit || q->dqb_ihardlimit;
}

/* A file system without project quota will do while no limit is asked for. */
int kx_quota_adopt(const struct kx_vps *vps, int dir, struct kx_err *err)
{
	struct fsxattr attr;
	struct if_dqblk q;
	int wanted;

	if (!ioctl(dir, FS_IOC_FSGETXATTR, &attr)) {
		attr.fsx_projid = vps->id;
		attr.fsx_xflags |= FS_XFLAG_PROJINHERIT;
		if (!ioctl(dir, FS_IOC_FSSETXATTR, &attr))
			return 0;
	}
	wanted = get_limits(vps, &q, err);
	return wanted > 0 ? no_quota(vps, err) : wanted;
}

static int open_area(const struct kx_vps *vps, struct kx_err *err)
{
	int fd = open(vps->host->private_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? kx_fail(err, KX_SYSTEM, errno, "%s",
				vps->host->private_dir) : fd;
}

int kx_quota_limit(const struct kx_vps *vps, struct kx_err *err)
{
	cleanup_close int fd = open_area(vps, err);
	struct if_dqblk q;
	int wanted;

	if (fd < 0)
		return -1;
	wanted = get_limits(vps, &q, err);
	if (wanted < 0)
		return -1;
	if (!syscall(SYS_quotactl_fd, fd, QCMD_PROJECT(Q_SETQUOTA), vps->id, &q) ||
	    !wanted)
		return 0;
	return no_quota(vps, err);
}

int kx_quota_clear(const struct kx_vps *vps, struct kx_err *err)
{
	cleanup_close int fd = open_area(vps, err);
	struct if_dqblk q = { .dqb_valid = QIF_LIMITS };

	if (fd < 0)
		return -1;
	/* Without quota there is nothing to clear. */
	syscall(SYS_quotactl_fd, fd, QCMD_PROJECT(Q_SETQUOTA), vps->id, &q);
	return 0;
}
