// SPDX-License-Identifier: GPL-2.0
/* vpstemplate(8): the templates that VPSs are made from. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "kontext.h"
#include "progress.h"

#define RECIPES KONTEXT_PREFIX "/share/kontext/templates"
#define MEMORY_MAX (3ULL << 30)

struct options {
	bool quiet, json, no_header;
	const char *recipes;
};

struct command {
	const char *name, *args, *help;
	const char *flags;	/* short forms of the options that it takes */
	int operands;
	int (*run)(const struct kx_host *host, char **args,
		   const struct options *options, struct kx_err *err);
};

static volatile sig_atomic_t interrupted;

/*
 * A signal between a look at the flag and a read(2) that blocks would not end
 * that read: SIGALRM follows, until the program has come to its end.
 */
static void on_signal(int signum)
{
	if (signum != SIGALRM)
		interrupted = signum;
	alarm(1);
}

/* No SA_RESTART: a read that waits for a pipe must notice. */
static void catch_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = on_signal }, old;

	sigemptyset(&action.sa_mask);
	sigaction(SIGALRM, &action, NULL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (!sigaction(signals[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
}

/* An archive may ask for a dictionary of gigabytes to be unpacked with. */
static void bound_memory(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_AS, &limit) || limit.rlim_cur <= MEMORY_MAX)
		return;
	limit.rlim_cur = MEMORY_MAX;
	setrlimit(RLIMIT_AS, &limit);
}

static int run_import(const struct kx_host *host, char **args,
		      const struct options *options, struct kx_err *err)
{
	struct progress progress;
	int fd = STDIN_FILENO, ret;
	struct stat st;

	if (kx_template_check_name(args[0], err))
		return -1;
	if (strcmp(args[1], "-")) {
		fd = open(args[1], O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return kx_fail(err, KX_VALUE, errno, "cannot open %s", args[1]);
		if (!fstat(fd, &st) && S_ISDIR(st.st_mode)) {
			close(fd);
			return kx_fail(err, KX_VALUE, 0, "%s is a directory, not an archive",
				       args[1]);
		}
	} else if (isatty(fd)) {
		return kx_fail(err, KX_USAGE, 0,
			       "standard input is a terminal, not an archive");
	}
	bound_memory();
	progress_start(&progress, args[0], options->quiet, &interrupted);
	ret = kx_template_import(host, args[0], fd, progress_update, &progress, err);
	progress_end(&progress);
	if (fd != STDIN_FILENO)
		close(fd);
	return ret;
}

static int run_build(const struct kx_host *host, char **args,
		     const struct options *options, struct kx_err *err)
{
	struct progress progress;
	int ret;

	if (!options->quiet)
		fprintf(stderr, "Building %s, this takes a minute\n", args[0]);
	progress_start(&progress, args[0], options->quiet, &interrupted);
	ret = kx_template_build(host, args[0], options->recipes,
				progress_update, &progress, err);
	progress_end(&progress);
	return ret;
}

static int run_remove(const struct kx_host *host, char **args,
		      const struct options *options, struct kx_err *err)
{
	(void)options;
	return kx_template_remove(host, args[0], err);
}

static const char *day_of(int64_t seconds, char out[32])
{
	time_t t = seconds;
	struct tm tm;

	if (!seconds || !localtime_r(&t, &tm) ||
	    !strftime(out, 32, "%Y-%m-%d %H:%M", &tm))
		strcpy(out, "-");
	return out;
}

static const char *or_dash(const char *text)
{
	return *text ? text : "-";
}

static json_t *to_json(const struct kx_template *t)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I}",
			 "name", t->name, "path", t->path,
			 "distribution", t->distribution, "arch", t->arch,
			 "size", (json_int_t)t->size,
			 "entries", (json_int_t)t->entries,
			 "created", (json_int_t)t->created);
}

static int print_json(json_t *value, struct kx_err *err)
{
	int ret = !value || json_dumpf(value, stdout, JSON_INDENT(2)) ||
		putchar('\n') == EOF;

	json_decref(value);
	return ret ? kx_fail(err, KX_SYSTEM, errno, "cannot write the JSON") : 0;
}

static int list_json(const struct kx_template *list, size_t count,
		     struct kx_err *err)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, to_json(&list[i]));
	return print_json(array, err);
}

static void list_table(const struct kx_template *list, size_t count,
		       bool header)
{
	int name = 4, distribution = 12, n;
	char size[16], day[32];

	for (size_t i = 0; i < count; i++) {
		n = strlen(list[i].name);
		name = n > name ? n : name;
		n = strlen(list[i].distribution);
		distribution = n > distribution ? n : distribution;
	}
	if (header)
		printf("%-*s %-*s %-8s %6s %s\n", name, "NAME", distribution,
		       "DISTRIBUTION", "ARCH", "SIZE", "CREATED");
	for (size_t i = 0; i < count; i++)
		printf("%-*s %-*s %-8s %6s %s\n", name, list[i].name,
		       distribution, or_dash(list[i].distribution),
		       or_dash(list[i].arch), human_size(list[i].size, size),
		       day_of(list[i].created, day));
}

static int run_list(const struct kx_host *host, char **args,
		    const struct options *options, struct kx_err *err)
{
	struct kx_template *list;
	size_t count;
	int ret = 0;

	(void)args;
	if (kx_template_list(host, &list, &count, err))
		return -1;
	if (options->json)
		ret = list_json(list, count, err);
	else
		list_table(list, count, !options->no_header);
	kx_templates_free(list, count);
	return ret;
}

static int run_info(const struct kx_host *host, char **args,
		    const struct options *options, struct kx_err *err)
{
	struct kx_template t;
	char size[16], day[32];
	int ret = 0;

	if (kx_template_get(host, args[0], &t, err))
		return -1;
	if (options->json)
		ret = print_json(to_json(&t), err);
	else
		printf("Name:         %s\nDistribution: %s\nArchitecture: %s\n"
		       "Size:         %s\nEntries:      %llu\nCreated:      %s\n"
		       "Path:         %s\n",
		       t.name, or_dash(t.distribution), or_dash(t.arch),
		       human_size(t.size, size), (unsigned long long)t.entries,
		       day_of(t.created, day), t.path);
	kx_template_free(&t);
	return ret;
}

static const struct command commands[] = {
	{ "import", "[-q] NAME FILE|-", "unpack a tar or cpio archive as template NAME",
	  "q", 2, run_import },
	{ "build", "[-q] [-r DIR] NAME", "make template NAME from its recipe",
	  "qr", 1, run_build },
	{ "list", "[-H] [-j]", "show the templates", "Hj", 0, run_list },
	{ "info", "[-j] NAME", "show one template", "j", 1, run_info },
	{ "remove", "NAME", "remove a template that no VPS uses", "", 1, run_remove },
};
#define COMMANDS (sizeof(commands) / sizeof(*commands))

static const struct option long_options[] = {
	{ "quiet", no_argument, NULL, 'q' },
	{ "json", no_argument, NULL, 'j' },
	{ "no-header", no_argument, NULL, 'H' },
	{ "recipes", required_argument, NULL, 'r' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

static void usage(FILE *out)
{
	fputs("Usage: vpstemplate COMMAND [OPTION...] [ARGUMENT...]\n\n"
	      "The templates that VPSs are made from.\n\nCommands:\n", out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-7s%-21s%s\n", commands[i].name,
			commands[i].args, commands[i].help);
	fputs("\nOptions:\n"
	      "  -q, --quiet        no progress bar\n"
	      "  -H, --no-header    no line of titles\n"
	      "  -j, --json         output in JSON\n"
	      "  -r, --recipes DIR  where recipes are, instead of " RECIPES "\n"
	      "  -h, --help         show this help\n"
	      "  -V, --version      show the version\n"
	      "\nFor more details see vpstemplate(8).\n", out);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int __attribute__((format(printf, 1, 2))) bad_usage(const char *format, ...)
{
	va_list args;

	fputs("vpstemplate: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("\nTry 'vpstemplate --help' for more information.\n", stderr);
	return KX_USAGE;
}

static const char *long_name(int c)
{
	for (const struct option *o = long_options; o->name; o++)
		if (o->val == c)
			return o->name;
	return "";
}

/* -1: go on; else the exit code. */
static int parse(int argc, char **argv, const struct command *command,
		 struct options *options)
{
	int c, at = 1;

	opterr = 0;
	for (; (c = getopt_long(argc, argv, ":qjHr:hV", long_options, NULL)) >= 0;
	     at = optind) {
		if (c == 'h') {
			usage(stdout);
			return KX_OK;
		}
		if (c == 'V') {
			puts("vpstemplate " KONTEXT_VERSION);
			return KX_OK;
		}
		if (c == '?' || c == ':')
			return bad_usage(c == '?' ? "%s takes no option %s" :
					 "%s: an argument is missing behind %s",
					 command->name, argv[at]);
		if (!strchr(command->flags, c))
			return bad_usage("%s takes no option --%s",
					 command->name, long_name(c));
		options->quiet |= c == 'q';
		options->json |= c == 'j';
		options->no_header |= c == 'H';
		if (c == 'r')
			options->recipes = optarg;
	}
	if (argc - optind < command->operands)
		return bad_usage("an argument is missing: vpstemplate %s %s",
				 command->name, command->args);
	if (argc - optind > command->operands)
		return bad_usage("unexpected argument \"%s\"",
				 argv[optind + command->operands]);
	return -1;
}

/* Dies of the signal, as the shell expects, now that all is cleaned up. */
static void die_of(int signum)
{
	signal(signum, SIG_DFL);
	raise(signum);
}

int main(int argc, char **argv)
{
	struct options options = { .recipes = RECIPES };
	const struct command *command;
	struct kx_err err = { 0 };
	struct kx_host host;
	int code;

	if (argc < 2)
		return bad_usage("a command is missing");
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")) {
		usage(stdout);
		return KX_OK;
	}
	if (!strcmp(argv[1], "-V") || !strcmp(argv[1], "--version")) {
		puts("vpstemplate " KONTEXT_VERSION);
		return KX_OK;
	}
	command = find_command(argv[1]);
	if (!command)
		return bad_usage("unknown command \"%s\"", argv[1]);
	code = parse(argc - 1, argv + 1, command, &options);
	if (code >= 0)
		return code;
	catch_signals();
	code = KX_OK;
	if (kx_host_load(&host, &err) ||
	    command->run(&host, argv + 1 + optind, &options, &err)) {
		code = err.code;
		fprintf(stderr, "vpstemplate: %s\n",
			interrupted ? "interrupted" : err.msg);
	}
	kx_host_free(&host);
	if (interrupted)
		die_of(interrupted);
	if (!code && (fflush(stdout) || ferror(stdout))) {
		fprintf(stderr, "vpstemplate: cannot write the output\n");
		code = KX_SYSTEM;
	}
	return code;
}
