// SPDX-License-Identifier: GPL-2.0
/* The templates of this host: template_dir/NAME/{root/,info.json}. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "template.h"

#define NAME_MAX_LEN 63
#define INFO_MAX 65536

int kx_template_check_name(const char *name, struct kx_err *err)
{
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			  "0123456789._+-");

	if (n && !name[n] && n <= NAME_MAX_LEN && *name != '.' && *name != '-')
		return 0;
	return kx_fail(err, KX_BAD_NAME, 0,
		       "bad template name \"%.80s\": it takes 1 to %d letters, digits and characters of \"._+-\", the first not '.' or '-'",
		       name, NAME_MAX_LEN);
}

int kx_template_lock(const struct kx_host *host, const char *name,
		     struct kx_err *err)
{
	char lock[sizeof("template-") + NAME_MAX_LEN];

	snprintf(lock, sizeof(lock), "template-%s", name);
	return kx_lock(host, lock, false, err);
}

/* Set-uid files of a template have plain ids: users of the host must not reach them. */
int kx_template_open_dir(const struct kx_host *host, struct kx_err *err)
{
	int fd = open(host->template_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return kx_fail(err, errno == EACCES ? KX_PERMISSION : KX_SYSTEM,
			       errno, "cannot open %s", host->template_dir);
	if (fstat(fd, &st) ||
	    ((st.st_mode & 0077) && fchmod(fd, st.st_mode & 0700))) {
		kx_fail(err, KX_SYSTEM, errno, "cannot protect %s",
			host->template_dir);
		close(fd);
		return -1;
	}
	return fd;
}

static void take_text(char **to, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return;
	free(*to);
	*to = copy;
}

static void take_member(const char *key, const char *value, void *arg)
{
	struct kx_template *t = arg;

	if (!strcmp(key, "distribution"))
		take_text(&t->distribution, value);
	else if (!strcmp(key, "arch"))
		take_text(&t->arch, value);
	else if (!strcmp(key, "size"))
		t->size = strtoull(value, NULL, 10);
	else if (!strcmp(key, "entries"))
		t->entries = strtoull(value, NULL, 10);
	else if (!strcmp(key, "created"))
		t->created = strtoll(value, NULL, 10);
}

/* A template made by hand has no info.json, and is one none the less. */
static void read_info(int dirfd, const char *name, struct kx_template *t)
{
	cleanup_free char *path = NULL, *text = malloc(INFO_MAX);
	cleanup_close int fd = -1;
	ssize_t n;

	if (!text || asprintf(&path, "%s/info.json", name) < 0)
		return;
	fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return;
	n = read(fd, text, INFO_MAX - 1);
	if (n < 0)
		return;
	text[n] = '\0';
	kx_flatjson(text, take_member, t);
}

static int get_at(const struct kx_host *host, int dirfd, const char *name,
		  struct kx_template *t, struct kx_err *err)
{
	struct stat st;

	memset(t, 0, sizeof(*t));
	if (asprintf(&t->path, "%s/%s/root", host->template_dir, name) < 0) {
		t->path = NULL;
		return kx_nomem(err);
	}
	if (fstatat(dirfd, t->path + strlen(host->template_dir) + 1, &st,
		    AT_SYMLINK_NOFOLLOW) || !S_ISDIR(st.st_mode)) {
		kx_template_free(t);
		return kx_fail(err, KX_NO_TEMPLATE, 0,
			       "no template \"%s\" (see vpstemplate list)", name);
	}
	t->name = strdup(name);
	t->distribution = strdup("");
	t->arch = strdup("");
	if (!t->name || !t->distribution || !t->arch) {
		kx_template_free(t);
		return kx_nomem(err);
	}
	read_info(dirfd, name, t);
	return 0;
}

int kx_template_get(const struct kx_host *host, const char *name,
		    struct kx_template *t, struct kx_err *err)
{
	cleanup_close int dirfd = -1;

	memset(t, 0, sizeof(*t));
	if (kx_template_check_name(name, err))
		return -1;
	dirfd = kx_template_open_dir(host, err);
	if (dirfd < 0)
		return -1;
	return get_at(host, dirfd, name, t, err);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct kx_template *)a)->name,
		      ((const struct kx_template *)b)->name);
}

static int add_one(const struct kx_host *host, int dirfd, const char *name,
		   struct kx_template **list, size_t *count, struct kx_err *err)
{
	struct kx_err quiet = { 0 };
	struct kx_template t, *longer;

	if (kx_template_check_name(name, NULL))
		return 0;
	if (get_at(host, dirfd, name, &t, &quiet)) {
		if (quiet.code == KX_NO_TEMPLATE)
			return 0;
		return kx_fail(err, quiet.code, 0, "%s", quiet.msg);
	}
	longer = realloc(*list, (*count + 1) * sizeof(**list));
	if (!longer) {
		kx_template_free(&t);
		return kx_nomem(err);
	}
	*list = longer;
	longer[(*count)++] = t;
	return 0;
}

int kx_template_list(const struct kx_host *host, struct kx_template **list,
		     size_t *count, struct kx_err *err)
{
	cleanup_dir DIR *dir = NULL;
	struct dirent *d;
	int dirfd;

	*list = NULL;
	*count = 0;
	dirfd = kx_template_open_dir(host, err);
	if (dirfd < 0)
		return -1;
	dir = fdopendir(dirfd);
	if (!dir) {
		close(dirfd);
		return kx_nomem(err);
	}
	while (errno = 0, (d = readdir(dir)))
		if (add_one(host, dirfd, d->d_name, list, count, err))
			goto fail;
	if (errno) {
		kx_fail(err, KX_SYSTEM, errno, "cannot read %s",
			host->template_dir);
		goto fail;
	}
	if (*count)
		qsort(*list, *count, sizeof(**list), by_name);
	return 0;
fail:
	kx_templates_free(*list, *count);
	*list = NULL;
	*count = 0;
	return -1;
}

void kx_template_free(struct kx_template *t)
{
	free(t->name);
	free(t->path);
	free(t->distribution);
	free(t->arch);
	memset(t, 0, sizeof(*t));
}

void kx_templates_free(struct kx_template *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		kx_template_free(&list[i]);
	free(list);
}
