// SPDX-License-Identifier: GPL-2.0
/* Numbers, sizes and lists of words, as command lines and files have them. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "priv.h"

int kx_parse_u64(const char *text, uint64_t *value)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return -1;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return errno || *end ? -1 : 0;
}

int kx_each_word(const char *list, int (*fn)(const char *word, void *arg),
		 void *arg)
{
	cleanup_free char *copy = strdup(list);
	char *save, *word;
	int ret;

	if (!copy)
		return -1;
	for (word = strtok_r(copy, " \t", &save); word;
	     word = strtok_r(NULL, " \t", &save)) {
		ret = fn(word, arg);
		if (ret)
			return ret;
	}
	return 0;
}

static int same_word(const char *word, void *arg)
{
	return !strcmp(word, arg);
}

bool kx_has_word(const char *list, const char *word)
{
	return kx_each_word(list, same_word, (void *)word) == 1;
}
