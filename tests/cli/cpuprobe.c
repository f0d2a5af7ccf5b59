// SPDX-License-Identifier: GPL-2.0
/*
 * What programs see of the processors, in one static program: cpuprobe VERB
 * [ARGUMENT]
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static cpu_set_t get_mask(void)
{
	cpu_set_t mask;

	if (sched_getaffinity(0, sizeof(mask), &mask))
		err(1, "sched_getaffinity");
	return mask;
}

/* Processors online, possible, by the affinity, and where it runs. */
static int do_counts(long arg)
{
	cpu_set_t mask = get_mask();
	int cpu = sched_getcpu();

	(void)arg;
	printf("%ld %ld %d %s\n", sysconf(_SC_NPROCESSORS_ONLN),
	       sysconf(_SC_NPROCESSORS_CONF), CPU_COUNT(&mask),
	       cpu < sysconf(_SC_NPROCESSORS_CONF) && CPU_ISSET(cpu, &mask) ? "inside" : "outside");
	return 0;
}

/* The affinity is set as it was got, and each of its processors alone. */
static int do_pin(long arg)
{
	cpu_set_t all = get_mask(), now;

	(void)arg;
	if (sched_setaffinity(0, sizeof(all), &all))
		err(1, "the same mask");
	for (int i = 0; i < CPU_SETSIZE; i++) {
		cpu_set_t one;

		if (!CPU_ISSET(i, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(i, &one);
		if (sched_setaffinity(0, sizeof(one), &one))
			err(1, "%d", i);
		now = get_mask();
		if (!CPU_EQUAL(&one, &now) || sched_getcpu() != i)
			errx(1, "asked for %d, runs on %d", i, sched_getcpu());
	}
	return sched_setaffinity(0, sizeof(all), &all) ? 1 : 0;
}

/* Only on processor N. */
static int do_only(long n)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(n, &one);
	if (!sched_setaffinity(0, sizeof(one), &one))
		puts("ok");
	else
		puts(strerrorname_np(errno));
	return 0;
}

/* In a loop for N seconds. */
static int do_burn(long n)
{
	struct timespec ts;
	time_t end;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	end = ts.tv_sec + n;
	while (ts.tv_sec < end) {
		for (volatile int i = 0; i < 20000; i++)
			;
		clock_gettime(CLOCK_MONOTONIC, &ts);
	}
	return 0;
}

static int do_forks(long n)
{
	while (n--) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		if (pid < 0)
			err(1, "fork");
		waitpid(pid, NULL, 0);
	}
	return 0;
}

/* The first load average of sysinfo(2), in hundredths. */
static int do_load(long arg)
{
	struct sysinfo info;

	(void)arg;
	if (sysinfo(&info))
		err(1, "sysinfo");
	printf("%lu\n", info.loads[0] * 100 >> SI_LOAD_SHIFT);
	return 0;
}

static long read_once(const char *path)
{
	static char buf[1 << 16];
	struct timespec a, b;
	int fd;

	clock_gettime(CLOCK_MONOTONIC, &a);
	fd = open(path, O_RDONLY);
	while (read(fd, buf, sizeof(buf)) > 0)
		;
	close(fd);
	clock_gettime(CLOCK_MONOTONIC, &b);
	return (b.tv_sec - a.tv_sec) * 1000000000L + b.tv_nsec - a.tv_nsec;
}

/* Nanoseconds to read each of the files; the least of N times. */
static int do_cost(long n)
{
	static const char *const paths[] = {
		"/proc/stat", "/proc/cpuinfo", "/proc/loadavg", "/proc/uptime",
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		long least = LONG_MAX;

		for (long j = 0; j < n; j++) {
			long t = read_once(paths[i]);

			least = t < least ? t : least;
		}
		printf("%s %ld\n", paths[i] + 6, least);
	}
	return 0;
}

static const struct {
	const char *name;
	int (*run)(long arg);
} verbs[] = {
	{ "counts", do_counts }, { "pin", do_pin }, { "only", do_only },
	{ "burn", do_burn }, { "forks", do_forks }, { "load", do_load },
	{ "cost", do_cost },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(argv[1], verbs[i].name))
			return verbs[i].run(argc > 2 ? atol(argv[2]) : 0);
	errx(2, "unknown verb");
}
