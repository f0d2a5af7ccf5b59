// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: the processors, their time and the load, as seen inside.
 *
 * The processors of a context are those of its cpuset, by the numbers they
 * have on the host: what user space reads without a system call, in the vDSO
 * and in its rseq area, is the number of the real one, and programs that take
 * this as an index must find the same number everywhere.
 */

#include <linux/cgroup.h>
#include <linux/ctx_cpu.h>
#include <linux/kernel_stat.h>
#include <linux/pid_namespace.h>
#include <linux/psi.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/time_namespace.h>
#include <linux/topology.h>

#include "../cgroup/cpuset-internal.h"
#include "internal.h"

/* NULL where the controller is of version 1, or switched off. */
static struct cpuset *ctx_cpuset(const struct ctx *ctx)
{
	return css_cs(ctx->cg.css[cpuset_cgrp_id]);
}

/**
 * ctx_cpus - processors of a context
 * @ctx: context
 * @mask: those that are online, at least one
 */
void ctx_cpus(const struct ctx *ctx, struct cpumask *mask)
{
	const struct cpuset *cs = ctx_cpuset(ctx);
	bool some = false;

	if (cs) {
		cpuset_callback_lock_irq();
		some = cpumask_and(mask, cs->effective_cpus, cpu_online_mask);
		cpuset_callback_unlock_irq();
	}
	/* For a moment, while one goes offline. */
	if (!some)
		cpumask_copy(mask, cpu_online_mask);
}

/**
 * ctx_has_cpu - is this processor one of a context's
 * @ctx: context
 * @cpu: its number
 */
bool ctx_has_cpu(const struct ctx *ctx, int cpu)
{
	const struct cpuset *cs = ctx_cpuset(ctx);
	bool has;

	if (!cs)
		return true;
	cpuset_callback_lock_irq();
	has = cpumask_test_cpu(cpu, cs->effective_cpus);
	cpuset_callback_unlock_irq();
	return has;
}

/* To be freed with kfree(); NULL without memory. */
static struct cpumask *cpus_of(const struct ctx *ctx)
{
	struct cpumask *cpus = kmalloc(cpumask_size(), GFP_KERNEL);

	if (cpus)
		ctx_cpus(ctx, cpus);
	return cpus;
}

unsigned int __ctx_next_cpu(int n)
{
	struct ctx *ctx = ctx_current();
	unsigned int cpu = n;

	do {
		cpu = cpumask_next(cpu, cpu_online_mask);
	} while (ctx && cpu < nr_cpu_ids && !ctx_has_cpu(ctx, cpu));
	return cpu;
}

void __ctx_limit_cpus(struct cpumask *mask)
{
	struct cpumask *cpus __free(kfree) = NULL;
	struct ctx *ctx = ctx_current();

	if (!ctx)
		return;
	cpus = cpus_of(ctx);
	if (!cpus) {
		cpumask_clear(mask);
		return;
	}
	cpumask_and(mask, mask, cpus);
}

unsigned int __ctx_cpumask_weight(const struct cpumask *mask)
{
	struct cpumask *cpus __free(kfree) = NULL;
	const struct ctx *ctx = ctx_current();

	if (!ctx)
		return cpumask_weight(mask);
	cpus = cpus_of(ctx);
	return cpus ? cpumask_weight_and(cpus, mask) : 1;
}

unsigned int __ctx_cpu_cores(unsigned int cpu, unsigned int cores)
{
	struct cpumask *cpus __free(kfree) = NULL;
	const struct cpumask *package = topology_core_cpumask(cpu);
	const struct ctx *ctx = ctx_current();
	unsigned int i, sum = 0;

	if (!ctx)
		return cores;
	cpus = cpus_of(ctx);
	if (!cpus)
		return 1;
	/* Each core by the first of its processors that is one of the context's. */
	for_each_cpu_and(i, cpus, package)
		sum += cpumask_first_and(topology_sibling_cpumask(i), cpus) == i;
	return sum;
}

unsigned int __ctx_show_flags(struct seq_file *m, const void *bits,
			      const char * const *names, unsigned int n)
{
	unsigned int bit;

	if (!ctx_current())
		return 0;
	for_each_set_bit(bit, bits, n)
		if (names[bit]) {
			seq_putc(m, ' ');
			seq_puts(m, names[bit]);
		}
	return n;
}

/* Any that is possible can become one of the context's: programs size arrays by that. */
int __ctx_show_cpus(bool list, char *buf, const struct cpumask *map)
{
	struct cpumask *cpus __free(kfree) = NULL;
	const struct ctx *ctx = ctx_current();

	if (!ctx || map == cpu_possible_mask)
		return 0;
	cpus = cpus_of(ctx);
	if (!cpus)
		return -ENOMEM;
	cpumask_and(cpus, cpus, map);
	return cpumap_print_to_pagebuf(list, buf, cpus);
}

static void put_times(struct seq_file *m, const struct ctx_cputimes *times)
{
	seq_put_decimal_ull(m, " ", nsec_to_clock_t(times->user));
	seq_put_decimal_ull(m, " ", nsec_to_clock_t(times->nice));
	seq_put_decimal_ull(m, " ", nsec_to_clock_t(times->system));
	seq_put_decimal_ull(m, " ", nsec_to_clock_t(times->idle));
	seq_put_decimal_ull(m, " ", nsec_to_clock_t(times->iowait));
	seq_puts(m, " 0 0");
	seq_put_decimal_ull(m, " ", nsec_to_clock_t(times->steal));
	seq_puts(m, " 0 0\n");
}

static void add_times(struct ctx_cputimes *sum, const struct ctx_cputimes *times)
{
	sum->user += times->user;
	sum->nice += times->nice;
	sum->system += times->system;
	sum->idle += times->idle;
	sum->iowait += times->iowait;
	sum->steal += times->steal;
}

/* Interrupts and switches are the host's, and counted for nobody else. */
static void put_rest(struct seq_file *m, struct ctx *ctx, const struct ctx_cputasks *tasks)
{
	struct timespec64 boottime;

	getboottime64(&boottime);
	timens_sub_boottime(&boottime);
	seq_puts(m, "intr 0\nctxt 0\n");
	seq_put_decimal_ull(m, "btime ", boottime.tv_sec);
	seq_put_decimal_ull(m, "\nprocesses ", ctx_forks(ctx));
	seq_put_decimal_ull(m, "\nprocs_running ", tasks->running);
	seq_put_decimal_ull(m, "\nprocs_blocked ", tasks->iowait);
	seq_puts(m, "\nsoftirq 0");
	for (int i = 0; i < NR_SOFTIRQS; i++)
		seq_puts(m, " 0");
	seq_putc(m, '\n');
}

/* On failure there is nothing in the file, which is no memory's way of saying so. */
bool __ctx_show_stat(struct seq_file *m)
{
	struct cpumask *cpus __free(kfree) = NULL;
	struct ctx_cputimes *times __free(kvfree) = NULL;
	struct ctx_cputimes sum = {}, *t;
	struct ctx_cputasks all = {}, tasks;
	struct ctx *ctx = ctx_current();
	int cpu;

	if (!ctx)
		return false;
	cpus = cpus_of(ctx);
	if (!cpus)
		return true;
	times = kvcalloc(cpumask_weight(cpus), sizeof(*times), GFP_KERNEL);
	if (!times)
		return true;
	cgroup_rstat_flush(ctx->cg.cgrp);
	t = times;
	for_each_cpu(cpu, cpus) {
		ctx_cpu_times(ctx, cpu, t, &tasks);
		add_times(&sum, t++);
		all.running += tasks.running;
		all.iowait += tasks.iowait;
	}
	seq_puts(m, "cpu ");
	put_times(m, &sum);
	t = times;
	for_each_cpu(cpu, cpus) {
		seq_put_decimal_ull(m, "cpu", cpu);
		put_times(m, t++);
	}
	put_rest(m, ctx, &all);
	return true;
}

/* PSI needs no flush: this is asked for often, by top and uptime. */
bool __ctx_idle_time(u64 *nsec)
{
	struct cpumask *cpus __free(kfree) = NULL;
	struct ctx *ctx = ctx_current();
	struct ctx_cputasks tasks;
	int cpu;

	if (!ctx)
		return false;
	*nsec = 0;
	cpus = cpus_of(ctx);
	if (!cpus)
		return true;
	if (!ctx_psi(ctx))
		cgroup_rstat_flush(ctx->cg.cgrp);
	for_each_cpu(cpu, cpus) {
		u64 wall = ctx_cpu_wall(ctx);

		*nsec += wall - min(wall, ctx_cpu_fold(ctx, cpu, &tasks));
	}
	return true;
}

bool __ctx_loads(unsigned long *loads, unsigned long offset, int shift)
{
	const struct ctx *ctx = ctx_current();

	if (!ctx)
		return false;
	for (int i = 0; i < 3; i++)
		loads[i] = (READ_ONCE(ctx->cpu.load[i]) + offset) << shift;
	return true;
}

bool __ctx_nr_running(unsigned int *nr)
{
	struct ctx *ctx = ctx_current();
	struct ctx_cputasks tasks;
	int cpu;

	if (!ctx)
		return false;
	*nr = 0;
	for_each_online_cpu(cpu) {
		ctx_cpu_fold(ctx, cpu, &tasks);
		*nr += tasks.running;
	}
	/* Who asks, at least. */
	*nr = max(*nr, 1U);
	return true;
}

bool __ctx_nr_threads(int *nr)
{
	struct ctx *ctx = ctx_current();

	if (!ctx)
		return false;
	*nr = 1;
	guard(mutex)(&ctx->lock);
	if (ctx->init)
		*nr = READ_ONCE(ns_of_pid(ctx->init)->pid_allocated) & ~PIDNS_ADDING;
	return true;
}

bool __ctx_jiffies(u64 *ticks)
{
	const struct ctx *ctx = ctx_current();

	if (!ctx)
		return false;
	*ticks = nsecs_to_jiffies64(ctx_cpu_wall(ctx));
	return true;
}
