// SPDX-License-Identifier: GPL-2.0
/*
 * What a tree may be after a crash. The journal writes down changes of names,
 * modes and link counts in the order in which they were made: the tree is that
 * of one moment, not before what was synced. The data of a file are, page by
 * page, what was synced last or what was written since.
 */
#include "crash.h"

void page_fill(unsigned char *page, int worker, int node, int n, int seed)
{
	uint32_t *word = (uint32_t *)page, x;
	int i;

	word[0] = MAGIC;
	word[1] = worker;
	word[2] = node;
	word[3] = n;
	word[4] = seed;
	x = worker * 7919u + node * 2654435761u + n * 40503u + seed * 69069u;
	for (i = 5; i < PAGE / 4; i++) {
		x = x * 1664525u + 1013904223u;
		word[i] = x;
	}
}

static int populate_file(const struct model *m, int node, const char *path)
{
	const struct node *file = &m->node[node];
	unsigned char page[PAGE];
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600), i, n;

	if (fd < 0)
		return -errno;
	for (i = 0; i < file->size; i += n) {
		n = file->size - i < PAGE ? file->size - i : PAGE;
		page_fill(page, m->worker, node, i / PAGE, 0);
		if (write(fd, page, n) != n)
			return -EIO;
	}
	close(fd);
	return 0;
}

/* Directories are in both lower branches, half of the files in each. */
int populate(const struct model *m)
{
	char path[MAX_PATH], *first = calloc(m->nodes, 32);
	const struct name *name;
	const char *at;
	int i, ret;

	mkdir("l2", 0755);
	mkdir(fmt("l/%d", m->worker), 0755);
	mkdir(fmt("l2/%d", m->worker), 0755);
	for (i = 0; i < m->names; i++) {
		name = &m->name[i];
		model_path(m, name, path);
		at = fmt("%s/%s", name->node % 2 ? "l" : "l2", path);
		ret = 0;
		switch (m->node[name->node].kind) {
		case DIRS:
			ret = mkdir(fmt("l2/%s", path), 0755);
			at = fmt("l/%s", path);
			ret = ret ?: mkdir(at, 0755);
			break;
		case LINKS:
			ret = symlink("target", at);
			break;
		default:
			if (first[name->node * 32])
				ret = link(first + name->node * 32, at);
			else
				ret = populate_file(m, name->node, at);
			strcpy(first + name->node * 32, at);
		}
		if (ret || (m->node[name->node].kind != LINKS &&
			    chmod(at, m->node[name->node].mode)))
			return -errno;
	}
	free(first);
	return 0;
}

void history_make(struct history *h, unsigned int seed, int worker, int ops)
{
	struct state *state;
	int i;

	h->ops = ops;
	h->op = calloc(ops, sizeof(*h->op));
	h->state = calloc(ops + 1, sizeof(*h->state));
	model_start(&h->last, seed, worker, ops);
	for (i = 0; i <= ops; i++) {
		if (i)
			model_next(&h->last, &h->op[i - 1]);
		state = &h->state[i];
		state->list = model_list(&h->last);
		state->names = h->last.names;
		memcpy(state->name, h->last.name, sizeof(state->name));
	}
}

static bool list_real(const char *dir, FILE *out)
{
	const char *names = ls(fmt("m/%s", dir));
	char path[MAX_PATH + 8], has[128] = "";
	struct stat st;
	char c;

	for (; *names; names += *names == ' ') {
		if (names[1] && names[1] != ' ')
			return false;
		has[*names++ & 127] = 1;
	}
	for (c = 'a'; c <= 'z'; c++) {
		snprintf(path, sizeof(path), "m/%s/%c", dir, c);
		if (lstat(path, &st)) {
			/* A name that cannot be reached, or not even be told. */
			if (has[(int)c] || errno != ENOENT)
				fprintf(out, "%s %s\n", path + 2,
					strerrorname_np(errno));
			continue;
		}
		fprintf(out, "%s %c %o %d%s\n", path + 2,
			S_ISDIR(st.st_mode) ? DIRS : S_ISREG(st.st_mode) ? FILES :
			S_ISLNK(st.st_mode) ? LINKS : '?', st.st_mode & 07777,
			S_ISDIR(st.st_mode) ? 0 : (int)st.st_nlink,
			has[(int)c] ? "" : " not listed");
		if (S_ISDIR(st.st_mode) && !list_real(path + 2, out))
			return false;
	}
	return true;
}

static int missing(const char *list, const char *other, FILE *out, const char *who)
{
	const char *end, *line;
	int count = 0;

	for (; *list; list = end + 1) {
		end = strchr(list, '\n');
		line = fmt("%.*s", (int)(end - list) + 1, list);
		if (strstr(other, line))
			continue;
		if (out)
			fprintf(out, " %s: %.*s;", who, (int)(end - list), list);
		count++;
	}
	return count;
}

static const char *nearest(const struct history *h, const char *real, int done)
{
	int best = -1, least = 1 << 30, i, n;
	size_t size;
	char *text;
	const char *ret;
	FILE *out;

	for (i = 0; i <= h->ops; i++) {
		n = missing(real, h->state[i].list, NULL, "") +
		    missing(h->state[i].list, real, NULL, "");
		if (n < least) {
			least = n;
			best = i;
		}
	}
	out = open_memstream(&text, &size);
	fprintf(out, "%d operations were durable; the tree is nearest to that after %d",
		done, best);
	missing(real, h->state[best].list, out, "there");
	missing(h->state[best].list, real, out, "not there");
	fclose(out);
	ret = fmt("%.2000s", text);
	free(text);
	return ret;
}

static bool is_data(const struct op *op)
{
	return op->kind == OP_APPEND || op->kind == OP_OVERWRITE ||
	       op->kind == OP_TRUNCATE;
}

/* What of a file was durable: all up to this operation. */
static int last_sync(const struct history *h, int node, int done)
{
	const struct op *op;

	while (--done >= 0) {
		op = &h->op[done];
		if (op->sync == SYNCFS ||
		    (op->sync == FSYNC && op->node == node &&
		     (is_data(op) || op->kind == OP_CHMOD || op->kind == OP_CREATE)))
			break;
	}
	return done;
}

static bool page_is(const unsigned char *page, int len, int worker, int node,
		    int n, int *seed)
{
	static unsigned char good[PAGE];

	*seed = ((const int *)page)[4];
	page_fill(good, worker, node, n, *seed);
	return !memcmp(page, good, len);
}

static bool is_zero(const unsigned char *page, int len)
{
	return !page[0] && !memcmp(page, page + 1, len - 1);
}

static const char *check_file(const struct history *h, int node, const char *path,
			      int done)
{
	static unsigned char data[MAX_PAGES * PAGE + 1];
	int seed[MAX_PAGES], size = h->last.node[node].base, real, i, j, n, len, got;
	int sync = last_sync(h, node, done);
	int fd = open(fmt("m/%s", path), O_RDONLY | O_CLOEXEC);
	const struct op *op;
	bool good;

	if (fd < 0)
		return fmt("%s: open: %s", path, strerror(errno));
	real = read(fd, data, sizeof(data));
	if (real < 0)
		return fmt("%s: read: %s", path, strerror(errno));
	close(fd);
	for (i = 0; i < MAX_PAGES; i++)
		seed[i] = i * PAGE < size ? 0 : -1;
	for (j = 0; j <= sync; j++) {
		op = &h->op[j];
		if (op->node != node || !is_data(op))
			continue;
		size = op->size;
		if (op->kind != OP_TRUNCATE)
			seed[op->value] = j + 1;
		for (i = (size + PAGE - 1) / PAGE; i < MAX_PAGES; i++)
			seed[i] = -1;
	}
	good = real == size;
	for (j = sync + 1; j < h->ops && !good; j++)
		good = h->op[j].node == node && is_data(&h->op[j]) &&
		       h->op[j].size == real;
	if (!good)
		return fmt("%s: %d bytes, and %d were durable at %d of %d", path,
			   real, size, sync, done);
	for (i = 0; i * PAGE < real; i++) {
		len = real - i * PAGE < PAGE ? real - i * PAGE : PAGE;
		n = 0;
		good = page_is(data + i * PAGE, len, h->last.worker, node, i, &got);
		if (good && got == seed[i])
			continue;
		if (good && got > sync + 1 && got <= h->ops) {
			op = &h->op[got - 1];
			if (op->node == node && op->value == i && is_data(op) &&
			    op->kind != OP_TRUNCATE)
				continue;
		}
		/* ext4 notes the size before blocks that are new have data. */
		for (j = sync + 1; j < h->ops; j++)
			n += h->op[j].node == node && h->op[j].value == i &&
			     h->op[j].kind == OP_APPEND;
		if (n && is_zero(data + i * PAGE, len))
			continue;
		return fmt("%s, page %d of %d bytes: %s; durable: %d, at %d of %d",
			   path, i, real, good ? fmt("state %d", got) :
			   is_zero(data + i * PAGE, len) ? "zeros" : "garbage",
			   seed[i], sync, done);
	}
	return NULL;
}

static const char *check_files(const struct history *h, const struct state *state,
			       int done)
{
	struct model at = h->last;
	const char *ret = NULL;
	char path[MAX_PATH];
	int i;

	at.names = state->names;
	memcpy(at.name, state->name, sizeof(at.name));
	for (i = 0; i < at.names && !ret; i++) {
		if (at.node[at.name[i].node].kind != FILES)
			continue;
		model_path(&at, &at.name[i], path);
		ret = check_file(h, at.name[i].node, path, done);
	}
	return ret;
}

const char *history_check(const struct history *h, int done)
{
	static char text[2048];
	const char *why = NULL;
	bool found = false;
	size_t size;
	char *real;
	FILE *out = open_memstream(&real, &size);
	int i;

	snprintf(text, sizeof(text), "%d", h->last.worker);
	if (!list_real(text, out))
		fprintf(out, "a name that nobody has given\n");
	fclose(out);
	text[0] = '\0';
	for (i = done; i <= h->ops && !found; i++) {
		if (strcmp(real, h->state[i].list))
			continue;
		/* Two moments may have the same names for different files. */
		why = check_files(h, &h->state[i], done);
		found = !why;
		if (why)
			snprintf(text, sizeof(text), "after %d: %s", i, why);
	}
	if (!found && !text[0])
		snprintf(text, sizeof(text), "%s", nearest(h, real, done));
	free(real);
	return found ? NULL : text;
}
