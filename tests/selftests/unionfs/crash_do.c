// SPDX-License-Identifier: GPL-2.0
/* The operations, done in the union, and those beside it. */
#include <linux/fs.h>
#include <sys/mman.h>

#include "crash.h"

static int sync_path(const char *path, bool everything)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = ERR(everything ? syncfs(fd) : fsync(fd));
	close(fd);
	return ret;
}

static int sync_dir_of(const char *path)
{
	return sync_path(fmt("%.*s", (int)strlen(path) - 2, path), false);
}

static int write_page(const struct op *op, int worker, int index)
{
	bool map = op->kind == OP_OVERWRITE && index % 2;
	int flags = map ? O_RDWR : op->kind == OP_APPEND ? O_WRONLY | O_APPEND :
		    O_WRONLY;
	int fd = open(op->path, flags | O_CLOEXEC), ret = 0;
	unsigned char page[PAGE];
	void *at;

	if (fd < 0)
		return -errno;
	page_fill(page, worker, op->node, op->value, index + 1);
	if (map) {
		at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			  (off_t)op->value * PAGE);
		if (at == MAP_FAILED) {
			ret = -errno;
		} else {
			memcpy(at, page, PAGE);
			munmap(at, PAGE);
		}
	} else if (pwrite(fd, page, PAGE, (off_t)op->value * PAGE) != PAGE) {
		ret = -EIO;
	}
	close(fd);
	return ret;
}

static int act(const struct op *op, int worker, int index)
{
	int fd;

	switch (op->kind) {
	case OP_CHMOD:
		return ERR(chmod(op->path, op->value));
	case OP_APPEND:
	case OP_OVERWRITE:
		return write_page(op, worker, index);
	case OP_TRUNCATE:
		return ERR(truncate(op->path, op->value));
	case OP_CREATE:
		fd = open(op->path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC,
			  op->value);
		return fd < 0 ? -errno : ERR(close(fd));
	case OP_MKDIR:
		return ERR(mkdir(op->path, op->value));
	case OP_UNLINK:
		return ERR(op->dir ? rmdir(op->path) : unlink(op->path));
	case OP_RENAME:
	case OP_EXCHANGE:
		return ERR(renameat2(AT_FDCWD, op->path, AT_FDCWD, op->to,
				     op->kind == OP_EXCHANGE ? RENAME_EXCHANGE : 0));
	case OP_LINK:
		return ERR(link(op->path, op->to));
	default:
		return -EINVAL;
	}
}

static int make_durable(const struct op *op)
{
	if (op->sync == SYNCFS)
		return sync_path(".", true);
	switch (op->kind) {
	case OP_CREATE:
	case OP_MKDIR:
		return sync_path(op->path, false) ?: sync_dir_of(op->path);
	case OP_UNLINK:
		return sync_dir_of(op->path);
	case OP_LINK:
		return sync_dir_of(op->to);
	case OP_RENAME:
	case OP_EXCHANGE:
		return sync_dir_of(op->to) ?: sync_dir_of(op->path);
	default:
		return sync_path(op->path, false);
	}
}

/* In the union. Exit status. */
int run_worker(unsigned int seed, int worker, int ops)
{
	struct model m;
	struct op op;
	int i, ret;

	model_start(&m, seed, worker, ops);
	for (i = 0; i < ops; i++) {
		model_next(&m, &op);
		ret = act(&op, worker, i);
		if (!ret && op.sync)
			ret = make_durable(&op) ?:
			      log_mark(fmt("%d-%d", worker, i + 1));
		if (!ret)
			continue;
		printf("# operation %d, kind %d, %s %s, sync %d: %s\n", i, op.kind,
		       op.path, op.to, op.sync, strerror(-ret));
		fflush(stdout);
		return 1;
	}
	return 0;
}

/* Ends transactions of the journal at any time, in the midst of operations. */
int run_committer(const char *path, unsigned int seed)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	char byte = 0;

	if (fd < 0)
		return 1;
	for (;;) {
		byte++;
		if (pwrite(fd, &byte, 1, 0) != 1 || fsync(fd))
			return 1;
		usleep(draw(&seed, 30000));
	}
}
