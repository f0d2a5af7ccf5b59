// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of contexts: what the tables grant.
 */

#include <kunit/test.h>
#include <linux/in.h>
#include <linux/major.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/socket.h>

#include "internal.h"

/* Of a context that is in no registry. */
static int grants_init(struct kunit *test)
{
	struct ctx *ctx = ctx_alloc(CTX_ID_MAX, "kunit");

	KUNIT_ASSERT_NOT_NULL(test, ctx);
	ctx->start_time = ktime_get_boottime_ns();
	test->priv = ctx;
	return 0;
}

static void grants_exit(struct kunit *test)
{
	if (test->priv)
		ctx_put(test->priv);
}

static void grant(struct kunit *test, u64 features, u32 netfilter)
{
	struct ctx *ctx = test->priv;

	WRITE_ONCE(ctx->grants.features, features);
	WRITE_ONCE(ctx->grants.netfilter, netfilter);
}

/* What the tables say, with every name of <linux/ctx.h> once. */

struct grant_case {
	char name[40];
	u64 features;
	bool fs, link;
};

#define F(feature)	BIT_ULL(CTX_FEATURE_##feature)

static const struct grant_case grant_cases[] = {
	{ "tmpfs",	0,		true, false },
	{ "proc",	0,		true, false },
	{ "sysfs",	0,		true, false },
	{ "devpts",	0,		true, false },
	{ "mqueue",	0,		true, false },
	{ "cgroup2",	0,		true, false },
	{ "overlay",	0,		true, false },
	{ "unionfs",	0,		true, false },
	{ "ext4",	~0ULL,		false, false },
	{ "xfs",	~0ULL,		false, false },
	{ "squashfs",	~0ULL,		false, false },
	{ "cgroup",	~0ULL,		false, false },
	{ "debugfs",	~0ULL,		false, false },
	{ "tracefs",	~0ULL,		false, false },
	{ "fuseblk",	~0ULL,		false, false },
	{ "nsfs",	~0ULL,		false, false },
	{ "",		0,		false, true },
	{ "dummy",	0,		false, true },
	{ "fuse",	F(FUSE),	true, false },
	{ "nfs",	F(NFS),		true, false },
	{ "nfs4",	F(NFS),		true, false },
	{ "bpf",	F(BPF),		true, false },
	{ "bridge",	F(BRIDGE),	false, true },
	{ "bridge",	F(NESTING),	false, true },
	{ "veth",	F(BRIDGE),	false, true },
	{ "veth",	F(NESTING),	false, true },
	{ "vlan",	F(NESTING),	false, true },
	{ "macvlan",	F(NESTING),	false, true },
	{ "ipvlan",	F(NESTING),	false, true },
	{ "vxlan",	F(NESTING),	false, true },
	{ "ipip",	F(IPIP),	false, true },
	{ "sit",	F(IPIP),	false, true },
	{ "ip6tnl",	F(IPIP),	false, true },
	{ "gre",	F(GRE),		false, true },
	{ "gretap",	F(GRE),		false, true },
	{ "ip6gretap",	F(GRE),		false, true },
	{ "erspan",	F(GRE),		false, true },
	{ "wireguard",	F(WIREGUARD),	false, true },
	{ "xfrm",	F(IPSEC),	false, true },
	{ "vti6",	F(IPSEC),	false, true },
	{ "bareudp",	~0ULL,		false, false },
	{ "netdevsim",	~0ULL,		false, false },
	{ "tmpf",	~0ULL,		false, false },
	{ "tmpfs2",	~0ULL,		false, false },
};

KUNIT_ARRAY_PARAM_DESC(grant, grant_cases, name);

static void ctx_test_grants(struct kunit *test)
{
	const struct ctx *ctx = test->priv;
	const struct grant_case *c = test->param_value;
	char module[56];

	grant(test, c->features, CTX_NETFILTER_STATEFUL);
	KUNIT_EXPECT_EQ(test, ctx_grants_fs(ctx, c->name), c->fs);
	KUNIT_EXPECT_EQ(test, ctx_grants_link(ctx, c->name), c->link);
	snprintf(module, sizeof(module), "fs-%s", c->name);
	KUNIT_EXPECT_EQ(test, ctx_grants_module(ctx, module), c->fs);
	snprintf(module, sizeof(module), "rtnl-link-%s", c->name);
	KUNIT_EXPECT_EQ(test, ctx_grants_module(ctx, module), c->link);
	if (!c->features || !(c->features + 1))
		return;
	/* All other features together do not grant it, but for nesting's. */
	grant(test, ~c->features & ~(F(NESTING) | F(BRIDGE)), CTX_NETFILTER_FULL);
	KUNIT_EXPECT_FALSE(test, ctx_grants_fs(ctx, c->name));
	KUNIT_EXPECT_FALSE(test, ctx_grants_link(ctx, c->name));
}

struct socket_case {
	const char *name;
	int family, protocol;
	u64 features;
	bool yes, without;	/* with the features, and with all others */
};

static const struct socket_case socket_cases[] = {
	{ "unix", AF_UNIX, 0, 0, true, true },
	{ "inet", AF_INET, IPPROTO_TCP, 0, true, true },
	{ "inet6", AF_INET6, IPPROTO_UDP, 0, true, true },
	{ "packet", AF_PACKET, 0x0300, 0, true, true },
	{ "route", AF_NETLINK, NETLINK_ROUTE, 0, true, true },
	{ "generic", AF_NETLINK, NETLINK_GENERIC, 0, true, true },
	{ "audit", AF_NETLINK, NETLINK_AUDIT, 0, true, true },
	{ "uevent", AF_NETLINK, NETLINK_KOBJECT_UEVENT, 0, true, true },
	{ "xfrm", AF_NETLINK, NETLINK_XFRM, F(IPSEC), true, false },
	{ "key", AF_KEY, 2, F(IPSEC), true, false },
	{ "pppox", AF_PPPOX, 0, F(PPP), true, false },
	{ "connector", AF_NETLINK, NETLINK_CONNECTOR, ~0ULL, false, false },
	{ "crypto", AF_NETLINK, NETLINK_CRYPTO, ~0ULL, false, false },
	{ "scsi", AF_NETLINK, NETLINK_SCSITRANSPORT, ~0ULL, false, false },
	{ "alg", AF_ALG, 0, ~0ULL, false, false },
	{ "vsock", AF_VSOCK, 0, ~0ULL, false, false },
	{ "bluetooth", AF_BLUETOOTH, 0, ~0ULL, false, false },
	{ "xdp", AF_XDP, 0, ~0ULL, false, false },
	{ "tipc", AF_TIPC, 0, ~0ULL, false, false },
	{ "rds", AF_RDS, 0, ~0ULL, false, false },
	{ "can", AF_CAN, 1, ~0ULL, false, false },
	{ "none", AF_UNSPEC, 0, ~0ULL, false, false },
	{ "beyond", AF_MAX, 0, ~0ULL, false, false },
};

KUNIT_ARRAY_PARAM_DESC(socket, socket_cases, name);

static void ctx_test_sockets(struct kunit *test)
{
	const struct ctx *ctx = test->priv;
	const struct socket_case *c = test->param_value;

	grant(test, c->features, CTX_NETFILTER_FULL);
	KUNIT_EXPECT_EQ(test, ctx_grants_socket(ctx, c->family, c->protocol), c->yes);
	grant(test, ~c->features, CTX_NETFILTER_DISABLED);
	KUNIT_EXPECT_EQ(test, ctx_grants_socket(ctx, c->family, c->protocol), c->without);

	grant(test, ~0ULL, CTX_NETFILTER_DISABLED);
	KUNIT_EXPECT_FALSE(test, ctx_grants_socket(ctx, AF_NETLINK, NETLINK_NETFILTER));
	grant(test, 0, CTX_NETFILTER_STATELESS);
	KUNIT_EXPECT_TRUE(test, ctx_grants_socket(ctx, AF_NETLINK, NETLINK_NETFILTER));
}

struct module_case {
	char name[48];
	u64 features;
	u32 netfilter;
	bool yes;
};

static const struct module_case module_cases[] = {
	{ "nft-expr-2-ct", 0, CTX_NETFILTER_STATELESS, true },
	{ "nft-chain-2-nat", 0, CTX_NETFILTER_STATEFUL, true },
	{ "nft-expr-2-ct", ~0ULL, CTX_NETFILTER_DISABLED, false },
	{ "ip_tables", 0, CTX_NETFILTER_STATELESS, true },
	{ "ip_tables", ~0ULL, CTX_NETFILTER_DISABLED, false },
	{ "ipt_REJECT", 0, CTX_NETFILTER_FULL, true },
	{ "xt_conntrack", 0, CTX_NETFILTER_STATEFUL, true },
	{ "net-pf-16-proto-12", 0, CTX_NETFILTER_STATELESS, true },
	{ "net-pf-16-proto-12", ~0ULL, CTX_NETFILTER_DISABLED, false },
	{ "net-pf-16-proto-6", F(IPSEC), CTX_NETFILTER_DISABLED, true },
	{ "net-pf-16-proto-6", ~F(IPSEC), CTX_NETFILTER_FULL, false },
	{ "net-pf-16-proto-4-type-0", 0, CTX_NETFILTER_DISABLED, true },
	{ "net-pf-15", F(IPSEC), CTX_NETFILTER_DISABLED, true },
	{ "net-pf-15", ~F(IPSEC), CTX_NETFILTER_FULL, false },
	{ "net-pf-38", ~0ULL, CTX_NETFILTER_FULL, false },
	{ "net-pf-2-proto-132", ~0ULL, CTX_NETFILTER_FULL, false },
	{ "net-pf-2-proto-132-type-1", ~0ULL, CTX_NETFILTER_FULL, false },
	{ "net-pf-15x", ~0ULL, CTX_NETFILTER_FULL, false },
	{ "net-pf-", ~0ULL, CTX_NETFILTER_FULL, false },
	{ "char-major-10-200", F(TUN), CTX_NETFILTER_FULL, true },
	{ "char-major-10-200", ~F(TUN), CTX_NETFILTER_FULL, false },
	{ "char-major-10-232", ~0ULL, CTX_NETFILTER_FULL, false },
	{ "crypto-aes", F(IPSEC), CTX_NETFILTER_FULL, true },
	{ "crypto-aes", ~F(IPSEC), CTX_NETFILTER_FULL, false },
	{ "binfmt-464c", ~0ULL, CTX_NETFILTER_FULL, false },
	{ "fs-ext4", ~0ULL, CTX_NETFILTER_FULL, false },
	{ "block-major-7-0", ~0ULL, CTX_NETFILTER_FULL, false },
	{ "usb:v0000", ~0ULL, CTX_NETFILTER_FULL, false },
	{ "loop", ~0ULL, CTX_NETFILTER_FULL, false },
	{ "", ~0ULL, CTX_NETFILTER_FULL, false },
};

KUNIT_ARRAY_PARAM_DESC(module, module_cases, name);

static void ctx_test_modules(struct kunit *test)
{
	const struct ctx *ctx = test->priv;
	const struct module_case *c = test->param_value;

	grant(test, c->features, c->netfilter);
	KUNIT_EXPECT_EQ(test, ctx_grants_module(ctx, c->name), c->yes);
}

static void replace_devices(struct kunit *test, const struct ctx_device *list, u32 count)
{
	struct ctx *ctx = test->priv;
	struct ctx_grants grants = ctx->grants;
	struct ctx_devices *devices = NULL;

	if (count) {
		devices = kmalloc(struct_size(devices, list, count), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, devices);
		devices->count = count;
		memcpy(devices->list, list, count * sizeof(*list));
	}
	RCU_INIT_POINTER(grants.devices, devices);
	mutex_lock(&ctx->lock);
	ctx_grants_replace(ctx, &grants);
	mutex_unlock(&ctx->lock);
}

#define CHAR(major, minor, access)	\
	ctx_grants_device(ctx, S_IFCHR | 0666, MKDEV(major, minor), access)
#define BLOCK(major, minor, access)	\
	ctx_grants_device(ctx, S_IFBLK | 0660, MKDEV(major, minor), access)

static void ctx_test_devices(struct kunit *test)
{
	static const struct ctx_device list[] = {
		{ 'b', 7, 1, 0 },
		{ 'b', 7, CTX_DEVICE_ANY, CTX_DEVICE_READ },
		{ 'c', MEM_MAJOR, 3, CTX_DEVICE_READ },
		{ 'b', 8, 1, CTX_DEVICE_READ | CTX_DEVICE_WRITE },
		{ 'b', 8, 1, 7 },
		{ 'c', 200, CTX_DEVICE_ANY, 7 },
	};
	static const struct ctx_device all[] = { { 'c', CTX_DEVICE_ANY, CTX_DEVICE_ANY, 7 } };
	const struct ctx *ctx = test->priv;

	/* What all have, and the type counts, too. */
	KUNIT_EXPECT_TRUE(test, CHAR(MEM_MAJOR, 3, 7));
	KUNIT_EXPECT_FALSE(test, BLOCK(MEM_MAJOR, 3, CTX_DEVICE_READ));
	KUNIT_EXPECT_TRUE(test, CHAR(TTYAUX_MAJOR, 1, CTX_DEVICE_MKNOD));
	KUNIT_EXPECT_FALSE(test, CHAR(TTYAUX_MAJOR, 1, CTX_DEVICE_READ));
	KUNIT_EXPECT_TRUE(test, CHAR(UNIX98_PTY_SLAVE_MAJOR, 77, 6));
	KUNIT_EXPECT_FALSE(test, CHAR(UNIX98_PTY_SLAVE_MAJOR, 77, CTX_DEVICE_MKNOD));
	KUNIT_EXPECT_FALSE(test, CHAR(MEM_MAJOR, 1, CTX_DEVICE_READ));
	KUNIT_EXPECT_FALSE(test, CHAR(MEM_MAJOR, 4, CTX_DEVICE_READ));
	KUNIT_EXPECT_TRUE(test, CHAR(MEM_MAJOR, 11, 7));
	KUNIT_EXPECT_FALSE(test, BLOCK(7, 0, CTX_DEVICE_READ));

	/* Features. */
	KUNIT_EXPECT_FALSE(test, CHAR(MISC_MAJOR, 229, CTX_DEVICE_MKNOD));
	grant(test, F(FUSE), 0);
	KUNIT_EXPECT_TRUE(test, CHAR(MISC_MAJOR, 229, 7));
	KUNIT_EXPECT_FALSE(test, CHAR(MISC_MAJOR, 200, CTX_DEVICE_READ));
	grant(test, F(TUN) | F(PPP), 0);
	KUNIT_EXPECT_FALSE(test, CHAR(MISC_MAJOR, 229, CTX_DEVICE_READ));
	KUNIT_EXPECT_TRUE(test, CHAR(MISC_MAJOR, 200, 7));
	KUNIT_EXPECT_TRUE(test, CHAR(108, 0, 7));

	/* The first entry that matches counts, also over what all have. */
	replace_devices(test, list, ARRAY_SIZE(list));
	KUNIT_EXPECT_FALSE(test, BLOCK(7, 1, CTX_DEVICE_READ));
	KUNIT_EXPECT_TRUE(test, BLOCK(7, 1, 0));
	KUNIT_EXPECT_TRUE(test, BLOCK(7, 0, CTX_DEVICE_READ));
	KUNIT_EXPECT_FALSE(test, BLOCK(7, 0, CTX_DEVICE_READ | CTX_DEVICE_WRITE));
	KUNIT_EXPECT_FALSE(test, CHAR(7, 0, CTX_DEVICE_READ));
	KUNIT_EXPECT_TRUE(test, CHAR(MEM_MAJOR, 3, CTX_DEVICE_READ));
	KUNIT_EXPECT_FALSE(test, CHAR(MEM_MAJOR, 3, CTX_DEVICE_WRITE));
	KUNIT_EXPECT_FALSE(test, CHAR(MEM_MAJOR, 3, CTX_DEVICE_MKNOD));
	KUNIT_EXPECT_TRUE(test, CHAR(MEM_MAJOR, 5, 7));
	KUNIT_EXPECT_FALSE(test, BLOCK(8, 1, CTX_DEVICE_MKNOD));
	KUNIT_EXPECT_TRUE(test, BLOCK(8, 1, CTX_DEVICE_READ | CTX_DEVICE_WRITE));
	KUNIT_EXPECT_FALSE(test, BLOCK(8, 2, CTX_DEVICE_READ));
	KUNIT_EXPECT_TRUE(test, CHAR(200, 12345, 7));

	/* And all of it can be taken back. */
	replace_devices(test, all, 1);
	KUNIT_EXPECT_TRUE(test, CHAR(MEM_MAJOR, 1, 7));
	KUNIT_EXPECT_FALSE(test, BLOCK(8, 1, CTX_DEVICE_READ));
	replace_devices(test, NULL, 0);
	KUNIT_EXPECT_FALSE(test, CHAR(MEM_MAJOR, 1, CTX_DEVICE_READ));
	KUNIT_EXPECT_TRUE(test, CHAR(MEM_MAJOR, 3, 7));
}

static void ctx_test_default(struct kunit *test)
{
	const struct ctx *ctx = test->priv;

	KUNIT_EXPECT_EQ(test, ctx->grants.caps, CTX_CAPS_DEFAULT);
	KUNIT_EXPECT_EQ(test, ctx->grants.features, 0ULL);
	KUNIT_EXPECT_EQ(test, ctx->grants.netfilter, (u32)CTX_NETFILTER_STATEFUL);
	KUNIT_EXPECT_TRUE(test, !rcu_access_pointer(ctx->grants.devices));
}

static struct kunit_case ctx_grants_test_cases[] = {
	KUNIT_CASE_PARAM(ctx_test_grants, grant_gen_params),
	KUNIT_CASE_PARAM(ctx_test_sockets, socket_gen_params),
	KUNIT_CASE_PARAM(ctx_test_modules, module_gen_params),
	KUNIT_CASE(ctx_test_devices),
	KUNIT_CASE(ctx_test_default),
	{}
};

static struct kunit_suite ctx_grants_test_suite = {
	.name = "ctx_grants",
	.init = grants_init,
	.exit = grants_exit,
	.test_cases = ctx_grants_test_cases,
};

kunit_test_suite(ctx_grants_test_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("KUnit tests of what contexts are granted");
MODULE_LICENSE("GPL");
