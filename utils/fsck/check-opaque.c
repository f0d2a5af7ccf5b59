// SPDX-License-Identifier: GPL-2.0
/* The mark of directories that hide what is below. */
#include <stdlib.h>

#include "fsck.h"

/* Without the mark nothing changes to the eye: the kernel does not heed such ones. */
static void drop(struct fsck *f, struct entry *e, const char *what)
{
	report(f, e->in->upper, e->name, REPAIR(f, attr_remove(&f->attrs, e->fd, ATTR_OPAQUE)),
	       "%s", what);
	entry_forget(e);
}

static void entry(struct fsck *f, struct entry *e)
{
	char *value;
	size_t len;

	if (!(e->attrs & ATTR_OPAQUE) || is_whiteout(&e->st))
		return;
	if (!S_ISDIR(e->st.st_mode)) {
		drop(f, e, "opaque, and not a directory");
		return;
	}
	value = attr_get(&f->attrs, e->fd, ATTR_OPAQUE, &len);
	if (!value)
		failure(f, e->in->upper, e->name, "cannot read the attribute opaque");
	/* x: the directory may hold whiteouts that are files with an attribute. */
	else if (len != 1 || (*value != 'y' && *value != 'x'))
		drop(f, e, "opaque has a value that is not \"y\"");
	free(value);
}

const struct check check_opaque = { .name = "opaque", .entry = entry };
