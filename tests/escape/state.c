// SPDX-License-Identifier: GPL-2.0
/*
 * state CLOCKFILE DIRECTORY…: what attacks on a host aim at, a line each, in a
 * fixed order: two runs with nothing between them print the same. Of the
 * directories every object with all that stat tells but the time of access.
 */
#include <dirent.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "escape.h"

/* They change by themselves, or by being read. */
static const char *const restless[] = {
	"/proc/sys/fs/aio-nr", "/proc/sys/fs/dentry-state", "/proc/sys/fs/file-nr",
	"/proc/sys/fs/inode-nr", "/proc/sys/fs/inode-state", "/proc/sys/fs/quota",
	"/proc/sys/fs/binfmt_misc", "/proc/sys/kernel/ns_last_pid",
	"/proc/sys/kernel/pty/nr", "/proc/sys/kernel/random",
	"/proc/sys/net/netfilter/nf_conntrack_count", "/proc/sys/vm/stat_refresh",
	"/proc/sys/kernel/perf_event_max_sample_rate", "/dev/pts",
	"/etc/vps/conf",	/* of cases that make more VPSs */
};

static int skipped(const char *path)
{
	const char *name = strrchr(path, '/') + 1;

	for (size_t i = 0; i < sizeof(restless) / sizeof(restless[0]); i++)
		if (!strcmp(path, restless[i]))
			return 1;
	/* The device of a VPS is its own, not the host's. */
	return !strncmp(path, "/proc/sys/net/", 14) && !strncmp(name, "vps", 3);
}

static void contents(const char *what, const char *path)
{
	char buf[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));

	printf("%s %s ", what, path);
	for (ssize_t i = 0; i < n; i++)
		putchar(buf[i] == '\n' ? '|' : buf[i]);
	putchar('\n');
	if (fd >= 0)
		close(fd);
}

static void object(const char *path, const struct stat *st)
{
	int dev = S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode);

	printf("file %s %o %u:%u", path, st->st_mode, st->st_uid, st->st_gid);
	if (dev)
		printf(" %u:%u\n", major(st->st_rdev), minor(st->st_rdev));
	else if (!strncmp(path, "/dev/", 5))
		putchar('\n');
	else
		printf(" %lld %lu %llu %lld.%09ld %lld.%09ld\n", (long long)st->st_size,
		       (unsigned long)st->st_nlink, (unsigned long long)st->st_ino,
		       (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
		       (long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
}

static void walk(const char *dir, int sysctls)
{
	struct dirent **list;
	int n = scandir(dir, &list, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		const char *name = list[i]->d_name;
		char path[4096];
		struct stat st;

		if (!strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, name);
		if (!skipped(path) && !lstat(path, &st)) {
			if (!sysctls)
				object(path, &st);
			else if (S_ISREG(st.st_mode) && (st.st_mode & 0444))
				contents("sysctl", path);
			if (S_ISDIR(st.st_mode))
				walk(path, sysctls);
		}
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

static void lines(const char *what, const char *path, const char *but, int first_word)
{
	FILE *f = fopen(path, "re");
	char line[4096];

	while (f && fgets(line, sizeof(line), f)) {
		if (but && strstr(line, but))
			continue;
		line[strcspn(line, first_word ? " \n" : "\n")] = '\0';
		printf("%s %s\n", what, line);
	}
	if (f)
		fclose(f);
}

static void names(const char *what, const char *dir, const char *but)
{
	struct dirent **list;
	int n = scandir(dir, &list, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		if (*list[i]->d_name != '.' &&
		    (!but || strncmp(list[i]->d_name, but, strlen(but))))
			printf("%s %s\n", what, list[i]->d_name);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

static void namespaces(const char *pid)
{
	static const char *const kinds[] = {
		"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts",
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char path[64], to[64];
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/%s/ns/%s", pid, kinds[i]);
		n = readlink(path, to, sizeof(to) - 1);
		to[n < 0 ? 0 : n] = '\0';
		printf("namespace %s %s\n", pid, to);
	}
}

/* How far the wall clock is ahead of the time since boot: the first run notes it. */
static void wall_clock(const char *file)
{
	struct timespec real, boot;
	long long now, then;
	FILE *f;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	now = (real.tv_sec - boot.tv_sec) * 1000LL + (real.tv_nsec - boot.tv_nsec) / 1000000;
	f = fopen(file, "re");
	if (!f || fscanf(f, "%lld", &then) != 1) {
		f = fopen(file, "we");
		need(f && fprintf(f, "%lld\n", now) > 0, file);
		then = now;
	}
	fclose(f);
	if (llabs(now - then) < 1500)
		printf("clock steady\n");
	else
		printf("clock moved by %lld ms\n", now - then);
}

int main(int argc, char **argv)
{
	need(argc > 1, "usage: state CLOCKFILE DIRECTORY...");
	wall_clock(argv[1]);
	walk("/proc/sys", 1);
	contents("file", "/sys/kernel/uevent_helper");
	contents("file", "/proc/sys/fs/binfmt_misc/status");
	names("binfmt", "/proc/sys/fs/binfmt_misc", NULL);
	contents("file", "/sys/kernel/mm/ksm/run");
	contents("file", "/sys/kernel/mm/transparent_hugepage/enabled");
	contents("file", "/proc/cmdline");
	lines("mount", "/proc/self/mountinfo", " /var/lib/vps/root/", 0);
	lines("module", "/proc/modules", NULL, 1);
	lines("swap", "/proc/swaps", NULL, 1);
	names("block", "/sys/block", NULL);
	names("netdev", "/sys/class/net", "vps");
	namespaces("1");
	namespaces("self");
	for (int i = 2; i < argc; i++)
		walk(argv[i], 0);
	return 0;
}
