// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fsck.h"
#include "handle.h"

static struct place *open_root(const char *what, const char *path, size_t layer)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct place *p = fd < 0 ? NULL : place_root(path, fd, layer);

	if (!p)
		complain("%s %s: %s", what, path, strerror(errno));
	return p;
}

static bool same(const struct place *a, const struct place *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

/* 1 when @p lies in @in or is it. */
static int lies_in(const struct place *p, const struct place *in)
{
	int fd = fcntl(p->fd, F_DUPFD_CLOEXEC, 0), up, ret = -1;
	struct stat st, last = { 0 };

	while (fd >= 0 && !fstat(fd, &st)) {
		ret = st.st_dev == in->dev && st.st_ino == in->ino;
		if (ret || (st.st_dev == last.st_dev && st.st_ino == last.st_ino))
			break;
		last = st;
		ret = -1;
		up = openat(fd, "..", O_PATH | O_CLOEXEC);
		close(fd);
		fd = up;
	}
	if (fd >= 0)
		close(fd);
	return ret;
}

static int check_relation(const struct fsck *f)
{
	int below = lies_in(f->work, f->upper), above = lies_in(f->upper, f->work);

	if (below < 0 || above < 0)
		return refuse(FSCK_ERROR, "%s: %s", f->work->name, strerror(errno));
	if (below || above)
		return refuse(FSCK_ERROR, "upperdir and workdir lie one in the other");
	if (f->upper->dev != f->work->dev)
		return refuse(FSCK_ERROR, "upperdir and workdir are on different filesystems");
	for (size_t i = 0; i < f->nlayers; i++)
		if (same(f->layers[i].top, f->upper) || same(f->layers[i].top, f->work))
			return refuse(FSCK_ERROR, "%s is a lower directory as well",
				      f->layers[i].top->name);
	return 0;
}

int branches_open(struct fsck *f, const struct config *c)
{
	f->upper = open_root("upperdir", c->upper, 0);
	f->work = open_root("workdir", c->work, 0);
	if (!f->upper || !f->work)
		return FSCK_ERROR;
	f->layers = must(calloc(c->nlower, sizeof(*f->layers)));
	for (; f->nlayers < c->nlower; f->nlayers++) {
		struct layer *layer = &f->layers[f->nlayers];

		layer->top = open_root("lowerdir", c->lower[f->nlayers], f->nlayers + 1);
		if (!layer->top)
			return FSCK_ERROR;
		layer->has_uuid = !uuid_of(layer->top->fd, layer->uuid);
		stack_add(&f->roots, place_get(layer->top));
	}
	return check_relation(f);
}

void branches_close(struct fsck *f)
{
	stack_free(&f->roots);
	for (size_t i = 0; i < f->nlayers; i++)
		place_put(f->layers[i].top);
	free(f->layers);
	place_put(f->upper);
	place_put(f->work);
}
