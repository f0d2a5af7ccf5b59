/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libkontext: virtual private servers on a Kontext kernel.
 *
 * Every function that can fail takes a struct kx_err and returns 0 (or a
 * non-negative result) on success, -1 on failure with the error filled in.
 * The library prints nothing, keeps no global state and is not thread-safe
 * for one object used from two threads.
 */
#ifndef KONTEXT_H
#define KONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct kx_conf;

#ifdef __cplusplus
extern "C" {
#endif

/* Exit codes of the commands, as in vzctl(8). */
enum kx_code {
	KX_OK = 0,
	KX_SETPARM = 1,		/* a parameter could not be set */
	KX_SYSTEM = 3,		/* a system call failed */
	KX_NO_KERNEL = 5,	/* the running kernel has no contexts */
	KX_RESOURCE = 6,	/* not enough system resources */
	KX_NEW_FAILED = 7,	/* the kernel refused the context */
	KX_COMMAND = 8,		/* the command of exec returned non-zero */
	KX_LOCKED = 9,		/* another command works on this VPS */
	KX_NO_HOSTCONF = 10,	/* vps.conf not found */
	KX_PERMISSION = 12,	/* permission denied */
	KX_NO_CONF = 14,	/* no such VPS */
	KX_TIMEOUT = 15,	/* a time limit ran out */
	KX_USAGE = 20,		/* invalid command line parameter */
	KX_VALUE = 21,		/* invalid value for a parameter */
	KX_NO_OSTEMPLATE = 29,	/* --ostemplate missing */
	KX_NOT_RUNNING = 31,
	KX_RUNNING = 32,	/* already running */
	KX_NOT_STOPPED = 33,	/* it would not stop */
	KX_ADD_IP = 34,		/* an address could not be added */
	KX_NOT_MOUNTED = 40,
	KX_MOUNTED = 41,	/* already mounted */
	KX_NO_PRIVATE = 43,	/* private area not found */
	KX_PRIVATE_EXISTS = 44,	/* the VPS or its private area exists */
	KX_NO_SPACE = 46,	/* not enough disk space */
	KX_BROKEN = 47,		/* no init or shell in the VPS */
	KX_MKPRIVATE = 48,	/* private area could not be made */
	KX_MKROOT = 49,		/* mount point could not be made */
	KX_MOUNT = 50,
	KX_UMOUNT = 51,
	KX_DESTROY = 52,
	KX_BAD_IP = 71,		/* malformed address */
	KX_IP_IN_USE = 78,	/* the address belongs to another VPS */
	KX_CONF_WRITE = 82,	/* the configuration could not be written */
	KX_NO_TEMPLATE = 91,	/* no such template */
	KX_BAD_TEMPLATE = 92,	/* damaged or hostile template archive */
	KX_TEMPLATE_BUSY = 93,	/* the template is in use */
	KX_TEMPLATE_EXISTS = 94,
	KX_NETWORK = 104,	/* the network device could not be made */
	KX_NAME_IN_USE = 131,
	KX_BAD_NAME = 133,
	KX_HALF_DESTROYED = 139,
};

/* What went wrong. Zeroed by the caller before the first use. */
struct kx_err {
	enum kx_code code;	/* exit code for it */
	int errnum;		/* errno, or 0 */
	char msg[512];		/* one line, without newline or program name */
};

/*
 * Fills @err and returns -1. With @errnum not 0, ": strerror" is appended.
 * A null @err is allowed.
 */
int kx_fail(struct kx_err *err, enum kx_code code, int errnum,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * Where things lie on this host: vps.conf(5). KONTEXT_CONF in the environment
 * names another file than /etc/vps/vps.conf; it is ignored in set-id programs.
 */
struct kx_host {
	char *confdir;		/* CONFDIR, /etc/vps/conf */
	char *template_dir;	/* TEMPLATE, /var/lib/vps/template */
	char *private_dir;	/* VE_PRIVATE, /var/lib/vps/private */
	char *root_dir;		/* VE_ROOT, /var/lib/vps/root */
	char *lock_dir;		/* LOCKDIR, /var/lib/vps/lock */
	char *cgroup;		/* CGROUP, "vps": below /sys/fs/cgroup */
	uint32_t uid_first;	/* UID_FIRST, first id given to VPSs */
	uint32_t uid_last;	/* UID_LAST, last id given to VPSs */
	char *configfile;	/* CONFIGFILE, the sample for create; "" for none */
};

/* Reads vps.conf and makes missing state directories. */
int kx_host_load(struct kx_host *host, struct kx_err *err);
void kx_host_free(struct kx_host *host);

/*
 * Locks are flock(2) on a file of lock_dir, released by close(2) or by death.
 * Returns the descriptor (close-on-exec). Held by somebody else: KX_LOCKED.
 * @wait: wait for it instead.
 */
int kx_lock(const struct kx_host *host, const char *name, bool wait,
	    struct kx_err *err);

/* ---- Templates ---------------------------------------------------------- */

/* template_dir/NAME/{root/,info.json}. */
struct kx_template {
	char *name;
	char *path;		/* of its root directory */
	char *distribution;	/* PRETTY_NAME of its os-release, or "" */
	char *arch;		/* machine of its init: "x86_64", …, or "" */
	uint64_t size;		/* bytes on disk when imported */
	uint64_t entries;	/* files, directories, … */
	int64_t created;	/* seconds since the epoch */
};

/*
 * Called while importing: compressed bytes read, of total (0: unknown). When it
 * returns other than 0 the import ends, with ECANCELED and nothing left behind.
 */
typedef int (*kx_progress_fn)(uint64_t done, uint64_t total, void *arg);

/*
 * Unpacks the archive read from @fd as template @name. Everything that would
 * lie outside the template's root is refused (KX_BAD_TEMPLATE), and a failed or killed
 * import leaves nothing that list shows; the next import sweeps remains.
 */
int kx_template_import(const struct kx_host *host, const char *name, int fd,
		       kx_progress_fn progress, void *arg, struct kx_err *err);
/*
 * Runs the recipe @name of the directory @recipes (its program "build") and
 * imports what it makes. The recipe's messages go to standard error.
 */
int kx_template_build(const struct kx_host *host, const char *name,
		      const char *recipes, kx_progress_fn progress, void *arg,
		      struct kx_err *err);
/* Array of *@count, sorted by name; free with kx_templates_free(). */
int kx_template_list(const struct kx_host *host, struct kx_template **list,
		     size_t *count, struct kx_err *err);
void kx_templates_free(struct kx_template *list, size_t count);
/* KX_NO_TEMPLATE when there is none of this name. */
int kx_template_get(const struct kx_host *host, const char *name,
		    struct kx_template *t, struct kx_err *err);
void kx_template_free(struct kx_template *t);
/* KX_TEMPLATE_BUSY, with the CTIDs in the message, while a VPS is made of it. */
int kx_template_remove(const struct kx_host *host, const char *name,
		       struct kx_err *err);
/* KX_BAD_NAME unless 1-63 of [A-Za-z0-9._+-], not starting with '.' or '-'. */
int kx_template_check_name(const char *name, struct kx_err *err);

/* ---- The kernel's contexts: generic netlink family "ctx" ------------------ */

/* A device, as struct ctx_device of <linux/ctx.h>. */
struct kx_device {
	uint32_t type;		/* 'b' or 'c' */
	uint32_t major, minor;	/* UINT32_MAX: any */
	uint32_t access;	/* read 4, write 2, mknod 1 */
};

#define KX_DEVICES_MAX	64
#define KX_OSRELEASE_MAX 64
#define KX_REFUSALS_MAX	64

/* What a context may do; values as in <linux/ctx.h>. */
struct kx_grants {
	uint64_t caps;
	uint64_t features;
	uint32_t netfilter;
	uint32_t ndevices;
	struct kx_device devices[KX_DEVICES_MAX];
	char osrelease[KX_OSRELEASE_MAX + 1];	/* of uname(2); "" for the kernel's */
};

#define KX_RESOURCES_MAX	64
/* No barrier, or no limit. */
#define KX_UNLIMITED		0x7fffffffffffffffULL

/* A limit of a resource, as struct ctx_limit of <linux/ctx.h>. */
struct kx_limit {
	uint32_t resource;	/* enum ctx_resource */
	uint32_t flags;		/* 0 */
	uint64_t barrier, limit;
};

struct kx_limits {
	size_t count;
	struct kx_limit list[KX_RESOURCES_MAX];
};

/* A resource, as struct ctx_bean_info of <linux/ctx.h>. */
struct kx_bean {
	uint64_t held, maxheld, barrier, limit, failcnt;
};

/* What the kernel says of a context; values as in <linux/ctx.h>. */
struct kx_ctx {
	uint32_t id;
	uint32_t state;		/* enum ctx_state */
	uint32_t init_pid;	/* 0: gone, or not visible here */
	uint32_t reason;	/* enum ctx_reason */
	uint32_t exit_status;	/* as wait(2) gives it */
	uint32_t event;		/* enum ctx_event; of an event only */
	uint64_t serial;
	uint64_t cgroup_id;
	uint64_t time;		/* of its start, CLOCK_BOOTTIME, ns */
	char name[64];
	struct kx_grants grants;
	uint32_t nrefusals;	/* reasons that the kernel knows */
	uint64_t refusals[KX_REFUSALS_MAX];
	uint32_t nbeans;	/* resources that the kernel knows */
	struct kx_bean beans[KX_RESOURCES_MAX];	/* by enum ctx_resource */
	uint32_t resource;	/* of an event of a limit only */
	uint64_t failcnt;
};

struct kx_nl;

/* KX_NO_KERNEL when the running kernel has no contexts. */
int kx_nl_open(struct kx_nl **nl, struct kx_err *err);
void kx_nl_close(struct kx_nl *nl);
/* CTX_CMD_NEW for the process @pidfd; @flags as CTX_A_FLAGS. */
int kx_ctx_new(struct kx_nl *nl, uint32_t id, const char *name, int pidfd,
	       uint32_t flags, const struct kx_grants *grants,
	       const struct kx_limits *limits, struct kx_err *err);
/* 1: found, 0: there is none with this id. */
int kx_ctx_get(struct kx_nl *nl, uint32_t id, struct kx_ctx *ctx,
	       struct kx_err *err);
/* All of them, in order of creation; free(3) the list. */
int kx_ctx_list(struct kx_nl *nl, struct kx_ctx **list, size_t *count,
		struct kx_err *err);
int kx_ctx_rename(struct kx_nl *nl, uint32_t id, const char *name,
		  struct kx_err *err);
/* Replaces what it may do. */
int kx_ctx_grant(struct kx_nl *nl, uint32_t id, const struct kx_grants *grants,
		 struct kx_err *err);
/* Changes the limits that are named, all or none. */
int kx_ctx_limit(struct kx_nl *nl, uint32_t id, const struct kx_limits *limits,
		 struct kx_err *err);
/* A line of the log of a context: its number, nanoseconds since the start. */
typedef void (*kx_log_fn)(uint64_t seq, uint64_t time, const char *text,
			  void *arg);
/* Calls @fn for each line that the kernel has. KX_NOT_RUNNING: no such context. */
int kx_ctx_log(struct kx_nl *nl, uint32_t id, kx_log_fn fn, void *arg,
	       struct kx_err *err);
/* "fuse", "stateful", "signal", "numfile"; null for a number that is not known here. */
const char *kx_feature_name(unsigned int bit);
const char *kx_netfilter_name(unsigned int level);
const char *kx_refusal_name(unsigned int reason);
const char *kx_resource_name(unsigned int resource);
/* Ends all tasks. KX_NOT_STOPPED when some are left after @timeout_ms. */
int kx_ctx_kill(struct kx_nl *nl, uint32_t id, unsigned int timeout_ms,
		struct kx_err *err);
/* Joins the group of events; from then on only kx_event_wait() is allowed. */
int kx_nl_subscribe(struct kx_nl *nl, struct kx_err *err);
int kx_nl_fd(const struct kx_nl *nl);
/* 1: an event, 0: none within @timeout_ms (-1: for ever). KX_RESOURCE: events were lost. */
int kx_event_wait(struct kx_nl *nl, int timeout_ms, struct kx_ctx *event,
		  struct kx_err *err);
/* "running", "halt", … */
const char *kx_ctx_state_name(uint32_t state);
const char *kx_ctx_reason_name(uint32_t reason);

/* ---- VPSs ----------------------------------------------------------------- */

/* A VPS's configuration, CTID.conf(5). */
struct kx_vps {
	uint32_t id;
	const struct kx_host *host;	/* outlives the VPS object */
	struct kx_conf *conf;
	char idname[12];		/* @id in decimal */
};

/* @text is a CTID, or the NAME of a VPS. KX_NO_CONF when there is none. */
int kx_vps_load(const struct kx_host *host, const char *text,
		struct kx_vps *vps, struct kx_err *err);
int kx_vps_load_id(const struct kx_host *host, uint32_t id, struct kx_vps *vps,
		   struct kx_err *err);
void kx_vps_free(struct kx_vps *vps);
/* Ids of all VPSs, ascending; free(3) the list. */
int kx_vps_ids(const struct kx_host *host, uint32_t **ids, size_t *count,
	       struct kx_err *err);
/* A CTID: 1 to CTX_ID_MAX in decimal. KX_VALUE otherwise. */
int kx_parse_ctid(const char *text, uint32_t *id, struct kx_err *err);
/* The value of a configuration key, "" when it has none. */
const char *kx_vps_get(const struct kx_vps *vps, const char *key);
/*
 * Barrier and limit of KEY="barrier:limit", UINT64_MAX for unlimited. 1: they
 * are there, 0: not set, -1: KX_VALUE.
 */
int kx_vps_limit(const struct kx_vps *vps, const char *key, uint64_t *barrier,
		 uint64_t *limit, struct kx_err *err);
/* Takes the lock of one VPS: KX_LOCKED when another command keeps it for 2 seconds. */
int kx_vps_lock(const struct kx_vps *vps, bool wait, struct kx_err *err);

/* A change asked for on the command line, not yet written anywhere. */
struct kx_change {
	const char *option;	/* without dashes: "ram", "ipadd", … */
	const char *value;
};

/* An option of create and set. */
struct kx_param {
	const char *option;
	const char *key;	/* of CTID.conf */
	const char *help;	/* argument and meaning, "N[:N]  …" */
};
/* The @i-th of them, null behind the last. */
const struct kx_param *kx_param_at(size_t i);

/*
 * The parameters of the sample configuration @name: those of resources, and for
 * @create more that a VPS begins with. Unknown name, key or value: KX_VALUE.
 */
struct kx_sample {
	struct kx_change *changes;
	size_t count;
};
int kx_sample_load(const struct kx_host *host, const char *name, bool create,
		   struct kx_sample *sample, struct kx_err *err);
void kx_sample_free(struct kx_sample *sample);

/* Checks the values, and those of other VPSs for conflicts; changes @vps only. */
int kx_vps_change(struct kx_vps *vps, const struct kx_change *changes,
		  size_t count, struct kx_err *err);
/* Writes the configuration. */
int kx_vps_save(const struct kx_vps *vps, struct kx_err *err);

enum kx_create_flags { KX_CREATE_FORCE = 1 };	/* accept an id of 1 to 100 */

int kx_vps_create(const struct kx_host *host, uint32_t id,
		  const struct kx_change *changes, size_t count,
		  unsigned int flags, struct kx_err *err);
int kx_vps_destroy(struct kx_vps *vps, struct kx_err *err);
/* Checks, saves when @save and applies to the running VPS what can be. */
int kx_vps_set(struct kx_vps *vps, struct kx_nl *nl,
	       const struct kx_change *changes, size_t count, bool save,
	       struct kx_err *err);

/* The caller holds the VPS's lock for all of these. */
int kx_vps_start(struct kx_vps *vps, struct kx_nl *nl, struct kx_err *err);
enum kx_stop_flags { KX_STOP_FAST = 1 };
int kx_vps_stop(struct kx_vps *vps, struct kx_nl *nl, unsigned int flags,
		struct kx_err *err);
/* Removes what a VPS that does not run has left: mounts, cgroup, device. */
int kx_vps_clean(struct kx_vps *vps, struct kx_err *err);
int kx_vps_mount(struct kx_vps *vps, struct kx_err *err);
int kx_vps_umount(struct kx_vps *vps, struct kx_err *err);
bool kx_vps_mounted(const struct kx_vps *vps);

/*
 * Of one that is mounted or running: its root is on overlayfs, because the
 * kernel has no unionfs.
 */
bool kx_vps_on_overlayfs(const struct kx_vps *vps);
bool kx_vps_has_private(const struct kx_vps *vps);
/* Waits until its init says that boot is finished. KX_TIMEOUT. */
int kx_vps_wait(struct kx_vps *vps, struct kx_nl *nl, unsigned int timeout_s,
		struct kx_err *err);
/* It has a control group: it runs, or has and was not cleaned after. */
bool kx_vps_has_group(const struct kx_vps *vps);
/* Number of tasks; 0 when it does not run. */
uint64_t kx_vps_nproc(const struct kx_vps *vps);
/* Number of processors that it runs on; 0 when it does not run. */
unsigned int kx_vps_cpus(const struct kx_vps *vps);

enum kx_exec_flags {
	KX_EXEC_TTY = 1,	/* give it a terminal of its own */
};

/*
 * Runs @argv as root inside; its status as wait(2) gives it, in @status.
 * @argv null: the login shell of root.
 */
int kx_vps_exec(struct kx_vps *vps, struct kx_nl *nl, char *const argv[],
		unsigned int flags, int *status, struct kx_err *err);

#ifdef __cplusplus
}
#endif
#endif /* KONTEXT_H */
