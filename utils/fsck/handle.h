/* SPDX-License-Identifier: GPL-2.0 */
/* File handles as overlayfs stores them, in the attributes origin and upper and in index names. */
#ifndef FSCK_HANDLE_H
#define FSCK_HANDLE_H

#include <stdint.h>
#include <sys/stat.h>

struct fsck;

#define HANDLE_HEADER 21
#define HANDLE_MAX (HANDLE_HEADER + 128)

struct handle {
	unsigned char type, uuid[16], fid[128];
	unsigned int len;	/* of fid */
};

enum handle_state {
	HANDLE_GOOD,
	HANDLE_FOREIGN,		/* of a newer version or another byte order: means nothing here */
	HANDLE_CORRUPT,
};

enum handle_state handle_parse(const void *data, size_t len, struct handle *h);
/* The file in a lower branch: 1 and its @st, 0 when no branch has it, -1 when that is not sure. */
int handle_find(const struct fsck *f, const struct handle *h, struct stat *st);
/* The stored form for the lower file @fd of @layer (from 1 on): its length, or -1 and errno. */
int handle_make(const struct fsck *f, int fd, size_t layer, unsigned char out[HANDLE_MAX]);
/* -1 when the filesystem has none or the kernel does not say. */
int uuid_of(int fd, unsigned char uuid[16]);

#endif /* FSCK_HANDLE_H */
