// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: beancounters, what is told of them.
 */

#include <linux/bitops.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>

#include "internal.h"

static const char *const ctx_resource_names[] = {
	[CTX_RES_KMEMSIZE]	= "kmemsize",
	[CTX_RES_LOCKEDPAGES]	= "lockedpages",
	[CTX_RES_PRIVVMPAGES]	= "privvmpages",
	[CTX_RES_SHMPAGES]	= "shmpages",
	[CTX_RES_NUMPROC]	= "numproc",
	[CTX_RES_PHYSPAGES]	= "physpages",
	[CTX_RES_VMGUARPAGES]	= "vmguarpages",
	[CTX_RES_OOMGUARPAGES]	= "oomguarpages",
	[CTX_RES_NUMTCPSOCK]	= "numtcpsock",
	[CTX_RES_NUMFLOCK]	= "numflock",
	[CTX_RES_NUMPTY]	= "numpty",
	[CTX_RES_NUMSIGINFO]	= "numsiginfo",
	[CTX_RES_TCPSNDBUF]	= "tcpsndbuf",
	[CTX_RES_TCPRCVBUF]	= "tcprcvbuf",
	[CTX_RES_OTHERSOCKBUF]	= "othersockbuf",
	[CTX_RES_DGRAMRCVBUF]	= "dgramrcvbuf",
	[CTX_RES_NUMOTHERSOCK]	= "numothersock",
	[CTX_RES_DCACHESIZE]	= "dcachesize",
	[CTX_RES_NUMFILE]	= "numfile",
	[CTX_RES_NUMIPTENT]	= "numiptent",
	[CTX_RES_SWAPPAGES]	= "swappages",
	[CTX_RES_NUMUSERNS]	= "numuserns",
	[CTX_RES_NUMPIDNS]	= "numpidns",
	[CTX_RES_NUMUTSNS]	= "numutsns",
	[CTX_RES_NUMIPCNS]	= "numipcns",
	[CTX_RES_NUMNETNS]	= "numnetns",
	[CTX_RES_NUMMNTNS]	= "nummntns",
	[CTX_RES_NUMCGROUPNS]	= "numcgroupns",
	[CTX_RES_NUMTIMENS]	= "numtimens",
	[CTX_RES_NUMINOTIFY]	= "numinotify",
	[CTX_RES_NUMINOWATCH]	= "numinowatch",
	[CTX_RES_NUMFANOTIFY]	= "numfanotify",
	[CTX_RES_NUMFANMARK]	= "numfanmark",
	[CTX_RES_NUMMOUNT]	= "nummount",
	[CTX_RES_NUMKEY]	= "numkey",
	[CTX_RES_KEYSIZE]	= "keysize",
	[CTX_RES_NUMTIMER]	= "numtimer",
	[CTX_RES_NUMCONNTRACK]	= "numconntrack",
	[CTX_RES_NUMNEIGH]	= "numneigh",
	[CTX_RES_NUMNETDEV]	= "numnetdev",
	[CTX_RES_NUMBPF]	= "numbpf",
	[CTX_RES_NUMURING]	= "numuring",
	[CTX_RES_NUMEPOLL]	= "numepoll",
	[CTX_RES_PIPEPAGES]	= "pipepages",
	[CTX_RES_MQBYTES]	= "mqbytes",
	[CTX_RES_NUMCGROUP]	= "numcgroup",
};

static_assert(ARRAY_SIZE(ctx_resource_names) == __CTX_RES_MAX);

/**
 * ctx_resource_name - name of a resource, as in /proc/user_beancounters
 * @res: resource
 *
 * Return: the name.
 */
const char *ctx_resource_name(enum ctx_resource res)
{
	return ctx_resource_names[res];
}

static void log_limit(struct ctx *ctx, enum ctx_resource res)
{
	const struct ctx_bean *bean = &ctx->bc.bean[res];

	if (!__ratelimit(&ctx->log->limited)) {
		ctx_log_skip(ctx);
		return;
	}
	ctx_log(ctx, LOGLEVEL_WARNING,
		"limit of %s reached: held %lu, barrier %ld, limit %ld, failcnt %ld",
		ctx_resource_name(res), ctx_held(ctx, res), READ_ONCE(bean->barrier),
		READ_ONCE(bean->limit), atomic_long_read(&bean->failcnt));
}

/*
 * The bit is cleared first: a rise that comes later asks for the worker anew,
 * which is allowed while it runs.
 */
void ctx_bc_tell(struct work_struct *work)
{
	struct ctx *ctx = container_of(to_delayed_work(work), struct ctx, bc.tell);
	unsigned long res;

	clear_bit(CTX_TELLING, &ctx->flags);
	smp_mb__after_atomic(); /* pairs with the order of the bits in refused() */
	for_each_set_bit(res, ctx->bc.failed, __CTX_RES_MAX)
		if (test_and_clear_bit(res, ctx->bc.failed)) {
			log_limit(ctx, res);
			ctx_event_limit(ctx, res);
		}
	ctx_put(ctx);
}
