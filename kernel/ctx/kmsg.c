// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: /dev/kmsg, on a context's own log.
 */

#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/syslog.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "klog.h"

/* As on the host: the longest message that is taken, and that is given. */
#define WRITE_MAX	1024
#define READ_MAX	2048
/* Facility of who says none. */
#define LOG_USER	(1 << 3)

/**
 * struct ctx_kmsg - an open /dev/kmsg
 */
struct ctx_kmsg {
	/** @ctx: whose log it is, with a reference */
	struct ctx		*ctx;
	/** @lock: serialises readers; of @line and @text */
	struct mutex		lock;
	/** @seq: number of the last record that was read; also set by lseek(2) */
	atomic64_t		seq;
	/** @line: record that is being read */
	struct ctx_log_line	line;
	/** @text: what is made of it */
	char			text[READ_MAX];
};

static size_t escape(char *to, size_t size, const struct ctx_log_line *line)
{
	size_t len = 0;

	for (size_t i = 0; i < line->len; i++) {
		unsigned char c = line->text[i];

		if (c >= ' ' && c < 127 && c != '\\')
			len += scnprintf(to + len, size - len, "%c", c);
		else if (size - len > 4)
			len += scnprintf(to + len, size - len, "\\x%02x", c);
	}
	return len;
}

static size_t format(struct ctx_kmsg *kmsg)
{
	const struct ctx_log_line *line = &kmsg->line;
	size_t len;

	len = scnprintf(kmsg->text, READ_MAX, "%u,%llu,%llu,-;", line->prio, line->seq,
			line->time / NSEC_PER_USEC);
	len += escape(kmsg->text + len, READ_MAX - 1 - len, line);
	kmsg->text[len++] = '\n';
	return len;
}

static ssize_t wait_for_next(struct ctx_kmsg *kmsg, bool nonblock)
{
	struct ctx *ctx = kmsg->ctx;
	u64 seq = atomic64_read(&kmsg->seq);

	if (ctx_log_next(ctx, seq, &kmsg->line))
		return 0;
	if (nonblock)
		return -EAGAIN;
	return wait_event_interruptible(ctx->log->wait,
					ctx_log_next(ctx, atomic64_read(&kmsg->seq),
						     &kmsg->line));
}

static ssize_t kmsg_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	struct ctx_kmsg *kmsg = file->private_data;
	ssize_t ret;
	size_t len;
	u64 seq;

	ret = mutex_lock_interruptible(&kmsg->lock);
	if (ret)
		return ret;
	ret = wait_for_next(kmsg, file->f_flags & O_NONBLOCK);
	if (ret)
		goto out;
	seq = kmsg->line.seq;
	if (seq != (u64)atomic64_read(&kmsg->seq) + 1) {
		/* Some are gone: the reader is told, and goes on behind them. */
		atomic64_set(&kmsg->seq, seq - 1);
		ret = -EPIPE;
		goto out;
	}
	atomic64_set(&kmsg->seq, seq);
	len = format(kmsg);
	if (len > count)
		ret = -EINVAL;
	else
		ret = copy_to_user(buf, kmsg->text, len) ? -EFAULT : len;
out:
	mutex_unlock(&kmsg->lock);
	return ret;
}

/* "<30>text": without facility it is a user's, to be told from the kernel's. */
static unsigned int parse_prio(const char **text)
{
	unsigned int prio;
	int end = 0;

	if (sscanf(*text, "<%u>%n", &prio, &end) != 1 || !end)
		return LOG_USER | LOGLEVEL_WARNING;
	*text += end;
	prio &= 0x7ff;
	return prio & ~7 ? prio : LOG_USER | prio;
}

static ssize_t kmsg_write(struct kiocb *iocb, struct iov_iter *from)
{
	char *buf __free(kfree) = NULL;
	struct ctx_kmsg *kmsg = iocb->ki_filp->private_data;
	size_t count = iov_iter_count(from), len;
	unsigned int prio;
	const char *text;

	if (count > WRITE_MAX)
		return -EINVAL;
	buf = kmalloc(count + 1, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	if (!copy_from_iter_full(buf, count, from))
		return -EFAULT;
	buf[count] = '\0';
	text = buf;
	prio = parse_prio(&text);
	len = strlen(text);
	if (len && text[len - 1] == '\n')
		buf[text - buf + --len] = '\0';
	ctx_log_write(kmsg->ctx, prio, text, len);
	ctx_log_to_host(kmsg->ctx, CTX_COPY_CHATTER, LOGLEVEL_INFO, text);
	return count;
}

static u64 first(struct ctx *ctx)
{
	return ctx_log_after(ctx, 0) ?: ctx_log_last(ctx) + 1;
}

static loff_t kmsg_llseek(struct file *file, loff_t offset, int whence)
{
	struct ctx_kmsg *kmsg = file->private_data;
	struct ctx *ctx = kmsg->ctx;

	if (offset)
		return -ESPIPE;
	switch (whence) {
	case SEEK_SET:
		atomic64_set(&kmsg->seq, first(ctx) - 1);
		return 0;
	case SEEK_DATA:
		/* Behind the last clear; what is gone since is told by read(2). */
		atomic64_set(&kmsg->seq, READ_ONCE(ctx->log->cleared));
		return 0;
	case SEEK_END:
		atomic64_set(&kmsg->seq, ctx_log_last(ctx));
		return 0;
	}
	return -EINVAL;
}

static __poll_t kmsg_poll(struct file *file, poll_table *wait)
{
	struct ctx_kmsg *kmsg = file->private_data;
	u64 seq = atomic64_read(&kmsg->seq), next;

	poll_wait(file, &kmsg->ctx->log->wait, wait);
	next = ctx_log_after(kmsg->ctx, seq);
	if (!next)
		return 0;
	return EPOLLIN | EPOLLRDNORM | (next == seq + 1 ? 0 : EPOLLERR | EPOLLPRI);
}

static int kmsg_release(struct inode *inode, struct file *file)
{
	struct ctx_kmsg *kmsg = file->private_data;

	mutex_destroy(&kmsg->lock);
	ctx_put(kmsg->ctx);
	kfree(kmsg);
	return 0;
}

static const struct file_operations ctx_kmsg_fops = {
	.read		= kmsg_read,
	.write_iter	= kmsg_write,
	.llseek		= kmsg_llseek,
	.poll		= kmsg_poll,
	.release	= kmsg_release,
};

/**
 * ctx_kmsg_open - open /dev/kmsg in a context
 * @inode: the node
 * @file: gets operations of its own, on the log of who opens it, wherever it
 *	is handed to
 *
 * Return: 0, or -EPERM, -ENOMEM.
 */
int ctx_kmsg_open(struct inode *inode, struct file *file)
{
	struct ctx *ctx = ctx_current();
	struct ctx_kmsg *kmsg;

	if (!ctx || (file->f_mode & FMODE_READ && !ctx_klog_may(SYSLOG_ACTION_READ_ALL)))
		return -EPERM;
	kmsg = kzalloc(sizeof(*kmsg), GFP_KERNEL_ACCOUNT);
	if (!kmsg)
		return -ENOMEM;
	mutex_init(&kmsg->lock);
	kmsg->ctx = ctx_get(ctx);
	atomic64_set(&kmsg->seq, first(ctx) - 1);
	file->private_data = kmsg;
	file->f_op = &ctx_kmsg_fops;
	return 0;
}
