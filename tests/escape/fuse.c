// SPDX-License-Identifier: GPL-2.0
/*
 * fuse DEVICE DIRECTORY NAME TYPE MAJOR MINOR: mounts a file system of its own that
 * has one file, a device node that anybody may use, and opens it.
 */
#include <linux/fuse.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "escape.h"

static int dev;
static struct fuse_attr root = { .ino = 1, .mode = S_IFDIR | 0755, .nlink = 2 };
static struct fuse_attr node = { .ino = 2, .nlink = 1 };

static void answer(const struct fuse_in_header *in, int error, const void *data, size_t len)
{
	char buf[sizeof(struct fuse_out_header) + 256];
	struct fuse_out_header *out = (void *)buf;

	out->len = sizeof(*out) + len;
	out->error = error;
	out->unique = in->unique;
	memcpy(out + 1, data, len);
	need(write(dev, buf, out->len) == (ssize_t)out->len || errno == ENOENT, "answer");
}

static void serve_one(const struct fuse_in_header *in, const char *name)
{
	struct fuse_init_out init = { .major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = 4096 };
	struct fuse_entry_out entry = { .nodeid = 2, .attr = node };
	struct fuse_attr_out attr = { .attr = in->nodeid == 1 ? root : node };

	switch (in->opcode) {
	case FUSE_INIT:
		answer(in, 0, &init, sizeof(init));
		break;
	case FUSE_LOOKUP:
		if (strcmp((const char *)(in + 1), name))
			answer(in, -ENOENT, NULL, 0);
		else
			answer(in, 0, &entry, sizeof(entry));
		break;
	case FUSE_GETATTR:
		answer(in, 0, &attr, sizeof(attr));
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
		break;
	default:
		answer(in, -ENOSYS, NULL, 0);
	}
}

static int server(const char *name)
{
	static char buf[FUSE_MIN_READ_BUFFER + 4096];

	while (read(dev, buf, sizeof(buf)) > 0)
		serve_one((void *)buf, name);
	return 0;
}

int main(int argc, char **argv)
{
	char options[128], path[256];
	pid_t pid;
	int ret;

	errno = EINVAL;
	need(argc == 7, "usage: fuse DEVICE DIRECTORY NAME TYPE MAJOR MINOR");
	node.mode = (*argv[4] == 'b' ? S_IFBLK : S_IFCHR) | 0666;
	node.rdev = makedev(atoi(argv[5]), atoi(argv[6]));
	root.uid = node.uid = getuid();
	root.gid = node.gid = getgid();
	dev = open(argv[1], O_RDWR | O_CLOEXEC);
	if (dev < 0)
		return outcome("open fuse", -1);
	mkdir(argv[2], 0755);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=%d,group_id=%d", dev,
		 getuid(), getgid());
	if (mount("attack", argv[2], "fuse", 0, options))
		return outcome("mount", -1);
	pid = fork();
	need(pid >= 0, "fork");
	if (!pid)
		return server(argv[3]);
	snprintf(path, sizeof(path), "%s/%s", argv[2], argv[3]);
	ret = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	outcome("open", ret);
	umount2(argv[2], MNT_DETACH);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return ret < 0;
}
