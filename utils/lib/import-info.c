// SPDX-License-Identifier: GPL-2.0
/* What a template is: found in its tree, kept in its info.json. */
#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

#include "import.h"

#define INFO_FORMAT 1
#define OS_RELEASE_MAX 65536

static void unquote(char *value)
{
	size_t len = strcspn(value, "\n"), out = 0, i = 0;

	value[len] = '\0';
	if (len >= 2 && (*value == '"' || *value == '\'') &&
	    value[len - 1] == *value) {
		value[len - 1] = '\0';
		i = 1;
	}
	for (; value[i]; i++) {
		if (value[i] == '\\' && value[i + 1])
			i++;
		value[out++] = iscntrl((unsigned char)value[i]) ? '?' : value[i];
	}
	value[out] = '\0';
}

/* PRETTY_NAME of os-release(5) in @text, or "". */
static char *pretty_name(char *text)
{
	static const char key[] = "PRETTY_NAME=";

	for (char *p = text; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (!strncmp(p, key, sizeof(key) - 1)) {
			p += sizeof(key) - 1;
			unquote(p);
			return p;
		}
	}
	return "";
}

static char *find_distribution(int root)
{
	static const char *const paths[] = { "etc/os-release", "usr/lib/os-release" };
	cleanup_free char *text = calloc(1, OS_RELEASE_MAX);

	if (!text)
		return NULL;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		cleanup_close int fd = import_open_in_root(root, paths[i]);
		ssize_t n;

		if (fd < 0)
			continue;
		n = read(fd, text, OS_RELEASE_MAX - 1);
		if (n <= 0)
			continue;
		text[n] = '\0';
		return strdup(pretty_name(text));
	}
	return strdup("");
}

static const char *machine_name(const unsigned char *elf)
{
	bool big = elf[EI_DATA] == ELFDATA2MSB, wide = elf[EI_CLASS] == ELFCLASS64;
	unsigned int machine = big ? elf[18] << 8 | elf[19] : elf[19] << 8 | elf[18];

	switch (machine) {
	case EM_X86_64:
		return wide ? "x86_64" : "x32";
	case EM_386:
		return "i686";
	case EM_AARCH64:
		return "aarch64";
	case EM_ARM:
		return "arm";
	case EM_RISCV:
		return wide ? "riscv64" : "riscv32";
	case EM_PPC64:
		return big ? "ppc64" : "ppc64le";
	case EM_S390:
		return wide ? "s390x" : "s390";
	case EM_LOONGARCH:
		return "loongarch64";
	}
	return "";
}

static const char *find_arch(int root)
{
	static const char *const paths[] = { "sbin/init", "bin/sh",
					     "usr/lib/systemd/systemd" };
	unsigned char elf[20];

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		cleanup_close int fd = import_open_in_root(root, paths[i]);

		if (fd >= 0 && read(fd, elf, sizeof(elf)) == sizeof(elf) &&
		    !memcmp(elf, ELFMAG, SELFMAG))
			return machine_name(elf);
	}
	return "";
}

int import_write_info(struct import *im, int dirfd, const char *name)
{
	cleanup_free char *distribution = find_distribution(im->root);
	cleanup_close int fd = -1;
	json_t *info;
	int ret;

	if (!distribution)
		return kx_nomem(im->err);
	info = json_pack("{s:i, s:s, s:I, s:o, s:s, s:I, s:I, s:I}",
			 "format", INFO_FORMAT, "name", name,
			 "created", (json_int_t)time(NULL),
			 /* It may be no UTF-8: then it is not worth a failure. */
			 "distribution", json_string(distribution) ?: json_string(""),
			 "arch", find_arch(im->root),
			 "size", (json_int_t)im->size,
			 "entries", (json_int_t)im->entries,
			 "source_size", (json_int_t)im->read);
	if (!info)
		return kx_nomem(im->err);
	fd = openat(dirfd, "info.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ret = fd < 0 ? -1 : json_dumpfd(info, fd, JSON_INDENT(2)) ||
		write(fd, "\n", 1) != 1;
	json_decref(info);
	return ret ? kx_fail(im->err, errno == ENOSPC ? KX_NO_SPACE : KX_SYSTEM,
			     errno, "cannot write info.json") : 0;
}
