/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts: beancounters of the network.
 *
 * What is counted belongs to a network namespace, and this one to a context.
 * An object that was made before its context got the label was not charged, so
 * each one remembers whether it was. None of these looks at more than the
 * static key before the first context is made.
 */
#ifndef _LINUX_CTX_BC_NET_H
#define _LINUX_CTX_BC_NET_H

#include <linux/ctx_bc.h>
#include <linux/ctx_lookup.h>
#include <linux/err.h>
#include <linux/netdevice.h>
#include <net/neighbour.h>

#ifdef CONFIG_CTX

/* Bit of &struct net_device.state, beside those of &enum netdev_state_t. */
#define CTX_NETDEV_CHARGED	(BITS_PER_LONG - 1)
/* Bit of &struct nf_conn.status; of these, programs see the lower half. */
#define CTX_CONNTRACK_CHARGED	(BITS_PER_LONG - 1)
/* What &struct neigh_table.entry_size leaves for ctx_neigh_owner(). */
#define CTX_NEIGH_OWNER_SIZE	sizeof(struct ctx *)

struct ctx *__ctx_sock_charge(const struct net *net, const struct proto *prot);
void __ctx_sock_charged(struct sock *sk, const struct proto *prot, struct ctx *ctx);
void __ctx_sock_uncharge(struct sock *sk);
int __ctx_sock_adopt(struct sock *sk);
bool __ctx_sk_mem_charge(struct sock *sk, int pages, int kind);
void __ctx_sk_mem_force(struct sock *sk, int pages, int kind);
void __ctx_sk_mem_uncharge(struct sock *sk, int pages);
bool __ctx_sk_write(struct sock *sk, unsigned long size);
void __ctx_sk_written(struct sock *sk, unsigned int len);
void __ctx_sk_release(struct sock *sk);
long ctx_sk_wait(long timeout);
struct ctx *__ctx_neigh_charge(struct neigh_table *tbl, const struct net_device *dev);
bool __ctx_neigh_gc_wanted(const struct neigh_table *tbl);

/**
 * ctx_net_charge - charge one of a resource to the owner of a network namespace
 * @net: network namespace
 * @res: resource
 *
 * Return: the context, for ctx_net_uncharge() or to be remembered; NULL if nothing
 * was charged; ERR_PTR(-ENOBUFS) if it was refused. The context is good as long
 * as the caller keeps @net.
 */
static inline struct ctx *ctx_net_charge(const struct net *net, enum ctx_resource res)
{
	struct ctx *ctx;

	if (!static_branch_unlikely(&ctx_used))
		return NULL;
	ctx = ctx_of_net(net);
	return ctx_charge(ctx, res, 1) ? ctx : ERR_PTR(-ENOBUFS);
}

/**
 * ctx_net_uncharge - give one of a resource back
 * @ctx: from ctx_net_charge()
 * @res: resource
 */
static inline void ctx_net_uncharge(struct ctx *ctx, enum ctx_resource res)
{
	if (ctx)
		ctx_uncharge(ctx, res, 1);
}

/**
 * ctx_sock_charge - charge a socket that is about to be made
 * @net: its network namespace
 * @prot: its protocol
 * @user: it will hold a reference to @net: not a socket of the kernel itself
 *
 * Return: as ctx_net_charge(); to be given to ctx_sock_charged().
 */
static inline struct ctx *ctx_sock_charge(const struct net *net,
					  const struct proto *prot, bool user)
{
	if (!static_branch_unlikely(&ctx_used) || !user)
		return NULL;
	return __ctx_sock_charge(net, prot);
}

/**
 * ctx_sock_charged - let a socket know what was charged for it
 * @sk: new socket, or NULL if it could not be made: all is given back
 * @prot: its protocol
 * @ctx: from ctx_sock_charge()
 */
static inline void ctx_sock_charged(struct sock *sk, const struct proto *prot,
				    struct ctx *ctx)
{
	if (static_branch_unlikely(&ctx_used) && ctx)
		__ctx_sock_charged(sk, prot, ctx);
}

/**
 * ctx_sock_adopt - charge a socket of the kernel that has become a program's
 * @sk: socket that holds a reference to its network namespace
 *
 * Return: 0 or -ENOBUFS.
 */
static inline int ctx_sock_adopt(struct sock *sk)
{
	return static_branch_unlikely(&ctx_used) ? __ctx_sock_adopt(sk) : 0;
}

/**
 * ctx_sock_uncharge - give back what was charged for a socket
 * @sk: socket that nobody refers to any more, but which still holds its
 *	network namespace, and so the context
 */
static inline void ctx_sock_uncharge(struct sock *sk)
{
	if (static_branch_unlikely(&ctx_used))
		__ctx_sock_uncharge(sk);
}

/*
 * Buffers. A protocol that accounts for memory takes pages for each socket, for
 * what is sent and received together, and tells which of the two it wants them
 * for. They are charged as it takes them, to the barrier. It does not tell what
 * for it gives them back: what the send queue does not need any more is taken for
 * sent, the rest for received. The sum is exact, the two are so by some pages.
 *
 * A page that is refused is a shortage of memory to the socket: the sender waits,
 * the receiver drops, and its peer sends again. Whatever the barrier, a socket has
 * one buffer each way, else nothing that waits would ever end: what is held is
 * above it by that at most, for each of the sockets, which are limited themselves.
 *
 * Of the other protocols (UNIX, packet, raw, and UDP for what it sends) the bytes
 * under way are charged to the sender. What lies in the receive queue of a netlink,
 * packet or raw socket is not: SO_RCVBUF and the number of sockets bound it.
 */

/**
 * ctx_sk_mem_charge - charge pages to a socket
 * @sk: socket
 * @pages: how many
 * @kind: %SK_MEM_SEND or %SK_MEM_RECV
 *
 * Return: false if it is refused.
 */
static inline bool ctx_sk_mem_charge(struct sock *sk, int pages, int kind)
{
	return !static_branch_unlikely(&ctx_used) || __ctx_sk_mem_charge(sk, pages, kind);
}

/**
 * ctx_sk_mem_force - charge pages that cannot be refused
 * @sk: socket
 * @pages: how many
 * @kind: %SK_MEM_SEND or %SK_MEM_RECV
 */
static inline void ctx_sk_mem_force(struct sock *sk, int pages, int kind)
{
	if (static_branch_unlikely(&ctx_used))
		__ctx_sk_mem_force(sk, pages, kind);
}

/**
 * ctx_sk_mem_uncharge - give pages back
 * @sk: socket
 * @pages: how many; those before it was counted were not charged
 */
static inline void ctx_sk_mem_uncharge(struct sock *sk, int pages)
{
	if (static_branch_unlikely(&ctx_used))
		__ctx_sk_mem_uncharge(sk, pages);
}

/**
 * ctx_sk_write - charge what a program is about to send
 * @sk: socket of a protocol that does not account for memory
 * @size: bytes
 *
 * In whole pages, up to what is under way and this; so mostly there is nothing
 * to do.
 *
 * Return: false if it is refused, while some is under way; to be tried again
 * after ctx_sk_wait().
 */
static inline bool ctx_sk_write(struct sock *sk, unsigned long size)
{
	return !static_branch_unlikely(&ctx_used) || __ctx_sk_write(sk, size);
}

/**
 * ctx_sk_written - some of what was sent is gone
 * @sk: socket
 * @len: bytes that are still in its sk_wmem_alloc
 */
static inline void ctx_sk_written(struct sock *sk, unsigned int len)
{
	if (static_branch_unlikely(&ctx_used))
		__ctx_sk_written(sk, len);
}

/**
 * ctx_sk_release - give back all that is left of a socket's buffers
 * @sk: socket that still holds its network namespace, and so the context
 */
static inline void ctx_sk_release(struct sock *sk)
{
	if (static_branch_unlikely(&ctx_used))
		__ctx_sk_release(sk);
}

/**
 * ctx_conntrack_charged - let an entry know what was charged for it
 * @status: status of the new entry
 * @ctx: from ctx_net_charge()
 */
static inline void ctx_conntrack_charged(unsigned long *status, const struct ctx *ctx)
{
	if (ctx)
		__set_bit(CTX_CONNTRACK_CHARGED, status);
}

/**
 * ctx_conntrack_uncharge - give back what was charged for an entry
 * @net: network namespace, which waits for all of its entries
 * @status: status of the entry
 */
static inline void ctx_conntrack_uncharge(const struct net *net,
					  const unsigned long *status)
{
	if (static_branch_unlikely(&ctx_used) && test_bit(CTX_CONNTRACK_CHARGED, status))
		ctx_uncharge(ctx_of_net(net), CTX_RES_NUMCONNTRACK, 1);
}

/*
 * Network devices. A device that is registered keeps its network namespace
 * from going: the namespace ends by unregistering or moving all it has. So the
 * context is there for as long as the bit is set. All under RTNL.
 */

/**
 * ctx_netdev_charge - charge a device that is being registered
 * @dev: device
 *
 * Return: 0 or -ENOSPC.
 */
static inline int ctx_netdev_charge(struct net_device *dev)
{
	struct ctx *ctx = ctx_net_charge(dev_net(dev), CTX_RES_NUMNETDEV);

	if (IS_ERR(ctx))
		return -ENOSPC;
	if (ctx)
		set_bit(CTX_NETDEV_CHARGED, &dev->state);
	return 0;
}

/**
 * ctx_netdev_uncharge - give back what was charged for a device
 * @dev: device
 */
static inline void ctx_netdev_uncharge(struct net_device *dev)
{
	if (static_branch_unlikely(&ctx_used) &&
	    test_and_clear_bit(CTX_NETDEV_CHARGED, &dev->state))
		ctx_uncharge(ctx_of_net(dev_net(dev)), CTX_RES_NUMNETDEV, 1);
}

/**
 * ctx_netdev_move - a device changes its network namespace
 * @dev: device, still in the old one
 * @net: the new one
 *
 * Never refused: into a context only the host moves one, and what leaves goes
 * back to where it came from when the namespace ends.
 */
static inline void ctx_netdev_move(struct net_device *dev, const struct net *net)
{
	struct ctx *ctx;

	if (!static_branch_unlikely(&ctx_used))
		return;
	ctx_netdev_uncharge(dev);
	ctx = ctx_of_net(net);
	if (!ctx)
		return;
	ctx_charge_force(ctx, CTX_RES_NUMNETDEV, 1);
	set_bit(CTX_NETDEV_CHARGED, &dev->state);
}

/*
 * Neighbours. The tables are the host's, with thresholds for all. What is
 * charged to a context is limited by the context alone: it is not on the list
 * that the thresholds are about, so it neither fills the table for others, nor
 * is there room to be taken from it.
 *
 * Charged is what is in the table. There an entry has its device, which has its
 * network namespace: before a device leaves, all entries go, and none can be added,
 * because the parameters that it needs are dead. So the context is there, too.
 * An entry that was never added is given back by its maker, under RCU or RTNL.
 */

/* The context that an entry is charged to, at its end; NULL for none. */
static inline struct ctx **ctx_neigh_owner(const struct neighbour *n)
{
	return (void *)n + n->tbl->entry_size - CTX_NEIGH_OWNER_SIZE;
}

/**
 * ctx_neigh_charge - charge a neighbour entry that is about to be made
 * @tbl: its table
 * @dev: its device
 * @exempt: set if the thresholds are not for it
 *
 * Return: as ctx_net_charge(); to be remembered by ctx_neigh_own().
 */
static inline struct ctx *ctx_neigh_charge(struct neigh_table *tbl,
					   const struct net_device *dev, bool *exempt)
{
	struct ctx *ctx;

	if (!static_branch_unlikely(&ctx_used))
		return NULL;
	ctx = __ctx_neigh_charge(tbl, dev);
	if (ctx)
		*exempt = true;
	return ctx;
}

/**
 * ctx_neigh_own - let an entry know whom it is charged to
 * @n: new entry, or NULL if it could not be made: it is given back
 * @ctx: from ctx_neigh_charge()
 */
static inline void ctx_neigh_own(struct neighbour *n, struct ctx *ctx)
{
	if (!ctx)
		return;
	if (n)
		*ctx_neigh_owner(n) = ctx;
	else
		ctx_uncharge(ctx, CTX_RES_NUMNEIGH, 1);
}

/**
 * ctx_neigh_owned - is an entry charged to a context
 * @n: entry; its table is locked
 *
 * Return: true if the thresholds of the table are not for it.
 */
static inline bool ctx_neigh_owned(const struct neighbour *n)
{
	return static_branch_unlikely(&ctx_used) && *ctx_neigh_owner(n);
}

/**
 * ctx_neigh_uncharge - give an entry back
 * @n: entry that was taken out of the table, or has never been there
 */
static inline void ctx_neigh_uncharge(struct neighbour *n)
{
	struct ctx **owner = ctx_neigh_owner(n);

	if (!static_branch_unlikely(&ctx_used) || !*owner)
		return;
	ctx_uncharge(*owner, CTX_RES_NUMNEIGH, 1);
	*owner = NULL;
}

/**
 * ctx_neigh_gc_wanted - has a context asked for a collection of what is unused
 * @tbl: table
 *
 * Return: true once.
 */
static inline bool ctx_neigh_gc_wanted(const struct neigh_table *tbl)
{
	return static_branch_unlikely(&ctx_used) && __ctx_neigh_gc_wanted(tbl);
}

#else /* !CONFIG_CTX */

#define CTX_NEIGH_OWNER_SIZE	0

static inline struct ctx *ctx_net_charge(const struct net *net, enum ctx_resource res)
{
	return NULL;
}

static inline void ctx_net_uncharge(struct ctx *ctx, enum ctx_resource res)
{
}

static inline struct ctx *ctx_sock_charge(const struct net *net,
					  const struct proto *prot, bool user)
{
	return NULL;
}

static inline void ctx_sock_charged(struct sock *sk, const struct proto *prot,
				    struct ctx *ctx)
{
}

static inline int ctx_sock_adopt(struct sock *sk)
{
	return 0;
}

static inline void ctx_sock_uncharge(struct sock *sk)
{
}

static inline bool ctx_sk_mem_charge(struct sock *sk, int pages, int kind)
{
	return true;
}

static inline void ctx_sk_mem_force(struct sock *sk, int pages, int kind)
{
}

static inline void ctx_sk_mem_uncharge(struct sock *sk, int pages)
{
}

static inline bool ctx_sk_write(struct sock *sk, unsigned long size)
{
	return true;
}

static inline long ctx_sk_wait(long timeout)
{
	return timeout;
}

static inline void ctx_sk_written(struct sock *sk, unsigned int len)
{
}

static inline void ctx_sk_release(struct sock *sk)
{
}

static inline void ctx_conntrack_charged(unsigned long *status, const struct ctx *ctx)
{
}

static inline void ctx_conntrack_uncharge(const struct net *net,
					  const unsigned long *status)
{
}

static inline int ctx_netdev_charge(struct net_device *dev)
{
	return 0;
}

static inline void ctx_netdev_uncharge(struct net_device *dev)
{
}

static inline void ctx_netdev_move(struct net_device *dev, const struct net *net)
{
}

static inline struct ctx *ctx_neigh_charge(struct neigh_table *tbl,
					   const struct net_device *dev, bool *exempt)
{
	return NULL;
}

static inline void ctx_neigh_own(struct neighbour *n, struct ctx *ctx)
{
}

static inline bool ctx_neigh_owned(const struct neighbour *n)
{
	return false;
}

static inline void ctx_neigh_uncharge(struct neighbour *n)
{
}

static inline bool ctx_neigh_gc_wanted(const struct neigh_table *tbl)
{
	return false;
}

#endif /* CONFIG_CTX */

#endif /* _LINUX_CTX_BC_NET_H */
