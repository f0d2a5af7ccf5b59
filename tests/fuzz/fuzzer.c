// SPDX-License-Identifier: GPL-2.0
#include "fuzzer.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A kernel that checks itself, emulated, on a machine that others use too. */
#define PATIENCE	120

struct counts *counts;
static uint64_t seed, state;
static double end;
static int seconds, me;
static bool (*is_enough)(void);

double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

bool over(void)
{
	double late = now() - end;

	return late >= 0 && (is_enough() || late >= 3 * seconds);
}

void beat(void)
{
	counts->beat[me]++;
}

void broken(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (!*counts->broken)
		vsnprintf(counts->broken, sizeof(counts->broken), fmt, ap);
	va_end(ap);
	va_start(ap, fmt);
	printf("# worker %d: ", me);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	_exit(1);
}

/* splitmix64 */
uint64_t rnd64(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

uint32_t rnd(uint32_t n)
{
	return ((rnd64() >> 32) * n) >> 32;
}

bool once_in(uint32_t n)
{
	return !rnd(n);
}

uint64_t rnd_edge(void)
{
	static const uint64_t edges[] = {
		0, 1, 2, 100, 101, 255, 256, 4096, 65535, 65536, 0x7fffffff,
		0x80000000, 0xfffffffe, 0xffffffff, 0x100000000,
		0x7fffffffffffffff, 0x8000000000000000, 0xfffffffffffff000, -1ULL,
	};

	switch (rnd(4)) {
	case 0:
		return one_of(edges);
	case 1:
		return 1ULL << rnd(64);
	case 2:
		return rnd(200);
	}
	return rnd64();
}

void rnd_bytes(void *to, size_t size)
{
	for (unsigned char *c = to; size--; c++)
		*c = rnd64();
}

static unsigned long number(const char *name, unsigned long fallback)
{
	const char *text = getenv(name);

	return text && *text ? strtoul(text, NULL, 0) : fallback;
}

void fuzzer_start(int default_seconds, bool (*enough)(void))
{
	is_enough = enough;
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = time(NULL);
	seed = number("SEED", seed & 0xffffffff);
	seconds = number("SECONDS_", default_seconds);
	printf("TAP version 13\n1..1\n# SEED=%llu SECONDS_=%d\n",
	       (unsigned long long)seed, seconds);
	fflush(stdout);
	state = seed;
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
}

static void begin(struct worker *w, int i)
{
	w->seen = 0;
	w->since = now();
	w->pid = fork();
	if (w->pid)
		return;
	me = i;
	state = seed + (i + 1) * 0x100000001b3;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	w->run();
	_exit(0);
}

static bool ended(struct worker *w, int status)
{
	w->pid = 0;
	if (status)
		printf("# the worker \"%s\" ended with status 0x%x\n", w->name, status);
	return !status;
}

/* Orphans come to us as well. False: a worker has not ended well. */
static bool reap(struct worker *workers, int n, int *left)
{
	bool good = true;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0)
		for (int i = 0; i < n; i++) {
			if (workers[i].pid != pid)
				continue;
			good &= ended(&workers[i], status);
			--*left;
		}
	return good;
}

static bool alive(struct worker *w, int i)
{
	if (counts->beat[i] != w->seen) {
		w->seen = counts->beat[i];
		w->since = now();
	}
	if (!w->pid || now() - w->since < PATIENCE)
		return true;
	printf("# the worker \"%s\" hangs\n", w->name);
	kill(w->pid, SIGKILL);
	w->since = now();
	return false;
}

static bool supervise(struct worker *workers, int n)
{
	bool good = true;
	int left = n;

	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("proc", "/proc", "proc", 0, NULL)) {
		perror("# proc");
		return false;
	}
	end = now() + seconds;
	for (int i = 0; i < n; i++)
		begin(&workers[i], i);
	while (left) {
		usleep(20000);
		good &= reap(workers, n, &left);
		for (int i = 0; i < n; i++)
			good &= alive(&workers[i], i);
	}
	for (int i = 0; i < n; i++)
		if (!counts->beat[i]) {
			printf("# the worker \"%s\" has done nothing\n", workers[i].name);
			good = false;
		}
	fflush(stdout);
	return good;
}

/* In a pid namespace: with its first process all ends that they have started. */
bool fuzzer_run(struct worker *workers, int n)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(!supervise(workers, n));
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return !status;
}

int fuzzer_end(const char *name, bool good)
{
	if (*counts->broken)
		printf("# did not hold: %s\n", counts->broken);
	if (!counts->accepted || !counts->refused) {
		printf("# nothing was %s\n", counts->accepted ? "refused" : "accepted");
		good = false;
	}
	good &= !*counts->broken;
	printf("%sok 1 - %s: %lu sent, %lu accepted, %lu refused, seed %llu\n",
	       good ? "" : "not ", name, counts->sent, counts->accepted,
	       counts->refused, (unsigned long long)seed);
	return good ? 0 : 1;
}
