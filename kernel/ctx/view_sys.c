// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: the system that a task inside sees.
 */

#include <kunit/visibility.h>
#include <linux/cgroup.h>
#include <linux/cpumask.h>
#include <linux/ctx_view.h>
#include <linux/interrupt.h>
#include <linux/miscdevice.h>
#include <linux/netlink.h>
#include <linux/psi.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uuid.h>
#include <net/netlink.h>

#include "internal.h"

struct ctx_release {
	struct rcu_head	rcu;
	char		text[CTX_OSRELEASE_MAX + 1];
};

/**
 * ctx_release_valid - may this be a release
 * @text: NUL-terminated string
 *
 * Return: true for up to %CTX_OSRELEASE_MAX printable ASCII characters without
 * blanks; the empty string stands for the kernel's own.
 */
bool ctx_release_valid(const char *text)
{
	if (strnlen(text, CTX_OSRELEASE_MAX + 1) > CTX_OSRELEASE_MAX)
		return false;
	for (; *text; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(ctx_release_valid);

/**
 * ctx_release_alloc - make a release for ctx_release_replace()
 * @text: valid release
 * @release: set to it, or to NULL where @text is empty
 *
 * Return: 0 or -ENOMEM.
 */
int ctx_release_alloc(const char *text, struct ctx_release **release)
{
	*release = NULL;
	if (!*text)
		return 0;
	*release = kzalloc(sizeof(**release), GFP_KERNEL_ACCOUNT);
	if (!*release)
		return -ENOMEM;
	strscpy((*release)->text, text);
	return 0;
}

/**
 * ctx_release_replace - change the release
 * @ctx: context, locked or not yet known to anybody
 * @release: taken over; NULL for the kernel's own
 */
void ctx_release_replace(struct ctx *ctx, struct ctx_release *release)
{
	struct ctx_release *old;

	old = rcu_replace_pointer(ctx->view.release, release, true);
	if (old)
		kfree_rcu(old, rcu);
}

/**
 * ctx_view_init - views of a context that nobody knows yet
 * @ctx: context
 */
void ctx_view_init(struct ctx *ctx)
{
	generate_random_uuid(ctx->view.boot_id);
}

/**
 * ctx_view_free - memory of the views of a context that nobody knows any more
 * @ctx: context
 */
void ctx_view_free(struct ctx *ctx)
{
	kfree(rcu_access_pointer(ctx->view.release));
}

/**
 * ctx_fill_view - tell what a context is shown in place of the host's
 * @skb: message to add the attributes to
 * @ctx: context, locked
 *
 * Return: 0, or -EMSGSIZE.
 */
int ctx_fill_view(struct sk_buff *skb, const struct ctx *ctx)
{
	const struct ctx_release *release;

	release = rcu_dereference_protected(ctx->view.release, lockdep_is_held(&ctx->lock));
	return release ? nla_put_string(skb, CTX_A_OSRELEASE, release->text) : 0;
}

void __ctx_view_release(char *text, size_t size)
{
	const struct ctx *ctx = ctx_current();
	const struct ctx_release *release;

	if (!ctx)
		return;
	guard(rcu)();
	release = rcu_dereference(ctx->view.release);
	if (release)
		strscpy_pad(text, release->text, size);
}

u8 *__ctx_view_boot_id(u8 *uuid)
{
	struct ctx *ctx = ctx_current();

	return uuid && ctx ? ctx->view.boot_id : uuid;
}

bool __ctx_view_cmdline(struct seq_file *m)
{
	if (!ctx_current())
		return false;
	seq_puts(m, "quiet\n");
	return true;
}

static void show_cpus(struct seq_file *m, const struct ctx *ctx, int indent)
{
	int cpu;

	seq_printf(m, "%*s", indent, "");
	for_each_online_cpu(cpu)
		if (ctx_has_cpu(ctx, cpu))
			seq_printf(m, "CPU%-8d", cpu);
	seq_putc(m, '\n');
}

static void show_zeros(struct seq_file *m, const struct ctx *ctx)
{
	int cpu;

	for_each_online_cpu(cpu)
		if (ctx_has_cpu(ctx, cpu))
			seq_puts(m, "          0");
	seq_putc(m, '\n');
}

bool __ctx_view_interrupts(struct seq_file *m, int irq)
{
	const struct ctx *ctx = ctx_current();

	if (!ctx)
		return false;
	if (!irq)
		show_cpus(m, ctx, 12);
	return true;
}

bool __ctx_view_softirqs(struct seq_file *m)
{
	const struct ctx *ctx = ctx_current();

	if (!ctx)
		return false;
	show_cpus(m, ctx, 20);
	for (int i = 0; i < NR_SOFTIRQS; i++) {
		seq_printf(m, "%12s:", softirq_to_name[i]);
		show_zeros(m, ctx);
	}
	return true;
}

bool __ctx_view_device(umode_t mode, unsigned int major, unsigned int minor)
{
	const struct ctx *ctx = ctx_current();

	if (!ctx)
		return true;
	if (minor == CTX_DEVICE_ANY)
		return ctx_grants_driver(ctx, mode, major);
	return ctx_grants_device(ctx, mode, MKDEV(major, minor), CTX_DEVICE_READ) ||
	       ctx_grants_device(ctx, mode, MKDEV(major, minor), CTX_DEVICE_WRITE);
}

int __ctx_view_cgroups(int n)
{
	const struct ctx *ctx = ctx_current();

	return ctx ? READ_ONCE(ctx->cg.cgrp->nr_descendants) + 1 : n;
}

struct psi_group *__ctx_view_psi(struct psi_group *group)
{
#ifdef CONFIG_PSI
	const struct ctx *ctx = ctx_current();

	if (ctx && group == &psi_system)
		return cgroup_psi(ctx->cg.cgrp);
#endif
	return group;
}
