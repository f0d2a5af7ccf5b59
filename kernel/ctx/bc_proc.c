// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: /proc/user_beancounters, in the form that OpenVZ gave it.
 */

#include <linux/ctx_bc.h>
#include <linux/ctx_lookup.h>
#include <linux/init.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "internal.h"

/* Rows that have lost their meaning long ago, and that programs still count. */
#define DUMMY	__CTX_RES_MAX

/* The classic rows; what came later follows by its number. */
static const u8 classic[] = {
	CTX_RES_KMEMSIZE, CTX_RES_LOCKEDPAGES, CTX_RES_PRIVVMPAGES, CTX_RES_SHMPAGES,
	DUMMY,
	CTX_RES_NUMPROC, CTX_RES_PHYSPAGES, CTX_RES_VMGUARPAGES, CTX_RES_OOMGUARPAGES,
	CTX_RES_NUMTCPSOCK, CTX_RES_NUMFLOCK, CTX_RES_NUMPTY, CTX_RES_NUMSIGINFO,
	CTX_RES_TCPSNDBUF, CTX_RES_TCPRCVBUF, CTX_RES_OTHERSOCKBUF, CTX_RES_DGRAMRCVBUF,
	CTX_RES_NUMOTHERSOCK, CTX_RES_DCACHESIZE, CTX_RES_NUMFILE,
	DUMMY, DUMMY, DUMMY,
	CTX_RES_NUMIPTENT,
};

static void show_row(struct seq_file *m, struct ctx *ctx, unsigned int res, const char *uid)
{
	struct ctx_bean_info info = {};

	if (res != DUMMY)
		ctx_bean_info(ctx, res, &info);
	seq_printf(m, "%10s  %-12s %20llu %20llu %20llu %20llu %20llu\n", uid,
		   res == DUMMY ? "dummy" : ctx_resource_name(res), info.held, info.maxheld,
		   info.barrier, info.limit, info.failcnt);
}

static int show(struct seq_file *m, void *v)
{
	struct ctx *ctx = v;
	char uid[16];

	if (v == SEQ_START_TOKEN) {
		seq_puts(m, "Version: 2.5\n");
		seq_printf(m, "%10s  %-12s %20s %20s %20s %20s %20s\n", "uid", "resource",
			   "held", "maxheld", "barrier", "limit", "failcnt");
		return 0;
	}
	snprintf(uid, sizeof(uid), "%u:", ctx->id);
	for (size_t i = 0; i < ARRAY_SIZE(classic); i++)
		show_row(m, ctx, classic[i], i ? "" : uid);
	for (unsigned int res = CTX_RES_SWAPPAGES; res < __CTX_RES_MAX; res++)
		show_row(m, ctx, res, "");
	return 0;
}

/* A file that was opened inside tells of that context, whoever reads it. */
static struct ctx *reader(const struct seq_file *m)
{
	return ctx_of_file(m->file) ?: ctx_current();
}

/* The first from @serial on that may be told of, with a reference. */
static struct ctx *find_from(struct seq_file *m, loff_t *serial)
{
	struct ctx *own = reader(m), *ctx;
	unsigned long at = *serial;

	if (own) {
		if (at > own->serial)
			return NULL;
		*serial = own->serial;
		return ctx_get(own);
	}
	while ((ctx = ctx_next(&at))) {
		*serial = at;
		if (ctx_state(ctx) != CTX_STATE_DEAD)
			break;
		ctx_put(ctx);
		at++;
	}
	return ctx;
}

/* Position 0 is the head; others are serial numbers, which begin with 1. */
static void *start(struct seq_file *m, loff_t *pos)
{
	return *pos ? find_from(m, pos) : SEQ_START_TOKEN;
}

static void *next(struct seq_file *m, void *v, loff_t *pos)
{
	if (v != SEQ_START_TOKEN)
		ctx_put(v);
	++*pos;
	return find_from(m, pos);
}

static void stop(struct seq_file *m, void *v)
{
	if (v && v != SEQ_START_TOKEN)
		ctx_put(v);
}

static const struct seq_operations seq_ops = {
	.start	= start,
	.next	= next,
	.stop	= stop,
	.show	= show,
};

static int open(struct inode *inode, struct file *file)
{
	return seq_open(file, &seq_ops);
}

static const struct proc_ops ctx_bc_proc_ops = {
	.proc_open	= open,
	.proc_read	= seq_read,
	.proc_lseek	= seq_lseek,
	.proc_release	= seq_release,
};

static int __init ctx_bc_proc_init(void)
{
	return proc_create("user_beancounters", 0400, NULL, &ctx_bc_proc_ops) ? 0 : -ENOMEM;
}
fs_initcall(ctx_bc_proc_init);
