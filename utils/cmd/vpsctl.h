/* SPDX-License-Identifier: GPL-2.0 */
/* vpsctl: one function a verb, in a file of its own or with its like. */
#ifndef KONTEXT_VPSCTL_H
#define KONTEXT_VPSCTL_H

#include "common.h"

/* The command line behind the verb and the CTID. */
struct call {
	struct kx_host host;
	struct kx_nl *nl;
	struct kx_vps vps;	/* loaded, but for create */
	const char *target;	/* the CTID or name as given */
	int lock;		/* of the VPS, or -1 */
	bool quiet;
	const char *sample;	/* --config or --applyconfig */
	bool save, force, fast, wait, json;
	struct kx_change *changes;
	size_t nchanges;
	char **rest;		/* words that are no options, ended by null */
};

/* Each returns the exit code; @err is reported by the caller when it is set. */
int cmd_create(struct call *c, struct kx_err *err);
int cmd_destroy(struct call *c, struct kx_err *err);
int cmd_set(struct call *c, struct kx_err *err);
int cmd_start(struct call *c, struct kx_err *err);
int cmd_stop(struct call *c, struct kx_err *err);
int cmd_restart(struct call *c, struct kx_err *err);
int cmd_mount(struct call *c, struct kx_err *err);
int cmd_umount(struct call *c, struct kx_err *err);
int cmd_status(struct call *c, struct kx_err *err);
int cmd_log(struct call *c, struct kx_err *err);
int cmd_exec(struct call *c, struct kx_err *err);
int cmd_exec2(struct call *c, struct kx_err *err);
int cmd_enter(struct call *c, struct kx_err *err);
int cmd_cleanup(struct call *c, struct kx_err *err);

/* That it has fewer processors than it was to have. */
void say_cpus(struct call *c);

/* Progress for whoever watches; nothing with --quiet. */
void say(const struct call *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* KONTEXT_VPSCTL_H */
