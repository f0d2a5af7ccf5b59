// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "antispoof.h"

#define TABLE	"kontext"

static const char rules[] =
	"add table inet " TABLE "\n"
	"flush table inet " TABLE "\n"
	"table inet " TABLE " {\n"
	"	chain sources {\n"
	"		type filter hook prerouting priority raw; policy accept;\n"
	"		iifname \"vps*\" fib saddr . iif oif missing counter drop\n"
	"	}\n"
	"}\n";

/* Asks for the table's chain, which a killed load cannot leave half made. */
static bool loaded(void)
{
	const struct nfgenmsg nfg = {
		.nfgen_family = NFPROTO_INET,
		.version = NFNETLINK_V0,
	};
	struct nl_sock *sock = nl_socket_alloc();
	struct nl_msg *msg = NULL;
	bool found = false;

	if (!sock || nl_connect(sock, NETLINK_NETFILTER) < 0)
		goto out;
	msg = nlmsg_alloc_simple(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN,
				 NLM_F_REQUEST);
	if (!msg || nlmsg_append(msg, (void *)&nfg, sizeof(nfg), NLMSG_ALIGNTO) ||
	    nla_put_string(msg, NFTA_CHAIN_TABLE, TABLE) ||
	    nla_put_string(msg, NFTA_CHAIN_NAME, "sources"))
		goto out;
	found = nl_send_auto(sock, msg) >= 0 && nl_wait_for_ack(sock) >= 0;
out:
	nlmsg_free(msg);
	nl_socket_free(sock);
	return found;
}

int kx_antispoof_load(struct kx_err *err)
{
	int status = 0;
	FILE *nft;

	if (loaded())
		return 0;
	nft = popen("PATH=/usr/sbin:/sbin:/usr/bin:/bin nft -f -", "we");
	if (!nft)
		return kx_fail(err, KX_NETWORK, errno, "cannot run nft");
	fputs(rules, nft);
	status = pclose(nft);
	if (status)
		return kx_fail(err, KX_NETWORK, 0,
			       "nft could not load the filter of forged source addresses");
	return 0;
}
