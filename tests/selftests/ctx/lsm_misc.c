// SPDX-License-Identifier: GPL-2.0
/* Capabilities, and the ways into the kernel: what a context has of them. */
#include <linux/userfaultfd.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "harness.h"
#include "lsm.h"

RIG_FIXTURE(misc, 0)

#define WITHOUT(cap)	(CTX_CAPS_DEFAULT & ~(1ULL << (cap)))

static long do_chroot(long unused)
{
	(void)unused;
	return OR_ERRNO(chroot("/"));
}

static long chroot_nested(long unused)
{
	if (unshare(CLONE_NEWUSER))
		return -errno;
	return do_chroot(unused);
}

static long chroot_in_nested(long unused)
{
	return in_child(chroot_nested, unused);
}

static long join_nested(long unused)
{
	return OR_ERRNO(unshare(CLONE_NEWUSER)) ?: do_chroot(unused);
}

TEST_F(misc, capable)
{
	struct rig *rig = self->rig;

	ASSERT_EQ(0, grant_features(rig, FEATURE(NESTING)));
	EXPECT_WORKS(&rig->a, do_chroot, 0);
	EXPECT_WORKS(&rig->a, chroot_in_nested, 0);
	EXPECT_EQ(-EPERM, call(&rig->h, do_chroot, 0));
	ASSERT_EQ(0, grant_caps(rig, WITHOUT(CAP_SYS_CHROOT)));
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_CAPABILITY, do_chroot, 0);
	EXPECT_REFUSED(&rig->a2, EPERM, 1, CTX_REFUSED_CAPABILITY, do_chroot, 0);
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_CAPABILITY, chroot_in_nested, 0);
	EXPECT_WORKS(&rig->b, do_chroot, 0);

	/* A task that has been in a nested namespace before the change. */
	ASSERT_EQ(0, grant_caps(rig, CTX_CAPS_DEFAULT));
	ASSERT_EQ(0, call(&rig->a2, join_nested, 0));
	ASSERT_EQ(0, grant_caps(rig, 0));
	EXPECT_REFUSED(&rig->a2, EPERM, 1, CTX_REFUSED_CAPABILITY, do_chroot, 0);
	ASSERT_EQ(0, grant_caps(rig, 1ULL << CAP_SYS_CHROOT));
	EXPECT_WORKS(&rig->a2, do_chroot, 0);
	EXPECT_WORKS(&rig->a, do_chroot, 0);
}

static long do_userfaultfd(long flags)
{
	int fd = syscall(SYS_userfaultfd, flags | O_CLOEXEC);

	return fd < 0 ? -errno : do_close(fd);
}

TEST_F(misc, userfault)
{
	static const char setting[] = "/proc/sys/vm/unprivileged_userfaultfd";
	struct rig *rig = self->rig;
	char old[16];

	ASSERT_EQ(0, set_file(setting, "1", old, sizeof(old)));
	EXPECT_WORKS(&rig->h, do_userfaultfd, 0);
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_KERNEL, do_userfaultfd, 0);
	EXPECT_WORKS(&rig->a, do_userfaultfd, UFFD_USER_MODE_ONLY);
	ASSERT_EQ(0, set_file(setting, old, NULL, 0));
}

static long read_log(long action)
{
	char text[64];

	return OR_ERRNO(klogctl(action, text, sizeof(text)));
}

static long write_log(long text)
{
	int fd = open("/dev/kmsg", O_WRONLY);
	long ret = fd < 0 ? -errno : OR_ERRNO(write(fd, (char *)text, strlen((char *)text)));

	close(fd);
	return ret;
}

static long log_has(long text)
{
	static char all[1 << 20];
	int n = klogctl(3, all, sizeof(all) - 1);

	if (n < 0)
		return -errno;
	all[n] = '\0';
	return strstr(all, (char *)text) ? 1 : 0;
}

/* Each has its own, and the host's console is the host's. */
TEST_F(misc, syslog)
{
	static const char restrict_[] = "/proc/sys/kernel/dmesg_restrict";
	static const char of_host[] = "said by the host\n", of_a[] = "ctx 21001: started";
	struct rig *rig = self->rig;
	char old[16];

	ASSERT_EQ(0, set_file(restrict_, "0", old, sizeof(old)));
	ASSERT_LT(0, write_log((long)of_host));
	EXPECT_EQ(1, call(&rig->h, log_has, (long)of_host));
	EXPECT_EQ(0, call(&rig->a, log_has, (long)of_host));
	EXPECT_EQ(1, call(&rig->a, log_has, (long)of_a));
	EXPECT_EQ(1, call(&rig->a2, log_has, (long)of_a));
	EXPECT_EQ(0, call(&rig->b, log_has, (long)of_a));
	EXPECT_WORKS(&rig->a, read_log, 3);
	EXPECT_EQ(CTX_LOG_BYTES, call(&rig->a, read_log, 10));
	for (int action = 6; action <= 8; action++)
		EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_SYSLOG, read_log, action);
	ASSERT_EQ(0, set_file(restrict_, old, NULL, 0));
	EXPECT_EQ(1, call(&rig->a, log_has, (long)of_a));
	EXPECT_EQ(0, call(&rig->a, log_has, (long)of_host));
}

static long do_bpf(long command)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	return OR_ERRNO(syscall(SYS_bpf, command, &attr, sizeof(attr)));
}

TEST_F(misc, bpf)
{
	struct rig *rig = self->rig;

	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_BPF, do_bpf, BPF_OBJ_GET);
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_BPF, do_bpf, BPF_MAP_CREATE);
	EXPECT_EQ(-EFAULT, call(&rig->h, do_bpf, BPF_OBJ_GET));
	ASSERT_EQ(0, grant_features(rig, FEATURE(BPF)));
	refusals_begin(rig, &rig->a);
	EXPECT_EQ(-EFAULT, call(&rig->a, do_bpf, BPF_OBJ_GET));
	EXPECT_EQ(0, refusals_end(rig, &rig->a, NOTHING));
}

static long do_perf(long sample_type)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK, .sample_type = sample_type,
		.sample_regs_intr = !!sample_type, .exclude_kernel = 1, .exclude_hv = 1,
	};
	int fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);

	return fd < 0 ? -errno : do_close(fd);
}

static long perf_cpu(long unused)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK, .exclude_kernel = 1, .exclude_hv = 1,
	};
	int fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, unused);

	return fd < 0 ? -errno : do_close(fd);
}

static const char paranoid[] = "/proc/sys/kernel/perf_event_paranoid";

TEST_F(misc, perf_event_open)
{
	struct rig *rig = self->rig;
	char old[16];

	ASSERT_EQ(0, set_file(paranoid, "-1", old, sizeof(old)));
	EXPECT_WORKS(&rig->h, do_perf, 0);
	EXPECT_WORKS(&rig->h, perf_cpu, 0);
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_PERF, do_perf, 0);
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_PERF, perf_cpu, 0);
	ASSERT_EQ(0, grant_features(rig, FEATURE(PERF)));
	EXPECT_WORKS(&rig->a, do_perf, 0);
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_PERF, perf_cpu, 0);
	EXPECT_EQ(0, set_file(paranoid, old, NULL, 0));
}

TEST_F(misc, locked_down)
{
	struct rig *rig = self->rig;
	char old[16];

	ASSERT_EQ(0, set_file(paranoid, "-1", old, sizeof(old)));
	ASSERT_EQ(0, grant_features(rig, FEATURE(PERF)));
	EXPECT_WORKS(&rig->h, do_perf, PERF_SAMPLE_REGS_INTR);
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_KERNEL, do_perf, PERF_SAMPLE_REGS_INTR);
	EXPECT_EQ(0, set_file(paranoid, old, NULL, 0));
}

/* In place of modprobe: writes down what it was asked for. */
#define RECORDER	"/var/tmp/ctx-lsm-modprobe"
#define RECORD		"/var/tmp/ctx-lsm-modules"
#define PROGRAM		"/var/tmp/ctx-lsm-program"

static int write_all(const char *path, int mode, const char *text, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	int ret = fd < 0 || write(fd, text, size) != (ssize_t)size ? -errno : 0;

	close(fd);
	return ret ?: chmod(path, mode);
}

static int make_recorder(void)
{
	static const char script[] = "#!/bin/sh\necho \"$*\" >>" RECORD "\nexit 1\n";

	unlink(RECORD);
	return write_all(RECORDER, 0755, script, sizeof(script) - 1);
}

static bool was_recorded(const char *name)
{
	FILE *file = fopen(RECORD, "r");
	char line[256];
	bool found = false;

	while (file && fgets(line, sizeof(line), file))
		if (strstr(line, name))
			found = true;
	if (file)
		fclose(file);
	return found;
}

static long do_exec(long unused)
{
	char *const argv[] = { PROGRAM, NULL };

	execv(PROGRAM, argv);
	return -errno + 0 * unused;
}

static long exec_in_child(long unused)
{
	return in_child(do_exec, unused);
}

static long mount_nfs(long unused)
{
	return do_own_tmpfs(unused) ?: OR_ERRNO(mount("none", "/mnt", "nfs4", 0, NULL));
}

TEST_F(misc, kernel_module_request)
{
	static const char modprobe[] = "/proc/sys/kernel/modprobe";
	struct rig *rig = self->rig;
	char old[256];

	ASSERT_EQ(0, make_recorder());
	/* No format that there is, so the kernel would load binfmt-0403 and -0605. */
	ASSERT_EQ(0, write_all(PROGRAM, 0755, "\1\2\3\4\5\6\7\10", 8));
	ASSERT_EQ(0, set_file(modprobe, RECORDER, old, sizeof(old)));
	EXPECT_REFUSED(&rig->a, ENOEXEC, 1, CTX_REFUSED_MODULE, exec_in_child, 0);
	EXPECT_FALSE(was_recorded("binfmt-0403"));
	EXPECT_EQ(-ENOEXEC, call(&rig->h, exec_in_child, 0));
	EXPECT_TRUE(was_recorded("binfmt-0403"));

	EXPECT_REFUSED(&rig->a, ENODEV, 1, CTX_REFUSED_MODULE, mount_nfs, 0);
	EXPECT_FALSE(was_recorded("nfs4"));
	ASSERT_EQ(0, grant_features(rig, FEATURE(NFS)));
	EXPECT_REFUSED(&rig->a, ENODEV, 0, NOTHING, mount_nfs, 0);
	EXPECT_TRUE(was_recorded("fs-nfs4"));
	EXPECT_EQ(0, set_file(modprobe, old, NULL, 0));
	unlink(RECORD);
	unlink(RECORDER);
	unlink(PROGRAM);
}

static long do_crash(long unused)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	int status;
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_DUMPABLE, 1);
		setrlimit(RLIMIT_CORE, &limit);
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? 0 : -EINVAL + 0 * unused;
}

static long request_key(long unused)
{
	return OR_ERRNO(syscall(SYS_request_key, "user", "ctx-lsm:none", "info",
				-2 /* of the process */) + 0 * unused);
}

TEST_F(misc, upcall)
{
	static const char pattern[] = "/proc/sys/kernel/core_pattern";
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	struct rig *rig = self->rig;
	char old[256];

	ASSERT_EQ(0, prlimit(rig->a.pid, RLIMIT_CORE, &limit, NULL));
	ASSERT_EQ(0, prlimit(rig->h.pid, RLIMIT_CORE, &limit, NULL));
	ASSERT_EQ(0, make_recorder());
	ASSERT_EQ(0, set_file(pattern, "|" RECORDER " core-of-%P\n", old, sizeof(old)));
	EXPECT_REFUSED(&rig->a, 0, 1, CTX_REFUSED_UPCALL, do_crash, 0);
	EXPECT_EQ(0, call(&rig->h, do_crash, 0));
	EXPECT_TRUE(EVENTUALLY(was_recorded("core-of-")));
	EXPECT_EQ(0, set_file(pattern, old, NULL, 0));
	EXPECT_REFUSED(&rig->a, ENOKEY, 1, CTX_REFUSED_UPCALL, request_key, 0);
	unlink(RECORD);
	unlink(RECORDER);
}

static long do_setup(long unused)
{
	struct io_uring_params params;
	int fd;

	memset(&params, 0, sizeof(params));
	fd = syscall(SYS_io_uring_setup, 4 + unused, &params);
	return fd < 0 ? -errno : do_close(fd);
}

TEST_F(misc, inode_init_security_anon)
{
	struct rig *rig = self->rig;

	EXPECT_WORKS(&rig->h, do_setup, 0);
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_IO_URING, do_setup, 0);
	ASSERT_EQ(0, grant_features(rig, FEATURE(IO_URING)));
	EXPECT_WORKS(&rig->a, do_setup, 0);
	EXPECT_REFUSED(&rig->b, EPERM, 1, CTX_REFUSED_IO_URING, do_setup, 0);
}

struct ring {
	struct io_uring_params params;
	char *rings;
	struct io_uring_sqe *sqes;
	int fd;
};

static int ring_open(struct ring *ring)
{
	size_t size;

	memset(ring, 0, sizeof(*ring));
	ring->fd = syscall(SYS_io_uring_setup, 4, &ring->params);
	if (ring->fd < 0)
		return -errno;
	size = ring->params.cq_off.cqes +
	       ring->params.cq_entries * sizeof(struct io_uring_cqe);
	ring->rings = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd,
			   IORING_OFF_SQ_RING);
	ring->sqes = mmap(NULL, ring->params.sq_entries * sizeof(*ring->sqes),
			  PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQES);
	return ring->rings == MAP_FAILED || ring->sqes == MAP_FAILED ? -errno : 0;
}

#define FIELD(ring, where)	((unsigned int *)((ring)->rings + (ring)->params.where))

static void ring_queue(struct ring *ring, int personality)
{
	unsigned int tail = *FIELD(ring, sq_off.tail), i = tail & *FIELD(ring, sq_off.ring_mask);

	memset(&ring->sqes[i], 0, sizeof(ring->sqes[i]));
	ring->sqes[i].opcode = IORING_OP_NOP;
	ring->sqes[i].personality = personality;
	FIELD(ring, sq_off.array)[i] = i;
	atomic_thread_fence(memory_order_seq_cst);
	*FIELD(ring, sq_off.tail) = tail + 1;
}

/* The result of the oldest request, or 1 if there is none. */
static int ring_result(struct ring *ring)
{
	unsigned int head = *FIELD(ring, cq_off.head);
	struct io_uring_cqe *cqes = (void *)(ring->rings + ring->params.cq_off.cqes);

	if (head == *FIELD(ring, cq_off.tail))
		return 1;
	*FIELD(ring, cq_off.head) = head + 1;
	return cqes[head & *FIELD(ring, cq_off.ring_mask)].res;
}

static long do_enter(long fd)
{
	return OR_ERRNO(syscall(SYS_io_uring_enter, fd, 1, 0, 0, NULL, 0));
}

static long do_register(long fd)
{
	return OR_ERRNO(syscall(SYS_io_uring_register, fd, IORING_REGISTER_PERSONALITY,
				NULL, 0));
}

/* One that all have inherited, since it cannot be sent. */
FIXTURE(ring) {
	struct rig *rig;
	struct ring ring;
};

FIXTURE_SETUP(ring)
{
	ASSERT_EQ(0, ring_open(&self->ring));
	ASSERT_EQ(0, rig_open(&self->rig, 0, NULL));
}

FIXTURE_TEARDOWN(ring)
{
	rig_close(self->rig);
	close(self->ring.fd);
}

/* A ring that the host has left to A, with the credentials of its root in it. */
TEST_F(ring, uring_override_creds)
{
	struct rig *rig = self->rig;
	struct ring *ring = &self->ring;
	int root = do_register(ring->fd), own;

	ASSERT_LT(0, root);

	ring_queue(ring, root);
	EXPECT_EQ(1, call(&rig->h, do_enter, ring->fd));
	EXPECT_EQ(0, ring_result(ring));
	ring_queue(ring, root);
	refusals_begin(rig, &rig->a);
	EXPECT_EQ(1, call(&rig->a, do_enter, ring->fd));
	EXPECT_EQ(1, refusals_end(rig, &rig->a, CTX_REFUSED_IO_URING));
	EXPECT_EQ(-EPERM, ring_result(ring));

	/* Its own are its own. */
	own = call(&rig->a, do_register, ring->fd);
	ASSERT_LT(0, own);
	ring_queue(ring, own);
	refusals_begin(rig, &rig->a);
	EXPECT_EQ(1, call(&rig->a, do_enter, ring->fd));
	EXPECT_EQ(0, refusals_end(rig, &rig->a, NOTHING));
	EXPECT_EQ(0, ring_result(ring));
}

TEST_HARNESS_MAIN
