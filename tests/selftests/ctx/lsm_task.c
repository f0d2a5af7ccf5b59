// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks of another context, and of the host: signals, priorities, groups,
 * limits, tracing. All share the pid namespace and have the same ids. Each
 * test has the name of the check that it is for; see tests/qemu/mutate.
 */
#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "harness.h"
#include "lsm.h"

RIG_FIXTURE(task, 0)

static long do_kill(long pid)
{
	return OR_ERRNO(kill(pid, SIGCONT));
}

static long do_kill_0(long pid)
{
	return OR_ERRNO(kill(pid, 0));
}

static long do_tgkill(long pid)
{
	return OR_ERRNO(syscall(SYS_tgkill, pid, pid, SIGCONT));
}

static long do_sigqueue(long pid)
{
	return OR_ERRNO(sigqueue(pid, SIGCONT, (union sigval){ 0 }));
}

static long do_pidfd_kill(long pid)
{
	int fd = pidfd_open_of(pid);
	long ret = OR_ERRNO(syscall(SYS_pidfd_send_signal, fd, SIGCONT, NULL, 0));

	close(fd);
	return ret;
}

static long do_pidfd_kill_of(long fd)
{
	return OR_ERRNO(syscall(SYS_pidfd_send_signal, fd, SIGCONT, NULL, 0));
}

static long do_kill_group(long pid)
{
	return OR_ERRNO(kill(-pid, SIGCONT));
}

/* From the host it works, from A to A, from A to others not. */
#define EXPECT_WITHIN(error, n, why, fn) do {				\
	EXPECT_WORKS(&self->rig->a, fn, self->rig->a2.pid);		\
	EXPECT_WORKS(&self->rig->a2, fn, self->rig->a.pid);		\
	EXPECT_LE(0, fn(self->rig->a.pid)) TH_LOG("%s by the host", #fn); \
	EXPECT_REFUSED(&self->rig->a, error, n, why, fn, self->rig->b.pid); \
	EXPECT_REFUSED(&self->rig->a, error, n, why, fn, self->rig->h.pid); \
	EXPECT_REFUSED(&self->rig->b, error, n, why, fn, self->rig->a2.pid); \
} while (0)

TEST_F(task, task_kill)
{
	struct rig *rig = self->rig;
	int pidfd;

	EXPECT_WITHIN(EPERM, 1, CTX_REFUSED_SIGNAL, do_kill);
	EXPECT_WITHIN(EPERM, 1, CTX_REFUSED_SIGNAL, do_kill_0);
	EXPECT_WITHIN(EPERM, 1, CTX_REFUSED_SIGNAL, do_tgkill);
	EXPECT_WITHIN(EPERM, 1, CTX_REFUSED_SIGNAL, do_sigqueue);
	EXPECT_WITHIN(EPERM, 1, CTX_REFUSED_SIGNAL, do_pidfd_kill);

	/* A pidfd that somebody has given it. */
	pidfd = give(&rig->a, rig->b.box.pidfd);
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_SIGNAL, do_pidfd_kill_of, pidfd);

	/* A group gets it as far as it may be reached. */
	ASSERT_EQ(0, setpgid(rig->a.pid, rig->a.pid));
	ASSERT_EQ(0, setpgid(rig->b.pid, rig->b.pid));
	ASSERT_EQ(0, setpgid(rig->h.pid, rig->a.pid));
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_SIGNAL, do_kill_group, rig->b.pid);
	refusals_begin(rig, &rig->a);
	EXPECT_EQ(0, call(&rig->a, do_kill_group, rig->a.pid));
	EXPECT_EQ(1, refusals_end(rig, &rig->a, CTX_REFUSED_SIGNAL));
}

static long kill_hard(long pid)
{
	return OR_ERRNO(kill(pid, SIGKILL));
}

/* And nothing has come of it. */
TEST_F(task, others_live)
{
	struct rig *rig = self->rig;

	EXPECT_EQ(-EPERM, call(&rig->a, kill_hard, rig->b.pid));
	EXPECT_EQ(-EPERM, call(&rig->a, kill_hard, rig->h.pid));
	EXPECT_EQ(-EPERM, call(&rig->a, kill_hard, getpid()));
	EXPECT_EQ(0, call(&rig->b, do_kill_0, rig->b.pid));
	EXPECT_EQ(0, call(&rig->h, do_kill_0, rig->h.pid));
	EXPECT_EQ(0, call(&rig->a, kill_hard, rig->a2.pid));
	EXPECT_EQ(-EPIPE, call(&rig->a2, do_kill_0, 0));
}

static long do_nice(long pid)
{
	return OR_ERRNO(setpriority(PRIO_PROCESS, pid, 7));
}

static long do_nice_user(long pid)
{
	return OR_ERRNO(setpriority(PRIO_USER, 0, 7 + 0 * pid));
}

TEST_F(task, task_setnice)
{
	struct rig *rig = self->rig;

	EXPECT_WITHIN(EPERM, 1, CTX_REFUSED_SCHED, do_nice);
	EXPECT_EQ(7, getpriority(PRIO_PROCESS, rig->a.pid));
	EXPECT_EQ(0, getpriority(PRIO_PROCESS, rig->b.pid));
	/* All of one's user: B and H are of the same. */
	refusals_begin(rig, &rig->a);
	EXPECT_EQ(-EPERM, call(&rig->a, do_nice_user, 0));
	EXPECT_EQ(2, refusals_end(rig, &rig->a, CTX_REFUSED_SCHED));
	EXPECT_EQ(0, getpriority(PRIO_PROCESS, rig->h.pid));
}

static long do_ioprio_set(long pid)
{
	return OR_ERRNO(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid,
				IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 6)));
}

TEST_F(task, task_setioprio)
{
	EXPECT_WITHIN(EPERM, 1, CTX_REFUSED_SCHED, do_ioprio_set);
}

static long do_ioprio_get(long pid)
{
	return OR_ERRNO(syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, pid));
}

TEST_F(task, task_getioprio)
{
	EXPECT_WITHIN(EPERM, 1, CTX_REFUSED_SCHED, do_ioprio_get);
}

static long do_affinity(long pid)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	return OR_ERRNO(sched_setaffinity(pid, sizeof(cpus), &cpus));
}

static long do_batch(long pid)
{
	return OR_ERRNO(sched_setscheduler(pid, SCHED_BATCH,
					   &(struct sched_param){ 0 }));
}

TEST_F(task, task_setscheduler)
{
	cpu_set_t cpus;

	EXPECT_WITHIN(EPERM, 1, CTX_REFUSED_SCHED, do_affinity);
	ASSERT_EQ(0, sched_getaffinity(self->rig->a.pid, sizeof(cpus), &cpus));
	EXPECT_EQ(1, CPU_COUNT(&cpus));
	EXPECT_WITHIN(EPERM, 1, CTX_REFUSED_SCHED, do_batch);
	EXPECT_EQ(SCHED_BATCH, sched_getscheduler(self->rig->a2.pid));
	EXPECT_EQ(SCHED_OTHER, sched_getscheduler(self->rig->b.pid));
}

static long do_getscheduler(long pid)
{
	return OR_ERRNO(sched_getscheduler(pid));
}

static long do_getparam(long pid)
{
	struct sched_param param;

	return OR_ERRNO(sched_getparam(pid, &param));
}

static long do_getaffinity(long pid)
{
	cpu_set_t cpus;

	return OR_ERRNO(sched_getaffinity(pid, sizeof(cpus), &cpus));
}

TEST_F(task, task_getscheduler)
{
	EXPECT_WITHIN(EPERM, 1, CTX_REFUSED_SCHED, do_getscheduler);
	EXPECT_WITHIN(EPERM, 1, CTX_REFUSED_SCHED, do_getparam);
	EXPECT_WITHIN(EPERM, 1, CTX_REFUSED_SCHED, do_getaffinity);
}

static long do_getlimit(long pid)
{
	struct rlimit limit;

	return OR_ERRNO(prlimit(pid, RLIMIT_NOFILE, NULL, &limit));
}

static long do_setlimit(long pid)
{
	struct rlimit limit = { 77, 77 };

	return OR_ERRNO(prlimit(pid, RLIMIT_CORE, &limit, NULL));
}

TEST_F(task, task_prlimit)
{
	struct rlimit zero = { 100, 100 };
	struct rig *rig = self->rig;

	ASSERT_EQ(0, prlimit(rig->a.pid, RLIMIT_CORE, &zero, NULL));
	ASSERT_EQ(0, prlimit(rig->a2.pid, RLIMIT_CORE, &zero, NULL));
	EXPECT_WITHIN(EPERM, 1, CTX_REFUSED_SCHED, do_getlimit);
	EXPECT_WITHIN(EPERM, 1, CTX_REFUSED_SCHED, do_setlimit);
}

static long do_getpgid(long pid)
{
	return OR_ERRNO(getpgid(pid));
}

TEST_F(task, task_getpgid)
{
	EXPECT_WITHIN(EPERM, 1, CTX_REFUSED_SCHED, do_getpgid);
}

static long do_getsid(long pid)
{
	return OR_ERRNO(getsid(pid));
}

TEST_F(task, task_getsid)
{
	EXPECT_WITHIN(EPERM, 1, CTX_REFUSED_SCHED, do_getsid);
}

static long do_setpgid(long pid)
{
	return OR_ERRNO(setpgid(pid, pid));
}

/* A child in another context: of a process of the host, which then joins A. */
static long join_with_child(long fd)
{
	pid_t stranger, child;
	int until[2];
	char byte;
	long ret;

	/* It cannot be killed from inside; it is gone with its pipe. */
	if (pipe(until))
		return -errno;
	stranger = fork();
	if (!stranger) {
		close(until[1]);
		_exit(read(until[0], &byte, 1));
	}
	if (setns(fd, CLONE_NEWUSER))
		return -errno;
	child = fork();
	if (!child)
		_exit(box_pause(NULL));
	ret = do_setpgid(child) ?: do_setpgid(stranger);
	kill(child, SIGKILL);
	return ret;
}

static long do_join(long fd)
{
	return in_child(join_with_child, fd);
}

TEST_F(task, task_setpgid)
{
	struct rig *rig = self->rig;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/user", rig->a.pid);
	fd = open(path, O_RDONLY);
	ASSERT_LE(0, fd);
	refusals_begin(rig, &rig->a);
	EXPECT_EQ(-EPERM, do_join(fd));
	EXPECT_EQ(1, refusals_end(rig, &rig->a, CTX_REFUSED_SCHED));
	close(fd);
}

static long try_userns(long flags)
{
	return in_child(do_unshare, CLONE_NEWUSER | flags);
}

static long try_clone_userns(long unused)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, unused);

	if (!pid)
		_exit(0);
	if (pid < 0)
		return -errno;
	waitpid(pid, NULL, 0);
	return 0;
}

TEST_F(task, userns_create)
{
	struct rig *rig = self->rig;

	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_USERNS, try_userns, 0);
	EXPECT_REFUSED(&rig->a2, EPERM, 1, CTX_REFUSED_USERNS, try_userns, CLONE_NEWNS);
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_USERNS, try_clone_userns, 0);
	EXPECT_WORKS(&rig->h, try_userns, 0);
	ASSERT_EQ(0, grant_features(rig, FEATURE(NESTING)));
	EXPECT_WORKS(&rig->a, try_userns, 0);
	EXPECT_WORKS(&rig->a, try_clone_userns, 0);
	EXPECT_REFUSED(&rig->b, EPERM, 1, CTX_REFUSED_USERNS, try_userns, 0);
	ASSERT_EQ(0, grant_features(rig, 0));
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_USERNS, try_userns, 0);
}

static long do_traceme(long unused)
{
	long ret = OR_ERRNO(ptrace(PTRACE_TRACEME, 0, NULL, NULL));

	/* To be traced no longer, it has to go. */
	return ret + 0 * unused;
}

static long traceme_in_child(long unused)
{
	return in_child(do_traceme, unused);
}

/* The parent of A's init is this process: a program of the host, unasked. */
TEST_F(task, ptrace_traceme)
{
	EXPECT_WORKS(&self->rig->a, traceme_in_child, 0);
	EXPECT_WORKS(&self->rig->a2, traceme_in_child, 0);
	EXPECT_WORKS(&self->rig->h, do_traceme, 0);
	/* Last: if it were traced, its next signal would stop it. */
	EXPECT_REFUSED(&self->rig->a, EPERM, 1, CTX_REFUSED_PTRACE, do_traceme, 0);
}

/*
 * Below the capability module has refused before the LSM is asked: nothing is
 * counted. tests/kunit has ptrace_access_check.
 */
static long do_trace(long pid)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL))
		return -errno;
	return OR_ERRNO(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) ?:
			waitpid(pid, NULL, __WALL) < 0 ? -1 :
			ptrace(PTRACE_DETACH, pid, NULL, NULL));
}

static long do_read_memory(long pid)
{
	struct iovec local = { &(char[8]){ 0 }, 8 };
	struct iovec remote = { &errno, sizeof(int) };

	return OR_ERRNO(process_vm_readv(pid, &local, 1, &remote, 1, 0));
}

static long do_kcmp(long pid)
{
	return OR_ERRNO(syscall(SYS_kcmp, getpid(), pid, KCMP_VM, 0, 0));
}

static long do_getfd(long pid)
{
	int pidfd = pidfd_open_of(pid);
	long ret = OR_ERRNO(syscall(SYS_pidfd_getfd, pidfd, 0, 0));

	close(pidfd);
	if (ret >= 0)
		close(ret);
	return ret;
}

static long open_proc(long pid, const char *file, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/%s", pid, file);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return do_close(fd);
}

static long do_open_mem(long pid)
{
	return open_proc(pid, "mem", O_RDWR);
}

static long do_open_environ(long pid)
{
	return open_proc(pid, "environ", O_RDONLY);
}

static long do_open_root(long pid)
{
	return open_proc(pid, "root/", O_RDONLY);
}

static long do_open_namespace(long pid)
{
	return open_proc(pid, "ns/user", O_RDONLY);
}

static long do_open_fds(long pid)
{
	return open_proc(pid, "fd/0", O_PATH);
}

#define EXPECT_FIRST_WALL(error, fn) do {				\
	EXPECT_WORKS(&self->rig->a, fn, self->rig->a2.pid);		\
	EXPECT_REFUSED(&self->rig->a, error, 0, NOTHING, fn, self->rig->b.pid); \
	EXPECT_REFUSED(&self->rig->a, error, 0, NOTHING, fn, self->rig->h.pid); \
	EXPECT_REFUSED(&self->rig->b, error, 0, NOTHING, fn, self->rig->a2.pid); \
	EXPECT_LE(0, fn(self->rig->a.pid)) TH_LOG("%s by the host", #fn); \
} while (0)

TEST_F(task, first_wall)
{
	EXPECT_FIRST_WALL(EPERM, do_trace);
	EXPECT_FIRST_WALL(EPERM, do_read_memory);
	EXPECT_FIRST_WALL(EPERM, do_kcmp);
	EXPECT_FIRST_WALL(EPERM, do_getfd);
	EXPECT_FIRST_WALL(EACCES, do_open_mem);
	EXPECT_FIRST_WALL(EACCES, do_open_environ);
	EXPECT_FIRST_WALL(EACCES, do_open_root);
	EXPECT_FIRST_WALL(EACCES, do_open_namespace);
	EXPECT_FIRST_WALL(EACCES, do_open_fds);
}

/* A namespace of another by a descriptor, however it was got. */
static long do_setns(long fd)
{
	return OR_ERRNO(setns(fd, 0));
}

static long setns_in_child(long fd)
{
	return in_child(do_setns, fd);
}

TEST_F(task, namespaces)
{
	static const char *const names[] = { "user", "mnt", "net", "pid", "uts" };
	struct rig *rig = self->rig;
	char path[64];
	unsigned int i;
	int fd, in_a;

	ASSERT_EQ(0, call(&rig->b, do_unshare, CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS));
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", rig->b.pid, names[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		ASSERT_LE(0, fd);
		in_a = give(&rig->a, fd);
		ASSERT_LE(0, in_a);
		EXPECT_REFUSED(&rig->a, EPERM, 0, NOTHING, setns_in_child, in_a);
		close(fd);
	}
}

TEST_HARNESS_MAIN
