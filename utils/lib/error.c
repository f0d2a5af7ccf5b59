// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "priv.h"

int kx_fail(struct kx_err *err, enum kx_code code, int errnum,
	    const char *fmt, ...)
{
	size_t used;
	va_list ap;

	if (!err)
		return -1;
	err->code = code;
	err->errnum = errnum;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	used = strlen(err->msg);
	if (errnum)
		snprintf(err->msg + used, sizeof(err->msg) - used, ": %s",
			 strerror(errnum));
	/* What was typed is quoted in it: still one line, and no terminal's commands. */
	for (char *c = err->msg; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return -1;
}

void kx_err_add(struct kx_err *err, const char *text)
{
	size_t used;

	if (!err)
		return;
	used = strlen(err->msg);
	snprintf(err->msg + used, sizeof(err->msg) - used, "%s", text);
}

int kx_nomem(struct kx_err *err)
{
	return kx_fail(err, KX_RESOURCE, 0, "out of memory");
}
