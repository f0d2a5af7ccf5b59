// SPDX-License-Identifier: GPL-2.0
/* What unfinished operations have left in the workdir. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "fsck.h"

static const char *flag_of(struct place *dir, const char *name)
{
	int fd = place_fd(dir);
	struct statx st;

	if (fd >= 0 && !statx(fd, name, AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH),
			      STATX_BASIC_STATS, &st)) {
		if (st.stx_attributes & STATX_ATTR_IMMUTABLE)
			return " (immutable)";
		if (st.stx_attributes & STATX_ATTR_APPEND)
			return " (append only)";
	}
	return *name ? flag_of(dir, "") : "";
}

/* overlayfs keeps one, to make others as links of it, and has it still after it was unmounted. */
static bool is_kept_whiteout(struct place *dir, const char *name)
{
	int fd = place_fd(dir);
	struct stat st;

	return *name == '#' && fd >= 0 && !fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) &&
	       is_whiteout(&st);
}

static void left_over(struct fsck *f, struct place *dir, const char *name)
{
	static const char text[] = "left over from an unfinished operation";
	struct place *where = NULL;
	char *which = NULL, *path;
	int errnum;

	f->entries++;
	if (is_kept_whiteout(dir, name)) {
		note(f, dir, name, "whiteout that is kept for later use");
		return;
	}
	errnum = f->repair ? remove_tree(dir, name, &where, &which) : LEFT;
	if (errnum <= 0) {
		report(f, dir, name, errnum, text);
		return;
	}
	path = place_path(where, which);
	report(f, dir, name, errnum, "%s, %s stays%s", text, path,
	       errnum == EPERM ? flag_of(where, which) : "");
	free(path);
	free(which);
	place_put(where);
}

/* overlayfs makes these so that no one mounts the branch without a thought. */
static void incompatible(struct fsck *f, struct place *work)
{
	struct place *dir = place_enter(work, "incompat");
	struct names names = { 0 };

	if (!dir || names_read(dir, &names))
		failure(f, work, "incompat", "cannot read the directory");
	for (size_t i = 0; i < names.n; i++)
		report(f, dir, names.name[i], LEFT, strcmp(names.name[i], "volatile") ?
		       "the branch needs a feature that is not known here" :
		       "the branch was mounted volatile: "
		       "remove this after a look whether it is whole");
	names_free(&names);
	place_put(dir);
}

static bool temporary(const char *name)
{
	return *name == '#';
}

/* Everything in @sub of the workdir, or what has a temporary name. Null: the workdir itself. */
static void clean(struct fsck *f, const char *sub, bool everything)
{
	struct place *dir = sub ? place_enter(f->work, sub) : place_get(f->work);
	struct names names = { 0 };

	if (!dir && errno == ENOENT)
		return;
	if (!dir || names_read(dir, &names))
		failure(f, f->work, sub, "cannot read the directory");
	for (size_t i = 0; i < names.n && !cancelled; i++)
		if (everything && !strcmp(names.name[i], "incompat"))
			incompatible(f, dir);
		else if (everything || temporary(names.name[i]))
			left_over(f, dir, names.name[i]);
	names_free(&names);
	place_put(dir);
}

static void begin(struct fsck *f)
{
	clean(f, NULL, false);
	clean(f, "work", true);
	clean(f, "index", false);
}

const struct check check_work = { .name = "work", .begin = begin };
