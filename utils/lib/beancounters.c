// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include <linux/ctx.h>

#include "beancounters.h"

_Static_assert(sizeof(struct kx_limit) == sizeof(struct ctx_limit), "it is handed on as it is");
_Static_assert(sizeof(struct kx_bean) == sizeof(struct ctx_bean_info), "it is taken as it is");
_Static_assert(KX_UNLIMITED == CTX_UNLIMITED, "as the kernel has it");
_Static_assert(KX_RESOURCES_MAX >= __CTX_RES_MAX, "room for all of the kernel's");

#define MIB	(1ULL << 20)

#define SHOWN(name, key, unit)	\
	{ { name, key, NULL }, unit, true, KX_UNLIMITED }
#define COUNT(name, key, what, limit)	\
	{ { name, key, "N[:N]  " what }, KX_COUNT, false, limit }
#define PAGES(name, key, what)	\
	{ { name, key, "N[:N]  " what ", in pages" }, KX_PAGES, false, KX_UNLIMITED }
#define BYTES(name, key, what, limit)	\
	{ { name, key, "N[:N]  " what ", in bytes" }, KX_BYTES, false, limit }

/*
 * Without a limit what the memory of the VPS pays for. What the host has one
 * table of, or memory that no VPS is charged, has one by default: far more than
 * a server uses, and less than there is.
 */
static const struct kx_resource resources[] = {
	[CTX_RES_KMEMSIZE] = SHOWN("kmemsize", "KMEMSIZE", KX_BYTES),
	[CTX_RES_LOCKEDPAGES] = PAGES("lockedpages", "LOCKEDPAGES", "locked memory"),
	[CTX_RES_PRIVVMPAGES] = PAGES("privvmpages", "PRIVVMPAGES", "private address space"),
	[CTX_RES_SHMPAGES] = PAGES("shmpages", "SHMPAGES", "shared memory"),
	[CTX_RES_NUMPROC] = SHOWN("numproc", "NUMPROC", KX_COUNT),
	[CTX_RES_PHYSPAGES] = SHOWN("physpages", "PHYSPAGES", KX_PAGES),
	[CTX_RES_VMGUARPAGES] = SHOWN("vmguarpages", "VMGUARPAGES", KX_PAGES),
	[CTX_RES_OOMGUARPAGES] = SHOWN("oomguarpages", "OOMGUARPAGES", KX_PAGES),
	[CTX_RES_NUMTCPSOCK] = COUNT("numtcpsock", "NUMTCPSOCK", "TCP sockets", 65536),
	[CTX_RES_NUMFLOCK] = COUNT("numflock", "NUMFLOCK", "file locks", 16384),
	[CTX_RES_NUMPTY] = COUNT("numpty", "NUMPTY", "pseudo terminals", 512),
	[CTX_RES_NUMSIGINFO] = COUNT("numsiginfo", "NUMSIGINFO", "queued signals", 65536),
	[CTX_RES_TCPSNDBUF] = BYTES("tcpsndbuf", "TCPSNDBUF",
				    "send buffers of TCP sockets", 128 * MIB),
	[CTX_RES_TCPRCVBUF] = BYTES("tcprcvbuf", "TCPRCVBUF",
				    "receive buffers of TCP sockets", 128 * MIB),
	[CTX_RES_OTHERSOCKBUF] = BYTES("othersockbuf", "OTHERSOCKBUF",
				       "send buffers of other sockets", 64 * MIB),
	[CTX_RES_DGRAMRCVBUF] = BYTES("dgramrcvbuf", "DGRAMRCVBUF",
				      "receive buffers of other sockets", 64 * MIB),
	[CTX_RES_NUMOTHERSOCK] = COUNT("numothersock", "NUMOTHERSOCK", "other sockets", 65536),
	[CTX_RES_DCACHESIZE] = COUNT("dcachesize", "DCACHESIZE",
				     "names of files in the cache", KX_UNLIMITED),
	[CTX_RES_NUMFILE] = COUNT("numfile", "NUMFILE", "open files", 262144),
	[CTX_RES_NUMIPTENT] = COUNT("numiptent", "NUMIPTENT", "rules of the packet filter", 65536),
	[CTX_RES_SWAPPAGES] = SHOWN("swappages", "SWAPPAGES", KX_PAGES),
	[CTX_RES_NUMUSERNS] = COUNT("numuserns", "NUMUSERNS", "user namespaces", 1024),
	[CTX_RES_NUMPIDNS] = COUNT("numpidns", "NUMPIDNS", "pid namespaces", 1024),
	[CTX_RES_NUMUTSNS] = COUNT("numutsns", "NUMUTSNS", "UTS namespaces", 1024),
	[CTX_RES_NUMIPCNS] = COUNT("numipcns", "NUMIPCNS", "IPC namespaces", 1024),
	[CTX_RES_NUMNETNS] = COUNT("numnetns", "NUMNETNS", "network namespaces", 1024),
	[CTX_RES_NUMMNTNS] = COUNT("nummntns", "NUMMNTNS", "mount namespaces", 1024),
	[CTX_RES_NUMCGROUPNS] = COUNT("numcgroupns", "NUMCGROUPNS", "cgroup namespaces", 1024),
	[CTX_RES_NUMTIMENS] = COUNT("numtimens", "NUMTIMENS", "time namespaces", 1024),
	[CTX_RES_NUMINOTIFY] = COUNT("numinotify", "NUMINOTIFY", "inotify instances", 8192),
	[CTX_RES_NUMINOWATCH] = COUNT("numinowatch", "NUMINOWATCH", "inotify watches", 524288),
	[CTX_RES_NUMFANOTIFY] = COUNT("numfanotify", "NUMFANOTIFY", "fanotify groups", 1024),
	[CTX_RES_NUMFANMARK] = COUNT("numfanmark", "NUMFANMARK", "fanotify marks", 524288),
	[CTX_RES_NUMMOUNT] = COUNT("nummount", "NUMMOUNT", "mounts", 16384),
	[CTX_RES_NUMKEY] = COUNT("numkey", "NUMKEY", "keys", 16384),
	[CTX_RES_KEYSIZE] = BYTES("keysize", "KEYSIZE", "keys", 16 * MIB),
	[CTX_RES_NUMTIMER] = COUNT("numtimer", "NUMTIMER", "POSIX timers", 16384),
	[CTX_RES_NUMCONNTRACK] = COUNT("numconntrack", "NUMCONNTRACK",
				       "tracked connections", 65536),
	[CTX_RES_NUMNEIGH] = COUNT("numneigh", "NUMNEIGH", "neighbours (ARP, NDP)", 256),
	[CTX_RES_NUMNETDEV] = COUNT("numnetdev", "NUMNETDEV", "network devices", 1024),
	[CTX_RES_NUMBPF] = COUNT("numbpf", "NUMBPF", "BPF programs and maps", 4096),
	[CTX_RES_NUMURING] = COUNT("numuring", "NUMURING", "io_uring instances", 4096),
	[CTX_RES_NUMEPOLL] = COUNT("numepoll", "NUMEPOLL", "epoll watches", KX_UNLIMITED),
	[CTX_RES_PIPEPAGES] = PAGES("pipepages", "PIPEPAGES", "pipes"),
	[CTX_RES_MQBYTES] = BYTES("mqbytes", "MQBYTES", "POSIX message queues", KX_UNLIMITED),
	[CTX_RES_NUMCGROUP] = SHOWN("numcgroup", "NUMCGROUP", KX_COUNT),
};

#define NRESOURCES	(sizeof(resources) / sizeof(resources[0]))

_Static_assert(NRESOURCES == __CTX_RES_MAX, "all of the kernel's");

const struct kx_resource *kx_resource_at(size_t i)
{
	return i < NRESOURCES ? &resources[i] : NULL;
}

const char *kx_resource_name(unsigned int resource)
{
	return resource < NRESOURCES ? resources[resource].param.option : NULL;
}

static uint64_t at_most_unlimited(uint64_t n)
{
	return n < KX_UNLIMITED ? n : KX_UNLIMITED;
}

static int add_limit(const struct kx_vps *vps, size_t i, struct kx_limits *limits,
		     struct kx_err *err)
{
	struct kx_limit *l = &limits->list[limits->count++];
	const struct kx_resource *r = &resources[i];

	*l = (struct kx_limit){ .resource = i, .barrier = r->limit, .limit = r->limit };
	if (kx_vps_limit(vps, r->param.key, &l->barrier, &l->limit, err) < 0)
		return -1;
	l->barrier = at_most_unlimited(l->barrier);
	l->limit = at_most_unlimited(l->limit);
	if (l->barrier > l->limit)
		return kx_fail(err, KX_VALUE, 0,
			       "VPS %u: %s=\"%s\" in its configuration: the barrier is above the limit",
			       vps->id, r->param.key, kx_vps_get(vps, r->param.key));
	return 0;
}

int kx_limits_of(const struct kx_vps *vps, struct kx_limits *limits,
		 struct kx_err *err)
{
	limits->count = 0;
	for (size_t i = 0; i < NRESOURCES; i++)
		if (!resources[i].shown && add_limit(vps, i, limits, err))
			return -1;
	return 0;
}

static bool names(const struct kx_change *changes, size_t count, const char *option)
{
	for (; count; changes++, count--)
		if (!strcmp(changes->option, option))
			return true;
	return false;
}

int kx_limits_change(const struct kx_vps *vps, const struct kx_change *changes,
		     size_t count, struct kx_limits *limits, struct kx_err *err)
{
	limits->count = 0;
	for (size_t i = 0; i < NRESOURCES; i++)
		if (!resources[i].shown &&
		    names(changes, count, resources[i].param.option) &&
		    add_limit(vps, i, limits, err))
			return -1;
	return 0;
}
