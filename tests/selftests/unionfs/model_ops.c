// SPDX-License-Identifier: GPL-2.0
/* The operations of the model test. */
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/fsuid.h>
#include <sys/mman.h>

#include "model.h"
#include "stack.h"

#define HANDLES 6
#define SPAN (96 << 10)

enum what {
	CREATE, WRITE, APPEND, TRUNCATE, MKDIR, RMDIR, UNLINK, RENAME, LINK,
	SYMLINK, CHMOD, CHOWN, SETXATTR, RMXATTR, UTIMES, LIST, READ, STAT,
	OPEN, CLOSE, PWRITE, PREAD, FTRUNCATE, FALLOCATE, MAPWRITE, FCHMOD,
	MKFIFO, TMPFILE, COPY, ACL, DIRFSYNC, FSTAT, WHATS,
};

static const char *const what_name[WHATS] = {
	"create", "write", "append", "truncate", "mkdir", "rmdir", "unlink",
	"rename", "link", "symlink", "chmod", "chown", "setxattr",
	"removexattr", "utimensat", "readdir", "read", "stat", "open", "close",
	"pwrite", "pread", "ftruncate", "fallocate", "mmap write", "fchmod",
	"mkfifo", "O_TMPFILE and linkat", "copy_file_range", "acl", "fsync",
	"fstat",
};

struct op {
	enum what what;
	char a[64], b[64];
	int handle, mode, flags, uid;
	off_t pos;
	size_t len;
	unsigned int fill;
};

/* What one side has said: a result or -errno, and a digest of what it saw. */
struct answer {
	long ret;
	uint64_t seen;
};

static uint64_t state;

static unsigned int rnd(unsigned int n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % n;
}

static uint64_t mix(uint64_t h, uint64_t value)
{
	return (h ^ value) * 0x9e3779b97f4a7c15ULL + (h >> 29);
}

static uint64_t mix_bytes(uint64_t h, const void *data, size_t n)
{
	const unsigned char *p = data;

	while (n--)
		h = (h ^ *p++) * 0x100000001b3ULL;
	return h;
}

/* A name that exists below @top, most likely. */
static void pick_existing(const char *top, char *path)
{
	const char *names;
	size_t n;

	*path = '\0';
	do {
		names = ls(fmt("%s/%s", top, path));
		n = (strlen(names) + 1) / 2;
		if (!n || *names == '<' || strlen(path) > 20)
			break;
		sprintf(path + strlen(path), "%s%c", *path ? "/" : "",
			names[2 * rnd(n)]);
	} while (rnd(4));
}

static void pick_path(const char *top, char *path)
{
	static const char letters[] = "abcdefwxyzzi";
	int depth = 1 + rnd(4) % 3, i;

	if (rnd(4)) {
		pick_existing(top, path);
		if (*path)
			return;
	}
	/* Mostly the second level, where the files are. */
	if (rnd(2))
		depth = 2;
	*path = '\0';
	for (i = 0; i < depth; i++)
		sprintf(path + strlen(path), "%s%c", i ? "/" : "",
			letters[rnd(sizeof(letters) - 1)]);
}

/* A name that is free, most likely, in a directory that exists. */
static void pick_new(const char *top, char *path)
{
	char *slash;

	if (!rnd(4))
		return;
	pick_existing(top, path);
	slash = strrchr(path, '/');
	if (S_ISDIR(info(fmt("%s/%s", top, path)).st_mode))
		slash = path + strlen(path);
	if (!slash)
		slash = path;
	sprintf(slash, "%s%c", slash == path ? "" : "/",
		"abcdefwxyzi"[rnd(11)]);
}

static void pick(struct op *op, const char *top)
{
	static const int modes[] = { 0644, 0600, 0755, 0777, 0, 04755, 02711, 01777 };
	static const int renames[] = { 0, 0, 0, RENAME_NOREPLACE, RENAME_EXCHANGE };
	static const int allocates[] = {
		0, FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_ZERO_RANGE,
	};

	memset(op, 0, sizeof(*op));
	op->what = rnd(WHATS);
	pick_path(top, op->a);
	pick_path(top, op->b);
	if (op->what == CREATE || op->what == MKDIR || op->what == SYMLINK ||
	    op->what == MKFIFO)
		pick_new(top, op->a);
	if (op->what == RENAME || op->what == LINK || op->what == TMPFILE)
		pick_new(top, op->b);
	op->handle = rnd(HANDLES);
	op->mode = modes[rnd(ARRAY_SIZE(modes))];
	op->uid = rnd(4) ? 0 : 1000;
	op->pos = rnd(SPAN);
	op->len = rnd(4) ? rnd(5000) : rnd(SPAN / 2);
	op->fill = rnd(1000);
	if (op->what == RENAME)
		op->flags = renames[rnd(ARRAY_SIZE(renames))];
	if (op->what == FALLOCATE)
		op->flags = allocates[rnd(ARRAY_SIZE(allocates))];
	if (op->what == CREATE)
		op->flags = rnd(2) ? O_EXCL : 0;
	if (op->what == OPEN)
		op->flags = rnd(3) ? O_RDWR : O_RDONLY;
}

static unsigned char *data_of(const struct op *op)
{
	static unsigned char data[SPAN];
	size_t i;

	for (i = 0; i < op->len; i++)
		data[i] = op->fill + i * 31 + (i >> 8);
	return data;
}

static uint64_t digest_stat(const struct stat *st)
{
	uint64_t h = mix(st->st_mode, st->st_uid);

	h = mix(h, st->st_gid);
	if (!S_ISDIR(st->st_mode)) {
		h = mix(h, st->st_nlink);
		h = mix(h, st->st_size);
	}
	return h;
}

static long read_all(int fd, off_t pos, size_t len, uint64_t *seen)
{
	static unsigned char data[SPAN * 2];
	ssize_t n = pread(fd, data, len < sizeof(data) ? len : sizeof(data), pos);

	if (n > 0)
		*seen = mix_bytes(*seen, data, n);
	return n;
}

static long with_file(const char *path, int flags, const struct op *op,
		      uint64_t *seen)
{
	int fd = open(path, flags | O_NONBLOCK | O_CLOEXEC, 0644);
	long ret;

	if (fd < 0)
		return fd;
	if (op->what == READ)
		ret = read_all(fd, 0, SPAN * 2, seen);
	else if (op->what == DIRFSYNC)
		ret = fsync(fd);
	else if (op->what == CREATE)
		ret = 0;
	else
		ret = flags & O_APPEND ? write(fd, data_of(op), op->len) :
			pwrite(fd, data_of(op), op->len, op->pos);
	if (ret < 0)
		ret = -errno;
	close(fd);
	if (ret < 0)
		errno = -ret;
	return ret < 0 ? -1 : ret;
}

static long map_write(int fd, const struct op *op)
{
	size_t from = op->pos & ~4095UL, n = op->len % 4096 + 1;
	struct stat st;
	char *map;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size <= op->pos)
		return 0;
	map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, from);
	if (map == MAP_FAILED)
		return -1;
	if (op->pos + (off_t)n > st.st_size)
		n = st.st_size - op->pos;
	memset(map + (op->pos - from), op->fill, n);
	munmap(map, 8192);
	return n;
}

static long temp_file(const char *dir, const char *name, const struct op *op)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, op->mode);
	char link[64];
	long ret;

	if (fd < 0)
		return -1;
	if (write(fd, data_of(op), op->len) != (ssize_t)op->len)
		return -1;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ret = linkat(AT_FDCWD, link, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
	ret = ret ? -errno : 0;
	close(fd);
	errno = -ret;
	return ret ? -1 : 0;
}

static long copy(const char *from, const char *to, const struct op *op)
{
	int in = open(from, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int out = in < 0 ? -1 : open(to, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	off_t at = op->pos / 2, into = op->pos / 3;
	long ret;

	if (out < 0) {
		ret = -errno;
	} else {
		ret = copy_file_range(in, &at, out, &into, op->len, 0);
		if (ret < 0)
			ret = -errno;
	}
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	errno = ret < 0 ? -ret : 0;
	return ret < 0 ? -1 : ret;
}

static long set_acl(const char *path, const struct op *op)
{
	unsigned char acl[] = {
		2, 0, 0, 0,
		1, 0, 7, 0, 255, 255, 255, 255,
		2, 0, op->fill % 8, 0, 0xe8, 3, 0, 0,
		4, 0, 5, 0, 255, 255, 255, 255,
		16, 0, 7, 0, 255, 255, 255, 255,
		32, 0, 1, 0, 255, 255, 255, 255,
	};

	return setxattr(path, op->pos % 2 ? "system.posix_acl_access" :
			"system.posix_acl_default", acl, sizeof(acl), 0);
}

static long call(const struct op *op, const char *a, const char *b, int *fd,
		 uint64_t *seen)
{
	struct timespec ts[2] = { { op->pos, op->len }, { op->pos + 7, op->fill } };
	struct stat st;
	char text[64];
	const char *names;
	long ret;

	switch (op->what) {
	case CREATE:
		return with_file(a, O_CREAT | O_WRONLY | op->flags, op, seen);
	case WRITE:
		return with_file(a, O_WRONLY, op, seen);
	case APPEND:
		return with_file(a, O_WRONLY | O_APPEND, op, seen);
	case READ:
	case DIRFSYNC:
		return with_file(a, O_RDONLY, op, seen);
	case TRUNCATE:
		return truncate(a, op->pos);
	case MKDIR:
		return mkdir(a, op->mode | 0700);
	case RMDIR:
		return rmdir(a);
	case UNLINK:
		return unlink(a);
	case RENAME:
		return renameat2(AT_FDCWD, a, AT_FDCWD, b, op->flags);
	case LINK:
		return link(a, b);
	case SYMLINK:
		return symlink(op->b, a);
	case CHMOD:
		return chmod(a, op->mode);
	case CHOWN:
		return lchown(a, op->fill % 2 ? 1000 : 0, op->fill % 3 ? 1000 : 0);
	case SETXATTR:
		snprintf(text, sizeof(text), "user.%c", "vwx"[op->fill % 3]);
		return lsetxattr(a, text, data_of(op), op->len % 200, op->pos % 3);
	case RMXATTR:
		snprintf(text, sizeof(text), "user.%c", "vwx"[op->fill % 3]);
		return lremovexattr(a, text);
	case UTIMES:
		return utimensat(AT_FDCWD, a, op->pos % 3 ? ts : NULL,
				 AT_SYMLINK_NOFOLLOW);
	case LIST:
		names = ls(a);
		*seen = mix_bytes(*seen, names, strlen(names));
		return 0;
	case STAT:
		ret = lstat(a, &st);
		if (!ret)
			*seen = digest_stat(&st);
		return ret;
	case OPEN:
		if (*fd >= 0)
			close(*fd);
		*fd = open(a, op->flags | O_NONBLOCK | O_CLOEXEC);
		return *fd < 0 ? -1 : 0;
	case CLOSE:
		ret = *fd < 0 ? 0 : close(*fd);
		*fd = -1;
		return ret;
	case FSTAT:
		ret = *fd < 0 ? 0 : fstat(*fd, &st);
		if (*fd >= 0 && !ret)
			*seen = digest_stat(&st);
		return ret;
	case PWRITE:
		return *fd < 0 ? 0 : pwrite(*fd, data_of(op), op->len, op->pos);
	case PREAD:
		return *fd < 0 ? 0 : read_all(*fd, op->pos, op->len, seen);
	case FTRUNCATE:
		return *fd < 0 ? 0 : ftruncate(*fd, op->pos);
	case FALLOCATE:
		return *fd < 0 ? 0 : fallocate(*fd, op->flags, op->pos, op->len);
	case MAPWRITE:
		return *fd < 0 ? 0 : map_write(*fd, op);
	case FCHMOD:
		return *fd < 0 ? 0 : fchmod(*fd, op->mode);
	case MKFIFO:
		return mkfifo(a, op->mode);
	case TMPFILE:
		return temp_file(a, b, op);
	case COPY:
		return copy(a, b, op);
	case ACL:
		return set_acl(a, op);
	default:
		return 0;
	}
}

static struct answer ask(const struct op *op, const char *top, int *fd)
{
	struct answer answer = { };
	char a[256], b[256];

	snprintf(a, sizeof(a), "%s/%s", top, op->a);
	snprintf(b, sizeof(b), "%s/%s", top, op->b);
	if (op->uid && (setegid(op->uid) || seteuid(op->uid)))
		_exit(2);
	answer.ret = ERR(call(op, a, b, fd, &answer.seen));
	if (op->uid && (seteuid(0) || setegid(0)))
		_exit(2);
	return answer;
}

int model_run(const char *one, const char *other, unsigned int seed, long ops)
{
	int fds[2][HANDLES];
	struct answer a, b;
	struct op op;
	long i;

	state = seed * 0x9e3779b97f4a7c15ULL + 1;
	memset(fds, -1, sizeof(fds));
	for (i = 0; i < ops; i++) {
		/* What is open stays, what is not has to be found again. */
		if (i % 150 == 149)
			drop_caches();
		pick(&op, other);
		a = ask(&op, one, &fds[0][op.handle]);
		b = ask(&op, other, &fds[1][op.handle]);
		if (getenv("MODEL_TRACE"))
			printf("# %ld: %s %s %s (uid %d, handle %d, mode %o, flags %x, pos %lld, len %zu): %ld\n",
			       i, what_name[op.what], op.a, op.b, op.uid,
			       op.handle, op.mode, op.flags, (long long)op.pos,
			       op.len, a.ret);
		if (a.ret == b.ret && a.seen == b.seen)
			continue;
		printf("# operation %ld: %s %s %s (uid %d, handle %d, mode %o, flags %x, pos %lld, len %zu): %ld, should be %ld%s\n",
		       i, what_name[op.what], op.a, op.b, op.uid, op.handle,
		       op.mode, op.flags, (long long)op.pos, op.len, a.ret,
		       b.ret, a.ret == b.ret ? ", and other data" : "");
		fflush(stdout);
		return 1;
	}
	for (i = 0; i < HANDLES; i++) {
		close(fds[0][i]);
		close(fds[1][i]);
	}
	return 0;
}
