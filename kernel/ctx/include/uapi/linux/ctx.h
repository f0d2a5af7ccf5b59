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

/**
 * enum ctx_cmd - commands of the family
 * @CTX_CMD_UNSPEC: unused
 * @CTX_CMD_NEW: bind the user namespace of the process %CTX_A_PIDFD, with the
 *	cgroup (version 2) it is in, to a new context. That process becomes the
 *	context's init. Takes %CTX_A_ID, %CTX_A_PIDFD; may have %CTX_A_NAME,
 *	%CTX_A_FLAGS. It is there whole when the call returns 0, and not at all
 *	otherwise. -EEXIST: the id is in use by a context that is not dead, or
 *	the user namespace is labelled already. -EINVAL: the namespace is not a
 *	child of the initial one, an attribute is missing or out of range. -EBUSY:
 *	the namespace has, or had, children. -ESRCH: the process is exiting.
 *	-EBADF: not a pidfd.
 * @CTX_CMD_SET: change %CTX_A_NAME of the context %CTX_A_ID. -ENOENT.
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
 */
enum ctx_cmd {
	CTX_CMD_UNSPEC,
	CTX_CMD_NEW,
	CTX_CMD_SET,
	CTX_CMD_GET,
	CTX_CMD_KILL,
	CTX_CMD_EVENT,

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

	/* private: */
	__CTX_A_MAX,
	CTX_A_MAX = __CTX_A_MAX - 1
};

/* CTX_A_FLAGS of NEW: accept an id of 1 to CTX_ID_RESERVED_MAX. */
#define CTX_F_FORCE		(1U << 0)

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
 */
enum ctx_event {
	CTX_EVENT_UNSPEC,
	CTX_EVENT_STARTED,
	CTX_EVENT_STOPPING,
	CTX_EVENT_STOPPED,
	CTX_EVENT_CHANGED,
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
