// SPDX-License-Identifier: GPL-2.0
/* Whether somebody else works on the branch: a mounted union, or another check. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "fsck.h"

static bool leads_to(const char *path, const struct place *p)
{
	struct stat st;

	return !stat(path, &st) && st.st_dev == p->dev && st.st_ino == p->ino;
}

/* The kernel shows the path as it was given, in whichever escape was used then. */
static bool names(char *path, const struct place *p)
{
	unescape_octal(path);
	if (leads_to(path, p))
		return true;
	unescape_backslash(path);
	return leads_to(path, p);
}

static bool mount_uses(const struct fsck *f, char *options)
{
	char *save, *word;

	for (word = strtok_r(options, ",\n", &save); word; word = strtok_r(NULL, ",\n", &save)) {
		if (!strncmp(word, "upperdir=", 9) && names(word + 9, f->upper))
			return true;
		if (!strncmp(word, "workdir=", 8) && names(word + 8, f->work))
			return true;
	}
	return false;
}

/* A line of mountinfo: ids, root, mount point, ... " - " type source options. */
static bool line_uses(const struct fsck *f, char *line, char **point)
{
	char *rest = strstr(line, " - "), *type, *save;

	if (!rest)
		return false;
	*rest = '\0';
	type = strtok_r(rest + 3, " ", &save);
	if (!type || (strcmp(type, "overlay") && strcmp(type, "unionfs")) ||
	    !strtok_r(NULL, " ", &save))
		return false;
	if (!mount_uses(f, save))
		return false;
	*point = strtok_r(line, " ", &save);
	for (int i = 0; *point && i < 4; i++)
		*point = strtok_r(NULL, " ", &save);
	return true;
}

int check_in_use(const struct fsck *f)
{
	FILE *in = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, *point;
	size_t size = 0;
	int ret = 0;

	if (!in)
		return refuse(FSCK_ERROR, "/proc/self/mountinfo: %s", strerror(errno));
	while (!ret && getline(&line, &size, in) > 0)
		if (line_uses(f, line, &point))
			ret = refuse(FSCK_ERROR, "%s is in use: mounted on %s", f->upper->name,
				     point ? point : "?");
	free(line);
	fclose(in);
	return ret;
}

/* Held until the end of the process. */
int lock(const struct fsck *f)
{
	if (!flock(f->work->fd, LOCK_EX | LOCK_NB))
		return 0;
	if (errno == EWOULDBLOCK)
		return refuse(FSCK_ERROR, "%s is locked: another fsck.unionfs works on it",
			      f->work->name);
	return refuse(FSCK_ERROR, "%s: cannot lock it: %s", f->work->name, strerror(errno));
}
