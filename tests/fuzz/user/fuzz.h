/* SPDX-License-Identifier: GPL-2.0 */
/* What the harnesses of libFuzzer share. */
#ifndef KONTEXT_FUZZ_H
#define KONTEXT_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "priv.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed);

/* A property that holds whatever the input is. */
#define MUST(condition) do {						\
	if (!(condition))						\
		fuzz_broken(__FILE__, __LINE__, #condition);		\
} while (0)

void fuzz_broken(const char *file, int line, const char *what)
	__attribute__((noreturn));

/*
 * An empty tmpfs below $TMPDIR, in a mount and a network namespace of our own:
 * what the input makes the library do is gone with this process. The path.
 */
const char *fuzz_place(void);
/* A host with all its state below fuzz_place(): vps.conf, and KONTEXT_CONF. */
void fuzz_host(struct kx_host *host);
/* Removes all of the host's state again. */
void fuzz_host_empty(const struct kx_host *host);

/* The input as a string, which ends at its first zero. */
char *fuzz_text(const uint8_t *data, size_t size);
void fuzz_write(const char *path, const void *data, size_t size);
/* A whole file, with a zero behind it. */
char *fuzz_read(const char *path);

/* @err is what a call that failed must leave: a code, and one line. */
void fuzz_check_err(const struct kx_err *err);

#endif /* KONTEXT_FUZZ_H */
