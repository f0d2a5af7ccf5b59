// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: syslog(2) and /proc/kmsg, on a context's own log. The records are
 * printed as the host's are. Levels of the console are the host's.
 */

#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/syslog.h>
#include <linux/uaccess.h>

#include "checks.h"
#include "klog.h"

/* What syslog(2) makes of a record; longer ones are cut at a line's end. */
#define PRINT_MAX	2048

struct print {
	struct ctx_log_line	line;
	size_t			len;
	char			text[PRINT_MAX];
};

bool __ctx_has_klog(void)
{
	return ctx_subject(CTX_CHECK_syslog);
}

/* Of the outermost user namespace: everybody is root of one that he makes. */
static bool is_privileged(void)
{
	struct user_namespace *ns = ctx_outermost(current_user_ns());

	return ns_capable_noaudit(ns, CAP_SYSLOG) || ns_capable_noaudit(ns, CAP_SYS_ADMIN);
}

/**
 * ctx_klog_may - may the current task do this to the log of its context
 * @type: action of syslog(2)
 *
 * Who may is as on the host, where the host's kernel.dmesg_restrict counts; but
 * root inside needs no CAP_SYSLOG, which contexts do not have by default.
 */
bool ctx_klog_may(int type)
{
	if (!dmesg_restrict &&
	    (type == SYSLOG_ACTION_READ_ALL || type == SYSLOG_ACTION_SIZE_BUFFER))
		return true;
	return is_privileged();
}

/* Each line of the record gets a prefix. */
static void print_line(struct print *p)
{
	const struct ctx_log_line *line = &p->line;
	u64 us = line->time / NSEC_PER_USEC;
	const char *text = line->text, *end;
	char prefix[48];
	int len;

	p->len = 0;
	len = scnprintf(prefix, sizeof(prefix), "<%u>[%5llu.%06llu] ", line->prio,
			us / USEC_PER_SEC, us % USEC_PER_SEC);
	do {
		end = strchrnul(text, '\n');
		if (p->len + len + (end - text) + 1 > PRINT_MAX)
			break;
		memcpy(p->text + p->len, prefix, len);
		memcpy(p->text + p->len + len, text, end - text);
		p->len += len + (end - text) + 1;
		p->text[p->len - 1] = '\n';
		text = end + 1;
	} while (*end);
}

static bool print_next(struct ctx *ctx, u64 after, struct print *p)
{
	if (!ctx_log_next(ctx, after, &p->line))
		return false;
	print_line(p);
	return true;
}

/* What a part was read of before may be gone: then the next one is whole. */
static bool print_unread(struct ctx *ctx, struct print *p)
{
	struct ctx_log *log = ctx->log;

	lockdep_assert_held(&log->reader);
	if (!print_next(ctx, log->read, p))
		return false;
	if (p->line.seq != log->read + 1)
		log->partial = 0;
	return true;
}

static int read_some(struct ctx *ctx, char __user *buf, size_t size, struct print *p)
{
	struct ctx_log *log = ctx->log;
	int done = 0;
	size_t n;

	while (size && print_unread(ctx, p)) {
		n = min(size, p->len - log->partial);
		if (copy_to_user(buf + done, p->text + log->partial, n))
			return done ?: -EFAULT;
		done += n;
		size -= n;
		log->partial += n;
		if (log->partial < p->len) {
			/* So that what is left is known for a part. */
			log->read = p->line.seq - 1;
		} else {
			log->read = p->line.seq;
			log->partial = 0;
		}
	}
	return done;
}

/* Waits for a record without the lock: others may read meanwhile, or clear. */
static int read_unread(struct ctx *ctx, char __user *buf, size_t size)
{
	struct print *p __free(kfree) = kmalloc(sizeof(*p), GFP_KERNEL);
	struct ctx_log *log = ctx->log;
	int ret;

	if (!p)
		return -ENOMEM;
	do {
		ret = wait_event_interruptible(log->wait, ctx_log_after(ctx, READ_ONCE(log->read)));
		if (ret)
			return ret;
		ret = mutex_lock_interruptible(&log->reader);
		if (ret)
			return ret;
		ret = read_some(ctx, buf, size, p);
		mutex_unlock(&log->reader);
	} while (!ret);
	return ret;
}

/* As many of the last records as fit. What comes meanwhile may not any more. */
static int read_all(struct ctx *ctx, char __user *buf, size_t size, bool clear)
{
	struct print *p __free(kfree) = kmalloc(sizeof(*p), GFP_KERNEL);
	struct ctx_log *log = ctx->log;
	u64 seq = READ_ONCE(log->cleared);
	size_t total = 0, done = 0;

	if (!p)
		return -ENOMEM;
	for (u64 i = seq; print_next(ctx, i, p); i = p->line.seq)
		total += p->len;
	for (; print_next(ctx, seq, p); seq = p->line.seq) {
		if (total > size) {
			total -= min(total, p->len);
			continue;
		}
		if (done + p->len > size)
			break;
		if (copy_to_user(buf + done, p->text, p->len))
			return -EFAULT;
		done += p->len;
	}
	if (clear)
		WRITE_ONCE(log->cleared, seq);
	return done;
}

static int size_unread(struct ctx *ctx, bool count)
{
	struct print *p __free(kfree) = kmalloc(sizeof(*p), GFP_KERNEL);
	struct ctx_log *log = ctx->log;
	int size = 0;

	if (!p)
		return -ENOMEM;
	guard(mutex)(&log->reader);
	if (!print_unread(ctx, p))
		return 0;
	if (count)
		return 1;
	size -= log->partial;
	do
		size += p->len;
	while (print_next(ctx, p->line.seq, p));
	return size;
}

static int do_read(struct ctx *ctx, int type, char __user *buf, int len)
{
	if (!buf || len < 0)
		return -EINVAL;
	if (!len)
		return 0;
	if (!access_ok(buf, len))
		return -EFAULT;
	if (type == SYSLOG_ACTION_READ)
		return read_unread(ctx, buf, len);
	return read_all(ctx, buf, len, type == SYSLOG_ACTION_READ_CLEAR);
}

/**
 * ctx_syslog - what the current task of a context asks of its log
 * @type: action
 * @buf: where to read to
 * @len: its size
 * @source: %SYSLOG_FROM_READER or %SYSLOG_FROM_PROC
 *
 * Return: as syslog(2).
 */
int ctx_syslog(int type, char __user *buf, int len, int source)
{
	struct ctx *ctx = ctx_current();

	if (!ctx || !((source == SYSLOG_FROM_PROC && type != SYSLOG_ACTION_OPEN) ||
		      ctx_klog_may(type)))
		return -EPERM;
	switch (type) {
	case SYSLOG_ACTION_CLOSE:
	case SYSLOG_ACTION_OPEN:
		return 0;
	case SYSLOG_ACTION_READ:
	case SYSLOG_ACTION_READ_ALL:
	case SYSLOG_ACTION_READ_CLEAR:
		return do_read(ctx, type, buf, len);
	case SYSLOG_ACTION_CLEAR:
		WRITE_ONCE(ctx->log->cleared, ctx_log_last(ctx));
		return 0;
	case SYSLOG_ACTION_CONSOLE_OFF:
	case SYSLOG_ACTION_CONSOLE_ON:
	case SYSLOG_ACTION_CONSOLE_LEVEL:
		return ctx_refuse(ctx, CTX_REFUSED_SYSLOG, "level of the console");
	case SYSLOG_ACTION_SIZE_UNREAD:
		return size_unread(ctx, source == SYSLOG_FROM_PROC);
	case SYSLOG_ACTION_SIZE_BUFFER:
		return CTX_LOG_BYTES;
	}
	return -EINVAL;
}

static ssize_t proc_kmsg_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	struct ctx *ctx = file->private_data;

	if (file->f_flags & O_NONBLOCK && !size_unread(ctx, true))
		return -EAGAIN;
	return do_read(ctx, SYSLOG_ACTION_READ, buf, min_t(size_t, count, INT_MAX));
}

static __poll_t proc_kmsg_poll(struct file *file, poll_table *wait)
{
	struct ctx *ctx = file->private_data;

	poll_wait(file, &ctx->log->wait, wait);
	return ctx_log_after(ctx, READ_ONCE(ctx->log->read)) ? EPOLLIN | EPOLLRDNORM : 0;
}

static int proc_kmsg_release(struct inode *inode, struct file *file)
{
	ctx_put(file->private_data);
	return 0;
}

static const struct file_operations ctx_proc_kmsg_fops = {
	.read		= proc_kmsg_read,
	.poll		= proc_kmsg_poll,
	.release	= proc_kmsg_release,
	.llseek		= generic_file_llseek,
};

/**
 * ctx_proc_kmsg_open - open /proc/kmsg in a context
 * @inode: the file
 * @file: gets operations of its own, on the log of who opens it, wherever it
 *	is handed to
 *
 * The entry is permanent: procfs does not wait for its release.
 *
 * Return: 0, or -EPERM.
 */
int ctx_proc_kmsg_open(struct inode *inode, struct file *file)
{
	struct ctx *ctx = ctx_current();

	if (!ctx || !ctx_klog_may(SYSLOG_ACTION_OPEN))
		return -EPERM;
	file->private_data = ctx_get(ctx);
	file->f_op = &ctx_proc_kmsg_fops;
	return 0;
}

/*
 * Who reads it is root of the context; on the host that is root of the host. Sizes,
 * which few files have, are of what the host reads there.
 */
void __ctx_proc_own(struct inode *inode, const char *name)
{
	struct user_namespace *ns = inode->i_sb->s_user_ns;

	if (!ctx_of_userns(ns))
		return;
	inode->i_size = 0;
	if (strcmp(name, "kmsg") && strcmp(name, "pagetypeinfo") &&
	    strcmp(name, "user_beancounters"))
		return;
	ns = ctx_outermost(ns);
	inode->i_uid = make_kuid(ns, 0);
	inode->i_gid = make_kgid(ns, 0);
	/* Without such ids, it stays nobody's. */
	if (!uid_valid(inode->i_uid) || !gid_valid(inode->i_gid)) {
		inode->i_uid = GLOBAL_ROOT_UID;
		inode->i_gid = GLOBAL_ROOT_GID;
	}
}
