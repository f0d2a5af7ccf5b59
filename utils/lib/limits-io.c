// SPDX-License-Identifier: GPL-2.0
/*
 * Limits of disk I/O, at the disks that the VPS's own files and its template are
 * on. Buffered writes count too, when they are written back: the file system
 * has to charge them to the group whose memory they were in.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "cgroup.h"
#include "disk.h"
#include "limit.h"
#include "vps.h"

#define USUAL_PRIO	4

/* The area may be a mount of its own; before it is made there is only where it will be. */
static const char *area(const struct kx_vps *vps, char path[PATH_MAX])
{
	kx_vps_private(vps, path);
	return access(path, F_OK) ? vps->host->private_dir : path;
}

static int find_disks(const struct kx_vps *vps, const char *option,
		      struct kx_disks *disks, struct kx_err *err)
{
	char path[PATH_MAX], template[PATH_MAX];
	const char *own = area(vps, path);

	disks->count = 0;
	if (kx_disks_add(disks, own, err))
		return -1;
	if (!disks->count)
		return kx_fail(err, KX_SETPARM, 0,
			       "--%s cannot be kept: %s is on no disk of this host", option, own);
	snprintf(template, sizeof(template), "%s/%s", vps->host->template_dir,
		 kx_vps_get(vps, "OSTEMPLATE"));
	/* One that is on no disk is no way around the limits of the disk. */
	return access(template, F_OK) ? 0 : kx_disks_add(disks, template, err);
}

static int check(const struct kx_group *g, const char *option, struct kx_err *err)
{
	char path[PATH_MAX];
	const char *own = area(g->vps, path);

	if (faccessat(g->dir, "io.max", F_OK, 0))
		return kx_fail(err, KX_SETPARM, 0,
			       "--%s cannot be kept: the running kernel has no io.max (CONFIG_BLK_DEV_THROTTLING)",
			       option);
	if (!kx_disks_charge(own))
		return kx_fail(err, KX_SETPARM, 0,
			       "--%s cannot be kept: the file system of %s does not tell whose a buffered write is (ext4, XFS, btrfs and f2fs do)",
			       option, own);
	return 0;
}

/* On whatever disk there is one of @what. */
static void lift(int dir, const char *const what[], size_t count)
{
	int fd = openat(dir, "io.max", O_RDONLY | O_CLOEXEC);
	cleanup_file FILE *f = fd < 0 ? NULL : fdopen(fd, "re");
	unsigned int major, minor;
	char line[256], value[64];

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%u:%u ", &major, &minor) != 2)
			continue;
		for (size_t i = 0; i < count; i++) {
			snprintf(value, sizeof(value), "%u:%u r%s=max w%s=max", major, minor,
				 what[i], what[i]);
			kx_group_write(dir, "io.max", value);
		}
	}
}

/*
 * A task in the middle of fsync(2) cannot be killed before its data is on the
 * disk: under a limit of its own that lasts as long as it had to write.
 */
void kx_limits_lift(int dir)
{
	static const char *const both[] = { "bps", "iops" };

	lift(dir, both, 2);
}

/* One of two pairs of limits; the other stays. */
static int put_max(const struct kx_group *g, const char *option, const char *key,
		   const char *what, struct kx_err *err)
{
	uint64_t barrier, n = 0;
	struct kx_disks disks;
	char value[96];

	if (kx_vps_limit(g->vps, key, &barrier, &n, err) < 0)
		return -1;
	/* Without a limit its files may be on whatever they like. */
	if (!n || n == UINT64_MAX) {
		if (!g->fresh)
			lift(g->dir, &what, 1);
		return 0;
	}
	if (check(g, option, err) || find_disks(g->vps, option, &disks, err))
		return -1;
	for (size_t i = 0; i < disks.count; i++) {
		dev_t disk = disks.list[i];

		snprintf(value, sizeof(value), "%u:%u r%s=%llu w%s=%llu", major(disk), minor(disk),
			 what, (unsigned long long)n, what, (unsigned long long)n);
		if (kx_group_put(g, "io.max", value, "", err))
			return -1;
	}
	return 0;
}

int kx_limit_iolimit(const struct kx_group *g, struct kx_err *err)
{
	return put_max(g, "iolimit", "IOLIMIT", "bps", err);
}

int kx_limit_iopslimit(const struct kx_group *g, struct kx_err *err)
{
	return put_max(g, "iopslimit", "IOPSLIMIT", "iops", err);
}

/* Neither is there without a scheduler or a controller that looks at it. */
static int put_weight(const struct kx_group *g, unsigned int weight, struct kx_err *err)
{
	static const char *const files[] = { "io.weight", "io.bfq.weight" };
	char value[16];

	snprintf(value, sizeof(value), "%u", weight);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (!faccessat(g->dir, files[i], F_OK, 0) &&
		    kx_group_put(g, files[i], value, "100", err))
			return -1;
	return 0;
}

/*
 * Each step doubles the share of the disk. Whether the disk is shared out by
 * weight at all is the admin's choice for the host; that it is not stops who asks
 * for a share now, but not a VPS from starting.
 *
 * The class of the requests (io.prio.class) is left alone: an idle request that
 * the journal waits for would hold up all who share the file system.
 */
int kx_limit_ioprio(const struct kx_group *g, struct kx_err *err)
{
	struct kx_disks disks;
	uint64_t prio = USUAL_PRIO;
	char name[64];

	if (*kx_vps_get(g->vps, "IOPRIO") &&
	    (kx_parse_u64(kx_vps_get(g->vps, "IOPRIO"), &prio) || prio > 7))
		return kx_fail(err, KX_VALUE, 0,
			       "VPS %u: IOPRIO=\"%s\" in its configuration is not a number from 0 to 7",
			       g->vps->id, kx_vps_get(g->vps, "IOPRIO"));
	if (!g->fresh && prio != USUAL_PRIO) {
		if (find_disks(g->vps, "ioprio", &disks, err))
			return -1;
		for (size_t i = 0; i < disks.count; i++) {
			if (kx_disk_has_weights(disks.list[i]))
				continue;
			kx_disk_name(disks.list[i], name, sizeof(name));
			return kx_fail(err, KX_SETPARM, 0,
				       "--ioprio cannot be kept: nothing shares out the disk %s by weight (echo bfq >/sys/block/%s/queue/scheduler)",
				       name, name);
		}
	}
	return put_weight(g, (100U << prio) >> USUAL_PRIO, err);
}
