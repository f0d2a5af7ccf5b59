/* SPDX-License-Identifier: GPL-2.0 */
/* fsck.unionfs: what its parts share. It takes nothing but libc. */
#ifndef FSCK_H
#define FSCK_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "attr.h"
#include "map.h"
#include "place.h"

/* Exit status of fsck(8): bits. */
enum {
	FSCK_REPAIRED = 1,
	FSCK_LEFT = 4,
	FSCK_ERROR = 8,
	FSCK_USAGE = 16,
	FSCK_CANCELLED = 32,
};

/* A lower branch; "top" is its root directory. */
struct layer {
	struct place *top;
	bool has_uuid;
	unsigned char uuid[16];
};

/* Directories of lower branches that a directory of the union consists of, topmost first. */
struct stack {
	struct place **dir;
	size_t n;
};

struct fsck {
	bool repair, verbose, timing;
	struct attr_space attrs;
	struct place *upper, *work;
	struct layer *layers;
	size_t nlayers;
	struct stack roots;		/* of the lower branches */
	struct map claimed;		/* lower directory: the upper one that it is merged with */
	struct map indexed;		/* upper file: struct linked */
	bool doubt;			/* the branch was made above other lowers */
	bool unsure;			/* some of what is below could not be seen */
	size_t entries, found, repaired, errors;
};

/* names.c: the names in a directory, without the dots. */
struct names {
	size_t n, space;
	char **name;
};
int names_read(struct place *dir, struct names *names);
int names_compare(const void *a, const void *b);
void names_add(struct names *names, const char *name);
void names_free(struct names *names);

/* A directory of the union while its entries are visited. */
struct frame {
	struct frame *parent;
	struct place *upper;		/* null: lower branches only */
	struct stack lowers;
	bool unsure;		/* which lower directories belong here is not known */
	bool has_origin;	/* an entry has a valid origin */
	struct names subdirs, lower_subdirs;
	size_t next, lower_next;
};

struct entry {
	struct frame *in;
	const char *name;
	size_t layer;			/* 0: upper */
	int fd;				/* O_PATH */
	struct stat st;
	unsigned int attrs;		/* what overlay attributes it has, ATTR_... */
	/* What entry_lowers() found; entry_forget() after a change. */
	bool looked, unsure;
	struct stack lowers;
};

/* One kind of damage. Any of the functions may be null. */
struct check {
	const char *name;
	void (*begin)(struct fsck *f);
	void (*entry)(struct fsck *f, struct entry *e);
	void (*leave)(struct fsck *f, struct frame *frame);
	void (*end)(struct fsck *f);
};
extern const struct check check_work, check_whiteout, check_opaque, check_redirect, check_metacopy,
	check_origin, check_impure, check_index;

extern volatile sig_atomic_t cancelled;

static inline bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && !st->st_rdev;
}

static inline bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/*
 * report.c: one line for each thing found at @name of @dir (null: @dir itself).
 * @outcome is LEFT, 0 when it is repaired, or the errno of an attempt.
 */
#define LEFT (-1)
#define REPAIR(f, call) ((f)->repair ? outcome_of(call) : LEFT)
int outcome_of(int ret);
void report(struct fsck *f, struct place *dir, const char *name, int outcome,
	    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* Something could not be looked at: errno says why. */
void failure(struct fsck *f, struct place *dir, const char *name, const char *what);
const char *error_text(int errnum);
/* With --verbose only. */
void note(struct fsck *f, struct place *dir, const char *name,
	  const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* As complain(), and the exit status. */
int refuse(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* For use in a line: what is not printable as \ooo. The caller frees. */
char *printable(const char *text);
void summary(struct fsck *f);
void *must(void *memory);

/* lookup.c: what lies below a name, as the kernel would find it. */
void stack_add(struct stack *stack, struct place *dir);
void stack_free(struct stack *stack);
struct data {
	int fd;			/* O_PATH, or -1 */
	size_t layer;
	struct stat st;
};
/* 1 found, 0 not, -1 cannot be told. */
int lookup_dirs(struct fsck *f, const struct frame *in, const char *path, struct stack *out);
/* The file with the data: lower ones that have metadata only are passed. */
int lookup_data(struct fsck *f, const struct frame *in, const char *path, struct data *out);
/* Anything in the lower directories of @in that can be seen. */
int lookup_visible(struct fsck *f, const struct frame *in, const char *name);
bool redirect_valid(const char *redirect, size_t len, const char **why);

/* walk.c */
typedef void (*entry_fn)(struct fsck *f, struct entry *e);
typedef void (*leave_fn)(struct fsck *f, struct frame *frame);
/* All of the union of @upper (may be null) and @lowers; lower entries when @all. */
void walk(struct fsck *f, struct place *upper, const struct stack *lowers, bool all,
	  entry_fn entry, leave_fn leave);
/* The lower directories of the directory @e; null when that is not known. */
const struct stack *entry_lowers(struct fsck *f, struct entry *e);
void entry_forget(struct entry *e);
bool entry_opaque(struct fsck *f, const struct entry *e);

/* remove.c: the entry, if it is still the one that was looked at; -1 and errno. */
int remove_same(struct place *dir, const char *name, const struct stat *st);
/* @name of @dir with all that it holds. errno of the first that stays, and where. */
int remove_tree(struct place *dir, const char *name, struct place **where, char **which);

/* inuse.c */
int check_in_use(const struct fsck *f);
int lock(const struct fsck *f);

/* halfcopy.c: the data of a file whose data is below. */
void half_copy(struct fsck *f, struct entry *e, const struct data *below);

/* options.c */
struct config {
	char **lower;
	size_t nlower;
	char *upper, *work;
	bool userxattr;
};
int config_parse(struct config *c, const char *options);
void config_free(struct config *c);
void unescape_octal(char *s);
void unescape_backslash(char *s);

/* open.c: the branches that the options name. */
int branches_open(struct fsck *f, const struct config *c);
void branches_close(struct fsck *f);

#endif /* FSCK_H */
