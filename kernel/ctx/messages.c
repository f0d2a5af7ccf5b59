// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: what the kernel says of one, in the log of that one.
 */

#include <linux/cpumask.h>
#include <linux/ctx_log.h>
#include <linux/mm.h>
#include <linux/nsproxy.h>
#include <linux/pid_namespace.h>
#include <linux/printk.h>
#include <linux/ptrace.h>
#include <linux/utsname.h>

#include "internal.h"
#include "view.h"

/**
 * ctx_pid_of - number of a task, as its context counts
 * @ctx: context
 * @task: task of it
 *
 * In its outermost pid namespace, which is that of init as a rule.
 */
pid_t ctx_pid_of(const struct ctx *ctx, struct task_struct *task)
{
	struct pid_namespace *ns;

	guard(rcu)();
	ns = task_active_pid_ns(task);
	if (!ns)
		return 0;
	while (ns->parent && ctx_of_pidns(ns->parent) == ctx)
		ns = ns->parent;
	return task_pid_nr_ns(task, ns);
}

/**
 * ctx_outermost - outermost user namespace of a context
 * @ns: user namespace of it
 */
struct user_namespace *ctx_outermost(struct user_namespace *ns)
{
	while (ns->level > 1)
		ns = ns->parent;
	return ns;
}

/**
 * ctx_log_start - the first lines of a log
 * @ctx: context
 * @init: its init
 */
void ctx_log_start(struct ctx *ctx, struct task_struct *init)
{
	const struct new_utsname *name = &init_uts_ns.name;
	struct ctx_mem mem;

	ctx_view_mem(ctx, &mem);
	task_lock(init);
	if (init->nsproxy)
		name = &init->nsproxy->uts_ns->name;
	ctx_log(ctx, LOGLEVEL_NOTICE, "Linux version %s %s", name->release, name->version);
	task_unlock(init);
	ctx_log(ctx, LOGLEVEL_INFO, "Memory: %luK, CPUs: %u",
		mem.total << (PAGE_SHIFT - 10), cpumask_weight(init->cpus_ptr));
	ctx_log(ctx, LOGLEVEL_NOTICE, "ctx %u: started", ctx->id);
	ctx_log_to_host(ctx, CTX_COPY_START, LOGLEVEL_NOTICE, "started");
}

/* Where in which program; without sleeping, thus perhaps without. */
static void add_program(char *text, size_t size, unsigned long ip)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;

	if (!mmap_read_trylock(mm))
		return;
	vma = vma_lookup(mm, ip);
	if (vma && vma->vm_file)
		snprintf(text, size, " in %pD[%lx,%lx+%lx]", vma->vm_file,
			 ip - vma->vm_start + (vma->vm_pgoff << PAGE_SHIFT),
			 vma->vm_start, vma->vm_end - vma->vm_start);
	mmap_read_unlock(mm);
}

static void say_fault(struct ctx *ctx, char *text, size_t size, size_t len, unsigned long ip)
{
	add_program(text + len, size - len, ip);
	ctx_log_write(ctx, LOGLEVEL_INFO, text, strlen(text));
	ctx_log_to_host(ctx, CTX_COPY_CHATTER, LOGLEVEL_INFO, text);
}

bool __ctx_segfault(const struct pt_regs *regs, unsigned long address, unsigned long error)
{
	unsigned long ip = instruction_pointer((struct pt_regs *)regs);
	struct ctx *ctx = ctx_current();
	char text[192];
	int len;

	if (!ctx)
		return false;
	len = scnprintf(text, sizeof(text), "%s[%d]: segfault at %lx ip %016lx sp %016lx error %lx",
			current->comm, ctx_pid_of(ctx, current), address, ip,
			user_stack_pointer((struct pt_regs *)regs), error);
	say_fault(ctx, text, sizeof(text), len, ip);
	return true;
}

bool __ctx_trap(const struct pt_regs *regs, const char *type, const char *desc, long error)
{
	unsigned long ip = instruction_pointer((struct pt_regs *)regs);
	struct ctx *ctx = ctx_current();
	char text[192];
	int len;

	if (!ctx)
		return false;
	len = scnprintf(text, sizeof(text), "traps: %s[%d] %s%s ip:%lx sp:%lx error:%lx",
			current->comm, ctx_pid_of(ctx, current), type, desc, ip,
			user_stack_pointer((struct pt_regs *)regs), error);
	say_fault(ctx, text, sizeof(text), len, ip);
	return true;
}

bool __ctx_nf_log(const struct net *net, const char *text)
{
	struct ctx *ctx = ctx_of_net(net);
	int level;

	if (!ctx)
		return false;
	level = printk_get_level(text);
	if (level >= '0' && level <= '7')
		level -= '0';
	else
		level = LOGLEVEL_NOTICE;
	text = printk_skip_level(text);
	ctx_log_write(ctx, level, text, strlen(text));
	ctx_log_to_host(ctx, CTX_COPY_CHATTER, level, text);
	return true;
}
