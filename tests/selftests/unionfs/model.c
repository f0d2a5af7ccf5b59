// SPDX-License-Identifier: GPL-2.0
/*
 * Random operations on a union and on a plain copy of the same tree, side by
 * side: each must end alike, and both trees must be alike afterwards.
 *
 * From the environment: MODEL_SEED, MODEL_OPS for each process, MODEL_PROCS.
 */
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/mman.h>
#include <time.h>

#include "model.h"
#include "test.h"

#define PER_ROUND 400

static void populate_one(const char *top, const char *names, unsigned int seed)
{
	const char *p, *q;

	mkdir(top, 0777);
	chmod(top, 0777);
	for (p = names; *p; p++) {
		mkdir(fmt("%s/%c", top, *p), *p % 2 ? 0777 : 0755);
		for (q = names; *q; q++, seed++)
			fill(fmt("%s/%c/%c", top, *p, *q), seed * 977 % 70000,
			     seed + *q);
		mkdir(fmt("%s/%c/z", top, *p), 0755);
		put(fmt("%s/%c/z/%c", top, *p, *p), "deep");
	}
	p = names;
	link(fmt("%s/%c/%c", top, p[0], p[0]), fmt("%s/%c/y", top, p[1]));
	link(fmt("%s/%c/%c", top, p[0], p[0]), fmt("%s/%c/x", top, p[0]));
	setxattr(fmt("%s/%c/%c", top, p[1], p[1]), "user.v", "low", 3, 0);
	chown(fmt("%s/%c/%c", top, p[1], p[0]), 1000, 1000);
	chmod(fmt("%s/%c/%c", top, p[0], p[1]), 06755);
	symlink(fmt("../%c/%c", p[0], p[1]), fmt("%s/%c/w", top, p[1]));
	symlink("nowhere", fmt("%s/%c", top, p[0] + 8));
}

static unsigned int digest_seed(unsigned int seed, int round, int proc)
{
	return seed * 2654435761u + round * 40503u + proc * 7919u + 1;
}

/* What one process does in one round; exit status. */
static int run(unsigned int seed, int round, int proc, long ops)
{
	char one[64], other[64];
	bool good;

	snprintf(one, sizeof(one), "m/%d", proc);
	snprintf(other, sizeof(other), "p/%d", proc);
	if (model_run(one, other, digest_seed(seed, round, proc), ops)) {
		printf("# seed %u, round %d, process %d\n", seed, round, proc);
		return 1;
	}
	good = same_tree(tree(one, 0), tree(other, 0));
	if (!good)
		printf("# seed %u, round %d, process %d: trees differ\n", seed,
		       round, proc);
	fflush(stdout);
	return !good;
}

static int run_seed(unsigned int seed, long ops, int procs)
{
	char *before, *after, *lower = tree("l", TREE_MTIME);
	pid_t pid[64];
	int round, i, bad = 0;

	printf("# seed %u: %ld operations in %d processes\n", seed, ops, procs);
	fflush(stdout);
	for (round = 0; ops > 0 && !bad; round++, ops -= PER_ROUND) {
		for (i = 0; i < procs; i++) {
			pid[i] = fork();
			if (!pid[i])
				_exit(run(seed, round, i,
					  ops < PER_ROUND ? ops : PER_ROUND));
		}
		for (i = 0; i < procs; i++)
			bad |= wait_for(pid[i]);
		if (bad)
			break;
		if (round % 3 == 1)
			drop_caches();
		before = tree("m", TREE_INO | TREE_MTIME);
		if (round % 3 != 1)
			bad |= !!union_remount();
		after = tree("m", TREE_INO | TREE_MTIME);
		if (!same_tree(before, after)) {
			printf("# seed %u, round %d: changed by remount\n",
			       seed, round);
			bad = 1;
		}
		free(before);
		before = tree("p", 0);
		free(after);
		after = tree("m", 0);
		bad |= !same_tree(after, before);
		free(before);
		free(after);
	}
	if (!same_tree(lower, tree("l", TREE_MTIME))) {
		printf("# seed %u: the lower branch has changed\n", seed);
		bad = 1;
	}
	free(lower);
	return bad;
}

FIXTURE(model) { int unused; };

FIXTURE_SETUP(model)
{
	int i;

	STACK_OPEN("ext4");
	mkdir("p", 0755);
	mkdir("l2", 0755);
	for (i = 0; i < setting("MODEL_PROCS", 3); i++) {
		populate_one(fmt("l/%d", i), "abc", i);
		populate_one(fmt("l2/%d", i), "de", i + 20);
		/* Directories that are in both. */
		mkdir(fmt("l2/%d/a", i), 0755);
		put(fmt("l2/%d/a/f", i), "second");
	}
	ASSERT_EQ(0, RUN("cp", "-a", "l2/.", "p"));
	ASSERT_EQ(0, RUN("cp", "-a", "l/.", "p"));
	ASSERT_EQ(0, union_mount("l:l2", NULL));
}

FIXTURE_TEARDOWN(model) { stack_close(); }

TEST_F_TIMEOUT(model, alone, 1000000)
{
	ASSERT_TRUE(same_tree(tree("m", 0), tree("p", 0)));
	EXPECT_EQ(0, run_seed(setting("MODEL_SEED", 1),
			      amount("MODEL_OPS", 5000), 1));
}

TEST_F_TIMEOUT(model, concurrent, 1000000)
{
	EXPECT_EQ(0, run_seed(setting("MODEL_SEED", time(NULL) % 1000000),
			      amount("MODEL_OPS", 2500),
			      setting("MODEL_PROCS", 3)));
}

TEST_HARNESS_MAIN
