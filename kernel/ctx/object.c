// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: the object and its references.
 */

#include <kunit/visibility.h>
#include <linux/cgroup.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"

static struct kmem_cache *ctx_cachep __ro_after_init;

/**
 * ctx_name_valid - may a context have this name
 * @name: NUL-terminated string
 *
 * Return: true for 1 to %CTX_NAME_MAX printable ASCII characters without
 * blanks and slashes.
 */
bool ctx_name_valid(const char *name)
{
	size_t len = strnlen(name, CTX_NAME_MAX + 1);

	if (!len || len > CTX_NAME_MAX)
		return false;
	for (; *name; name++)
		if (*name <= ' ' || *name > '~' || *name == '/')
			return false;
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(ctx_name_valid);

/**
 * ctx_alloc - make a context that nobody knows of yet
 * @id: its id
 * @name: a valid name, or NULL
 *
 * Return: the context with one reference, or NULL without memory.
 */
struct ctx *ctx_alloc(u32 id, const char *name)
{
	struct ctx *ctx = kmem_cache_zalloc(ctx_cachep, GFP_KERNEL_ACCOUNT);

	if (!ctx)
		return NULL;
	ctx->log = ctx_log_alloc(ctx);
	if (!ctx->log || ctx_cpu_init(ctx) || ctx_bc_init(ctx)) {
		ctx_cpu_free(ctx);
		if (ctx->log)
			ctx_log_free(ctx->log);
		kmem_cache_free(ctx_cachep, ctx);
		return NULL;
	}
	ctx_grants_init(&ctx->grants);
	ctx_view_init(ctx);
	refcount_set(&ctx->ref, 1);
	ctx->id = id;
	if (name)
		strscpy(ctx->name, name);
	mutex_init(&ctx->lock);
	init_waitqueue_head(&ctx->dead);
	INIT_WORK(&ctx->reap_work, ctx_reap_work);
	return ctx;
}
EXPORT_SYMBOL_IF_KUNIT(ctx_alloc);

static void ctx_free_rcu(struct rcu_head *rcu)
{
	struct ctx *ctx = container_of(rcu, struct ctx, rcu);

	kfree(rcu_access_pointer(ctx->grants.devices));
	ctx_cpu_free(ctx);
	ctx_bc_free(ctx);
	ctx_view_free(ctx);
	ctx_cgroup_put(ctx);
	ctx_log_free(ctx->log);
	kmem_cache_free(ctx_cachep, ctx);
}

/**
 * ctx_put - give a reference back
 * @ctx: context
 *
 * The last one takes the context out of the registry. From process context.
 *
 * Who holds the last one is the last user namespace on its way out, or
 * somebody that has looked the context up meanwhile; in both cases no task is
 * left in it, and it is dead, unless it has never been registered.
 */
void ctx_put(struct ctx *ctx)
{
	if (!refcount_dec_and_test(&ctx->ref))
		return;
	WARN_ON_ONCE(ctx->serial && ctx->state != CTX_STATE_DEAD);
	ctx_unregister(ctx);
	put_pid(ctx->init);
	/* With no reference nobody waits, so that none is asked for from here on. */
	irq_work_sync(&ctx->log->wake);
	call_rcu(&ctx->rcu, ctx_free_rcu);
}
EXPORT_SYMBOL_IF_KUNIT(ctx_put);

static int __init ctx_cache_init(void)
{
	ctx_cachep = KMEM_CACHE(ctx, SLAB_PANIC | SLAB_ACCOUNT);
	return 0;
}
core_initcall(ctx_cache_init);
