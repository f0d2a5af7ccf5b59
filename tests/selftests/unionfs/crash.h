/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts of the crash test: a log of all writes to a device, from which what
 * a crash leaves is made; random operations that can be made again from a seed;
 * what a tree may be after a crash in the midst of them.
 */
#ifndef UNIONFS_TEST_CRASH_H
#define UNIONFS_TEST_CRASH_H

#include "stack.h"

#define PAGE 4096
#define MAX_PAGES 64
#define MAX_NAMES 160
#define WORKERS 2
#define MAGIC 0x6a3c91d7u
#define MAX_PATH 192

/* crash_log.c */
enum {
	LOG_FLUSH	= 1,
	LOG_FUA		= 2,
	LOG_DISCARD	= 4,
	LOG_MARK	= 8,
	LOG_METADATA	= 16,
};

struct entry {
	uint64_t sector, sectors, flags;
	const char *data;		/* of a mark: its text */
};

extern struct entry *log_entry;
extern int log_entries;
extern char log_device[64], crash_device[64];

int log_open(const char *fs, int mib);	/* 0, -ENOPKG or an error */
int log_mark(const char *text);
int log_close(void);			/* from now on, it can be read */
void log_free(void);

/* What a crash loses besides, of what has not been flushed; 0 to 100. */
struct crash {
	int at;				/* entries that were written */
	int lose;
	bool lie;			/* also data that were flushed */
};

void crash_make(const struct crash *crash, unsigned int *rng);

/* crash_model.c */
enum { FILES = 'f', DIRS = 'd', LINKS = 'l' };
enum { NO_SYNC, FSYNC, SYNCFS };
enum kind {
	OP_CHMOD, OP_APPEND, OP_OVERWRITE, OP_TRUNCATE, OP_CREATE, OP_MKDIR,
	OP_UNLINK, OP_RENAME, OP_EXCHANGE, OP_LINK, OP_KINDS
};

struct op {
	enum kind kind;
	int node, sync;
	int value;			/* mode, page or size */
	int size;			/* of the file, afterwards */
	bool dir;
	char path[MAX_PATH], to[MAX_PATH];
};

struct name {
	short dir, node;
	char c;
};

struct node {
	char kind;
	bool data;			/* has been written or truncated */
	short mode, nlink;
	int size, base;			/* base: size in the lower branch, or 0 */
};

struct model {
	int worker, count;		/* operations so far */
	unsigned int rng;
	struct node *node;
	int nodes, names;
	struct name name[MAX_NAMES];
};

unsigned int draw(unsigned int *rng, unsigned int below);
void model_start(struct model *m, unsigned int seed, int worker, int ops);
void model_next(struct model *m, struct op *op);
void model_path(const struct model *m, const struct name *name, char *path);
char *model_list(const struct model *m);

/* crash_tree.c */
struct history {
	int ops;
	struct op *op;			/* operation i leads from state i to i + 1 */
	struct state {
		char *list;
		int names;
		struct name name[MAX_NAMES];
	} *state;
	struct model last;
};

void history_make(struct history *h, unsigned int seed, int worker, int ops);
/* NULL if the tree is what it may be when @done operations were durable. */
const char *history_check(const struct history *h, int done);
int populate(const struct model *m);	/* in l and l2 */
/* crash_do.c */
void page_fill(unsigned char *page, int worker, int node, int n, int seed);
int run_worker(unsigned int seed, int worker, int ops);
int run_committer(const char *path, unsigned int seed);

#endif /* UNIONFS_TEST_CRASH_H */
