// SPDX-License-Identifier: GPL-2.0
/* The options of -o, written as for mount. */
#include <stdlib.h>
#include <string.h>

#include "fsck.h"

/* Options of mount(8) and overlayfs that do not change what is on disk. */
static const char *const ignored[] = {
	"ro", "rw", "defaults", "noatime", "relatime", "nosuid", "nodev", "noexec", "auto",
	"noauto", "nofail", "_netdev", "default_permissions", "redirect_dir", "index", "uuid",
	"nfs_export", "xino", "metacopy", "verity", "volatile", "fsync", "source", "context",
};

/* Ends the word at the first @end that no backslash precedes; the rest, or null. */
static char *split(char *s, char end)
{
	for (; *s && *s != end; s++)
		if (*s == '\\' && s[1])
			s++;
	if (!*s)
		return NULL;
	*s = '\0';
	return s + 1;
}

void unescape_backslash(char *s)
{
	char *to = s;

	for (;; s++, to++) {
		if (*s == '\\' && s[1])
			s++;
		*to = *s;
		if (!*s)
			return;
	}
}

/* As the kernel writes in /proc: \054. */
void unescape_octal(char *s)
{
	char *to = s;

	for (; *s; to++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
		    s[3] >= '0' && s[3] <= '7') {
			*to = (s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0');
			s += 4;
		} else {
			*to = *s++;
		}
	}
	*to = '\0';
}

static int add_lower(struct config *c, char *path)
{
	unescape_backslash(path);
	if (!*path)
		return refuse(FSCK_USAGE, "a lower directory without a name");
	c->lower = must(reallocarray(c->lower, c->nlower + 1, sizeof(char *)));
	c->lower[c->nlower++] = must(strdup(path));
	return 0;
}

static int set_lower(struct config *c, char *value)
{
	char *next;
	int ret;

	if (c->nlower)
		return refuse(FSCK_USAGE, "lowerdir= twice, or behind lowerdir+=");
	for (; value; value = next) {
		next = split(value, ':');
		if (next && *next == ':')
			return refuse(FSCK_USAGE, "branches of data only (::) are not supported");
		ret = add_lower(c, value);
		if (ret)
			return ret;
	}
	return 0;
}

static int set_path(char **path, const char *name, char *value)
{
	if (*path)
		return refuse(FSCK_USAGE, "%s= twice", name);
	unescape_backslash(value);
	if (!*value)
		return refuse(FSCK_USAGE, "%s= without a directory", name);
	*path = must(strdup(value));
	return 0;
}

static int parse_one(struct config *c, char *word)
{
	char *value = strchr(word, '=');

	if (value)
		*value++ = '\0';
	if (value && !strcmp(word, "lowerdir"))
		return set_lower(c, value);
	if (value && !strcmp(word, "lowerdir+"))
		return add_lower(c, value);
	if (value && !strcmp(word, "upperdir"))
		return set_path(&c->upper, word, value);
	if (value && !strcmp(word, "workdir"))
		return set_path(&c->work, word, value);
	if (!value && !strcmp(word, "userxattr")) {
		c->userxattr = true;
		return 0;
	}
	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		if (!strcmp(word, ignored[i]))
			return 0;
	value = printable(word);
	refuse(FSCK_USAGE, "unknown option \"%s\" in -o", value);
	free(value);
	return FSCK_USAGE;
}

int config_parse(struct config *c, const char *options)
{
	char *copy = must(strdup(options)), *word = copy, *next;
	int ret = 0;

	for (; word && !ret; word = next) {
		next = split(word, ',');
		if (*word)
			ret = parse_one(c, word);
	}
	free(copy);
	return ret;
}

void config_free(struct config *c)
{
	for (size_t i = 0; i < c->nlower; i++)
		free(c->lower[i]);
	free(c->lower);
	free(c->upper);
	free(c->work);
}
