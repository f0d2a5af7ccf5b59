// SPDX-License-Identifier: GPL-2.0
/*
 * A file marked as metadata only that has data as well: a copy-up ended half
 * way. The kernel goes on reading below. What was copied is freed if it is what
 * is below, byte for byte; else somebody has to look.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fsck.h"

#define CHUNK (1 << 18)

struct half {
	off_t first, bytes;
	off_t differs;		/* -1: nowhere */
	int errnum;
};

/* Where @n bytes at @at differ, or -1. */
static off_t compare(int a, int b, off_t at, size_t n, char *buf)
{
	ssize_t x = pread(a, buf, n, at), y = pread(b, buf + CHUNK, n, at);

	if (x < 0 || y < 0)
		return -2;
	for (ssize_t i = 0; i < x && i < y; i++)
		if (buf[i] != buf[CHUNK + i])
			return at + i;
	return x == y ? -1 : at + (x < y ? x : y);
}

static void measure(struct half *h, int fd, int below)
{
	char *buf = must(malloc(2 * CHUNK));
	off_t at = 0, end;

	while (!cancelled && (at = lseek(fd, at, SEEK_DATA)) >= 0) {
		end = lseek(fd, at, SEEK_HOLE);
		if (end < 0)
			break;
		if (!h->bytes)
			h->first = at;
		h->bytes += end - at;
		for (; at < end && h->differs == -1 && below >= 0 && !cancelled; at += CHUNK)
			h->differs = compare(fd, below, at, end - at < CHUNK ? end - at : CHUNK,
					     buf);
		at = end;
	}
	/* Past the last data, and on filesystems that do not tell. */
	if (at < 0 && errno != ENXIO)
		h->errnum = errno;
	free(buf);
}

static int punch(int fd, off_t size)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -1;
	if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, size))
		return -1;
	/* It was written here, but to the union nothing has changed. */
	return futimens(fd, (struct timespec[]){ st.st_atim, st.st_mtim });
}

static int free_data(struct entry *e)
{
	int fd = reopen(e->fd, O_RDWR), ret = punch(fd, e->st.st_size), errnum = errno;

	if (fd >= 0)
		close(fd);
	errno = errnum;
	return ret;
}

void half_copy(struct fsck *f, struct entry *e, const struct data *below)
{
	struct half h = { .differs = -1 };
	int fd = reopen(e->fd, O_RDONLY), under = below ? reopen(below->fd, O_RDONLY) : -1;

	if (fd < 0 || (below && under < 0))
		h.errnum = errno;
	else
		measure(&h, fd, under);
	if (fd >= 0)
		close(fd);
	if (under >= 0)
		close(under);
	errno = h.differs == -2 ? EIO : h.errnum;
	if (errno) {
		failure(f, e->in->upper, e->name, "cannot look for a half copy");
		return;
	}
	if (!h.bytes || cancelled)
		return;
	if (!below)
		report(f, e->in->upper, e->name, LEFT,
		       "half copy: metadata only, but %jd of %jd bytes are here, from %jd on",
		       (intmax_t)h.bytes, (intmax_t)e->st.st_size, (intmax_t)h.first);
	else if (h.differs >= 0)
		report(f, e->in->upper, e->name, LEFT,
		       "half copy: metadata only, but %jd of %jd bytes are here, "
		       "and differ from those below at %jd", (intmax_t)h.bytes,
		       (intmax_t)e->st.st_size, (intmax_t)h.differs);
	else
		report(f, e->in->upper, e->name, REPAIR(f, free_data(e)),
		       "half copy: metadata only, but %jd of %jd bytes are here, "
		       "the same as below", (intmax_t)h.bytes, (intmax_t)e->st.st_size);
}
