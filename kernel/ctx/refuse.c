// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: refusals are counted by reason, and written to the log of the
 * context, where a flood of them is cut.
 */

#include <kunit/visibility.h>
#include <linux/ctype.h>
#include <linux/pid.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/uidgid.h>

#include "internal.h"

/* Lines that a context may write at once, and in how many seconds again. */
#define LOG_BURST	20
#define LOG_INTERVAL	(5 * HZ)

/**
 * struct ctx_log - last lines of a context's log
 */
struct ctx_log {
	/** @lock: of all that follows; hooks are called from any context */
	raw_spinlock_t		lock;
	/** @limit: not more lines than this; has a lock of its own */
	struct ratelimit_state	limit;
	/** @seq: number of the last line, 0 for none */
	u64			seq;
	/** @kept: how many were written, those of the rate limit not */
	u64			kept;
	/** @lines: the last ones that were written, a ring */
	struct ctx_log_line	lines[CTX_LOG_LINES];
};

static const char *const ctx_refusal_names[] = {
	[CTX_REFUSED_SIGNAL]		= "signal",
	[CTX_REFUSED_PTRACE]		= "ptrace",
	[CTX_REFUSED_SCHED]		= "sched",
	[CTX_REFUSED_FD]		= "fd",
	[CTX_REFUSED_UNIX]		= "unix",
	[CTX_REFUSED_SOCKET]		= "socket",
	[CTX_REFUSED_KEY]		= "key",
	[CTX_REFUSED_IPC]		= "ipc",
	[CTX_REFUSED_MOUNT]		= "mount",
	[CTX_REFUSED_FILE]		= "file",
	[CTX_REFUSED_DEVICE]		= "device",
	[CTX_REFUSED_MKNOD]		= "mknod",
	[CTX_REFUSED_CAPABILITY]	= "capability",
	[CTX_REFUSED_MODULE]		= "module",
	[CTX_REFUSED_BPF]		= "bpf",
	[CTX_REFUSED_PERF]		= "perf",
	[CTX_REFUSED_IO_URING]		= "io_uring",
	[CTX_REFUSED_SYSCTL]		= "sysctl",
	[CTX_REFUSED_NETDEV]		= "netdev",
	[CTX_REFUSED_NETFILTER]		= "netfilter",
	[CTX_REFUSED_SYSLOG]		= "syslog",
	[CTX_REFUSED_KERNEL]		= "kernel",
	[CTX_REFUSED_QUOTA]		= "quota",
	[CTX_REFUSED_TTY]		= "tty",
	[CTX_REFUSED_USERNS]		= "userns",
	[CTX_REFUSED_UPCALL]		= "upcall",
};

static_assert(ARRAY_SIZE(ctx_refusal_names) == __CTX_REFUSED_MAX);

/**
 * ctx_log_alloc - make a log
 *
 * Return: the log, to be freed with kfree(), or NULL without memory.
 */
struct ctx_log *ctx_log_alloc(void)
{
	struct ctx_log *log = kzalloc(sizeof(*log), GFP_KERNEL_ACCOUNT);

	if (!log)
		return NULL;
	raw_spin_lock_init(&log->lock);
	ratelimit_state_init(&log->limit, LOG_INTERVAL, LOG_BURST);
	/* What was cut is seen by the numbers of lines; nobody prints it. */
	ratelimit_set_flags(&log->limit, RATELIMIT_MSG_ON_RELEASE);
	return log;
}

/* Of a line as a reader's terminal gets it, names of tasks included. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (!isascii(*text) || !isprint(*text))
			*text = '?';
}

/**
 * ctx_log_write - the next line of the log
 * @ctx: context
 * @text: the line
 * @keep: false if it is only to be numbered
 */
VISIBLE_IF_KUNIT void ctx_log_write(struct ctx *ctx, const char *text, bool keep)
{
	struct ctx_log *log = ctx->log;
	struct ctx_log_line *line;
	unsigned long flags;

	raw_spin_lock_irqsave(&log->lock, flags);
	log->seq++;
	if (keep) {
		line = &log->lines[log->kept++ % CTX_LOG_LINES];
		line->seq = log->seq;
		line->time = ktime_get_boottime_ns() - ctx->start_time;
		strscpy(line->text, text);
	}
	raw_spin_unlock_irqrestore(&log->lock, flags);
}
EXPORT_SYMBOL_IF_KUNIT(ctx_log_write);

/**
 * ctx_log_next - a line of the log
 * @ctx: context
 * @after: number of the last line that the reader has
 * @line: filled with the first one behind that is there
 *
 * Return: false if there is none.
 */
bool ctx_log_next(struct ctx *ctx, u64 after, struct ctx_log_line *line)
{
	struct ctx_log *log = ctx->log;
	unsigned long flags;
	bool found = false;
	u64 i;

	raw_spin_lock_irqsave(&log->lock, flags);
	i = log->kept > CTX_LOG_LINES ? log->kept - CTX_LOG_LINES : 0;
	for (; !found && i < log->kept; i++) {
		*line = log->lines[i % CTX_LOG_LINES];
		found = line->seq > after;
	}
	raw_spin_unlock_irqrestore(&log->lock, flags);
	return found;
}
EXPORT_SYMBOL_IF_KUNIT(ctx_log_next);

/**
 * ctx_refuse - count a refusal, and tell of it
 * @ctx: whom it was refused
 * @why: reason
 * @fmt: what it was
 *
 * From any context of execution.
 *
 * Return: -EPERM.
 */
int ctx_refuse(struct ctx *ctx, enum ctx_refusal why, const char *fmt, ...)
{
	char text[CTX_LOG_TEXT_MAX + 1];
	char comm[TASK_COMM_LEN];
	va_list args;
	int len;

	/* Its lock is not for interrupts; what is torn is a name. */
	strscpy(comm, current->comm);
	atomic64_inc(&ctx->refusals[why]);
	len = scnprintf(text, sizeof(text), "%u: refused %s: %s[%d] uid %u: ", ctx->id,
			ctx_refusal_names[why], comm,
			task_pid_vnr(current),
			from_kuid_munged(current_user_ns(), current_uid()));
	va_start(args, fmt);
	vscnprintf(text + len, sizeof(text) - len, fmt, args);
	va_end(args);
	make_printable(text);
	ctx_log_write(ctx, text, __ratelimit(&ctx->log->limit));
	return -EPERM;
}
EXPORT_SYMBOL_IF_KUNIT(ctx_refuse);
