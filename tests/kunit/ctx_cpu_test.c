// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of contexts: the arithmetic of their load averages.
 */

#include <kunit/test.h>
#include <linux/module.h>
#include <linux/sched/loadavg.h>

#include "internal.h"

/* Hundredths of a load, and how many are allowed beside it. */
static void expect_load(struct kunit *test, unsigned long load, long want, long off)
{
	long have = load * 100 / FIXED_1;

	KUNIT_EXPECT_GE(test, have, want - off);
	KUNIT_EXPECT_LE(test, have, want + off);
}

static void go_on(unsigned long load[3], unsigned long active, int periods)
{
	while (periods--)
		ctx_load_step(load, active, 1);
}

/* A task for as long as an average looks back makes 1 - 1/e of 1. */
static void ctx_test_load_rises(struct kunit *test)
{
	unsigned long load[3] = {};

	go_on(load, 1, 12);
	expect_load(test, load[0], 63, 2);
	expect_load(test, load[1], 18, 2);
	expect_load(test, load[2], 6, 2);
	go_on(load, 1, 48);
	expect_load(test, load[0], 99, 2);
	expect_load(test, load[1], 63, 2);
	go_on(load, 1, 120);
	expect_load(test, load[2], 63, 2);
}

static void ctx_test_load_many(struct kunit *test)
{
	unsigned long load[3] = {};

	go_on(load, 100000, 720);
	expect_load(test, load[0], 10000000, 10);
	/* 1 - (EXP_15 / FIXED_1)^720, which is rounded, so a little below 1 - e^-4. */
	expect_load(test, load[2], 9793000, 2000);
}

static void ctx_test_load_falls(struct kunit *test)
{
	unsigned long load[3] = { 4 * FIXED_1, 4 * FIXED_1, 4 * FIXED_1 };

	go_on(load, 0, 12);
	expect_load(test, load[0], 147, 3);
	expect_load(test, load[1], 327, 3);
	go_on(load, 0, 10000);
	KUNIT_EXPECT_EQ(test, load[0] + load[1] + load[2], 0UL);
}

/* A look that comes late counts for all that were due. */
static void ctx_test_load_late(struct kunit *test)
{
	unsigned long late[3] = {}, load[3] = {};

	ctx_load_step(late, 7, 60);
	go_on(load, 7, 60);
	for (int i = 0; i < 3; i++)
		expect_load(test, late[i], load[i] * 100 / FIXED_1, 5);
}

static struct kunit_case ctx_cpu_test_cases[] = {
	KUNIT_CASE(ctx_test_load_rises),
	KUNIT_CASE(ctx_test_load_many),
	KUNIT_CASE(ctx_test_load_falls),
	KUNIT_CASE(ctx_test_load_late),
	{}
};

static struct kunit_suite ctx_cpu_test_suite = {
	.name = "ctx_cpu",
	.test_cases = ctx_cpu_test_cases,
};

kunit_test_suite(ctx_cpu_test_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("KUnit tests of the load averages of contexts");
MODULE_LICENSE("GPL");
