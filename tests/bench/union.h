/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BENCH_UNION_H
#define BENCH_UNION_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct fs - what is compared
 * @name: in the table
 * @type: for mount(2); NULL for the plain directory
 * @options: beside the branches
 */
struct fs {
	const char *name;
	const char *type;
	const char *options;
};

/**
 * struct op - what is measured
 * @name: in the table
 * @work: works between start() and stop(); returns how many times it has done
 *	it, 0 if the filesystem cannot. Its directory is the root of the tree.
 * @cold: a new mount, and nothing in the caches of inodes and names
 * @runs: at most, 0 for what the command line says
 */
struct op {
	const char *name;
	long (*work)(const struct fs *fs, int run);
	bool cold;
	int runs;
};

#define FILES		1000	/* in a directory */
#define DIRS		20	/* of so many files, to be looked at */
#define ONCE		20	/* done to files that are used once, in a run */
#define DATA_SIZE	(16 << 20)

extern const struct op count_ops[], wall_ops[];
extern const char *base;
extern int runs;
extern bool wall;

void start(void);
void stop(void);
/* Instead of a time. */
void result(long value);
void mount_fs(const struct fs *fs, const char *upper, const char *dir);
void unmount(const char *dir);
void drop_caches(const char *what);
/* Empties the upper branch. */
void renew(const struct fs *fs);
/* Lives until the fourth call after this one. */
char *path(const char *format, ...) __attribute__((format(printf, 1, 2)));
void make_dir(const char *name);
/* Leaves a file's data in the cache, as if they were read for the first time. */
void read_once(const char *name);
void make_file(const char *name, size_t size);
/* Reads or writes a file in pieces; returns how many. */
long transfer(int fd, bool writing, long size, bool random);
void make_files(const char *format, int n, size_t size);
long mounting(const struct fs *fs, int run);
long unmounting(const struct fs *fs, int run);

#endif /* BENCH_UNION_H */
