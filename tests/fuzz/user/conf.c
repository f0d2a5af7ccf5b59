// SPDX-License-Identifier: GPL-2.0
/*
 * Configuration files: what is read and written is read again the same, and a
 * value that is set is the one that is read, whatever else is in the file.
 */
#include <string.h>

#include "fuzz.h"

static char in[4096], once[4096], twice[4096];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *place = fuzz_place();

	(void)argc;
	(void)argv;
	snprintf(in, sizeof(in), "%s/in", place);
	snprintf(once, sizeof(once), "%s/once", place);
	snprintf(twice, sizeof(twice), "%s/twice", place);
	return 0;
}

static struct kx_conf *load(const char *path)
{
	struct kx_err err = {0};
	struct kx_conf *conf = kx_conf_load(path, false, KX_NO_CONF, &err);

	MUST(conf);
	return conf;
}

static void check_same(const char *a, const char *b)
{
	cleanup_free char *x = fuzz_read(a), *y = fuzz_read(b);

	MUST(!strcmp(x, y));
}

/* @value in place of whatever the file has for the key. */
static void check_set(struct kx_conf *conf, const char *value)
{
	bool allowed = !strpbrk(value, "\"\n");
	struct kx_err err = {0};
	struct kx_conf *again;
	const char *got;
	int ret = kx_conf_set(conf, "HOSTNAME", value, &err);

	MUST(!ret == allowed);
	if (ret) {
		fuzz_check_err(&err);
		return;
	}
	MUST(!kx_conf_save(conf, once, &err));
	again = load(once);
	got = kx_conf_get(again, "HOSTNAME");
	MUST(got && !strcmp(got, value));
	MUST(!kx_conf_set(again, "HOSTNAME", NULL, &err));
	MUST(!kx_conf_get(again, "HOSTNAME"));
	kx_conf_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size);
	cleanup_conf struct kx_conf *conf = NULL, *again = NULL, *copy = NULL;
	struct kx_err err = {0};

	fuzz_write(in, data, size);
	conf = load(in);
	MUST(!kx_conf_save(conf, once, &err));
	again = load(once);
	MUST(!kx_conf_save(again, twice, &err));
	check_same(once, twice);
	copy = kx_conf_copy(conf);
	MUST(copy && !kx_conf_save(copy, twice, &err));
	check_same(once, twice);
	text[strcspn(text, "\n")] = '\0';
	check_set(conf, text);
	return 0;
}
