// SPDX-License-Identifier: GPL-2.0
/*
 * usage: listen FILE
 * Writes a line to FILE for each event of the netlink family: "ID EVENT", and of
 * a refused resource "ID limit RESOURCE FAILCNT". "ready" once it listens.
 */
#include <err.h>
#include <linux/ctx.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdio.h>

static int on_event(struct nl_msg *msg, void *arg)
{
	struct nlattr *attrs[CTX_A_MAX + 1];
	FILE *out = arg;
	unsigned int event;

	if (genlmsg_hdr(nlmsg_hdr(msg))->cmd != CTX_CMD_EVENT ||
	    genlmsg_parse(nlmsg_hdr(msg), 0, attrs, CTX_A_MAX, NULL) ||
	    !attrs[CTX_A_ID] || !attrs[CTX_A_EVENT])
		return NL_OK;
	event = nla_get_u32(attrs[CTX_A_EVENT]);
	fprintf(out, "%u ", nla_get_u32(attrs[CTX_A_ID]));
	if (event == CTX_EVENT_OOM)
		fprintf(out, "oom\n");
	else if (event == CTX_EVENT_LIMIT && attrs[CTX_A_RESOURCE] && attrs[CTX_A_FAILCNT])
		fprintf(out, "limit %u %llu\n", nla_get_u32(attrs[CTX_A_RESOURCE]),
			(unsigned long long)nla_get_u64(attrs[CTX_A_FAILCNT]));
	else
		fprintf(out, "%u\n", event);
	return NL_OK;
}

int main(int argc, char **argv)
{
	struct nl_sock *sk = nl_socket_alloc();
	FILE *out = argc == 2 ? fopen(argv[1], "w") : NULL;
	int group, ret;

	if (!sk || !out)
		errx(2, "usage: listen FILE");
	setvbuf(out, NULL, _IOLBF, 0);
	ret = genl_connect(sk);
	if (ret)
		errx(1, "%s", nl_geterror(ret));
	group = genl_ctrl_resolve_grp(sk, CTX_GENL_NAME, CTX_GENL_MCGRP_EVENTS);
	if (group < 0)
		errx(1, "%s", nl_geterror(group));
	nl_socket_disable_seq_check(sk);
	nl_socket_set_buffer_size(sk, 1 << 20, 0);
	nl_socket_modify_cb(sk, NL_CB_VALID, NL_CB_CUSTOM, on_event, out);
	ret = nl_socket_add_membership(sk, group);
	if (ret)
		errx(1, "%s", nl_geterror(ret));
	fprintf(out, "ready\n");
	for (;;) {
		ret = nl_recvmsgs_default(sk);
		if (ret)
			fprintf(out, "lost: %s\n", nl_geterror(ret));
	}
}
