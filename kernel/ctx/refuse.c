// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: refusals are counted by reason, and written to the log of the
 * context, where a flood of them is cut.
 */

#include <kunit/visibility.h>
#include <linux/kern_levels.h>
#include <linux/pid.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/uidgid.h>

#include "internal.h"

/* Longest line of a refusal. */
#define REFUSAL_MAX	191

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
	char text[REFUSAL_MAX + 1];
	char comm[TASK_COMM_LEN];
	int len, id_len;
	va_list args;

	/* Its lock is not for interrupts; what is torn is a name. */
	strscpy(comm, current->comm);
	atomic64_inc(&ctx->refusals[why]);
	if (!__ratelimit(&ctx->log->refused)) {
		ctx_log_skip(ctx);
		return -EPERM;
	}
	id_len = scnprintf(text, sizeof(text), "%u: ", ctx->id);
	len = id_len + scnprintf(text + id_len, sizeof(text) - id_len,
				 "refused %s: %s[%d] uid %u: ", ctx_refusal_names[why], comm,
				 task_pid_vnr(current),
				 from_kuid_munged(current_user_ns(), current_uid()));
	va_start(args, fmt);
	len += vscnprintf(text + len, sizeof(text) - len, fmt, args);
	va_end(args);
	ctx_make_printable(text);
	ctx_log_write(ctx, LOGLEVEL_WARNING, text, len);
	ctx_log_to_host(ctx, CTX_COPY_REFUSAL, LOGLEVEL_INFO, text + id_len);
	return -EPERM;
}
EXPORT_SYMBOL_IF_KUNIT(ctx_refuse);
