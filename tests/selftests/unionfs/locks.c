// SPDX-License-Identifier: GPL-2.0
/* Locks and leases belong to the file, whichever branch it is in. */
#include <sys/file.h>

#include "test.h"

static void populate(void)
{
	put("l/file", "lower");
	put("l/h1", "hard");
	link("l/h1", "l/h2");
	union_mount("l", NULL);
	put("m/upper", "upper");
}

STACK_FIXTURE(locks)

static int lock(int fd, int cmd, short type, off_t start, off_t len)
{
	struct flock lock = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len,
	};

	return ERR(fcntl(fd, cmd, &lock));
}

/* Another process's try, on a descriptor of its own. */
static int try_posix(const char *path, short type, off_t start, off_t len)
{
	pid_t pid = fork();

	if (!pid)
		_exit(-lock(open(path, O_RDWR), F_SETLK, type, start, len));
	return -wait_for(pid);
}

/* Opened for reading only, so that it copies nothing up. */
static int try_posix_ro(const char *path, short type, off_t start, off_t len)
{
	pid_t pid = fork();

	if (!pid)
		_exit(-lock(open(path, O_RDONLY), F_SETLK, type, start, len));
	return -wait_for(pid);
}

TEST_F(locks, posix)
{
	int fd = open("m/upper", O_RDWR);
	struct flock query = { .l_type = F_WRLCK, .l_len = 1 };
	pid_t pid;

	EXPECT_EQ(0, lock(fd, F_SETLK, F_WRLCK, 0, 10));
	EXPECT_EQ(-EAGAIN, try_posix("m/upper", F_WRLCK, 5, 1));
	EXPECT_EQ(-EAGAIN, try_posix("m/upper", F_RDLCK, 5, 1));
	EXPECT_EQ(0, try_posix("m/upper", F_WRLCK, 10, 1));
	pid = fork();
	if (!pid) {
		int other = open("m/upper", O_RDWR);

		_exit(fcntl(other, F_GETLK, &query) || query.l_type != F_WRLCK ||
		      query.l_pid != getppid() || query.l_len != 10);
	}
	EXPECT_EQ(0, wait_for(pid));
	EXPECT_EQ(0, lock(fd, F_SETLK, F_RDLCK, 0, 10));
	EXPECT_EQ(0, try_posix("m/upper", F_RDLCK, 5, 1));
	EXPECT_EQ(0, lock(fd, F_SETLK, F_UNLCK, 0, 0));
	EXPECT_EQ(0, try_posix("m/upper", F_WRLCK, 0, 0));
	close(fd);
}

/* Locked before copy-up, tried after it, and by the other name. */
TEST_F(locks, over_copy_up)
{
	int fd = open("m/file", O_RDONLY), hard = open("m/h1", O_RDONLY);

	EXPECT_EQ(0, lock(fd, F_SETLK, F_RDLCK, 0, 0));
	EXPECT_EQ(-EAGAIN, try_posix("m/file", F_WRLCK, 0, 0));
	/* Not by this process: closing any descriptor drops its locks. */
	EXPECT_EQ(0, AS(0, append("m/file", "+")));
	EXPECT_EQ(-EAGAIN, try_posix("m/file", F_WRLCK, 0, 0));
	EXPECT_EQ(0, try_posix("m/file", F_RDLCK, 0, 0));
	EXPECT_EQ(0, lock(fd, F_SETLK, F_UNLCK, 0, 0));
	EXPECT_EQ(0, try_posix("m/file", F_WRLCK, 0, 0));

	EXPECT_EQ(0, lock(hard, F_SETLK, F_RDLCK, 0, 0));
	EXPECT_EQ(-EAGAIN, try_posix("m/h2", F_WRLCK, 0, 0));
	EXPECT_EQ(0, AS(0, append("m/h2", "+")));
	EXPECT_EQ(-EAGAIN, try_posix("m/h2", F_WRLCK, 0, 0));
	EXPECT_EQ(-EAGAIN, try_posix("m/h1", F_WRLCK, 0, 0));
	close(hard);
	EXPECT_EQ(0, try_posix("m/h1", F_WRLCK, 0, 0));
	close(fd);
}

TEST_F(locks, flock)
{
	int a = open("m/file", O_RDONLY), b = open("m/file", O_RDONLY), c;

	EXPECT_EQ(0, flock(a, LOCK_EX));
	EXPECT_EQ(-EAGAIN, ERR(flock(b, LOCK_EX | LOCK_NB)));
	EXPECT_EQ(-EAGAIN, ERR(flock(b, LOCK_SH | LOCK_NB)));
	EXPECT_EQ(0, append("m/file", "+"));
	c = open("m/file", O_RDWR);
	EXPECT_EQ(-EAGAIN, ERR(flock(c, LOCK_EX | LOCK_NB)));
	EXPECT_EQ(0, flock(a, LOCK_SH));
	EXPECT_EQ(0, flock(c, LOCK_SH | LOCK_NB));
	EXPECT_EQ(-EAGAIN, ERR(flock(b, LOCK_EX | LOCK_NB)));
	close(a);
	close(c);
	EXPECT_EQ(0, flock(b, LOCK_EX | LOCK_NB));
	/* A lock on the lower file itself is another's. */
	a = open("l/file", O_RDONLY);
	EXPECT_EQ(0, flock(a, LOCK_EX | LOCK_NB));
	close(a);
	close(b);
	a = open("m", O_RDONLY);
	EXPECT_EQ(0, flock(a, LOCK_EX | LOCK_NB));
	b = open("m", O_RDONLY);
	EXPECT_EQ(-EAGAIN, ERR(flock(b, LOCK_EX | LOCK_NB)));
	close(a);
	close(b);
}

TEST_F(locks, ofd)
{
	int a = open("m/h1", O_RDONLY), b = open("m/h2", O_RDWR);

	EXPECT_EQ(0, lock(a, F_OFD_SETLK, F_RDLCK, 0, 10));
	EXPECT_EQ(-EAGAIN, lock(b, F_OFD_SETLK, F_WRLCK, 0, 10));
	EXPECT_EQ(0, lock(b, F_OFD_SETLK, F_RDLCK, 0, 10));
	EXPECT_EQ(0, lock(b, F_OFD_SETLK, F_WRLCK, 10, 10));
	EXPECT_EQ(-EAGAIN, lock(a, F_OFD_SETLK, F_RDLCK, 15, 1));
	close(a);
	EXPECT_EQ(0, lock(b, F_OFD_SETLK, F_WRLCK, 0, 10));
	close(b);
}

/* Waits until the other lets go. */
TEST_F(locks, blocking)
{
	int fd = open("m/upper", O_RDWR), ready[2];
	char byte;
	pid_t pid;

	ASSERT_EQ(0, pipe(ready));
	EXPECT_EQ(0, lock(fd, F_SETLK, F_WRLCK, 0, 0));
	pid = fork();
	if (!pid) {
		int other = open("m/upper", O_RDWR);

		if (write(ready[1], "", 1) != 1)
			_exit(1);
		_exit(-lock(other, F_SETLKW, F_WRLCK, 0, 0));
	}
	EXPECT_EQ(1, read(ready[0], &byte, 1));
	usleep(50000);
	EXPECT_EQ(0, waitpid(pid, NULL, WNOHANG));
	EXPECT_EQ(0, lock(fd, F_SETLK, F_UNLCK, 0, 0));
	EXPECT_EQ(0, wait_for(pid));
	close(fd);
}

static volatile sig_atomic_t broken;

static void on_break(int sig)
{
	(void)sig;
	broken = 1;
}

TEST_F(locks, leases)
{
	static const char *const names[] = { "m/file", "m/upper" };
	unsigned int i;
	int fd, other;

	signal(SIGIO, on_break);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		fd = open(names[i], O_RDONLY);
		EXPECT_EQ(0, ERR(fcntl(fd, F_SETLEASE, F_RDLCK)));
		EXPECT_EQ(F_RDLCK, fcntl(fd, F_GETLEASE));
		broken = 0;
		/* Reading does not break it, writing does. */
		other = open(names[i], O_RDONLY);
		EXPECT_LE(0, other);
		EXPECT_FALSE(broken);
		close(other);
		EXPECT_EQ(-EAGAIN, ERR(open(names[i], O_RDWR | O_NONBLOCK)));
		EXPECT_TRUE(broken);
		EXPECT_EQ(0, ERR(fcntl(fd, F_SETLEASE, F_UNLCK)));
		other = open(names[i], O_RDWR | O_NONBLOCK);
		EXPECT_LE(0, other);
		/* With a writer there is no read lease, nor with two openers a write lease. */
		EXPECT_EQ(-EAGAIN, ERR(fcntl(fd, F_SETLEASE, F_RDLCK)));
		EXPECT_EQ(-EAGAIN, ERR(fcntl(other, F_SETLEASE, F_WRLCK)));
		close(fd);
		EXPECT_EQ(0, ERR(fcntl(other, F_SETLEASE, F_WRLCK)));
		broken = 0;
		EXPECT_EQ(-EAGAIN, ERR(open(names[i], O_RDONLY | O_NONBLOCK)));
		EXPECT_TRUE(broken);
		close(other);
	}
}

/* Reading a file that others hold read locks on copies nothing. */
TEST_F(locks, no_copy_up)
{
	int fd = open("m/file", O_RDONLY);

	EXPECT_EQ(0, lock(fd, F_SETLK, F_RDLCK, 0, 0));
	EXPECT_EQ(0, flock(fd, LOCK_EX));
	EXPECT_EQ(0, try_posix_ro("m/file", F_RDLCK, 0, 0));
	EXPECT_FALSE(exists("u/file"));
	close(fd);
}

TEST_HARNESS_MAIN
