// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the beancounters: exact at the limit whatever the stocks of the
 * CPUs have, from one CPU and from all of them.
 */

#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/ctx_bc.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/prandom.h>

#include "internal.h"

#define ID	(CTX_ID_MAX - 900)
#define RES	CTX_RES_NUMFILE

static struct ctx *test_ctx(struct kunit *test)
{
	return test->priv;
}

static int test_init(struct kunit *test)
{
	test->priv = ctx_alloc(ID, "kunit");
	KUNIT_ASSERT_NOT_NULL(test, test->priv);
	return 0;
}

static void test_exit(struct kunit *test)
{
	struct ctx *ctx = test_ctx(test);

	for (int i = 0; i < __CTX_RES_MAX; i++)
		KUNIT_EXPECT_EQ_MSG(test, ctx_held(ctx, i), 0, "resource %d", i);
	ctx_put(ctx);
}

static struct ctx_bean_info told(struct ctx *ctx, enum ctx_resource res)
{
	struct ctx_bean_info info;

	ctx_bean_info(ctx, res, &info);
	return info;
}

/* The next of the CPUs that are on; so the stocks of all are used. */
static void move_on(void)
{
	unsigned int cpu = cpumask_next(raw_smp_processor_id(), cpu_online_mask);

	if (cpu >= nr_cpu_ids)
		cpu = cpumask_first(cpu_online_mask);
	set_cpus_allowed_ptr(current, cpumask_of(cpu));
}

static void stay_anywhere(void)
{
	set_cpus_allowed_ptr(current, cpu_possible_mask);
}

/* One at a time, on all CPUs in turn, until it is refused. */
static unsigned long charge_all(struct ctx *ctx, unsigned long most)
{
	unsigned long n = 0;

	while (n <= most && ctx_charge(ctx, RES, 1))
		if (++n % 7 == 0)
			move_on();
	stay_anywhere();
	return n;
}

static void uncharge_all(struct ctx *ctx, unsigned long n)
{
	while (n) {
		ctx_uncharge(ctx, RES, 1);
		if (--n % 5 == 0)
			move_on();
	}
	stay_anywhere();
}

static const unsigned long limits[] = { 0, 1, 2, 31, 32, 100, 1000, 5000 };

static void limit_desc(const unsigned long *limit, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%lu", *limit);
}

KUNIT_ARRAY_PARAM(limit, limits, limit_desc);

static void ctx_test_exact(struct kunit *test)
{
	const unsigned long limit = *(const unsigned long *)test->param_value;
	struct ctx *ctx = test_ctx(test);

	ctx_set_limit(ctx, RES, limit, limit);
	for (u64 round = 1; round <= 3; round++) {
		KUNIT_ASSERT_EQ(test, charge_all(ctx, limit), limit);
		KUNIT_EXPECT_EQ(test, ctx_held(ctx, RES), limit);
		KUNIT_EXPECT_EQ(test, told(ctx, RES).failcnt, round);
		KUNIT_EXPECT_EQ(test, told(ctx, RES).maxheld, limit);
		uncharge_all(ctx, limit);
		KUNIT_EXPECT_EQ(test, ctx_held(ctx, RES), 0);
	}
	if (!limit)
		return;
	/* What one CPU has in stock another one gets. */
	KUNIT_EXPECT_TRUE(test, ctx_charge(ctx, RES, limit));
	KUNIT_EXPECT_FALSE(test, ctx_charge(ctx, RES, 1));
	ctx_uncharge(ctx, RES, 1);
	move_on();
	KUNIT_EXPECT_FALSE(test, ctx_charge(ctx, RES, 2));
	KUNIT_EXPECT_TRUE(test, ctx_charge(ctx, RES, 1));
	stay_anywhere();
	ctx_uncharge(ctx, RES, limit);
	KUNIT_EXPECT_EQ(test, told(ctx, RES).maxheld, limit);
}

static void ctx_test_barrier(struct kunit *test)
{
	struct ctx *ctx = test_ctx(test);
	unsigned long n = 0;

	ctx_set_limit(ctx, RES, 1000, 1200);
	while (n <= 1000 && ctx_charge_soft(ctx, RES, 1))
		if (++n % 7 == 0)
			move_on();
	KUNIT_EXPECT_EQ(test, n, 1000);
	KUNIT_EXPECT_EQ(test, told(ctx, RES).failcnt, 1);
	KUNIT_EXPECT_EQ(test, charge_all(ctx, 200), 200);
	KUNIT_EXPECT_EQ(test, told(ctx, RES).failcnt, 2);

	/* What is given back above the barrier is for hard requests only. */
	for (n = 0; n < 199; n++) {
		ctx_uncharge(ctx, RES, 1);
		KUNIT_ASSERT_FALSE(test, ctx_charge_soft(ctx, RES, 1));
	}
	ctx_uncharge(ctx, RES, 1);
	KUNIT_EXPECT_FALSE(test, ctx_charge_soft(ctx, RES, 1));
	ctx_uncharge(ctx, RES, 1);
	KUNIT_EXPECT_TRUE(test, ctx_charge_soft(ctx, RES, 1));
	KUNIT_EXPECT_FALSE(test, ctx_charge(ctx, RES, 201));
	KUNIT_EXPECT_TRUE(test, ctx_charge(ctx, RES, 200));
	ctx_uncharge(ctx, RES, 1200);
	KUNIT_EXPECT_EQ(test, told(ctx, RES).barrier, 1000);
	KUNIT_EXPECT_EQ(test, told(ctx, RES).limit, 1200);
	KUNIT_EXPECT_EQ(test, told(ctx, RES).maxheld, 1200);
}

static void ctx_test_lowered(struct kunit *test)
{
	struct ctx *ctx = test_ctx(test);

	KUNIT_EXPECT_EQ(test, told(ctx, RES).limit, CTX_UNLIMITED);
	KUNIT_EXPECT_EQ(test, told(ctx, RES).barrier, CTX_UNLIMITED);
	KUNIT_ASSERT_EQ(test, charge_all(ctx, 999), 1000);
	ctx_set_limit(ctx, RES, 100, 100);
	KUNIT_EXPECT_EQ(test, ctx_held(ctx, RES), 1000);
	for (int n = 1000; n > 100; n--) {
		KUNIT_ASSERT_FALSE_MSG(test, ctx_charge(ctx, RES, 1), "with %d", n);
		ctx_uncharge(ctx, RES, 1);
	}
	KUNIT_EXPECT_EQ(test, ctx_held(ctx, RES), 100);
	KUNIT_EXPECT_FALSE(test, ctx_charge(ctx, RES, 1));
	ctx_uncharge(ctx, RES, 1);
	KUNIT_EXPECT_TRUE(test, ctx_charge(ctx, RES, 1));
	ctx_set_limit(ctx, RES, 101, 101);
	KUNIT_EXPECT_TRUE(test, ctx_charge(ctx, RES, 1));
	KUNIT_EXPECT_FALSE(test, ctx_charge(ctx, RES, 1));
	uncharge_all(ctx, 101);
}

static void ctx_test_large(struct kunit *test)
{
	struct ctx *ctx = test_ctx(test);

	/* Nothing wraps: not by a sum of them, and not by one. */
	for (int i = 0; i < 5; i++)
		KUNIT_EXPECT_TRUE(test, ctx_charge(ctx, RES, UINT_MAX));
	KUNIT_EXPECT_EQ(test, ctx_held(ctx, RES), 5UL * UINT_MAX);
	for (int i = 0; i < 4; i++)
		ctx_uncharge(ctx, RES, UINT_MAX);
	ctx_set_limit(ctx, RES, UINT_MAX, UINT_MAX);
	KUNIT_EXPECT_FALSE(test, ctx_charge(ctx, RES, 1));
	ctx_uncharge(ctx, RES, UINT_MAX);
	ctx_set_limit(ctx, RES, 1000, 1000);
	KUNIT_EXPECT_FALSE(test, ctx_charge(ctx, RES, UINT_MAX));
	KUNIT_EXPECT_FALSE(test, ctx_charge(ctx, RES, INT_MAX));
	KUNIT_EXPECT_FALSE(test, ctx_charge(ctx, RES, 1U << 31));
	KUNIT_EXPECT_FALSE(test, ctx_charge(ctx, RES, 1001));
	KUNIT_EXPECT_TRUE(test, ctx_charge(ctx, RES, 1000));
	ctx_uncharge(ctx, RES, 1000);
	ctx_set_limit(ctx, RES, 0, 0);
	KUNIT_EXPECT_TRUE(test, ctx_charge(ctx, RES, 0));
}

static void ctx_test_forced(struct kunit *test)
{
	struct ctx *ctx = test_ctx(test);

	ctx_set_limit(ctx, RES, 100, 100);
	for (int i = 0; i < 150; i++)
		ctx_charge_force(ctx, RES, 1);
	KUNIT_EXPECT_EQ(test, ctx_held(ctx, RES), 150);
	KUNIT_EXPECT_EQ(test, told(ctx, RES).maxheld, 150);
	KUNIT_EXPECT_EQ(test, told(ctx, RES).failcnt, 0);
	for (int i = 0; i < 50; i++) {
		ctx_uncharge(ctx, RES, 1);
		KUNIT_ASSERT_FALSE(test, ctx_charge(ctx, RES, 1));
	}
	ctx_uncharge(ctx, RES, 10);
	KUNIT_EXPECT_EQ(test, charge_all(ctx, 20), 10);
	uncharge_all(ctx, 100);
	/* The host has no limits. */
	KUNIT_EXPECT_TRUE(test, ctx_charge(NULL, RES, 1));
	KUNIT_EXPECT_TRUE(test, ctx_charge_soft(NULL, RES, 1));
	ctx_charge_force(NULL, RES, 1);
	ctx_uncharge(NULL, RES, 1);
}

/* Small ones are seen exactly as long as no stock has anything; else most of it. */
static void ctx_test_maxheld(struct kunit *test)
{
	struct ctx *ctx = test_ctx(test);

	charge_all(ctx, 12 - 1);
	uncharge_all(ctx, 12);
	KUNIT_EXPECT_EQ(test, told(ctx, RES).maxheld, 12);
	for (unsigned long n = 128; n <= 4096; n *= 2) {
		unsigned long max;

		charge_all(ctx, n - 1);
		uncharge_all(ctx, n);
		max = told(ctx, RES).maxheld;
		KUNIT_EXPECT_LE(test, max, n);
		KUNIT_EXPECT_GE(test, max, n - n / 4);
	}
}

/* The stocks stay a small part of the limit, and are used at all. */
static void ctx_test_stocks(struct kunit *test)
{
	struct ctx *ctx = test_ctx(test);
	struct ctx_bean *bean = &ctx->bc.bean[RES];
	long most = 0;

	ctx_set_limit(ctx, RES, 100000, 100000);
	for (int i = 0; i < 20000; i++) {
		KUNIT_ASSERT_TRUE(test, ctx_charge(ctx, RES, 1));
		most = max(most, atomic_long_read(&bean->held) - (long)ctx_held(ctx, RES));
		if (i % 100 == 0)
			move_on();
	}
	KUNIT_EXPECT_GT(test, most, 0);
	KUNIT_EXPECT_LE(test, most, 20000 / 8);
	for (int i = 0; i < 20000; i++)
		ctx_uncharge(ctx, RES, 1);
	stay_anywhere();
	most = atomic_long_read(&bean->held) - (long)ctx_held(ctx, RES);
	KUNIT_EXPECT_LE(test, most, 64 * num_possible_cpus());
}

/* Each reads its own; what is told of those of a controller needs no group. */
static void ctx_test_resources(struct kunit *test)
{
	struct ctx *ctx = test_ctx(test);

	for (int i = 0; i < __CTX_RES_MAX; i++) {
		KUNIT_EXPECT_EQ(test, told(ctx, i).held, 0);
		if (!ctx_resource_counted(i))
			continue;
		ctx_set_limit(ctx, i, 10 + i, 20 + i);
		KUNIT_EXPECT_TRUE(test, ctx_charge(ctx, i, 10 + i));
	}
	for (int i = 0; i < __CTX_RES_MAX; i++) {
		struct ctx_bean_info info = told(ctx, i);
		bool counted = ctx_resource_counted(i);

		KUNIT_EXPECT_EQ(test, info.held, counted ? 10 + i : 0);
		KUNIT_EXPECT_EQ(test, info.barrier, counted ? 10 + i : CTX_UNLIMITED);
		KUNIT_EXPECT_EQ(test, info.limit, counted ? 20 + i : CTX_UNLIMITED);
		if (counted)
			ctx_uncharge(ctx, i, 10 + i);
	}
}

/* For the threads of one test. */
struct crowd {
	struct ctx	*ctx;
	long		limit;
	atomic_long_t	held;	/* what they know that they have */
	atomic_long_t	passed;	/* how often that was above the limit */
	atomic_t	busy;	/* who is at work */
	bool		keep;
};

static int use(void *arg)
{
	struct crowd *crowd = arg;
	struct rnd_state rnd;
	long got = 0;

	prandom_seed_state(&rnd, raw_smp_processor_id() + 1);
	for (int i = 0; i < 20000; i++) {
		unsigned int n = crowd->keep ? 1 : prandom_u32_state(&rnd) % 40;

		if (!ctx_charge(crowd->ctx, RES, n))
			continue;
		got += n;
		if (atomic_long_add_return(n, &crowd->held) > crowd->limit)
			atomic_long_inc(&crowd->passed);
		if (crowd->keep)
			continue;
		if (i % 16 == 0)
			cond_resched();
		n = got > 300 || i % 3 ? n : 0;
		got -= n;
		atomic_long_sub(n, &crowd->held);
		ctx_uncharge(crowd->ctx, RES, n);
	}
	atomic_dec(&crowd->busy);
	while (!kthread_should_stop())
		usleep_range(500, 1000);
	return got;
}

static long run_crowd(struct kunit *test, struct crowd *crowd)
{
	const unsigned int count = 2 * num_online_cpus();
	struct task_struct **tasks;
	long sum = 0;

	tasks = kunit_kcalloc(test, count, sizeof(*tasks), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, tasks);
	ctx_set_limit(crowd->ctx, RES, crowd->limit, crowd->limit);
	for (unsigned int i = 0; i < count; i++) {
		tasks[i] = kthread_create(use, crowd, "ctx_bc/%u", i);
		KUNIT_EXPECT_FALSE(test, IS_ERR(tasks[i]));
		if (IS_ERR(tasks[i]))
			continue;
		kthread_bind(tasks[i], cpumask_nth(i % num_online_cpus(), cpu_online_mask));
	}
	for (unsigned int i = 0; i < count; i++) {
		if (IS_ERR(tasks[i]))
			continue;
		atomic_inc(&crowd->busy);
		wake_up_process(tasks[i]);
	}
	/* One that is stopped before it has begun does not begin. */
	while (atomic_read(&crowd->busy))
		usleep_range(500, 1000);
	for (unsigned int i = 0; i < count; i++)
		if (!IS_ERR(tasks[i]))
			sum += kthread_stop(tasks[i]);
	return sum;
}

static void ctx_test_crowd(struct kunit *test)
{
	struct ctx *ctx = test_ctx(test);

	for (long limit = 30; limit <= 100000; limit *= 7) {
		struct crowd crowd = { .ctx = ctx, .limit = limit };
		long sum = run_crowd(test, &crowd);

		KUNIT_EXPECT_EQ(test, atomic_long_read(&crowd.passed), 0);
		KUNIT_EXPECT_EQ(test, ctx_held(ctx, RES), sum);
		/* Nothing is lost: the rest can be had to the last one. */
		KUNIT_EXPECT_LE(test, sum, limit);
		KUNIT_EXPECT_TRUE(test, ctx_charge(ctx, RES, limit - sum));
		KUNIT_EXPECT_FALSE(test, ctx_charge(ctx, RES, 1));
		ctx_uncharge(ctx, RES, limit);
		KUNIT_EXPECT_EQ(test, ctx_held(ctx, RES), 0);
	}
}

/* Who takes and keeps gets all there is, and not one more. */
static void ctx_test_last(struct kunit *test)
{
	struct crowd crowd = { .ctx = test_ctx(test), .limit = 10000, .keep = true };
	long sum = run_crowd(test, &crowd);

	KUNIT_EXPECT_EQ(test, sum, 10000);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&crowd.passed), 0);
	KUNIT_EXPECT_GT(test, told(crowd.ctx, RES).failcnt, 0);
	ctx_uncharge(crowd.ctx, RES, sum);
}

static struct kunit_case ctx_bc_test_cases[] = {
	KUNIT_CASE_PARAM(ctx_test_exact, limit_gen_params),
	KUNIT_CASE(ctx_test_barrier),
	KUNIT_CASE(ctx_test_lowered),
	KUNIT_CASE(ctx_test_large),
	KUNIT_CASE(ctx_test_forced),
	KUNIT_CASE(ctx_test_maxheld),
	KUNIT_CASE(ctx_test_stocks),
	KUNIT_CASE(ctx_test_resources),
	KUNIT_CASE(ctx_test_crowd),
	KUNIT_CASE(ctx_test_last),
	{}
};

static struct kunit_suite ctx_bc_test_suite = {
	.name = "ctx_bc",
	.init = test_init,
	.exit = test_exit,
	.test_cases = ctx_bc_test_cases,
};

kunit_test_suite(ctx_bc_test_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("KUnit tests of beancounters");
MODULE_LICENSE("GPL");
