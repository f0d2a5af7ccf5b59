// SPDX-License-Identifier: GPL-2.0
/* exec, exec2, enter */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vpsctl.h"

/* A terminal of the host is never handed on, so one of its own takes its place. */
static unsigned int terminal(void)
{
	return isatty(0) || isatty(1) || isatty(2) ? KX_EXEC_TTY : 0;
}

/* As the shell has it: 128 and the signal for a command that was killed. */
static int exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static char *join(char **words)
{
	size_t len = 1;
	char *text, *p;

	for (char **w = words; *w; w++)
		len += strlen(*w) + 1;
	text = malloc(len);
	if (!text)
		return NULL;
	p = text;
	for (char **w = words; *w; w++)
		p += sprintf(p, "%s%s", w == words ? "" : " ", *w);
	return text;
}

/* vzctl's way: the words become one line for the shell inside; "-" reads lines. */
static int run_shell(struct call *c, char **words, int *status,
		     struct kx_err *err)
{
	char *line, *argv[] = { "/bin/sh", NULL, NULL, NULL };
	int ret;

	if (!strcmp(words[0], "-") && !words[1])
		return kx_vps_exec(&c->vps, c->nl, argv, terminal(), status, err);
	line = join(words);
	if (!line)
		return kx_fail(err, KX_RESOURCE, 0, "out of memory");
	argv[1] = "-c";
	argv[2] = line;
	ret = kx_vps_exec(&c->vps, c->nl, argv, terminal(), status, err);
	free(line);
	return ret;
}

int cmd_exec2(struct call *c, struct kx_err *err)
{
	int status;

	if (!c->rest[0])
		return kx_usage_error("exec: which command?");
	if (run_shell(c, c->rest, &status, err))
		return err->code;
	return exit_code(status);
}

int cmd_exec(struct call *c, struct kx_err *err)
{
	int code = cmd_exec2(c, err);

	return code && !err->code && c->rest[0] ? KX_COMMAND : code;
}

int cmd_enter(struct call *c, struct kx_err *err)
{
	int status;

	if (c->rest[0] && (strcmp(c->rest[0], "--exec") || !c->rest[1]))
		return kx_usage_error("enter: \"%s\": allowed is --exec COMMAND…",
				      c->rest[0]);
	if (isatty(1))
		say(c, "entered into VPS %u", c->vps.id);
	if (c->rest[0] ? run_shell(c, c->rest + 1, &status, err) :
	    kx_vps_exec(&c->vps, c->nl, NULL, terminal(), &status, err))
		return err->code;
	if (isatty(1))
		say(c, "exited from VPS %u", c->vps.id);
	return exit_code(status);
}
