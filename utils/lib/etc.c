// SPDX-License-Identifier: GPL-2.0
/* The few files of /etc that tell a distribution who it is. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "inside.h"

/*
 * Root inside may have put anything here, so no open may block, and what is a
 * device is not opened at all: that has effects.
 */
static int open_regular(const char *path, struct stat *st)
{
	int fd;

	if (stat(path, st) || !S_ISREG(st->st_mode))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0 && (fstat(fd, st) || !S_ISREG(st->st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* A file that says so already is left alone: to write it would copy it up. */
static bool same(const char *path, const char *text)
{
	cleanup_free char *now = NULL;
	cleanup_close int fd = -1;
	size_t len = strlen(text);
	struct stat st;

	fd = open_regular(path, &st);
	if (fd < 0 || (size_t)st.st_size != len)
		return false;
	now = malloc(len + 1);
	return now && read(fd, now, len + 1) == (ssize_t)len &&
	       !memcmp(now, text, len);
}

static int replace(const char *path, const char *text, struct kx_err *err)
{
	cleanup_close int fd = -1;
	char tmp[64];

	if (same(path, text))
		return 0;
	snprintf(tmp, sizeof(tmp), "%s.kontext", path);
	unlink(tmp);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 || fchmod(fd, 0644) ||
	    write(fd, text, strlen(text)) != (ssize_t)strlen(text) ||
	    rename(tmp, path)) {
		int errnum = errno;

		unlink(tmp);
		return kx_fail(err, errnum == ENOSPC || errnum == EDQUOT ?
			       KX_NO_SPACE : KX_SYSTEM, errnum,
			       "cannot write %s inside", path);
	}
	return 0;
}

struct text {
	FILE *f;
	const char *resolv;
};

/* More than this no resolver reads. */
#define RESOLV_MAX	65536

char *kx_read_resolv(void)
{
	cleanup_close int fd = open("/etc/resolv.conf", O_RDONLY | O_CLOEXEC);
	char *text = malloc(RESOLV_MAX + 1);
	ssize_t n;

	if (!text)
		return NULL;
	n = fd >= 0 ? read(fd, text, RESOLV_MAX) : 0;
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static int nameserver_line(const char *word, void *arg)
{
	struct text *t = arg;

	if (!strcmp(word, "inherit"))
		return fputs(t->resolv, t->f) < 0 ? -1 : 0;
	fprintf(t->f, "nameserver %s\n", word);
	return 0;
}

static int write_resolv(const struct kx_vps *vps, const char *resolv, struct kx_err *err)
{
	const char *servers = kx_vps_get(vps, "NAMESERVER");
	const char *search = kx_vps_get(vps, "SEARCHDOMAIN");
	cleanup_free char *text = NULL;
	struct text t = { .resolv = resolv };
	size_t size;
	int ret;

	if (!*servers && !*search)
		return 0;
	t.f = open_memstream(&text, &size);
	if (!t.f)
		return kx_nomem(err);
	if (*search)
		fprintf(t.f, "search %s\n", search);
	ret = kx_each_word(servers, nameserver_line, &t);
	if (fclose(t.f) || ret)
		return kx_fail(err, KX_SYSTEM, errno, "resolv.conf");
	return replace("/etc/resolv.conf", text, err);
}

static int address_line(const char *word, void *arg)
{
	struct text *t = arg;

	fprintf(t->f, "%s ", word);
	return 1;
}

static int write_hostname(const char *name, struct kx_err *err)
{
	char text[80];

	if (sethostname(name, strlen(name)))
		return kx_fail(err, KX_SETPARM, errno,
			       "cannot set the host name %s", name);
	snprintf(text, sizeof(text), "%s\n", name);
	return replace("/etc/hostname", text, err);
}

/* One line of ours, which carries the name; the others stay the owner's. */
#define MARK	" # set by the host"
#define HOSTS_MAX	(1 << 20)

/*
 * What /etc/hosts has now, empty if there is none. Null: it is no such file, or
 * there is no memory. What its size is said to be is not believed.
 */
static char *read_hosts(void)
{
	cleanup_close int fd = -1;
	size_t len = 0;
	struct stat st;
	ssize_t n = 0;
	char *text = malloc(HOSTS_MAX + 1);

	fd = open_regular("/etc/hosts", &st);
	while (text && fd >= 0 && len <= HOSTS_MAX) {
		n = read(fd, text + len, HOSTS_MAX + 1 - len);
		if (n <= 0)
			break;
		len += n;
	}
	if (text && len <= HOSTS_MAX && n >= 0 && !memchr(text, 0, len)) {
		text[len] = '\0';
		return text;
	}
	free(text);
	return NULL;
}

static void copy_lines(FILE *to, char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")))
		if ((*line || text) && !strstr(line, MARK))
			fprintf(to, "%s\n", line);
}

static int write_hosts(const struct kx_vps *vps, const char *name,
		       struct kx_err *err)
{
	cleanup_free char *text = NULL, *old = read_hosts();
	struct text t = {0};
	size_t size;

	/* Root inside may have made it what he likes: then it stays as it is. */
	if (!old)
		return 0;
	t.f = open_memstream(&text, &size);
	if (!t.f)
		return kx_nomem(err);
	if (!kx_each_word(kx_vps_get(vps, "IP_ADDRESS"), address_line, &t))
		fputs("127.0.1.1 ", t.f);
	fprintf(t.f, "%s", name);
	if (strchr(name, '.'))
		fprintf(t.f, " %.*s", (int)strcspn(name, "."), name);
	fputs(MARK "\n", t.f);
	if (*old)
		copy_lines(t.f, old);
	else
		fputs("127.0.0.1 localhost\n::1 localhost ip6-localhost\n", t.f);
	if (fclose(t.f))
		return kx_nomem(err);
	return replace("/etc/hosts", text, err);
}

int kx_inside_etc(const struct kx_vps *vps, const char *resolv, struct kx_err *err)
{
	const char *name = kx_vps_get(vps, "HOSTNAME");

	if (mkdir("/etc", 0755) && errno != EEXIST)
		return kx_fail(err, KX_BROKEN, errno, "cannot make /etc inside");
	if (*name && (write_hostname(name, err) || write_hosts(vps, name, err)))
		return -1;
	if (!*name && sethostname("localhost", 9))
		return kx_fail(err, KX_SETPARM, errno, "cannot set the host name");
	return write_resolv(vps, resolv, err);
}
