// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts, LSM: BPF programs and maps, which are only counted here.
 *
 * They have no room for what more than one security module remembers, so those
 * that are charged are in a list, by address, with the user namespace that is
 * charged and a reference to it. Nobody else has any in there.
 */

#include <linux/ctx_charge.h>
#include <linux/xarray.h>

#include "lsm.h"

#ifdef CONFIG_BPF_SYSCALL
/* By address; its lock is taken in softirqs, where programs are freed. */
static DEFINE_XARRAY_FLAGS(ctx_bpf_charged, XA_FLAGS_LOCK_IRQ | XA_FLAGS_ACCOUNT);

static unsigned long bpf_index(const void *object)
{
	return (unsigned long)object / sizeof(long);
}

static int charge_bpf(const void *object)
{
	struct ctx *ctx = static_branch_unlikely(&ctx_used) ? ctx_current() : NULL;
	struct user_namespace *ns;
	int ret;

	if (!ctx)
		return 0;
	if (!ctx_charge(ctx, CTX_RES_NUMBPF, 1))
		return -ENOMEM;
	ns = get_user_ns(current_real_cred()->user_ns);
	ret = xa_err(xa_store_irq(&ctx_bpf_charged, bpf_index(object), ns, GFP_KERNEL));
	if (ret) {
		ctx_uncharge(ctx, CTX_RES_NUMBPF, 1);
		put_user_ns(ns);
	}
	return ret;
}

/* Also of one that was refused. */
static void uncharge_bpf(const void *object)
{
	struct user_namespace *ns;
	unsigned long flags;

	if (!static_branch_unlikely(&ctx_used))
		return;
	xa_lock_irqsave(&ctx_bpf_charged, flags);
	ns = __xa_erase(&ctx_bpf_charged, bpf_index(object));
	xa_unlock_irqrestore(&ctx_bpf_charged, flags);
	if (!ns)
		return;
	ctx_uncharge_userns(ns, CTX_RES_NUMBPF, 1);
	put_user_ns(ns);
}

static int ctx_bpf_map_create(struct bpf_map *map, union bpf_attr *attr,
			      struct bpf_token *token)
{
	return charge_bpf(map);
}

static void ctx_bpf_map_free(struct bpf_map *map)
{
	uncharge_bpf(map);
}

static int ctx_bpf_prog_load(struct bpf_prog *prog, union bpf_attr *attr,
			     struct bpf_token *token)
{
	return charge_bpf(prog);
}

static void ctx_bpf_prog_free(struct bpf_prog *prog)
{
	uncharge_bpf(prog);
}

static struct security_hook_list ctx_bpf_hooks[] __ro_after_init = {
	LSM_HOOK_INIT(bpf_map_create, ctx_bpf_map_create),
	LSM_HOOK_INIT(bpf_map_free, ctx_bpf_map_free),
	LSM_HOOK_INIT(bpf_prog_load, ctx_bpf_prog_load),
	LSM_HOOK_INIT(bpf_prog_free, ctx_bpf_prog_free),
};
#endif

void __init ctx_add_bpf_hooks(void)
{
#ifdef CONFIG_BPF_SYSCALL
	security_add_hooks(ctx_bpf_hooks, ARRAY_SIZE(ctx_bpf_hooks), &ctx_lsm_id);
#endif
}
