// SPDX-License-Identifier: GPL-2.0
/*
 * The calls for descriptors refuse O_PATH, so the names below /proc/self/fd are
 * used; they lead to the inode itself, even if that is a symbolic link.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "fsck.h"

static const struct {
	int attr;
	const char *name;
} names[] = {
	{ ATTR_OPAQUE, "opaque" },
	{ ATTR_REDIRECT, "redirect" },
	{ ATTR_ORIGIN, "origin" },
	{ ATTR_IMPURE, "impure" },
	{ ATTR_NLINK, "nlink" },
	{ ATTR_UPPER, "upper" },
	{ ATTR_METACOPY, "metacopy" },
	{ ATTR_WHITEOUT, "whiteout" },
};
#define NAMES (sizeof(names) / sizeof(*names))

struct where {
	char path[32], name[48];
};

static struct where where(const struct attr_space *s, int fd, int attr)
{
	struct where w;

	snprintf(w.path, sizeof(w.path), "/proc/self/fd/%d", fd);
	w.name[0] = '\0';
	for (size_t i = 0; i < NAMES; i++)
		if (names[i].attr == attr)
			snprintf(w.name, sizeof(w.name), "%s%s", s->prefix, names[i].name);
	return w;
}

/* The names of all attributes, each with its null byte. */
static char *list_all(int fd, size_t *len)
{
	struct where w = where(NULL, fd, 0);
	char *list = NULL;
	ssize_t n;

	do {
		n = listxattr(w.path, NULL, 0);
		if (n < 0)
			break;
		free(list);
		list = must(malloc(n + 1));
		n = listxattr(w.path, list, n);
	} while (n < 0 && errno == ERANGE);
	if (n < 0) {
		free(list);
		if (errno != EOPNOTSUPP)
			return NULL;
		list = must(calloc(1, 1));
		n = 0;
	}
	list[n] = '\0';
	*len = n;
	return list;
}

static int attr_named(const struct attr_space *s, const char *name)
{
	for (size_t i = 0; i < NAMES; i++)
		if (!strcmp(names[i].name, name))
			return names[i].attr & s->ignored ? ATTR_OTHER : names[i].attr;
	return ATTR_OTHER;
}

int attr_list(const struct attr_space *s, int fd)
{
	size_t prefix = strlen(s->prefix), len;
	char *list = list_all(fd, &len);
	int found = 0;

	if (!list)
		return -1;
	for (const char *at = list; at < list + len; at += strlen(at) + 1)
		if (!strncmp(at, s->prefix, prefix))
			found |= attr_named(s, at + prefix);
	free(list);
	return found;
}

char *attr_get(const struct attr_space *s, int fd, int attr, size_t *len)
{
	struct where w = where(s, fd, attr);
	char *value = NULL;
	ssize_t n;

	do {
		n = getxattr(w.path, w.name, NULL, 0);
		if (n < 0)
			break;
		free(value);
		value = must(malloc(n + 1));
		/* With no room at all it would tell the size again. */
		n = n ? getxattr(w.path, w.name, value, n) : 0;
	} while (n < 0 && errno == ERANGE);
	if (n < 0) {
		free(value);
		return NULL;
	}
	value[n] = '\0';
	*len = n;
	return value;
}

int attr_set(const struct attr_space *s, int fd, int attr, const void *value, size_t len)
{
	struct where w = where(s, fd, attr);

	return setxattr(w.path, w.name, value, len, 0);
}

int attr_remove(const struct attr_space *s, int fd, int attr)
{
	struct where w = where(s, fd, attr);

	return removexattr(w.path, w.name) && errno != ENODATA ? -1 : 0;
}

int attr_remove_all(const struct attr_space *s, int fd)
{
	struct where w = where(s, fd, 0);
	size_t prefix = strlen(s->prefix), len;
	char *list = list_all(fd, &len);
	int ret = list ? 0 : -1;

	for (const char *at = list; list && at < list + len; at += strlen(at) + 1)
		if (!strncmp(at, s->prefix, prefix))
			ret |= removexattr(w.path, at);
	free(list);
	return ret;
}

int reopen(int fd, int flags)
{
	struct where w = where(NULL, fd, 0);
	int ret = open(w.path, flags | O_CLOEXEC | O_NONBLOCK | O_NOATIME);

	if (ret < 0 && errno == EPERM)
		ret = open(w.path, flags | O_CLOEXEC | O_NONBLOCK);
	return ret;
}
