// SPDX-License-Identifier: GPL-2.0
/* What is in files and trees, as text. */
#include <dirent.h>
#include <stdarg.h>

#include "stack.h"

/* Strings that are returned: enough of them for one expression. */
static char *slot(size_t size)
{
	static char *slots[16];
	static int next;
	int i = next++ % 16;

	free(slots[i]);
	slots[i] = malloc(size);
	return slots[i];
}

const char *fmt(const char *format, ...)
{
	char *text = slot(8192);
	va_list args;

	va_start(args, format);
	vsnprintf(text, 8192, format, args);
	va_end(args);
	return text;
}

static const char *failure(void)
{
	return fmt("<%s>", strerrorname_np(errno));
}

static int write_flags(const char *path, int flags, off_t pos, const char *text)
{
	size_t size = strlen(text);
	int fd = open(path, flags | O_WRONLY | O_CLOEXEC, 0644), ret = 0;

	if (fd < 0)
		return -errno;
	if (pos && lseek(fd, pos, SEEK_SET) != pos)
		ret = -errno;
	else if (size && write(fd, text, size) != (ssize_t)size)
		ret = -errno;
	if (close(fd) && !ret)
		ret = -errno;
	return ret;
}

int put(const char *path, const char *text)
{
	return write_flags(path, O_CREAT | O_TRUNC, 0, text);
}

int append(const char *path, const char *text)
{
	return write_flags(path, O_APPEND, 0, text);
}

int put_at(const char *path, off_t pos, const char *text)
{
	return write_flags(path, 0, pos, text);
}

int write_text(const char *path, const char *text)
{
	return write_flags(path, 0, 0, text);
}

static unsigned char pattern(unsigned int seed, size_t i)
{
	uint32_t x = seed * 2654435761u + (uint32_t)i * 40503u + 12345u;

	return (x >> 13) ^ x;
}

int fill(const char *path, size_t size, unsigned int seed)
{
	unsigned char *data = malloc(size ?: 1);
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
	int ret = 0;
	size_t i;

	for (i = 0; i < size; i++)
		data[i] = pattern(seed, i);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		ret = -errno;
	close(fd);
	free(data);
	return ret;
}

bool filled(const char *path, size_t size, unsigned int seed)
{
	unsigned char *data = malloc(size + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool good = fd >= 0 && read(fd, data, size + 1) == (ssize_t)size;
	size_t i;

	for (i = 0; good && i < size; i++)
		good = data[i] == pattern(seed, i);
	if (fd >= 0)
		close(fd);
	free(data);
	return good;
}

const char *cat(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = slot(65536);
	ssize_t n;

	if (fd < 0)
		return failure();
	n = read(fd, text, 65535);
	if (n >= 0)
		text[n] = '\0';
	close(fd);
	return n < 0 ? failure() : text;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int not_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
}

const char *ls(const char *path)
{
	struct dirent **names;
	size_t size;
	char *text, *copy;
	FILE *out;
	int n, i;

	n = scandir(path, &names, not_dots, by_name);
	if (n < 0)
		return failure();
	out = open_memstream(&text, &size);
	for (i = 0; i < n; i++) {
		fprintf(out, "%s%s", i ? " " : "", names[i]->d_name);
		free(names[i]);
	}
	free(names);
	fclose(out);
	copy = slot(size + 1);
	memcpy(copy, text, size + 1);
	free(text);
	return copy;
}

const char *xattr(const char *path, const char *name)
{
	char *text = slot(65537);
	ssize_t n = lgetxattr(path, name, text, 65536);

	if (n < 0)
		return failure();
	text[n] = '\0';
	return text;
}

const char *target(const char *path)
{
	char *text = slot(8192);
	ssize_t n = readlink(path, text, 8191);

	if (n < 0)
		return failure();
	text[n] = '\0';
	return text;
}

struct stat info(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		memset(&st, 0, sizeof(st));
	return st;
}

bool exists(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

static uint64_t hash(uint64_t h, const void *data, size_t size)
{
	const unsigned char *p = data;

	while (size--)
		h = (h ^ *p++) * 0x100000001b3ULL;
	return h;
}

static void print_content(FILE *out, const char *path)
{
	static char buf[1 << 16];
	uint64_t h = 0xcbf29ce484222325ULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	if (fd >= 0) {
		while ((n = read(fd, buf, sizeof(buf))) > 0)
			h = hash(h, buf, n);
		close(fd);
	}
	if (n < 0)
		fprintf(out, " content=%s", failure());
	else
		fprintf(out, " content=%016llx", (unsigned long long)h);
}

static int by_string(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void print_xattrs(FILE *out, const char *path)
{
	static char list[65536], value[65536];
	char *names[256];
	int n = 0, i;
	ssize_t size = llistxattr(path, list, sizeof(list)), j;

	if (size < 0) {
		fprintf(out, " xattrs=%s", failure());
		return;
	}
	for (j = 0; j < size && n < 256; j += strlen(list + j) + 1)
		names[n++] = list + j;
	qsort(names, n, sizeof(*names), by_string);
	for (i = 0; i < n; i++) {
		size = lgetxattr(path, names[i], value, sizeof(value));
		fprintf(out, " %s=", names[i]);
		if (size < 0)
			fprintf(out, "%s", failure());
		for (j = 0; j < size; j++)
			fprintf(out, "%02x", (unsigned char)value[j]);
	}
}

struct seen {
	struct { dev_t dev; ino_t ino; char *name; } *links;
	size_t n;
};

/* Hard links are told by the first name of the file. */
static void print_first(FILE *out, struct seen *seen, const struct stat *st,
			const char *name)
{
	size_t i;

	for (i = 0; i < seen->n; i++) {
		if (seen->links[i].dev == st->st_dev &&
		    seen->links[i].ino == st->st_ino) {
			fprintf(out, " link-to=%s", seen->links[i].name);
			return;
		}
	}
	seen->links = reallocarray(seen->links, seen->n + 1,
				   sizeof(*seen->links));
	seen->links[seen->n].dev = st->st_dev;
	seen->links[seen->n].ino = st->st_ino;
	seen->links[seen->n++].name = strdup(name);
}

static void walk(FILE *out, const char *top, const char *name, int flags,
		 struct seen *seen)
{
	char path[4096 + 512], below[4096];
	struct dirent **names;
	struct stat st;
	int n, i;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	fprintf(out, "%s:", *name ? name : ".");
	if (lstat(path, &st)) {
		fprintf(out, " %s\n", failure());
		return;
	}
	fprintf(out, " %06o %u:%u", st.st_mode, st.st_uid, st.st_gid);
	if (flags & TREE_INO)
		fprintf(out, " ino=%llu", (unsigned long long)st.st_ino);
	if (flags & TREE_MTIME)
		fprintf(out, " mtime=%lld.%09ld", (long long)st.st_mtim.tv_sec,
			st.st_mtim.tv_nsec);
	if (!S_ISDIR(st.st_mode)) {
		fprintf(out, " nlink=%lu size=%lld rdev=%llx",
			(unsigned long)st.st_nlink, (long long)st.st_size,
			(unsigned long long)st.st_rdev);
		if (st.st_nlink > 1)
			print_first(out, seen, &st, name);
	}
	if (S_ISREG(st.st_mode))
		print_content(out, path);
	if (S_ISLNK(st.st_mode))
		fprintf(out, " -> %s", target(path));
	print_xattrs(out, path);
	fputc('\n', out);
	if (!S_ISDIR(st.st_mode))
		return;
	n = scandir(path, &names, not_dots, by_name);
	if (n < 0)
		fprintf(out, "%s: names=%s\n", name, failure());
	for (i = 0; i < n; i++) {
		snprintf(below, sizeof(below), "%s%s%s", name, *name ? "/" : "",
			 names[i]->d_name);
		walk(out, top, below, flags, seen);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

char *tree(const char *dir, int flags)
{
	struct seen seen = { };
	size_t size, i;
	char *text;
	FILE *out = open_memstream(&text, &size);

	walk(out, dir, "", flags, &seen);
	fclose(out);
	for (i = 0; i < seen.n; i++)
		free(seen.links[i].name);
	free(seen.links);
	return text;
}

bool same_tree(const char *a, const char *b)
{
	int shown = 0;
	size_t n, m;

	if (!strcmp(a, b))
		return true;
	while ((*a || *b) && shown < 5) {
		n = strcspn(a, "\n");
		m = strcspn(b, "\n");
		if (n != m || memcmp(a, b, n)) {
			printf("# one:   %.*s\n# other: %.*s\n", (int)n, a,
			       (int)m, b);
			shown++;
		}
		a += n + !!a[n];
		b += m + !!b[m];
	}
	return false;
}
