// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "common.h"

int kx_report(const struct kx_err *err)
{
	fflush(stdout);
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, err->msg);
	return err->code ? err->code : KX_SYSTEM;
}

int kx_usage_error(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, " (see %s --help)\n", program_invocation_short_name);
	return KX_USAGE;
}

void kx_print_version(void)
{
	printf("%s %s\n", program_invocation_short_name, KONTEXT_VERSION);
}

bool kx_told(int argc, char **argv, const char *help)
{
	if (argc == 2 && !strcmp(argv[1], "--help"))
		fputs(help, stdout);
	else if (argc == 2 && !strcmp(argv[1], "--version"))
		kx_print_version();
	else
		return false;
	return true;
}

int kx_close_stdout(int code)
{
	if (!fflush(stdout) && !ferror(stdout))
		return code;
	fprintf(stderr, "%s: standard output: %s\n",
		program_invocation_short_name, strerror(errno));
	return code ? code : KX_SYSTEM;
}
