// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the LSM of contexts: hooks that no program can reach, because
 * the capability module refuses first, or not with all arguments. The thread
 * of the test becomes a task of a made-up context. A case is named like the
 * check that it is for: tests/qemu/mutate takes its name.
 */

#include <kunit/test.h>
#include <linux/ctx_lookup.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/sysctl.h>

#include "lsm.h"

#define ID	(CTX_ID_MAX - 2000)

struct fake {
	struct user_namespace *ns;
	struct ctx *ctx;
};

static void grant(struct kunit *test, u64 features, u32 netfilter)
{
	struct fake *fake = test->priv;

	WRITE_ONCE(fake->ctx->grants.features, features);
	WRITE_ONCE(fake->ctx->grants.netfilter, netfilter);
}

static int fake_init(struct kunit *test)
{
	struct fake *fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);
	struct ctx *ctx;
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, fake);
	fake->ns = kunit_kzalloc(test, sizeof(*fake->ns), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fake->ns);
	fake->ns->parent = &init_user_ns;
	refcount_set(&fake->ns->ns.count, 1);
	ctx = ctx_alloc(ID, "kunit");
	KUNIT_ASSERT_NOT_NULL(test, ctx);
	ctx->state = CTX_STATE_RUNNING;
	ctx->start_time = ktime_get_boottime_ns();
	ret = ctx_register(ctx, fake->ns, NULL);
	ctx_put(ctx);
	KUNIT_ASSERT_EQ(test, ret, 0);
	fake->ctx = ctx;
	test->priv = fake;
	static_branch_enable(&ctx_used);
	return 0;
}

static void fake_exit(struct kunit *test)
{
	struct fake *fake = test->priv;

	if (!fake)
		return;
	WRITE_ONCE(fake->ctx->state, CTX_STATE_DEAD);
	ctx_userns_release(fake->ns);
	rcu_barrier();
}

static void set_userns(struct kunit *test, struct user_namespace *ns)
{
	struct cred *cred = prepare_creds();

	KUNIT_ASSERT_NOT_NULL(test, cred);
	put_user_ns(cred->user_ns);
	cred->user_ns = get_user_ns(ns);
	commit_creds(cred);
}

/* Nothing in between may end the test: the namespace is the test's memory. */
static void enter(struct kunit *test)
{
	set_userns(test, ((struct fake *)test->priv)->ns);
}

static void leave(struct kunit *test)
{
	set_userns(test, &init_user_ns);
	rcu_barrier();
}

static s64 refused(struct kunit *test, enum ctx_refusal why)
{
	struct fake *fake = test->priv;

	return atomic64_read(&fake->ctx->refusals[why]);
}

static void ctx_test_ptrace_access_check(struct kunit *test)
{
	enter(test);
	KUNIT_EXPECT_EQ(test, ctx_ptrace_access_check(&init_task, PTRACE_MODE_ATTACH_REALCREDS),
			-EPERM);
	KUNIT_EXPECT_EQ(test, ctx_ptrace_access_check(&init_task, PTRACE_MODE_READ_FSCREDS),
			-EPERM);
	KUNIT_EXPECT_EQ(test, refused(test, CTX_REFUSED_PTRACE), 2LL);
	KUNIT_EXPECT_EQ(test, ctx_ptrace_access_check(&init_task, PTRACE_MODE_READ |
						      PTRACE_MODE_NOAUDIT), -EPERM);
	KUNIT_EXPECT_EQ(test, refused(test, CTX_REFUSED_PTRACE), 2LL);
	KUNIT_EXPECT_EQ(test, ctx_ptrace_access_check(current, PTRACE_MODE_ATTACH_REALCREDS), 0);
	leave(test);
	KUNIT_EXPECT_EQ(test, ctx_ptrace_access_check(&init_task, PTRACE_MODE_ATTACH_REALCREDS),
			0);
	KUNIT_EXPECT_EQ(test, refused(test, CTX_REFUSED_PTRACE), 2LL);
}

static void ctx_test_task_movememory(struct kunit *test)
{
	enter(test);
	KUNIT_EXPECT_EQ(test, ctx_task_movememory(&init_task), -EPERM);
	KUNIT_EXPECT_EQ(test, ctx_task_movememory(current), 0);
	leave(test);
	KUNIT_EXPECT_EQ(test, refused(test, CTX_REFUSED_SCHED), 1LL);
	KUNIT_EXPECT_EQ(test, ctx_task_movememory(&init_task), 0);
}

/* Should the capability module ever say yes over the host, or with its creds. */
static void ctx_test_capable(struct kunit *test)
{
	struct user_namespace *ns = ((struct fake *)test->priv)->ns;

	enter(test);
	KUNIT_EXPECT_EQ(test, ctx_capable(current_cred(), &init_user_ns, CAP_KILL, 0), -EPERM);
	KUNIT_EXPECT_EQ(test, refused(test, CTX_REFUSED_CAPABILITY), 1LL);
	KUNIT_EXPECT_EQ(test, ctx_capable(current_cred(), &init_user_ns, CAP_KILL,
					  CAP_OPT_NOAUDIT), -EPERM);
	KUNIT_EXPECT_EQ(test, refused(test, CTX_REFUSED_CAPABILITY), 1LL);
	KUNIT_EXPECT_EQ(test, ctx_capable(current_cred(), ns, CAP_KILL, 0), 0);
	KUNIT_EXPECT_EQ(test, ctx_capable(current_cred(), ns, CAP_SYS_MODULE, 0), -EPERM);
	leave(test);
	KUNIT_EXPECT_EQ(test, refused(test, CTX_REFUSED_CAPABILITY), 2LL);
	KUNIT_EXPECT_EQ(test, ctx_capable(current_cred(), ns, CAP_SYS_MODULE, 0), 0);
	KUNIT_EXPECT_EQ(test, ctx_capable(current_cred(), &init_user_ns, CAP_KILL, 0), 0);
}

static void ctx_test_locked_down(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, security_locked_down(LOCKDOWN_XFRM_SECRET), 0);
	enter(test);
	for (int what = LOCKDOWN_MODULE_SIGNATURE; what < LOCKDOWN_CONFIDENTIALITY_MAX; what++)
		KUNIT_EXPECT_EQ(test, security_locked_down(what), -EPERM);
	grant(test, BIT_ULL(CTX_FEATURE_IPSEC), 0);
	KUNIT_EXPECT_EQ(test, security_locked_down(LOCKDOWN_XFRM_SECRET), 0);
	KUNIT_EXPECT_EQ(test, security_locked_down(LOCKDOWN_KEXEC), -EPERM);
	leave(test);
	KUNIT_EXPECT_EQ(test, refused(test, CTX_REFUSED_KERNEL),
			(s64)(LOCKDOWN_CONFIDENTIALITY_MAX - LOCKDOWN_MODULE_SIGNATURE + 1));
}

static int seen(struct ctl_table_set *set)
{
	return 1;
}

static int not_seen(struct ctl_table_set *set)
{
	return 0;
}

static void ctx_test_sysctl(struct kunit *test)
{
	static struct ctl_table table[] = { { .procname = "setting" } };
	struct ctl_table_set set = { .is_seen = seen };
	struct ctl_table_header head = { .ctl_table = table };

	enter(test);
	KUNIT_EXPECT_EQ(test, __ctx_sysctl(&head, MAY_READ), 0);
	KUNIT_EXPECT_EQ(test, __ctx_sysctl(&head, MAY_WRITE), -EACCES);
	head.set = &set;
	KUNIT_EXPECT_EQ(test, __ctx_sysctl(&head, MAY_READ | MAY_WRITE), 0);
	set.is_seen = not_seen;
	KUNIT_EXPECT_EQ(test, __ctx_sysctl(&head, MAY_READ | MAY_WRITE), -EACCES);
	set.is_seen = NULL;
	KUNIT_EXPECT_EQ(test, __ctx_sysctl(&head, MAY_WRITE), -EACCES);
	leave(test);
	KUNIT_EXPECT_EQ(test, refused(test, CTX_REFUSED_SYSCTL), 3LL);
	KUNIT_EXPECT_EQ(test, __ctx_sysctl(&head, MAY_WRITE), 0);
}

static void ctx_test_netfilter(struct kunit *test)
{
	struct net *net = kunit_kzalloc(test, sizeof(*net), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, net);
	KUNIT_EXPECT_TRUE(test, __ctx_may_netfilter(&init_net, CTX_NETFILTER_FULL));
	net->user_ns = ((struct fake *)test->priv)->ns;
	for (u32 has = CTX_NETFILTER_DISABLED; has <= CTX_NETFILTER_FULL; has++) {
		grant(test, ~0ULL, has);
		for (u32 wants = CTX_NETFILTER_STATELESS; wants <= CTX_NETFILTER_FULL; wants++)
			KUNIT_EXPECT_EQ(test, __ctx_may_netfilter(net, wants), wants <= has);
	}
	KUNIT_EXPECT_EQ(test, refused(test, CTX_REFUSED_NETFILTER), 6LL);
}

static struct kunit_case ctx_lsm_test_cases[] = {
	KUNIT_CASE(ctx_test_ptrace_access_check),
	KUNIT_CASE(ctx_test_task_movememory),
	KUNIT_CASE(ctx_test_capable),
	KUNIT_CASE(ctx_test_locked_down),
	KUNIT_CASE(ctx_test_sysctl),
	KUNIT_CASE(ctx_test_netfilter),
	{}
};

static struct kunit_suite ctx_lsm_test_suite = {
	.name = "ctx_lsm",
	.init = fake_init,
	.exit = fake_exit,
	.test_cases = ctx_lsm_test_cases,
};

kunit_test_suite(ctx_lsm_test_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("KUnit tests of the LSM of contexts");
MODULE_LICENSE("GPL");
