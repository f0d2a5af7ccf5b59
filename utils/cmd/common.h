/* SPDX-License-Identifier: GPL-2.0 */
/* What all commands share. */
#ifndef KONTEXT_COMMON_H
#define KONTEXT_COMMON_H

#include "kontext.h"

/* Prints "NAME: message" of @err to standard error; the exit code. */
int kx_report(const struct kx_err *err);
/* The same for a wrong command line: the message, then where help is. Returns KX_USAGE. */
int kx_usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Prints "NAME VERSION". */
void kx_print_version(void);
/* --help and --version as the only argument: prints @help or the version. True when it did. */
bool kx_told(int argc, char **argv, const char *help);
/* Fails when standard output could not take all that was printed. */
int kx_close_stdout(int code);

#endif /* KONTEXT_COMMON_H */
