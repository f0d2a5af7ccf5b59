// SPDX-License-Identifier: GPL-2.0
/*
 * One file, random reads and writes of every kind, compared with an array in
 * memory. The file begins in the lower branch. From the environment:
 * FSX_SEED, FSX_OPS.
 */
#include <linux/falloc.h>
#include <sys/mman.h>
#include <time.h>

#include "test.h"

#define MAX (256 << 10)
#define PAGE 4096
#define LAST 16
#define SIZE 150000
#define FRESH 80

static unsigned char *model, *buf;
static size_t size;
static uint64_t state;
static char done[LAST][80];
static int fd = -1, direct = -1, old = -1, ndone;
static char name[32] = "m/file";

static unsigned int rnd(unsigned int n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % n;
}

#define DONE(...) \
	snprintf(done[ndone++ % LAST], sizeof(done[0]), __VA_ARGS__)

static bool failed(const char *what, long ret)
{
	int i;

	printf("# %s: %ld, %s; the last operations:\n", what, ret,
	       strerrorname_np(errno));
	for (i = ndone > LAST ? ndone - LAST : 0; i < ndone; i++)
		printf("#   %s\n", done[i % LAST]);
	return false;
}

/* What is written beyond the end leaves zeros before it. */
static void grow(size_t to)
{
	if (to > size) {
		memset(model + size, 0, to - size);
		size = to;
	}
}

static bool compare(const char *what, size_t from, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (buf[i] != model[from + i]) {
			printf("# at %zu: %02x, should be %02x (of %zu at %zu, size %zu)\n",
			       from + i, buf[i], model[from + i], n, from, size);
			return failed(what, i);
		}
	}
	return true;
}

static void new_data(size_t from, size_t n)
{
	size_t i;
	unsigned int start = rnd(256);

	for (i = 0; i < n; i++)
		model[from + i] = start + i * 7 + (i >> 8);
}

static bool do_read(int from_fd, const char *what, size_t pos, size_t n)
{
	size_t expected = pos >= size ? 0 : n < size - pos ? n : size - pos;
	ssize_t ret = pread(from_fd, buf, n, pos);

	DONE("%s %zu at %zu", what, n, pos);
	if (ret != (ssize_t)expected)
		return failed(what, ret);
	return compare(what, pos, expected);
}

static bool do_write(int to, const char *what, size_t pos, size_t n)
{
	ssize_t ret;

	if (!n)
		return true;
	grow(pos + n);
	new_data(pos, n);
	DONE("%s %zu at %zu", what, n, pos);
	memcpy(buf, model + pos, n);
	ret = pwrite(to, buf, n, pos);
	return ret == (ssize_t)n || failed(what, ret);
}

static bool do_map(size_t pos, size_t n, bool write)
{
	size_t first = pos & ~(PAGE - 1UL), length;
	unsigned char *map;

	if (pos >= size)
		return true;
	if (n > size - pos)
		n = size - pos;
	length = pos + n - first;
	DONE("%s %zu at %zu", write ? "mapwrite" : "mapread", n, pos);
	map = mmap(NULL, length, write ? PROT_READ | PROT_WRITE : PROT_READ,
		   MAP_SHARED, fd, first);
	if (map == MAP_FAILED)
		return failed("mmap", -1);
	if (write) {
		new_data(pos, n);
		memcpy(map + pos - first, model + pos, n);
	} else {
		memcpy(buf, map + pos - first, n);
	}
	munmap(map, length);
	return write || compare("mapread", pos, n);
}

static bool do_allocate(int mode, const char *what, size_t pos, size_t n)
{
	long ret;

	if (mode & (FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE)) {
		pos &= ~(PAGE - 1UL);
		n = (n & ~(PAGE - 1UL)) ?: PAGE;
		if (mode & FALLOC_FL_COLLAPSE_RANGE && pos + n >= size)
			return true;
		if (mode & FALLOC_FL_INSERT_RANGE &&
		    (pos >= size || size + n > MAX))
			return true;
	}
	if (!n)
		return true;
	DONE("%s %zu at %zu", what, n, pos);
	ret = fallocate(fd, mode, pos, n);
	if (ret && errno == EOPNOTSUPP)
		return true;
	if (ret)
		return failed(what, ret);
	if (mode & FALLOC_FL_COLLAPSE_RANGE) {
		memmove(model + pos, model + pos + n, size - pos - n);
		size -= n;
	} else if (mode & FALLOC_FL_INSERT_RANGE) {
		memmove(model + pos + n, model + pos, size - pos);
		memset(model + pos, 0, n);
		size += n;
	} else if (mode & FALLOC_FL_PUNCH_HOLE) {
		if (pos < size)
			memset(model + pos, 0, n < size - pos ? n : size - pos);
	} else if (!(mode & FALLOC_FL_KEEP_SIZE)) {
		grow(pos + n);
		if (mode & FALLOC_FL_ZERO_RANGE)
			memset(model + pos, 0, n);
	}
	return true;
}

static bool do_copy(size_t from, size_t to, size_t n)
{
	off_t in = from, out = to;
	ssize_t ret;

	if (from >= size)
		return true;
	if (n > size - from)
		n = size - from;
	if (from < to + n && to < from + n)
		return true;
	DONE("copy_range %zu from %zu to %zu", n, from, to);
	while (n) {
		ret = copy_file_range(fd, &in, fd, &out, n, 0);
		if (ret <= 0)
			return failed("copy_range", ret);
		grow(to + ret);
		memmove(model + to, model + from, ret);
		from += ret;
		to += ret;
		n -= ret;
	}
	return true;
}

static bool open_all(void)
{
	fd = open(name, O_RDWR | O_CLOEXEC);
	direct = open(name, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (fd < 0)
		return failed("open", fd);
	return true;
}

static bool do_reopen(bool remount)
{
	DONE(remount ? "remount" : "reopen");
	close(fd);
	if (direct >= 0)
		close(direct);
	if (remount) {
		if (old >= 0)
			close(old);
		old = -1;
		if (union_remount())
			return failed("remount", -1);
	}
	return open_all();
}

static bool do_truncate(size_t to)
{
	DONE("truncate to %zu", to);
	if (ftruncate(fd, to))
		return failed("truncate", -1);
	grow(to);
	size = to;
	return true;
}

static bool check_all(void)
{
	struct stat st;

	if (fstat(fd, &st) || st.st_size != (off_t)size)
		return failed("size", st.st_size);
	return do_read(fd, "read all", 0, size);
}

static bool step(long i)
{
	size_t pos = rnd(MAX), n = rnd(4) ? rnd(PAGE * 2) : rnd(65536);

	if (pos + n > MAX)
		n = MAX - pos;
	switch (rnd(22)) {
	case 0: case 1: case 2:
		return do_read(fd, "read", pos, n);
	case 3: case 4: case 5:
		return do_write(fd, "write", pos, n);
	case 6: case 7:
		return do_map(pos, n, false);
	case 8: case 9:
		return do_map(pos, n, true);
	case 10:
		return do_truncate(rnd(MAX));
	case 11:
		return do_allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				   "punch", pos, n);
	case 12:
		return do_allocate(FALLOC_FL_ZERO_RANGE, "zero", pos, n);
	case 13:
		return do_allocate(FALLOC_FL_COLLAPSE_RANGE, "collapse", pos, n);
	case 14:
		return do_allocate(FALLOC_FL_INSERT_RANGE, "insert", pos, n);
	case 15:
		return do_allocate(rnd(2) ? FALLOC_FL_KEEP_SIZE : 0, "allocate",
				   pos, n);
	case 16:
		return do_copy(pos, rnd(MAX - n ?: 1), n);
	case 17:
		return direct < 0 ||
			do_read(direct, "direct read", pos & ~(PAGE - 1UL),
				n & ~(PAGE - 1UL));
	case 18:
		n &= ~(PAGE - 1UL);
		return direct < 0 || !n ||
			do_write(direct, "direct write", pos & ~(PAGE - 1UL), n);
	case 19:
		DONE("fsync");
		return !fsync(fd) || failed("fsync", -1);
	case 20:
		if (old < 0)
			old = open(name, O_RDONLY | O_CLOEXEC);
		return do_read(old, "read by an older descriptor", pos, n);
	default:
		if (i % 17 == 0)
			drop_caches();
		return do_reopen(i % 5 == 0);
	}
}

FIXTURE(fsx) { int unused; };

FIXTURE_VARIANT(fsx)
{
	const char *upper, *lower;
	bool metacopy, fresh;
	int seed;
};

FIXTURE_VARIANT_ADD(fsx, ext4) { "ext4", NULL, false, false, 1 };
FIXTURE_VARIANT_ADD(fsx, metacopy) { "ext4", NULL, true, false, 2 };
FIXTURE_VARIANT_ADD(fsx, tmpfs) { "tmpfs", "ext4", false, false, 3 };
FIXTURE_VARIANT_ADD(fsx, random) { "ext4", NULL, false, false, 0 };
/* A new file of the lower branch every few operations. */
FIXTURE_VARIANT_ADD(fsx, fresh) { "ext4", NULL, false, true, 4 };
FIXTURE_VARIANT_ADD(fsx, fresh_random) { "ext4", "ext4", true, true, 0 };

FIXTURE_SETUP(fsx)
{
	int i;

	STACK_OPEN(variant->upper);
	ASSERT_EQ(0, fill("l/file", SIZE, 9));
	for (i = 0; i < FRESH; i++)
		ASSERT_EQ(0, fill(fmt("l/f%d", i), SIZE, i));
	if (variant->lower)
		ASSERT_EQ(0, stack_turn("l", variant->lower));
	ASSERT_EQ(0, union_mount("l", NULL));
}

FIXTURE_TEARDOWN(fsx) { stack_close(); }

/* Turns to another file, which may have been written already. */
static bool begin(const char *file, bool metacopy)
{
	int source;

	if (fd >= 0)
		close(fd);
	if (direct >= 0)
		close(direct);
	if (old >= 0)
		close(old);
	snprintf(name, sizeof(name), "m/%s", file);
	DONE("begin with %s", name);
	source = open(info(fmt("u/%s", file)).st_ino ? name : fmt("l/%s", file),
		      O_RDONLY);
	size = read(source, model, MAX);
	close(source);
	old = open(name, O_RDONLY | O_CLOEXEC);
	if (old < 0 || size > MAX)
		return failed("begin", size);
	if (metacopy && chmod(name, 0600))
		return failed("chmod", -1);
	return open_all();
}

TEST_F_TIMEOUT(fsx, run, 1000000)
{
	long ops = amount("FSX_OPS", 4000), i;
	int seed = setting("FSX_SEED", variant->seed ?: time(NULL) % 1000000);

	TH_LOG("seed %d, %ld operations", seed, ops);
	state = seed * 0x9e3779b97f4a7c15ULL + 1;
	model = mmap(NULL, MAX * 2, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	buf = mmap(NULL, MAX * 2, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_TRUE(begin("file", variant->metacopy));
	for (i = 0; i < ops; i++) {
		if (variant->fresh && i % 40 == 0) {
			ASSERT_TRUE(check_all());
			ASSERT_TRUE(begin(fmt("f%ld", i / 40 % FRESH),
					  variant->metacopy));
		}
		ASSERT_TRUE(step(i)) {
			TH_LOG("operation %ld of seed %d", i, seed);
		}
		if (i % 100 == 99)
			ASSERT_TRUE(check_all());
	}
	ASSERT_TRUE(do_reopen(true));
	ASSERT_TRUE(check_all());
	EXPECT_TRUE(filled("l/file", SIZE, 9));
	for (i = 0; i < FRESH; i++)
		EXPECT_TRUE(filled(fmt("l/f%ld", i), SIZE, i));
}

TEST_HARNESS_MAIN
