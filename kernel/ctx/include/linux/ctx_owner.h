/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts: what an object remembers of who is charged for it.
 *
 * For objects that have neither credentials nor a user namespace of their own.
 * Apart from <linux/ctx_charge.h>, so that headers which declare such an object need
 * nothing else.
 */
#ifndef _LINUX_CTX_OWNER_H
#define _LINUX_CTX_OWNER_H

struct user_namespace;

/**
 * struct ctx_owner - who is charged for an object
 *
 * Nothing at all without CONFIG_CTX. All zero is nobody. Written by who makes
 * the object and by who frees it; constant between.
 */
struct ctx_owner {
#ifdef CONFIG_CTX
	/** @ns: that of the maker, with a reference; NULL if it was the host's */
	struct user_namespace *ns;
#endif
};

#endif /* _LINUX_CTX_OWNER_H */
