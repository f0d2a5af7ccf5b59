/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A stack of branches to test a union on. Each test runs in a process of its
 * own, and stack_open() gives that process a mount namespace of its own: what
 * a test mounts ends with it, however it ends.
 *
 * The working directory is a fresh filesystem with the directories l, u, w
 * (lower, upper, work) and m, the place of the union.
 */
#ifndef UNIONFS_TEST_STACK_H
#define UNIONFS_TEST_STACK_H

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif

/* What a system call returns, or -errno. */
#define ERR(call) ({							\
	long err_ = (long)(call);					\
	err_ < 0 ? -(long)errno : err_;					\
})

/* 0 or -errno of a call made as another user, without capabilities. */
#define AS(uid, call) ({						\
	pid_t as_ = fork();						\
	if (!as_) {							\
		become(uid);						\
		_exit((long)(call) < 0 ? errno : 0);			\
	}								\
	-wait_for(as_);							\
})

/* The same as a user of another user namespace. */
#define INSIDE(userns, uid, call) ({					\
	pid_t in_ = fork();						\
	if (!in_) {							\
		enter(userns, uid);					\
		_exit((long)(call) < 0 ? errno : 0);			\
	}								\
	-wait_for(in_);							\
})

int stack_open(const char *kind);	/* -ENOPKG: no such filesystem here */
void stack_close(void);
/* What is in directory @dir now becomes a filesystem of that kind on it. */
int stack_turn(const char *dir, const char *kind);
/* An empty filesystem of that kind, on directory @dir. */
int stack_mount_new(const char *dir, const char *kind, int mib);
/* The same as a loop device only; a descriptor that keeps it. */
int stack_image(const char *kind, int mib, char *device, size_t size);
/* A detached idmapped clone of @path attached on @target. */
int bind_idmapped(const char *path, const char *target, int userns);
/* A user namespace that maps 0..65535 to @first..; a descriptor. */
int userns_of(unsigned int first);

const char *union_type(void);		/* UNIONFS_TYPE, or "unionfs" */
bool is_overlay(void);
/* UNIONFS_OPTIONS, or ",option" for what the tests take as given. */
const char *union_defaults(void);
/* @lower: names separated by ':'; @upper may be NULL. Names are made absolute. */
int union_at(const char *type, const char *at, const char *lower,
	     const char *upper, const char *work, const char *extra);
int union_mount(const char *lower, const char *extra);	/* u and w, on m */
int union_umount(void);
int union_remount(void);		/* unmounted, caches dropped, mounted */
void drop_caches(void);

int spawn(const char *const argv[]);	/* exit status */
#define RUN(...) spawn((const char *const[]){ __VA_ARGS__, NULL })
void become(uid_t uid);
void enter(int userns, uid_t uid);
/* The first line that a program prints as user @uid, of @userns unless -1. */
const char *output_of(const char *const argv[], uid_t uid, int userns);
#define SAYS(uid, userns, ...) \
	output_of((const char *const[]){ __VA_ARGS__, NULL }, uid, userns)
int wait_for(pid_t pid);		/* exit status, or 255 */

/* From the environment, else this value. */
long setting(const char *name, long value);
/* The same for amounts of work: a tenth on the kernel that checks itself. */
long amount(const char *name, long value);

/* Files, by name. Strings that are returned live for a few calls. */
int put(const char *path, const char *text);	/* creates or truncates */
int append(const char *path, const char *text);
int put_at(const char *path, off_t pos, const char *text);
int fill(const char *path, size_t size, unsigned int seed);
bool filled(const char *path, size_t size, unsigned int seed);
const char *cat(const char *path);	/* "<ENOENT>" when it fails */
const char *ls(const char *path);	/* sorted names with blanks between */
const char *xattr(const char *path, const char *name);
const char *target(const char *path);	/* of a symlink */
struct stat info(const char *path);	/* of the link itself; zeros: none */
bool exists(const char *path);
const char *fmt(const char *format, ...) __attribute__((format(printf, 1, 2)));
int write_text(const char *path, const char *text);	/* existing file, as in /proc */

enum {
	TREE_MTIME	= 1,
	TREE_INO	= 2,
};

/* A line for each name below @dir with all that can be told about it. */
char *tree(const char *dir, int flags);
bool same_tree(const char *a, const char *b);	/* prints where they part */

#endif /* UNIONFS_TEST_STACK_H */
