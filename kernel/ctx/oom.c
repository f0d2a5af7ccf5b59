// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: reports of the OOM killer.
 *
 * One that is out of its own memory has the report in its own log, with numbers
 * and paths as it sees them; the host is told of the kill, in a line. Where the
 * host is out of memory, or a group above the context's, the report is the
 * host's, and the context is told of the kill.
 */

#include <linux/cgroup.h>
#include <linux/ctx_log.h>
#include <linux/kernfs.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/oom.h>
#include <linux/printk.h>
#include <linux/sched/task.h>

#include "internal.h"

#define K(pages)	((pages) << (PAGE_SHIFT - 10))

/* The largest tasks; a log has no room for all that a context may have. */
#define TASKS_SHOWN	32

struct oom_task {
	pid_t		pid, tgid;
	uid_t		uid;
	unsigned long	vm, rss, anon, file, shmem, swap;
	long		tables;
	short		adj;
	char		comm[TASK_COMM_LEN];
};

/* All of it under oom_lock. */
static struct {
	u64		serial;	/* of who is out of its own memory, 0 for nobody */
	struct ctx	*ctx;	/* during a report; its task keeps it */
	unsigned int	count;	/* tasks that there are */
	struct oom_task	list[TASKS_SHOWN];
} oom;

static uid_t uid_of(struct task_struct *task)
{
	const struct cred *cred = __task_cred(task);

	return from_kuid_munged(ctx_outermost(cred->user_ns), cred->uid);
}

#ifdef CONFIG_MEMCG
static bool owns_memcg(const struct ctx *ctx, struct mem_cgroup *memcg)
{
	struct cgroup_subsys_state *css = ctx_own_css(ctx, memory_cgrp_id);

	return css && memcg && mem_cgroup_is_descendant(memcg, mem_cgroup_from_css(css));
}

static void describe(struct oom_task *to, struct task_struct *task)
{
	struct mm_struct *mm = task->mm;

	to->pid = ctx_pid_of(oom.ctx, task);
	to->tgid = ctx_pid_of(oom.ctx, task->group_leader);
	to->uid = uid_of(task);
	to->vm = mm->total_vm;
	to->rss = get_mm_rss(mm);
	to->anon = get_mm_counter(mm, MM_ANONPAGES);
	to->file = get_mm_counter(mm, MM_FILEPAGES);
	to->shmem = get_mm_counter(mm, MM_SHMEMPAGES);
	to->swap = get_mm_counter(mm, MM_SWAPENTS);
	to->tables = mm_pgtables_bytes(mm);
	to->adj = task->signal->oom_score_adj;
	strscpy(to->comm, task->comm);
}

/* By size, the largest first. */
static void insert(const struct oom_task *task)
{
	unsigned int i = min(oom.count, TASKS_SHOWN);

	oom.count++;
	if (i == TASKS_SHOWN && oom.list[--i].rss >= task->rss)
		return;
	for (; i && oom.list[i - 1].rss < task->rss; i--)
		oom.list[i] = oom.list[i - 1];
	oom.list[i] = *task;
}

static int note_task(struct task_struct *leader, void *unused)
{
	struct task_struct *task;
	struct oom_task one;

	guard(rcu)();
	if (ctx_of_task(leader) != oom.ctx)
		return 0;
	task = find_lock_task_mm(leader);
	if (!task)
		return 0;
	__acquire(&task->alloc_lock); /* as sparse cannot know */
	describe(&one, task);
	task_unlock(task);
	insert(&one);
	return 0;
}

static void report_tasks(struct mem_cgroup *memcg)
{
	oom.count = 0;
	mem_cgroup_scan_tasks(memcg, note_task, NULL);
	ctx_log(oom.ctx, LOGLEVEL_INFO, "Tasks state (memory values in pages):");
	ctx_log(oom.ctx, LOGLEVEL_INFO,
		"[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name");
	for (unsigned int i = 0; i < min(oom.count, TASKS_SHOWN); i++) {
		const struct oom_task *t = &oom.list[i];

		ctx_log(oom.ctx, LOGLEVEL_INFO,
			"[%7d] %5u %5d %8lu %8lu %8lu %8lu %9lu %8ld %8lu         %5hd %s",
			t->pid, t->uid, t->tgid, t->vm, t->rss, t->anon, t->file, t->shmem,
			t->tables, t->swap, t->adj, t->comm);
	}
	if (oom.count > TASKS_SHOWN)
		ctx_log(oom.ctx, LOGLEVEL_INFO, "and %u smaller tasks", oom.count - TASKS_SHOWN);
}

/* As seen inside, where the context's group is the root. */
static void path_of(const struct mem_cgroup *memcg, char *path, size_t size)
{
	if (kernfs_path_from_node(memcg->css.cgroup->kn, oom.ctx->cg.cgrp->kn, path, size) < 0)
		strscpy(path, "?", size);
}

static void report_memory(struct mem_cgroup *memcg)
{
	static char path[128];	/* under oom_lock */

	ctx_log(oom.ctx, LOGLEVEL_INFO, "memory: usage %lukB, limit %lukB, failcnt %lu",
		K(page_counter_read(&memcg->memory)), K(READ_ONCE(memcg->memory.max)),
		memcg->memory.failcnt);
	ctx_log(oom.ctx, LOGLEVEL_INFO, "swap: usage %lukB, limit %lukB, failcnt %lu",
		K(page_counter_read(&memcg->swap)), K(READ_ONCE(memcg->swap.max)),
		memcg->swap.failcnt);
	mem_cgroup_flush_stats(memcg);
	path_of(memcg, path, sizeof(path));
	ctx_log(oom.ctx, LOGLEVEL_INFO,
		"Memory cgroup stats for %s: anon %lukB, file %lukB, shmem %lukB, kernel %lukB, sock %lukB, slab %lukB",
		path, K(memcg_page_state(memcg, NR_ANON_MAPPED)),
		K(memcg_page_state(memcg, NR_FILE_PAGES)), K(memcg_page_state(memcg, NR_SHMEM)),
		K(memcg_page_state(memcg, MEMCG_KMEM)), K(memcg_page_state(memcg, MEMCG_SOCK)),
		(memcg_page_state(memcg, NR_SLAB_RECLAIMABLE_B) +
		 memcg_page_state(memcg, NR_SLAB_UNRECLAIMABLE_B)) >> 10);
}

static void report_victim(struct oom_control *oc)
{
	static char own[96], its[96];	/* under oom_lock */

	if (!oc->chosen) {
		ctx_log(oom.ctx, LOGLEVEL_WARNING, "Out of memory and no killable processes...");
		return;
	}
	guard(rcu)();
	path_of(oc->memcg, own, sizeof(own));
	path_of(mem_cgroup_from_task(oc->chosen), its, sizeof(its));
	ctx_log(oom.ctx, LOGLEVEL_INFO,
		"oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=%s,task_memcg=%s,task=%s,pid=%d,uid=%u",
		own, its, oc->chosen->comm, ctx_pid_of(oom.ctx, oc->chosen), uid_of(oc->chosen));
}

static void report(struct oom_control *oc)
{
	ctx_log(oom.ctx, LOGLEVEL_WARNING,
		"%s invoked oom-killer: gfp_mask=%#x(%pGg), order=%d, oom_score_adj=%hd",
		current->comm, oc->gfp_mask, &oc->gfp_mask, oc->order,
		current->signal->oom_score_adj);
	report_memory(oc->memcg);
	report_tasks(oc->memcg);
	report_victim(oc);
}

/*
 * Tasks keep their credentials, these their user namespace, and this its context:
 * so who is chosen, and holds a reference of the task, holds the context.
 */
bool __ctx_oom_report(struct oom_control *oc)
{
	struct ctx *ctx;

	lockdep_assert_held(&oom_lock);
	oom.serial = 0;
	scoped_guard(rcu)
		ctx = ctx_of_task(oc->chosen ?: current);
	if (!ctx || !owns_memcg(ctx, oc->memcg))
		return false;
	oom.serial = ctx->serial;
	if (__ratelimit(&ctx->log->oom)) {
		oom.ctx = ctx;
		report(oc);
		oom.ctx = NULL;
	}
	return true;
}

bool __ctx_oom_group(struct mem_cgroup *memcg)
{
	struct ctx *ctx = ctx_current();

	lockdep_assert_held(&oom_lock);
	if (!oom.serial)
		return false;
	if (ctx && ctx->serial == oom.serial)
		ctx_log(ctx, LOGLEVEL_INFO,
			"Tasks of the group are going to be killed due to memory.oom.group set");
	return true;
}
#else
bool __ctx_oom_report(struct oom_control *oc)
{
	oom.serial = 0;
	return false;
}

bool __ctx_oom_group(struct mem_cgroup *memcg)
{
	return false;
}
#endif /* CONFIG_MEMCG */

/* The victim, which the caller holds, keeps the context. */
static void tell(struct ctx *ctx)
{
	atomic64_inc(&ctx->log->oom_kills);
	ctx_get(ctx);
	if (!queue_work(system_wq, &ctx->log->oom_work))
		ctx_put(ctx);
}

void ctx_oom_tell(struct work_struct *work)
{
	struct ctx *ctx = container_of(work, struct ctx_log, oom_work)->ctx;

	ctx_event_oom(ctx);
	ctx_put(ctx);
}

bool __ctx_oom_killed(struct task_struct *victim, struct mm_struct *mm, const char *message)
{
	char text[256];
	struct ctx *ctx;

	lockdep_assert_held(&oom_lock);
	guard(rcu)();
	ctx = ctx_of_task(victim);
	if (!ctx)
		return false;
	scnprintf(text, sizeof(text),
		  "%s: Killed process %d (%s) total-vm:%lukB, anon-rss:%lukB, file-rss:%lukB, shmem-rss:%lukB, UID:%u pgtables:%lukB oom_score_adj:%hd",
		  message, ctx_pid_of(ctx, victim), victim->comm, K(mm->total_vm),
		  K(get_mm_counter(mm, MM_ANONPAGES)), K(get_mm_counter(mm, MM_FILEPAGES)),
		  K(get_mm_counter(mm, MM_SHMEMPAGES)), uid_of(victim),
		  mm_pgtables_bytes(mm) >> 10, victim->signal->oom_score_adj);
	ctx_log_write(ctx, LOGLEVEL_ERR, text, strlen(text));
	tell(ctx);
	if (ctx->serial != oom.serial)
		return false;
	ctx_log_to_host(ctx, CTX_COPY_OOM, LOGLEVEL_ERR, text);
	return true;
}

/* By the kernel's thread, later. */
bool __ctx_oom_reaped(struct task_struct *task, struct mm_struct *mm)
{
	char text[160];
	struct ctx *ctx;

	guard(rcu)();
	ctx = ctx_of_task(task);
	if (!ctx)
		return false;
	scnprintf(text, sizeof(text),
		  "oom_reaper: reaped process %d (%s), now anon-rss:%lukB, file-rss:%lukB, shmem-rss:%lukB",
		  ctx_pid_of(ctx, task), task->comm, K(get_mm_counter(mm, MM_ANONPAGES)),
		  K(get_mm_counter(mm, MM_FILEPAGES)), K(get_mm_counter(mm, MM_SHMEMPAGES)));
	ctx_log_write(ctx, LOGLEVEL_INFO, text, strlen(text));
	ctx_log_to_host(ctx, CTX_COPY_CHATTER, LOGLEVEL_INFO, text);
	return true;
}
