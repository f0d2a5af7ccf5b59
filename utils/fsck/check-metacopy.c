// SPDX-License-Identifier: GPL-2.0
/* Files of which the branch has the metadata only. */
#include <stdlib.h>
#include <unistd.h>

#include "fsck.h"

/* Empty, or version 0, the length, flags, algorithm of the digest, digest. */
static const char *wrong_header(const unsigned char *at, size_t len)
{
	if (!len)
		return NULL;
	if (len < 4)
		return "metacopy is too short";
	if (at[0])
		return "metacopy has an unknown version";
	if (at[1] != len)
		return "metacopy has a wrong length";
	if (!at[3] != (len == 4))
		return "metacopy has a digest without its algorithm, or the reverse";
	return NULL;
}

static void check_data(struct fsck *f, struct entry *e)
{
	const char *path = e->name, *why;
	char *redirect = NULL;
	struct data data;
	size_t len;
	int found;

	if (e->attrs & ATTR_REDIRECT) {
		path = redirect = attr_get(&f->attrs, e->fd, ATTR_REDIRECT, &len);
		if (!redirect || !redirect_valid(redirect, len, &why)) {
			free(redirect);
			return;		/* told by check_redirect */
		}
	}
	found = lookup_data(f, e->in, path, &data);
	if (found < 0) {
		failure(f, e->in->upper, e->name, "cannot look for its data");
	} else if (!found) {
		report(f, e->in->upper, e->name, LEFT,
		       "metadata only, and no lower branch has its data");
		half_copy(f, e, NULL);
	} else {
		/* Shorter is what a crash while it was truncated leaves. */
		if (e->st.st_size > data.st.st_size)
			report(f, e->in->upper, e->name, LEFT,
			       "metadata only, of %jd bytes; the file below has %jd",
			       (intmax_t)e->st.st_size, (intmax_t)data.st.st_size);
		half_copy(f, e, &data);
		close(data.fd);
	}
	free(redirect);
}

static void entry(struct fsck *f, struct entry *e)
{
	const char *wrong;
	char *value;
	size_t len;

	if (!(e->attrs & ATTR_METACOPY) || is_whiteout(&e->st))
		return;
	if (!S_ISREG(e->st.st_mode)) {
		report(f, e->in->upper, e->name,
		       REPAIR(f, attr_remove(&f->attrs, e->fd, ATTR_METACOPY)),
		       "metacopy, and not a file");
		return;
	}
	value = attr_get(&f->attrs, e->fd, ATTR_METACOPY, &len);
	if (!value) {
		failure(f, e->in->upper, e->name, "cannot read the attribute metacopy");
		return;
	}
	wrong = wrong_header((unsigned char *)value, len);
	free(value);
	if (wrong)
		report(f, e->in->upper, e->name, LEFT, "%s", wrong);
	if (!e->in->unsure)
		check_data(f, e);
}

const struct check check_metacopy = { .name = "metacopy", .entry = entry };
