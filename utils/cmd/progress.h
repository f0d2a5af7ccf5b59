/* SPDX-License-Identifier: GPL-2.0 */
/* A progress bar on standard error, where that is a terminal. */
#ifndef KONTEXT_PROGRESS_H
#define KONTEXT_PROGRESS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what;
	bool shown;			/* not quiet, and on a terminal */
	volatile sig_atomic_t *stop;	/* not 0: end the work */
	int64_t last_ms;
	unsigned int length;		/* characters on the line now */
};

void progress_start(struct progress *p, const char *what, bool quiet,
		    volatile sig_atomic_t *stop);
/* A kx_progress_fn; @arg is the struct progress. */
int progress_update(uint64_t done, uint64_t total, void *arg);
/* Clears the line. */
void progress_end(struct progress *p);
/* "12.3M"; @out holds at least 16 bytes. */
const char *human_size(uint64_t bytes, char *out);

#endif /* KONTEXT_PROGRESS_H */
