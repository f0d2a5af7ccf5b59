/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pty.c: a terminal of the VPS's own, coupled to the caller's. No descriptor of
 * a terminal of the host ever gets inside.
 */
#ifndef KONTEXT_PTY_H
#define KONTEXT_PTY_H

#include <stdbool.h>
#include <sys/types.h>

/* Inside: a new pair from the VPS's /dev/pts. The master, and the slave in @slave. */
int kx_pty_open(int *slave);
/* Outside: passes bytes and window sizes until @pid ends; its status in @status. */
int kx_pty_run(int master, pid_t pid, int *status);

#endif /* KONTEXT_PTY_H */
