/* SPDX-License-Identifier: GPL-2.0 */
/* The extended attributes that the union stores its own things in. */
#ifndef FSCK_ATTR_H
#define FSCK_ATTR_H

#include <stdbool.h>
#include <stddef.h>

enum {
	ATTR_OPAQUE = 1 << 0,
	ATTR_REDIRECT = 1 << 1,
	ATTR_ORIGIN = 1 << 2,
	ATTR_IMPURE = 1 << 3,
	ATTR_NLINK = 1 << 4,
	ATTR_UPPER = 1 << 5,
	ATTR_METACOPY = 1 << 6,
	ATTR_WHITEOUT = 1 << 7,
	ATTR_OTHER = 1 << 8,	/* more with this prefix */
};

struct attr_space {
	const char *prefix;	/* "trusted.overlay." or "user.overlay." */
	int ignored;		/* counted as ATTR_OTHER */
};

/* All work on an O_PATH descriptor, whatever it is of. @attr is one bit. */

/* The bits of those that are there; -1 and errno. */
int attr_list(const struct attr_space *s, int fd);
/* Ends with a null byte behind @len; the caller frees. Null and errno. */
char *attr_get(const struct attr_space *s, int fd, int attr, size_t *len);
int attr_set(const struct attr_space *s, int fd, int attr, const void *value, size_t len);
int attr_remove(const struct attr_space *s, int fd, int attr);
/* All that have the prefix. */
int attr_remove_all(const struct attr_space *s, int fd);
/* The same inode, open for reading; -1 and errno. Regular files only. */
int reopen(int fd, int flags);

#endif /* FSCK_ATTR_H */
