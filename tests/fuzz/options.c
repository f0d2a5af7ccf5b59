// SPDX-License-Identifier: GPL-2.0
#include "options.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TYPE(n, ...) { .name = n,						\
	.keys = (const char *const[]){ __VA_ARGS__ },				\
	.nkeys = COUNT(((const char *const[]){ __VA_ARGS__ })) }

#define UNION "lowerdir", "lowerdir+", "upperdir", "workdir", "userxattr"

/*
 * The first has half of it all. The last has one superblock for the machine, which
 * the host's root would leave read-only.
 */
const struct fstype fstypes[] = {
	TYPE("unionfs", UNION, "datadir+", "index"),
	TYPE("overlay", UNION, "datadir+", "index", "metacopy", "redirect_dir", "xino",
	     "nfs_export", "volatile", "verity", "default_permissions", "uuid"),
	TYPE("tmpfs", "size", "nr_blocks", "nr_inodes", "mode", "uid", "gid", "huge",
	     "mpol", "inode32", "inode64", "noswap", "usrquota", "grpquota",
	     "usrquota_block_hardlimit", "grpquota_inode_hardlimit", "casefold"),
	TYPE("proc", "hidepid", "gid", "subset", "pidns"),
	TYPE("devpts", "uid", "gid", "mode", "ptmxmode", "newinstance", "max"),
	TYPE("mqueue", "mode"),
	TYPE("ramfs", "mode"),
	TYPE("cgroup2", "nsdelegate", "favordynmods", "memory_localevents",
	     "memory_recursiveprot", "memory_hugetlb_accounting", "pids_localevents"),
};
const size_t nfstypes = COUNT(fstypes);

static const char *const everywhere[] = {
	"source", "ro", "rw", "nosuid", "sync", "dirsync", "lazytime", "", "=",
	"context", "rootcontext", "lowerdir=", "a key that is longer than any that there is",
};

static const char *const dirs[] = {
	"l1", "l2", "l3", "l4", "u1", "u2", "w1", "w2", "l1/deep", "a:b", "c,d", "e\\f",
	"u1/inside", "m1", "m2", "m3",
};
static const char *const others[] = {
	"file", "fifo", "link", "loop", "dangling", "missing", "l1/missing", "", ".", "..",
	"/", "/proc", "/proc/self/fd/0", "/proc/self/root", "/sys", "/dev/null", "l1/",
	"./l2//", "link/deep", "m1/u1", "\\", "\\:", ":", "::", ",", "\xff\xfe",
};

void options_prepare(void)
{
	int fd;

	for (size_t i = 0; i < COUNT(dirs); i++)
		mkdir(dirs[i], 0755);
	mkfifo("fifo", 0600);
	symlink("l1", "link");
	symlink("loop", "loop");
	symlink("nowhere", "dangling");
	fd = open("file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	close(fd);
	for (size_t i = 0; i < 4; i++) {
		char path[64];

		snprintf(path, sizeof(path), "%s/f%zu", dirs[i], i);
		close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	}
}

const char *some_key(const struct fstype *type)
{
	if (once_in(10))
		return one_of(everywhere);
	if (once_in(10))
		type = &fstypes[rnd(nfstypes)];
	return type->keys[rnd(type->nkeys)];
}

/* As lists and mount(2) want it, or forgotten. */
static size_t escape(const char *from, char *to, size_t size)
{
	bool right = !once_in(4);
	size_t len = 0;

	for (; *from && len + 3 < size; from++) {
		if ((strchr(":,\\", *from) && right) || once_in(100))
			to[len++] = '\\';
		to[len++] = *from;
	}
	to[len] = '\0';
	return len;
}

void some_path(char *path, size_t size)
{
	switch (rnd(8)) {
	case 0:
		snprintf(path, size, "%s", one_of(others));
		break;
	case 1:
		snprintf(path, size, "%s/%s", one_of(dirs), one_of(others));
		break;
	case 2:
		snprintf(path, size, "/proc/self/fd/%u", rnd(16));
		break;
	default:
		snprintf(path, size, "%s", one_of(dirs));
	}
	if (once_in(40)) {
		size_t len = rnd(size);

		memset(path, 'x', len);
		path[len ? len - 1 : 0] = '\0';
	}
}

/* Several paths; now and then as many as fit. */
static void some_list(char *value, size_t size)
{
	static const char *const between[] = { ":", ":", ":", "::", "\\:", ",", ":\\" };
	int n = once_in(12) ? 600 : 1 + (int)rnd(5);
	char path[300];
	size_t len = 0;

	*value = '\0';
	while (n--) {
		some_path(path, once_in(4) ? sizeof(path) : 32);
		if (len + 40 >= size)
			return;
		len += escape(path, value + len, size - len - 8);
		if (n)
			len += sprintf(value + len, "%s", one_of(between));
	}
}

static void some_word(char *value, size_t size)
{
	static const char *const words[] = {
		"on", "off", "auto", "follow", "nofollow", "require", "null", "always",
		"never", "within_size", "advise", "pid", "ptraceable", "invisible", "0", "2",
		"1777", "0755", "50%", "101%", "1k", "4m", "bind:0", "interleave", "prefer=99",
		"utf8-12.1.0", "-1", "",
	};

	switch (rnd(4)) {
	case 0:
		snprintf(value, size, "%llu%s", (unsigned long long)rnd_edge(),
			 once_in(2) ? "" : once_in(2) ? "k" : "%");
		break;
	case 1:
		snprintf(value, size, "%llo", (unsigned long long)rnd_edge());
		break;
	default:
		snprintf(value, size, "%s", one_of(words));
	}
}

void some_value(const char *key, char *value, size_t size)
{
	bool dir = strstr(key, "dir") && !strstr(key, "redirect");

	if (once_in(12))
		dir = !dir;
	if (dir && (!strcmp(key, "lowerdir") || once_in(12)))
		some_list(value, size);
	else if (dir)
		some_path(value, size < 300 ? size : 300);
	else
		some_word(value, size);
	if (once_in(40)) {
		size_t len = rnd(size);

		rnd_bytes(value, len);
		value[len] = '\0';
	}
}

static void add(char *text, size_t size, const char *key, const char *value)
{
	size_t len = strlen(text);

	snprintf(text + len, size - len, "%s%s%s%s", len ? "," : "", key,
		 value ? "=" : "", value ?: "");
}

void some_options(const struct fstype *type, char *text, size_t size)
{
	const char *pairs[4][2];
	char value[2048];
	int n = once_in(3) ? 0 : right_options(type, pairs);

	*text = '\0';
	while (n--)
		add(text, size, pairs[n][0], pairs[n][1]);
	for (n = rnd(4); n--;) {
		const char *key = some_key(type);

		some_value(key, value, once_in(10) ? sizeof(value) : 64);
		add(text, size, key, once_in(4) ? NULL : value);
	}
	if (once_in(30)) {
		rnd_bytes(text, size);
		text[size - 1] = '\0';
	}
}

int right_options(const struct fstype *type, const char *(*pairs)[2])
{
	static const char *const lists[] = {
		"l1", "l1:l2", "l3:l2:l1", "a\\:b", "link", "l1/deep",
	};
	static const char *const uppers[][2] = { { "u1", "w1" }, { "u2", "w2" } };
	const char *const *upper = one_of(uppers);
	int n = 0;

	if (strcmp(type->name, "unionfs") && strcmp(type->name, "overlay"))
		return 0;
	pairs[n][0] = "lowerdir";
	pairs[n++][1] = one_of(lists);
	if (once_in(3))
		return n;
	pairs[n][0] = "upperdir";
	pairs[n++][1] = upper[0];
	pairs[n][0] = "workdir";
	pairs[n++][1] = upper[1];
	return n;
}
