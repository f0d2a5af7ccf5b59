/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the template files of libkontext and libkontext-template. */
#ifndef KONTEXT_TEMPLATE_H
#define KONTEXT_TEMPLATE_H

#include "priv.h"

#define KX_IMPORT_PREFIX ".import-"
#define KX_REMOVE_PREFIX ".remove-"

/*
 * Removes what killed imports and removals have left below template_dir, the
 * directory @dirfd. The caller holds the lock of template @own.
 */
void kx_template_sweep(const struct kx_host *host, int dirfd, const char *own);
/* Takes the lock of a template: KX_LOCKED when another command has it. */
int kx_template_lock(const struct kx_host *host, const char *name,
		     struct kx_err *err);
/* Opens template_dir and makes sure that nobody but root can enter it. */
int kx_template_open_dir(const struct kx_host *host, struct kx_err *err);

/*
 * flatjson.c: calls @fn for each member of the JSON object @text, whose values
 * are strings and integers only. -1 when @text is something else.
 */
int kx_flatjson(const char *text, void (*fn)(const char *key, const char *value,
					     void *arg), void *arg);

#endif /* KONTEXT_TEMPLATE_H */
