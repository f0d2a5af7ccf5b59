// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: what became of the time of each processor.
 *
 * As a context sees it, a processor is running one of its tasks, or has one
 * that could run and does not (steal: another context's turn, or the quota is
 * used up), or all of them wait for a disk (iowait), or there is nothing to do.
 * PSI has this of each control group and processor. It counts in 32 bits,
 * which are full after four seconds in one state, so they are taken over in
 * time: by whoever reads, and every 2.5 seconds, see load.c.
 *
 * How the time that tasks ran is divided among user and system is the control
 * group's, by the tick, scaled as in /proc/PID/stat.
 */

#include <linux/cgroup.h>
#include <linux/percpu.h>
#include <linux/pid_namespace.h>
#include <linux/psi.h>
#include <linux/sched/cputime.h>
#include <linux/sched/loadavg.h>
#include <linux/timekeeping.h>

#include "internal.h"

/* Of one processor. All but @prev under &struct ctx_cpu.lock. */
struct ctx_cputime {
	u64			busy;		/* anything but idle */
	u64			steal;
	u64			iowait;
	u64			idle;		/* the most that was shown */
	u32			last_busy;	/* PSI's counters, as last seen */
	u32			last_steal;
	u32			last_iowait;
	struct prev_cputime	prev;		/* has its own lock */
};

/**
 * ctx_cpu_init - the processor time of a new context
 * @ctx: context that nobody knows yet
 *
 * Return: 0 or -ENOMEM.
 */
int ctx_cpu_init(struct ctx *ctx)
{
	int cpu;

	spin_lock_init(&ctx->cpu.lock);
	ctx->cpu.load_next = jiffies + LOAD_FREQ;
	ctx->cpu.time = alloc_percpu_gfp(struct ctx_cputime, GFP_KERNEL_ACCOUNT);
	if (!ctx->cpu.time)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		prev_cputime_init(&per_cpu_ptr(ctx->cpu.time, cpu)->prev);
	return 0;
}

/**
 * ctx_cpu_free - the end of it
 * @ctx: context that nothing refers to any more
 */
void ctx_cpu_free(struct ctx *ctx)
{
	free_percpu(ctx->cpu.time);
}

/**
 * ctx_psi - what PSI has of a context
 * @ctx: context
 *
 * Return: its group, or NULL where PSI is off.
 */
struct psi_group *ctx_psi(const struct ctx *ctx)
{
#ifdef CONFIG_PSI
	struct psi_group *group = ctx->cg.cgrp ? cgroup_psi(ctx->cg.cgrp) : NULL;

	if (group && !static_branch_unlikely(&psi_disabled) && READ_ONCE(group->enabled))
		return group;
#endif
	return NULL;
}

static u64 ran(const struct ctx *ctx, int cpu)
{
	if (!ctx->cg.cgrp)
		return 0;
	return per_cpu_ptr(ctx->cg.cgrp->rstat_cpu, cpu)->subtree_bstat.cputime.sum_exec_runtime;
}

#ifdef CONFIG_PSI
static void add(u64 *sum, u32 *last, u32 now)
{
	*sum += (u32)(now - *last);
	*last = now;
}

static void fold_psi(struct psi_group *group, struct ctx_cputime *time, int cpu,
		     struct ctx_cputasks *tasks)
{
	unsigned int counts[NR_PSI_TASK_COUNTS];
	unsigned int stalled;
	u32 times[NR_PSI_STATES];

	psi_group_read(group, cpu, counts, times);
	add(&time->busy, &time->last_busy, times[PSI_NONIDLE]);
	add(&time->steal, &time->last_steal, times[PSI_CPU_FULL]);
	add(&time->iowait, &time->last_iowait, times[PSI_IO_FULL]);

	/* One that waits for memory does so for a disk, as a rule. */
	stalled = counts[NR_MEMSTALL] - min(counts[NR_MEMSTALL], counts[NR_MEMSTALL_RUNNING]);
	*tasks = (struct ctx_cputasks){
		.running = counts[NR_RUNNING],
		.blocked = max(counts[NR_IOWAIT], stalled),
		.iowait = counts[NR_IOWAIT],
	};
}
#else
static void fold_psi(struct psi_group *group, struct ctx_cputime *time, int cpu,
		     struct ctx_cputasks *tasks)
{
}
#endif

/**
 * ctx_cpu_fold - take over what PSI has counted
 * @ctx: context
 * @cpu: processor
 * @tasks: of the context there; all 0 without PSI
 *
 * Without PSI all that is known is how long tasks have run, as of the last
 * flush of the control group.
 *
 * Return: nanoseconds that the processor was not idle.
 */
u64 ctx_cpu_fold(struct ctx *ctx, int cpu, struct ctx_cputasks *tasks)
{
	struct ctx_cputime *time = per_cpu_ptr(ctx->cpu.time, cpu);
	struct psi_group *group = ctx_psi(ctx);
	u64 busy;

	spin_lock(&ctx->cpu.lock);
	if (group) {
		fold_psi(group, time, cpu, tasks);
	} else {
		*tasks = (struct ctx_cputasks){};
		time->busy = max(time->busy, ran(ctx, cpu) + time->steal + time->iowait);
	}
	busy = time->busy;
	spin_unlock(&ctx->cpu.lock);
	return busy;
}

/**
 * ctx_cpu_begin - time counts from now on
 * @ctx: new context, locked
 */
void ctx_cpu_begin(struct ctx *ctx)
{
	struct ctx_cputasks tasks;
	int cpu;

	lockdep_assert_held(&ctx->lock);
	ctx->cpu.last_pid = idr_get_cursor(&ns_of_pid(ctx->init)->idr);
	for_each_possible_cpu(cpu) {
		struct ctx_cputime *time = per_cpu_ptr(ctx->cpu.time, cpu);

		ctx_cpu_fold(ctx, cpu, &tasks);
		spin_lock(&ctx->cpu.lock);
		time->busy = 0;
		time->steal = 0;
		time->iowait = 0;
		spin_unlock(&ctx->cpu.lock);
	}
	ctx_load_begin();
}

/**
 * ctx_cpu_wall - nanoseconds since NEW
 * @ctx: context
 */
u64 ctx_cpu_wall(const struct ctx *ctx)
{
	return ktime_get_boottime_ns() - ctx->start_time;
}

/**
 * ctx_cpu_times - what became of a processor's time
 * @ctx: context, its control group flushed
 * @cpu: processor
 * @times: nanoseconds, which add up to the time since NEW
 * @tasks: of the context there
 *
 * None of the times ever goes back.
 */
void ctx_cpu_times(struct ctx *ctx, int cpu, struct ctx_cputimes *times,
		   struct ctx_cputasks *tasks)
{
	struct ctx_cputime *time = per_cpu_ptr(ctx->cpu.time, cpu);
	const struct cgroup_base_stat *stat;
	struct task_cputime cputime;
	u64 wall = ctx_cpu_wall(ctx);
	u64 spent;

	ctx_cpu_fold(ctx, cpu, tasks);
	stat = &per_cpu_ptr(ctx->cg.cgrp->rstat_cpu, cpu)->subtree_bstat;
	cputime = stat->cputime;

	scoped_guard(spinlock, &ctx->cpu.lock) {
		spent = time->steal + time->iowait;
		/* Tasks that sleep for want of memory are not idle to PSI, but do not run. */
		cputime.sum_exec_runtime = min(cputime.sum_exec_runtime,
					       time->busy - min(time->busy, spent));
		spent += cputime.sum_exec_runtime;
		time->idle = max(time->idle, wall - min(wall, spent));
		times->steal = time->steal;
		times->iowait = time->iowait;
		times->idle = time->idle;
	}
	cputime_adjust(&cputime, &time->prev, &times->user, &times->system);
	times->nice = min(stat->ntime, times->user);
	times->user -= times->nice;
}
