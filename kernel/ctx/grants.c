// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: what they are granted. The default is what a server needs; what
 * only some need has a feature; the rest is nowhere in these tables.
 */

#include <kunit/visibility.h>
#include <linux/capability.h>
#include <linux/kdev_t.h>
#include <linux/major.h>
#include <linux/netlink.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <uapi/linux/netlink.h>

#include "internal.h"

static_assert((CTX_CAPS_DEFAULT & ~CAP_VALID_MASK) == 0);

#define F(feature)	BIT_ULL(CTX_FEATURE_##feature)
#define ALWAYS		U64_MAX

/* A name, and the features any one of which grants it. */
struct grant {
	const char	*name;
	u64		features;
};

static const struct grant filesystems[] = {
	{ "bpf",	F(BPF) },
	{ "cgroup2",	ALWAYS },
	{ "devpts",	ALWAYS },
	{ "fuse",	F(FUSE) },
	{ "mqueue",	ALWAYS },
	{ "nfs",	F(NFS) },
	{ "nfs4",	F(NFS) },
	{ "overlay",	ALWAYS },
	{ "proc",	ALWAYS },
	{ "ramfs",	ALWAYS },
	{ "sysfs",	ALWAYS },
	{ "tmpfs",	ALWAYS },
	{ "unionfs",	ALWAYS },
};

static const struct grant links[] = {
	{ "",		ALWAYS },
	{ "bridge",	F(BRIDGE) | F(NESTING) },
	{ "dummy",	ALWAYS },
	{ "erspan",	F(GRE) },
	{ "gre",	F(GRE) },
	{ "gretap",	F(GRE) },
	{ "ip6erspan",	F(GRE) },
	{ "ip6gre",	F(GRE) },
	{ "ip6gretap",	F(GRE) },
	{ "ip6tnl",	F(IPIP) },
	{ "ipip",	F(IPIP) },
	{ "ipvlan",	F(NESTING) },
	{ "macvlan",	F(NESTING) },
	{ "sit",	F(IPIP) },
	{ "veth",	F(BRIDGE) | F(NESTING) },
	{ "vlan",	F(BRIDGE) | F(NESTING) },
	{ "vti",	F(IPSEC) },
	{ "vti6",	F(IPSEC) },
	{ "vxlan",	F(NESTING) },
	{ "wireguard",	F(WIREGUARD) },
	{ "xfrm",	F(IPSEC) },
};

/* Beginnings of the names of what the kernel loads by itself. */
static const struct grant modules[] = {
	{ "char-major-10-200",	F(TUN) },
	{ "char-major-10-229",	F(FUSE) },
	{ "char-major-108",	F(PPP) },
	{ "crypto-",		F(IPSEC) },
	{ "net-pf-10-proto-58", ALWAYS },
	{ "net-pf-16-proto-16-family-wireguard", F(WIREGUARD) },
	{ "net-pf-16-proto-4-type-", ALWAYS },
	/* Files and flexible files: the others are of block devices. */
	{ "nfs-layouttype4-1",	F(NFS) },
	{ "nfs-layouttype4-4",	F(NFS) },
	{ "nfsv",		F(NFS) },
	{ "ppp-compress-",	F(PPP) },
	{ "rpc-auth-",		F(NFS) },
	{ "xfrm-type-",		F(IPSEC) },
};

/* The same for the packet filter, unless it is disabled. */
static const char *const filter_modules[] = {
	"arpt_", "arptable_", "ebt_", "ebtable_", "ip6_tables", "ip6t_",
	"ip6table_", "ip_set", "ip_tables", "ipt_", "iptable_", "nf-",
	"nfct-helper-", "nfnetlink", "nft-", "xt_",
};

static const struct {
	int	family;
	u64	features;
} families[] = {
	{ AF_UNIX,	ALWAYS },
	{ AF_INET,	ALWAYS },
	{ AF_INET6,	ALWAYS },
	{ AF_NETLINK,	ALWAYS },
	{ AF_PACKET,	ALWAYS },
	{ AF_KEY,	F(IPSEC) },
	{ AF_PPPOX,	F(PPP) },
};

/* What nobody names because every server has it; see <linux/major.h>. */
static const struct {
	struct ctx_device	device;
	u64			features;
} devices[] = {
	/* No device has it: systemd puts a node of it over what is to be hidden. */
	{ { 'b', UNNAMED_MAJOR, 0, CTX_DEVICE_MKNOD }, ALWAYS },
	{ { 'c', MEM_MAJOR, 3, 7 }, ALWAYS },			/* null */
	{ { 'c', MEM_MAJOR, 5, 7 }, ALWAYS },			/* zero */
	{ { 'c', MEM_MAJOR, 7, 7 }, ALWAYS },			/* full */
	{ { 'c', MEM_MAJOR, 8, 7 }, ALWAYS },			/* random */
	{ { 'c', MEM_MAJOR, 9, 7 }, ALWAYS },			/* urandom */
	{ { 'c', MEM_MAJOR, 11, 7 }, ALWAYS },			/* kmsg: its own log */
	{ { 'c', TTYAUX_MAJOR, 0, 7 }, ALWAYS },		/* tty */
	{ { 'c', TTYAUX_MAJOR, 1, CTX_DEVICE_MKNOD }, ALWAYS },	/* console */
	{ { 'c', TTYAUX_MAJOR, 2, 7 }, ALWAYS },		/* ptmx */
	{ { 'c', UNIX98_PTY_SLAVE_MAJOR, CTX_DEVICE_ANY, 6 }, ALWAYS },
	{ { 'c', MISC_MAJOR, 200, 7 }, F(TUN) },
	{ { 'c', MISC_MAJOR, 229, 7 }, F(FUSE) },
	{ { 'c', 108, 0, 7 }, F(PPP) },
};

static bool has_any(const struct ctx *ctx, u64 features)
{
	return features == ALWAYS || READ_ONCE(ctx->grants.features) & features;
}

static bool is_granted(const struct ctx *ctx, const struct grant *table, size_t n,
		       const char *name)
{
	for (; n; table++, n--)
		if (!strcmp(name, table->name))
			return has_any(ctx, table->features);
	return false;
}

/**
 * ctx_grants_fs - may it mount a type of filesystem
 * @ctx: context
 * @name: of the type
 */
bool ctx_grants_fs(const struct ctx *ctx, const char *name)
{
	return is_granted(ctx, filesystems, ARRAY_SIZE(filesystems), name);
}
EXPORT_SYMBOL_IF_KUNIT(ctx_grants_fs);

/**
 * ctx_grants_link - may it make a kind of network device
 * @ctx: context
 * @kind: as in rtnetlink
 */
bool ctx_grants_link(const struct ctx *ctx, const char *kind)
{
	return is_granted(ctx, links, ARRAY_SIZE(links), kind);
}
EXPORT_SYMBOL_IF_KUNIT(ctx_grants_link);

static bool grants_netlink(const struct ctx *ctx, int protocol)
{
	switch (protocol) {
	case NETLINK_ROUTE:
	case NETLINK_USERSOCK:
	case NETLINK_SOCK_DIAG:
	case NETLINK_SELINUX:
	case NETLINK_AUDIT:
	case NETLINK_KOBJECT_UEVENT:
	case NETLINK_GENERIC:
		return true;
	case NETLINK_NETFILTER:
		return READ_ONCE(ctx->grants.netfilter) != CTX_NETFILTER_DISABLED;
	case NETLINK_XFRM:
		return ctx_has_feature(ctx, CTX_FEATURE_IPSEC);
	}
	return false;
}

/**
 * ctx_grants_socket - may it have such a socket
 * @ctx: context
 * @family: AF_UNIX and others
 * @protocol: of the family
 */
bool ctx_grants_socket(const struct ctx *ctx, int family, int protocol)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (families[i].family == family)
			return has_any(ctx, families[i].features) &&
			       (family != AF_NETLINK || grants_netlink(ctx, protocol));
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(ctx_grants_socket);

/* "net-pf-16-proto-12": what loads the family of a socket that is granted. */
static bool grants_family_module(const struct ctx *ctx, const char *numbers)
{
	int family, protocol, end = -1;

	if (sscanf(numbers, "%d-proto-%d%n", &family, &protocol, &end) == 2 &&
	    end > 0 && !numbers[end])
		return family == AF_NETLINK && ctx_grants_socket(ctx, family, protocol);
	end = -1;
	return sscanf(numbers, "%d%n", &family, &end) == 1 && end > 0 && !numbers[end] &&
	       ctx_grants_socket(ctx, family, 0);
}

static const char *behind(const char *name, const char *prefix)
{
	size_t len = str_has_prefix(name, prefix);

	return len ? name + len : NULL;
}

/**
 * ctx_grants_module - may it cause the kernel to load a module
 * @ctx: context
 * @name: what the kernel asks modprobe for
 */
bool ctx_grants_module(const struct ctx *ctx, const char *name)
{
	const char *rest;

	rest = behind(name, "fs-");
	if (rest)
		return ctx_grants_fs(ctx, rest);
	rest = behind(name, "rtnl-link-");
	if (rest)
		return ctx_grants_link(ctx, rest);
	rest = behind(name, "net-pf-");
	if (rest && grants_family_module(ctx, rest))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(modules); i++)
		if (str_has_prefix(name, modules[i].name))
			return has_any(ctx, modules[i].features);
	if (READ_ONCE(ctx->grants.netfilter) == CTX_NETFILTER_DISABLED)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(filter_modules); i++)
		if (str_has_prefix(name, filter_modules[i]))
			return true;
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(ctx_grants_module);

static bool is_device(const struct ctx_device *d, umode_t mode, dev_t dev)
{
	return d->type == (S_ISBLK(mode) ? 'b' : 'c') &&
	       (d->major == CTX_DEVICE_ANY || d->major == MAJOR(dev)) &&
	       (d->minor == CTX_DEVICE_ANY || d->minor == MINOR(dev));
}

/**
 * ctx_grants_device - may it use a device
 * @ctx: context
 * @mode: S_IFBLK or S_IFCHR
 * @dev: device
 * @access: CTX_DEVICE_READ, CTX_DEVICE_WRITE, CTX_DEVICE_MKNOD
 */
bool ctx_grants_device(const struct ctx *ctx, umode_t mode, dev_t dev, u32 access)
{
	const struct ctx_devices *own;

	scoped_guard(rcu) {
		own = rcu_dereference(ctx->grants.devices);
		for (u32 i = 0; own && i < own->count; i++)
			if (is_device(&own->list[i], mode, dev))
				return !(access & ~own->list[i].access);
	}
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		if (is_device(&devices[i].device, mode, dev))
			return has_any(ctx, devices[i].features) &&
			       !(access & ~devices[i].device.access);
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(ctx_grants_device);

static bool is_driver(const struct ctx_device *d, umode_t mode, unsigned int major)
{
	return d->access && d->type == (S_ISBLK(mode) ? 'b' : 'c') &&
	       (d->major == CTX_DEVICE_ANY || d->major == major);
}

/**
 * ctx_grants_driver - may it use any device of a driver
 * @ctx: context
 * @mode: S_IFBLK or S_IFCHR
 * @major: number of the driver
 */
bool ctx_grants_driver(const struct ctx *ctx, umode_t mode, unsigned int major)
{
	const struct ctx_devices *own;

	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		if (is_driver(&devices[i].device, mode, major) &&
		    has_any(ctx, devices[i].features))
			return true;
	guard(rcu)();
	own = rcu_dereference(ctx->grants.devices);
	for (u32 i = 0; own && i < own->count; i++)
		if (is_driver(&own->list[i], mode, major))
			return true;
	return false;
}

/**
 * ctx_grants_init - what a context has that nothing was said of
 * @grants: to be filled
 */
void ctx_grants_init(struct ctx_grants *grants)
{
	*grants = (struct ctx_grants){
		.caps		= CTX_CAPS_DEFAULT,
		.netfilter	= CTX_NETFILTER_STATEFUL,
	};
}
EXPORT_SYMBOL_IF_KUNIT(ctx_grants_init);

/**
 * ctx_grants_replace - change what a context is granted
 * @ctx: context, locked
 * @grants: all of it; the devices are taken over
 *
 * A hook that runs meanwhile sees each of them as it was or as it is.
 */
void ctx_grants_replace(struct ctx *ctx, const struct ctx_grants *grants)
{
	struct ctx_devices *new = rcu_access_pointer(grants->devices), *old;

	lockdep_assert_held(&ctx->lock);
	WRITE_ONCE(ctx->grants.caps, grants->caps);
	WRITE_ONCE(ctx->grants.features, grants->features);
	WRITE_ONCE(ctx->grants.netfilter, grants->netfilter);
	old = rcu_replace_pointer(ctx->grants.devices, new, lockdep_is_held(&ctx->lock));
	if (old && old != new)
		kfree_rcu(old, rcu);
}
EXPORT_SYMBOL_IF_KUNIT(ctx_grants_replace);
