/* SPDX-License-Identifier: GPL-2.0 */
/* Inodes, and something for each. */
#ifndef FSCK_MAP_H
#define FSCK_MAP_H

#include <stddef.h>
#include <sys/types.h>

struct slot {
	dev_t dev;
	ino_t ino;
	void *value;		/* null: free */
};

struct map {
	struct slot *slot;
	size_t used, size;
};

void *map_get(const struct map *map, dev_t dev, ino_t ino);
void map_set(struct map *map, dev_t dev, ino_t ino, void *value);
void map_free(struct map *map, void (*free_value)(void *));

#endif /* FSCK_MAP_H */
