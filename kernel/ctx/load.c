// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: load averages.
 *
 * One work looks at all contexts, twice in each LOAD_FREQ, because PSI's
 * counters would overflow else, and computes the averages with each second
 * look: by the same formula as the host's, of the tasks that run, could run,
 * or wait for a disk. The scheduler is not involved. A context that has been
 * idle is told by PSI's own work for it, which is not queued then.
 */

#include <kunit/visibility.h>
#include <linux/cpumask.h>
#include <linux/pid_namespace.h>
#include <linux/psi.h>
#include <linux/sched/loadavg.h>
#include <linux/workqueue.h>

#include "internal.h"

#define SAMPLE_FREQ	(LOAD_FREQ / 2 + 1)

static void ctx_sample_all(struct work_struct *work);
static DECLARE_DELAYED_WORK(ctx_sample_work, ctx_sample_all);

/* Of that work alone, which never runs twice at a time. */
static struct cpumask ctx_sample_cpus;

/**
 * ctx_load_step - go on with the averages
 * @load: three averages
 * @active: tasks
 * @periods: how many times LOAD_FREQ has passed
 */
void ctx_load_step(unsigned long load[3], unsigned long active, unsigned int periods)
{
	static const unsigned long exp[] = { EXP_1, EXP_5, EXP_15 };

	active *= FIXED_1;
	for (int i = 0; i < 3; i++)
		WRITE_ONCE(load[i], calc_load_n(load[i], exp[i], active, periods));
}
EXPORT_SYMBOL_IF_KUNIT(ctx_load_step);

/* Nothing has run, nor waited for a disk, for two seconds or more. */
static bool is_idle(const struct ctx *ctx)
{
#ifdef CONFIG_PSI
	struct psi_group *group = ctx_psi(ctx);

	return !group || (!delayed_work_pending(&group->avgs_work) &&
			  !work_busy(&group->avgs_work.work));
#else
	return true;
#endif
}

/**
 * ctx_forks - processes and threads that were made in a context
 * @ctx: context
 *
 * By the numbers that were given away in the pid namespace of init. They begin
 * again at the end, where one that nobody has seen is lost.
 *
 * Return: how many.
 */
u64 ctx_forks(struct ctx *ctx)
{
	unsigned int last;

	guard(mutex)(&ctx->lock);
	if (!ctx->init)
		return ctx->cpu.forks;
	last = idr_get_cursor(&ns_of_pid(ctx->init)->idr);
	if (last >= ctx->cpu.last_pid)
		ctx->cpu.forks += last - ctx->cpu.last_pid;
	else
		ctx->cpu.forks += last + pid_max - min_t(unsigned int, pid_max, ctx->cpu.last_pid);
	ctx->cpu.last_pid = last;
	return ctx->cpu.forks;
}

static void ctx_sample(struct ctx *ctx)
{
	unsigned int periods;
	unsigned long active = 0;
	struct ctx_cputasks tasks;
	int cpu;

	if (!is_idle(ctx)) {
		ctx_cpus(ctx, &ctx_sample_cpus);
		for_each_cpu(cpu, &ctx_sample_cpus) {
			ctx_cpu_fold(ctx, cpu, &tasks);
			active += tasks.running + tasks.blocked;
		}
		ctx_forks(ctx);
	}
	if (time_before(jiffies, ctx->cpu.load_next))
		return;
	periods = 1 + (jiffies - ctx->cpu.load_next) / LOAD_FREQ;
	ctx->cpu.load_next += periods * LOAD_FREQ;
	ctx_load_step(ctx->cpu.load, active, periods);
}

/* Ends when there is no context any more; the next one begins it again. */
static void ctx_sample_all(struct work_struct *work)
{
	bool again = false;

	for (unsigned long serial = 0;; serial++) {
		struct ctx *ctx __free(ctx_put) = ctx_next(&serial);

		if (!ctx)
			break;
		if (ctx_state(ctx) == CTX_STATE_DEAD)
			continue;
		ctx_sample(ctx);
		again = true;
		cond_resched();
	}
	if (again)
		queue_delayed_work(system_unbound_wq, &ctx_sample_work, SAMPLE_FREQ);
}

/**
 * ctx_load_begin - a context is there
 *
 * Does nothing if others were there before. Where the work is just finding
 * that all have gone it runs once more.
 */
void ctx_load_begin(void)
{
	queue_delayed_work(system_unbound_wq, &ctx_sample_work, SAMPLE_FREQ);
}
