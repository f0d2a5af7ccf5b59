/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Unpacking an archive that nobody vouches for, as root. Every path is resolved
 * by the kernel below the root's descriptor with links refused, never by text.
 */
#ifndef KONTEXT_IMPORT_H
#define KONTEXT_IMPORT_H

#include <archive.h>
#include <archive_entry.h>
#include <limits.h>

#include "template.h"

#define IMPORT_BUFFER		(256 * 1024)
#define IMPORT_FILE_MAX		(1ULL << 40)	/* logical size of one file */
#define IMPORT_DEVICES_MAX	4096
#define IMPORT_DEPTH_MAX	512
#define IMPORT_ID_MAX		65535		/* ids a VPS has */

struct import {
	int root;		/* directory it all goes below */
	struct kx_err *err;

	/* The archive as it is read. */
	int fd;
	int read_errnum;
	uint64_t read, total;
	kx_progress_fn progress;
	void *progress_arg;
	char *buffer;

	/* The entry at hand. */
	const char *shown;	/* its name, fit for a message */
	char *parent;		/* path whose directory @parent_fd is */
	int parent_fd;

	FILE *times;		/* of directories, set when all is there */
	uint64_t entries, size, devices;
	uint64_t unchecked;	/* bytes and entries since the last look at free space */
};

/* import-archive.c: reads all of the archive; im->root, fd and err are set. */
int import_archive(struct import *im);
/* KX_BAD_TEMPLATE, "NAME: what is wrong"; returns -1. */
int import_bad(struct import *im, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* A system call failed: KX_NO_SPACE where it ran out, else KX_SYSTEM. */
int import_failed(struct import *im, const char *what);
/* Refuses to eat what the filesystem keeps for others; @amount in bytes. */
int import_check_space(struct import *im, uint64_t amount);

/* import-path.c: @raw without "." and empty components; why not, or null. */
const char *import_normalize(const char *raw, char out[PATH_MAX]);
/*
 * The directory that @path (normalized, not empty) lies in, made if it is
 * missing; the last component in *@base. The descriptor belongs to @im.
 */
int import_parent(struct import *im, const char *path, const char **base);
void import_forget_parent(struct import *im);
/* openat2(2) with links and mounts refused. */
int import_open_beneath(int dirfd, const char *path, int flags);

/* import-entry.c: makes one entry of the archive. */
int import_entry(struct import *im, struct archive *a, struct archive_entry *e);

/* import-meta.c: owner, mode, extended attributes, ACLs, times of a file or directory. */
int import_meta_fd(struct import *im, struct archive_entry *e, int fd);
/* Owner, mode and time of anything else; no mode for a symbolic link. */
int import_meta_at(struct import *im, struct archive_entry *e, int dirfd,
		   const char *base);
/* Notes the time of the directory @path, and sets all that were noted. */
int import_note_time(struct import *im, struct archive_entry *e, const char *path);
int import_set_times(struct import *im);

/* import-info.c: writes info.json into @dirfd, from the tree in im->root. */
int import_write_info(struct import *im, int dirfd, const char *name);

#endif /* KONTEXT_IMPORT_H */
