/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzzers of the kernel share: numbers that SEED= repeats, workers
 * that are watched, counts, the one line of TAP.
 */
#ifndef FUZZ_FUZZER_H
#define FUZZ_FUZZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* In memory that all workers share. */
struct counts {
	unsigned long sent, accepted, refused;
	unsigned long detail[64];	/* the program's own */
	unsigned long beat[8];		/* of each worker */
	char broken[256];		/* what did not hold, the first of it */
};

extern struct counts *counts;

struct worker {
	const char *name;
	void (*run)(void);	/* until over() */
	pid_t pid;
	unsigned long seen;	/* of its beat */
	double since;
};

/*
 * Reads SEED and SECONDS_, says what was taken. The time is up to four times as
 * long where a slow machine has not done @enough until then.
 */
void fuzzer_start(int default_seconds, bool (*enough)(void));
/*
 * Runs the workers side by side until the time is over. One that dies, or that
 * does not beat for two minutes, is told and makes this false.
 */
bool fuzzer_run(struct worker *workers, int n);
/* The line of TAP, ok if @good and nothing was broken. The exit status. */
int fuzzer_end(const char *name, bool good);

bool over(void);
double now(void);
void beat(void);
/* Something that must not be, whatever was sent. It does not return. */
void broken(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* 0 to @n - 1. */
uint32_t rnd(uint32_t n);
uint64_t rnd64(void);
/* True once in @n. */
bool once_in(uint32_t n);
/* A number near where numbers end. */
uint64_t rnd_edge(void);
void rnd_bytes(void *to, size_t size);
#define one_of(array)	((array)[rnd(COUNT(array))])

#endif
