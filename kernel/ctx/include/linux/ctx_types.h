/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts: the parts that a context is made of.
 */
#ifndef _LINUX_CTX_TYPES_H
#define _LINUX_CTX_TYPES_H

#include <linux/atomic.h>
#include <linux/cgroup-defs.h>
#include <linux/spinlock_types.h>
#include <linux/workqueue.h>
#include <uapi/linux/ctx.h>

struct ctx_release;

/**
 * struct ctx_bean - one beancounter
 *
 * Without lock. What is charged is taken from @held in batches, the rest of
 * which lies in the stocks of the CPUs; so what is really there is @held less
 * all stocks. It can be below zero by what init had before it got the label.
 *
 * Of the resources that a controller counts only @maxheld is used, for the most
 * that somebody has been told.
 */
struct ctx_bean {
	/** @held: what is charged, and what is in stock */
	atomic_long_t		held;
	/** @maxheld: the most there was, as seen when a stock is filled */
	atomic_long_t		maxheld;
	/** @failcnt: how often it was refused */
	atomic_long_t		failcnt;
	/** @barrier: for ctx_charge_soft(); read and written in one piece */
	long			barrier;
	/** @limit: for ctx_charge(); read and written in one piece */
	long			limit;
	/** @batch: what to take for a stock; 0 where that would blur the limit */
	int			batch;
};

/**
 * struct ctx_bc - the beancounters of a context
 */
struct ctx_bc {
	/** @stock: on each CPU, by resource; any CPU may take what is there */
	atomic_t __percpu	*stock;
	/**
	 * @lock: of who empties all stocks, so that nobody else, who finds them
	 * empty meanwhile, refuses what is about to be there. Taken in any
	 * context of execution; nothing nests inside.
	 */
	raw_spinlock_t		lock;
	/** @bean: by &enum ctx_resource */
	struct ctx_bean		bean[__CTX_RES_MAX];
	/** @failed: whose failcnt has risen since it was last told */
	DECLARE_BITMAP(failed, __CTX_RES_MAX);
	/** @tell: tells of them; holds a reference while it is queued */
	struct delayed_work	tell;
};

/**
 * struct ctx_cgroup - the control group of a context
 *
 * Constant from NEW on, with references that go with the memory of the
 * context. The effective one of each controller: where a group has none of
 * its own it is that of an ancestor.
 */
struct ctx_cgroup {
	/** @cgrp: the group that init was in */
	struct cgroup		*cgrp;
	/** @css: by number of the controller; NULL where there is none */
	struct cgroup_subsys_state *css[CGROUP_SUBSYS_COUNT];
};

/**
 * struct ctx_view - what a context is shown in place of the host's
 */
struct ctx_view {
	/** @release: of uname(2), NULL for the kernel's; written under &struct ctx.lock */
	struct ctx_release __rcu *release;
	/** @boot_id: a random UUID, constant from NEW on */
	u8			boot_id[16];
};

struct ctx_cputime;

/**
 * struct ctx_cpu - what a context has of the processors
 */
struct ctx_cpu {
	/** @lock: for @time */
	spinlock_t		lock;
	/** @time: of each processor, since NEW */
	struct ctx_cputime __percpu *time;
	/**
	 * @load: averages over 1, 5 and 15 minutes, by <linux/sched/loadavg.h>;
	 * written by the one work that samples, read without lock
	 */
	unsigned long		load[3];
	/** @load_next: jiffies when they are due; of the same work alone */
	unsigned long		load_next;
	/** @last_pid: in the pid namespace of init, as last seen; under &struct ctx.lock */
	unsigned int		last_pid;
	/** @forks: processes and threads since NEW; under &struct ctx.lock */
	u64			forks;
};

#endif /* _LINUX_CTX_TYPES_H */
