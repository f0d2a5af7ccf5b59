// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fsck.h"

#define NAME "fsck.unionfs: "

void *must(void *memory)
{
	if (memory)
		return memory;
	fputs(NAME "out of memory\n", stderr);
	exit(FSCK_ERROR);
}

/* Names of a hostile tree must neither make lines nor command the terminal. */
char *printable(const char *text)
{
	char *out = must(malloc(strlen(text) * 4 + 1)), *at = out;

	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == '\177' ||
		    (unsigned char)*text >= 0x80 || *text == '\\')
			at += sprintf(at, "\\%03o", (unsigned char)*text);
		else
			*at++ = *text;
	*at = '\0';
	return out;
}

int outcome_of(int ret)
{
	return ret ? errno : 0;
}

const char *error_text(int errnum)
{
	return errnum == EXDEV || errnum == EBUSY ? "something is mounted on it" :
		strerror(errnum);
}

static void start_line(FILE *out, struct place *dir, const char *name)
{
	char *path = place_path(dir, name);

	fprintf(out, NAME "%s: ", path);
	free(path);
}

void report(struct fsck *f, struct place *dir, const char *name, int outcome,
	    const char *fmt, ...)
{
	va_list args;

	start_line(stdout, dir, name);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	f->found++;
	if (!outcome) {
		f->repaired++;
		fputs(": repaired", stdout);
	} else if (outcome > 0) {
		printf(": not repaired: %s", error_text(outcome));
	}
	putchar('\n');
}

void failure(struct fsck *f, struct place *dir, const char *name, const char *what)
{
	int errnum = errno;

	f->errors++;
	fflush(stdout);
	start_line(stderr, dir, name);
	fprintf(stderr, "%s: %s\n", what, error_text(errnum));
}

void note(struct fsck *f, struct place *dir, const char *name, const char *fmt, ...)
{
	va_list args;

	if (!f->verbose)
		return;
	start_line(stdout, dir, name);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
}

static void print_line(const char *fmt, va_list args)
{
	fflush(stdout);
	fputs(NAME, stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

void complain(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_line(fmt, args);
	va_end(args);
}

int refuse(int status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_line(fmt, args);
	va_end(args);
	return status;
}

void summary(struct fsck *f)
{
	start_line(stdout, f->upper, NULL);
	if (!f->found)
		fputs(f->errors || cancelled ? "nothing found" : "clean", stdout);
	else
		printf("%zu found, %zu repaired, %zu left", f->found, f->repaired,
		       f->found - f->repaired);
	if (f->errors)
		printf(", %zu could not be checked", f->errors);
	printf("; %zu entries%s\n", f->entries, cancelled ? ", cancelled" : "");
}
