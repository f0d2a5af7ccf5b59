/* SPDX-License-Identifier: GPL-2.0 */
/* Options of mounts, right ones and wrong ones. */
#ifndef FUZZ_OPTIONS_H
#define FUZZ_OPTIONS_H

#include "fuzzer.h"

struct fstype {
	const char *name;
	const char *const *keys;
	size_t nkeys;
};

extern const struct fstype fstypes[];
extern const size_t nfstypes;

/* Directories and others that values name, in the current directory. */
void options_prepare(void);
const char *some_key(const struct fstype *type);
/* In the form that this key has, more or less; at most @size - 1 bytes. */
void some_value(const char *key, char *value, size_t size);
/* A path, that there is or not. */
void some_path(char *path, size_t size);
/* All of it as mount(2) takes it. */
void some_options(const struct fstype *type, char *text, size_t size);
/* What a mount of this type cannot do without: its number of options. */
int right_options(const struct fstype *type, const char *(*pairs)[2]);

#endif
