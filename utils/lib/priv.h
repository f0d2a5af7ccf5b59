/* SPDX-License-Identifier: GPL-2.0 */
/* Helpers shared inside libkontext; nothing here is exported. */
#ifndef KONTEXT_PRIV_H
#define KONTEXT_PRIV_H

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "kontext.h"

static inline void kx_cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void kx_cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void kx_cleanup_file(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void kx_cleanup_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}

#define cleanup_free __attribute__((cleanup(kx_cleanup_free)))
#define cleanup_close __attribute__((cleanup(kx_cleanup_close)))
#define cleanup_file __attribute__((cleanup(kx_cleanup_file)))
#define cleanup_dir __attribute__((cleanup(kx_cleanup_dir)))

/* error.c: "out of memory"; returns -1. */
int kx_nomem(struct kx_err *err);
/* More text at the end of the message. */
void kx_err_add(struct kx_err *err, const char *text);

/* number.c: a decimal number and nothing else; -1 when it is not one. */
int kx_parse_u64(const char *text, uint64_t *value);

/*
 * tree.c: removes what @name of the directory @dirfd is, however deep, without
 * following links or crossing into mounts. Nothing there is success.
 */
int kx_tree_remove(int dirfd, const char *name, struct kx_err *err);

/*
 * conf.c: configuration files of KEY="value" lines. Unknown keys and comments
 * survive a change. Keys are compared exactly; the last of several wins.
 */
struct kx_conf;
/* A missing file gives an empty configuration when @optional, else @missing. */
struct kx_conf *kx_conf_load(const char *path, bool optional,
			     enum kx_code missing, struct kx_err *err);
/* Null without memory. */
struct kx_conf *kx_conf_copy(const struct kx_conf *conf);
const char *kx_conf_get(const struct kx_conf *conf, const char *key);
/* Null @value removes the key. */
int kx_conf_set(struct kx_conf *conf, const char *key, const char *value,
		struct kx_err *err);
/* Atomically: temporary file, fsync, rename, fsync of the directory. */
int kx_conf_save(const struct kx_conf *conf, const char *path,
		 struct kx_err *err);
/* Each key once, with the value that counts; stops at the first that is not 0. */
int kx_conf_each(const struct kx_conf *conf,
		 int (*fn)(const char *key, const char *value, void *arg), void *arg);
void kx_conf_free(struct kx_conf *conf);

/* net.c, addresses in their text form: "10.0.0.1", "2001:db8::1". */
struct kx_addr {
	int family;		/* AF_INET or AF_INET6 */
	unsigned char bytes[16];
	unsigned int len;	/* 4 or 16 */
};
int kx_addr_parse(const char *text, struct kx_addr *addr, struct kx_err *err);

/* Calls @fn for each word of @list; stops at the first that is not 0. */
int kx_each_word(const char *list,
		 int (*fn)(const char *word, void *arg), void *arg);
bool kx_has_word(const char *list, const char *word);

static inline void kx_cleanup_conf(struct kx_conf **c)
{
	kx_conf_free(*c);
}
#define cleanup_conf __attribute__((cleanup(kx_cleanup_conf)))

#endif /* KONTEXT_PRIV_H */
