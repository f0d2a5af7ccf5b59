// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include "antispoof.h"

#define TABLE	"kontext"

/* Newer than the headers of Debian 12. */
#define MSG_DESTROYCHAIN	(NFT_MSG_DELFLOWTABLE + 3)

/*
 * Changes that come into force together, or not at all. Whatever is put into
 * one is of a known small size.
 */
struct batch {
	struct nlmsghdr *last;
	size_t len;
	_Alignas(NLMSG_ALIGNTO) char data[2048];
};

static void *reserve(struct batch *b, size_t len)
{
	void *p = b->data + b->len;

	if (len > sizeof(b->data) - b->len)
		abort();
	b->len += NLMSG_ALIGN(len);
	return p;
}

static void finish(struct batch *b)
{
	if (b->last)
		b->last->nlmsg_len = b->data + b->len - (char *)b->last;
}

static void message(struct batch *b, int type, int flags, int family, int subsys)
{
	struct nfgenmsg *nfg;

	finish(b);
	b->last = reserve(b, NLMSG_HDRLEN);
	b->last->nlmsg_type = type;
	b->last->nlmsg_flags = NLM_F_REQUEST | flags;
	nfg = reserve(b, sizeof(*nfg));
	nfg->nfgen_family = family;
	nfg->version = NFNETLINK_V0;
	nfg->res_id = htons(subsys);
}

static void change(struct batch *b, int type, int flags)
{
	message(b, NFNL_SUBSYS_NFTABLES << 8 | type, flags, NFPROTO_NETDEV, 0);
}

static void put(struct batch *b, int type, const void *value, size_t len)
{
	struct nlattr *attr = reserve(b, NLA_HDRLEN + len);

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	memcpy((char *)attr + NLA_HDRLEN, value, len);
}

static void put_str(struct batch *b, int type, const char *text)
{
	put(b, type, text, strlen(text) + 1);
}

static void put_u32(struct batch *b, int type, uint32_t value)
{
	value = htonl(value);
	put(b, type, &value, sizeof(value));
}

static struct nlattr *nest(struct batch *b, int type)
{
	struct nlattr *attr = reserve(b, NLA_HDRLEN);

	attr->nla_type = type | NLA_F_NESTED;
	return attr;
}

static void end(struct batch *b, struct nlattr *attr)
{
	attr->nla_len = b->data + b->len - (char *)attr;
}

static void chain_name(struct batch *b, const char *dev)
{
	put_str(b, NFTA_CHAIN_TABLE, TABLE);
	put_str(b, NFTA_CHAIN_NAME, dev);
}

/* Policy drop: what is neither IPv4 nor IPv6 passes no rule. */
static void chain(struct batch *b, const char *dev, int flags)
{
	struct nlattr *hook;

	change(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE | flags);
	chain_name(b, dev);
	hook = nest(b, NFTA_CHAIN_HOOK);
	put_u32(b, NFTA_HOOK_HOOKNUM, NF_NETDEV_INGRESS);
	put_u32(b, NFTA_HOOK_PRIORITY, 0);
	put_str(b, NFTA_HOOK_DEV, dev);
	end(b, hook);
	put_str(b, NFTA_CHAIN_TYPE, "filter");
	put_u32(b, NFTA_CHAIN_POLICY, NF_DROP);
}

static struct nlattr *rule(struct batch *b, const char *dev)
{
	change(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	put_str(b, NFTA_RULE_TABLE, TABLE);
	put_str(b, NFTA_RULE_CHAIN, dev);
	return nest(b, NFTA_RULE_EXPRESSIONS);
}

struct expr {
	struct nlattr *elem, *data;
};

static struct expr expr(struct batch *b, const char *name)
{
	struct expr e = { .elem = nest(b, NFTA_LIST_ELEM) };

	put_str(b, NFTA_EXPR_NAME, name);
	e.data = nest(b, NFTA_EXPR_DATA);
	return e;
}

static void end_expr(struct batch *b, struct expr e)
{
	end(b, e.data);
	end(b, e.elem);
}

static void verdict(struct batch *b, int code)
{
	struct expr e = expr(b, "immediate");
	struct nlattr *data, *inner;

	put_u32(b, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = nest(b, NFTA_IMMEDIATE_DATA);
	inner = nest(b, NFTA_DATA_VERDICT);
	put_u32(b, NFTA_VERDICT_CODE, code);
	end(b, inner);
	end(b, data);
	end_expr(b, e);
}

/* fib saddr . iif oif exists accept; counter drop */
static void rules(struct batch *b, const char *dev)
{
	const uint32_t exists = 1;
	struct nlattr *list = rule(b, dev), *data;
	struct expr e = expr(b, "fib");

	put_u32(b, NFTA_FIB_DREG, NFT_REG_1);
	put_u32(b, NFTA_FIB_RESULT, NFT_FIB_RESULT_OIF);
	put_u32(b, NFTA_FIB_FLAGS,
		NFTA_FIB_F_SADDR | NFTA_FIB_F_IIF | NFTA_FIB_F_PRESENT);
	end_expr(b, e);
	e = expr(b, "cmp");
	put_u32(b, NFTA_CMP_SREG, NFT_REG_1);
	put_u32(b, NFTA_CMP_OP, NFT_CMP_EQ);
	data = nest(b, NFTA_CMP_DATA);
	put(b, NFTA_DATA_VALUE, &exists, sizeof(exists));
	end(b, data);
	end_expr(b, e);
	verdict(b, NF_ACCEPT);
	end(b, list);

	list = rule(b, dev);
	end_expr(b, expr(b, "counter"));
	verdict(b, NF_DROP);
	end(b, list);
}

static void begin(struct batch *b)
{
	memset(b, 0, sizeof(*b));
	message(b, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
}

/* Returns 0 or -errno. */
static int commit(struct batch *b)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	char buf[4096] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *answer = (void *)buf;
	cleanup_close int fd = -1;
	ssize_t n;

	/* The last change's answer is the answer for all, if none has failed. */
	b->last->nlmsg_flags |= NLM_F_ACK;
	message(b, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	finish(b);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (fd < 0 || sendto(fd, b->data, b->len, 0, (const void *)&kernel,
			     sizeof(kernel)) < 0)
		return -errno;
	/* Errors come in order: the first is the reason of the rest. */
	do {
		n = recv(fd, buf, sizeof(buf), 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (n < (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr)) ||
	    answer->nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	return ((const struct nlmsgerr *)NLMSG_DATA(answer))->error;
}

/* The table too, if it is not there. Replaces an older chain of the device. */
static int make(const char *dev, bool table)
{
	struct batch b;

	begin(&b);
	if (table) {
		change(&b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
		put_str(&b, NFTA_TABLE_NAME, TABLE);
	}
	change(&b, MSG_DESTROYCHAIN, 0);
	chain_name(&b, dev);
	chain(&b, dev, NLM_F_EXCL);
	rules(&b, dev);
	return commit(&b);
}

static bool is_of_vps(const char *dev)
{
	if (strncmp(dev, "vps", 3) || !dev[3])
		return false;
	for (dev += 3; *dev; dev++)
		if (!isdigit((unsigned char)*dev))
			return false;
	return true;
}

/* The table is gone, or was never there: @dev first, then all others. */
static int make_all(const char *dev)
{
	struct if_nameindex *list;
	int ret = make(dev, true);

	list = ret ? NULL : if_nameindex();
	for (size_t i = 0; list && list[i].if_name; i++)
		/* One that fails has just been removed. */
		if (is_of_vps(list[i].if_name) && strcmp(list[i].if_name, dev))
			make(list[i].if_name, true);
	if (list)
		if_freenameindex(list);
	return ret;
}

static int failed(int error, const char *dev, struct kx_err *err)
{
	return kx_fail(err, KX_NETWORK, -error,
		       "nftables refuses the filter of forged source addresses on %s",
		       dev);
}

int kx_antispoof_add(const char *dev, struct kx_err *err)
{
	int ret = make(dev, false);

	if (ret == -ENOENT)
		ret = make_all(dev);
	return ret ? failed(ret, dev, err) : 0;
}

int kx_antispoof_keep(const char *dev, struct kx_err *err)
{
	struct batch b;
	int ret;

	begin(&b);
	chain(&b, dev, NLM_F_EXCL);
	rules(&b, dev);
	ret = commit(&b);
	if (ret == -ENOENT)
		ret = make_all(dev);
	return ret && ret != -EEXIST ? failed(ret, dev, err) : 0;
}

void kx_antispoof_remove(const char *dev)
{
	struct batch b;

	begin(&b);
	change(&b, MSG_DESTROYCHAIN, 0);
	chain_name(&b, dev);
	commit(&b);
}
