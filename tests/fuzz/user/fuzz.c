// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

static char place[PATH_MAX / 2];

void fuzz_broken(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

static void need(bool done, const char *what)
{
	if (done)
		return;
	fprintf(stderr, "fuzz: %s: %s\n", what, strerror(errno));
	exit(1);
}

const char *fuzz_place(void)
{
	const char *tmp = getenv("TMPDIR");

	if (*place)
		return place;
	snprintf(place, sizeof(place), "%s/kontext-fuzz.XXXXXX", tmp ?: "/tmp");
	need(mkdtemp(place), place);
	need(!unshare(CLONE_NEWNS | CLONE_NEWNET), "namespaces, which take root");
	need(!mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "private mounts");
	need(!mount("fuzz", place, "tmpfs", MS_NODEV | MS_NOSUID,
		    "size=64m,nr_inodes=16384,mode=700"), "tmpfs");
	return place;
}

void fuzz_host(struct kx_host *host)
{
	static const char *const keys[] = {
		"CONFDIR", "TEMPLATE", "VE_PRIVATE", "VE_ROOT", "LOCKDIR",
	};
	struct kx_err err = {0};
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/vps.conf", fuzz_place());
	f = fopen(path, "w");
	need(f, path);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		fprintf(f, "%s=\"%s/host/%s\"\n", keys[i], place, keys[i]);
	/* No control group of a VPS that runs where the fuzzer does. */
	fprintf(f, "CGROUP=\"kontext-fuzz-%d\"\n", getpid());
	need(!fclose(f), path);
	need(!setenv("KONTEXT_CONF", path, 1), "environment");
	if (!host)
		return;
	if (kx_host_load(host, &err)) {
		fprintf(stderr, "fuzz: %s\n", err.msg);
		exit(1);
	}
}

static void empty(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *d;

	MUST(dir);
	while ((d = readdir(dir)))
		if (strcmp(d->d_name, ".") && strcmp(d->d_name, ".."))
			MUST(!kx_tree_remove(dirfd(dir), d->d_name, NULL));
	closedir(dir);
}

void fuzz_host_empty(const struct kx_host *host)
{
	empty(host->confdir);
	empty(host->template_dir);
	empty(host->private_dir);
	empty(host->root_dir);
	empty(host->lock_dir);
}

char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	MUST(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

void fuzz_write(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

char *fuzz_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *text;

	MUST(fd >= 0 && !fstat(fd, &st));
	text = malloc(st.st_size + 1);
	MUST(text && read(fd, text, st.st_size) == st.st_size);
	text[st.st_size] = '\0';
	close(fd);
	return text;
}

void fuzz_check_err(const struct kx_err *err)
{
	MUST(err->code && *err->msg && strlen(err->msg) < sizeof(err->msg));
	for (const char *c = err->msg; *c; c++)
		MUST((unsigned char)*c >= ' ' && *c != 0x7f);
}
