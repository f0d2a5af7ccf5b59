// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "cgroup.h"
#include "limit.h"
#include "vps.h"

#define MOUNT_POINT	"/sys/fs/cgroup"
/* What a VPS may nest; kx_cgroup_remove() goes no deeper. */
#define MAX_DEPTH	"32"

static const char *const controllers[] = {
	"cpuset", "cpu", "io", "memory", "hugetlb", "pids", "misc",
};

#define NCONTROLLERS	(sizeof(controllers) / sizeof(controllers[0]))

static void group_path(const struct kx_vps *vps, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, MOUNT_POINT "/%s/%u", vps->host->cgroup, vps->id);
}

ssize_t kx_group_read(int dir, const char *name, char *buf, size_t size)
{
	cleanup_close int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	buf[n < 0 ? 0 : n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return n;
}

int kx_group_write(int dir, const char *name, const char *value)
{
	cleanup_close int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	return write(fd, value, strlen(value)) < 0 ? -1 : 0;
}

/* Hands those controllers that @dir has, and does not pass on yet, to its children. */
static int pass_on(int dir, const char *path, struct kx_err *err)
{
	char have[256], passed[256];

	if (kx_group_read(dir, "cgroup.controllers", have, sizeof(have)) < 0 ||
	    kx_group_read(dir, "cgroup.subtree_control", passed, sizeof(passed)) < 0)
		return kx_fail(err, KX_RESOURCE, errno,
			       "%s is not a control group of version 2", path);
	for (size_t i = 0; i < NCONTROLLERS; i++) {
		char plus[32];

		if (!kx_has_word(have, controllers[i]) ||
		    kx_has_word(passed, controllers[i]))
			continue;
		snprintf(plus, sizeof(plus), "+%s", controllers[i]);
		if (kx_group_write(dir, "cgroup.subtree_control", plus))
			return kx_fail(err, KX_RESOURCE, errno,
				       "%s: cannot enable the controller %s",
				       path, controllers[i]);
	}
	return 0;
}

/* The group above all VPSs', made level by level from the root. */
static int open_parent(const struct kx_vps *vps, struct kx_err *err)
{
	cleanup_free char *levels = strdup(vps->host->cgroup);
	char *save, *level;
	int dir;

	dir = open(MOUNT_POINT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || !levels) {
		kx_fail(err, KX_RESOURCE, errno, MOUNT_POINT);
		goto fail;
	}
	if (pass_on(dir, MOUNT_POINT, err))
		goto fail;
	for (level = strtok_r(levels, "/", &save); level;
	     level = strtok_r(NULL, "/", &save)) {
		int next;

		if (mkdirat(dir, level, 0755) && errno != EEXIST) {
			kx_fail(err, KX_RESOURCE, errno,
				"cannot make the control group %s", level);
			goto fail;
		}
		next = openat(dir, level, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (next < 0) {
			kx_fail(err, KX_RESOURCE, errno, "control group %s", level);
			goto fail;
		}
		close(dir);
		dir = next;
		if (pass_on(dir, level, err))
			goto fail;
	}
	return dir;
fail:
	if (dir >= 0)
		close(dir);
	return -1;
}

static int delegate(const struct kx_vps *vps, int dir, struct kx_err *err)
{
	static const char *const files[] = {
		"", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control",
	};
	uint32_t uid;

	if (kx_vps_uid(vps, &uid, err))
		return -1;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (fchownat(dir, files[i], uid, uid, AT_EMPTY_PATH))
			return kx_fail(err, KX_RESOURCE, errno,
				       "cannot delegate the control group of VPS %u",
				       vps->id);
	if (kx_group_write(dir, "cgroup.max.depth", MAX_DEPTH))
		return kx_fail(err, KX_RESOURCE, errno, "cgroup.max.depth");
	return 0;
}

int kx_cgroup_make(const struct kx_vps *vps, struct kx_err *err)
{
	cleanup_close int parent = open_parent(vps, err);
	int dir;

	if (parent < 0)
		return -1;
	if (mkdirat(parent, vps->idname, 0755)) {
		if (errno != EEXIST)
			return kx_fail(err, KX_RESOURCE, errno,
				       "cannot make the control group of VPS %u",
				       vps->id);
		if (kx_cgroup_remove(vps, err))
			return -1;
		if (mkdirat(parent, vps->idname, 0755))
			return kx_fail(err, KX_RESOURCE, errno,
				       "cannot make the control group of VPS %u",
				       vps->id);
	}
	dir = openat(parent, vps->idname, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return kx_fail(err, KX_RESOURCE, errno, "control group");
	if (kx_limits_set(vps, dir, NULL, 0, err) || delegate(vps, dir, err)) {
		close(dir);
		return -1;
	}
	return dir;
}

int kx_cgroup_limit(const struct kx_vps *vps, const struct kx_change *changes,
		    size_t count, struct kx_err *err)
{
	cleanup_close int dir = -1;
	char path[PATH_MAX];

	group_path(vps, path);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return kx_fail(err, KX_SETPARM, errno, "%s", path);
	return kx_limits_set(vps, dir, changes, count, err);
}

/* rmdir(2) of one group fails for a moment after its last task was killed. */
static int remove_group(int parent, const char *name)
{
	const struct timespec pause = { .tv_nsec = 2000000 };

	for (int tries = 0; tries < 1000; tries++) {
		if (!unlinkat(parent, name, AT_REMOVEDIR) || errno == ENOENT)
			return 0;
		if (errno != EBUSY)
			return -1;
		nanosleep(&pause, NULL);
	}
	return -1;
}

static int remove_below(int parent, const char *name)
{
	int fd = openat(parent, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;

	if (!dir)
		return errno == ENOENT ? 0 : -1;
	while ((d = readdir(dir))) {
		if (d->d_type != DT_DIR || !strcmp(d->d_name, ".") ||
		    !strcmp(d->d_name, ".."))
			continue;
		if (remove_below(dirfd(dir), d->d_name))
			return -1;
	}
	return remove_group(parent, name);
}

void kx_cgroup_lift(const struct kx_vps *vps)
{
	cleanup_close int dir = -1;
	char path[PATH_MAX];

	group_path(vps, path);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0)
		kx_limits_lift(dir);
}

int kx_cgroup_remove(const struct kx_vps *vps, struct kx_err *err)
{
	cleanup_close int dir = -1, parent = -1;
	char path[PATH_MAX], low[32] = "0";

	group_path(vps, path);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOENT ? 0 :
			kx_fail(err, KX_RESOURCE, errno, "%s", path);
	kx_group_read(dir, "memory.low", low, sizeof(low));
	parent = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	kx_limits_lift(dir);
	kx_group_write(dir, "cgroup.kill", "1");
	if (remove_below(AT_FDCWD, path))
		return kx_fail(err, KX_RESOURCE, errno, "cannot remove %s", path);
	return strcmp(low, "0") ? kx_limits_guarantees(vps, parent, err) : 0;
}

int kx_cgroup_of(const struct kx_vps *vps, pid_t pid, struct kx_err *err)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	cleanup_close int dir = -1;
	char proc[64], path[PATH_MAX], line[PATH_MAX];
	cleanup_file FILE *f = NULL;
	size_t skip;
	int fd;

	group_path(vps, path);
	skip = strlen(path) - strlen(MOUNT_POINT);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(proc, sizeof(proc), "/proc/%d/cgroup", pid);
	f = fopen(proc, "re");
	while (f && dir >= 0 && fgets(line, sizeof(line), f)) {
		char *below = line + strlen("0::") + skip;

		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::", 3) ||
		    strncmp(line + 3, path + strlen(MOUNT_POINT), skip) ||
		    (*below && *below != '/'))
			continue;
		fd = syscall(SYS_openat2, dir, *below ? below + 1 : ".", &how,
			     sizeof(how));
		if (fd >= 0)
			return fd;
	}
	return kx_fail(err, KX_RESOURCE, 0,
		       "VPS %u: cannot find the control group of its init", vps->id);
}

bool kx_vps_has_group(const struct kx_vps *vps)
{
	char path[PATH_MAX];

	group_path(vps, path);
	return !access(path, F_OK);
}

uint64_t kx_vps_nproc(const struct kx_vps *vps)
{
	cleanup_close int dir = -1;
	char path[PATH_MAX], text[32];
	uint64_t n;

	group_path(vps, path);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || kx_group_read(dir, "pids.current", text, sizeof(text)) < 0 ||
	    kx_parse_u64(text, &n))
		return 0;
	return n;
}
