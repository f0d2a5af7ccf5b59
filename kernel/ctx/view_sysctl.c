// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: figures below /proc/sys that tell of the whole machine.
 *
 * Read only, and in place of their own functions: writes go on to where they
 * are refused. Each line is a figure that counts what everybody has, or that the
 * kernel has computed from the host's memory or processors at boot.
 */

#include <linux/bsearch.h>
#include <linux/ctx_view.h>
#include <linux/futex.h>
#include <linux/limits.h>
#include <linux/math.h>
#include <linux/mm.h>
#include <linux/nsproxy.h>
#include <linux/string.h>
#include <linux/sysctl.h>
#include <linux/threads.h>
#include <net/inet_hashtables.h>
#include <net/net_namespace.h>

#include "internal.h"
#include "view.h"

struct figure {
	const char *path;	/* the last two parts of it */
	void (*show)(struct ctx *ctx, char *buf, size_t size);
	const char *fixed;	/* without @show */
};

static unsigned long total_pages(struct ctx *ctx)
{
	struct ctx_mem mem;

	ctx_view_mem(ctx, &mem);
	return mem.total;
}

static unsigned long limit_of(const struct ctx *ctx, enum ctx_resource res)
{
	return READ_ONCE(ctx->bc.bean[res].limit);
}

static void show_file_nr(struct ctx *ctx, char *buf, size_t size)
{
	snprintf(buf, size, "%lu\t0\t%lu", ctx_held(ctx, CTX_RES_NUMFILE),
		 limit_of(ctx, CTX_RES_NUMFILE));
}

static void show_file_max(struct ctx *ctx, char *buf, size_t size)
{
	snprintf(buf, size, "%lu", limit_of(ctx, CTX_RES_NUMFILE));
}

static void show_pty_nr(struct ctx *ctx, char *buf, size_t size)
{
	snprintf(buf, size, "%lu", ctx_held(ctx, CTX_RES_NUMPTY));
}

/* By the rules that the kernel has for a machine of this size. */
static void show_threads_max(struct ctx *ctx, char *buf, size_t size)
{
	unsigned long n = total_pages(ctx) / (THREAD_SIZE / PAGE_SIZE * 8);

	snprintf(buf, size, "%lu", clamp(n, 20UL, (unsigned long)FUTEX_TID_MASK));
}

static void show_min_free(struct ctx *ctx, char *buf, size_t size)
{
	unsigned long n = int_sqrt((total_pages(ctx) << (PAGE_SHIFT - 10)) * 16);

	snprintf(buf, size, "%lu", clamp(n, 128UL, 262144UL));
}

static void show_reserve(struct ctx *ctx, char *buf, size_t size, unsigned long most)
{
	unsigned long n = (total_pages(ctx) << (PAGE_SHIFT - 10)) / 32;

	snprintf(buf, size, "%lu", min(n, most));
}

static void show_user_reserve(struct ctx *ctx, char *buf, size_t size)
{
	show_reserve(ctx, buf, size, 1UL << 17);
}

static void show_admin_reserve(struct ctx *ctx, char *buf, size_t size)
{
	show_reserve(ctx, buf, size, 1UL << 13);
}

/* A share of memory, by what one costs in bytes. */
static unsigned long share(struct ctx *ctx, unsigned int percent, unsigned int cost)
{
	return (total_pages(ctx) / 100 * percent << PAGE_SHIFT) / cost;
}

static void show_epoll(struct ctx *ctx, char *buf, size_t size)
{
	snprintf(buf, size, "%lu", share(ctx, 4, 184));
}

static void show_marks(struct ctx *ctx, char *buf, size_t size)
{
	snprintf(buf, size, "%lu", clamp(share(ctx, 1, 1280), 8192UL, 1048576UL));
}

static void show_conntrack_max(struct ctx *ctx, char *buf, size_t size)
{
	snprintf(buf, size, "%lu", min(limit_of(ctx, CTX_RES_NUMCONNTRACK), 262144UL));
}

/* Shown as TCP's table of sockets, which all use. */
#define TCP_ENTRIES	65536

/* A setting of each network namespace, which begins as a part of that table. */
static void show_part(char *buf, size_t size, unsigned int value, unsigned int part)
{
	if (IS_ENABLED(CONFIG_INET) &&
	    value == (init_net.ipv4.tcp_death_row.hashinfo->ehash_mask + 1) / part)
		value = TCP_ENTRIES / part;
	snprintf(buf, size, "%u", value);
}

static void show_syn_backlog(struct ctx *ctx, char *buf, size_t size)
{
	show_part(buf, size, READ_ONCE(current->nsproxy->net_ns->ipv4.sysctl_max_syn_backlog), 128);
}

static void show_tw_buckets(struct ctx *ctx, char *buf, size_t size)
{
	struct inet_timewait_death_row *row = &current->nsproxy->net_ns->ipv4.tcp_death_row;

	show_part(buf, size, READ_ONCE(row->sysctl_max_tw_buckets), 2);
}

#define FIVE_ZEROS	"0\t0\t0\t0\t0"

/* In the order of strcmp(). */
static const struct figure figures[] = {
	{ "epoll/max_user_watches", show_epoll },
	{ "fanotify/max_user_marks", show_marks },
	{ "fs/aio-nr", NULL, "0" },
	{ "fs/dentry-state", NULL, "0\t0\t45\t0\t0\t0" },
	{ "fs/file-max", show_file_max },
	{ "fs/file-nr", show_file_nr },
	{ "fs/inode-nr", NULL, "0\t0" },
	{ "fs/inode-state", NULL, FIVE_ZEROS "\t0\t0" },
	{ "inotify/max_user_watches", show_marks },
	{ "ipv4/tcp_ehash_entries", NULL, "-" __stringify(TCP_ENTRIES) },
	{ "ipv4/tcp_max_syn_backlog", show_syn_backlog },
	{ "ipv4/tcp_max_tw_buckets", show_tw_buckets },
	{ "ipv4/udp_hash_entries", NULL, "-1024" },
	{ "kernel/pid_max", NULL, __stringify(4194304) },
	{ "kernel/threads-max", show_threads_max },
	{ "kernel/watchdog_cpumask", NULL, "0" },
	{ "netfilter/nf_conntrack_buckets", NULL, "65536" },
	{ "netfilter/nf_conntrack_max", show_conntrack_max },
	{ "pty/nr", show_pty_nr },
	{ "quota/allocated_dquots", NULL, "0" },
	{ "quota/cache_hits", NULL, "0" },
	{ "quota/drops", NULL, "0" },
	{ "quota/free_dquots", NULL, "0" },
	{ "quota/lookups", NULL, "0" },
	{ "quota/reads", NULL, "0" },
	{ "quota/syncs", NULL, "0" },
	{ "quota/writes", NULL, "0" },
	{ "vm/admin_reserve_kbytes", show_admin_reserve },
	{ "vm/min_free_kbytes", show_min_free },
	{ "vm/nr_hugepages", NULL, "0" },
	{ "vm/nr_hugepages_mempolicy", NULL, "0" },
	{ "vm/nr_overcommit_hugepages", NULL, "0" },
	{ "vm/user_reserve_kbytes", show_user_reserve },
};

struct name {
	const char *dir;
	const char *entry;
};

static int compare(const void *key, const void *element)
{
	const struct name *name = key;
	const struct figure *figure = element;
	size_t len = strlen(name->dir);
	int diff = strncmp(name->dir, figure->path, len);

	if (diff)
		return diff;
	if (figure->path[len] != '/')
		return '/' - figure->path[len];
	return strcmp(name->entry, figure->path + len + 1);
}

static const struct figure *find(const struct ctl_table_header *head, const char *entry)
{
	struct name name = { .entry = entry };

	if (!head->parent || !head->parent->header.ctl_table)
		return NULL;
	name.dir = head->parent->header.ctl_table[0].procname;
	return name.dir ? bsearch(&name, figures, ARRAY_SIZE(figures), sizeof(figures[0]),
				  compare) : NULL;
}

bool __ctx_view_sysctl(const struct ctl_table_header *head, const struct ctl_table *table,
		       char *buf, size_t *count, loff_t *pos)
{
	struct ctx *ctx = ctx_current();
	const struct figure *figure;
	char text[96];
	size_t len;

	if (!ctx)
		return false;
	figure = find(head, table->procname);
	if (!figure)
		return false;
	if (figure->show)
		figure->show(ctx, text, sizeof(text) - 1);
	else
		strscpy(text, figure->fixed, sizeof(text) - 1);
	strcat(text, "\n");
	len = strlen(text);
	*count = *pos < len ? min(*count, len - (size_t)*pos) : 0;
	memcpy(buf, text + *pos, *count);
	*pos += *count;
	return true;
}
