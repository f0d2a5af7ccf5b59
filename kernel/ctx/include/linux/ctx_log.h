/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts: the kernel log of each.
 *
 * In place of the host's log, for what tasks of a context do and read. All of
 * it is gone with CONFIG_CTX=n.
 */
#ifndef _LINUX_CTX_LOG_H
#define _LINUX_CTX_LOG_H

#include <linux/ctx_lookup.h>

struct mem_cgroup;
struct mm_struct;
struct oom_control;
struct pt_regs;

#ifdef CONFIG_CTX

bool __ctx_has_klog(void);
int ctx_syslog(int type, char __user *buf, int len, int source);
int ctx_kmsg_open(struct inode *inode, struct file *file);
int ctx_proc_kmsg_open(struct inode *inode, struct file *file);
void __ctx_proc_own(struct inode *inode, const char *name);
bool __ctx_oom_report(struct oom_control *oc);
bool __ctx_oom_killed(struct task_struct *victim, struct mm_struct *mm, const char *message);
bool __ctx_oom_group(struct mem_cgroup *memcg);
bool __ctx_oom_reaped(struct task_struct *task, struct mm_struct *mm);
bool __ctx_segfault(const struct pt_regs *regs, unsigned long address, unsigned long error);
bool __ctx_trap(const struct pt_regs *regs, const char *type, const char *desc, long error);
bool __ctx_nf_log(const struct net *net, const char *text);

/**
 * ctx_has_klog - has the current task another kernel log than the host's
 */
static inline bool ctx_has_klog(void)
{
	return static_branch_unlikely(&ctx_used) && __ctx_has_klog();
}

/**
 * ctx_proc_own - whose a file of /proc is, where that is not the host's root
 * @inode: new inode of a file below the root of a procfs
 * @name: its name
 */
static inline void ctx_proc_own(struct inode *inode, const char *name)
{
	if (static_branch_unlikely(&ctx_used))
		__ctx_proc_own(inode, name);
}

/**
 * ctx_proc_fixed - may owner and mode of a file of /proc not be changed
 * @inode: the file; what is changed of it is changed in every procfs
 */
static inline bool ctx_proc_fixed(const struct inode *inode)
{
	return static_branch_unlikely(&ctx_used) && ctx_of_sb(inode->i_sb);
}

/**
 * ctx_oom_report - report on a context that is out of its own memory
 * @oc: with what has been chosen to be killed, if anything
 *
 * Return: false if it is for the host to report.
 */
static inline bool ctx_oom_report(struct oom_control *oc)
{
	return static_branch_unlikely(&ctx_used) && __ctx_oom_report(oc);
}

/**
 * ctx_oom_killed - tell of a task that is killed for memory
 * @victim: the task, locked
 * @mm: its memory
 * @message: why
 *
 * Return: false if it is for the host to tell, too.
 */
static inline bool ctx_oom_killed(struct task_struct *victim, struct mm_struct *mm,
				  const char *message)
{
	return static_branch_unlikely(&ctx_used) && __ctx_oom_killed(victim, mm, message);
}

/* The same of all tasks of a control group, which were killed with the last one. */
static inline bool ctx_oom_group(struct mem_cgroup *memcg)
{
	return static_branch_unlikely(&ctx_used) && __ctx_oom_group(memcg);
}

/* The same of memory that was taken from a task while it went. */
static inline bool ctx_oom_reaped(struct task_struct *task, struct mm_struct *mm)
{
	return static_branch_unlikely(&ctx_used) && __ctx_oom_reaped(task, mm);
}

/**
 * ctx_segfault - tell of an access of the current task that ends it
 * @regs: its registers
 * @address: what it has accessed
 * @error: how, as the processor says it
 *
 * Return: false if it is for the host to tell.
 */
static inline bool ctx_segfault(const struct pt_regs *regs, unsigned long address,
				unsigned long error)
{
	return static_branch_unlikely(&ctx_used) && __ctx_segfault(regs, address, error);
}

/* The same of another exception, as "trap " "divide error". */
static inline bool ctx_trap(const struct pt_regs *regs, const char *type, const char *desc,
			    long error)
{
	return static_branch_unlikely(&ctx_used) && __ctx_trap(regs, type, desc, error);
}

/**
 * ctx_nf_logs - may the packet filter of a network namespace log
 * @net: network namespace, which is not the host's
 */
static inline bool ctx_nf_logs(const struct net *net)
{
	return static_branch_unlikely(&ctx_used) && ctx_of_net(net);
}

/**
 * ctx_nf_log - a line of the packet filter
 * @net: network namespace
 * @text: the line, with its level
 *
 * Return: false if it is for the host's log.
 */
static inline bool ctx_nf_log(const struct net *net, const char *text)
{
	return static_branch_unlikely(&ctx_used) && __ctx_nf_log(net, text);
}

/**
 * ctx_nf_userns - who reads the ids in lines of the packet filter
 * @net: network namespace
 */
static inline struct user_namespace *ctx_nf_userns(const struct net *net)
{
	return ctx_nf_logs(net) ? net->user_ns : &init_user_ns;
}

#else /* !CONFIG_CTX */

static inline bool ctx_has_klog(void)
{
	return false;
}

static inline int ctx_syslog(int type, char __user *buf, int len, int source)
{
	return 0;
}

static inline int ctx_kmsg_open(struct inode *inode, struct file *file)
{
	return 0;
}

static inline int ctx_proc_kmsg_open(struct inode *inode, struct file *file)
{
	return 0;
}

static inline void ctx_proc_own(struct inode *inode, const char *name)
{
}

static inline bool ctx_proc_fixed(const struct inode *inode)
{
	return false;
}

static inline bool ctx_oom_report(struct oom_control *oc)
{
	return false;
}

static inline bool ctx_oom_killed(struct task_struct *victim, struct mm_struct *mm,
				  const char *message)
{
	return false;
}

static inline bool ctx_oom_group(struct mem_cgroup *memcg)
{
	return false;
}

static inline bool ctx_oom_reaped(struct task_struct *task, struct mm_struct *mm)
{
	return false;
}

static inline bool ctx_segfault(const struct pt_regs *regs, unsigned long address,
				unsigned long error)
{
	return false;
}

static inline bool ctx_trap(const struct pt_regs *regs, const char *type, const char *desc,
			    long error)
{
	return false;
}

static inline bool ctx_nf_logs(const struct net *net)
{
	return false;
}

static inline bool ctx_nf_log(const struct net *net, const char *text)
{
	return false;
}

static inline struct user_namespace *ctx_nf_userns(const struct net *net)
{
	return &init_user_ns;
}

#endif /* CONFIG_CTX */

#endif /* _LINUX_CTX_LOG_H */
