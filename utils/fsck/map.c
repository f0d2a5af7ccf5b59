// SPDX-License-Identifier: GPL-2.0
/* Open addressing, never more than half full. */
#include <stdint.h>
#include <stdlib.h>

#include "fsck.h"

static struct slot *find(const struct map *map, dev_t dev, ino_t ino)
{
	uint64_t hash = (ino ^ ((uint64_t)dev << 40)) * 0x9e3779b97f4a7c15ULL;
	size_t i = hash >> 20;

	for (;; i++) {
		struct slot *s = &map->slot[i & (map->size - 1)];

		if (!s->value || (s->dev == dev && s->ino == ino))
			return s;
	}
}

void *map_get(const struct map *map, dev_t dev, ino_t ino)
{
	return map->size ? find(map, dev, ino)->value : NULL;
}

static void grow(struct map *map)
{
	struct map larger = { .size = map->size ? map->size * 2 : 64, .used = map->used };

	larger.slot = must(calloc(larger.size, sizeof(*larger.slot)));
	for (size_t i = 0; i < map->size; i++)
		if (map->slot[i].value)
			*find(&larger, map->slot[i].dev, map->slot[i].ino) = map->slot[i];
	free(map->slot);
	*map = larger;
}

void map_set(struct map *map, dev_t dev, ino_t ino, void *value)
{
	struct slot *s;

	if (map->used * 2 >= map->size)
		grow(map);
	s = find(map, dev, ino);
	map->used += !s->value;
	*s = (struct slot){ dev, ino, value };
}

void map_free(struct map *map, void (*free_value)(void *))
{
	for (size_t i = 0; i < map->size; i++)
		if (map->slot[i].value)
			free_value(map->slot[i].value);
	free(map->slot);
	*map = (struct map){ 0 };
}
