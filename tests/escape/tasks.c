// SPDX-License-Identifier: GPL-2.0
/*
 * What can be done to a task whose number one has: tasks VERB PID, or
 *   sweep LAST       every verb on each number to LAST that is nobody's own here
 *   victim           waits, with a page that others may try to read; prints its number
 */
#include <linux/capability.h>
#include <linux/kcmp.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "escape.h"

static long by_kill(pid_t pid)
{
	return kill(pid, 0);
}

static long by_tgkill(pid_t pid)
{
	return syscall(SYS_tgkill, pid, pid, 0);
}

static long by_queue(pid_t pid)
{
	return sigqueue(pid, 0, (union sigval){ 0 });
}

static long by_group(pid_t pid)
{
	return kill(-pid, 0);
}

static long by_pidfd(pid_t pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);
	long ret = fd < 0 ? -1 : syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0);
	int errnum = errno;

	close(fd);
	errno = errnum;
	return ret;
}

static long by_getfd(pid_t pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -1 : syscall(SYS_pidfd_getfd, fd, 0, 0);
}

static long by_madvise(pid_t pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);
	struct iovec at = { (void *)0x10000, 4096 };

	return fd < 0 ? -1 : syscall(SYS_process_madvise, fd, &at, 1, MADV_COLD, 0);
}

static long by_seize(pid_t pid)
{
	return ptrace(PTRACE_SEIZE, pid, NULL, NULL);
}

static long by_attach(pid_t pid)
{
	return ptrace(PTRACE_ATTACH, pid, NULL, NULL);
}

/* Nothing is mapped at 0x1000: EFAULT is what follows after a yes. */
static long by_vm(pid_t pid, int number)
{
	char c = 0;
	struct iovec mine = { &c, 1 }, its = { (void *)0x1000, 1 };
	long ret = syscall(number, pid, &mine, 1, &its, 1, 0);

	return ret < 0 && errno != EFAULT ? -1 : 0;
}

static long by_read(pid_t pid)
{
	return by_vm(pid, SYS_process_vm_readv);
}

static long by_write(pid_t pid)
{
	return by_vm(pid, SYS_process_vm_writev);
}

static long by_kcmp(pid_t pid)
{
	return syscall(SYS_kcmp, pid, getpid(), KCMP_VM, 0, 0);
}

static long by_robust(pid_t pid)
{
	void *head;
	size_t len;

	return syscall(SYS_get_robust_list, pid, &head, &len);
}

static long by_prlimit(pid_t pid)
{
	struct rlimit r;

	return prlimit(pid, RLIMIT_CORE, NULL, &r);
}

static long by_nice(pid_t pid)
{
	return setpriority(PRIO_PROCESS, pid, 19);
}

static long by_scheduler(pid_t pid)
{
	struct sched_param p = { 0 };

	return sched_setscheduler(pid, SCHED_BATCH, &p);
}

static long by_affinity(pid_t pid)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return sched_setaffinity(pid, sizeof(set), &set);
}

static long by_ioprio(pid_t pid)
{
	return syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid,
		       IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0));
}

static long by_getsched(pid_t pid)
{
	return sched_getscheduler(pid);
}

static long by_session(pid_t pid)
{
	return getsid(pid);
}

static long by_capget(pid_t pid)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, pid };
	struct __user_cap_data_struct data[2];

	return syscall(SYS_capget, &head, data);
}

static long by_file(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static long by_mem(pid_t pid)
{
	return by_file(pid, "mem");
}

static long by_root(pid_t pid)
{
	return by_file(pid, "root/etc");
}

static long by_maps(pid_t pid)
{
	return by_file(pid, "maps");
}

static long by_environ(pid_t pid)
{
	return by_file(pid, "environ");
}

static long by_ns(pid_t pid)
{
	return by_file(pid, "ns/net");
}

static long by_status(pid_t pid)
{
	return by_file(pid, "status");
}

static long by_clock(pid_t pid)
{
	struct timespec ts;

	/* The clock of the processor time that a process has used. */
	return clock_gettime((clockid_t)(~(unsigned int)pid << 3 | 2), &ts);
}

static const struct {
	const char *name;
	long (*run)(pid_t pid);
} verbs[] = {
	{ "kill", by_kill }, { "tgkill", by_tgkill }, { "sigqueue", by_queue },
	{ "killpg", by_group }, { "pidfd", by_pidfd }, { "pidfd-getfd", by_getfd },
	{ "process-madvise", by_madvise }, { "vm-read", by_read }, { "vm-write", by_write },
	{ "kcmp", by_kcmp }, { "robust-list", by_robust }, { "prlimit", by_prlimit },
	{ "nice", by_nice }, { "scheduler", by_scheduler }, { "affinity", by_affinity },
	{ "ioprio", by_ioprio }, { "getscheduler", by_getsched }, { "getsid", by_session },
	{ "capget", by_capget }, { "mem", by_mem }, { "root", by_root }, { "maps", by_maps },
	{ "environ", by_environ }, { "ns", by_ns }, { "status", by_status },
	{ "clock", by_clock }, { "seize", by_seize }, { "attach", by_attach },
};

#define COUNT	(sizeof(verbs) / sizeof(verbs[0]))

/* Each number has no task here or one that /proc shows; each verb in a child of its own. */
static int sweep(pid_t last)
{
	int reached = 0, tried = 0;

	for (pid_t pid = 2; pid <= last; pid++) {
		char path[32];
		struct stat st;

		snprintf(path, sizeof(path), "/proc/%d", pid);
		if (!stat(path, &st))
			continue;
		tried++;
		for (size_t i = 0; i + 2 < COUNT; i++) {
			long ret = verbs[i].run(pid);

			/* The kernel may be built without one or the other. */
			if (ret >= 0 || (errno != ESRCH && errno != ENOENT &&
					 errno != EINVAL && errno != ENOSYS)) {
				printf("# %s %d: %s\n", verbs[i].name, pid,
				       ret < 0 ? strerrorname_np(errno) : "done");
				reached++;
			}
		}
		if (by_seize(pid) >= 0 || errno != ESRCH)
			reached++;
	}
	printf("%s tried, %d reached\n", tried > 50 ? "many" : "few", reached);
	return !reached;
}

int main(int argc, char **argv)
{
	int ret = 2;

	if (argc == 2 && !strcmp(argv[1], "victim")) {
		printf("%d\n", getpid());
		fflush(stdout);
		pause();
	}
	errno = EINVAL;
	need(argc == 3, "arguments");
	if (!strcmp(argv[1], "sweep"))
		return sweep(atoi(argv[2]));
	for (size_t i = 0; i < COUNT; i++)
		if (!strcmp(argv[1], verbs[i].name) || !strcmp(argv[1], "all"))
			ret = outcome(verbs[i].name, verbs[i].run(atoi(argv[2])));
	need(ret != 2, "verb");
	return ret;
}
