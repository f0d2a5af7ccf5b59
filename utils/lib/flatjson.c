// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the info.json of a template. It is written with jansson, but starting
 * a VPS must not pay for loading a JSON library to learn one path.
 */
#include <ctype.h>
#include <string.h>

#include "template.h"

static const char *skip_space(const char *p)
{
	while (*p && strchr(" \t\r\n", *p))
		p++;
	return p;
}

/* \uXXXX below 0x80 only: the writer puts other characters out as they are. */
static const char *read_escape(const char *p, char *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at;
	unsigned int code = 0;

	if (*p && (at = strchr(from, *p))) {
		*out = to[at - from];
		return p + 1;
	}
	if (*p++ != 'u')
		return NULL;
	for (int i = 0; i < 4; i++, p++) {
		if (!isxdigit((unsigned char)*p))
			return NULL;
		code = code * 16 + (isdigit((unsigned char)*p) ?
				    *p - '0' : (*p | 0x20) - 'a' + 10);
	}
	*out = code;
	return code && code < 0x80 ? p : NULL;
}

static const char *read_string(const char *p, char *out)
{
	if (*p++ != '"')
		return NULL;
	while (*p != '"') {
		if (!*p)
			return NULL;
		if (*p == '\\') {
			p = read_escape(p + 1, out++);
			if (!p)
				return NULL;
		} else {
			*out++ = *p++;
		}
	}
	*out = '\0';
	return p + 1;
}

static const char *read_value(const char *p, char *out)
{
	size_t n;

	if (*p == '"')
		return read_string(p, out);
	n = *p == '-';
	n += strspn(p + n, "0123456789");
	memcpy(out, p, n);
	out[n] = '\0';
	return n && isdigit((unsigned char)p[n - 1]) ? p + n : NULL;
}

int kx_flatjson(const char *text, void (*fn)(const char *key, const char *value,
					     void *arg), void *arg)
{
	size_t size = strlen(text) + 1;
	cleanup_free char *key = malloc(size), *value = malloc(size);
	const char *p = skip_space(text);

	if (!key || !value || *p != '{')
		return -1;
	p = skip_space(p + 1);
	while (*p != '}') {
		p = read_string(p, key);
		if (!p)
			return -1;
		p = skip_space(p);
		if (*p != ':')
			return -1;
		p = read_value(skip_space(p + 1), value);
		if (!p)
			return -1;
		fn(key, value, arg);
		p = skip_space(p);
		if (*p == ',')
			p = skip_space(p + 1);
		else if (*p != '}')
			return -1;
	}
	return *skip_space(p + 1) ? -1 : 0;
}
