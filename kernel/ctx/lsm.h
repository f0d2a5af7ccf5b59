/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts: what the files of the LSM share.
 */
#ifndef _KERNEL_CTX_LSM_H
#define _KERNEL_CTX_LSM_H

#include <linux/init.h>
#include <linux/lsm_hooks.h>
#include <linux/sched.h>

#include "checks.h"
#include "internal.h"

extern const struct lsm_id ctx_lsm_id;
extern struct lsm_blob_sizes ctx_blobs;

/*
 * What the LSM remembers of an object that has no credentials: the number of
 * the context that made it, 0 for the host. No reference: numbers are not used
 * again.
 */
struct ctx_maker {
	u64 serial;
};

/*
 * The same of a key, and who is charged for it, with a reference; NULL for the
 * host. The charge follows &struct key.quotalen, under the lock of its user.
 */
struct ctx_key {
	struct ctx_maker	maker;
	struct ctx		*charged;
};

static inline void ctx_set_maker(void *blob, int offset, const struct ctx *ctx)
{
	struct ctx_maker *maker = blob + offset;

	maker->serial = ctx ? ctx->serial : 0;
}

static inline bool ctx_has_made(const struct ctx *ctx, const void *blob, int offset)
{
	const struct ctx_maker *maker = blob + offset;

	return maker->serial == ctx->serial;
}

/*
 * What the beancounters remember of a socket. Zero when it is made. What is
 * charged changes under the lock that its protocol has for it, or without:
 * hence atomic.
 */
struct ctx_sock {
	/* charged for the socket: a resource, or 0; constant from then on */
	u8 charged;
	/* pages charged for its buffers, where the protocol counts them */
	atomic_t sent, received;
	/* bytes charged for its datagrams under way, where it does not */
	atomic_t written;
};

/* lsm_*.c: add their hooks. */
void __init ctx_add_task_hooks(void);
void __init ctx_add_fs_hooks(void);
void __init ctx_add_net_hooks(void);
void __init ctx_add_key_hooks(void);
void __init ctx_add_misc_hooks(void);
void __init ctx_add_bpf_hooks(void);

#if IS_ENABLED(CONFIG_KUNIT)
/* Hooks that the capability module leaves nothing to do, as things are. */
int ctx_ptrace_access_check(struct task_struct *child, unsigned int mode);
int ctx_task_movememory(struct task_struct *task);
int ctx_capable(const struct cred *cred, struct user_namespace *ns, int cap,
		unsigned int opts);
#endif

#endif /* _KERNEL_CTX_LSM_H */
