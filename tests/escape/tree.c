// SPDX-License-Identifier: GPL-2.0
/*
 * What files there are below a directory: tree VERB DIRECTORY…
 *   readable DIRECTORY…  those that can be opened for reading, sorted
 *   writable DIRECTORY…  those that can be opened for writing, sorted
 *   grep TEXT DIRECTORY… those that have TEXT in their first MiB
 *   values               what is in the files whose names come on standard input
 *   change               other numbers into those that have one; which took it
 * Processes in /proc are left out, and numbers in names become N, except of
 * settings: how many devices and processors a machine has does not matter.
 */
#include <ctype.h>
#include <dirent.h>
#include <sys/stat.h>

#include "escape.h"

enum what { READABLE, WRITABLE, GREP };

static enum what what;
static const char *text;
static char **found;
static size_t n_found;

/* Processes; and what takes something away, waits, or works for seconds when it is read. */
static int avoided(const char *path)
{
	static const char *const list[] = {
		"/proc/kmsg", "/proc/kpage", "/proc/sys/vm/stat_refresh",
		"/sys/kernel/debug/", "/sys/kernel/tracing/",
	};

	for (size_t i = 0; what == GREP && i < sizeof(list) / sizeof(list[0]); i++)
		if (!strncmp(path, list[i], strlen(list[i])))
			return 1;
	return !strncmp(path, "/proc/", 6) && isdigit((unsigned char)path[6]);
}

static void add(const char *path)
{
	char *name = malloc(strlen(path) + 2), *to = name;
	int settings = !strncmp(path, "/proc/sys/", 10);

	need(name && (found = realloc(found, (n_found + 1) * sizeof(*found))), "memory");
	while (*path) {
		if (!isdigit((unsigned char)*path) || settings) {
			*to++ = *path++;
			continue;
		}
		*to++ = 'N';
		while (isdigit((unsigned char)*path))
			path++;
	}
	*to = '\0';
	found[n_found++] = name;
}

static int has_text(int fd)
{
	static char buf[(1 << 20) + 1];
	size_t n = 0;
	ssize_t got;

	while (n < sizeof(buf) - 1 && (got = read(fd, buf + n, sizeof(buf) - 1 - n)) > 0)
		n += got;
	return !!memmem(buf, n, text, strlen(text));
}

static void file(const char *path)
{
	int fd = open(path, (what == WRITABLE ? O_WRONLY : O_RDONLY) | O_NONBLOCK |
		      O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return;
	if (what != GREP || has_text(fd))
		add(path);
	close(fd);
}

static void walk(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char sub[4096];
		struct stat st;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(sub, sizeof(sub), "%s/%s", path, entry->d_name);
		if (lstat(sub, &st) || avoided(sub))
			continue;
		if (S_ISDIR(st.st_mode))
			walk(sub);
		else if (S_ISREG(st.st_mode))
			file(sub);
	}
	if (dir)
		closedir(dir);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int get(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (fd >= 0)
		close(fd);
	buf[n < 0 ? 0 : n] = '\0';
	for (char *c = buf; *c; c++)
		if (*c == '\n' || *c == '\t')
			*c = ' ';
	return n < 0 ? -1 : 0;
}

/* The setting as a number: 0 and 1 for each other, else the next one. */
static void change(const char *path)
{
	char was[64], now[64];
	long value;
	char *end;

	if (get(path, was, sizeof(was)))
		return;
	value = strtol(was, &end, 10);
	if (end == was || strcmp(end, " ") || end - was > 9)
		return;
	snprintf(now, sizeof(now), "%ld", value < 2 ? !value : value + 1);
	if (!put(path, now) && !get(path, now, sizeof(now)) && strcmp(was, now))
		puts(path);
}

static int each_name(int changes)
{
	char path[4096], buf[4096];

	while (fgets(path, sizeof(path), stdin)) {
		path[strcspn(path, "\n")] = '\0';
		if (changes) {
			change(path);
		} else {
			get(path, buf, sizeof(buf));
			printf("%s %s\n", path, buf);
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && (!strcmp(argv[1], "values") || !strcmp(argv[1], "change")))
		return each_name(*argv[1] == 'c');
	errno = EINVAL;
	need(argc > 2, "arguments");
	what = !strcmp(argv[1], "grep") ? GREP : !strcmp(argv[1], "writable") ? WRITABLE : READABLE;
	text = argv[2];
	for (int i = what == GREP ? 3 : 2; i < argc; i++)
		walk(argv[i]);
	qsort(found, n_found, sizeof(*found), compare);
	for (size_t i = 0; i < n_found; i++)
		if (!i || strcmp(found[i - 1], found[i]))
			puts(found[i]);
	return 0;
}
