// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: statistics of memory management that a task inside sees.
 *
 * One node with one zone, of the size that the limits describe. What is not
 * counted by control group is 0.
 */

#include <linux/ctx_view.h>
#include <linux/math.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/pageblock-flags.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/vmstat.h>

#include "internal.h"
#include "view.h"

/* mm/ keeps it to itself, in a header that says so. */
unsigned long memcg_events(struct mem_cgroup *memcg, int event);

/* What groups count, in the units of /proc/vmstat but for those in bytes. */
static const u16 node_items[] = {
	NR_INACTIVE_ANON, NR_ACTIVE_ANON, NR_INACTIVE_FILE, NR_ACTIVE_FILE,
	NR_UNEVICTABLE, NR_ANON_MAPPED, NR_FILE_MAPPED, NR_FILE_PAGES, NR_FILE_DIRTY,
	NR_WRITEBACK, NR_SHMEM, NR_KERNEL_STACK_KB, NR_PAGETABLE,
	NR_SECONDARY_PAGETABLE, WORKINGSET_REFAULT_ANON, WORKINGSET_REFAULT_FILE,
	WORKINGSET_ACTIVATE_ANON, WORKINGSET_ACTIVATE_FILE, WORKINGSET_RESTORE_ANON,
	WORKINGSET_RESTORE_FILE, WORKINGSET_NODERECLAIM,
#ifdef CONFIG_SWAP
	NR_SWAPCACHE,
#endif
};

#ifdef CONFIG_VM_EVENT_COUNTERS
static const u16 events[] = {
	PGFAULT, PGMAJFAULT, PGREFILL, PGACTIVATE, PGDEACTIVATE, PGLAZYFREE,
	PGLAZYFREED, PGSCAN_KSWAPD, PGSCAN_DIRECT, PGSCAN_KHUGEPAGED, PGSTEAL_KSWAPD,
	PGSTEAL_DIRECT, PGSTEAL_KHUGEPAGED,
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	THP_FAULT_ALLOC, THP_COLLAPSE_ALLOC, THP_SWPOUT, THP_SWPOUT_FALLBACK,
#endif
};

static void fill_events(unsigned long *v, struct mem_cgroup *memcg)
{
	memset(v, 0, NR_VM_EVENT_ITEMS * sizeof(*v));
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		v[events[i]] = memcg_events(memcg, events[i]);
}
#else
static void fill_events(unsigned long *v, struct mem_cgroup *memcg)
{
}
#endif

static void fill_node(unsigned long *v, const struct ctx_mem *mem)
{
	memset(v, 0, NR_VM_NODE_STAT_ITEMS * sizeof(*v));
	for (size_t i = 0; i < ARRAY_SIZE(node_items); i++)
		v[node_items[i]] = memcg_page_state(mem->memcg, node_items[i]);
	v[NR_SLAB_RECLAIMABLE_B] = mem->slab_reclaimable;
	v[NR_SLAB_UNRECLAIMABLE_B] = mem->slab_unreclaimable;
}

/* The order of vmstat_start(). */
bool __ctx_view_vmstat(unsigned long *v)
{
	struct ctx *ctx = ctx_current();
	struct ctx_mem mem;

	if (!ctx)
		return false;
	ctx_view_mem(ctx, &mem);
	memset(v, 0, (NR_VM_ZONE_STAT_ITEMS + NR_VM_NUMA_EVENT_ITEMS) * sizeof(*v));
	v[NR_FREE_PAGES] = mem.free;
	v += NR_VM_ZONE_STAT_ITEMS + NR_VM_NUMA_EVENT_ITEMS;
	fill_node(v, &mem);
	v += NR_VM_NODE_STAT_ITEMS;
	memset(v, 0, NR_VM_STAT_ITEMS * sizeof(*v));
	fill_events(v + NR_VM_STAT_ITEMS, mem.memcg);
	return true;
}

/* Upon the first node: all memory is shown there. */
static bool view_node(struct seq_file *m, int node,
		      void (*show)(struct seq_file *m, const struct ctx_mem *mem))
{
	struct ctx *ctx = ctx_current();
	struct ctx_mem mem;

	if (!ctx)
		return false;
	if (node == first_online_node) {
		ctx_view_mem(ctx, &mem);
		show(m, &mem);
	}
	return true;
}

static void show_zoneinfo(struct seq_file *m, const struct ctx_mem *mem)
{
	static const char *const marks[] = { "boost", "min", "low", "high", "promo" };
	static const char *const sizes[] = { "spanned", "present", "managed" };

	seq_puts(m, "Node 0, zone   Normal\n  per-node stats");
	for (size_t i = 0; i < ARRAY_SIZE(node_items); i++)
		seq_printf(m, "\n      %-12s %lu", node_stat_name(node_items[i]),
			   memcg_page_state(mem->memcg, node_items[i]));
	seq_printf(m, "\n  pages free     %lu", mem->free);
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		seq_printf(m, "\n        %-8s 0", marks[i]);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		seq_printf(m, "\n        %-8s %lu", sizes[i], mem->total);
	seq_printf(m, "\n        protection: (0)\n      nr_free_pages %lu\n", mem->free);
}

bool __ctx_view_zoneinfo(struct seq_file *m, int node)
{
	return view_node(m, node, show_zoneinfo);
}

/* As few blocks as what is free can lie in. */
static void show_blocks(struct seq_file *m, unsigned long free)
{
	for (int order = 0; order < NR_PAGE_ORDERS; order++)
		seq_printf(m, "%6lu ", order < MAX_PAGE_ORDER ? (free >> order) & 1 :
							       free >> order);
	seq_putc(m, '\n');
}

static void show_buddyinfo(struct seq_file *m, const struct ctx_mem *mem)
{
	seq_puts(m, "Node 0, zone   Normal ");
	show_blocks(m, mem->free);
}

bool __ctx_view_buddyinfo(struct seq_file *m, int node)
{
	return view_node(m, node, show_buddyinfo);
}

/* All of it can be moved, for aught that a context knows. */
static void show_pagetypeinfo(struct seq_file *m, const struct ctx_mem *mem)
{
	seq_printf(m, "Page block order: %d\nPages per block:  %lu\n\n", pageblock_order,
		   pageblock_nr_pages);
	seq_printf(m, "%-43s ", "Free pages count per migrate type at order");
	for (int order = 0; order < NR_PAGE_ORDERS; order++)
		seq_printf(m, "%6d ", order);
	seq_putc(m, '\n');
	for (int type = 0; type < MIGRATE_TYPES; type++) {
		seq_printf(m, "Node    0, zone   Normal, type %12s ", migratetype_names[type]);
		show_blocks(m, type == MIGRATE_MOVABLE ? mem->free : 0);
	}
	seq_printf(m, "\n%-23s", "Number of blocks type ");
	for (int type = 0; type < MIGRATE_TYPES; type++)
		seq_printf(m, "%12s ", migratetype_names[type]);
	seq_puts(m, "\nNode 0, zone   Normal ");
	for (int type = 0; type < MIGRATE_TYPES; type++)
		seq_printf(m, "%12lu ", type == MIGRATE_MOVABLE ?
			   DIV_ROUND_UP(mem->total, pageblock_nr_pages) : 0);
	seq_putc(m, '\n');
}

bool __ctx_view_pagetypeinfo(struct seq_file *m, int node)
{
	return view_node(m, node, show_pagetypeinfo);
}
