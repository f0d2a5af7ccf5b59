// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: the kernel log of each.
 *
 * A flood of what is written inside turns over the ring of that context and no
 * other. The host's log gets copies, with the id in front, that are few enough
 * not to push out what the host itself has to say: see HOST_SHARE.
 */

#include <kunit/visibility.h>
#include <linux/ctype.h>
#include <linux/init.h>
#include <linux/kern_levels.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "internal.h"

/* Lines of a kind that a context may write at once, and in how long again. */
#define LOG_BURST	20
#define LOG_INTERVAL	(5 * HZ)
/* Reports of the OOM killer have many lines. */
#define OOM_BURST	4

/*
 * Of the host's log: what all contexts together may write to it in an hour of each
 * kind, as a divisor of its size; what one of them may, of that; and the longest
 * line, with the room that a record takes beside it.
 */
#define HOST_SHARE	8
#define HOST_SHARE_EACH	8
#define HOST_LINE_MAX	255
#define HOST_RECORD_MAX	(HOST_LINE_MAX + 1 + 32)
#define HOST_INTERVAL	(3600 * HZ)

static struct ratelimit_state host_copies[__CTX_COPY_MAX];
static int host_burst __ro_after_init;

/* Aligned to eight bytes, so that there is always room for the first four members. */
struct record {
	u16	size;	/* of all, or the rest of the ring if @pad */
	u16	len;
	u16	prio;
	u16	pad;
	u64	seq;
	u64	time;
	char	text[];
};

static_assert(!(CTX_LOG_BYTES & (CTX_LOG_BYTES - 1)));
static_assert(CTX_LOG_BYTES <= U16_MAX);
static_assert(sizeof(struct record) + CTX_LOG_TEXT_MAX < CTX_LOG_BYTES / 2);

static struct record *record_at(const struct ctx_log *log, u32 pos)
{
	return (struct record *)(log->ring + (pos & (CTX_LOG_BYTES - 1)));
}

static void wake_readers(struct irq_work *work)
{
	struct ctx_log *log = container_of(work, struct ctx_log, wake);

	wake_up_interruptible_all(&log->wait);
}

/* What was cut is seen by the numbers of the records; nobody prints it. */
static void init_limit(struct ratelimit_state *limit, int interval, int burst)
{
	ratelimit_state_init(limit, interval, burst);
	ratelimit_set_flags(limit, RATELIMIT_MSG_ON_RELEASE);
}

/**
 * ctx_log_alloc - make a log
 * @ctx: whose
 *
 * Return: the log, or NULL without memory.
 */
struct ctx_log *ctx_log_alloc(struct ctx *ctx)
{
	struct ctx_log *log = kzalloc(sizeof(*log), GFP_KERNEL_ACCOUNT);

	if (!log)
		return NULL;
	log->ring = kvzalloc(CTX_LOG_BYTES, GFP_KERNEL_ACCOUNT);
	if (!log->ring) {
		kfree(log);
		return NULL;
	}
	log->ctx = ctx;
	raw_spin_lock_init(&log->lock);
	mutex_init(&log->reader);
	init_waitqueue_head(&log->wait);
	init_irq_work(&log->wake, wake_readers);
	INIT_WORK(&log->oom_work, ctx_oom_tell);
	init_limit(&log->refused, LOG_INTERVAL, LOG_BURST);
	init_limit(&log->limited, LOG_INTERVAL, LOG_BURST);
	init_limit(&log->oom, LOG_INTERVAL, OOM_BURST);
	for (int i = 0; i < __CTX_COPY_MAX; i++)
		init_limit(&log->copies[i], HOST_INTERVAL, host_burst / HOST_SHARE_EACH);
	return log;
}

/**
 * ctx_log_free - the end of a log
 * @log: log that nobody can write to any more
 *
 * Who waited for a record kept the context; see ctx_put() for the last wake-up.
 */
void ctx_log_free(struct ctx_log *log)
{
	kvfree(log->ring);
	kfree(log);
}

static void drop_oldest(struct ctx_log *log)
{
	log->tail += record_at(log, log->tail)->size;
}

/* Room in one piece at @head, with the rest of the ring before it padded. */
static struct record *make_room(struct ctx_log *log, u32 size)
{
	u32 rest = CTX_LOG_BYTES - (log->head & (CTX_LOG_BYTES - 1));
	u32 pad = rest < size ? rest : 0;
	struct record *rec;

	while (log->head - log->tail + pad + size > CTX_LOG_BYTES)
		drop_oldest(log);
	if (pad) {
		rec = record_at(log, log->head);
		rec->size = pad;
		rec->pad = true;
		log->head += pad;
	}
	rec = record_at(log, log->head);
	rec->size = size;
	rec->pad = false;
	log->head += size;
	return rec;
}

/**
 * ctx_log_write - a record of the log
 * @ctx: context
 * @prio: facility and level
 * @text: the text
 * @len: its length; what is more than %CTX_LOG_TEXT_MAX is cut
 */
void ctx_log_write(struct ctx *ctx, unsigned int prio, const char *text, size_t len)
{
	struct ctx_log *log = ctx->log;
	struct record *rec;
	unsigned long flags;

	len = min_t(size_t, len, CTX_LOG_TEXT_MAX);
	raw_spin_lock_irqsave(&log->lock, flags);
	rec = make_room(log, ALIGN(sizeof(*rec) + len, 8));
	rec->len = len;
	rec->prio = prio;
	rec->seq = ++log->seq;
	rec->time = ktime_get_boottime_ns() - ctx->start_time;
	memcpy(rec->text, text, len);
	raw_spin_unlock_irqrestore(&log->lock, flags);
	/* Its barrier is between the record and the look for waiters. */
	if (wq_has_sleeper(&log->wait))
		irq_work_queue(&log->wake);
}
EXPORT_SYMBOL_IF_KUNIT(ctx_log_write);

/**
 * ctx_log_skip - number a record that is not written
 * @ctx: context
 */
void ctx_log_skip(struct ctx *ctx)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&ctx->log->lock, flags);
	ctx->log->seq++;
	raw_spin_unlock_irqrestore(&ctx->log->lock, flags);
}
EXPORT_SYMBOL_IF_KUNIT(ctx_log_skip);

/* The first record behind number @after, or NULL. */
static struct record *find_next(const struct ctx_log *log, u64 after)
{
	struct record *rec;

	for (u32 pos = log->tail; pos != log->head; pos += rec->size) {
		rec = record_at(log, pos);
		if (!rec->pad && rec->seq > after)
			return rec;
	}
	return NULL;
}

/**
 * ctx_log_next - a record of the log
 * @ctx: context
 * @after: number of the last one that the reader has
 * @line: filled with the first one behind that is there
 *
 * Return: false if there is none.
 */
bool ctx_log_next(struct ctx *ctx, u64 after, struct ctx_log_line *line)
{
	struct ctx_log *log = ctx->log;
	const struct record *rec;
	unsigned long flags;

	raw_spin_lock_irqsave(&log->lock, flags);
	rec = find_next(log, after);
	if (rec) {
		line->seq = rec->seq;
		line->time = rec->time;
		line->prio = rec->prio;
		line->len = rec->len;
		memcpy(line->text, rec->text, rec->len);
		line->text[rec->len] = '\0';
	}
	raw_spin_unlock_irqrestore(&log->lock, flags);
	return rec;
}
EXPORT_SYMBOL_IF_KUNIT(ctx_log_next);

/**
 * ctx_log_after - which record comes next
 * @ctx: context
 * @after: number of the last one that the reader has
 *
 * Return: number of the first one behind that is there, 0 if there is none.
 */
u64 ctx_log_after(struct ctx *ctx, u64 after)
{
	const struct record *rec;
	unsigned long flags;
	u64 seq;

	raw_spin_lock_irqsave(&ctx->log->lock, flags);
	rec = find_next(ctx->log, after);
	seq = rec ? rec->seq : 0;
	raw_spin_unlock_irqrestore(&ctx->log->lock, flags);
	return seq;
}
EXPORT_SYMBOL_IF_KUNIT(ctx_log_after);

/**
 * ctx_log_last - the last number
 * @ctx: context
 *
 * Return: number of the last record, of which there may be no more than that.
 */
u64 ctx_log_last(struct ctx *ctx)
{
	unsigned long flags;
	u64 seq;

	raw_spin_lock_irqsave(&ctx->log->lock, flags);
	seq = ctx->log->seq;
	raw_spin_unlock_irqrestore(&ctx->log->lock, flags);
	return seq;
}
EXPORT_SYMBOL_IF_KUNIT(ctx_log_last);

/**
 * ctx_make_printable - make it text that is safe on a reader's terminal
 * @text: a line, names of tasks included
 */
void ctx_make_printable(char *text)
{
	for (; *text; text++)
		if (!isascii(*text) || !isprint(*text))
			*text = '?';
}

/**
 * ctx_log_to_host - tell the host's log, unless it has been told enough
 * @ctx: whose it is
 * @kind: kind of line
 * @level: level
 * @text: a line without newline
 *
 * Deferred: the caller may hold any lock, as of the scheduler.
 */
void ctx_log_to_host(struct ctx *ctx, enum ctx_log_copy kind, int level, const char *text)
{
	char line[HOST_LINE_MAX + 1];

	if (!__ratelimit(&ctx->log->copies[kind]) || !__ratelimit(&host_copies[kind]))
		return;
	snprintf(line, sizeof(line), "ctx %u: %s", ctx->id, text);
	ctx_make_printable(line);
	printk_deferred("%s%s\n", kind == CTX_COPY_OOM && level <= LOGLEVEL_WARNING ?
			KERN_WARNING : KERN_INFO, line);
}

/**
 * ctx_log - a line of the kernel's in the log of a context
 * @ctx: context
 * @level: LOGLEVEL_INFO and others
 * @fmt: the line, without newline
 */
void ctx_log(struct ctx *ctx, int level, const char *fmt, ...)
{
	char text[256];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	ctx_log_write(ctx, level, text, len);
}

static int __init ctx_log_init(void)
{
	host_burst = max_t(int, log_buf_len_get() / HOST_SHARE / HOST_RECORD_MAX,
			   2 * HOST_SHARE_EACH);
	for (int i = 0; i < __CTX_COPY_MAX; i++)
		init_limit(&host_copies[i], HOST_INTERVAL, host_burst);
	return 0;
}
core_initcall(ctx_log_init);
