// SPDX-License-Identifier: GPL-2.0
/*
 * Configuration files of KEY="value" lines. A file is kept as its lines, so
 * that what this version does not know survives a change by it.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "priv.h"

struct kx_line {
	char *key;		/* null: a comment or an empty line */
	char *text;		/* the value, or the whole line */
};

struct kx_conf {
	struct kx_line *lines;
	size_t count;
};

static int append(struct kx_conf *conf, char *key, char *text)
{
	struct kx_line *lines;

	if (!text)
		return -1;
	lines = realloc(conf->lines, (conf->count + 1) * sizeof(*lines));
	if (!lines)
		return -1;
	conf->lines = lines;
	lines[conf->count++] = (struct kx_line){ .key = key, .text = text };
	return 0;
}

/* Splits KEY=value, KEY="value" or KEY='value'; anything else is kept as it is. */
static int parse_line(struct kx_conf *conf, char *line)
{
	char *p = line, *key, *value, *end;
	size_t n;

	while (isspace((unsigned char)*p))
		p++;
	n = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
	if (!n || p[n] != '=')
		return append(conf, NULL, strdup(line));
	value = p + n + 1;
	end = value + strlen(value);
	while (end > value && isspace((unsigned char)end[-1]))
		*--end = '\0';
	if (end - value >= 2 && (*value == '"' || *value == '\'') &&
	    end[-1] == *value) {
		end[-1] = '\0';
		value++;
	}
	key = strndup(p, n);
	if (!key)
		return -1;
	if (append(conf, key, strdup(value))) {
		free(key);
		return -1;
	}
	return 0;
}

struct kx_conf *kx_conf_load(const char *path, bool optional,
			     enum kx_code missing, struct kx_err *err)
{
	cleanup_conf struct kx_conf *conf = calloc(1, sizeof(*conf));
	cleanup_free char *line = NULL;
	cleanup_file FILE *f = NULL;
	struct kx_conf *ret;
	size_t size = 0;
	ssize_t len;

	if (!conf) {
		kx_nomem(err);
		return NULL;
	}
	f = fopen(path, "re");
	if (!f && !(errno == ENOENT && optional)) {
		kx_fail(err, errno == ENOENT ? missing : KX_SYSTEM, errno,
			"%s", path);
		return NULL;
	}
	while (f && (len = getline(&line, &size, f)) >= 0) {
		if (len && line[len - 1] == '\n')
			line[len - 1] = '\0';
		if (parse_line(conf, line)) {
			kx_nomem(err);
			return NULL;
		}
	}
	if (f && ferror(f)) {
		kx_fail(err, KX_SYSTEM, errno, "%s", path);
		return NULL;
	}
	ret = conf;
	conf = NULL;
	return ret;
}

static struct kx_line *find(const struct kx_conf *conf, const char *key)
{
	size_t i = conf->count;

	while (i--)
		if (conf->lines[i].key && !strcmp(conf->lines[i].key, key))
			return &conf->lines[i];
	return NULL;
}

const char *kx_conf_get(const struct kx_conf *conf, const char *key)
{
	struct kx_line *line = find(conf, key);

	return line ? line->text : NULL;
}

int kx_conf_each(const struct kx_conf *conf,
		 int (*fn)(const char *key, const char *value, void *arg), void *arg)
{
	for (size_t i = 0; i < conf->count; i++) {
		const struct kx_line *line = &conf->lines[i];
		int ret = line->key && find(conf, line->key) == line ?
			fn(line->key, line->text, arg) : 0;

		if (ret)
			return ret;
	}
	return 0;
}

struct kx_conf *kx_conf_copy(const struct kx_conf *conf)
{
	struct kx_conf *copy = calloc(1, sizeof(*copy));

	for (size_t i = 0; copy && i < conf->count; i++) {
		const struct kx_line *l = &conf->lines[i];
		char *key = l->key ? strdup(l->key) : NULL;

		if ((l->key && !key) || append(copy, key, strdup(l->text))) {
			free(key);
			kx_conf_free(copy);
			copy = NULL;
		}
	}
	return copy;
}

static void remove_key(struct kx_conf *conf, const char *key)
{
	struct kx_line *line;

	while ((line = find(conf, key))) {
		size_t at = line - conf->lines;

		free(line->key);
		free(line->text);
		memmove(line, line + 1,
			(--conf->count - at) * sizeof(*line));
	}
}

int kx_conf_set(struct kx_conf *conf, const char *key, const char *value,
		struct kx_err *err)
{
	struct kx_line *line = find(conf, key);
	char *text;

	if (!value) {
		remove_key(conf, key);
		return 0;
	}
	if (strpbrk(value, "\"\n"))
		return kx_fail(err, KX_VALUE, 0,
			       "%s: a value cannot hold a quote or a line break",
			       key);
	if (line) {
		text = strdup(value);
		if (!text)
			return kx_nomem(err);
		free(line->text);
		line->text = text;
		return 0;
	}
	text = strdup(key);
	if (!text || append(conf, text, strdup(value))) {
		free(text);
		return kx_nomem(err);
	}
	return 0;
}

/* The flush at the end would not tell of an earlier one that has failed. */
static int write_lines(const struct kx_conf *conf, FILE *f)
{
	for (size_t i = 0; i < conf->count; i++) {
		const struct kx_line *l = &conf->lines[i];

		if ((l->key ? fprintf(f, "%s=\"%s\"\n", l->key, l->text) :
			      fprintf(f, "%s\n", l->text)) < 0)
			return -1;
	}
	return fflush(f) || fsync(fileno(f)) ? -1 : 0;
}

static int sync_parent(const char *path)
{
	char dir[PATH_MAX];
	cleanup_close int fd = -1;

	snprintf(dir, sizeof(dir), "%s", path);
	fd = open(dirname(dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -1 : fsync(fd);
}

/*
 * The temporary name is fixed, not random: whoever writes holds the lock of
 * the file, so a killed writer's remains are overwritten by the next one.
 */
int kx_conf_save(const struct kx_conf *conf, const char *path,
		 struct kx_err *err)
{
	cleanup_file FILE *f = NULL;
	char tmp[PATH_MAX];

	snprintf(tmp, sizeof(tmp), "%s.tmp", path);
	f = fopen(tmp, "we");
	if (!f || fchmod(fileno(f), 0644) || write_lines(conf, f) ||
	    rename(tmp, path) || sync_parent(path)) {
		int errnum = errno;

		unlink(tmp);
		return kx_fail(err, errnum == ENOSPC ? KX_NO_SPACE : KX_CONF_WRITE,
			       errnum, "cannot write %s", path);
	}
	return 0;
}

void kx_conf_free(struct kx_conf *conf)
{
	if (!conf)
		return;
	for (size_t i = 0; i < conf->count; i++) {
		free(conf->lines[i].key);
		free(conf->lines[i].text);
	}
	free(conf->lines);
	free(conf);
}
