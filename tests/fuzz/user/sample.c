// SPDX-License-Identifier: GPL-2.0
/* A sample configuration: all that is taken of it are options that create and set know. */
#include <limits.h>
#include <string.h>

#include "fuzz.h"
#include "param.h"

static struct kx_host host;
static char path[PATH_MAX];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_host(&host);
	snprintf(path, sizeof(path), "%s/vps-x.conf-sample", host.confdir);
	return 0;
}

/* Those of one VPS or of a path come from nowhere else. */
static bool is_own(const char *option)
{
	static const char *const names[] = { "name", "hostname", "description", "ipadd", "ipdel" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(names[i], option))
			return true;
	return false;
}

static void load(bool create)
{
	struct kx_sample sample;
	struct kx_err err = {0};

	if (kx_sample_load(&host, "x", create, &sample, &err)) {
		fuzz_check_err(&err);
		MUST(!sample.changes && !sample.count);
		return;
	}
	for (size_t i = 0; i < sample.count; i++) {
		const struct kx_change *c = &sample.changes[i];
		cleanup_free char *result = NULL;
		const char *key;

		MUST(!is_own(c->option));
		MUST(create || strcmp(c->option, "ostemplate"));
		MUST(!kx_param_convert(c->option, c->value, "", &key, &result, &err));
	}
	kx_sample_free(&sample);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kx_sample none;
	struct kx_err err = {0};

	fuzz_write(path, data, size);
	load(false);
	load(true);
	MUST(kx_sample_load(&host, "../x", true, &none, &err));
	fuzz_check_err(&err);
	return 0;
}
