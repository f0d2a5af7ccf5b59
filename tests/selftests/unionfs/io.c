// SPDX-License-Identifier: GPL-2.0
/* mmap, O_DIRECT, io_uring and Linux AIO. */
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "test.h"

#define BIG (1 << 20)
#define PAGE 4096

static void populate(void)
{
	fill("l/big", BIG, 1);
	put("l/file", "lower");
	union_mount("l", NULL);
}

STACK_FIXTURE(io)

static char *map(int fd, int prot, int flags)
{
	char *p = mmap(NULL, 2 * PAGE, prot, flags, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

TEST_F(io, shared_mapping)
{
	int fd = open("m/big", O_RDWR);
	char *a, *b;

	a = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	b = map(fd, PROT_READ, MAP_SHARED);
	ASSERT_NE(NULL, a);
	ASSERT_NE(NULL, b);
	memcpy(a, "mapped", 6);
	EXPECT_EQ(0, memcmp(b, "mapped", 6));
	EXPECT_EQ(0, strncmp(cat("m/big"), "mapped", 6));
	EXPECT_EQ(5, pwrite(fd, "write", 5, 100));
	EXPECT_EQ(0, memcmp(a + 100, "write", 5));
	EXPECT_EQ(0, msync(a, 2 * PAGE, MS_SYNC));
	munmap(a, 2 * PAGE);
	munmap(b, 2 * PAGE);
	close(fd);
	EXPECT_TRUE(filled("l/big", BIG, 1));
	ASSERT_EQ(0, union_remount());
	EXPECT_EQ(0, strncmp(cat("m/big"), "mapped", 6));
}

TEST_F(io, private_mapping)
{
	int fd = open("m/big", O_RDONLY);
	char *a = map(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	ASSERT_NE(NULL, a);
	memcpy(a, "private", 7);
	EXPECT_TRUE(filled("m/big", BIG, 1));
	EXPECT_FALSE(exists("u/big"));
	munmap(a, 2 * PAGE);
	EXPECT_EQ(NULL, map(fd, PROT_READ | PROT_WRITE, MAP_SHARED));
	EXPECT_EQ(EACCES, errno);
	close(fd);
}

/* A mapping made for reading through a writable descriptor. */
TEST_F(io, mapping_made_writable)
{
	int fd = open("m/big", O_RDWR);
	char *a = map(fd, PROT_READ, MAP_SHARED);

	ASSERT_NE(NULL, a);
	EXPECT_EQ(0, mprotect(a, PAGE, PROT_READ | PROT_WRITE));
	memcpy(a, "mapped", 6);
	close(fd);
	EXPECT_EQ(0, strncmp(cat("m/big"), "mapped", 6));
	munmap(a, 2 * PAGE);
	EXPECT_TRUE(filled("l/big", BIG, 1));
}

/* The mapping outlives descriptor and name; beyond the end is SIGBUS. */
TEST_F(io, mapping_of_unlinked)
{
	int fd = open("m/big", O_RDWR), status;
	char *a = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	pid_t pid;

	close(fd);
	EXPECT_EQ(0, unlink("m/big"));
	memcpy(a + PAGE, "x", 1);
	EXPECT_EQ('x', a[PAGE]);
	munmap(a, 2 * PAGE);

	fd = open("m/file", O_RDWR);
	a = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	EXPECT_EQ(0, memcmp(a, "lower\0\0", 7));
	pid = fork();
	if (!pid) {
		signal(SIGBUS, SIG_DFL);
		_exit(*(volatile char *)(a + PAGE));
	}
	waitpid(pid, &status, 0);
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	EXPECT_EQ(0, ftruncate(fd, 2 * PAGE));
	a[PAGE] = 'y';
	EXPECT_EQ('y', a[PAGE]);
	close(fd);
}

/*
 * A shared mapping for reading that was made before copy-up: it shows the file
 * either as it was or as it is, and never anything else.
 */
TEST_F(io, old_mapping)
{
	int fd = open("m/big", O_RDONLY);
	char *a = map(fd, PROT_READ, MAP_SHARED), old[8];

	ASSERT_NE(NULL, a);
	memcpy(old, a, 8);
	EXPECT_EQ(0, put_at("m/big", 0, "written!"));
	EXPECT_TRUE(!memcmp(a, old, 8) || !memcmp(a, "written!", 8));
	munmap(a, 2 * PAGE);
	/* One made after it shows what is there. */
	a = map(fd, PROT_READ, MAP_SHARED);
	EXPECT_EQ(0, memcmp(a, "written!", 8));
	EXPECT_EQ(0, put_at("m/big", 0, "again"));
	EXPECT_EQ(0, memcmp(a, "againen!", 8));
	munmap(a, 2 * PAGE);
	close(fd);
}

/* What /proc/PID/maps tells is the union's. */
TEST_F(io, maps_file)
{
	int fd = open("m/big", O_RDONLY);
	char *a = map(fd, PROT_READ, MAP_SHARED), line[512], name[300];
	unsigned long start, ino = 0;
	unsigned int major, minor;
	FILE *file = fopen("/proc/self/maps", "r");

	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%*x %*s %*x %x:%x %lu %299s", &start,
			   &major, &minor, &ino, name) == 5 &&
		    start == (unsigned long)a)
			break;
		ino = 0;
	}
	fclose(file);
	EXPECT_EQ(info("m/big").st_ino, ino);
	EXPECT_NE(NULL, strstr(name, "/m/big"));
	munmap(a, 2 * PAGE);
	close(fd);
}

TEST_F(io, direct)
{
	char *buf = aligned_alloc(PAGE, 4 * PAGE), *other = malloc(4 * PAGE);
	int fd, plain;

	fd = open("m/big", O_RDONLY | O_DIRECT);
	ASSERT_LE(0, fd);
	plain = open("l/big", O_RDONLY);
	EXPECT_EQ(2 * PAGE, pread(fd, buf, 2 * PAGE, PAGE));
	EXPECT_EQ(2 * PAGE, pread(plain, other, 2 * PAGE, PAGE));
	EXPECT_EQ(0, memcmp(buf, other, 2 * PAGE));
	close(fd);
	EXPECT_FALSE(exists("u/big"));
	fd = open("m/big", O_RDWR | O_DIRECT);
	memset(buf, 'd', 2 * PAGE);
	EXPECT_EQ(2 * PAGE, pwrite(fd, buf, 2 * PAGE, 2 * PAGE));
	EXPECT_EQ(-EINVAL, ERR(pread(fd, buf + 1, 100, 1)));
	EXPECT_EQ(PAGE, pread(fd, buf + 2 * PAGE, PAGE, 3 * PAGE));
	EXPECT_EQ(0, memcmp(buf, buf + 2 * PAGE, PAGE));
	EXPECT_EQ('d', cat("m/big")[2 * PAGE]);
	EXPECT_TRUE(filled("l/big", BIG, 1));
	/* Turned on and off while open. */
	EXPECT_EQ(0, fcntl(fd, F_SETFL, 0));
	EXPECT_EQ(3, pwrite(fd, "odd", 3, 1));
	EXPECT_EQ(0, fcntl(fd, F_SETFL, O_DIRECT));
	EXPECT_EQ(PAGE, pread(fd, buf, PAGE, 0));
	EXPECT_EQ(0, memcmp(buf + 1, "odd", 3));
	close(fd);
	close(plain);
}

struct ring {
	int fd;
	unsigned int *sq_tail, *sq_mask, *sq_array, *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

static int ring_open(struct ring *ring)
{
	struct io_uring_params p = { };
	char *sq, *cq;

	ring->fd = syscall(__NR_io_uring_setup, 8, &p);
	if (ring->fd < 0)
		return -errno;
	sq = mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_SQ_RING);
	cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(*ring->cqes),
		  PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd,
		  IORING_OFF_CQ_RING);
	ring->sqes = mmap(NULL, p.sq_entries * sizeof(*ring->sqes),
			  PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
			  ring->fd, IORING_OFF_SQES);
	ring->sq_tail = (void *)(sq + p.sq_off.tail);
	ring->sq_mask = (void *)(sq + p.sq_off.ring_mask);
	ring->sq_array = (void *)(sq + p.sq_off.array);
	ring->cq_head = (void *)(cq + p.cq_off.head);
	ring->cq_tail = (void *)(cq + p.cq_off.tail);
	ring->cq_mask = (void *)(cq + p.cq_off.ring_mask);
	ring->cqes = (void *)(cq + p.cq_off.cqes);
	return 0;
}

static int ring_do(struct ring *ring, int op, int fd, void *buf, size_t n,
		   off_t pos, int flags)
{
	unsigned int tail = *ring->sq_tail, i = tail & *ring->sq_mask;
	int res;

	memset(&ring->sqes[i], 0, sizeof(ring->sqes[i]));
	ring->sqes[i].opcode = op;
	ring->sqes[i].fd = fd;
	ring->sqes[i].addr = (uintptr_t)buf;
	ring->sqes[i].len = n;
	ring->sqes[i].off = pos;
	ring->sqes[i].flags = flags;
	ring->sq_array[i] = i;
	__atomic_store_n(ring->sq_tail, tail + 1, __ATOMIC_RELEASE);
	if (syscall(__NR_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS,
		    NULL, 0) < 0)
		return -errno;
	res = ring->cqes[*ring->cq_head & *ring->cq_mask].res;
	__atomic_store_n(ring->cq_head, *ring->cq_head + 1, __ATOMIC_RELEASE);
	return res;
}

TEST_F(io, uring)
{
	static const int modes[] = { 0, O_DIRECT };
	char *buf = aligned_alloc(PAGE, PAGE), *other = aligned_alloc(PAGE, PAGE);
	struct ring ring;
	unsigned int i;
	int fd, flags;

	if (ring_open(&ring))
		SKIP(return, "no io_uring here");
	for (i = 0; i < 4; i++) {
		/* By a worker of its own, too. */
		flags = i / 2 ? IOSQE_ASYNC : 0;
		fd = open("m/big", O_RDWR | modes[i % 2]);
		ASSERT_LE(0, fd);
		EXPECT_EQ(PAGE, ring_do(&ring, IORING_OP_READ, fd, buf, PAGE,
					PAGE * (1 + i), flags));
		EXPECT_EQ(PAGE, pread(fd, other, PAGE, PAGE * (1 + i)));
		EXPECT_EQ(0, memcmp(buf, other, PAGE));
		memset(buf, 'u' + i, PAGE);
		EXPECT_EQ(PAGE, ring_do(&ring, IORING_OP_WRITE, fd, buf, PAGE,
					PAGE * (1 + i), flags));
		EXPECT_EQ(PAGE, pread(fd, other, PAGE, PAGE * (1 + i)));
		EXPECT_EQ(0, memcmp(buf, other, PAGE));
		EXPECT_EQ(0, ring_do(&ring, IORING_OP_FSYNC, fd, NULL, 0, 0, flags));
		close(fd);
	}
	EXPECT_EQ(BIG, info("m/big").st_size);
	EXPECT_TRUE(filled("l/big", BIG, 1));
	close(ring.fd);
}

TEST_F(io, aio)
{
	char *buf = aligned_alloc(PAGE, PAGE);
	struct iocb cb = { }, *list[] = { &cb };
	struct io_event event;
	aio_context_t ctx = 0;
	unsigned int i;
	int fd;

	ASSERT_EQ(0, ERR(syscall(SYS_io_setup, 4, &ctx)));
	for (i = 0; i < 2; i++) {
		fd = open("m/big", O_RDWR | (i ? O_DIRECT : 0));
		memset(buf, 'a' + i, PAGE);
		cb.aio_fildes = fd;
		cb.aio_buf = (uintptr_t)buf;
		cb.aio_nbytes = PAGE;
		cb.aio_offset = i * PAGE;
		cb.aio_lio_opcode = IOCB_CMD_PWRITE;
		EXPECT_EQ(1, syscall(SYS_io_submit, ctx, 1, list));
		EXPECT_EQ(1, syscall(SYS_io_getevents, ctx, 1, 1, &event, NULL));
		EXPECT_EQ(PAGE, event.res);
		memset(buf, 0, PAGE);
		cb.aio_lio_opcode = IOCB_CMD_PREAD;
		EXPECT_EQ(1, syscall(SYS_io_submit, ctx, 1, list));
		EXPECT_EQ(1, syscall(SYS_io_getevents, ctx, 1, 1, &event, NULL));
		EXPECT_EQ(PAGE, event.res);
		EXPECT_EQ('a' + i, buf[PAGE - 1]);
		close(fd);
	}
	EXPECT_EQ('b', cat("m/big")[PAGE]);
	EXPECT_TRUE(filled("l/big", BIG, 1));
	syscall(SYS_io_destroy, ctx);
}

TEST_HARNESS_MAIN
