/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts: a label on a tree of user namespaces.
 *
 * What the rest of the kernel calls. All of it is gone with CONFIG_CTX=n.
 * Look-ups by other objects than tasks are in <linux/ctx_lookup.h>.
 */
#ifndef _LINUX_CTX_H
#define _LINUX_CTX_H

#include <linux/cred.h>
#include <linux/jump_label.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/user_namespace.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/ctx_types.h>
#include <uapi/linux/ctx.h>

struct ctl_table_header;
struct ctx_devices;
struct ctx_log;
struct fs_context;
struct inode;
struct kernfs_node;
struct net;
struct path;
struct pid;
struct seq_file;
struct super_block;

/* Bits of &struct ctx.flags. */
enum {
	CTX_KILLED,	/* CTX_CMD_KILL came: nothing enters any more */
	CTX_TELLING,	/* &struct ctx_bc.tell is on its way */
};

/**
 * struct ctx_grants - what a context may do beyond its namespaces
 *
 * Read by the hooks without lock, one word at a time: a change takes effect
 * with the next call. Written under &struct ctx.lock.
 */
struct ctx_grants {
	/** @caps: bound of the capabilities, bits as in <linux/capability.h> */
	u64			caps;
	/** @features: bits of &enum ctx_feature */
	u64			features;
	/** @netfilter: &enum ctx_netfilter */
	u32			netfilter;
	/** @devices: granted beside the ones that all have; NULL for none */
	struct ctx_devices __rcu *devices;
};

/**
 * struct ctx - a context
 *
 * Every user namespace that carries the label holds a reference, and whoever
 * works on the object for a while. The registry holds none: its entries go
 * with the last reference, so that a context is listed for just as long as
 * something pins one of its user namespaces. The memory is freed after a
 * grace period, which is what makes look-ups under RCU safe.
 *
 * A context never moves: from ctx_register() on, @id, @serial, @cgroup_id and
 * @start_time are constant.
 */
struct ctx {
	/** @ref: references; from 0 on the object is only to be freed */
	refcount_t		ref;
	/** @id: 1 to %CTX_ID_MAX, unique among those that are not dead */
	u32			id;
	/** @serial: number since boot, never used again */
	u64			serial;
	/** @cgroup_id: the cgroup (version 2) of init at the time of NEW */
	u64			cgroup_id;
	/** @start_time: CLOCK_BOOTTIME of NEW, nanoseconds */
	u64			start_time;
	/** @flags: atomic bits, %CTX_KILLED */
	unsigned long		flags;
	/**
	 * @lock: serialises the changes of @state, @reason, @exit_status,
	 * @name and @init, together with the events that tell of them, so that
	 * subscribers see these in order. Taken in do_exit(), thus never held
	 * while waiting for a task. The registry's lock nests inside.
	 */
	struct mutex		lock;
	/** @state: only grows; written under @lock, may be read without */
	enum ctx_phase		state;
	/** @reason: set when @state becomes %CTX_STATE_STOPPING */
	enum ctx_reason		reason;
	/** @exit_status: as of wait(2), valid with @reason */
	u32			exit_status;
	/**
	 * @init: thread group id of init, written under @lock. Pins init's pid
	 * namespace, that one its user namespace, and this one the context: a
	 * circle, which is opened when the context becomes dead. Compared
	 * without the lock, followed with it only.
	 */
	struct pid		*init;
	/** @dead: woken when @state becomes %CTX_STATE_DEAD */
	wait_queue_head_t	dead;
	/** @reap_work: runs ctx_reap(); holds a reference while it is queued */
	struct work_struct	reap_work;
	/** @name: empty if there is none; under @lock */
	char			name[CTX_NAME_MAX + 1];
	/** @grants: what it may do */
	struct ctx_grants	grants;
	/** @refusals: how often it was not allowed to, by &enum ctx_refusal */
	atomic64_t		refusals[__CTX_REFUSED_MAX];
	/** @log: its log; made with the context and freed with it */
	struct ctx_log		*log;
	/** @bc: its beancounters; see <linux/ctx_bc.h> */
	struct ctx_bc		bc;
	/** @cg: its control group; see <linux/ctx_types.h> */
	struct ctx_cgroup	cg;
	/** @view: what it is shown; see <linux/ctx_types.h> */
	struct ctx_view		view;
	/** @cpu: processors, load and time; see <linux/ctx_types.h> */
	struct ctx_cpu		cpu;
	/** @rcu: frees the memory */
	struct rcu_head		rcu;
};

/*
 * In place of a label: a namespace of the host that has had children. It can
 * never be labelled, because its descendants would stay without.
 */
#define CTX_UNLABELLABLE	((struct ctx *)1UL)

/**
 * ctx_id - id of a context
 * @ctx: context, or NULL for the host
 *
 * Return: the id, %CTX_ID_HOST for the host.
 */
static inline u32 ctx_id(const struct ctx *ctx)
{
	return ctx ? ctx->id : CTX_ID_HOST;
}

#ifdef CONFIG_CTX

DECLARE_STATIC_KEY_FALSE(ctx_used);

void __ctx_userns_inherit(struct user_namespace *ns,
			  struct user_namespace *parent);
void __ctx_userns_release(struct ctx *ctx);
bool __ctx_may_enter(struct user_namespace *ns);
void __ctx_entered(void);
void __ctx_exit_begin(void);
void __ctx_exit_end(void);
bool __ctx_may_mount(struct fs_context *fc);
bool __ctx_mounts_inside(const struct fs_context *fc);
bool __ctx_may_mknod(umode_t mode, dev_t dev);
bool __ctx_opens_devices(const struct path *path);
bool __ctx_may_layout(const struct net *net, u32 layout);
int __ctx_sysctl(struct ctl_table_header *head, int mask);
bool __ctx_sees_proc(const struct super_block *sb, const char *name);
bool __ctx_sees_sysfs(const struct super_block *sb,
		      const struct kernfs_node *parent, const char *name);
bool __ctx_may_link(const char *kind);
bool __ctx_may_netfilter(const struct net *net, enum ctx_netfilter level);
u64 __ctx_futex_id(u64 id);
bool __ctx_may_upcall(const char *what);
bool __ctx_may_userfault(void);
void ctx_status(struct seq_file *m, struct task_struct *task);

/**
 * ctx_of_userns - context of a user namespace
 * @ns: user namespace
 *
 * The label is set at most once in the life of a namespace.
 *
 * Return: the context, or NULL for the host; good as long as @ns is kept.
 */
static inline struct ctx *ctx_of_userns(const struct user_namespace *ns)
{
	struct ctx *ctx = READ_ONCE(ns->ctx);

	return ctx == CTX_UNLABELLABLE ? NULL : ctx;
}

/**
 * ctx_of_cred - context of credentials
 * @cred: credentials
 *
 * Return: the context, or NULL for the host; good as long as @cred is kept.
 */
static inline struct ctx *ctx_of_cred(const struct cred *cred)
{
	return ctx_of_userns(cred->user_ns);
}

/**
 * ctx_of_task - context of a task
 * @task: any task
 *
 * By the real credentials: the others are swapped for a while by stacked
 * filesystems and the like. Call it under RCU.
 *
 * Return: the context, or NULL for the host; good under the same RCU lock.
 */
static inline struct ctx *ctx_of_task(const struct task_struct *task)
{
	return ctx_of_cred(__task_cred(task));
}

/**
 * ctx_current - context of the current task
 *
 * Needs no RCU.
 *
 * Return: the context, or NULL for the host; good as long as the task stays
 * in its user namespace.
 */
static inline struct ctx *ctx_current(void)
{
	return ctx_of_cred(current_real_cred());
}

/**
 * ctx_userns_inherit - label a new user namespace as its parent is
 * @ns: new user namespace, not visible to anybody yet
 * @parent: its parent
 *
 * Not behind the static key: a namespace that has a child before the first
 * context is made must be known to have it after.
 */
static inline void ctx_userns_inherit(struct user_namespace *ns,
				      struct user_namespace *parent)
{
	if (parent != &init_user_ns)
		__ctx_userns_inherit(ns, parent);
}

/**
 * ctx_userns_release - drop the label of a user namespace that is being freed
 * @ns: user namespace
 */
static inline void ctx_userns_release(struct user_namespace *ns)
{
	struct ctx *ctx = ctx_of_userns(ns);

	if (ctx)
		__ctx_userns_release(ctx);
}

/**
 * ctx_may_enter - may a task join this user namespace
 * @ns: user namespace
 *
 * Return: false if its context is being ended, or has been.
 */
static inline bool ctx_may_enter(struct user_namespace *ns)
{
	if (static_branch_unlikely(&ctx_used))
		return __ctx_may_enter(ns);
	return true;
}

/* The current task has joined a user namespace with setns(2). */
static inline void ctx_entered(void)
{
	if (static_branch_unlikely(&ctx_used))
		__ctx_entered();
}

/* The last thread of the current process has begun to exit. */
static inline void ctx_exit_begin(void)
{
	if (static_branch_unlikely(&ctx_used))
		__ctx_exit_begin();
}

/* The current thread is through exit_notify(). */
static inline void ctx_exit_end(void)
{
	if (static_branch_unlikely(&ctx_used))
		__ctx_exit_end();
}

/**
 * ctx_may_mount - may the current task mount a filesystem of this type
 * @fc: context of the new mount
 */
static inline bool ctx_may_mount(struct fs_context *fc)
{
	return !static_branch_unlikely(&ctx_used) || __ctx_may_mount(fc);
}

/**
 * ctx_mounts_inside - is a type granted that user namespaces do not have
 * @fc: context of the new mount
 *
 * Return: true if the capability over the mounter's user namespace is enough.
 */
static inline bool ctx_mounts_inside(const struct fs_context *fc)
{
	return static_branch_unlikely(&ctx_used) && __ctx_mounts_inside(fc);
}

/**
 * ctx_may_mknod - is a device node granted to the current task
 * @mode: type of the node
 * @dev: device
 *
 * In place of CAP_MKNOD over the host, which nobody inside has.
 *
 * Return: false for a task of the host, too, which has its capability or not.
 */
static inline bool ctx_may_mknod(umode_t mode, dev_t dev)
{
	return static_branch_unlikely(&ctx_used) && __ctx_may_mknod(mode, dev);
}

/**
 * ctx_opens_devices - do device nodes work on this filesystem
 * @path: node on a filesystem that was mounted in a user namespace
 *
 * They do for the tasks of the context which has mounted it, in its outermost user
 * namespace: the LSM's hook of open decides on each device, so that this is for
 * what comes there, and nothing else.
 */
static inline bool ctx_opens_devices(const struct path *path)
{
	return static_branch_unlikely(&ctx_used) && __ctx_opens_devices(path);
}

/**
 * ctx_may_layout - may an NFS client use this kind of pNFS layout
 * @net: its network namespace
 * @layout: kind, of enum pnfs_layouttype
 */
static inline bool ctx_may_layout(const struct net *net, u32 layout)
{
	return !static_branch_unlikely(&ctx_used) || __ctx_may_layout(net, layout);
}

/**
 * ctx_sysctl - may the current task access a file below /proc/sys
 * @head: its table
 * @mask: MAY_WRITE and others
 *
 * Return: 0, or -EACCES for a write to what belongs to no namespace.
 */
static inline int ctx_sysctl(struct ctl_table_header *head, int mask)
{
	return static_branch_unlikely(&ctx_used) ? __ctx_sysctl(head, mask) : 0;
}

/**
 * ctx_sees_proc - is there such a name in this /proc
 * @sb: the procfs; what counts is whose it is, not who looks
 * @name: name of an entry of its root directory
 */
static inline bool ctx_sees_proc(const struct super_block *sb, const char *name)
{
	return !static_branch_unlikely(&ctx_used) || __ctx_sees_proc(sb, name);
}

/**
 * ctx_sees_sysfs - is there such a name in this directory of /sys
 * @sb: superblock of any kernfs; what counts is whose it is
 * @parent: the directory
 * @name: name in it
 */
static inline bool ctx_sees_sysfs(const struct super_block *sb,
				  const struct kernfs_node *parent,
				  const char *name)
{
	return !static_branch_unlikely(&ctx_used) ||
	       __ctx_sees_sysfs(sb, parent, name);
}

/**
 * ctx_may_link - may the current task make a network device of this kind
 * @kind: as in rtnetlink, empty for none
 */
static inline bool ctx_may_link(const char *kind)
{
	return !static_branch_unlikely(&ctx_used) || __ctx_may_link(kind);
}

/**
 * ctx_may_netfilter - may this network namespace have such a packet filter
 * @net: network namespace
 * @level: what is about to be used
 */
static inline bool ctx_may_netfilter(const struct net *net,
				     enum ctx_netfilter level)
{
	return !static_branch_unlikely(&ctx_used) ||
	       __ctx_may_netfilter(net, level);
}

/**
 * ctx_futex_id - identity of a file for futexes
 * @id: that of its inode
 *
 * Templates are files that contexts share: their futexes are not shared.
 */
static inline u64 ctx_futex_id(u64 id)
{
	return static_branch_unlikely(&ctx_used) ? __ctx_futex_id(id) : id;
}

/**
 * ctx_may_upcall - may a program of the host be run for the current task
 * @what: for what, after "for"
 */
static inline bool ctx_may_upcall(const char *what)
{
	return !static_branch_unlikely(&ctx_used) || __ctx_may_upcall(what);
}

/**
 * ctx_may_userfault - may the current task handle faults of the kernel, which
 * vm.unprivileged_userfaultfd lets everybody do
 */
static inline bool ctx_may_userfault(void)
{
	return !static_branch_unlikely(&ctx_used) || __ctx_may_userfault();
}

#else /* !CONFIG_CTX */

static inline bool ctx_may_mount(struct fs_context *fc)
{
	return true;
}

static inline bool ctx_mounts_inside(const struct fs_context *fc)
{
	return false;
}

static inline bool ctx_may_mknod(umode_t mode, dev_t dev)
{
	return false;
}

static inline bool ctx_opens_devices(const struct path *path)
{
	return false;
}

static inline bool ctx_may_layout(const struct net *net, u32 layout)
{
	return true;
}

static inline int ctx_sysctl(struct ctl_table_header *head, int mask)
{
	return 0;
}

static inline bool ctx_sees_proc(const struct super_block *sb, const char *name)
{
	return true;
}

static inline bool ctx_sees_sysfs(const struct super_block *sb,
				  const struct kernfs_node *parent,
				  const char *name)
{
	return true;
}

static inline bool ctx_may_link(const char *kind)
{
	return true;
}

static inline bool ctx_may_netfilter(const struct net *net,
				     enum ctx_netfilter level)
{
	return true;
}

static inline u64 ctx_futex_id(u64 id)
{
	return id;
}

static inline bool ctx_may_upcall(const char *what)
{
	return true;
}

static inline bool ctx_may_userfault(void)
{
	return true;
}

static inline struct ctx *ctx_of_userns(const struct user_namespace *ns)
{
	return NULL;
}

static inline struct ctx *ctx_of_cred(const struct cred *cred)
{
	return NULL;
}

static inline struct ctx *ctx_of_task(const struct task_struct *task)
{
	return NULL;
}

static inline struct ctx *ctx_current(void)
{
	return NULL;
}

static inline void ctx_userns_inherit(struct user_namespace *ns,
				      struct user_namespace *parent)
{
}

static inline void ctx_userns_release(struct user_namespace *ns)
{
}

static inline bool ctx_may_enter(struct user_namespace *ns)
{
	return true;
}

static inline void ctx_entered(void)
{
}

static inline void ctx_exit_begin(void)
{
}

static inline void ctx_exit_end(void)
{
}

static inline void ctx_status(struct seq_file *m, struct task_struct *task)
{
}

#endif /* CONFIG_CTX */

#endif /* _LINUX_CTX_H */
