// SPDX-License-Identifier: GPL-2.0
/*
 * Mutations of tar files that stay tar files: of one field of a header, of the
 * order of the entries, of anything; then the checksums are made right again.
 */
#include <string.h>

#include "fuzz.h"

#define BLOCK	512U

struct field {
	size_t at, size;
};

static const struct field name = { 0, 100 }, mode = { 100, 8 }, uid = { 108, 8 },
	gid = { 116, 8 }, length = { 124, 12 }, mtime = { 136, 12 }, kind = { 156, 1 },
	target = { 157, 100 }, magic = { 257, 8 }, major = { 329, 8 },
	minor = { 337, 8 }, prefix = { 345, 155 };

static const char *const paths[] = {
	"a", "a/b", "a/b/c", "./a", "b", "a/", "", ".", "/", "..", "a/..", "../outside",
	"../../../../outside/target", "/proc/self/root", "a//b/./c", "etc/passwd",
	"etc/group", "etc/os-release", "sbin/init", "bin/sh", "dev/null", "a\nb", "\xff",
};
static const char *const numbers[] = {
	"0", "1", "7", "10", "100", "777", "1777", "2000", "4000", "4755", "177777",
	"200000", "7777777", "77777777777", "-1", " 12 ", "\xff\xff\xff\xff\xff\xff\xff\xff",
	"\x80", "\x80\0\0\0\x7f",
};

static unsigned int next(unsigned int *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

static bool is_header(const uint8_t *block)
{
	return !memcmp(block + magic.at, "ustar", 5);
}

static uint8_t *some_header(uint8_t *data, size_t size, unsigned int *seed)
{
	size_t blocks = size / BLOCK, at = blocks ? next(seed) % blocks : 0;

	for (size_t i = 0; i < blocks; i++, at = (at + 1) % blocks)
		if (is_header(data + at * BLOCK))
			return data + at * BLOCK;
	return NULL;
}

static void put(uint8_t *header, struct field f, const char *text)
{
	memset(header + f.at, 0, f.size);
	memcpy(header + f.at, text,
	       strlen(text) < f.size ? strlen(text) : f.size);
}

#define ONE_OF(list, seed)	((list)[next(seed) % (sizeof(list) / sizeof(*(list)))])

static void change_header(uint8_t *header, unsigned int *seed)
{
	static const char kinds[] = "01234567xgLKASVN\0z";
	struct field of_number[] = { mode, uid, gid, length, mtime, major, minor };
	struct field of_path[] = { name, target, prefix };

	switch (next(seed) % 4) {
	case 0:
		header[kind.at] = kinds[next(seed) % sizeof(kinds)];
		break;
	case 1:
		put(header, ONE_OF(of_path, seed), ONE_OF(paths, seed));
		break;
	case 2:
		put(header, ONE_OF(of_number, seed), ONE_OF(numbers, seed));
		break;
	default:
		header[next(seed) % BLOCK] = next(seed);
	}
}

/* Some blocks once more, elsewhere, or no more. */
static size_t move_blocks(uint8_t *data, size_t size, size_t max, unsigned int *seed)
{
	size_t blocks = size / BLOCK, from, count, to;

	if (!blocks)
		return size;
	from = next(seed) % blocks;
	count = 1 + next(seed) % 4;
	if (count > blocks - from)
		count = blocks - from;
	if (next(seed) & 1) {
		memmove(data + from * BLOCK, data + (from + count) * BLOCK,
			size - (from + count) * BLOCK);
		return size - count * BLOCK;
	}
	if (size + count * BLOCK > max)
		return size;
	to = next(seed) % (blocks + 1);
	memmove(data + (to + count) * BLOCK, data + to * BLOCK, size - to * BLOCK);
	if (from >= to)
		from += count;
	memmove(data + to * BLOCK, data + from * BLOCK, count * BLOCK);
	return size + count * BLOCK;
}

static void make_sums(uint8_t *data, size_t size)
{
	for (size_t at = 0; at + BLOCK <= size; at += BLOCK) {
		unsigned int sum = 8 * ' ';
		uint8_t *h = data + at;

		if (!is_header(h))
			continue;
		for (size_t i = 0; i < BLOCK; i++)
			sum += i < 148 || i >= 156 ? h[i] : 0;
		snprintf((char *)h + 148, 7, "%06o", sum);
		h[155] = ' ';
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed)
{
	unsigned int times = 1 + next(&seed) % 4;
	uint8_t *header;

	while (times--) {
		switch (next(&seed) % 8) {
		case 0:
		case 1:
			size = move_blocks(data, size, max_size, &seed);
			break;
		case 2:
		case 3:
			size = LLVMFuzzerMutate(data, size, max_size);
			break;
		default:
			header = some_header(data, size, &seed);
			if (header)
				change_header(header, &seed);
			else
				size = LLVMFuzzerMutate(data, size, max_size);
		}
	}
	/* Now and then a wrong one. */
	if (next(&seed) % 32)
		make_sums(data, size);
	return size;
}
