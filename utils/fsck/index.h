/* SPDX-License-Identifier: GPL-2.0 */
/* Files in the index, and how many names they have. */
#ifndef FSCK_INDEX_H
#define FSCK_INDEX_H

#include <sys/stat.h>

#include "handle.h"

struct linked {
	char *name;			/* in the index */
	dev_t dev;			/* of the upper file */
	ino_t ino;
	unsigned char raw[HANDLE_MAX];	/* what the name says */
	size_t raw_len;
	struct handle handle;
	int found;			/* as handle_find() says */
	struct stat lower;
	/* Names: in the branch; of the lower file, seen in the union; of the lower file in all. */
	size_t upper_names, visible, total;
	/* Of these in other branches than the first, which another one can hide. */
	size_t deep_visible, deep_total;
	bool counted;			/* these are all there are */
};

struct fsck;
/* Counts the lower names of what is in f->indexed and was found. */
void index_count(struct fsck *f);
/* "U+1", "L-2": false when it is neither. */
bool nlink_parse(const char *value, size_t len, int *diff);

#endif /* FSCK_INDEX_H */
