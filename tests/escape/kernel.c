// SPDX-License-Identifier: GPL-2.0
/* kernel VERB: a system call that aims at the kernel or the machine; errors by name. */
#include <linux/bpf.h>
#include <linux/kexec.h>
#include <linux/perf_event.h>
#include <linux/reboot.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>

#include "escape.h"

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static long bpf_map(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4, .value_size = 8, .max_entries = 1,
	};

	return bpf(BPF_MAP_CREATE, &attr);
}

static long bpf_prog(unsigned int type)
{
	/* r0 = 0; exit */
	struct bpf_insn insns[] = { { .code = 0xb7 }, { .code = 0x95 } };
	union bpf_attr attr = {
		.prog_type = type, .insn_cnt = 2,
		.insns = (unsigned long)insns, .license = (unsigned long)"GPL",
	};

	return bpf(BPF_PROG_LOAD, &attr);
}

static long bpf_socket(void)
{
	return bpf_prog(BPF_PROG_TYPE_SOCKET_FILTER);
}

static long bpf_kprobe(void)
{
	return bpf_prog(BPF_PROG_TYPE_KPROBE);
}

/* What others have loaded. */
static long bpf_ids(void)
{
	union bpf_attr attr = { .start_id = 0 };

	if (!bpf(BPF_PROG_GET_NEXT_ID, &attr) || errno == ENOENT)
		return 0;
	return -1;
}

static long perf(struct perf_event_attr *attr, pid_t pid, int cpu)
{
	attr->size = sizeof(*attr);
	return syscall(SYS_perf_event_open, attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

static long perf_self(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_TASK_CLOCK,
		.exclude_kernel = 1,
	};

	return perf(&attr, 0, -1);
}

static long perf_cpu(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_CONTEXT_SWITCHES,
	};

	return perf(&attr, -1, 0);
}

/* The number of a kind of event; without it the file may be hidden: any will do. */
static unsigned int event_type(const char *name)
{
	char path[128];
	unsigned int type = 6;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/type", name);
	f = fopen(path, "re");
	if (f) {
		if (fscanf(f, "%u", &type) != 1)
			type = 6;
		fclose(f);
	}
	return type;
}

static long perf_kprobe(void)
{
	struct perf_event_attr attr = {
		.type = event_type("kprobe"), .config1 = (unsigned long)"do_exit",
	};

	return perf(&attr, -1, 0);
}

static long perf_tracepoint(void)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT, .config = 1 };

	return perf(&attr, -1, 0);
}

/* That stops the kernel in the middle of a copy from the page for as long as one likes. */
static long uffd(int flags)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | flags);

	return fd < 0 ? -1 : syscall(SYS_ioctl, fd, UFFDIO_API, &api);
}

static long uffd_kernel(void)
{
	return uffd(0);
}

static long uffd_user(void)
{
	return uffd(UFFD_USER_MODE_ONLY);
}

/* How far the clock is moved, in seconds; on the host by nothing. */
static long shift(void)
{
	const char *text = getenv("SHIFT");

	return text ? atol(text) : 3600;
}

static long clock_set(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec += shift();
	return clock_settime(CLOCK_REALTIME, &ts);
}

static long time_of_day(void)
{
	struct timeval tv;

	gettimeofday(&tv, NULL);
	tv.tv_sec += shift();
	return settimeofday(&tv, NULL);
}

static long timezone_set(void)
{
	struct timezone tz = { .tz_minuteswest = shift() / 60 };

	return settimeofday(NULL, &tz);
}

/* The same value: it changes nothing where it is allowed. */
static long tick(void)
{
	struct timex now = { .modes = 0 }, set = { .modes = ADJ_TICK };

	if (adjtimex(&now) < 0)
		return -1;
	set.tick = now.tick;
	return adjtimex(&set);
}

static long step(void)
{
	struct timex set = { .modes = ADJ_SETOFFSET, .time.tv_sec = shift() };

	return clock_adjtime(CLOCK_REALTIME, &set);
}

static long tai(void)
{
	struct timex now = { .modes = 0 }, set = { .modes = ADJ_TAI };

	if (adjtimex(&now) < 0)
		return -1;
	set.constant = now.tai;
	return clock_adjtime(CLOCK_REALTIME, &set);
}

static long alarm_clock(void)
{
	timer_t timer;
	struct sigevent none = { .sigev_notify = SIGEV_NONE };

	return timer_create(CLOCK_BOOTTIME_ALARM, &none, &timer);
}

static long sys_reboot(unsigned int cmd)
{
	return syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, cmd, NULL);
}

static long cad_on(void)
{
	return sys_reboot(LINUX_REBOOT_CMD_CAD_ON);
}

static long cad_off(void)
{
	return sys_reboot(LINUX_REBOOT_CMD_CAD_OFF);
}

static long suspend(void)
{
	return sys_reboot(LINUX_REBOOT_CMD_SW_SUSPEND);
}

static long boot_kexec(void)
{
	return sys_reboot(LINUX_REBOOT_CMD_KEXEC);
}

static long restart(void)
{
	return sys_reboot(LINUX_REBOOT_CMD_RESTART);
}

static long kexec_load(void)
{
	return syscall(SYS_kexec_load, 0, 0, NULL, KEXEC_ARCH_DEFAULT);
}

static long kexec_file(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	return syscall(SYS_kexec_file_load, fd, -1, 1L, "", 4L);
}

static long init_module(void)
{
	static char not_a_module[64];

	return syscall(SYS_init_module, not_a_module, sizeof(not_a_module), "");
}

static long finit_module(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	return syscall(SYS_finit_module, fd, "", 0);
}

static long delete_module(void)
{
	return syscall(SYS_delete_module, "nosuchmodule", O_NONBLOCK);
}

static long io_ports(void)
{
	return ioperm(0x70, 2, 1);
}

static long io_level(void)
{
	return iopl(3);
}

static long lock_unbounded(void)
{
	struct rlimit r = { 1024, 1UL << 30 };

	/* Above what the host's setting allows anybody. */
	return setrlimit(RLIMIT_NOFILE, &r);
}

static long low_memory(void)
{
	void *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	return p == MAP_FAILED ? -1 : 0;
}

static const struct {
	const char *name;
	long (*run)(void);
} verbs[] = {
	{ "bpf-map", bpf_map }, { "bpf-socket", bpf_socket }, { "bpf-kprobe", bpf_kprobe },
	{ "bpf-ids", bpf_ids },
	{ "perf-self", perf_self }, { "perf-cpu", perf_cpu }, { "perf-kprobe", perf_kprobe },
	{ "perf-tracepoint", perf_tracepoint },
	{ "uffd-kernel", uffd_kernel }, { "uffd-user", uffd_user },
	{ "clock-settime", clock_set }, { "settimeofday", time_of_day },
	{ "timezone", timezone_set }, { "adjtimex-tick", tick }, { "adjtimex-step", step },
	{ "adjtime-tai", tai }, { "alarm-clock", alarm_clock },
	{ "cad-on", cad_on }, { "cad-off", cad_off }, { "suspend", suspend },
	{ "boot-kexec", boot_kexec }, { "restart", restart },
	{ "kexec-load", kexec_load }, { "kexec-file", kexec_file },
	{ "init-module", init_module }, { "finit-module", finit_module },
	{ "delete-module", delete_module },
	{ "ioperm", io_ports }, { "iopl", io_level },
	{ "rlimit", lock_unbounded }, { "low-memory", low_memory },
};

/* Several verbs: a line each. The status is that of the last one. */
int main(int argc, char **argv)
{
	int ret = 2;

	for (int a = 1; a < argc; a++) {
		ret = 2;
		for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
			if (!strcmp(argv[a], verbs[i].name))
				ret = outcome(argv[a], verbs[i].run());
		errno = EINVAL;
		need(ret != 2, "verb");
	}
	return ret;
}
