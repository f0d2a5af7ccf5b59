// SPDX-License-Identifier: GPL-2.0
/* vps.conf(5). It makes the directories that the file names: here it does not. */
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

static char path[PATH_MAX];

int __wrap_mkdir(const char *name, mode_t mode);
int __wrap_mkdir(const char *name, mode_t mode)
{
	(void)mode;
	MUST(*name == '/');
	return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	snprintf(path, sizeof(path), "%s/vps.conf", fuzz_place());
	return setenv("KONTEXT_CONF", path, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kx_err err = {0};
	struct kx_host host;

	fuzz_write(path, data, size);
	if (kx_host_load(&host, &err)) {
		fuzz_check_err(&err);
		MUST(!host.confdir && !host.cgroup);
		return 0;
	}
	MUST(*host.confdir == '/' && *host.template_dir == '/' &&
	     *host.private_dir == '/' && *host.root_dir == '/' &&
	     *host.lock_dir == '/');
	MUST(*host.cgroup && *host.cgroup != '/' && !strstr(host.cgroup, ".."));
	MUST(host.uid_first >= 65536 && host.uid_last >= 65536);
	kx_host_free(&host);
	return 0;
}
