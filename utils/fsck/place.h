/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Directories of trees that may be deeper than there are descriptors or than a
 * path may be long: each knows its parent and its name there. The descriptors
 * of those used last are kept; another is opened again from its parents when it
 * is needed, and must be the same directory still.
 */
#ifndef FSCK_PLACE_H
#define FSCK_PLACE_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct place {
	struct place *parent;		/* null: a root */
	struct place *newer, *older;	/* among those with a descriptor; not roots */
	int fd, refs;
	size_t layer;			/* 0 for upper and work, else from 1 on */
	dev_t dev;
	ino_t ino;
	char name[];			/* of a root: its path */
};

/* Takes as many descriptors as there may be. */
void place_init(void);
/* Null and errno. Takes over @fd. */
struct place *place_root(const char *path, int fd, size_t layer);
struct place *place_enter(struct place *parent, const char *name);
struct place *place_get(struct place *p);
/* Null is fine. */
void place_put(struct place *p);
/* Valid until the next call of a place_ function; -1 and errno. */
int place_fd(struct place *p);
/* O_PATH of an entry, whatever it is; no links, no other mounts. */
int place_open(struct place *p, const char *name);
/* For use in a line; the caller frees. */
char *place_path(struct place *p, const char *name);

#endif /* FSCK_PLACE_H */
