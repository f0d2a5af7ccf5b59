// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts: what there is of /proc and /sys in an instance of theirs, and
 * which settings they may write.
 *
 * Lists of what is seen: what a new kernel adds is hidden until somebody has
 * judged it. docs/security.md says why each line is here.
 */

#include <kunit/visibility.h>
#include <linux/bsearch.h>
#include <linux/ctx_lookup.h>
#include <linux/kernfs.h>
#include <linux/magic.h>
#include <linux/string.h>
#include <linux/sysctl.h>
#include <net/net_namespace.h>

#include "checks.h"
#include "internal.h"

/* Beside processes. In the order of strcmp(). */
static const char *const proc_names[] = {
	"buddyinfo", "cgroups", "cmdline", "cpuinfo", "crypto", "devices", "diskstats",
	"filesystems", "interrupts", "kallsyms", "key-users", "keys", "kmsg", "loadavg",
	"locks", "meminfo", "misc", "modules", "mounts", "net", "pagetypeinfo",
	"partitions", "pressure", "self", "softirqs", "stat", "swaps", "sys", "sysvipc",
	"thread-self", "tty", "uptime", "user_beancounters", "version", "vmstat",
	"zoneinfo",
};

/* With all that is below, and the directories on the way. */
static const char *const sysfs_paths[] = {
	"/class/net",
	"/devices/system/cpu",
	"/devices/virtual/net",
	"/fs/bpf",
	"/fs/cgroup",
	"/fs/fuse/connections",
	"/kernel/mm/hugepages",
	"/kernel/mm/transparent_hugepage/defrag",
	"/kernel/mm/transparent_hugepage/enabled",
	"/kernel/mm/transparent_hugepage/hpage_pmd_size",
	"/kernel/mm/transparent_hugepage/shmem_enabled",
	"/kernel/mm/transparent_hugepage/use_zero_page",
	"/kernel/security",
	"/kernel/uevent_seqnum",
	"/module/apparmor",
	"/module/ipv6",
	"/module/nf_conntrack/parameters",
};

/* Of all processors, and of one. In the order of strcmp(). */
static const char *const cpu_names[] = {
	"cache", "enabled", "isolated", "kernel_max", "nohz_full", "offline", "online",
	"possible", "present", "smt", "topology", "vulnerabilities",
};

static int compare_names(const void *key, const void *entry)
{
	return strcmp(key, *(const char *const *)entry);
}

bool __ctx_sees_proc(const struct super_block *sb, const char *name)
{
	if (!ctx_of_sb(sb) || !ctx_check_is_on(CTX_CHECK_proc))
		return true;
	return bsearch(name, proc_names, ARRAY_SIZE(proc_names), sizeof(proc_names[0]),
		       compare_names);
}

/* Is @path on the way to @seen, or below it? */
static bool is_seen(const char *path, const char *seen)
{
	while (*path && *path == *seen) {
		path++;
		seen++;
	}
	return (!*path && (!*seen || *seen == '/')) || (!*seen && *path == '/');
}

static bool sees_all_sysfs(const struct ctx *ctx)
{
	return !ctx || !ctx_check_is_on(CTX_CHECK_sysfs) ||
	       ctx_has_feature(ctx, CTX_FEATURE_SYSFS);
}

/*
 * Processors that are not the context's, and of the others all but what they are:
 * how busy, fast or hot they are is the host's and the neighbours' doing.
 */
static bool hides_cpu(const struct ctx *ctx, const char *parent, const char *name)
{
	static const char all[] = "/devices/system/cpu";
	bool in_all = strstarts(parent, all);
	unsigned int cpu;

	if (strstarts(name, "cpu") && !kstrtouint(name + strlen("cpu"), 10, &cpu) &&
	    (in_all || strstarts(parent, "/devices/system/node/")))
		return !ctx_has_cpu(ctx, cpu);
	if (!in_all)
		return false;
	parent += strlen(all);
	/* Only what is directly in here, or in a directory cpuN. */
	if (*parent && (!strstarts(parent, "/cpu") || strchr(parent + 1, '/')))
		return false;
	return !bsearch(name, cpu_names, ARRAY_SIZE(cpu_names), sizeof(cpu_names[0]),
			compare_names);
}

static bool sees_sysfs(const struct ctx *ctx, const struct kernfs_node *parent,
		       const char *name)
{
	char path[256];
	int len;

	if (sees_all_sysfs(ctx))
		return true;
	len = kernfs_path((struct kernfs_node *)parent, path, sizeof(path));
	/* What is as deep as this was seen on the way. */
	if (len < 0 || len >= (int)sizeof(path))
		return true;
	if (hides_cpu(ctx, path, name))
		return false;
	if (len == 1)
		len = 0;
	snprintf(path + len, sizeof(path) - len, "/%s", name);
	for (size_t i = 0; i < ARRAY_SIZE(sysfs_paths); i++)
		if (is_seen(path, sysfs_paths[i]))
			return true;
	return false;
}

bool __ctx_sees_sysfs(const struct super_block *sb, const struct kernfs_node *parent,
		      const char *name)
{
	struct net *net;
	bool sees;

	/* Its superblocks are the host's; they differ by network namespace. */
	if (sb->s_magic != SYSFS_MAGIC)
		return true;
	net = (struct net *)kernfs_super_ns((struct super_block *)sb);
	if (net == &init_net)
		return true;
	/*
	 * The superblock keeps the memory of @net, which may have ended, but not
	 * its user namespace: what has no namespace shows nothing.
	 */
	net = maybe_get_net(net);
	if (!net)
		return false;
	sees = sees_sysfs(ctx_of_net(net), parent, name);
	put_net(net);
	return sees;
}

/* A table that is looked up by namespace is one of the caller's own. */
int __ctx_sysctl(struct ctl_table_header *head, int mask)
{
	struct ctx *ctx = mask & MAY_WRITE ? ctx_subject(CTX_CHECK_sysctl) : NULL;
	struct ctl_table_set *set = head->set;

	if (!ctx || (set && set->is_seen && set->is_seen(set)))
		return 0;
	ctx_refuse(ctx, CTX_REFUSED_SYSCTL, "write to the setting %s of the host",
		   head->ctl_table->procname);
	return -EACCES;
}
EXPORT_SYMBOL_IF_KUNIT(__ctx_sysctl);
