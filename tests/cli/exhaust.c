// SPDX-License-Identifier: GPL-2.0
/*
 * usage: exhaust RESOURCE MILLISECONDS [MORE]
 * Inside a VPS: four processes take as much of RESOURCE as they get, as fast as
 * they can, and go on trying until the time is over, and for MORE milliseconds
 * while nothing is refused. Prints how often they got
 * something, and for each errno how often they did not: "TAKEN N ENOSPC M". What
 * they have is given back by their end.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "exhaust.h"

#define WORKERS		4
#define ERRNOS		200

struct tally {
	unsigned long taken;
	unsigned long failed[ERRNOS];
	int prepare;		/* errno */
};

unsigned int worker;

static const struct taker *const tables[] = {
	takers_files, takers_kernel, takers_net,
};

static const struct taker *find(const char *name)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct taker *t = tables[i]; t->name; t++)
			if (!strcmp(t->name, name))
				return t;
	errx(2, "unknown resource %s", name);
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void work(const struct taker *taker, struct tally *tally, long long end,
		 int more)
{
	unsigned int i = 0;
	bool refused = false;

	if (taker->prepare && taker->prepare()) {
		tally->prepare = errno;
		tally->failed[errno]++;
		return;
	}
	while (now_ms() < end + (refused ? 0 : more)) {
		refused = taker->take(i++);
		if (!refused)
			tally->taken++;
		else if (errno < ERRNOS)
			tally->failed[errno]++;
	}
}

/* Only the limits of the VPS are to be met. */
static void lift(int what)
{
	struct rlimit limit;

	if (getrlimit(what, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(what, &limit);
}

static int report(const struct tally *tallies)
{
	unsigned long taken = 0, failed;

	for (int w = 0; w < WORKERS; w++)
		taken += tallies[w].taken;
	/* The others may have left nothing for one to begin with. */
	for (int w = 0; w < WORKERS && !taken; w++)
		if (tallies[w].prepare)
			errx(1, "cannot begin: %s", strerrorname_np(tallies[w].prepare));
	printf("TAKEN %lu", taken);
	for (int e = 0; e < ERRNOS; e++) {
		failed = 0;
		for (int w = 0; w < WORKERS; w++)
			failed += tallies[w].failed[e];
		if (failed)
			printf(" %s %lu", strerrorname_np(e) ?: "unknown", failed);
	}
	putchar('\n');
	return 0;
}

int main(int argc, char **argv)
{
	struct tally *tallies = mmap(NULL, WORKERS * sizeof(*tallies), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const struct taker *taker;
	long long end;
	pid_t pid;

	if (argc != 3 && argc != 4)
		errx(2, "usage: exhaust RESOURCE MILLISECONDS [MORE]");
	if (tallies == MAP_FAILED)
		err(1, "memory");
	taker = find(argv[1]);
	lift(RLIMIT_NOFILE);
	lift(RLIMIT_MEMLOCK);
	lift(RLIMIT_SIGPENDING);
	lift(RLIMIT_MSGQUEUE);
	end = now_ms() + atol(argv[2]);
	for (worker = 0; worker < WORKERS; worker++) {
		pid = fork();
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			work(taker, &tallies[worker], end, argc == 4 ? atoi(argv[3]) : 0);
			/* So that all have at once what they could get. */
			while (now_ms() < end + 100)
				usleep(10000);
			_exit(0);
		}
		/* When processes are what is taken, fewer will do. */
		if (pid < 0 && worker == 0)
			err(1, "fork");
	}
	while (wait(NULL) > 0 || errno == EINTR)
		;
	return report(tallies);
}
