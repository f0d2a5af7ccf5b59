/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the future init of a VPS does before it becomes init: in its namespaces,
 * with no right on the host, so that nothing in a hostile tree leads it there.
 */
#ifndef KONTEXT_INSIDE_H
#define KONTEXT_INSIDE_H

#include "priv.h"

/*
 * inside.c: makes the tree @root (detached) the root of this process's mount
 * namespace, which is a copy of the host's, with @dev (detached), /proc, /sys
 * and the rest.
 */
int kx_inside_mount(int root, int dev, struct kx_err *err);
/*
 * enter.c: this process joins all namespaces of the VPS whose init @pidfd is,
 * but that of pids, as its root. Nobody inside may trace it or open its
 * /proc/PID/exe: it still runs a program of the host.
 */
int kx_inside_enter(int pidfd, struct kx_err *err);
/*
 * enter.c: closes all descriptors but 0, 1, 2 and *@fd, which moves to 3: a path
 * inside may be a link to /proc/self/fd/N, so that no path is looked at while
 * anything of the host's, or of who has called the command, is still open.
 */
int kx_inside_close_but(int *fd, struct kx_err *err);
/* enter.c: /dev/null of the host in place of 0, 1 and 2, for the same reason. */
int kx_inside_no_stdio(struct kx_err *err);
/* etc.c: host name, /etc/hosts, /etc/resolv.conf, once inside. @resolv: text of the host's resolv.conf. */
int kx_inside_etc(const struct kx_vps *vps, const char *resolv, struct kx_err *err);
/* etc.c: that text, on the host: empty when there is none. Null without memory. */
char *kx_read_resolv(void);
/* init.c: whether there is an init to become. */
int kx_inside_check_init(struct kx_err *err);
/* init.c: becomes init; returns on failure only. */
int kx_inside_exec_init(struct kx_err *err);
/*
 * init.c: limits of the process @pid (0: this one) as on a server that has just
 * booted. Called on the host's side, because inside nobody may raise them.
 */
void kx_inside_limits(pid_t pid);
/* init.c: signals, umask and keys as a login on a server would have them. */
void kx_inside_reset(void);
/*
 * init.c: an empty session keyring. On the host's side, because inside the VPS's
 * quota of keys may be used up, and the caller's keyring would come along.
 */
int kx_inside_no_keys(struct kx_err *err);
/*
 * reap.c: waits for the child @pid, which is killed when it has not ended after
 * @ms. -1, ETIMEDOUT: not even then, for a filesystem of the VPS holds it in the
 * kernel; it ends with the VPS, if not before.
 */
int kx_reap(pid_t pid, int ms, int *status);
/*
 * exec.c: the init of the running @vps as a pidfd, and its context in @ctx: the
 * one belongs to the other. KX_NOT_RUNNING.
 */
int kx_init_open(const struct kx_vps *vps, struct kx_nl *nl, struct kx_ctx *ctx,
		 struct kx_err *err);
/*
 * exec.c: as kx_vps_exec(), for what the tools themselves want to know or have
 * done: whatever it executes is the VPS's own, so it gets no descriptor of the
 * caller's, and is killed after @ms.
 */
int kx_vps_ask(struct kx_vps *vps, struct kx_nl *nl, char *const argv[], int ms,
	       int *status, struct kx_err *err);

/* dev.c: on the host: a /dev for the VPS, detached. Its descriptor. */
int kx_dev_make(const struct kx_vps *vps, struct kx_err *err);
/* dev.c: inside: the nodes that it does not have yet. */
struct kx_nodes;
int kx_inside_nodes(const struct kx_nodes *nodes, struct kx_err *err);

#endif /* KONTEXT_INSIDE_H */
