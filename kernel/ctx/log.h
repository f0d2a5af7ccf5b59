/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts: the kernel log of each, a ring of records.
 */
#ifndef _KERNEL_CTX_LOG_H
#define _KERNEL_CTX_LOG_H

#include <linux/ctx.h>
#include <linux/irq_work.h>
#include <linux/mutex.h>
#include <linux/ratelimit.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

/* What the host's log gets of it. Each kind has limits of its own. */
enum ctx_log_copy {
	CTX_COPY_OOM,
	CTX_COPY_START,		/* as often as root inside likes, too */
	CTX_COPY_REFUSAL,
	CTX_COPY_CHATTER,	/* what tasks inside write, or cause at will */

	/* private: */
	__CTX_COPY_MAX
};

/**
 * struct ctx_log - kernel log of a context
 *
 * Written from any context of execution but NMIs, by who has the context by a
 * reference or under RCU. Records lie one behind the other in @ring, none
 * across its end; the oldest make room for a new one.
 */
struct ctx_log {
	/** @lock: of @head, @tail, @seq and @ring; the innermost of all */
	raw_spinlock_t		lock;
	/** @head: bytes ever written, rests at the end of @ring included */
	u32			head;
	/** @tail: where the oldest record is, counted as @head */
	u32			tail;
	/** @seq: number of the last record, 0 for none */
	u64			seq;
	/** @ring: %CTX_LOG_BYTES */
	char			*ring;
	/** @refused: refusals are not written above this rate; own lock */
	struct ratelimit_state	refused;
	/** @limited: the same of limits that were reached */
	struct ratelimit_state	limited;
	/** @oom: the same of reports of the OOM killer */
	struct ratelimit_state	oom;
	/** @copies: what the host's log gets, by &enum ctx_log_copy */
	struct ratelimit_state	copies[__CTX_COPY_MAX];
	/** @wait: those who wait for a record; they keep the context */
	wait_queue_head_t	wait;
	/** @wake: wakes them, where the writer may not */
	struct irq_work		wake;
	/** @reader: of what follows, for syslog(2) */
	struct mutex		reader;
	/** @cleared: number of the last record at the time of a clear; read without lock */
	u64			cleared;
	/** @read: number of the last record that was read to its end */
	u64			read;
	/** @partial: bytes of the next one, in print, that were read */
	size_t			partial;
	/** @oom_kills: tasks that the OOM killer has ended */
	atomic64_t		oom_kills;
	/** @oom_work: tells of them; holds a reference of @ctx while it is queued */
	struct work_struct	oom_work;
	/** @ctx: whose it is */
	struct ctx		*ctx;
};

/**
 * struct ctx_log_line - a record, for readers
 * @seq: its number, from 1 on
 * @time: nanoseconds since NEW
 * @prio: facility and level, as in syslog(3)
 * @len: of @text
 * @text: with a NUL behind; may have several lines
 */
struct ctx_log_line {
	u64	seq;
	u64	time;
	u16	prio;
	u16	len;
	char	text[CTX_LOG_TEXT_MAX + 1];
};

/* log.c */
struct ctx_log *ctx_log_alloc(struct ctx *ctx);
void ctx_log_free(struct ctx_log *log);
bool ctx_log_next(struct ctx *ctx, u64 after, struct ctx_log_line *line);
u64 ctx_log_after(struct ctx *ctx, u64 after);
u64 ctx_log_last(struct ctx *ctx);
void ctx_log_write(struct ctx *ctx, unsigned int prio, const char *text, size_t len);
void ctx_log_skip(struct ctx *ctx);
void ctx_log_to_host(struct ctx *ctx, enum ctx_log_copy kind, int level, const char *text);
void ctx_make_printable(char *text);
__printf(3, 4)
void ctx_log(struct ctx *ctx, int level, const char *fmt, ...);

/* messages.c */
pid_t ctx_pid_of(const struct ctx *ctx, struct task_struct *task);
struct user_namespace *ctx_outermost(struct user_namespace *ns);
void ctx_log_start(struct ctx *ctx, struct task_struct *init);

/* oom.c */
void ctx_oom_tell(struct work_struct *work);

#endif /* _KERNEL_CTX_LOG_H */
