// SPDX-License-Identifier: GPL-2.0
/* Numbers, CTIDs, names of VPSs and of templates, lists of words. */
#include <ctype.h>
#include <string.h>

#include <linux/ctx.h>

#include "fuzz.h"

static struct kx_host host;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char named[] = "NAME=\"web\"\n", odd[] = "NAME=\"a b\nNAME='x\n";
	char path[4096];

	(void)argc;
	(void)argv;
	fuzz_host(&host);
	snprintf(path, sizeof(path), "%s/101.conf", host.confdir);
	fuzz_write(path, named, strlen(named));
	snprintf(path, sizeof(path), "%s/4294967294.conf", host.confdir);
	fuzz_write(path, odd, strlen(odd));
	return 0;
}

static void number(const char *text)
{
	bool digits = *text && strspn(text, "0123456789") == strlen(text);
	const char *p = text + strspn(text, "0");
	char back[32];
	uint64_t n;

	if (kx_parse_u64(text, &n)) {
		/* Only what does not fit is refused, of what has digits only. */
		MUST(!digits || strlen(p) > 20 ||
		     (strlen(p) == 20 && strcmp(p, "18446744073709551615") > 0));
		return;
	}
	MUST(digits);
	snprintf(back, sizeof(back), "%llu", (unsigned long long)n);
	MUST(!strcmp(back, *p ? p : "0"));
}

static void ctid(const char *text)
{
	struct kx_err err = {0};
	struct kx_vps vps;
	uint32_t id;

	if (kx_parse_ctid(text, &id, &err))
		fuzz_check_err(&err);
	else
		MUST(id && id <= CTX_ID_MAX);
	memset(&err, 0, sizeof(err));
	if (kx_vps_load(&host, text, &vps, &err)) {
		fuzz_check_err(&err);
	} else {
		MUST(vps.id == 101 || vps.id == CTX_ID_MAX);
		MUST(isdigit((unsigned char)*text) ||
		     !strcmp(text, kx_vps_get(&vps, "NAME")));
		kx_vps_free(&vps);
	}
}

static void template_name(const char *text)
{
	struct kx_err err = {0};
	struct kx_template t;

	if (kx_template_check_name(text, &err)) {
		fuzz_check_err(&err);
		MUST(err.code == KX_BAD_NAME);
	} else {
		MUST(*text && *text != '.' && !strchr(text, '/') &&
		     strlen(text) <= 63);
	}
	MUST(kx_template_get(&host, text, &t, &err));
	fuzz_check_err(&err);
}

struct words {
	size_t count, bytes;
	const char *list;
};

static int see(const char *word, void *arg)
{
	struct words *w = arg;

	MUST(*word && !strpbrk(word, " \t"));
	MUST(strstr(w->list, word) && kx_has_word(w->list, word));
	w->bytes += strlen(word);
	return ++w->count == 16;
}

static void words(const char *list)
{
	struct words w = { .list = list };
	size_t bytes = 0;

	for (const char *p = list; *p; p++)
		bytes += *p != ' ' && *p != '\t';
	if (!kx_each_word(list, see, &w))
		MUST(w.bytes == bytes);
	else
		MUST(w.count == 16);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size);

	number(text);
	ctid(text);
	template_name(text);
	words(text);
	return 0;
}
