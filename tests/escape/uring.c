// SPDX-License-Identifier: GPL-2.0
/*
 * What is refused as a system call, by io_uring: uring VERB ARGUMENT…
 *   setup                  a ring, no more
 *   poller                 a ring with a kernel thread that acts for its owner
 *   open PATH, socket FAMILY TYPE PROTOCOL, unlink PATH, symlink TARGET PATH
 *   left PID PATH          a ring is made by root, who then becomes root of the user namespace
 *                          of PID (0: user 12345), and opens with what it was
 *   files N                opens /dev/null N times, into the ring's own table
 */
#include <grp.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "escape.h"

static int ring;
static struct io_uring_params params;
static char *queue;
static struct io_uring_sqe *sqes;

static int make(unsigned int flags)
{
	params.flags = flags;
	ring = syscall(SYS_io_uring_setup, 8, &params);
	if (ring < 0)
		return -1;
	need(params.features & IORING_FEAT_SINGLE_MMAP, "one mapping");
	queue = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	sqes = mmap(NULL, 8 * sizeof(*sqes), PROT_READ | PROT_WRITE, MAP_SHARED, ring,
		    IORING_OFF_SQES);
	need(queue != MAP_FAILED && sqes != MAP_FAILED, "mmap");
	return ring;
}

static uint32_t *word(uint32_t offset)
{
	return (uint32_t *)(queue + offset);
}

/* The result of one operation, as of a system call. */
static long submit(const struct io_uring_sqe *sqe)
{
	uint32_t tail = *word(params.sq_off.tail), mask = *word(params.sq_off.ring_mask);
	uint32_t head = *word(params.cq_off.head);
	struct io_uring_cqe *cqe = (void *)(queue + params.cq_off.cqes);
	long res;

	sqes[tail & mask] = *sqe;
	word(params.sq_off.array)[tail & mask] = tail & mask;
	__atomic_store_n(word(params.sq_off.tail), tail + 1, __ATOMIC_RELEASE);
	need(syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1,
	     "io_uring_enter");
	need(__atomic_load_n(word(params.cq_off.tail), __ATOMIC_ACQUIRE) != head, "completion");
	res = cqe[head & *word(params.cq_off.ring_mask)].res;
	__atomic_store_n(word(params.cq_off.head), head + 1, __ATOMIC_RELEASE);
	if (res >= 0)
		return res;
	errno = -res;
	return -1;
}

static int do_open(char **args)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD,
		.addr = (unsigned long)args[0], .open_flags = O_RDONLY | O_NONBLOCK,
	};

	return outcome("open", submit(&sqe));
}

static int do_left(char **args)
{
	unsigned int uid = atoi(args[0]) ? 0 : 12345;
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD,
		.addr = (unsigned long)args[1], .open_flags = O_RDONLY,
	};
	char path[64];
	int id, ns;

	id = syscall(SYS_io_uring_register, ring, IORING_REGISTER_PERSONALITY, NULL, 0);
	need(id > 0, "personality");
	if (!uid) {
		snprintf(path, sizeof(path), "/proc/%s/ns/user", args[0]);
		ns = open(path, O_RDONLY | O_CLOEXEC);
		need(ns >= 0 && !setns(ns, CLONE_NEWUSER), path);
	}
	need(!setgroups(0, NULL) && !setresgid(uid, uid, uid) && !setresuid(uid, uid, uid),
	     "another user");
	need(open(args[1], O_RDONLY) < 0 && errno == EACCES, "not to be allowed");
	sqe.personality = id;
	return outcome("open", submit(&sqe));
}

static int do_socket(char **args)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_SOCKET, .fd = atoi(args[0]), .off = atoi(args[1]),
		.len = atoi(args[2]),
	};

	return outcome("socket", submit(&sqe));
}

static int do_unlink(char **args)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_UNLINKAT, .fd = AT_FDCWD, .addr = (unsigned long)args[0],
	};

	return outcome("unlink", submit(&sqe));
}

static int do_symlink(char **args)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_SYMLINKAT, .fd = AT_FDCWD,
		.addr = (unsigned long)args[0], .addr2 = (unsigned long)args[1],
	};

	return outcome("symlink", submit(&sqe));
}

/* Direct descriptors are not in the table of the process; the limit holds for them, too. */
static int do_files(char **args)
{
	unsigned int n = atoi(args[0]);
	struct io_uring_rsrc_register reg = { .nr = n, .flags = IORING_RSRC_REGISTER_SPARSE };
	struct rlimit limit = { 64, 64 };

	need(!setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
	return outcome("register", syscall(SYS_io_uring_register, ring,
					   IORING_REGISTER_FILES2, &reg, sizeof(reg)));
}

static const struct {
	const char *name;
	int (*run)(char **args);
	int args;
} verbs[] = {
	{ "setup", NULL, 0 }, { "poller", NULL, 0 }, { "open", do_open, 1 },
	{ "left", do_left, 2 },
	{ "socket", do_socket, 3 }, { "unlink", do_unlink, 1 },
	{ "symlink", do_symlink, 2 }, { "files", do_files, 1 },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		int poller;

		if (strcmp(argv[1], verbs[i].name) || argc != 2 + verbs[i].args)
			continue;
		poller = !strcmp(argv[1], "poller");
		if (make(poller ? IORING_SETUP_SQPOLL : 0) < 0 || !verbs[i].run)
			return outcome("setup", ring);
		return verbs[i].run(argv + 2);
	}
	errno = EINVAL;
	need(0, "verb or its arguments");
}
