/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts: look-ups by the owner of a kernel object.
 *
 * The caller keeps the object; the answer is good for as long. For user
 * namespaces, credentials and tasks see <linux/ctx.h>.
 */
#ifndef _LINUX_CTX_LOOKUP_H
#define _LINUX_CTX_LOOKUP_H

#include <linux/ctx.h>
#include <linux/fs.h>
#include <linux/ns_common.h>
#include <linux/pid_namespace.h>
#include <linux/proc_ns.h>
#include <uapi/linux/sched.h>
#include <net/net_namespace.h>
#include <net/sock.h>

/**
 * ctx_of_net - context that owns a network namespace
 * @net: network namespace
 *
 * Return: the context, or NULL for the host.
 */
static inline struct ctx *ctx_of_net(const struct net *net)
{
	return ctx_of_userns(net->user_ns);
}

/**
 * ctx_of_sock - context that owns the network namespace of a socket
 * @sk: socket
 *
 * Return: the context, or NULL for the host.
 */
static inline struct ctx *ctx_of_sock(const struct sock *sk)
{
	return ctx_of_net(sock_net(sk));
}

/**
 * ctx_of_pidns - context that owns a pid namespace
 * @ns: pid namespace
 *
 * Return: the context, or NULL for the host.
 */
static inline struct ctx *ctx_of_pidns(const struct pid_namespace *ns)
{
	return ctx_of_userns(ns->user_ns);
}

/**
 * ctx_of_ns - context that owns a namespace of any type
 * @ns: namespace; a user namespace counts as its own owner
 *
 * Return: the context, or NULL for the host.
 */
static inline struct ctx *ctx_of_ns(struct ns_common *ns)
{
	if (ns->ops->type == CLONE_NEWUSER)
		return ctx_of_userns(container_of(ns, struct user_namespace, ns));
	return ctx_of_userns(ns->ops->owner(ns));
}

/**
 * ctx_of_sb - context that has mounted a filesystem
 * @sb: superblock
 *
 * Return: the context, or NULL for the host.
 */
static inline struct ctx *ctx_of_sb(const struct super_block *sb)
{
	return ctx_of_userns(sb->s_user_ns);
}

/**
 * ctx_of_file - context of the task that has opened a file
 * @file: open file
 *
 * Return: the context, or NULL for the host.
 */
static inline struct ctx *ctx_of_file(const struct file *file)
{
	return ctx_of_cred(file->f_cred);
}

#endif /* _LINUX_CTX_LOOKUP_H */
