// SPDX-License-Identifier: GPL-2.0
/*
 * Prints all that VPSs may have on a host, a line each, in no order: mounts,
 * control groups, devices, addresses, routes, files, contexts, processes. With
 * the argument "contexts", only "ID STATE" of those, dead ones too.
 *
 * One program, because the tests ask for it hundreds of times.
 */
#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kontext.h"

/* The @wanted fields of each line of @path. */
static void table(const char *what, const char *path, const int *wanted)
{
	FILE *f = fopen(path, "re");
	char line[4096], *fields[64], *save;

	if (!f)
		err(1, "%s", path);
	while (fgets(line, sizeof(line), f)) {
		int n = 0;

		for (char *p = strtok_r(line, " \t\n", &save); p && n < 64;
		     p = strtok_r(NULL, " \t\n", &save))
			fields[n++] = p;
		printf("%s", what);
		for (const int *w = wanted; *w; w++)
			printf(" %s", *w <= n ? fields[*w - 1] : "");
		putchar('\n');
	}
	fclose(f);
}

static void mounts(void)
{
	table("mount", "/proc/self/mountinfo", (int[]){ 5, 0 });
}

static void network(void)
{
	FILE *f = fopen("/proc/net/fib_trie", "re");
	char line[256];

	table("device", "/proc/net/dev", (int[]){ 1, 0 });
	table("address", "/proc/net/if_inet6", (int[]){ 6, 1, 3, 0 });
	table("route", "/proc/net/route", (int[]){ 1, 2, 3, 8, 0 });
	table("route", "/proc/net/ipv6_route", (int[]){ 10, 1, 2, 5, 0 });
	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "|-- "))
			printf("address %s", strstr(line, "|-- ") + 4);
	if (f)
		fclose(f);
}

static int file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)type;
	printf("file %s %o %u\n", path, st->st_mode, st->st_uid);
	return ftw->level >= 2 ? FTW_SKIP_SUBTREE : FTW_CONTINUE;
}

static int group(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (type == FTW_D)
		printf("cgroup %s\n", path);
	return FTW_CONTINUE;
}

static void files(void)
{
	const char *const roots[] = {
		"/etc/vps", "/var/lib/vps/template", "/var/lib/vps/private",
		"/var/lib/vps/root",
	};

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		nftw(roots[i], file, 8, FTW_PHYS | FTW_ACTIONRETVAL);
	nftw("/sys/fs/cgroup/vps", group, 8, FTW_PHYS | FTW_ACTIONRETVAL);
}

static int contexts(const char *what)
{
	struct kx_err err = {0};
	struct kx_ctx *list;
	struct kx_nl *nl;
	size_t count;

	if (kx_nl_open(&nl, &err) || kx_ctx_list(nl, &list, &count, &err)) {
		fprintf(stderr, "inventory: %s\n", err.msg);
		return err.code;
	}
	for (size_t i = 0; i < count; i++)
		printf("%s%u %s\n", what, list[i].id, kx_ctx_state_name(list[i].state));
	free(list);
	kx_nl_close(nl);
	return 0;
}

/* Those in contexts, and commands that have not ended. */
static void processes(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *d;

	while (proc && (d = readdir(proc))) {
		char path[300], line[256], name[64] = "";
		unsigned int ctx = 0;
		FILE *f;

		if (!isdigit((unsigned char)*d->d_name) || atoi(d->d_name) == getpid())
			continue;
		snprintf(path, sizeof(path), "/proc/%s/status", d->d_name);
		f = fopen(path, "re");
		while (f && fgets(line, sizeof(line), f)) {
			sscanf(line, "Name: %63s", name);
			if (sscanf(line, "Ctx: %u", &ctx) == 1)
				break;
		}
		if (f)
			fclose(f);
		if (ctx || !strcmp(name, "vpsctl") || !strcmp(name, "vpslist") ||
		    !strcmp(name, "nft"))
			printf("process %u %s\n", ctx, name);
	}
	if (proc)
		closedir(proc);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "contexts"))
		return contexts("");
	mounts();
	network();
	files();
	processes();
	return contexts("context ");
}
