// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts, LSM: objects that are found by numbers and owned by ids, and so
 * belong to whom has the ids: keys, and what System V calls IPC.
 */

#include <linux/ctx_charge.h>
#include <linux/init_task.h>
#include <linux/ipc.h>
#include <linux/key.h>

#include "lsm.h"

static struct ctx_key *ctx_key_of(const struct key *key)
{
	return key->security + ctx_blobs.lbs_key;
}

/*
 * A key that is charged holds the context itself: user namespaces hold keys, so
 * that one which held its user namespace would never go. No other module comes
 * after this one, whose refusal could leave the charge behind.
 */
static int charge_new_key(struct key *key, struct ctx *ctx, unsigned long flags)
{
	if (!ctx || flags & KEY_ALLOC_NOT_IN_QUOTA)
		return 0;
	if (flags & KEY_ALLOC_QUOTA_OVERRUN) {
		ctx_charge_force(ctx, CTX_RES_NUMKEY, 1);
		ctx_charge_force(ctx, CTX_RES_KEYSIZE, key->quotalen);
	} else {
		if (!ctx_charge(ctx, CTX_RES_NUMKEY, 1))
			return -EDQUOT;
		if (!ctx_charge(ctx, CTX_RES_KEYSIZE, key->quotalen)) {
			ctx_uncharge(ctx, CTX_RES_NUMKEY, 1);
			return -EDQUOT;
		}
	}
	ctx_key_of(key)->charged = ctx_get(ctx);
	return 0;
}

bool __ctx_charge_key(struct key *key, int more)
{
	return ctx_charge(ctx_key_of(key)->charged, CTX_RES_KEYSIZE, more);
}

void __ctx_uncharge_key(struct key *key, int less)
{
	ctx_uncharge(ctx_key_of(key)->charged, CTX_RES_KEYSIZE, less);
}

void __ctx_free_key(struct key *key)
{
	struct ctx *ctx = ctx_key_of(key)->charged;

	if (!ctx)
		return;
	ctx_uncharge(ctx, CTX_RES_NUMKEY, 1);
	ctx_uncharge(ctx, CTX_RES_KEYSIZE, key->quotalen);
	ctx_put(ctx);
}

/*
 * By the credentials that the key is made with, which are the host's when the
 * kernel asks a name server for a context. Those of the first process stand for
 * nobody: the register of user keyrings, which belongs to who causes it.
 */
static int ctx_key_alloc(struct key *key, const struct cred *cred, unsigned long flags)
{
	struct ctx *ctx = cred == &init_cred ? ctx_current() : ctx_of_cred(cred);

	ctx_set_maker(key->security, ctx_blobs.lbs_key, ctx);
	return charge_new_key(key, ctx, flags);
}

static int ctx_key_permission(key_ref_t ref, const struct cred *cred, enum key_need_perm need)
{
	struct ctx *ctx = ctx_subject(CTX_CHECK_key_permission);
	const struct key *key = key_ref_to_ptr(ref);

	if (!ctx || ctx_has_made(ctx, key->security, ctx_blobs.lbs_key))
		return 0;
	/* Nobody has tried anything: /proc/keys asks what it may show. */
	if (need == KEY_NEED_VIEW)
		return -EACCES;
	ctx_refuse(ctx, CTX_REFUSED_KEY, "key %#x of another context", key_serial(key));
	return -EACCES;
}

static int ctx_ipc_alloc(struct kern_ipc_perm *perm)
{
	ctx_set_maker(perm->security, ctx_blobs.lbs_ipc, ctx_current());
	return 0;
}

static int ctx_ipc_permission(struct kern_ipc_perm *perm, short flag)
{
	struct ctx *ctx = ctx_subject(CTX_CHECK_ipc_permission);

	if (!ctx || ctx_has_made(ctx, perm->security, ctx_blobs.lbs_ipc))
		return 0;
	ctx_refuse(ctx, CTX_REFUSED_IPC, "System V object %d of another context", perm->id);
	return -EACCES;
}

/* Removal and change ask for the owner, by its id, instead of the modes. */
static int ctx_ipc_control(struct kern_ipc_perm *perm, int cmd)
{
	return perm ? ctx_ipc_permission(perm, 0) : 0;
}

static struct security_hook_list ctx_key_hooks[] __ro_after_init = {
	LSM_HOOK_INIT(key_alloc, ctx_key_alloc),
	LSM_HOOK_INIT(key_permission, ctx_key_permission),
	LSM_HOOK_INIT(msg_queue_alloc_security, ctx_ipc_alloc),
	LSM_HOOK_INIT(shm_alloc_security, ctx_ipc_alloc),
	LSM_HOOK_INIT(sem_alloc_security, ctx_ipc_alloc),
	LSM_HOOK_INIT(ipc_permission, ctx_ipc_permission),
	LSM_HOOK_INIT(msg_queue_msgctl, ctx_ipc_control),
	LSM_HOOK_INIT(shm_shmctl, ctx_ipc_control),
	LSM_HOOK_INIT(sem_semctl, ctx_ipc_control),
};

void __init ctx_add_key_hooks(void)
{
	security_add_hooks(ctx_key_hooks, ARRAY_SIZE(ctx_key_hooks), &ctx_lsm_id);
}
