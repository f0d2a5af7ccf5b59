// SPDX-License-Identifier: GPL-2.0
/*
 * insmod charge.ko pid=PID: how long a charge and its return take, in nanoseconds
 * times 1000, on the fast path, for the context of the process PID: in the log.
 * On a machine whose clock counts instructions these are instructions. Never stays.
 */
#include <linux/ctx_bc.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched/task.h>

#define TIMES	1000000

static int pid;
module_param(pid, int, 0);
MODULE_PARM_DESC(pid, "process whose context is charged");

static noinline s64 loop(struct ctx *ctx, bool charge)
{
	s64 begin = ktime_get_ns();

	for (int i = 0; i < TIMES; i++) {
		barrier();
		if (!charge)
			continue;
		if (ctx_charge(ctx, CTX_RES_NUMTIMER, 1))
			ctx_uncharge(ctx, CTX_RES_NUMTIMER, 1);
	}
	return ktime_get_ns() - begin;
}

static int __init charge_init(void)
{
	struct task_struct *task = get_pid_task(find_vpid(pid), PIDTYPE_PID);
	struct ctx *ctx;

	if (!task)
		return -ESRCH;
	ctx = ctx_of_task(task);
	if (ctx) {
		loop(ctx, true);
		for (int i = 0; i < 5; i++) {
			s64 empty = loop(ctx, false);
			s64 none = loop(NULL, true);

			/* The loop may be cheaper with the call than without. */
			pr_info("charge: context %lld, host %lld\n",
				(loop(ctx, true) - empty) * 1000 / TIMES,
				max(none - empty, 0LL) * 1000 / TIMES);
		}
	}
	put_task_struct(task);
	return ctx ? -EAGAIN : -ENOENT;
}
module_init(charge_init);

MODULE_DESCRIPTION("What a beancounter costs");
MODULE_LICENSE("GPL");
