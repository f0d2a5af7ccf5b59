/* SPDX-License-Identifier: GPL-2.0 */
/* What the programs of the attacks have in common. */
#ifndef ESCAPE_H
#define ESCAPE_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The one line of an attack: "WHAT: done", or "WHAT: EPERM". Returns 1 when refused. */
static inline int outcome(const char *what, long ret)
{
	int errnum = errno;
	const char *name = ret < 0 ? strerrorname_np(errnum) : "done";

	printf("%s: %s\n", what, name ? name : "unknown error");
	fflush(stdout);
	errno = errnum;
	return ret < 0;
}

/* For steps that are not the attack: without them the case says nothing. */
static inline void need(int good, const char *what)
{
	if (good)
		return;
	printf("cannot prepare: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* Writes @text, in one write. */
static inline long put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), errnum;
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, text, strlen(text));
	errnum = errno;
	close(fd);
	errno = errnum;
	return n < 0 ? -1 : 0;
}

#endif
