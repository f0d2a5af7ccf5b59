// SPDX-License-Identifier: GPL-2.0
/*
 * Which processors and memory nodes a VPS runs on. --cpus alone takes those
 * that the fewest VPSs have been given; one that runs keeps its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>

#include "cpuset.h"

#define NODES	"/sys/devices/system/node"

static int read_list(int dir, const char *path, struct kx_cpus *cpus)
{
	cleanup_close int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	cleanup_file FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	cleanup_free char *line = NULL;
	size_t size = 0;

	memset(cpus, 0, sizeof(*cpus));
	if (!f)
		return -1;
	fd = -1;
	/* Nothing at all is a list without processors. */
	if (getline(&line, &size, f) <= 0)
		return ferror(f) ? -1 : 0;
	line[strcspn(line, "\n")] = '\0';
	return *line ? kx_cpus_parse(line, cpus) : 0;
}

int kx_cpus_parse(const char *list, struct kx_cpus *cpus)
{
	memset(cpus, 0, sizeof(*cpus));
	do {
		char part[24], *dash;
		size_t len = strcspn(list, ",");
		uint64_t first, last;

		if (len >= sizeof(part))
			return -1;
		memcpy(part, list, len);
		part[len] = '\0';
		list += len;
		dash = strchr(part, '-');
		if (dash)
			*dash++ = '\0';
		if (kx_parse_u64(part, &first) || kx_parse_u64(dash ? dash : part, &last) ||
		    first > last || last >= KX_CPUS_MAX)
			return -1;
		memset(&cpus->has[first], true, last - first + 1);
	} while (*list++ == ',');
	return 0;
}

/* To write costs more than to look: the kernel sorts its scheduler's domains. */
static int write_list(int dir, const char *file, const char *list)
{
	struct kx_cpus wanted = { { false } }, now;
	cleanup_free char *line = NULL;
	cleanup_close int fd = -1;

	if ((!*list || !kx_cpus_parse(list, &wanted)) && !read_list(dir, file, &now) &&
	    !memcmp(&wanted, &now, sizeof(now)))
		return 0;
	fd = openat(dir, file, O_WRONLY | O_CLOEXEC);
	/* Of an empty write the kernel takes no notice. */
	if (fd < 0 || asprintf(&line, "%s\n", list) < 0)
		return -1;
	return write(fd, line, strlen(line)) < 0 ? -1 : 0;
}

/* All that there is; a group that has tasks is not allowed to say just that. */
static int write_all(int dir, const char *file, const struct kx_cpus *all)
{
	cleanup_free char *list = NULL;

	if (!write_list(dir, file, ""))
		return 0;
	if (errno != ENOSPC)
		return -1;
	list = kx_cpus_print(all);
	return list ? write_list(dir, file, list) : -1;
}

char *kx_cpus_print(const struct kx_cpus *cpus)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	const char *comma = "";

	if (!f)
		return NULL;
	for (size_t i = 0; i < KX_CPUS_MAX; i++) {
		size_t last = i;

		if (!cpus->has[i])
			continue;
		while (last + 1 < KX_CPUS_MAX && cpus->has[last + 1])
			last++;
		fprintf(f, last > i ? "%s%zu-%zu" : "%s%zu", comma, i, last);
		comma = ",";
		i = last;
	}
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

static size_t count(const struct kx_cpus *cpus)
{
	size_t n = 0;

	for (size_t i = 0; i < KX_CPUS_MAX; i++)
		n += cpus->has[i];
	return n;
}

/* How many VPSs have been given each processor; those with all of them do not count. */
static int read_load(const struct kx_vps *vps, int parent, unsigned int load[KX_CPUS_MAX])
{
	int fd = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while ((d = readdir(dir))) {
		char path[sizeof(d->d_name) + sizeof("/cpuset.cpus")];
		struct kx_cpus cpus;

		if (d->d_type != DT_DIR || *d->d_name == '.' ||
		    !strcmp(d->d_name, vps->idname))
			continue;
		snprintf(path, sizeof(path), "%s/cpuset.cpus", d->d_name);
		/* It may be gone by now. */
		if (read_list(parent, path, &cpus))
			continue;
		for (size_t i = 0; i < KX_CPUS_MAX; i++)
			load[i] += cpus.has[i];
	}
	return 0;
}

/* @n of @from: first those that it has, which keep its caches, then the least loaded. */
static void choose(size_t n, const struct kx_cpus *from, const struct kx_cpus *old,
		   const unsigned int load[KX_CPUS_MAX], struct kx_cpus *chosen)
{
	memset(chosen, 0, sizeof(*chosen));
	while (n--) {
		size_t best = KX_CPUS_MAX;

		for (size_t i = 0; i < KX_CPUS_MAX; i++) {
			if (!from->has[i] || chosen->has[i])
				continue;
			if (best == KX_CPUS_MAX || old->has[i] > old->has[best] ||
			    (old->has[i] == old->has[best] && load[i] < load[best]))
				best = i;
		}
		if (best == KX_CPUS_MAX)
			return;
		chosen->has[best] = true;
	}
}

static int spread(const struct kx_vps *vps, int dir, int parent, uint64_t n,
		  const struct kx_cpus *from, struct kx_cpus *chosen, struct kx_err *err)
{
	cleanup_free unsigned int *load = calloc(KX_CPUS_MAX, sizeof(*load));
	struct kx_cpus old;

	if (!load)
		return kx_nomem(err);
	if (read_load(vps, parent, load) || read_list(dir, "cpuset.cpus", &old))
		return kx_fail(err, KX_SETPARM, errno, "VPS %u: cannot read cpuset.cpus",
			       vps->id);
	choose(n, from, &old, load, chosen);
	return 0;
}

/* All @wanted must be there. */
static int check_there(const struct kx_vps *vps, const char *option, const char *value,
		       const struct kx_cpus *wanted, const struct kx_cpus *there,
		       struct kx_err *err)
{
	cleanup_free char *list = NULL;

	for (size_t i = 0; i < KX_CPUS_MAX; i++) {
		if (!wanted->has[i] || there->has[i])
			continue;
		list = kx_cpus_print(there);
		return kx_fail(err, KX_SETPARM, 0,
			       "VPS %u: --%s: \"%s\": this host has %s", vps->id, option,
			       value, list ? list : "others");
	}
	return 0;
}

/* Those of the nodes in --nodemask; a kernel without NUMA has all in node 0. */
static int cpus_of_nodes(const struct kx_vps *vps, const struct kx_cpus *nodes,
			 const struct kx_cpus *host, struct kx_cpus *cpus,
			 struct kx_err *err)
{
	struct kx_cpus node;

	if (access(NODES, F_OK)) {
		*cpus = *host;
		return 0;
	}
	memset(cpus, 0, sizeof(*cpus));
	for (size_t i = 0; i < KX_CPUS_MAX; i++) {
		char path[64];

		if (!nodes->has[i])
			continue;
		snprintf(path, sizeof(path), NODES "/node%zu/cpulist", i);
		if (read_list(AT_FDCWD, path, &node))
			return kx_fail(err, KX_SETPARM, errno, "VPS %u: %s", vps->id, path);
		for (size_t j = 0; j < KX_CPUS_MAX; j++)
			cpus->has[j] |= node.has[j] && host->has[j];
	}
	return 0;
}

static bool is_list(const char *value)
{
	return *value && strcmp(value, "all");
}

/* The nodes it may have, after writing them. */
static int set_nodes(const struct kx_vps *vps, int dir, struct kx_cpus *nodes,
		     struct kx_err *err)
{
	const char *mask = kx_vps_get(vps, "NODEMASK");
	struct kx_cpus there;

	if (read_list(dir, "../cpuset.mems.effective", &there))
		return kx_fail(err, KX_SETPARM, errno, "VPS %u: cannot read cpuset.mems.effective",
			       vps->id);
	*nodes = there;
	if (is_list(mask) && kx_cpus_parse(mask, nodes))
		return kx_fail(err, KX_VALUE, 0, "VPS %u: NODEMASK=\"%s\" is not valid",
			       vps->id, mask);
	if (check_there(vps, "nodemask", mask, nodes, &there, err))
		return -1;
	if (is_list(mask) ? write_list(dir, "cpuset.mems", mask) :
	    write_all(dir, "cpuset.mems", &there))
		return kx_fail(err, KX_SETPARM, errno, "cannot set cpuset.mems to \"%s\"", mask);
	return 0;
}

/* What --cpumask leaves of the host's. */
static int allowed(const struct kx_vps *vps, const struct kx_cpus *host,
		   const struct kx_cpus *nodes, struct kx_cpus *cpus, struct kx_err *err)
{
	const char *mask = kx_vps_get(vps, "CPUMASK");

	*cpus = *host;
	if (!is_list(mask))
		return 0;
	if (!strcmp(mask, "auto"))
		return cpus_of_nodes(vps, nodes, host, cpus, err);
	if (kx_cpus_parse(mask, cpus))
		return kx_fail(err, KX_VALUE, 0, "VPS %u: CPUMASK=\"%s\" is not valid",
			       vps->id, mask);
	return check_there(vps, "cpumask", mask, cpus, host, err);
}

int kx_cpuset_set(const struct kx_vps *vps, int dir, struct kx_err *err)
{
	cleanup_close int parent = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct kx_cpus host, nodes, cpus, chosen;
	cleanup_free char *list = NULL;
	uint64_t n = 0;

	/* No cpuset controller, no placement. */
	if (faccessat(dir, "cpuset.cpus", F_OK, 0))
		return 0;
	/* Two that start at the same time are not to take the same. */
	if (parent < 0 || flock(parent, LOCK_EX) ||
	    read_list(parent, "cpuset.cpus.effective", &host))
		return kx_fail(err, KX_SETPARM, errno, "cannot read cpuset.cpus.effective");
	if (set_nodes(vps, dir, &nodes, err) || allowed(vps, &host, &nodes, &cpus, err))
		return -1;
	kx_parse_u64(kx_vps_get(vps, "CPUS"), &n);
	if (n && n < count(&cpus)) {
		if (spread(vps, dir, parent, n, &cpus, &chosen, err))
			return -1;
		cpus = chosen;
	}
	list = kx_cpus_print(&cpus);
	if (!list)
		return kx_nomem(err);
	/* All of them: also those that the host gets later. */
	if (n || is_list(kx_vps_get(vps, "CPUMASK")) ? write_list(dir, "cpuset.cpus", list) :
	    write_all(dir, "cpuset.cpus", &host))
		return kx_fail(err, KX_SETPARM, errno, "cannot set cpuset.cpus to \"%s\"", list);
	return 0;
}

unsigned int kx_vps_cpus(const struct kx_vps *vps)
{
	char path[PATH_MAX];
	struct kx_cpus cpus;

	snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/%u/cpuset.cpus.effective",
		 vps->host->cgroup, vps->id);
	return read_list(AT_FDCWD, path, &cpus) ? 0 : count(&cpus);
}
