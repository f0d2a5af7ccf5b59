// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: the memory that a task inside sees.
 *
 * The machine is as large as the group of the context may become, and holds what
 * is charged to that group. Where no group limits memory, which the tools do not
 * leave so, the limits describe the host's.
 */

#include <linux/ctx_view.h>
#include <linux/hugetlb.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/pid_namespace.h>
#include <linux/seq_file.h>
#include <linux/swap.h>
#include <linux/sysinfo.h>
#include <linux/vmalloc.h>

#include "internal.h"
#include "view.h"

static unsigned long state(struct mem_cgroup *memcg, int idx)
{
	return memcg_page_state(memcg, idx);
}

/* No limit is tighter than the machine itself. */
static void effective_limits(struct mem_cgroup *memcg, struct ctx_mem *mem)
{
	mem->total = totalram_pages();
	mem->swap_total = max(total_swap_pages, 0L);
	for (; memcg && !mem_cgroup_is_root(memcg); memcg = parent_mem_cgroup(memcg)) {
		mem->total = min(mem->total, READ_ONCE(memcg->memory.max));
		mem->swap_total = min(mem->swap_total, READ_ONCE(memcg->swap.max));
	}
}

/*
 * Counters of the group are exact, those of its parts a moment old: a part is
 * never more than what there is of the whole.
 */
static unsigned long part(unsigned long n, unsigned long *rest)
{
	n = min(n, *rest);
	*rest -= n;
	return n;
}

/**
 * ctx_view_mem - memory of a context
 * @ctx: context
 * @mem: to be filled
 */
void ctx_view_mem(struct ctx *ctx, struct ctx_mem *mem)
{
	struct mem_cgroup *memcg = mem_cgroup_from_css(ctx->cg.css[memory_cgrp_id]);
	unsigned long used, rest, files;

	mem_cgroup_flush_stats_ratelimited(memcg);
	mem->memcg = memcg;
	effective_limits(memcg, mem);
	used = min(page_counter_read(&memcg->memory), mem->total);
	rest = used;
	mem->free = mem->total - used;
	mem->swap_free = mem->swap_total -
		min(page_counter_read(&memcg->swap), mem->swap_total);
	mem->swapcached = IS_ENABLED(CONFIG_SWAP) ? state(memcg, NR_SWAPCACHE) : 0;
	files = state(memcg, NR_FILE_PAGES);
	mem->cached = part(files - min(mem->swapcached, files), &rest);
	mem->shmem = min(state(memcg, NR_SHMEM), mem->cached);
	mem->slab_reclaimable = part(state(memcg, NR_SLAB_RECLAIMABLE_B) >> PAGE_SHIFT, &rest);
	mem->slab_unreclaimable = part(state(memcg, NR_SLAB_UNRECLAIMABLE_B) >> PAGE_SHIFT,
				       &rest);
	mem->available = mem->free + mem->cached - mem->shmem + mem->slab_reclaimable;
}

static void show_kb(struct seq_file *m, const char *name, unsigned long kb)
{
	seq_put_decimal_ull_width(m, name, kb, 8);
	seq_write(m, " kB\n", 4);
}

static void show_pages(struct seq_file *m, const char *name, unsigned long pages)
{
	show_kb(m, name, pages << (PAGE_SHIFT - 10));
}

static void show_lists(struct seq_file *m, struct mem_cgroup *memcg)
{
	unsigned long pages[NR_LRU_LISTS];

	for (int lru = LRU_BASE; lru < NR_LRU_LISTS; lru++)
		pages[lru] = state(memcg, NR_LRU_BASE + lru);
	show_pages(m, "Active:         ", pages[LRU_ACTIVE_ANON] + pages[LRU_ACTIVE_FILE]);
	show_pages(m, "Inactive:       ", pages[LRU_INACTIVE_ANON] + pages[LRU_INACTIVE_FILE]);
	show_pages(m, "Active(anon):   ", pages[LRU_ACTIVE_ANON]);
	show_pages(m, "Inactive(anon): ", pages[LRU_INACTIVE_ANON]);
	show_pages(m, "Active(file):   ", pages[LRU_ACTIVE_FILE]);
	show_pages(m, "Inactive(file): ", pages[LRU_INACTIVE_FILE]);
	show_pages(m, "Unevictable:    ", pages[LRU_UNEVICTABLE]);
}

static void show_zswap(struct seq_file *m, struct mem_cgroup *memcg)
{
#ifdef CONFIG_ZSWAP
	show_kb(m, "Zswap:          ", state(memcg, MEMCG_ZSWAP_B) >> 10);
	show_pages(m, "Zswapped:       ", state(memcg, MEMCG_ZSWAPPED));
#endif
}

static void show_kernel(struct seq_file *m, const struct ctx_mem *mem)
{
	show_pages(m, "KReclaimable:   ", mem->slab_reclaimable);
	show_pages(m, "Slab:           ", mem->slab_reclaimable + mem->slab_unreclaimable);
	show_pages(m, "SReclaimable:   ", mem->slab_reclaimable);
	show_pages(m, "SUnreclaim:     ", mem->slab_unreclaimable);
	show_kb(m, "KernelStack:    ", state(mem->memcg, NR_KERNEL_STACK_KB));
	show_pages(m, "PageTables:     ", state(mem->memcg, NR_PAGETABLE));
	show_pages(m, "SecPageTables:  ", state(mem->memcg, NR_SECONDARY_PAGETABLE));
	show_pages(m, "NFS_Unstable:   ", 0);
	show_pages(m, "Bounce:         ", 0);
	show_pages(m, "WritebackTmp:   ", 0);
}

static void show_virtual(struct seq_file *m, const struct ctx *ctx, const struct ctx_mem *mem)
{
	show_pages(m, "CommitLimit:    ",
		   mem->total / 100 * sysctl_overcommit_ratio + mem->swap_total);
	show_pages(m, "Committed_AS:   ", ctx_held(ctx, CTX_RES_PRIVVMPAGES));
	show_kb(m, "VmallocTotal:   ", (unsigned long)VMALLOC_TOTAL >> 10);
	show_pages(m, "VmallocUsed:    ", state(mem->memcg, MEMCG_VMALLOC));
	show_pages(m, "VmallocChunk:   ", 0);
	show_kb(m, "Percpu:         ", state(mem->memcg, MEMCG_PERCPU_B) >> 10);
}

static void show_huge(struct seq_file *m, struct mem_cgroup *memcg)
{
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	show_pages(m, "AnonHugePages:  ", state(memcg, NR_ANON_THPS));
	show_pages(m, "ShmemHugePages: ", state(memcg, NR_SHMEM_THPS));
	show_pages(m, "ShmemPmdMapped: ", 0);
	show_pages(m, "FileHugePages:  ", state(memcg, NR_FILE_THPS));
	show_pages(m, "FilePmdMapped:  ", 0);
#endif
	if (!hugepages_supported())
		return;
	seq_puts(m, "HugePages_Total:       0\nHugePages_Free:        0\n"
		 "HugePages_Rsvd:        0\nHugePages_Surp:        0\n");
	show_kb(m, "Hugepagesize:   ", huge_page_size(&default_hstate) >> 10);
	show_kb(m, "Hugetlb:        ", 0);
}

bool __ctx_view_meminfo(struct seq_file *m)
{
	struct ctx *ctx = ctx_current();
	struct ctx_mem mem;

	if (!ctx)
		return false;
	ctx_view_mem(ctx, &mem);
	show_pages(m, "MemTotal:       ", mem.total);
	show_pages(m, "MemFree:        ", mem.free);
	show_pages(m, "MemAvailable:   ", mem.available);
	show_pages(m, "Buffers:        ", 0);
	show_pages(m, "Cached:         ", mem.cached);
	show_pages(m, "SwapCached:     ", mem.swapcached);
	show_lists(m, mem.memcg);
	show_pages(m, "Mlocked:        ", ctx_held(ctx, CTX_RES_LOCKEDPAGES));
	show_pages(m, "SwapTotal:      ", mem.swap_total);
	show_pages(m, "SwapFree:       ", mem.swap_free);
	show_zswap(m, mem.memcg);
	show_pages(m, "Dirty:          ", state(mem.memcg, NR_FILE_DIRTY));
	show_pages(m, "Writeback:      ", state(mem.memcg, NR_WRITEBACK));
	show_pages(m, "AnonPages:      ", state(mem.memcg, NR_ANON_MAPPED));
	show_pages(m, "Mapped:         ", state(mem.memcg, NR_FILE_MAPPED));
	show_pages(m, "Shmem:          ", mem.shmem);
	show_kernel(m, &mem);
	show_virtual(m, ctx, &mem);
	show_huge(m, mem.memcg);
	return true;
}

/*
 * Pids are what is counted in the pid namespace and below, a sum that costs
 * nothing. Who is in that of the host, which no VPS of the tools is, is told of
 * none but itself.
 */
static unsigned int processes(void)
{
	struct pid_namespace *ns = task_active_pid_ns(current);

	if (ns == &init_pid_ns)
		return 1;
	return READ_ONCE(ns->pid_allocated) & ~PIDNS_ADDING;
}

bool __ctx_view_sysinfo(struct sysinfo *info)
{
	struct ctx *ctx = ctx_current();
	struct ctx_mem mem;

	if (!ctx)
		return false;
	ctx_view_mem(ctx, &mem);
	info->procs = min_t(unsigned int, processes(), U16_MAX);
	info->totalram = mem.total;
	info->freeram = mem.free;
	info->sharedram = mem.shmem;
	info->bufferram = 0;
	info->totalswap = mem.swap_total;
	info->freeswap = mem.swap_free;
	info->mem_unit = PAGE_SIZE;
	return true;
}

bool __ctx_view_swaps(struct seq_file *m, const void *v)
{
	struct ctx *ctx = ctx_current();
	struct ctx_mem mem;

	if (!ctx)
		return false;
	if (v != SEQ_START_TOKEN)
		return true;
	ctx_view_mem(ctx, &mem);
	seq_puts(m, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	if (mem.swap_total)
		seq_printf(m, "%-40svirtual\t\t%lu\t\t%lu\t\t0\n", "none",
			   mem.swap_total << (PAGE_SHIFT - 10),
			   (mem.swap_total - mem.swap_free) << (PAGE_SHIFT - 10));
	return true;
}
