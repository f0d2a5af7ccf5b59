// SPDX-License-Identifier: GPL-2.0
/* info.json: no input does harm, and what jansson writes is read as it was. */
#include <jansson.h>
#include <string.h>

#include "fuzz.h"
#include "template.h"

struct seen {
	size_t members, bytes;
};

static void count(const char *key, const char *value, void *arg)
{
	struct seen *s = arg;

	s->members++;
	s->bytes += strlen(key) + strlen(value);
}

struct wanted {
	const char *key, *value;
	json_int_t number;
	int found;
};

static void compare(const char *key, const char *value, void *arg)
{
	struct wanted *w = arg;

	if (!strcmp(key, w->key)) {
		MUST(!strcmp(value, w->value));
		w->found++;
	} else {
		MUST(!strcmp(key, "a number"));
		MUST(strtoll(value, NULL, 10) == w->number);
		w->found++;
	}
}

/* The input as the text of a member: half of it the key, half the value. */
static void round_trip(const uint8_t *data, size_t size)
{
	cleanup_free char *key = fuzz_text(data, size / 2), *text = NULL;
	cleanup_free char *value = fuzz_text(data + size / 2, size - size / 2);
	struct wanted w = { .key = key, .value = value };
	json_t *object;

	memcpy(&w.number, data, size < sizeof(w.number) ? size : sizeof(w.number));
	object = json_pack("{s:s, s:I}", key, value, "a number", w.number);
	/* Null: it is no UTF-8. */
	if (!object)
		return;
	text = json_dumps(object, size & 1 ? JSON_INDENT(2) : 0);
	MUST(text);
	if (json_object_size(object) == 2) {
		MUST(!kx_flatjson(text, compare, &w));
		MUST(w.found == 2);
	}
	json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size);
	struct seen seen = {0};

	kx_flatjson(text, count, &seen);
	MUST(seen.members <= size && seen.bytes <= size);
	if (size)
		round_trip(data, size);
	return 0;
}
