// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "antispoof.h"
#include "net.h"
#include "rtnl.h"

struct apply {
	struct nl_sock *rt;
	enum kx_rt_op op;
	unsigned int index;
	bool inside;		/* addresses, else routes to them */
	const char *except;	/* words to leave alone */
	struct kx_err *err;
	bool seen4, seen6;
};

static void host_name(const struct kx_vps *vps, char name[IF_NAMESIZE])
{
	snprintf(name, IF_NAMESIZE, "vps%u", vps->id);
}

static int apply_word(const char *word, void *arg)
{
	struct apply *a = arg;
	struct kx_addr addr;

	if (a->except && kx_has_word(a->except, word))
		return 0;
	if (kx_addr_parse(word, &addr, a->err))
		return -1;
	if (addr.family == AF_INET)
		a->seen4 = true;
	else
		a->seen6 = true;
	if (a->inside)
		return kx_rt_addr(a->rt, a->op, a->index, &addr, a->err);
	return kx_rt_route(a->rt, a->op, a->index, addr.family, &addr, a->err);
}

/* Strict reverse path by IPv4's own means too, should the filter be flushed. */
static void strict_source(const char *name)
{
	char path[96];
	cleanup_close int fd = -1;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/rp_filter", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, "1", 1) < 0)
		return;
}

static int host_up(const struct kx_vps *vps, struct nl_sock *rt, pid_t pid,
		   struct kx_err *err)
{
	/* Locally administered; the VPS's number in the last four bytes. */
	unsigned char mac[6] = {
		0x52, 0x4b, vps->id >> 24, vps->id >> 16, vps->id >> 8, vps->id,
	};
	struct apply a = { .rt = rt, .op = KX_RT_ADD, .err = err };
	char name[IF_NAMESIZE];
	int ret;

	host_name(vps, name);
	ret = kx_rt_veth(rt, name, KX_NET_INSIDE, pid, mac, err);
	if (ret == 1) {
		if (kx_rt_del_link(rt, name, err))
			return -1;
		ret = kx_rt_veth(rt, name, KX_NET_INSIDE, pid, mac, err);
		if (ret == 1)
			return kx_fail(err, KX_NETWORK, EEXIST,
				       "cannot make the network device %s", name);
	}
	/* The end inside is down still: nothing has passed without the filter. */
	if (ret || kx_antispoof_add(name, err))
		return -1;
	strict_source(name);
	a.index = if_nametoindex(name);
	return kx_each_word(kx_vps_get(vps, "IP_ADDRESS"), apply_word, &a);
}

int kx_net_host_up(const struct kx_vps *vps, pid_t pid, struct kx_err *err)
{
	struct nl_sock *rt = kx_rt_open(err);
	int ret;

	if (!rt)
		return -1;
	ret = host_up(vps, rt, pid, err);
	kx_rt_close(rt);
	return ret;
}

static int default_routes(struct nl_sock *rt, unsigned int index,
			  const struct apply *a, struct kx_err *err)
{
	struct kx_err exists = {0};

	if (a->seen4 && kx_rt_route(rt, KX_RT_ADD, index, AF_INET, NULL, &exists) &&
	    exists.code != KX_IP_IN_USE)
		goto fail;
	if (a->seen6 && kx_rt_route(rt, KX_RT_ADD, index, AF_INET6, NULL, &exists) &&
	    exists.code != KX_IP_IN_USE)
		goto fail;
	return 0;
fail:
	if (err)
		*err = exists;
	return -1;
}

int kx_net_inside_up(const struct kx_vps *vps, struct kx_err *err)
{
	struct nl_sock *rt = kx_rt_open(err);
	struct apply a = { .rt = rt, .op = KX_RT_ADD, .inside = true, .err = err };
	int ret;

	if (!rt)
		return -1;
	a.index = if_nametoindex(KX_NET_INSIDE);
	ret = kx_rt_up(rt, if_nametoindex("lo"), err);
	if (!ret)
		ret = kx_rt_up(rt, a.index, err);
	if (!ret)
		ret = kx_each_word(kx_vps_get(vps, "IP_ADDRESS"), apply_word, &a);
	if (!ret)
		ret = default_routes(rt, a.index, &a, err);
	kx_rt_close(rt);
	return ret;
}

int kx_net_down(const struct kx_vps *vps, struct kx_err *err)
{
	char name[IF_NAMESIZE];
	struct nl_sock *rt;
	int ret;

	/* To ask first would not do: for a device that is gone that runs modprobe. */
	host_name(vps, name);
	rt = kx_rt_open(err);
	if (!rt)
		return -1;
	ret = kx_rt_del_link(rt, name, err);
	kx_rt_close(rt);
	if (!ret)
		kx_antispoof_remove(name);
	return ret;
}

static int change(struct nl_sock *rt, const char *name, const char *old,
		  const char *now, bool inside, struct kx_err *err)
{
	struct apply a = { .rt = rt, .inside = inside, .err = err };

	a.index = if_nametoindex(name);
	if (!a.index)
		return kx_fail(err, KX_NETWORK, 0,
			       "the VPS has no network device %s", name);
	a.op = KX_RT_DEL;
	a.except = now;
	if (kx_each_word(old, apply_word, &a))
		return -1;
	a.op = KX_RT_ADD;
	a.except = old;
	a.seen4 = a.seen6 = false;
	if (kx_each_word(now, apply_word, &a))
		return -1;
	return inside ? default_routes(rt, a.index, &a, err) : 0;
}

static int change_inside(int init, const char *old, const char *now,
			 struct kx_err *err)
{
	struct nl_sock *rt;

	if (setns(init, CLONE_NEWNET))
		return kx_fail(err, KX_NETWORK, errno,
			       "cannot enter the network of the VPS");
	rt = kx_rt_open(err);
	return rt ? change(rt, KX_NET_INSIDE, old, now, true, err) : -1;
}

/* A process of its own enters the namespace, so that the caller never leaves the host's. */
int kx_net_change_inside(const struct kx_vps *vps, const char *old, int init,
			 struct kx_err *err)
{
	const char *now = kx_vps_get(vps, "IP_ADDRESS");
	int status, p[2];
	pid_t child;
	ssize_t n;

	if (pipe2(p, O_CLOEXEC))
		return kx_fail(err, KX_NETWORK, errno,
			       "cannot enter the network of the VPS");
	child = fork();
	if (!child) {
		struct kx_err why = {0};

		if (change_inside(init, old, now, &why) &&
		    write(p[1], &why, sizeof(why)) < 0)
			_exit(2);
		_exit(0);
	}
	close(p[1]);
	if (child < 0) {
		close(p[0]);
		return kx_fail(err, KX_SYSTEM, errno, "fork");
	}
	n = err ? read(p[0], err, sizeof(*err)) : 0;
	close(p[0]);
	waitpid(child, &status, 0);
	return n || status ? -1 : 0;
}

int kx_net_change_host(const struct kx_vps *vps, const char *old, struct kx_err *err)
{
	const char *now = kx_vps_get(vps, "IP_ADDRESS");
	char name[IF_NAMESIZE];
	struct nl_sock *rt;
	int ret;

	host_name(vps, name);
	rt = kx_rt_open(err);
	if (!rt)
		return -1;
	ret = change(rt, name, old, now, false, err);
	kx_rt_close(rt);
	return ret ? ret : kx_antispoof_keep(name, err);
}
