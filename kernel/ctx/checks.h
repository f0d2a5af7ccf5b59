/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts: what is checked, and the prologue of each check.
 *
 * A kernel built with CONFIG_CTX_MUTATION can leave each of the checks out,
 * which is how the tests prove that they would notice.
 */
#ifndef _KERNEL_CTX_CHECKS_H
#define _KERNEL_CTX_CHECKS_H

#include <linux/ctx.h>

#define CTX_CHECK(name)	CTX_CHECK_##name
enum ctx_check {
#include "check_names.h"
	CTX_CHECK_MAX
};

#undef CTX_CHECK

#ifdef CONFIG_CTX_MUTATION
extern unsigned long ctx_checks_off[];

static inline bool ctx_check_is_on(enum ctx_check check)
{
	return !test_bit(check, ctx_checks_off);
}
#else
static inline bool ctx_check_is_on(enum ctx_check check)
{
	return true;
}
#endif

/**
 * ctx_subject - who is to be checked
 * @check: the check
 *
 * Return: the context of the current task; NULL if nothing is to be done.
 */
static __always_inline struct ctx *ctx_subject(enum ctx_check check)
{
	if (!static_branch_unlikely(&ctx_used) || !ctx_check_is_on(check))
		return NULL;
	return ctx_current();
}

/* Cheaper than to look at the context; false also where a namespace of the host has no label. */
static __always_inline bool ctx_is_initial(const struct cred *cred)
{
	return cred->user_ns == &init_user_ns;
}

/**
 * ctx_spares - is it a task of the host, which nothing is asked
 * @cred: its credentials
 *
 * All that the host pays in a hook which is called often: one comparison, and
 * no frame. So what remains of such a hook is a function that is not inlined.
 */
static __always_inline bool ctx_spares(const struct cred *cred)
{
	return !static_branch_unlikely(&ctx_used) || ctx_is_initial(cred);
}

#endif /* _KERNEL_CTX_CHECKS_H */
