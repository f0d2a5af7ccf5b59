/* SPDX-License-Identifier: GPL-2.0 */
/* fdpass.c: a descriptor with a byte over a UNIX socket. */
#ifndef KONTEXT_FDPASS_H
#define KONTEXT_FDPASS_H

/* @fd -1: the byte alone. */
int kx_send_fd(int sock, char byte, int fd);
/* The byte, or -1 at the end of the connection. @fd may be null, and gets -1 when none came. */
int kx_recv_fd(int sock, int *fd);

#endif /* KONTEXT_FDPASS_H */
