// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: the registry, by id and by serial number.
 *
 * Two xarrays without references: an entry is erased by the last ctx_put(),
 * and a look-up under RCU that meets an object without references passes it
 * by. The slot of an id belongs to the context that is not dead, if there is
 * one; a dead one keeps it until another takes it over. The serial numbers
 * have all of them, in order of creation.
 */

#include <kunit/visibility.h>
#include <linux/netlink.h>
#include <linux/xarray.h>

#include "internal.h"

static DEFINE_XARRAY(ctx_by_id);
static DEFINE_XARRAY(ctx_by_serial);

/*
 * One registration at a time: what it has found in the slot stays true until
 * it is through, a failed one can put things back, and the serial numbers
 * become visible in their order, which is what a dump's cursor relies on.
 * Nests inside &struct ctx.lock. Erasing does not take it.
 */
static DEFINE_MUTEX(ctx_registry_lock);
static unsigned long ctx_last_serial;	/* under ctx_registry_lock */

/**
 * ctx_find - look a context up
 * @id: id
 *
 * Return: the context, dead or not, with a reference, or NULL.
 */
struct ctx *ctx_find(u32 id)
{
	struct ctx *ctx;

	guard(rcu)();
	ctx = xa_load(&ctx_by_id, id);
	return ctx && ctx_tryget(ctx) ? ctx : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(ctx_find);

/**
 * ctx_next - first context from a serial number on
 * @serial: in: where to start; out: the serial number of the one found
 *
 * To go on, add one to @serial. Contexts that come and go meanwhile do not
 * move the others, so none is missed and none is met twice.
 *
 * Return: the context, dead or not, with a reference, or NULL.
 */
struct ctx *ctx_next(unsigned long *serial)
{
	struct ctx *ctx;

	guard(rcu)();
	ctx = xa_find(&ctx_by_serial, serial, ULONG_MAX, XA_PRESENT);
	while (ctx && !ctx_tryget(ctx))
		ctx = xa_find_after(&ctx_by_serial, serial, ULONG_MAX, XA_PRESENT);
	return ctx;
}
EXPORT_SYMBOL_IF_KUNIT(ctx_next);

/**
 * ctx_register - enter a context and label its user namespace
 * @ctx: new context, complete, in the state %CTX_STATE_RUNNING
 * @ns: user namespace to label
 * @extack: where to say what was wrong
 *
 * The label comes last of what can fail, for it cannot be taken back: a child
 * may have inherited it. All memory is reserved before.
 *
 * Return: 0, or -EEXIST, -EBUSY, -ENOMEM and nothing has changed.
 */
int ctx_register(struct ctx *ctx, struct user_namespace *ns,
		 struct netlink_ext_ack *extack)
{
	struct ctx *old __free(ctx_put) = NULL;
	unsigned long serial;
	int ret;

	guard(mutex)(&ctx_registry_lock);

	/* Our reference keeps an old one in the slot, and so the slot. */
	old = ctx_find(ctx->id);
	if (old && ctx_state(old) != CTX_STATE_DEAD) {
		NL_SET_ERR_MSG(extack, "The id is in use");
		return -EEXIST;
	}
	if (!old) {
		/* One without references is about to do this by itself. */
		xa_erase(&ctx_by_id, ctx->id);
		ret = xa_reserve(&ctx_by_id, ctx->id, GFP_KERNEL_ACCOUNT);
		if (ret)
			return ret;
	}
	serial = ctx_last_serial + 1;
	ret = xa_reserve(&ctx_by_serial, serial, GFP_KERNEL_ACCOUNT);
	if (ret)
		goto release_id;

	ctx->serial = serial;
	ret = ctx_label(ns, ctx);
	if (ret) {
		if (ret == -EBUSY)
			NL_SET_ERR_MSG(extack, "The user namespace has or had children");
		else
			NL_SET_ERR_MSG(extack, "The user namespace is labelled already");
		goto release_serial;
	}

	/* Into reserved slots: these do not allocate. */
	ctx_last_serial = serial;
	xa_store(&ctx_by_id, ctx->id, ctx, GFP_KERNEL);
	xa_store(&ctx_by_serial, serial, ctx, GFP_KERNEL);
	return 0;

release_serial:
	ctx->serial = 0;
	xa_release(&ctx_by_serial, serial);
release_id:
	if (!old)
		xa_release(&ctx_by_id, ctx->id);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(ctx_register);

/**
 * ctx_unregister - erase a context's entries
 * @ctx: context without references
 *
 * It may never have had any, or another may have taken the id over.
 */
void ctx_unregister(struct ctx *ctx)
{
	if (!ctx->serial)
		return;
	xa_cmpxchg(&ctx_by_id, ctx->id, ctx, NULL, GFP_KERNEL);
	xa_erase(&ctx_by_serial, ctx->serial);
}
