/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of vpslist share. */
#ifndef KONTEXT_VPSLIST_H
#define KONTEXT_VPSLIST_H

#include "common.h"

/* A row: a VPS with what the kernel says of it. */
struct row {
	struct kx_vps vps;
	struct kx_ctx ctx;	/* valid while it is there */
	bool there;
	uint64_t nproc;
};

struct field {
	const char *name, *title;
	int width;		/* negative: to the left */
	bool number;
	const char *key;	/* of CTID.conf, or */
	void (*get)(const struct row *row, const struct kx_host *host,
		    char *buf, size_t size);	/* or neither: a beancounter */
};

/* vpslist-beans.c: the @i-th field of the beancounters, null behind the last. */
const struct field *bean_field_at(size_t i);
/* Its value, nothing when there is none. */
void bean_value(const struct field *f, const struct row *row, char *buf, size_t size);

#endif /* KONTEXT_VPSLIST_H */
