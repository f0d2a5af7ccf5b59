// SPDX-License-Identifier: GPL-2.0
/*
 * The handle of the lower file that an upper one was copied from: the union
 * takes the inode number from there, and with metacopy nothing else.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fsck.h"
#include "handle.h"

/* Made anew for a file whose data is below and is found by name. */
static int renew(struct fsck *f, struct entry *e, const struct data *data)
{
	unsigned char handle[HANDLE_MAX];
	int len = handle_make(f, data->fd, data->layer, handle);

	return len < 0 ? -1 : attr_set(&f->attrs, e->fd, ATTR_ORIGIN, handle, len);
}

static void bad_metacopy(struct fsck *f, struct entry *e, const char *what)
{
	struct data data = { .fd = -1 };
	char *redirect = NULL;
	size_t len;
	int found = 0;

	if (e->attrs & ATTR_REDIRECT)
		redirect = attr_get(&f->attrs, e->fd, ATTR_REDIRECT, &len);
	if (!e->in->unsure && !f->doubt && (redirect || !(e->attrs & ATTR_REDIRECT)))
		found = lookup_data(f, e->in, redirect ? redirect : e->name, &data);
	report(f, e->in->upper, e->name, found > 0 ? REPAIR(f, renew(f, e, &data)) : LEFT,
	       "%s; its data is found by name: %s", what, found > 0 ? "yes" : "no");
	if (data.fd >= 0)
		close(data.fd);
	free(redirect);
}

static void bad(struct fsck *f, struct entry *e, const char *what)
{
	if (e->attrs & ATTR_METACOPY && S_ISREG(e->st.st_mode))
		bad_metacopy(f, e, what);
	else
		report(f, e->in->upper, e->name,
		       REPAIR(f, attr_remove(&f->attrs, e->fd, ATTR_ORIGIN)), "%s", what);
}

static void check_handle(struct fsck *f, struct entry *e, const struct handle *h)
{
	struct stat st;
	int found = handle_find(f, h, &st);

	if (found > 0 && (st.st_mode & S_IFMT) != (e->st.st_mode & S_IFMT))
		found = 0;
	if (found < 0)
		note(f, e->in->upper, e->name, "its origin could not be looked for");
	if (found || f->doubt)
		e->in->has_origin = true;
	else
		bad(f, e, "origin that is on no lower branch");
}

static void entry(struct fsck *f, struct entry *e)
{
	struct handle h;
	char *value;
	size_t len;

	if (!(e->attrs & ATTR_ORIGIN) || is_whiteout(&e->st))
		return;
	/* Those check_index knows better. */
	if (map_get(&f->indexed, e->st.st_dev, e->st.st_ino)) {
		e->in->has_origin = true;
		return;
	}
	value = attr_get(&f->attrs, e->fd, ATTR_ORIGIN, &len);
	if (!value) {
		failure(f, e->in->upper, e->name, "cannot read its origin");
		return;
	}
	if (len) {	/* empty: copied up, from where is not known */
		switch (handle_parse(value, len, &h)) {
		case HANDLE_GOOD:
			check_handle(f, e, &h);
			break;
		case HANDLE_FOREIGN:
			e->in->has_origin = true;
			break;
		case HANDLE_CORRUPT:
			bad(f, e, "corrupt origin");
		}
	}
	free(value);
}

/*
 * The origin of the root tells which lower branch all was made above. With
 * another one most of the branch would look like damage.
 */
static void begin(struct fsck *f)
{
	int fd = place_fd(f->upper);
	struct place *lower = f->roots.dir[0];
	struct handle h;
	struct stat st;
	size_t len;
	char *value = attr_get(&f->attrs, fd, ATTR_ORIGIN, &len);
	enum handle_state state;
	int found;

	if (!value || !len) {
		free(value);
		return;
	}
	state = handle_parse(value, len, &h);
	free(value);
	if (state == HANDLE_CORRUPT) {
		report(f, f->upper, NULL, REPAIR(f, attr_remove(&f->attrs, fd, ATTR_ORIGIN)),
		       "corrupt origin");
		return;
	}
	found = state == HANDLE_GOOD ? handle_find(f, &h, &st) : -1;
	if (found < 0 || (found && st.st_dev == lower->dev && st.st_ino == lower->ino))
		return;
	f->doubt = true;
	report(f, f->upper, NULL, LEFT, "made above another lower branch than %s: "
	       "what depends on that is not checked", lower->name);
}

const struct check check_origin = { .name = "origin", .begin = begin, .entry = entry };

/* Without the mark readdir takes the inode numbers of the branch. */
static void leave(struct fsck *f, struct frame *frame)
{
	int fd = place_fd(frame->upper);
	char *value;
	size_t len;

	if (!frame->has_origin)
		return;
	value = fd < 0 ? NULL : attr_get(&f->attrs, fd, ATTR_IMPURE, &len);
	if (!value && errno != ENODATA)
		failure(f, frame->upper, NULL, "cannot read the attribute impure");
	else if (!value || len != 1 || *value != 'y')
		report(f, frame->upper, NULL,
		       REPAIR(f, attr_set(&f->attrs, fd, ATTR_IMPURE, "y", 1)),
		       "not marked as impure, but an entry has an origin");
	free(value);
}

const struct check check_impure = { .name = "impure", .leave = leave };
