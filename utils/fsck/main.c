// SPDX-License-Identifier: GPL-2.0
/* fsck.unionfs(8): checks the branches of a union that is not mounted. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fsck.h"

volatile sig_atomic_t cancelled;

/* For each entry in this order: a later one relies on what an earlier one has repaired. */
static const struct check *const checks[] = {
	&check_work, &check_index, &check_whiteout, &check_opaque, &check_redirect,
	&check_metacopy, &check_origin, &check_impure,
};
#define CHECKS (sizeof(checks) / sizeof(*checks))

static void usage(FILE *out)
{
	fputs("Usage: fsck.unionfs [-n|-p] [-v] [-t] -o OPTIONS\n\n"
	      "Checks the upper branch of a union that is not mounted.\n\n"
	      "Options:\n"
	      "  -n, --no-change    only report; the default\n"
	      "  -p, --repair       repair without questions what can be repaired safely\n"
	      "  -o, --options OPTIONS\n"
	      "                     lowerdir=A:B,upperdir=U,workdir=W[,userxattr], as for mount\n"
	      "  -v, --verbose      say more\n"
	      "  -t, --time         say how long it took\n"
	      "  -h, --help         show this help\n"
	      "  -V, --version      show the version\n"
	      "\nFor more details see fsck.unionfs(8).\n", out);
}

static int __attribute__((format(printf, 1, 2))) bad_usage(const char *format, ...)
{
	va_list args;

	fputs("fsck.unionfs: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("\nTry 'fsck.unionfs --help' for more information.\n", stderr);
	return FSCK_USAGE;
}

static void on_signal(int signum)
{
	cancelled = signum;
}

static void catch_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART }, old;

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (!sigaction(signals[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
}

static void check_entry(struct fsck *f, struct entry *e)
{
	f->entries++;
	for (size_t i = 0; i < CHECKS; i++)
		if (checks[i]->entry)
			checks[i]->entry(f, e);
}

static void check_leave(struct fsck *f, struct frame *frame)
{
	for (size_t i = 0; i < CHECKS; i++)
		if (checks[i]->leave)
			checks[i]->leave(f, frame);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void took(struct fsck *f, const char *what, double *since)
{
	double t = now();

	if (f->timing)
		printf("fsck.unionfs: %s: %.3f s\n", what, t - *since);
	*since = t;
}

static int check_all(struct fsck *f)
{
	double since = now();

	/* Its root may have an origin that tells all others to hold back. */
	check_origin.begin(f);
	for (size_t i = 0; i < CHECKS && !cancelled; i++)
		if (checks[i]->begin && checks[i] != &check_origin)
			checks[i]->begin(f);
	took(f, "workdir", &since);
	walk(f, f->upper, &f->roots, false, check_entry, check_leave);
	took(f, "tree", &since);
	for (size_t i = 0; i < CHECKS; i++)
		if (checks[i]->end)
			checks[i]->end(f);
	took(f, "index", &since);
	if (f->repaired && syncfs(f->upper->fd))
		failure(f, f->upper, NULL, "cannot write it to the disk");
	summary(f);
	return (f->repaired ? FSCK_REPAIRED : 0) | (f->found > f->repaired ? FSCK_LEFT : 0) |
		(f->errors ? FSCK_ERROR : 0) | (cancelled ? FSCK_CANCELLED : 0);
}

static int run(struct fsck *f, const struct config *c)
{
	int ret;

	if (access("/proc/self/fd", X_OK))
		return refuse(FSCK_ERROR, "/proc is not mounted");
	if (!c->userxattr && geteuid())
		return refuse(FSCK_ERROR, "only root can read the attributes trusted.overlay.*");
	f->attrs.prefix = c->userxattr ? "user.overlay." : "trusted.overlay.";
	/* Anybody can write these, and so no union follows them. */
	f->attrs.ignored = c->userxattr ? ATTR_REDIRECT | ATTR_METACOPY : 0;
	place_init();
	ret = branches_open(f, c);
	if (!ret)
		ret = lock(f);
	if (!ret)
		ret = check_in_use(f);
	if (!ret)
		ret = check_all(f);
	branches_close(f);
	return ret;
}

static const struct option long_options[] = {
	{ "no-change", no_argument, NULL, 'n' },
	{ "repair", no_argument, NULL, 'p' },
	{ "options", required_argument, NULL, 'o' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "time", no_argument, NULL, 't' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

/* -1: go on; else the exit status. */
static int parse(int argc, char **argv, struct fsck *f, struct config *c)
{
	bool no_change = false;
	int opt, ret, at = 1;

	opterr = 0;
	for (; (opt = getopt_long(argc, argv, ":npo:vthV", long_options, NULL)) >= 0; at = optind) {
		switch (opt) {
		case 'h':
			usage(stdout);
			return 0;
		case 'V':
			puts("fsck.unionfs " KONTEXT_VERSION);
			return 0;
		case '?':
			return bad_usage("unknown option %s", argv[at]);
		case ':':
			return bad_usage("an argument is missing behind %s", argv[at]);
		case 'o':
			ret = config_parse(c, optarg);
			if (ret)
				return ret;
		}
		no_change |= opt == 'n';
		f->repair |= opt == 'p';
		f->verbose |= opt == 'v';
		f->timing |= opt == 't';
	}
	if (optind < argc)
		return bad_usage("unexpected argument \"%s\"", argv[optind]);
	if (no_change && f->repair)
		return bad_usage("-n and -p exclude each other");
	if (!c->nlower || !c->upper || !c->work)
		return bad_usage("-o needs %s=", !c->nlower ? "lowerdir" :
				 !c->upper ? "upperdir" : "workdir");
	return -1;
}

int main(int argc, char **argv)
{
	struct fsck f = { 0 };
	struct config c = { 0 };
	int code = parse(argc, argv, &f, &c);

	if (code < 0) {
		catch_signals();
		code = run(&f, &c);
	}
	config_free(&c);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "fsck.unionfs: standard output: %s\n", strerror(errno));
		code |= FSCK_ERROR;
	}
	return code;
}
