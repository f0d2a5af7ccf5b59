// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: what makes a set of processes a virtual private server.
 *
 * A context is a label on a tree of user namespaces. Every object that
 * matters to isolation knows the user namespace that owns it already, so a
 * label there labels all of them: tasks, namespaces, files, mounts, sockets.
 * See <linux/ctx.h> for the look-ups.
 *
 * A program that wants a context makes the namespaces and the control group
 * with the system calls there are for it, and binds them to an id with the
 * message CTX_CMD_NEW. From then on the label cannot be lost: to join a user
 * namespace outside takes CAP_SYS_ADMIN over it, which no task inside has, and
 * a new user namespace inherits its parent's label.
 *
 * When init, the process that NEW has named, exits, the context is stopping:
 * what is left of its tasks is killed. With the last one gone it is dead. Each
 * step is an event on netlink, with the reason, so that no process has to wait
 * for each context.
 */

#include <linux/export.h>
#include <linux/init.h>
#include <net/genetlink.h>

#include "internal.h"

/* On from the first context; what runs before pays nothing. */
struct static_key_false ctx_used = STATIC_KEY_FALSE_INIT;
EXPORT_SYMBOL_GPL(ctx_used);

static int __init ctx_init(void)
{
	return genl_register_family(&ctx_family);
}
subsys_initcall(ctx_init);
