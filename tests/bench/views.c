// SPDX-License-Identifier: GPL-2.0
/*
 * usage: views ROUNDS DIRECTORY LABEL
 *        views spin SECONDS LABEL
 * What it costs to open, read and close files of /proc, below DIRECTORY: prints
 * "FILE LABEL NANOSECONDS" for each round, the time of one reading. Or how much of
 * the processor is left to a process that only computes: "spin LABEL NUMBER",
 * steps in a second.
 *
 * For a machine with one CPU whose clock counts instructions: what a server of
 * FUSE or a thread of the kernel does for it is counted, too.
 */
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const files[] = { "meminfo", "stat", "cpuinfo", "uptime", "loadavg" };

#define NFILES	(sizeof(files) / sizeof(files[0]))
#define TIMES	200

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void read_all(const char *file)
{
	static char buf[65536];
	int fd = open(file, O_RDONLY);
	ssize_t n, sum = 0;

	if (fd < 0)
		err(1, "%s", file);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		sum += n;
	if (n < 0 || !sum)
		err(1, "%s", file);
	close(fd);
}

static void spin(int seconds, const char *label)
{
	long long begin = now(), end = begin + seconds * 1000000000LL, steps = 0, last;

	do {
		for (int i = 0; i < 10000; i++)
			__asm__ volatile("" : : : "memory");
		steps += 10000;
		last = now();
	} while (last < end);
	printf("spin %s %.0f\n", label, steps * 1e9 / (last - begin));
}

int main(int argc, char **argv)
{
	const struct timespec pause = { .tv_nsec = 100000000 };
	int rounds = argc == 4 ? atoi(argv[1]) : 0;

	if (argc == 4 && !strcmp(argv[1], "spin") && atoi(argv[2]) > 0) {
		spin(atoi(argv[2]), argv[3]);
		return 0;
	}
	if (rounds < 1)
		errx(2, "usage: views ROUNDS DIRECTORY LABEL | spin SECONDS LABEL");
	if (chdir(argv[2]))
		err(1, "%s", argv[2]);
	for (int round = 0; round <= rounds; round++)
		for (size_t f = 0; f < NFILES; f++) {
			long long begin;

			nanosleep(&pause, NULL);
			begin = now();
			for (int i = 0; i < TIMES; i++)
				read_all(files[f]);
			/* The first one fills caches. */
			if (round)
				printf("%s %s %lld\n", files[f], argv[3],
				       (now() - begin) / TIMES);
		}
	return 0;
}
