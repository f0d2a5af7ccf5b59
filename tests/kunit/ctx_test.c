// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of contexts: what needs no process.
 *
 * The registry is the kernel's own, with whatever contexts there are; the
 * tests take ids from the top and look only at what they have made.
 */

#include <kunit/test.h>
#include <linux/ctx_lookup.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/signal.h>

#include "internal.h"

#define ID(n)	(CTX_ID_MAX - 1000 + (n))

static struct user_namespace *test_userns(struct kunit *test,
					  struct user_namespace *parent)
{
	struct user_namespace *ns = kunit_kzalloc(test, sizeof(*ns), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ns);
	ns->parent = parent;
	ctx_userns_inherit(ns, parent);
	return ns;
}

/* A running context with its one reference in @ns, or the error. */
static int test_register(struct kunit *test, u32 id, struct user_namespace *ns)
{
	struct ctx *ctx = ctx_alloc(id, "kunit");
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, ctx);
	ctx->state = CTX_STATE_RUNNING;
	ret = ctx_register(ctx, ns, NULL);
	ctx_put(ctx);
	return ret;
}

static void test_die(struct user_namespace *ns)
{
	WRITE_ONCE(ctx_of_userns(ns)->state, CTX_STATE_DEAD);
}

/* Whom a look-up of the id finds. */
static struct ctx *test_find(u32 id)
{
	struct ctx *ctx = ctx_find(id);

	if (ctx)
		ctx_put(ctx);
	return ctx;
}

static void ctx_test_names(struct kunit *test)
{
	char name[CTX_NAME_MAX + 2];
	int c;

	memset(name, 'n', sizeof(name));
	name[CTX_NAME_MAX] = '\0';
	KUNIT_EXPECT_TRUE(test, ctx_name_valid(name));
	name[CTX_NAME_MAX] = 'n';
	name[CTX_NAME_MAX + 1] = '\0';
	KUNIT_EXPECT_FALSE(test, ctx_name_valid(name));
	KUNIT_EXPECT_FALSE(test, ctx_name_valid(""));

	strscpy(name, "a?b", sizeof(name));
	for (c = 1; c < 256; c++) {
		name[1] = c;
		KUNIT_EXPECT_EQ_MSG(test, ctx_name_valid(name),
				    c > 0x20 && c < 0x7f && c != '/',
				    "character 0x%02x", c);
	}
}

struct reason_case {
	const char *name;
	bool killed;
	int reboot, status;
	enum ctx_reason reason;
};

static const struct reason_case reason_cases[] = {
	{ "exit 0", false, 0, 0, CTX_REASON_EXIT },
	{ "exit 255", false, 0, 255 << 8, CTX_REASON_EXIT },
	{ "SIGSEGV", false, 0, SIGSEGV, CTX_REASON_SIGNAL },
	{ "SIGSEGV with core", false, 0, SIGSEGV | 0x80, CTX_REASON_SIGNAL },
	{ "SIGHUP itself", false, 0, SIGHUP, CTX_REASON_SIGNAL },
	{ "reboot", false, SIGHUP, SIGHUP, CTX_REASON_REBOOT },
	{ "halt", false, SIGINT, SIGINT, CTX_REASON_HALT },
	{ "killed", true, 0, SIGKILL, CTX_REASON_KILLED },
	{ "killed, exit", true, 0, 0, CTX_REASON_KILLED },
	{ "killed, reboot", true, SIGHUP, SIGHUP, CTX_REASON_KILLED },
};

KUNIT_ARRAY_PARAM_DESC(reason, reason_cases, name);

static void ctx_test_reasons(struct kunit *test)
{
	const struct reason_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, ctx_stop_reason(c->killed, c->reboot, c->status),
			c->reason);
}

static void ctx_test_label(struct kunit *test)
{
	struct user_namespace *ns = test_userns(test, &init_user_ns);
	struct user_namespace *child, *grandchild;
	struct ctx *ctx;

	KUNIT_EXPECT_PTR_EQ(test, ns->ctx, NULL);
	KUNIT_EXPECT_PTR_EQ(test, init_user_ns.ctx, NULL);
	KUNIT_ASSERT_EQ(test, test_register(test, ID(1), ns), 0);
	ctx = ctx_of_userns(ns);
	KUNIT_ASSERT_NOT_NULL(test, ctx);
	KUNIT_EXPECT_EQ(test, ctx_id(ctx), ID(1));
	KUNIT_EXPECT_EQ(test, refcount_read(&ctx->ref), 1);
	KUNIT_EXPECT_PTR_EQ(test, ctx_of_ns(&init_user_ns.ns), NULL);

	/* A second label is refused, and nothing is left of the try. */
	KUNIT_EXPECT_EQ(test, test_register(test, ID(2), ns), -EEXIST);
	KUNIT_EXPECT_PTR_EQ(test, test_find(ID(2)), NULL);
	KUNIT_EXPECT_PTR_EQ(test, ctx_of_userns(ns), ctx);

	child = test_userns(test, ns);
	grandchild = test_userns(test, child);
	KUNIT_EXPECT_PTR_EQ(test, ctx_of_userns(child), ctx);
	KUNIT_EXPECT_PTR_EQ(test, ctx_of_userns(grandchild), ctx);
	KUNIT_EXPECT_EQ(test, refcount_read(&ctx->ref), 3);

	/* The last user namespace takes it along, whichever that is. */
	test_die(ns);
	ctx_userns_release(ns);
	ctx_userns_release(child);
	KUNIT_EXPECT_PTR_EQ(test, test_find(ID(1)), ctx);
	ctx_userns_release(grandchild);
	KUNIT_EXPECT_PTR_EQ(test, test_find(ID(1)), NULL);
}

static void ctx_test_unlabellable(struct kunit *test)
{
	struct user_namespace *ns = test_userns(test, &init_user_ns);
	struct user_namespace *child = test_userns(test, ns);

	KUNIT_EXPECT_PTR_EQ(test, ns->ctx, CTX_UNLABELLABLE);
	KUNIT_EXPECT_PTR_EQ(test, ctx_of_userns(ns), NULL);
	KUNIT_EXPECT_PTR_EQ(test, child->ctx, NULL);
	KUNIT_EXPECT_EQ(test, test_register(test, ID(3), ns), -EBUSY);
	KUNIT_EXPECT_PTR_EQ(test, test_find(ID(3)), NULL);
	test_userns(test, ns);
	KUNIT_EXPECT_PTR_EQ(test, ns->ctx, CTX_UNLABELLABLE);
	ctx_userns_release(ns);

	/* The host's own has children and is not marked: it never has a label. */
	KUNIT_EXPECT_PTR_EQ(test, init_user_ns.ctx, NULL);
}

static void ctx_test_ids(struct kunit *test)
{
	struct user_namespace *a = test_userns(test, &init_user_ns);
	struct user_namespace *b = test_userns(test, &init_user_ns);
	struct user_namespace *c = test_userns(test, &init_user_ns);
	struct ctx *dead;
	u64 serial;

	KUNIT_ASSERT_EQ(test, test_register(test, ID(4), a), 0);
	KUNIT_EXPECT_EQ(test, test_register(test, ID(4), b), -EEXIST);
	KUNIT_EXPECT_PTR_EQ(test, b->ctx, NULL);
	ctx_of_userns(a)->state = CTX_STATE_STOPPING;
	KUNIT_EXPECT_EQ(test, test_register(test, ID(4), b), -EEXIST);

	/* A dead one gives its id away and stays what it was but for that. */
	dead = ctx_of_userns(a);
	test_die(a);
	KUNIT_EXPECT_PTR_EQ(test, test_find(ID(4)), dead);
	serial = dead->serial;
	KUNIT_ASSERT_EQ(test, test_register(test, ID(4), b), 0);
	KUNIT_EXPECT_PTR_EQ(test, test_find(ID(4)), ctx_of_userns(b));
	KUNIT_EXPECT_EQ(test, dead->serial, serial);
	KUNIT_EXPECT_EQ(test, ctx_of_userns(b)->serial, serial + 1);

	/* Its end does not touch the slot of the new owner. */
	ctx_userns_release(a);
	KUNIT_EXPECT_PTR_EQ(test, test_find(ID(4)), ctx_of_userns(b));

	/* A registration that fails puts the dead one back. */
	dead = ctx_of_userns(b);
	test_die(b);
	c->ctx = CTX_UNLABELLABLE;
	KUNIT_EXPECT_EQ(test, test_register(test, ID(4), c), -EBUSY);
	KUNIT_EXPECT_PTR_EQ(test, test_find(ID(4)), dead);
	ctx_userns_release(b);
	KUNIT_EXPECT_PTR_EQ(test, test_find(ID(4)), NULL);

	/* A number that a failure has not used is the next one's. */
	c->ctx = NULL;
	KUNIT_ASSERT_EQ(test, test_register(test, ID(4), c), 0);
	KUNIT_EXPECT_EQ(test, ctx_of_userns(c)->serial, serial + 2);
	test_die(c);
	ctx_userns_release(c);
}

#define DUMPED	64

/*
 * A dump that is interrupted after each entry, while every other one of those
 * before and behind the cursor goes, and new ones come.
 */
static void ctx_test_dump(struct kunit *test)
{
	struct user_namespace *ns[DUMPED], *late[DUMPED];
	unsigned long first, serial, before = 0;
	int seen[DUMPED] = {}, i, n = 0;
	struct ctx *ctx;

	for (i = 0; i < DUMPED; i++) {
		ns[i] = test_userns(test, &init_user_ns);
		KUNIT_ASSERT_EQ(test, test_register(test, ID(100 + i), ns[i]), 0);
	}
	first = ctx_of_userns(ns[0])->serial;

	for (serial = first; (ctx = ctx_next(&serial)); serial++) {
		KUNIT_EXPECT_EQ(test, ctx->serial, serial);
		KUNIT_EXPECT_GT(test, serial, before);
		before = serial;
		if (ctx->id >= ID(100) && ctx->id < ID(100 + DUMPED))
			seen[ctx->id - ID(100)]++;
		ctx_put(ctx);
		if (n == DUMPED)
			continue;
		late[n] = test_userns(test, &init_user_ns);
		KUNIT_ASSERT_EQ(test, test_register(test, ID(200 + n), late[n]), 0);
		i = (n * 37) % DUMPED;
		if (i % 2) {
			test_die(ns[i]);
			ctx_userns_release(ns[i]);
		}
		n++;
	}

	for (i = 0; i < DUMPED; i++) {
		KUNIT_EXPECT_LE(test, seen[i], 1);
		if (i % 2 == 0) {
			KUNIT_EXPECT_EQ(test, seen[i], 1);
			test_die(ns[i]);
			ctx_userns_release(ns[i]);
		}
	}
	for (i = 0; i < n; i++) {
		test_die(late[i]);
		ctx_userns_release(late[i]);
	}
	serial = first;
	ctx = ctx_next(&serial);
	if (ctx)
		ctx_put(ctx);
	KUNIT_EXPECT_TRUE(test, !ctx || serial > before);
}

/* An entry whose last reference is gone is not found, though it is there. */
static void ctx_test_weak(struct kunit *test)
{
	struct user_namespace *ns = test_userns(test, &init_user_ns);
	unsigned long serial;
	struct ctx *ctx, *found;

	KUNIT_ASSERT_EQ(test, test_register(test, ID(5), ns), 0);
	ctx = ctx_of_userns(ns);
	serial = ctx->serial;
	refcount_set(&ctx->ref, 0);
	KUNIT_EXPECT_PTR_EQ(test, test_find(ID(5)), NULL);
	found = ctx_next(&serial);
	KUNIT_EXPECT_PTR_NE(test, found, ctx);
	if (found)
		ctx_put(found);
	refcount_set(&ctx->ref, 1);
	test_die(ns);
	ctx_userns_release(ns);
}

static void ctx_test_releases(struct kunit *test)
{
	char release[CTX_OSRELEASE_MAX + 2];

	KUNIT_EXPECT_TRUE(test, ctx_release_valid(""));
	KUNIT_EXPECT_TRUE(test, ctx_release_valid("6.1.0-18-amd64"));
	KUNIT_EXPECT_TRUE(test, ctx_release_valid("~!"));
	KUNIT_EXPECT_FALSE(test, ctx_release_valid("a b"));
	KUNIT_EXPECT_FALSE(test, ctx_release_valid("a\n"));
	KUNIT_EXPECT_FALSE(test, ctx_release_valid("\177"));
	KUNIT_EXPECT_FALSE(test, ctx_release_valid("\xc3\xa4"));
	memset(release, 'r', sizeof(release));
	release[CTX_OSRELEASE_MAX + 1] = '\0';
	KUNIT_EXPECT_FALSE(test, ctx_release_valid(release));
	release[CTX_OSRELEASE_MAX] = '\0';
	KUNIT_EXPECT_TRUE(test, ctx_release_valid(release));
}

static struct kunit_case ctx_test_cases[] = {
	KUNIT_CASE(ctx_test_names),
	KUNIT_CASE(ctx_test_releases),
	KUNIT_CASE_PARAM(ctx_test_reasons, reason_gen_params),
	KUNIT_CASE(ctx_test_label),
	KUNIT_CASE(ctx_test_unlabellable),
	KUNIT_CASE(ctx_test_ids),
	KUNIT_CASE(ctx_test_dump),
	KUNIT_CASE(ctx_test_weak),
	{}
};

static struct kunit_suite ctx_test_suite = {
	.name = "ctx",
	.test_cases = ctx_test_cases,
};

kunit_test_suite(ctx_test_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("KUnit tests of contexts");
MODULE_LICENSE("GPL");
