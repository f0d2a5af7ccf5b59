// SPDX-License-Identifier: GPL-2.0
/* Limits of memory, processor time and numbers, as files of the control group. */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>

#include "cgroup.h"
#include "cpuset.h"
#include "limit.h"

#define PAGE	4096ULL
/* Of VPSs without --numcgroup: systemd makes some 100, each costs the host memory. */
#define NUMCGROUP	1024
/* How far memory.high is below memory.max: a part of it, and at most so much. */
#define HIGH_PART	64
#define HIGH_MOST	(32ULL << 20)

int kx_group_put(const struct kx_group *g, const char *file, const char *value,
		 const char *initial, struct kx_err *err)
{
	if ((g->fresh && !strcmp(value, initial)) || !kx_group_write(g->dir, file, value))
		return 0;
	return kx_fail(err, KX_SETPARM, errno, "cannot set %s to %s", file, value);
}

static int put_number(const struct kx_group *g, const char *file, uint64_t n,
		      const char *initial, struct kx_err *err)
{
	char value[24] = "max";

	if (n != UINT64_MAX)
		snprintf(value, sizeof(value), "%llu", (unsigned long long)n);
	return kx_group_put(g, file, value, initial, err);
}

/* Barrier and limit of @key in units of the kernel, UINT64_MAX for none. */
static int pair(const struct kx_group *g, const char *key, uint64_t unit,
		uint64_t *barrier, uint64_t *limit, struct kx_err *err)
{
	int there = kx_vps_limit(g->vps, key, barrier, limit, err);

	if (there > 0) {
		*barrier = *barrier < UINT64_MAX / unit ? *barrier * unit : UINT64_MAX;
		*limit = *limit < UINT64_MAX / unit ? *limit * unit : UINT64_MAX;
	}
	return there;
}

static int limit_of(const struct kx_group *g, const char *key, uint64_t unit,
		    uint64_t *limit, struct kx_err *err)
{
	uint64_t barrier;
	int there = pair(g, key, unit, &barrier, limit, err);

	if (!there)
		*limit = UINT64_MAX;
	return there < 0 ? -1 : 0;
}

/* The smaller of --cpus and --cpulimit, as time in each tenth of a second. */
static int set_cpu_max(const struct kx_group *g, struct kx_err *err)
{
	uint64_t cpus, percent, least = UINT64_MAX;
	char value[48] = "max 100000";

	if (!kx_parse_u64(kx_vps_get(g->vps, "CPUS"), &cpus) && cpus)
		least = cpus * 100;
	if (!kx_parse_u64(kx_vps_get(g->vps, "CPULIMIT"), &percent) && percent &&
	    percent < least)
		least = percent;
	if (least != UINT64_MAX)
		snprintf(value, sizeof(value), "%llu 100000",
			 (unsigned long long)least * 1000);
	return kx_group_put(g, "cpu.max", value, "max 100000", err);
}

/* 1000 units are the usual share of vzctl, 100 the usual weight of the kernel. */
static int set_cpu_weight(const struct kx_group *g, struct kx_err *err)
{
	uint64_t units, weight = 100;

	if (!kx_parse_u64(kx_vps_get(g->vps, "CPUUNITS"), &units) && units)
		weight = units / 10;
	if (weight < 1)
		weight = 1;
	if (weight > 10000)
		weight = 10000;
	return put_number(g, "cpu.weight", weight, "100", err);
}

/*
 * A task that meets memory.max reclaims where it stands, with the locks and the
 * journal handle of a file system that others use. Above memory.high it does so
 * on its way out of the kernel, where it holds nothing. The distance is small:
 * the kernel slows who is far above memory.high, and a VPS that needs all of its
 * memory must get it, or be told by the OOM killer, without delay.
 */
static int set_memory(const struct kx_group *g, struct kx_err *err)
{
	uint64_t max, below;

	if (limit_of(g, "PHYSPAGES", PAGE, &max, err) ||
	    put_number(g, "memory.max", max, "max", err))
		return -1;
	below = max / HIGH_PART / PAGE * PAGE;
	if (below > HIGH_MOST)
		below = HIGH_MOST;
	return put_number(g, "memory.high", max == UINT64_MAX ? max : max - below, "max", err);
}

static int set_swap(const struct kx_group *g, struct kx_err *err)
{
	uint64_t max;

	/* There is no such file in a kernel or on a machine without swap. */
	if (faccessat(g->dir, "memory.swap.max", F_OK, 0))
		return 0;
	return limit_of(g, "SWAPPAGES", PAGE, &max, err) ? -1 :
		put_number(g, "memory.swap.max", max, "max", err);
}

static int set_tasks(const struct kx_group *g, struct kx_err *err)
{
	uint64_t max;

	return limit_of(g, "NUMPROC", 1, &max, err) ? -1 :
		put_number(g, "pids.max", max, "max", err);
}

static int set_groups(const struct kx_group *g, struct kx_err *err)
{
	uint64_t barrier, max = NUMCGROUP;

	if (pair(g, "NUMCGROUP", 1, &barrier, &max, err) < 0)
		return -1;
	return put_number(g, "cgroup.max.descendants", max > INT_MAX ? UINT64_MAX : max,
			  "max", err);
}

/* The barrier is the guarantee, as in vzctl. */
static int set_guarantee(const struct kx_group *g, struct kx_err *err)
{
	cleanup_close int parent = -1;
	uint64_t low = 0, limit;

	if (pair(g, "VMGUARPAGES", PAGE, &low, &limit, err) < 0)
		return -1;
	if (g->fresh && !low)
		return 0;
	parent = openat(g->dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0)
		return kx_fail(err, KX_SETPARM, errno, "control group");
	return put_number(g, "memory.low", low, "0", err) ||
	       kx_limits_guarantees(g->vps, parent, err) ? -1 : 0;
}

/* Huge pages are the host's, reserved by its admin: memory.max does not count them. */
static int set_hugetlb(const struct kx_group *g, struct kx_err *err)
{
	int fd = openat(g->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;

	if (!dir)
		return kx_fail(err, KX_SETPARM, errno, "control group");
	while ((d = readdir(dir)))
		if (!fnmatch("hugetlb.*.max", d->d_name, 0) &&
		    kx_group_put(g, d->d_name, "0", "max", err))
			return -1;
	return 0;
}

static int set_cpuset(const struct kx_group *g, struct kx_err *err)
{
	return kx_cpuset_set(g->vps, g->dir, err);
}

static const struct {
	int (*set)(const struct kx_group *g, struct kx_err *err);
	const char *options[2];
} limits[] = {
	{ set_memory, { "ram", "physpages" } },
	{ set_swap, { "swap", "swappages" } },
	{ set_guarantee, { "vmguarpages" } },
	{ set_tasks, { "numproc" } },
	{ set_groups, { "numcgroup" } },
	{ set_cpu_max, { "cpus", "cpulimit" } },
	{ set_cpu_weight, { "cpuunits" } },
	{ set_cpuset, { "cpus", "cpumask" } },
	{ set_cpuset, { "nodemask" } },
	{ kx_limit_ioprio, { "ioprio" } },
	{ kx_limit_iolimit, { "iolimit" } },
	{ kx_limit_iopslimit, { "iopslimit" } },
	{ set_hugetlb, { NULL } },
};

static bool is_changed(const char *const options[2], const struct kx_change *changes,
		       size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < 2 && options[j]; j++)
			if (!strcmp(changes[i].option, options[j]))
				return true;
	return false;
}

int kx_limits_set(const struct kx_vps *vps, int dir, const struct kx_change *changes,
		  size_t count, struct kx_err *err)
{
	const struct kx_group g = { .vps = vps, .dir = dir, .fresh = !changes };

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if ((!changes || is_changed(limits[i].options, changes, count)) &&
		    limits[i].set(&g, err))
			return -1;
	return 0;
}

/* What is guaranteed to the groups in @dir; UINT64_MAX for all they have. */
static uint64_t sum_of_low(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_dir DIR *all = fd < 0 ? NULL : fdopendir(fd);
	uint64_t sum = 0, low;
	struct dirent *d;

	while (all && (d = readdir(all))) {
		char file[NAME_MAX + sizeof("/memory.low")], text[32];

		if (d->d_type != DT_DIR || *d->d_name == '.')
			continue;
		snprintf(file, sizeof(file), "%s/memory.low", d->d_name);
		if (kx_group_read(dir, file, text, sizeof(text)) < 0)
			continue;
		if (kx_parse_u64(text, &low) || low > UINT64_MAX - sum)
			return UINT64_MAX;
		sum += low;
	}
	return sum;
}

int kx_limits_guarantees(const struct kx_vps *vps, int parent, struct kx_err *err)
{
	/* Others' changes between reading and writing would be lost. */
	cleanup_close int lock = kx_lock(vps->host, ".guarantees", true, err);
	cleanup_close int dir = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (lock < 0)
		return -1;
	for (const char *level = vps->host->cgroup; level && dir >= 0;
	     level = strchr(level, '/')) {
		const struct kx_group g = { .vps = vps, .dir = dir };
		int above;

		level += strspn(level, "/");
		if (!*level)
			break;
		if (put_number(&g, "memory.low", sum_of_low(dir), "", err))
			return -1;
		above = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(dir);
		dir = above;
	}
	return 0;
}
