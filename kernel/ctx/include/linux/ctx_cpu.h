/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts: their view of processors, load and time.
 *
 * What a task of a context reads, wherever it reads it; tasks of the host see
 * the host. Processors have the numbers that they have on the host, see
 * docs/views.md.
 */
#ifndef _LINUX_CTX_CPU_H
#define _LINUX_CTX_CPU_H

#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/jump_label.h>
#include <linux/sched/loadavg.h>
#include <linux/sched/signal.h>
#include <linux/sched/stat.h>

struct seq_file;

#ifdef CONFIG_CTX

DECLARE_STATIC_KEY_FALSE(ctx_used);

unsigned int __ctx_next_cpu(int n);
void __ctx_limit_cpus(struct cpumask *mask);
unsigned int __ctx_cpumask_weight(const struct cpumask *mask);
unsigned int __ctx_cpu_cores(unsigned int cpu, unsigned int cores);
unsigned int __ctx_show_flags(struct seq_file *m, const void *bits,
			      const char * const *names, unsigned int n);
int __ctx_show_cpus(bool list, char *buf, const struct cpumask *map);
bool __ctx_show_stat(struct seq_file *m);
bool __ctx_idle_time(u64 *nsec);
bool __ctx_loads(unsigned long *loads, unsigned long offset, int shift);
bool __ctx_nr_running(unsigned int *nr);
bool __ctx_nr_threads(int *nr);
bool __ctx_jiffies(u64 *ticks);

/**
 * ctx_next_cpu - next processor that the current task sees
 * @n: the one before; -1 to begin
 *
 * Return: its number, or nr_cpu_ids or more after the last.
 */
static inline unsigned int ctx_next_cpu(int n)
{
	return static_branch_unlikely(&ctx_used) ? __ctx_next_cpu(n) :
						   cpumask_next(n, cpu_online_mask);
}

/**
 * ctx_limit_cpus - take out what the current task does not see
 * @mask: processors
 */
static inline void ctx_limit_cpus(struct cpumask *mask)
{
	if (static_branch_unlikely(&ctx_used))
		__ctx_limit_cpus(mask);
}

/**
 * ctx_cpumask_weight - how many of these processors the current task sees
 * @mask: processors
 */
static inline unsigned int ctx_cpumask_weight(const struct cpumask *mask)
{
	return static_branch_unlikely(&ctx_used) ? __ctx_cpumask_weight(mask) :
						   cpumask_weight(mask);
}

/**
 * ctx_cpu_cores - how many cores of a package the current task sees
 * @cpu: a processor of the package
 * @cores: how many there are
 */
static inline unsigned int ctx_cpu_cores(unsigned int cpu, unsigned int cores)
{
	return static_branch_unlikely(&ctx_used) ? __ctx_cpu_cores(cpu, cores) : cores;
}

/**
 * ctx_show_flags - names of the bits that are set, a blank before each
 * @m: where to
 * @bits: bitmap, as bitops have it
 * @names: the names; a bit with none is not shown
 * @n: how many bits
 *
 * Return: @n, or 0 if the current task is of the host and shows them itself.
 */
static inline unsigned int ctx_show_flags(struct seq_file *m, const void *bits,
					  const char * const *names, unsigned int n)
{
	return static_branch_unlikely(&ctx_used) ? __ctx_show_flags(m, bits, names, n) : 0;
}

/**
 * ctx_show_cpus - processors in a file of sysfs
 * @list: a list of numbers, not a bitmap
 * @buf: a page
 * @map: those of the host
 *
 * Return: length of the text, or 0 if the current task is to see all of @map.
 */
static inline int ctx_show_cpus(bool list, char *buf, const struct cpumask *map)
{
	return static_branch_unlikely(&ctx_used) ? __ctx_show_cpus(list, buf, map) : 0;
}

/**
 * ctx_show_stat - /proc/stat
 * @m: where to
 *
 * Return: false if the current task is to see that of the host.
 */
static inline bool ctx_show_stat(struct seq_file *m)
{
	return static_branch_unlikely(&ctx_used) && __ctx_show_stat(m);
}

/**
 * ctx_idle_time - time that the processors of a context have been idle
 * @nsec: sum of it, in nanoseconds
 *
 * Return: false, and nothing in @nsec, if the current task is to see the host's.
 */
static inline bool ctx_idle_time(u64 *nsec)
{
	return static_branch_unlikely(&ctx_used) && __ctx_idle_time(nsec);
}

/**
 * ctx_get_avenrun - get_avenrun() for the current task
 * @loads: three averages
 * @offset: offset to add
 * @shift: shift count to shift the result left
 */
static inline void ctx_get_avenrun(unsigned long *loads, unsigned long offset, int shift)
{
	if (!static_branch_unlikely(&ctx_used) || !__ctx_loads(loads, offset, shift))
		get_avenrun(loads, offset, shift);
}

/* nr_running() for the current task. */
static inline unsigned int ctx_nr_running(void)
{
	unsigned int nr;

	return static_branch_unlikely(&ctx_used) && __ctx_nr_running(&nr) ? nr : nr_running();
}

/* nr_threads for the current task. */
static inline int ctx_nr_threads(void)
{
	int nr;

	return static_branch_unlikely(&ctx_used) && __ctx_nr_threads(&nr) ? nr : nr_threads;
}

/* get_jiffies_64() for the current task: since the start of its context. */
static inline u64 ctx_get_jiffies_64(void)
{
	u64 ticks;

	return static_branch_unlikely(&ctx_used) && __ctx_jiffies(&ticks) ? ticks :
									    get_jiffies_64();
}

#else /* !CONFIG_CTX */

static inline unsigned int ctx_next_cpu(int n)
{
	return cpumask_next(n, cpu_online_mask);
}

static inline void ctx_limit_cpus(struct cpumask *mask)
{
}

static inline unsigned int ctx_cpumask_weight(const struct cpumask *mask)
{
	return cpumask_weight(mask);
}

static inline unsigned int ctx_cpu_cores(unsigned int cpu, unsigned int cores)
{
	return cores;
}

static inline unsigned int ctx_show_flags(struct seq_file *m, const void *bits,
					  const char * const *names, unsigned int n)
{
	return 0;
}

static inline int ctx_show_cpus(bool list, char *buf, const struct cpumask *map)
{
	return 0;
}

static inline bool ctx_show_stat(struct seq_file *m)
{
	return false;
}

static inline bool ctx_idle_time(u64 *nsec)
{
	return false;
}

static inline void ctx_get_avenrun(unsigned long *loads, unsigned long offset, int shift)
{
	get_avenrun(loads, offset, shift);
}

static inline unsigned int ctx_nr_running(void)
{
	return nr_running();
}

static inline int ctx_nr_threads(void)
{
	return nr_threads;
}

static inline u64 ctx_get_jiffies_64(void)
{
	return get_jiffies_64();
}

#endif /* CONFIG_CTX */

#endif /* _LINUX_CTX_CPU_H */
