/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Contexts: the generic netlink family "ctx".
 *
 * A context is a label on a tree of user namespaces, with an id, a name, an
 * init process and a control group. The host is context 0 and is not an
 * object of this family.
 *
 * Privilege: NEW, SET and KILL take CAP_SYS_ADMIN in the initial user
 * namespace and are refused (-EPERM) to every task inside a context. GET and
 * its dump answer a host task with CAP_SYS_ADMIN about all contexts, and a
 * task inside a context about its own context only: any other id is -EPERM,
 * whether it exists or not.
 *
 * Errors carry an extended-ack message that says what was wrong.
 */
#ifndef _UAPI_LINUX_CTX_H
#define _UAPI_LINUX_CTX_H

#include <linux/types.h>

#define CTX_GENL_NAME		"ctx"
#define CTX_GENL_VERSION	1
/* Multicast group of CTX_CMD_EVENT; to join takes CAP_SYS_ADMIN. */
#define CTX_GENL_MCGRP_EVENTS	"events"

/* The host: the id that an unlabelled task reports. */
#define CTX_ID_HOST		0
/* Ids 1 to this one are reserved; NEW takes them with CTX_F_FORCE only. */
#define CTX_ID_RESERVED_MAX	100
/* The largest id. */
#define CTX_ID_MAX		0xfffffffeU
/* Longest name in bytes, without the terminating NUL. */
#define CTX_NAME_MAX		63
/* Longest release of CTX_A_OSRELEASE, as struct new_utsname has room for. */
#define CTX_OSRELEASE_MAX	64

/**
 * enum ctx_cmd - commands of the family
 * @CTX_CMD_UNSPEC: unused
 * @CTX_CMD_NEW: bind the user namespace of the process %CTX_A_PIDFD, with the cgroup
 *	(version 2) it is in, to a new context. That process becomes the context's init.
 *	Takes %CTX_A_ID, %CTX_A_PIDFD; may have %CTX_A_NAME, %CTX_A_FLAGS, %CTX_A_LIMITS,
 *	%CTX_A_OSRELEASE and what is granted: %CTX_A_CAPS, %CTX_A_FEATURES,
 *	%CTX_A_NETFILTER, %CTX_A_DEVICES. It is there whole when the call returns 0, and
 *	not at all otherwise. -EEXIST: the id is in use by a context that is not dead, or
 *	the user namespace is labelled already. -EINVAL: the namespace is not a child of
 *	the initial one, an attribute is missing or out of range. -EBUSY: the namespace
 *	has, or had, children. -ESRCH: the process is exiting.
 *	-EBADF: not a pidfd.
 * @CTX_CMD_SET: change the context %CTX_A_ID: %CTX_A_NAME, %CTX_A_CAPS,
 *	%CTX_A_FEATURES, %CTX_A_NETFILTER, %CTX_A_DEVICES, %CTX_A_LIMITS, at
 *	least one of them. Each replaces what was there; what is open already stays open.
 *	All or nothing. -ENOENT, -EINVAL, -ENOMEM.
 * @CTX_CMD_GET: request: %CTX_A_ID, or none for the caller's own context
 *	(-ENOENT on the host). With NLM_F_DUMP: all contexts, also dead ones
 *	that something still pins, each exactly once, in order of creation.
 *	Replies are messages of this command. An id that a living context has
 *	taken over from a dead one names the living one.
 * @CTX_CMD_KILL: end every task of the context %CTX_A_ID with SIGKILL. 0: none
 *	is left. -EAGAIN: some are left after %CTX_A_TIMEOUT, or when a signal
 *	arrived; ask again. -ENOENT: no such context, or it is dead already.
 * @CTX_CMD_EVENT: multicast only; a message of one state change. Carries
 *	%CTX_A_ID, %CTX_A_SERIAL, %CTX_A_EVENT, %CTX_A_STATE and, when
 *	stopping or stopped, %CTX_A_REASON and %CTX_A_EXIT_STATUS.
 * @CTX_CMD_LOG: dump only: the last lines of the log of the context %CTX_A_ID,
 *	or of the caller's own; oldest first, a message each, with
 *	%CTX_A_LOG_SEQ, %CTX_A_LOG_TIME and %CTX_A_LOG_TEXT. The kernel keeps
 *	%CTX_LOG_BYTES of them. Inside it is what syslog(2) and /dev/kmsg read.
 *	Who may ask is as with GET. -ENOENT.
 */
enum ctx_cmd {
	CTX_CMD_UNSPEC,
	CTX_CMD_NEW,
	CTX_CMD_SET,
	CTX_CMD_GET,
	CTX_CMD_KILL,
	CTX_CMD_EVENT,
	CTX_CMD_LOG,

	/* private: */
	__CTX_CMD_MAX,
	CTX_CMD_MAX = __CTX_CMD_MAX - 1
};

/**
 * enum ctx_attr - attributes of all commands
 * @CTX_A_UNSPEC: unused
 * @CTX_A_PAD: 64-bit alignment
 * @CTX_A_ID: u32, 1 to %CTX_ID_MAX
 * @CTX_A_NAME: string of 1 to %CTX_NAME_MAX bytes, printable ASCII without
 *	blanks and slashes; not necessarily unique
 * @CTX_A_FLAGS: u32, %CTX_F_FORCE
 * @CTX_A_PIDFD: s32, in NEW: a pidfd of the process to become init
 * @CTX_A_STATE: u32, &enum ctx_phase
 * @CTX_A_INIT_PID: u32, init's pid in the reader's pid namespace; absent when
 *	it has none there or is gone
 * @CTX_A_CGROUP_ID: u64, kernfs id (inode number) of the context's cgroup; not
 *	to a reader inside
 * @CTX_A_SERIAL: u64, number of the context since boot, never used again; not
 *	to a reader inside, whom it would tell of others
 * @CTX_A_TIME: u64, CLOCK_BOOTTIME of NEW in nanoseconds, as the host counts;
 *	not to a reader inside
 * @CTX_A_EVENT: u32, &enum ctx_event
 * @CTX_A_REASON: u32, &enum ctx_reason; present once the context is stopping
 * @CTX_A_EXIT_STATUS: u32, init's status in the form of wait(2); present with
 *	%CTX_A_REASON
 * @CTX_A_TIMEOUT: u32, in KILL: milliseconds to wait, 0 to 10000; default 1000
 * @CTX_A_CAPS: u64, bound of the capabilities: those that a task inside can
 *	use, whatever its credentials say; bits as in <linux/capability.h>.
 *	Default %CTX_CAPS_DEFAULT
 * @CTX_A_FEATURES: u64, bits of &enum ctx_feature that are granted. Default 0
 * @CTX_A_NETFILTER: u32, &enum ctx_netfilter. Default
 *	%CTX_NETFILTER_STATEFUL
 * @CTX_A_DEVICES: binary, 0 to %CTX_DEVICES_MAX of &struct ctx_device: what is
 *	granted beside the devices that every context has. Default none
 * @CTX_A_REFUSALS: binary, an array of __u64: how often the context was
 *	refused something, by &enum ctx_refusal. Later kernels may have more
 * @CTX_A_LOG_SEQ: u64, number of a line of the log, from 1 on; a gap means
 *	that lines were overwritten or not written (rate limit)
 * @CTX_A_LOG_TIME: u64, nanoseconds between NEW and the line
 * @CTX_A_LOG_TEXT: string, the line, in printable ASCII
 * @CTX_A_LIMITS: binary, in NEW and SET: an array of &struct ctx_limit, each
 *	resource at most once; those that are not named keep what they have,
 *	which at first is no limit. -EINVAL: no such resource, one that is only
 *	shown, or a barrier above its limit
 * @CTX_A_BEANS: binary, an array of &struct ctx_bean_info by &enum
 *	ctx_resource. Later kernels may have more
 * @CTX_A_RESOURCE: u32, &enum ctx_resource, in %CTX_EVENT_LIMIT
 * @CTX_A_FAILCNT: u64, in %CTX_EVENT_LIMIT: the counter of that resource; in
 *	%CTX_EVENT_OOM: how many tasks were killed since NEW
 * @CTX_A_OSRELEASE: string of 0 to %CTX_OSRELEASE_MAX bytes, printable ASCII
 *	without blanks: what uname(2) calls the release inside. Empty for the
 *	kernel's own, which is the default
 */
enum ctx_attr {
	CTX_A_UNSPEC,
	CTX_A_PAD,
	CTX_A_ID,
	CTX_A_NAME,
	CTX_A_FLAGS,
	CTX_A_PIDFD,
	CTX_A_STATE,
	CTX_A_INIT_PID,
	CTX_A_CGROUP_ID,
	CTX_A_SERIAL,
	CTX_A_TIME,
	CTX_A_EVENT,
	CTX_A_REASON,
	CTX_A_EXIT_STATUS,
	CTX_A_TIMEOUT,
	CTX_A_CAPS,
	CTX_A_FEATURES,
	CTX_A_NETFILTER,
	CTX_A_DEVICES,
	CTX_A_REFUSALS,
	CTX_A_LOG_SEQ,
	CTX_A_LOG_TIME,
	CTX_A_LOG_TEXT,
	CTX_A_LIMITS,
	CTX_A_BEANS,
	CTX_A_RESOURCE,
	CTX_A_FAILCNT,
	CTX_A_OSRELEASE,

	/* private: */
	__CTX_A_MAX,
	CTX_A_MAX = __CTX_A_MAX - 1
};

/* CTX_A_FLAGS of NEW: accept an id of 1 to CTX_ID_RESERVED_MAX. */
#define CTX_F_FORCE		(1U << 0)

/**
 * enum ctx_feature - what a context may be granted, bits of %CTX_A_FEATURES
 * @CTX_FEATURE_FUSE: mount fuse, open /dev/fuse
 * @CTX_FEATURE_TUN: open /dev/net/tun
 * @CTX_FEATURE_PPP: open /dev/ppp, sockets of the family PPPOX
 * @CTX_FEATURE_NESTING: user namespaces, and network devices of the kinds
 *	that containers use: bridge, veth, vlan, macvlan, ipvlan, vxlan
 * @CTX_FEATURE_BPF: bpf(2), mount bpf
 * @CTX_FEATURE_PERF: perf_event_open(2) for own tasks
 * @CTX_FEATURE_IO_URING: io_uring_setup(2)
 * @CTX_FEATURE_BRIDGE: network devices of the kinds bridge, veth and vlan
 * @CTX_FEATURE_SYSFS: all of /sys is seen, not only what concerns the context
 * @CTX_FEATURE_IPIP: tunnels ipip, sit, ip6tnl
 * @CTX_FEATURE_GRE: tunnels gre, gretap, erspan and those of IPv6
 * @CTX_FEATURE_WIREGUARD: network devices of the kind wireguard
 * @CTX_FEATURE_IPSEC: sockets of the families KEY and of netlink XFRM, devices
 *	of the kinds xfrm, vti, vti6
 * @CTX_FEATURE_NFS: mount nfs and nfs4
 */
enum ctx_feature {
	CTX_FEATURE_FUSE,
	CTX_FEATURE_TUN,
	CTX_FEATURE_PPP,
	CTX_FEATURE_NESTING,
	CTX_FEATURE_BPF,
	CTX_FEATURE_PERF,
	CTX_FEATURE_IO_URING,
	CTX_FEATURE_BRIDGE,
	CTX_FEATURE_SYSFS,
	CTX_FEATURE_IPIP,
	CTX_FEATURE_GRE,
	CTX_FEATURE_WIREGUARD,
	CTX_FEATURE_IPSEC,
	CTX_FEATURE_NFS,

	/* private: */
	__CTX_FEATURE_MAX
};

#define CTX_FEATURES_ALL	((1ULL << __CTX_FEATURE_MAX) - 1)

/**
 * enum ctx_netfilter - how much of the packet filter a context has
 * @CTX_NETFILTER_DISABLED: nothing
 * @CTX_NETFILTER_STATELESS: all but connection tracking and address translation
 * @CTX_NETFILTER_STATEFUL: all but address translation
 * @CTX_NETFILTER_FULL: all
 */
enum ctx_netfilter {
	CTX_NETFILTER_DISABLED,
	CTX_NETFILTER_STATELESS,
	CTX_NETFILTER_STATEFUL,
	CTX_NETFILTER_FULL,
};

/*
 * Default of CTX_A_CAPS: all of Linux 6.12 but CAP_LINUX_IMMUTABLE (9),
 * SYS_MODULE (16), SYS_RAWIO (17), SYS_PACCT (20), SYS_TIME (25),
 * AUDIT_CONTROL (30), MAC_OVERRIDE (32), MAC_ADMIN (33), SYSLOG (34),
 * WAKE_ALARM (35), BLOCK_SUSPEND (36), AUDIT_READ (37), PERFMON (38), BPF (39)
 * and CHECKPOINT_RESTORE (40).
 */
#define CTX_CAPS_DEFAULT	0x00000000bdecfdffULL

/* Most entries of CTX_A_DEVICES. */
#define CTX_DEVICES_MAX		64
/* Any number, in major or minor of struct ctx_device. */
#define CTX_DEVICE_ANY		0xffffffffU
/* Bits of struct ctx_device.access; 0 takes a device back that all have. */
#define CTX_DEVICE_MKNOD	1
#define CTX_DEVICE_WRITE	2
#define CTX_DEVICE_READ		4

/**
 * struct ctx_device - devices that are granted
 * @type: 'b' or 'c'
 * @major: number of the driver, or %CTX_DEVICE_ANY
 * @minor: number of the device, or %CTX_DEVICE_ANY
 * @access: %CTX_DEVICE_READ, %CTX_DEVICE_WRITE, %CTX_DEVICE_MKNOD
 *
 * Of several entries that match, the first one counts.
 */
struct ctx_device {
	__u32	type;
	__u32	major;
	__u32	minor;
	__u32	access;
};

/* Bytes of its log that the kernel keeps of each context, and the longest line. */
#define CTX_LOG_BYTES		16384
#define CTX_LOG_TEXT_MAX	1023

/**
 * enum ctx_refusal - reasons why something was refused, as they are counted
 * @CTX_REFUSED_SIGNAL: signal to a task outside
 * @CTX_REFUSED_PTRACE: ptrace, process_vm_readv, pidfd_getfd, kcmp, files of
 *	/proc/PID and the like, of a task outside
 * @CTX_REFUSED_SCHED: priority, affinity, limits, group or memory placement of
 *	a task outside
 * @CTX_REFUSED_FD: a descriptor that was opened in another context was sent
 * @CTX_REFUSED_UNIX: UNIX socket of another context
 * @CTX_REFUSED_SOCKET: socket family or protocol that is not granted
 * @CTX_REFUSED_KEY: key of another context
 * @CTX_REFUSED_IPC: System V object of another context
 * @CTX_REFUSED_MOUNT: filesystem type that is not granted
 * @CTX_REFUSED_FILE: file of a filesystem of another context, or program on a
 *	mount outside
 * @CTX_REFUSED_DEVICE: device that is not granted
 * @CTX_REFUSED_MKNOD: node of such a device
 * @CTX_REFUSED_CAPABILITY: capability outside the bound
 * @CTX_REFUSED_MODULE: load of a kernel module
 * @CTX_REFUSED_BPF: bpf(2)
 * @CTX_REFUSED_PERF: perf_event_open(2)
 * @CTX_REFUSED_IO_URING: io_uring_setup(2), or credentials from outside
 * @CTX_REFUSED_SYSCTL: write to a setting of the host
 * @CTX_REFUSED_NETDEV: kind of network device that is not granted
 * @CTX_REFUSED_NETFILTER: packet filter above the level
 * @CTX_REFUSED_SYSLOG: kernel log of the host, or level of its console
 * @CTX_REFUSED_KERNEL: access to the kernel itself, as lockdown has it
 * @CTX_REFUSED_QUOTA: quota of a filesystem of the host
 * @CTX_REFUSED_TTY: terminal of another context
 * @CTX_REFUSED_USERNS: user namespace inside, without nesting
 * @CTX_REFUSED_UPCALL: program that the kernel would run on the host
 */
enum ctx_refusal {
	CTX_REFUSED_SIGNAL,
	CTX_REFUSED_PTRACE,
	CTX_REFUSED_SCHED,
	CTX_REFUSED_FD,
	CTX_REFUSED_UNIX,
	CTX_REFUSED_SOCKET,
	CTX_REFUSED_KEY,
	CTX_REFUSED_IPC,
	CTX_REFUSED_MOUNT,
	CTX_REFUSED_FILE,
	CTX_REFUSED_DEVICE,
	CTX_REFUSED_MKNOD,
	CTX_REFUSED_CAPABILITY,
	CTX_REFUSED_MODULE,
	CTX_REFUSED_BPF,
	CTX_REFUSED_PERF,
	CTX_REFUSED_IO_URING,
	CTX_REFUSED_SYSCTL,
	CTX_REFUSED_NETDEV,
	CTX_REFUSED_NETFILTER,
	CTX_REFUSED_SYSLOG,
	CTX_REFUSED_KERNEL,
	CTX_REFUSED_QUOTA,
	CTX_REFUSED_TTY,
	CTX_REFUSED_USERNS,
	CTX_REFUSED_UPCALL,

	/* private: */
	__CTX_REFUSED_MAX
};

/* No barrier, or no limit. */
#define CTX_UNLIMITED		0x7fffffffffffffffULL

/**
 * enum ctx_resource - what is counted of each context, and can be limited
 * @CTX_RES_KMEMSIZE: bytes of kernel memory, by the memory controller; only shown
 * @CTX_RES_LOCKEDPAGES: pages locked in memory
 * @CTX_RES_PRIVVMPAGES: pages of private address space that may be written
 * @CTX_RES_SHMPAGES: pages of shared memory: tmpfs, System V, anonymous shared
 * @CTX_RES_NUMPROC: processes and threads, by the pids controller; only shown
 * @CTX_RES_PHYSPAGES: pages of memory, by the memory controller; only shown
 * @CTX_RES_VMGUARPAGES: pages that are guaranteed (memory.low); only shown
 * @CTX_RES_OOMGUARPAGES: pages of memory and swap; only shown
 * @CTX_RES_NUMTCPSOCK: TCP sockets
 * @CTX_RES_NUMFLOCK: file locks
 * @CTX_RES_NUMPTY: pseudo terminals
 * @CTX_RES_NUMSIGINFO: queued signals
 * @CTX_RES_TCPSNDBUF: bytes of send buffers of TCP sockets
 * @CTX_RES_TCPRCVBUF: bytes of receive buffers of TCP sockets
 * @CTX_RES_OTHERSOCKBUF: bytes of send buffers of other sockets
 * @CTX_RES_DGRAMRCVBUF: bytes of receive buffers of other sockets
 * @CTX_RES_NUMOTHERSOCK: other sockets
 * @CTX_RES_DCACHESIZE: dentries, negative ones too, of filesystems mounted
 *	inside and of its root
 * @CTX_RES_NUMFILE: open files
 * @CTX_RES_NUMIPTENT: rules of the packet filter
 * @CTX_RES_SWAPPAGES: pages in swap, by the memory controller; only shown
 * @CTX_RES_NUMUSERNS: user namespaces
 * @CTX_RES_NUMPIDNS: pid namespaces
 * @CTX_RES_NUMUTSNS: UTS namespaces
 * @CTX_RES_NUMIPCNS: IPC namespaces
 * @CTX_RES_NUMNETNS: network namespaces
 * @CTX_RES_NUMMNTNS: mount namespaces
 * @CTX_RES_NUMCGROUPNS: cgroup namespaces
 * @CTX_RES_NUMTIMENS: time namespaces
 * @CTX_RES_NUMINOTIFY: inotify instances
 * @CTX_RES_NUMINOWATCH: inotify watches
 * @CTX_RES_NUMFANOTIFY: fanotify groups
 * @CTX_RES_NUMFANMARK: fanotify marks
 * @CTX_RES_NUMMOUNT: mounts
 * @CTX_RES_NUMKEY: keys
 * @CTX_RES_KEYSIZE: bytes of keys
 * @CTX_RES_NUMTIMER: POSIX timers
 * @CTX_RES_NUMCONNTRACK: tracked connections
 * @CTX_RES_NUMNEIGH: neighbour entries (ARP, NDP)
 * @CTX_RES_NUMNETDEV: network devices
 * @CTX_RES_NUMBPF: BPF programs and maps
 * @CTX_RES_NUMURING: io_uring instances
 * @CTX_RES_NUMEPOLL: epoll watches
 * @CTX_RES_PIPEPAGES: pages that pipes may hold
 * @CTX_RES_MQBYTES: bytes of POSIX message queues
 * @CTX_RES_NUMCGROUP: control groups below its own; only shown
 */
enum ctx_resource {
	CTX_RES_KMEMSIZE,
	CTX_RES_LOCKEDPAGES,
	CTX_RES_PRIVVMPAGES,
	CTX_RES_SHMPAGES,
	CTX_RES_NUMPROC,
	CTX_RES_PHYSPAGES,
	CTX_RES_VMGUARPAGES,
	CTX_RES_OOMGUARPAGES,
	CTX_RES_NUMTCPSOCK,
	CTX_RES_NUMFLOCK,
	CTX_RES_NUMPTY,
	CTX_RES_NUMSIGINFO,
	CTX_RES_TCPSNDBUF,
	CTX_RES_TCPRCVBUF,
	CTX_RES_OTHERSOCKBUF,
	CTX_RES_DGRAMRCVBUF,
	CTX_RES_NUMOTHERSOCK,
	CTX_RES_DCACHESIZE,
	CTX_RES_NUMFILE,
	CTX_RES_NUMIPTENT,
	CTX_RES_SWAPPAGES,
	CTX_RES_NUMUSERNS,
	CTX_RES_NUMPIDNS,
	CTX_RES_NUMUTSNS,
	CTX_RES_NUMIPCNS,
	CTX_RES_NUMNETNS,
	CTX_RES_NUMMNTNS,
	CTX_RES_NUMCGROUPNS,
	CTX_RES_NUMTIMENS,
	CTX_RES_NUMINOTIFY,
	CTX_RES_NUMINOWATCH,
	CTX_RES_NUMFANOTIFY,
	CTX_RES_NUMFANMARK,
	CTX_RES_NUMMOUNT,
	CTX_RES_NUMKEY,
	CTX_RES_KEYSIZE,
	CTX_RES_NUMTIMER,
	CTX_RES_NUMCONNTRACK,
	CTX_RES_NUMNEIGH,
	CTX_RES_NUMNETDEV,
	CTX_RES_NUMBPF,
	CTX_RES_NUMURING,
	CTX_RES_NUMEPOLL,
	CTX_RES_PIPEPAGES,
	CTX_RES_MQBYTES,
	CTX_RES_NUMCGROUP,

	/* private: */
	__CTX_RES_MAX
};

/**
 * struct ctx_limit - a limit to be set
 * @resource: &enum ctx_resource
 * @flags: must be 0
 * @barrier: what is refused to requests that can be refused gracefully
 * @limit: what is refused to all; %CTX_UNLIMITED for none
 */
struct ctx_limit {
	__u32	resource;
	__u32	flags;
	__u64	barrier;
	__u64	limit;
};

/**
 * struct ctx_bean_info - a resource of a context
 * @held: how much there is of it
 * @maxheld: the most there has been
 * @barrier: see &struct ctx_limit
 * @limit: see &struct ctx_limit
 * @failcnt: how often it was refused
 */
struct ctx_bean_info {
	__u64	held;
	__u64	maxheld;
	__u64	barrier;
	__u64	limit;
	__u64	failcnt;
};

/**
 * enum ctx_phase - states of a context, passed in this order
 * @CTX_STATE_NEW: being made; never seen from outside
 * @CTX_STATE_RUNNING: NEW has succeeded and init lives
 * @CTX_STATE_STOPPING: init has begun to exit, its tasks are being ended
 * @CTX_STATE_DEAD: no task is left; the object stays while something (an open
 *	namespace file, a bind mount of one) pins its user namespaces
 *
 * The name is not ctx_state, which is an enum of the kernel's context tracking.
 */
enum ctx_phase {
	CTX_STATE_NEW,
	CTX_STATE_RUNNING,
	CTX_STATE_STOPPING,
	CTX_STATE_DEAD,
};

/**
 * enum ctx_event - what happened
 * @CTX_EVENT_UNSPEC: unused
 * @CTX_EVENT_STARTED: NEW has succeeded
 * @CTX_EVENT_STOPPING: init has begun to exit
 * @CTX_EVENT_STOPPED: the context is dead
 * @CTX_EVENT_CHANGED: SET has changed it
 * @CTX_EVENT_LIMIT: a resource was refused: %CTX_A_RESOURCE, %CTX_A_FAILCNT.
 *	Rises that follow within a tenth of a second are told together
 * @CTX_EVENT_OOM: the OOM killer has ended a task of it: %CTX_A_FAILCNT. Those
 *	that follow at once are told together
 */
enum ctx_event {
	CTX_EVENT_UNSPEC,
	CTX_EVENT_STARTED,
	CTX_EVENT_STOPPING,
	CTX_EVENT_STOPPED,
	CTX_EVENT_CHANGED,
	CTX_EVENT_LIMIT,
	CTX_EVENT_OOM,
};

/**
 * enum ctx_reason - why a context stopped
 * @CTX_REASON_NONE: it has not
 * @CTX_REASON_EXIT: init exited by itself, see the status
 * @CTX_REASON_HALT: reboot(2) inside asked for halt or power off
 * @CTX_REASON_REBOOT: reboot(2) inside asked for a restart
 * @CTX_REASON_KILLED: CTX_CMD_KILL
 * @CTX_REASON_SIGNAL: init was ended by another signal, see the status
 */
enum ctx_reason {
	CTX_REASON_NONE,
	CTX_REASON_EXIT,
	CTX_REASON_HALT,
	CTX_REASON_REBOOT,
	CTX_REASON_KILLED,
	CTX_REASON_SIGNAL,
};

#endif /* _UAPI_LINUX_CTX_H */
