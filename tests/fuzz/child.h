/* SPDX-License-Identifier: GPL-2.0 */
/* Processes that live for a short time, most in a user namespace of their own. */
#ifndef FUZZ_CHILD_H
#define FUZZ_CHILD_H

#include "fuzzer.h"

struct child {
	pid_t pid;
	int pidfd;
};

/* False: it could not be made. It is killed when its parent ends. */
bool child_make(struct child *c);
/* The same in new namespaces of these @flags, for a function of its own. */
bool child_run(struct child *c, int flags, void (*fn)(void *arg), void *arg);
/* Kills it if it lives still. Its status, as of wait(2). */
int child_drop(struct child *c);
/* A descriptor that may be one of a process, or may not; to be closed. */
int odd_fd(const struct child *c);

#endif
