// SPDX-License-Identifier: GPL-2.0
/*
 * Command lines, of the command that this is linked with: its main() is
 * command_main() here. Each line of the input is one, with a blank between two
 * words. They act on a host of their own, without a kernel that has contexts.
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

#define WORDS	64
#define LINES	8

int command_main(int argc, char **argv);

static struct kx_host host;

int __wrap_kx_nl_open(struct kx_nl **nl, struct kx_err *err);
int __wrap_kx_nl_open(struct kx_nl **nl, struct kx_err *err)
{
	*nl = NULL;
	return kx_fail(err, KX_NO_KERNEL, 0, "no contexts here");
}

/* It shares its memory with a helper process, which a sanitizer is not made for. */
int __wrap_kx_vps_mount(struct kx_vps *vps, struct kx_err *err);
int __wrap_kx_vps_mount(struct kx_vps *vps, struct kx_err *err)
{
	return kx_fail(err, KX_MOUNT, 0, "VPS %u: no mounts here", vps->id);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_host(&host);
	return 0;
}

static void put(const char *dir, const char *name, const char *text)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (text)
		fuzz_write(path, text, strlen(text));
	else
		MUST(!mkdir(path, 0755));
}

/* One VPS in order, and one whose configuration somebody has edited. */
static void furnish(void)
{
	fuzz_host_empty(&host);
	put(host.template_dir, "t", NULL);
	put(host.template_dir, "t/root", NULL);
	put(host.private_dir, "101", NULL);
	put(host.private_dir, "101/upper", NULL);
	put(host.confdir, "101.conf",
	    "OSTEMPLATE=\"t\"\nNAME=\"web\"\nHOSTNAME=\"web.example.org\"\n"
	    "IP_ADDRESS=\"192.0.2.1 2001:db8::1\"\nPHYSPAGES=\"0:131072\"\n"
	    "LOCAL_UID=\"1879048192\"\nLOCAL_GID=\"1879048192\"\n");
	put(host.confdir, "102.conf",
	    "OSTEMPLATE=../../t\nNAME=\"\xff\033[2J \"\nIP_ADDRESS=\"x 1.2.3.4/8\"\n"
	    "LOCAL_UID=\"-1\"\nNUMPROC=\"9:1\"\nDESCRIPTION=\"a\\\\n\"\n");
}

static void run(char *line)
{
	char *argv[WORDS + 2] = { "command" }, *word;
	int argc = 1, code;

	while (argc <= WORDS && (word = strsep(&line, " ")))
		argv[argc++] = word;
	/* As at the start of a program. */
	optind = 0;
	code = command_main(argc, argv);
	MUST(code >= 0 && code < 256);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size);
	char *rest = text, *line;
	int before = dup(0), after;

	furnish();
	for (int i = 0; i < LINES && (line = strsep(&rest, "\n")); i++)
		run(line);
	/* No descriptor is left open. */
	close(before);
	after = dup(0);
	MUST(before == after);
	close(after);
	return 0;
}
