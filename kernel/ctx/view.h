/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts: what the views of memory and system share.
 */
#ifndef _KERNEL_CTX_VIEW_H
#define _KERNEL_CTX_VIEW_H

struct ctx;
struct mem_cgroup;

/**
 * struct ctx_mem - the memory of a context, in pages
 * @memcg: its group
 * @total: the least limit of the group and those above, or what the host has
 * @free: what may still be charged up to @total
 * @available: @free, and what would be given up for the asking
 * @cached: page cache, with @shmem
 * @shmem: tmpfs, shared memory
 * @swapcached: in memory and in swap
 * @slab_reclaimable: dentries, inodes
 * @slab_unreclaimable: other objects of the kernel
 * @swap_total: least limit of swap, or what the host has
 * @swap_free: what may still be charged up to @swap_total
 */
struct ctx_mem {
	struct mem_cgroup	*memcg;
	unsigned long		total;
	unsigned long		free;
	unsigned long		available;
	unsigned long		cached;
	unsigned long		shmem;
	unsigned long		swapcached;
	unsigned long		slab_reclaimable;
	unsigned long		slab_unreclaimable;
	unsigned long		swap_total;
	unsigned long		swap_free;
};

/* view_mem.c */
void ctx_view_mem(struct ctx *ctx, struct ctx_mem *mem);

#endif /* _KERNEL_CTX_VIEW_H */
