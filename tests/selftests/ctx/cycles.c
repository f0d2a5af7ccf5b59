// SPDX-License-Identifier: GPL-2.0
/*
 * Ten thousand contexts made and ended, which must leave nothing: no context,
 * no id, no namespace, no memory. CTX_CYCLES=N in the environment makes it N;
 * a debug kernel, which looks for leaks itself, gets five hundred.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <netlink/netlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "box.h"
#include "client.h"
#include "harness.h"

#define ID 19000
#define CYCLES 10000
#define WARM_UP 300
/* At most so many user namespaces at a time: a leak of a few shows. */
#define NAMESPACES 64
/* What caches may grow by; 10,000 of the smallest object are above this. */
#define SLAB_KB 1024
#define LIMIT "/proc/sys/user/max_user_namespaces"

FIXTURE(cycles)
{
	struct client client;
	struct box box;
	long limit;
	int contexts;
};

static long read_number(const char *path, const char *key)
{
	char line[256];
	long value = -1;
	FILE *file = fopen(path, "r");

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, strlen(key))) {
			value = strtol(line + strlen(key), NULL, 10);
			break;
		}
	if (file)
		fclose(file);
	return value;
}

static void write_number(const char *path, long value)
{
	FILE *file = fopen(path, "w");

	if (file) {
		fprintf(file, "%ld\n", value);
		fclose(file);
	}
}

FIXTURE_SETUP(cycles)
{
	ASSERT_EQ(0, client_open(&self->client));
	self->contexts = ctx_count(&self->client, 0);
	self->limit = read_number(LIMIT, "");
	ASSERT_LT(NAMESPACES, self->limit);
}

FIXTURE_TEARDOWN(cycles)
{
	write_number(LIMIT, self->limit);
	box_close(&self->box);
	client_close(&self->client);
}

/*
 * Gives back empty slabs. On a kernel with KASAN it also frees what waits in
 * its quarantine, which else grows with every object that is freed.
 */
static void shrink_slabs(void)
{
	glob_t caches;
	size_t i;

	if (glob("/sys/kernel/slab/*/shrink", 0, NULL, &caches))
		return;
	for (i = 0; i < caches.gl_pathc; i++)
		write_number(caches.gl_pathv[i], 1);
	globfree(&caches);
}

/* The kernel's slabs, when what is freed later has been freed. */
static long settled_slab(void)
{
	long slab, before = -1;
	int i;

	for (i = 0; i < 20; i++) {
		shrink_slabs();
		slab = read_number("/proc/meminfo", "Slab:");
		if (labs(slab - before) < 32)
			break;
		before = slab;
		usleep(500000);
	}
	return slab;
}

/*
 * Three ends: KILL, exit, and a signal. The id is always the same, so it must
 * be free each time; NEW of it waits for the one before to be dead.
 */
static int one_cycle(struct client *client, struct box *box, int i)
{
	int ret, tries = 0;

	/* The namespaces of the last ones are freed a little later. */
	do {
		ret = box_open(box, CLONE_NEWUSER | CLONE_NEWPID,
			       i % 3 == 1 ? box_exit0 : box_pause, NULL);
	} while (ret == -ENOSPC && tries++ < 1000 && !usleep(10000));
	if (ret)
		return ret;
	tries = 0;
	do {
		ret = ctx_new(client, ID, box->pidfd, "cycle", 0);
	} while (ret == -EEXIST && tries++ < 1000 && !usleep(1000));
	if (ret)
		return ret;
	if (i % 3 == 0)
		ret = ctx_kill(client, ID, 10000);
	else if (i % 3 == 1)
		box_go(box);
	else
		kill(box->pid, SIGKILL);
	box_wait(box);
	box_close(box);
	return ret;
}

/* A twentieth on the kernel that checks itself: it takes that much longer. */
static int how_many(void)
{
	const char *env = getenv("CTX_CYCLES");
	struct utsname name;

	if (env)
		return atoi(env);
	return !uname(&name) && strstr(name.release, "-debug") ? CYCLES / 20 : CYCLES;
}

TEST_F_TIMEOUT(cycles, leave_nothing, 1800)
{
	int i, n = how_many();
	struct timespec start, end;
	struct info info;
	long before, after;

	write_number(LIMIT, NAMESPACES);
	for (i = 0; i < WARM_UP; i++)
		ASSERT_EQ(0, one_cycle(&self->client, &self->box, i));
	before = settled_slab();
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (i = 0; i < n; i++)
		ASSERT_EQ(0, one_cycle(&self->client, &self->box, i))
			TH_LOG("cycle %d: %s", i, self->client.message);
	clock_gettime(CLOCK_MONOTONIC, &end);
	EXPECT_TRUE(EVENTUALLY(ctx_count(&self->client, 0) == self->contexts));
	EXPECT_EQ(-ENOENT, ctx_get(&self->client, ID, &info));
	EXPECT_EQ(0, ctx_processes(ID));
	after = settled_slab();
	EXPECT_LT(after - before, SLAB_KB);
	TH_LOG("%d cycles in %ld s, slabs %ld -> %ld kB", n,
	       end.tv_sec - start.tv_sec, before, after);
}

TEST_HARNESS_MAIN
