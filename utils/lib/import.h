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

#define KX_ACCESS_ACL		"system.posix_acl_access"
#define KX_DEFAULT_ACL		"system.posix_acl_default"

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
	char shown[256];	/* its name, fit for a message; or "" */
	const char *path;	/* normalized */
	char *parent;		/* path whose directory @parent_fd is */
	int parent_fd;

	struct import_late *late;
	unsigned int late_count;
	bool complete;		/* all entries are there */

	FILE *times;		/* of directories, set when all is there */
	uint64_t entries, size, devices;
	uint64_t unchecked;	/* bytes and entries since the last look at free space */
};

/* import-archive.c: reads all of the archive; im->root, fd and err are set. */
int import_archive(struct import *im);
/* The entry that messages are about; null: none. */
void import_show(struct import *im, const char *name);
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

/* A regular file, with links resolved as a process of the VPS would. */
int import_open_in_root(int root, const char *path);

/* import-entry.c: makes one entry of the archive. */
int import_entry(struct import *im, struct archive *a, struct archive_entry *e);

/* import-meta.c: owner, mode, extended attributes, ACLs, times of a file or directory. */
int import_meta_fd(struct import *im, struct archive_entry *e, int fd);
/* The extended attributes alone. */
int import_xattrs(struct import *im, struct archive_entry *e, int fd);
/* import-acl.c: those of its two ACLs that it has. */
int import_acls(struct import *im, struct archive_entry *e, int fd);
/* At the end, the ACLs that had to wait. */
int import_late_acls(struct import *im);
void import_free_late(struct import *im);
/* Owner, mode and time of anything else; no mode for a symbolic link. */
int import_meta_at(struct import *im, struct archive_entry *e, int dirfd,
		   const char *base);
/* Notes the time of the directory @path, and sets all that were noted. */
int import_note_time(struct import *im, struct archive_entry *e, const char *path);
int import_set_times(struct import *im);

/* import-info.c: writes info.json into @dirfd, from the tree in im->root. */
int import_write_info(struct import *im, int dirfd, const char *name);

#endif /* KONTEXT_IMPORT_H */
