/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts: what a task inside is told of memory and of the system.
 *
 * The reader counts: whom the figures are for is the current task, not who has
 * opened the file. A task of the host sees the host.
 */
#ifndef _LINUX_CTX_VIEW_H
#define _LINUX_CTX_VIEW_H

#include <linux/ctx.h>

struct psi_group;
struct sysinfo;
struct ctl_table;

#ifdef CONFIG_CTX

bool __ctx_view_meminfo(struct seq_file *m);
bool __ctx_view_sysinfo(struct sysinfo *info);
bool __ctx_view_swaps(struct seq_file *m, const void *v);
bool __ctx_view_vmstat(unsigned long *v);
bool __ctx_view_zoneinfo(struct seq_file *m, int node);
bool __ctx_view_buddyinfo(struct seq_file *m, int node);
bool __ctx_view_pagetypeinfo(struct seq_file *m, int node);
bool __ctx_view_interrupts(struct seq_file *m, int irq);
bool __ctx_view_softirqs(struct seq_file *m);
bool __ctx_view_cmdline(struct seq_file *m);
bool __ctx_view_device(umode_t mode, unsigned int major, unsigned int minor);
int __ctx_view_cgroups(int n);
void __ctx_view_release(char *release, size_t size);
u8 *__ctx_view_boot_id(u8 *uuid);
struct psi_group *__ctx_view_psi(struct psi_group *group);
bool __ctx_view_sysctl(const struct ctl_table_header *head, const struct ctl_table *table,
		       char *buf, size_t *count, loff_t *pos);

/**
 * ctx_views - is the current task shown something else than the host
 */
static inline bool ctx_views(void)
{
	return static_branch_unlikely(&ctx_used) && ctx_current();
}

/**
 * ctx_view_hostwide - a figure that only the host is told
 * @n: a count or size that sums up the whole machine
 *
 * Return: @n, or 0 inside.
 */
static inline long ctx_view_hostwide(long n)
{
	return ctx_views() ? 0 : n;
}

/**
 * ctx_view_meminfo - /proc/meminfo
 * @m: file
 *
 * Return: true if it is written.
 */
static inline bool ctx_view_meminfo(struct seq_file *m)
{
	return static_branch_unlikely(&ctx_used) && __ctx_view_meminfo(m);
}

/**
 * ctx_view_sysinfo - memory, swap and processes of sysinfo(2)
 * @info: to be filled, in pages
 *
 * Return: true if it is.
 */
static inline bool ctx_view_sysinfo(struct sysinfo *info)
{
	return static_branch_unlikely(&ctx_used) && __ctx_view_sysinfo(info);
}

/**
 * ctx_view_swaps - /proc/swaps
 * @m: file
 * @v: SEQ_START_TOKEN, upon which all is written, or a swap device
 *
 * Return: true if there is nothing to be added.
 */
static inline bool ctx_view_swaps(struct seq_file *m, const void *v)
{
	return static_branch_unlikely(&ctx_used) && __ctx_view_swaps(m, v);
}

/**
 * ctx_view_vmstat - /proc/vmstat
 * @v: room for all of its items
 *
 * Return: true if they are filled.
 */
static inline bool ctx_view_vmstat(unsigned long *v)
{
	return static_branch_unlikely(&ctx_used) && __ctx_view_vmstat(v);
}

/**
 * ctx_view_zoneinfo - /proc/zoneinfo
 * @m: file
 * @node: node to be shown
 *
 * Return: true if there is nothing to be added.
 */
static inline bool ctx_view_zoneinfo(struct seq_file *m, int node)
{
	return static_branch_unlikely(&ctx_used) && __ctx_view_zoneinfo(m, node);
}

/**
 * ctx_view_buddyinfo - /proc/buddyinfo
 * @m: file
 * @node: node to be shown
 *
 * Return: true if there is nothing to be added.
 */
static inline bool ctx_view_buddyinfo(struct seq_file *m, int node)
{
	return static_branch_unlikely(&ctx_used) && __ctx_view_buddyinfo(m, node);
}

/**
 * ctx_view_pagetypeinfo - /proc/pagetypeinfo
 * @m: file
 * @node: node to be shown
 *
 * Return: true if there is nothing to be added.
 */
static inline bool ctx_view_pagetypeinfo(struct seq_file *m, int node)
{
	return static_branch_unlikely(&ctx_used) && __ctx_view_pagetypeinfo(m, node);
}

/**
 * ctx_view_interrupts - /proc/interrupts
 * @m: file
 * @irq: number; all is written upon 0
 *
 * Return: true if there is nothing to be added.
 */
static inline bool ctx_view_interrupts(struct seq_file *m, int irq)
{
	return static_branch_unlikely(&ctx_used) && __ctx_view_interrupts(m, irq);
}

/**
 * ctx_view_softirqs - /proc/softirqs
 * @m: file
 *
 * Return: true if it is written.
 */
static inline bool ctx_view_softirqs(struct seq_file *m)
{
	return static_branch_unlikely(&ctx_used) && __ctx_view_softirqs(m);
}

/**
 * ctx_view_cmdline - /proc/cmdline
 * @m: file
 *
 * Return: true if it is written.
 */
static inline bool ctx_view_cmdline(struct seq_file *m)
{
	return static_branch_unlikely(&ctx_used) && __ctx_view_cmdline(m);
}

/**
 * ctx_view_device - is there this driver or device in a list
 * @mode: S_IFBLK or S_IFCHR
 * @major: number of the driver
 * @minor: number of the device, %CTX_DEVICE_ANY for any of the driver's
 *
 * Return: true on the host, and for what is granted.
 */
static inline bool ctx_view_device(umode_t mode, unsigned int major, unsigned int minor)
{
	return !static_branch_unlikely(&ctx_used) || __ctx_view_device(mode, major, minor);
}

/**
 * ctx_view_cgroups - how many control groups there are
 * @n: on the host
 */
static inline int ctx_view_cgroups(int n)
{
	return static_branch_unlikely(&ctx_used) ? __ctx_view_cgroups(n) : n;
}

/**
 * ctx_view_release - release of the kernel, as uname(2) has it
 * @release: the kernel's own, to be replaced
 * @size: room there
 */
static inline void ctx_view_release(char *release, size_t size)
{
	if (static_branch_unlikely(&ctx_used))
		__ctx_view_release(release, size);
}

/**
 * ctx_view_boot_id - /proc/sys/kernel/random/boot_id
 * @uuid: the host's, or NULL where something else is read
 */
static inline u8 *ctx_view_boot_id(u8 *uuid)
{
	return static_branch_unlikely(&ctx_used) ? __ctx_view_boot_id(uuid) : uuid;
}

/**
 * ctx_view_psi - whose pressure is shown
 * @group: the host's, or that of a control group, which stays
 *
 * Return: group, or NULL if there is none.
 */
static inline struct psi_group *ctx_view_psi(struct psi_group *group)
{
	return static_branch_unlikely(&ctx_used) ? __ctx_view_psi(group) : group;
}

/**
 * ctx_view_sysctl - a setting or figure below /proc/sys
 * @head: its table
 * @table: its entry
 * @write: whether it is written
 * @buf: room for what is read
 * @count: size of that, and what was put there
 * @pos: position in the file
 *
 * Return: true if it was read.
 */
static inline bool ctx_view_sysctl(const struct ctl_table_header *head,
				   const struct ctl_table *table, int write,
				   char *buf, size_t *count, loff_t *pos)
{
	return static_branch_unlikely(&ctx_used) && !write &&
	       __ctx_view_sysctl(head, table, buf, count, pos);
}

#else /* CONFIG_CTX */

static inline bool ctx_views(void)
{
	return false;
}

static inline long ctx_view_hostwide(long n)
{
	return n;
}

static inline bool ctx_view_meminfo(struct seq_file *m)
{
	return false;
}

static inline bool ctx_view_sysinfo(struct sysinfo *info)
{
	return false;
}

static inline bool ctx_view_swaps(struct seq_file *m, const void *v)
{
	return false;
}

static inline bool ctx_view_vmstat(unsigned long *v)
{
	return false;
}

static inline bool ctx_view_zoneinfo(struct seq_file *m, int node)
{
	return false;
}

static inline bool ctx_view_buddyinfo(struct seq_file *m, int node)
{
	return false;
}

static inline bool ctx_view_pagetypeinfo(struct seq_file *m, int node)
{
	return false;
}

static inline bool ctx_view_interrupts(struct seq_file *m, int irq)
{
	return false;
}

static inline bool ctx_view_softirqs(struct seq_file *m)
{
	return false;
}

static inline bool ctx_view_cmdline(struct seq_file *m)
{
	return false;
}

static inline bool ctx_view_device(umode_t mode, unsigned int major, unsigned int minor)
{
	return true;
}

static inline int ctx_view_cgroups(int n)
{
	return n;
}

static inline void ctx_view_release(char *release, size_t size) { }

static inline u8 *ctx_view_boot_id(u8 *uuid)
{
	return uuid;
}

static inline struct psi_group *ctx_view_psi(struct psi_group *group)
{
	return group;
}

static inline bool ctx_view_sysctl(const struct ctl_table_header *head,
				   const struct ctl_table *table, int write,
				   char *buf, size_t *count, loff_t *pos)
{
	return false;
}

#endif /* CONFIG_CTX */

#endif /* _LINUX_CTX_VIEW_H */
