// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel log of a context: syslog(2), /dev/kmsg and /proc/kmsg. What they do
 * is asked of a context and of the host, with the same functions.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "harness.h"
#include "lsm.h"

RIG_FIXTURE(klog, CLONE_NEWPID | CLONE_NEWNS)

#define PATH	"/mnt/kmsg"	/* of a side; the host's is in /dev */
#define TRY(expression) do {						\
	long try_ = (expression);					\
	if (try_)							\
		return try_;						\
} while (0)
/* What a side finds wrong: the line. */
#define CHECK(condition) do {						\
	if (!(condition))						\
		return __LINE__;					\
} while (0)

static char all[1 << 20];

static int open_kmsg(int flags)
{
	int fd = open(PATH, flags);

	return fd >= 0 || errno != ENOENT ? fd : open("/dev/kmsg", flags);
}

static long make_kmsg(long unused)
{
	TRY(do_own_tmpfs(unused));
	return OR_ERRNO(mknod(PATH, S_IFCHR | 0644, makedev(1, 11)));
}

static long mount_proc(long unused)
{
	return do_own_tmpfs(unused) ?: OR_ERRNO(mount("p", "/mnt", "proc", 0, NULL));
}

static long write_text(long text)
{
	int fd = open_kmsg(O_WRONLY);
	long ret = fd < 0 ? -errno : OR_ERRNO(write(fd, (char *)text, strlen((char *)text)));

	close(fd);
	return ret;
}

static long read_all(int action)
{
	long n = klogctl(action, all, sizeof(all) - 1);

	all[n < 0 ? 0 : n] = '\0';
	return n < 0 ? -errno : n;
}

static long has(long text)
{
	long n = read_all(3);

	return n < 0 ? n : !!strstr(all, (char *)text);
}

static long do_klog(long action)
{
	char text[100];

	return OR_ERRNO(klogctl(action, text, sizeof(text)));
}

static long as_user(long action)
{
	if (setgid(12) || setuid(12))
		return -errno;
	return do_klog(action);
}

static long user_klog(long action)
{
	return in_child(as_user, action);
}

/* Parts of any size make the same text, and the rest is known meanwhile. */
static long check_unread(long unused)
{
	static char whole[1 << 20];
	long n, left, all_of = klogctl(9, NULL, 0), done = 0;

	(void)unused;
	CHECK(all_of > 0 && all_of < (long)sizeof(all));
	CHECK(read_all(3) == all_of);
	memcpy(whole, all, all_of);
	for (int size = 1; done < all_of; size = size % 97 + 13) {
		n = klogctl(2, all + done, size);
		CHECK(n > 0 && n <= size);
		done += n;
		left = klogctl(9, NULL, 0);
		CHECK(left == all_of - done);
	}
	CHECK(!memcmp(whole, all, all_of));
	/* It is still there for others. */
	CHECK(klogctl(3, all, sizeof(all)) == all_of);
	return 0;
}

TEST_F(klog, unread)
{
	EXPECT_EQ(0, call(&self->rig->a, check_unread, 0));
	EXPECT_EQ(0, call(&self->rig->a, do_klog, 9));
}

/* The last ones that fit. */
static long check_fit(long unused)
{
	static char whole[1 << 20];
	char text[] = "<15>..............................";
	int fd = open_kmsg(O_WRONLY);
	long n, m;
	char *end;

	(void)unused;
	for (int i = 4; i < 34; i++)
		CHECK(write(fd, text, i) == i);
	close(fd);
	n = read_all(3);
	CHECK(n > 1000);
	memcpy(whole, all, n);
	for (int size = 1; size < n; size += 7) {
		memset(all, 0, size + 1);
		m = klogctl(3, all, size);
		CHECK(m >= 0 && m <= size);
		CHECK(!m || all[0] == '<');
		CHECK(!memcmp(all, whole + n - m, m));
		/* And no fewer: the line before does not fit. */
		end = memrchr(whole, '\n', n - m - 1);
		CHECK(n - (end ? end + 1 - whole : 0) > size);
	}
	return 0;
}

TEST_F(klog, fit)
{
	ASSERT_EQ(0, call(&self->rig->a, make_kmsg, 0));
	EXPECT_EQ(0, call(&self->rig->a, check_fit, 0));
}

static long check_clear(long action)
{
	CHECK(read_all(3) > 0);
	if (action == 4)
		CHECK(read_all(4) > 0);
	else
		CHECK(!klogctl(5, NULL, 0));
	CHECK(read_all(3) == 0);
	CHECK(read_all(4) == 0);
	return 0;
}

TEST_F(klog, clear)
{
	struct rig *rig = self->rig;
	long before = read_all(3);

	ASSERT_EQ(0, call(&rig->a, make_kmsg, 0));
	EXPECT_EQ(0, call(&rig->a, check_clear, 4));
	ASSERT_LT(0, call(&rig->a, write_text, (long)"behind the clear"));
	EXPECT_EQ(1, call(&rig->a2, has, (long)"behind the clear"));
	EXPECT_EQ(0, call(&rig->a2, has, (long)"started"));
	EXPECT_EQ(0, call(&rig->a, check_clear, 5));
	/* Nobody else's. */
	EXPECT_EQ(1, call(&rig->b, has, (long)"started"));
	EXPECT_LE(before, read_all(3));
}

static long check_errors(long unused)
{
	char text[10];

	(void)unused;
	CHECK(klogctl(11, text, sizeof(text)) == -1 && errno == EINVAL);
	CHECK(klogctl(-1, text, sizeof(text)) == -1 && errno == EINVAL);
	CHECK(klogctl(3, NULL, 10) == -1 && errno == EINVAL);
	CHECK(klogctl(3, text, -1) == -1 && errno == EINVAL);
	CHECK(klogctl(2, text, -1) == -1 && errno == EINVAL);
	CHECK(klogctl(3, text, 0) == 0 && klogctl(2, text, 0) == 0);
	CHECK(klogctl(3, (char *)8, 1000) == -1 && errno == EFAULT);
	CHECK(klogctl(0, NULL, 0) == 0 && klogctl(1, NULL, 0) == 0);
	CHECK(klogctl(10, NULL, 0) > 1000);
	return 0;
}

TEST_F(klog, errors)
{
	EXPECT_EQ(0, call(&self->rig->a, check_errors, 0));
	EXPECT_EQ(0, check_errors(0));
}

TEST_F(klog, privilege)
{
	static const char restrict_[] = "/proc/sys/kernel/dmesg_restrict";
	struct rig *rig = self->rig;
	char old[16];

	ASSERT_EQ(0, set_file(restrict_, "1", old, sizeof(old)));
	for (int action = 0; action <= 12; action++)
		EXPECT_EQ(-EPERM, call(&rig->a, user_klog, action));
	ASSERT_EQ(0, set_file(restrict_, "0", NULL, 0));
	for (int action = 0; action <= 12; action++)
		if (action != 3 && action != 10)
			EXPECT_EQ(-EPERM, call(&rig->a, user_klog, action));
	EXPECT_LT(0, call(&rig->a, user_klog, 3));
	EXPECT_EQ(CTX_LOG_BYTES, call(&rig->a, user_klog, 10));
	ASSERT_EQ(0, set_file(restrict_, old, NULL, 0));
	/* Root inside, with what contexts have by default, is enough. */
	EXPECT_LT(0, call(&rig->a, do_klog, 3));
	/* A bound that leaves it neither capability is a user's. */
	ASSERT_EQ(0, grant_caps(rig, CTX_CAPS_DEFAULT & ~(1ULL << 21)));
	ASSERT_EQ(0, set_file(restrict_, "1", NULL, 0));
	EXPECT_EQ(-EPERM, call(&rig->a, do_klog, 3));
	ASSERT_EQ(0, grant_caps(rig, (CTX_CAPS_DEFAULT & ~(1ULL << 21)) | 1ULL << 34));
	EXPECT_LT(0, call(&rig->a, do_klog, 3));
	ASSERT_EQ(0, set_file(restrict_, old, NULL, 0));
}

struct record {
	unsigned int prio;
	unsigned long long seq, us;
	char flag, text[2048];
};

/* Its length, 0 without one, or a negative errno. */
static long read_record(int fd, struct record *rec)
{
	static char buf[8192];
	ssize_t n = read(fd, buf, sizeof(buf) - 1);
	int at = 0;

	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	buf[n] = '\0';
	if (sscanf(buf, "%u,%llu,%llu,%c;%n", &rec->prio, &rec->seq, &rec->us, &rec->flag,
		   &at) != 4 || !at || !n || buf[n - 1] != '\n')
		return -EPROTO;
	buf[n - 1] = '\0';
	snprintf(rec->text, sizeof(rec->text), "%s", buf + at);
	return n;
}

static short poll_now(int fd)
{
	struct pollfd p = { fd, POLLIN | POLLPRI, 0 };

	return poll(&p, 1, 0) < 0 ? -1 : p.revents;
}

/* The same on the host, whose level keeps it off the console. */
static long check_records(long unused)
{
	struct record rec, last;
	int fd = open_kmsg(O_RDWR | O_NONBLOCK);
	char text[2000], small[10];

	(void)unused;
	CHECK(fd >= 0);
	CHECK(read_record(fd, &last) > 0 && last.flag == '-');
	CHECK(poll_now(fd) == POLLIN);
	CHECK(read_record(fd, &rec) > 0 && rec.seq == last.seq + 1 && rec.us >= last.us);
	CHECK(lseek(fd, 0, SEEK_END) == 0);
	CHECK(read_record(fd, &rec) == 0 && poll_now(fd) == 0);

	CHECK(write(fd, "<15>debug\tof a user: \\\n", 23) == 23);
	CHECK(poll_now(fd) == POLLIN);
	CHECK(read_record(fd, &rec) > 0);
	CHECK(rec.prio == 15 && !strcmp(rec.text, "debug\\x09of a user: \\x5c"));
	CHECK(write(fd, "<31>daemon's\n", 13) == 13 && read_record(fd, &rec) > 0);
	CHECK(rec.prio == 31 && !strcmp(rec.text, "daemon's"));
	/* No facility is a user's: only the kernel's lines are the kernel's. */
	CHECK(write(fd, "<7>one\ntwo\n", 11) == 11 && read_record(fd, &rec) > 0);
	CHECK(rec.prio == 15 && !strcmp(rec.text, "one\\x0atwo"));
	CHECK(read_all(3) > 0 && strstr(all, "] one\n<15>["));
	memset(text, 'x', sizeof(text));
	CHECK(write(fd, text, 1025) == -1 && errno == EINVAL);
	memcpy(text, "<15>", 4);
	text[999] = '\n';
	CHECK(write(fd, text, 1000) == 1000 && read_record(fd, &rec) > 0);
	CHECK(strspn(rec.text, "x") == 995 && strlen(rec.text) == 995);

	/* A buffer that is too small costs the record. */
	CHECK(write(fd, "<15>lost\n", 9) == 9 && write(fd, "<15>next\n", 9) == 9);
	CHECK(read(fd, small, sizeof(small)) == -1 && errno == EINVAL);
	CHECK(read_record(fd, &rec) > 0 && !strcmp(rec.text, "next"));

	CHECK(lseek(fd, 1, SEEK_SET) == -1 && errno == ESPIPE);
	CHECK(lseek(fd, 0, SEEK_CUR) == -1 && errno == EINVAL);
	CHECK(lseek(fd, 0, SEEK_HOLE) == -1 && errno == EINVAL);
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	CHECK(read_record(fd, &rec) > 0 && rec.seq == last.seq);
	CHECK(klogctl(5, NULL, 0) == 0);
	CHECK(lseek(fd, 0, SEEK_DATA) == 0 && read_record(fd, &rec) == 0);
	CHECK(write(fd, "<15>new\n", 8) == 8);
	CHECK(lseek(fd, 0, SEEK_DATA) == 0 && read_record(fd, &rec) > 0);
	CHECK(!strcmp(rec.text, "new"));
	close(fd);
	return 0;
}

TEST_F(klog, records)
{
	static const char setting[] = "/proc/sys/kernel/printk_devkmsg";
	char old[16];

	ASSERT_EQ(0, call(&self->rig->a, make_kmsg, 0));
	EXPECT_EQ(0, call(&self->rig->a, check_records, 0));
	ASSERT_EQ(0, set_file(setting, "on\n", old, sizeof(old)));
	EXPECT_EQ(0, check_records(0));
	ASSERT_EQ(0, set_file(setting, old, NULL, 0));
}

/* Who is too slow is told, once, and goes on with the oldest that there is. */
static long check_overwritten(long unused)
{
	int fd = open_kmsg(O_RDWR | O_NONBLOCK), n = 0;
	struct record rec, first;
	char text[1000];

	(void)unused;
	CHECK(fd >= 0 && read_record(fd, &first) > 0);
	memset(text, 'x', sizeof(text));
	memcpy(text, "<15>", 4);
	for (int i = 0; i < 200; i++)
		CHECK(write(fd, text, sizeof(text)) == sizeof(text));
	CHECK(poll_now(fd) == (POLLIN | POLLERR | POLLPRI));
	CHECK(read_record(fd, &rec) == -EPIPE);
	CHECK(poll_now(fd) == POLLIN);
	CHECK(read_record(fd, &rec) > 0 && rec.seq > first.seq + 1);
	while (read_record(fd, &first) > 0) {
		CHECK(first.seq == rec.seq + 1);
		rec = first;
		n++;
	}
	/* As many as there is room for. */
	CHECK(n >= CTX_LOG_BYTES / 1100 - 3 && n <= CTX_LOG_BYTES / 1000);
	close(fd);
	return 0;
}

TEST_F(klog, overwritten)
{
	struct rig *rig = self->rig;

	ASSERT_EQ(0, call(&rig->a, make_kmsg, 0));
	EXPECT_EQ(0, call(&rig->a, check_overwritten, 0));
	EXPECT_EQ(0, call(&rig->a, has, (long)"started"));
	EXPECT_EQ(1, call(&rig->b, has, (long)"started"));
}

static long wait_for_record(long unused)
{
	struct record rec;
	int fd = open_kmsg(O_RDONLY);

	(void)unused;
	CHECK(fd >= 0 && lseek(fd, 0, SEEK_END) == 0);
	CHECK(read_record(fd, &rec) > 0 && !strcmp(rec.text, "awaited"));
	close(fd);
	return 0;
}

static long wait_for_unread(long unused)
{
	(void)unused;
	while (klogctl(9, NULL, 0) > 0)
		CHECK(klogctl(2, all, sizeof(all)) > 0);
	memset(all, 0, 100);
	CHECK(klogctl(2, all, sizeof(all)) > 0 && strstr(all, "awaited"));
	return 0;
}

static long wait_for_poll(long unused)
{
	struct pollfd p = { open_kmsg(O_RDONLY), POLLIN, 0 };

	(void)unused;
	CHECK(p.fd >= 0 && lseek(p.fd, 0, SEEK_END) == 0);
	CHECK(poll(&p, 1, 20000) == 1 && p.revents == POLLIN);
	close(p.fd);
	return 0;
}

TEST_F(klog, waiting)
{
	static const side_fn waits[] = { wait_for_record, wait_for_unread, wait_for_poll };
	struct rig *rig = self->rig;

	ASSERT_EQ(0, call(&rig->a, make_kmsg, 0));
	ASSERT_EQ(0, call(&rig->a2, make_kmsg, 0));
	for (unsigned int i = 0; i < sizeof(waits) / sizeof(*waits); i++) {
		call_begin(&rig->a, waits[i], 0);
		usleep(300000);
		EXPECT_LT(0, call(&rig->a2, write_text, (long)"awaited"));
		EXPECT_EQ(0, call_end(&rig->a));
	}
}

static long check_proc(long chmod_to)
{
	int fd = open("/mnt/kmsg", O_RDONLY | O_NONBLOCK);
	char text[5000] = "";
	struct stat st;
	ssize_t n, done = 0;

	CHECK(fd >= 0 && !fstat(fd, &st));
	CHECK((st.st_mode & 07777) == 0400 && !st.st_uid && !st.st_gid);
	CHECK(poll_now(fd) == POLLIN);
	while ((n = read(fd, text + done, 70)) > 0)
		done += n;
	CHECK(n == -1 && errno == EAGAIN && strstr(text, "started\n"));
	CHECK(poll_now(fd) == 0);
	CHECK(fchmod(fd, chmod_to) == -1 && errno == EPERM);
	CHECK(fchown(fd, 12, 12) == -1 && errno == EPERM);
	close(fd);
	return 0;
}

static long open_as_user(long unused)
{
	if (setgid(12) || setuid(12))
		return -errno;
	return OR_ERRNO(open("/mnt/kmsg", O_RDONLY)) + 0 * unused;
}

static long user_opens_proc(long unused)
{
	return in_child(open_as_user, unused);
}

TEST_F(klog, proc)
{
	struct rig *rig = self->rig;
	struct stat st;

	ASSERT_EQ(0, call(&rig->a, mount_proc, 0));
	EXPECT_EQ(0, call(&rig->a, check_proc, 0444));
	EXPECT_EQ(-EACCES, call(&rig->a, user_opens_proc, 0));
	ASSERT_EQ(0, stat("/proc/kmsg", &st));
	EXPECT_EQ(0400U, st.st_mode & 07777);
	EXPECT_EQ(0U, st.st_uid);
}

/* What a side writes is its own; the host has a copy, that says whose it is. */
TEST_F(klog, whose)
{
	struct rig *rig = self->rig;

	ASSERT_EQ(0, call(&rig->a, make_kmsg, 0));
	ASSERT_LT(0, write_text((long)"<15>written by the host\n"));
	ASSERT_LT(0, call(&rig->a, write_text, (long)"<10>written by A\n\033[31m"));
	EXPECT_EQ(1, call(&rig->a, has, (long)"<10>["));
	EXPECT_EQ(1, call(&rig->a2, has, (long)"] written by A\n"));
	EXPECT_EQ(0, call(&rig->b, has, (long)"written by A"));
	EXPECT_EQ(0, call(&rig->a, has, (long)"written by the host"));
	EXPECT_EQ(1, has((long)"ctx 21001: written by A??[31m\n"));
	EXPECT_EQ(0, has((long)"] written by A"));
}

/* A file keeps the log of who has opened it. */
static long read_first(long fd)
{
	struct record rec;

	return read_record(fd, &rec) > 0 && strstr(rec.text, "Linux version") ? 0 : -EINVAL;
}

static long open_first(long unused)
{
	return OR_ERRNO(open_kmsg(O_RDONLY | O_NONBLOCK)) + 0 * unused;
}

TEST_F(klog, opened)
{
	struct rig *rig = self->rig;
	long fd;

	ASSERT_EQ(0, call(&rig->a, make_kmsg, 0));
	fd = call(&rig->a, open_first, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, call(&rig->a, read_first, fd));
}

static long crash(long unused)
{
	struct rlimit none = { 0, 0 };
	int status;
	pid_t pid = fork();

	(void)unused;
	if (!pid) {
		setrlimit(RLIMIT_CORE, &none);
		signal(SIGSEGV, SIG_DFL);
		*(volatile int *)0x1234 = 1;
		_exit(1);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		return -ECHILD;
	return pid;
}

TEST_F(klog, segfault)
{
	struct rig *rig = self->rig;
	char want[64], host[64];
	long pid = call(&rig->a, crash, 0);

	ASSERT_LT(0, pid);
	snprintf(want, sizeof(want), "] ctx_klog[%ld]: segfault at 1234 ip ", pid);
	snprintf(rig->text, sizeof(rig->text), "%s", want);
	EXPECT_EQ(1, call(&rig->a, has, (long)rig->text));
	EXPECT_EQ(0, call(&rig->b, has, (long)"segfault"));
	snprintf(host, sizeof(host), "ctx 21001: ctx_klog[%ld]: segfault at 1234 ip ", pid);
	EXPECT_EQ(1, has((long)host));
	EXPECT_EQ(0, has((long)want));
}

TEST_HARNESS_MAIN
