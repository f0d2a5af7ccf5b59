// SPDX-License-Identifier: GPL-2.0
/* vpsctl(8): the command line of vzctl(8). */
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vpsctl.h"

enum verb_flags {
	LOCK = 1,		/* holds the VPS's lock */
	PARAMS = 2,		/* takes --ram and its like */
	WORDS = 4,		/* everything behind the CTID is the verb's */
	NEW = 8,		/* the VPS need not exist */
	KERNEL = 16,		/* needs a kernel with contexts */
};

struct verb {
	const char *name;
	int (*run)(struct call *c, struct kx_err *err);
	unsigned int flags;
	const char *options;	/* its switches, between blanks */
	const char *help;
};

static const struct verb verbs[] = {
	{ "create", cmd_create, NEW | PARAMS, " force ",
	  "CTID --ostemplate NAME [--config NAME] [--force] [PARAMETERS]" },
	{ "destroy", cmd_destroy, LOCK, "", "CTID" },
	{ "delete", cmd_destroy, LOCK, "", NULL },
	{ "set", cmd_set, LOCK | PARAMS, " save ",
	  "CTID [--applyconfig NAME] [PARAMETERS] [--save]" },
	{ "start", cmd_start, LOCK | KERNEL, " wait force ", "CTID [--wait]" },
	{ "stop", cmd_stop, KERNEL, " fast ", "CTID [--fast]" },
	{ "restart", cmd_restart, LOCK | KERNEL, " fast wait force ",
	  "CTID [--fast] [--wait]" },
	{ "mount", cmd_mount, LOCK, "", "CTID" },
	{ "umount", cmd_umount, LOCK, "", "CTID" },
	{ "status", cmd_status, NEW, " json ", "CTID [--json]" },
	{ "log", cmd_log, KERNEL, "", "CTID" },
	{ "exec", cmd_exec, WORDS | KERNEL, "", "CTID COMMAND…|-" },
	{ "exec2", cmd_exec2, WORDS | KERNEL, "", "CTID COMMAND…|-" },
	{ "enter", cmd_enter, WORDS | KERNEL, "", "CTID [--exec COMMAND…]" },
	{ "cleanup", cmd_cleanup, LOCK | KERNEL, "", "CTID" },
};

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

void say(const struct call *c, const char *fmt, ...)
{
	va_list ap;

	if (c->quiet)
		return;
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

static void print_help(void)
{
	const struct kx_param *p;

	printf("Usage: vpsctl [--quiet] VERB CTID|NAME [OPTIONS]\n"
	       "       vpsctl --help | --version\n\n"
	       "Manages virtual private servers.\n\nVerbs:\n");
	for (size_t i = 0; i < COUNT(verbs); i++)
		if (verbs[i].help)
			printf("  %-8s %s\n", verbs[i].name, verbs[i].help);
	printf("\nParameters of create and set:\n");
	for (size_t i = 0; (p = kx_param_at(i)); i++)
		printf("  --%-13s %s\n", p->option, p->help);
	printf("\nSIZE is in bytes, or with K, M, G, T. See vpsctl(8).\n");
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < COUNT(verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static bool is_param(const char *name, size_t len)
{
	const struct kx_param *p;

	for (size_t i = 0; (p = kx_param_at(i)); i++)
		if (strlen(p->option) == len && !strncmp(p->option, name, len))
			return true;
	return false;
}

static bool names_sample(const struct verb *v, const char *name, size_t len)
{
	const char *option = v->run == cmd_create ? "config" :
			     v->run == cmd_set ? "applyconfig" : "";

	return *option && strlen(option) == len && !strncmp(option, name, len);
}

static bool *find_switch(struct call *c, const char *name)
{
	if (!strcmp(name, "save"))
		return &c->save;
	if (!strcmp(name, "force"))
		return &c->force;
	if (!strcmp(name, "fast"))
		return &c->fast;
	if (!strcmp(name, "wait"))
		return &c->wait;
	if (!strcmp(name, "json"))
		return &c->json;
	return NULL;
}

static int add_change(struct call *c, char *option, const char *value)
{
	struct kx_change *more;

	more = realloc(c->changes, (c->nchanges + 1) * sizeof(*more));
	if (!more)
		return -1;
	c->changes = more;
	more[c->nchanges++] = (struct kx_change){ .option = option, .value = value };
	return 0;
}

/* One option at @argv; how many words it took, or 0 with the exit code in @code. */
static int parse_option(struct call *c, const struct verb *v, char **argv,
			int *code)
{
	char *name = argv[0] + 2, *equal = strchr(name, '=');
	size_t len = equal ? (size_t)(equal - name) : strlen(name);
	bool sample = names_sample(v, name, len);
	char blanks[40];

	snprintf(blanks, sizeof(blanks), " %.30s ", name);
	if (!equal && strstr(v->options, blanks) && find_switch(c, name)) {
		*find_switch(c, name) = true;
		return 1;
	}
	if (!sample && (!(v->flags & PARAMS) || !is_param(name, len))) {
		*code = kx_usage_error("%s: unknown option %s", v->name, argv[0]);
		return 0;
	}
	if (!equal && !argv[1]) {
		*code = kx_usage_error("%s: option %s takes a value", v->name, argv[0]);
		return 0;
	}
	if (equal)
		*equal = '\0';
	if (sample) {
		c->sample = equal ? equal + 1 : argv[1];
	} else if (add_change(c, name, equal ? equal + 1 : argv[1])) {
		*code = KX_RESOURCE;
		return 0;
	}
	return equal ? 1 : 2;
}

static int parse_options(struct call *c, const struct verb *v, char **argv)
{
	int code = 0, n;

	c->rest = argv;
	if (v->flags & WORDS)
		return 0;
	while (*argv) {
		if (strncmp(*argv, "--", 2))
			return kx_usage_error("%s: \"%s\" is one word too many",
					      v->name, *argv);
		n = parse_option(c, v, argv, &code);
		if (!n)
			return code;
		argv += n;
	}
	return 0;
}

static int run_verb(struct call *c, const struct verb *v, struct kx_err *err)
{
	int code;

	if (kx_host_load(&c->host, err))
		return err->code;
	if (!(v->flags & NEW) && kx_vps_load(&c->host, c->target, &c->vps, err))
		return err->code;
	if (v->flags & LOCK) {
		c->lock = kx_vps_lock(&c->vps, false, err);
		if (c->lock < 0)
			return err->code;
		/* Another command may have changed it before the lock was ours. */
		kx_vps_free(&c->vps);
		if (kx_vps_load(&c->host, c->target, &c->vps, err))
			return err->code;
	}
	code = kx_nl_open(&c->nl, err) ? (int)err->code : 0;
	if (code == KX_NO_KERNEL && !(v->flags & KERNEL)) {
		memset(err, 0, sizeof(*err));
		code = 0;
	}
	return code ? code : v->run(c, err);
}

static int start_call(int argc, char **argv)
{
	struct call c = { .lock = -1 };
	struct kx_err err = {0};
	const struct verb *v;
	int at = 1, code;

	while (at < argc && (!strcmp(argv[at], "--quiet") || !strcmp(argv[at], "--verbose")))
		c.quiet |= !strcmp(argv[at++], "--quiet");
	if (at < argc && !strcmp(argv[at], "--help")) {
		print_help();
		return 0;
	}
	if (at < argc && !strcmp(argv[at], "--version")) {
		kx_print_version();
		return 0;
	}
	if (at >= argc)
		return kx_usage_error("which verb?");
	v = find_verb(argv[at]);
	if (!v)
		return kx_usage_error("unknown verb \"%s\"", argv[at]);
	if (++at >= argc)
		return kx_usage_error("%s: which CTID?", v->name);
	c.target = argv[at];
	code = parse_options(&c, v, argv + at + 1);
	if (!code) {
		code = run_verb(&c, v, &err);
		if (code && *err.msg)
			kx_report(&err);
	}
	if (c.lock >= 0)
		close(c.lock);
	kx_nl_close(c.nl);
	kx_vps_free(&c.vps);
	kx_host_free(&c.host);
	free(c.changes);
	return code;
}

int main(int argc, char **argv)
{
	/* Standard descriptors must not be taken by what is opened later. */
	while (fcntl(2, F_GETFD) < 0)
		if (open("/dev/null", O_RDWR) < 0)
			return KX_SYSTEM;
	return kx_close_stdout(start_call(argc, argv));
}
