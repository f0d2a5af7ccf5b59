// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: the second wall.
 *
 * Namespaces and the modes of files are the first one. This security module
 * asks a second time, and knows one thing only: which context the subject is
 * in, and which one the object belongs to. Between two contexts, and from a
 * context to the host, nothing is allowed; from the host inward nothing is
 * refused. Within a context a table says what it is granted: see grants.c.
 *
 * The hooks are in files by subject: lsm_task.c, lsm_fs.c, lsm_net.c,
 * lsm_key.c (keys and System V objects), lsm_bpf.c, lsm_misc.c. The points that have no
 * hook in the kernel are called through <linux/ctx.h>: devices and mounts in
 * lsm_fs.c, network devices and the packet filter in lsm_net.c, what is seen
 * of /proc and /sys in visible.c. Each refusal goes through ctx_refuse().
 *
 * The module is last in the order, so the lsm= of the command line cannot drop
 * it, and stacks with any other.
 */

#include <linux/moduleparam.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "lsm.h"

/* Beyond those of <uapi/linux/lsm.h>, so that none there is met. */
#define LSM_ID_CTX	0x637478

const struct lsm_id ctx_lsm_id = {
	.name	= "ctx",
	.id	= LSM_ID_CTX,
};

struct lsm_blob_sizes ctx_blobs __ro_after_init = {
	.lbs_ipc	= sizeof(struct ctx_maker),
	.lbs_key	= sizeof(struct ctx_key),
	.lbs_sock	= sizeof(struct ctx_sock),
};

static int __init ctx_lsm_init(void)
{
	ctx_add_task_hooks();
	ctx_add_fs_hooks();
	ctx_add_net_hooks();
	ctx_add_key_hooks();
	ctx_add_misc_hooks();
	ctx_add_bpf_hooks();
	return 0;
}

DEFINE_LSM(ctx) = {
	.name	= "ctx",
	.order	= LSM_ORDER_LAST,
	.blobs	= &ctx_blobs,
	.init	= ctx_lsm_init,
};

#ifdef CONFIG_CTX_MUTATION
DECLARE_BITMAP(ctx_checks_off, CTX_CHECK_MAX);

#define CTX_CHECK(name)	#name
static const char *const ctx_check_names[] = {
#include "check_names.h"
};

#undef CTX_CHECK

static int ctx_set_off(const char *value, const struct kernel_param *kp)
{
	int i;

	bitmap_zero(ctx_checks_off, CTX_CHECK_MAX);
	if (sysfs_streq(value, ""))
		return 0;
	i = __sysfs_match_string(ctx_check_names, CTX_CHECK_MAX, value);
	if (i < 0)
		return i;
	set_bit(i, ctx_checks_off);
	return 0;
}

/* All names; the one that is off has a minus. */
static int ctx_get_off(char *buffer, const struct kernel_param *kp)
{
	int i, len = 0;

	for (i = 0; i < CTX_CHECK_MAX; i++)
		len += sysfs_emit_at(buffer, len, "%s%s\n",
				     ctx_check_is_on(i) ? "" : "-", ctx_check_names[i]);
	return len;
}

static const struct kernel_param_ops ctx_off_ops = {
	.set	= ctx_set_off,
	.get	= ctx_get_off,
};

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "ctx."
module_param_cb(off, &ctx_off_ops, NULL, 0600);
MODULE_PARM_DESC(off, "the check that is left out");
#endif /* CONFIG_CTX_MUTATION */
