// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: beancounters of the network.
 *
 * Sockets are charged to the context that owns their network namespace. A
 * socket of a program holds that namespace until it is freed, the namespace its
 * user namespace, and this one the context. Sockets of the kernel itself hold
 * nothing, and are not counted.
 */

#include <linux/ctx_bc_net.h>
#include <linux/security.h>
#include <net/tcp.h>

#include "lsm.h"

static struct ctx_sock *ctx_sock(const struct sock *sk)
{
	return sk->sk_security + ctx_blobs.lbs_sock;
}

/* TCP, MPTCP and what takes their place; with one pool of memory for all. */
static enum ctx_resource sock_resource(const struct proto *prot)
{
	if (IS_ENABLED(CONFIG_INET) && prot->memory_allocated == &tcp_memory_allocated)
		return CTX_RES_NUMTCPSOCK;
	return CTX_RES_NUMOTHERSOCK;
}

struct ctx *__ctx_sock_charge(const struct net *net, const struct proto *prot)
{
	return ctx_net_charge(net, sock_resource(prot));
}

void __ctx_sock_charged(struct sock *sk, const struct proto *prot, struct ctx *ctx)
{
	enum ctx_resource res = sock_resource(prot);

	if (sk)
		ctx_sock(sk)->charged = res;
	else
		ctx_uncharge(ctx, res, 1);
}

/* Its buffers may follow later, so it goes on saying what it was. */
void __ctx_sock_uncharge(struct sock *sk)
{
	u8 charged = ctx_sock(sk)->charged;

	if (charged)
		ctx_uncharge(ctx_of_sock(sk), charged, 1);
}

int __ctx_sock_adopt(struct sock *sk)
{
	struct ctx *ctx = __ctx_sock_charge(sock_net(sk), sk->sk_prot);

	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	if (ctx)
		__ctx_sock_charged(sk, sk->sk_prot, ctx);
	return 0;
}
EXPORT_SYMBOL_GPL(__ctx_sock_adopt);

/*
 * Buffers; see <linux/ctx_bc_net.h>. Programs can set how much of its buffer a
 * socket is allowed at least, so this does not ask for it.
 */
#define SOCK_LEAST	4096

static bool is_tcp(const struct ctx_sock *sock)
{
	return sock->charged == CTX_RES_NUMTCPSOCK;
}

static enum ctx_resource buffer_of(const struct ctx_sock *sock, int kind)
{
	if (kind == SK_MEM_SEND)
		return is_tcp(sock) ? CTX_RES_TCPSNDBUF : CTX_RES_OTHERSOCKBUF;
	return is_tcp(sock) ? CTX_RES_TCPRCVBUF : CTX_RES_DGRAMRCVBUF;
}

static bool has_least(const struct sock *sk, int kind)
{
	/* Of others @sk_rmem_alloc has what is about to come already. */
	if (kind == SK_MEM_RECV && !is_tcp(ctx_sock(sk)))
		return atomic_read(&ctx_sock(sk)->received);
	if (kind == SK_MEM_RECV)
		return atomic_read(&sk->sk_rmem_alloc) >= SOCK_LEAST;
	if (sk->sk_type == SOCK_STREAM)
		return READ_ONCE(sk->sk_wmem_queued) >= SOCK_LEAST;
	return sk_wmem_alloc_get(sk) >= SOCK_LEAST;
}

void __ctx_sk_mem_force(struct sock *sk, int pages, int kind)
{
	struct ctx_sock *sock = ctx_sock(sk);

	if (!sock->charged)
		return;
	ctx_charge_force(ctx_of_sock(sk), buffer_of(sock, kind), pages << PAGE_SHIFT);
	atomic_add(pages, kind == SK_MEM_SEND ? &sock->sent : &sock->received);
}

bool __ctx_sk_mem_charge(struct sock *sk, int pages, int kind)
{
	struct ctx_sock *sock = ctx_sock(sk);

	if (!sock->charged)
		return true;
	if (ctx_charge_soft(ctx_of_sock(sk), buffer_of(sock, kind), pages << PAGE_SHIFT)) {
		atomic_add(pages, kind == SK_MEM_SEND ? &sock->sent : &sock->received);
		return true;
	}
	if (!has_least(sk, kind)) {
		__ctx_sk_mem_force(sk, pages, kind);
		return true;
	}
	/* It is offered less from now on. */
	if (kind == SK_MEM_RECV && sk_is_tcp(sk))
		tcp_adjust_rcv_ssthresh(sk);
	return false;
}

/* Takes up to @most from @from, but not what is below @keep. */
static int take_some(atomic_t *from, int most, int keep)
{
	int have = atomic_read(from), n;

	do {
		n = min(most, have - keep);
		if (n <= 0)
			return 0;
	} while (!atomic_try_cmpxchg(from, &have, have - n));
	return n;
}

static void give_pages(struct sock *sk, int pages, int kind)
{
	ctx_uncharge(ctx_of_sock(sk), buffer_of(ctx_sock(sk), kind), pages << PAGE_SHIFT);
}

void __ctx_sk_mem_uncharge(struct sock *sk, int pages)
{
	struct ctx_sock *sock = ctx_sock(sk);
	int queued, sent, received;

	if (!sock->charged)
		return;
	queued = sk->sk_type == SOCK_STREAM ? sk_mem_pages(READ_ONCE(sk->sk_wmem_queued)) : 0;
	sent = take_some(&sock->sent, pages, queued);
	received = take_some(&sock->received, pages - sent, 0);
	sent += take_some(&sock->sent, pages - sent - received, 0);
	if (sent)
		give_pages(sk, sent, SK_MEM_SEND);
	if (received)
		give_pages(sk, received, SK_MEM_RECV);
}

/* A protocol that accounts for what it sends does so elsewhere. */
bool __ctx_sk_write(struct sock *sk, unsigned long size)
{
	struct ctx_sock *sock = ctx_sock(sk);
	int have = atomic_read(&sock->written);
	int under_way = sk_wmem_alloc_get(sk);
	int want = PAGE_ALIGN(under_way + size);

	if (!sock->charged || is_tcp(sock) || want <= have)
		return true;
	want -= have;
	if (!ctx_charge_soft(ctx_of_sock(sk), CTX_RES_OTHERSOCKBUF, want)) {
		if (under_way >= SOCK_LEAST)
			return false;
		ctx_charge_force(ctx_of_sock(sk), CTX_RES_OTHERSOCKBUF, want);
	}
	atomic_add(want, &sock->written);
	return true;
}

/* Nobody wakes who waits for another socket's. Returns what is left of @timeout. */
long ctx_sk_wait(long timeout)
{
	long slice = min_t(long, timeout, HZ / 50 + 1);
	long left = schedule_timeout_interruptible(slice);

	return timeout == MAX_SCHEDULE_TIMEOUT ? timeout : timeout - slice + left;
}

void __ctx_sk_written(struct sock *sk, unsigned int len)
{
	struct ctx_sock *sock = ctx_sock(sk);
	int n;

	/* Mostly there is none: what TCP sends is counted in pages. */
	if (!atomic_read(&sock->written))
		return;
	/* One of sk_wmem_alloc is for the socket itself. */
	n = take_some(&sock->written, INT_MAX,
		      PAGE_ALIGN(refcount_read(&sk->sk_wmem_alloc) - 1 - len));
	if (n)
		ctx_uncharge(ctx_of_sock(sk), CTX_RES_OTHERSOCKBUF, n);
}

void __ctx_sk_release(struct sock *sk)
{
	struct ctx_sock *sock = ctx_sock(sk);
	int n;

	n = atomic_xchg(&sock->sent, 0);
	if (n)
		give_pages(sk, n, SK_MEM_SEND);
	n = atomic_xchg(&sock->received, 0);
	if (n)
		give_pages(sk, n, SK_MEM_RECV);
	n = atomic_xchg(&sock->written, 0);
	if (n)
		ctx_uncharge(ctx_of_sock(sk), CTX_RES_OTHERSOCKBUF, n);
}

/* Tables that a context has found no room in, by index of the table. */
static unsigned long neigh_gc_wanted;

static int neigh_table_index(const struct neigh_table *tbl)
{
	return tbl->family == AF_INET6 ? NEIGH_ND_TABLE : NEIGH_ARP_TABLE;
}

/* Once a second at most: it looks at the entries of all. */
static void neigh_want_gc(struct neigh_table *tbl)
{
	static unsigned long last;
	unsigned long then = READ_ONCE(last);

	if (time_in_range(jiffies, then, then + HZ) || cmpxchg(&last, then, jiffies) != then)
		return;
	set_bit(neigh_table_index(tbl), &neigh_gc_wanted);
	mod_delayed_work(system_power_efficient_wq, &tbl->gc_work, 0);
}

bool __ctx_neigh_gc_wanted(const struct neigh_table *tbl)
{
	return test_and_clear_bit(neigh_table_index(tbl), &neigh_gc_wanted);
}

/* Without a limit a context has what the table has for the whole host. */
struct ctx *__ctx_neigh_charge(struct neigh_table *tbl, const struct net_device *dev)
{
	struct ctx *ctx = ctx_of_net(dev_net(dev));

	if (!ctx)
		return NULL;
	if ((READ_ONCE(ctx->bc.bean[CTX_RES_NUMNEIGH].limit) == LONG_MAX &&
	     ctx_held(ctx, CTX_RES_NUMNEIGH) >= READ_ONCE(tbl->gc_thresh3)) ||
	    !ctx_charge(ctx, CTX_RES_NUMNEIGH, 1)) {
		neigh_want_gc(tbl);
		return ERR_PTR(-ENOBUFS);
	}
	return ctx;
}
