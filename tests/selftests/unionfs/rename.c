// SPDX-License-Identifier: GPL-2.0
/*
 * rename(2): each kind of source onto each kind of target, within a directory
 * and between two, with each flag; and what is special.
 */
#include <linux/fs.h>
#include <sys/sysmacros.h>

#include "test.h"

enum kind {
	NONE, LOWER_FILE, UPPER_FILE, COPIED_FILE, WHITED_OUT, LOWER_DIR,
	UPPER_DIR, MERGED_DIR, OPAQUE_DIR, LOWER_EMPTY, EMPTIED_DIR,
	LOWER_LINK, KINDS,
};

static const char *const kind_name[KINDS] = {
	"none", "lower file", "upper file", "copied file", "whited out",
	"lower dir", "upper dir", "merged dir", "opaque dir", "lower empty dir",
	"emptied dir", "lower link",
};

static const unsigned int flag[] = { 0, RENAME_NOREPLACE, RENAME_EXCHANGE };

static bool is_none(enum kind kind)
{
	return kind == NONE || kind == WHITED_OUT;
}

static bool is_dir(enum kind kind)
{
	return kind >= LOWER_DIR && kind <= EMPTIED_DIR;
}

static bool is_empty(enum kind kind)
{
	return kind == LOWER_EMPTY || kind == EMPTIED_DIR;
}

/* What it takes in the lower branch. */
static void make_lower(const char *path, enum kind kind)
{
	switch (kind) {
	case LOWER_FILE:
	case COPIED_FILE:
	case WHITED_OUT:
		put(path, "lower");
		break;
	case LOWER_DIR:
	case MERGED_DIR:
	case OPAQUE_DIR:
	case EMPTIED_DIR:
		mkdir(path, 0755);
		put(fmt("%s/l", path), "in lower");
		mkdir(fmt("%s/d", path), 0755);
		put(fmt("%s/d/x", path), "deep");
		break;
	case LOWER_EMPTY:
		mkdir(path, 0755);
		break;
	case LOWER_LINK:
		symlink("to", path);
		break;
	default:
		break;
	}
}

static void empty(const char *path)
{
	unlink(fmt("%s/l", path));
	unlink(fmt("%s/d/x", path));
	rmdir(fmt("%s/d", path));
}

/* What is done to it in the union. */
static void make_upper(const char *path, enum kind kind)
{
	switch (kind) {
	case UPPER_FILE:
		put(path, "upper");
		break;
	case COPIED_FILE:
		append(path, "+");
		break;
	case WHITED_OUT:
		unlink(path);
		break;
	case UPPER_DIR:
		mkdir(path, 0755);
		put(fmt("%s/u", path), "in upper");
		break;
	case MERGED_DIR:
		put(fmt("%s/u", path), "in upper");
		append(fmt("%s/d/x", path), "+");
		break;
	case OPAQUE_DIR:
		empty(path);
		rmdir(path);
		mkdir(path, 0755);
		put(fmt("%s/o", path), "in opaque");
		break;
	case EMPTIED_DIR:
		empty(path);
		break;
	default:
		break;
	}
}

static const char *content_of(enum kind kind)
{
	static const char *const content[KINDS] = {
		[NONE] = "-",
		[WHITED_OUT] = "-",
		[LOWER_FILE] = "lower",
		[UPPER_FILE] = "upper",
		[COPIED_FILE] = "lower+",
		[LOWER_DIR] = "d l;in lower;-;-;deep",
		[UPPER_DIR] = "u;-;in upper;-;-",
		[MERGED_DIR] = "d l u;in lower;in upper;-;deep+",
		[OPAQUE_DIR] = "o;-;-;in opaque;-",
		[LOWER_EMPTY] = ";-;-;-;-",
		[EMPTIED_DIR] = ";-;-;-;-",
		[LOWER_LINK] = "-> to",
	};

	return content[kind];
}

static const char *text_of(const char *path)
{
	return exists(path) ? cat(path) : "-";
}

static const char *content(const char *path)
{
	struct stat st = info(path);

	if (S_ISLNK(st.st_mode))
		return fmt("-> %s", target(path));
	if (!S_ISDIR(st.st_mode))
		return text_of(path);
	return fmt("%s;%s;%s;%s;%s", ls(path), text_of(fmt("%s/l", path)),
		   text_of(fmt("%s/u", path)), text_of(fmt("%s/o", path)),
		   text_of(fmt("%s/d/x", path)));
}

static int expected(enum kind from, enum kind to, unsigned int flags)
{
	if (is_none(from))
		return -ENOENT;
	if (flags & RENAME_EXCHANGE)
		return is_none(to) ? -ENOENT : 0;
	if (is_none(to))
		return 0;
	if (flags & RENAME_NOREPLACE)
		return -EEXIST;
	if (is_dir(from) && !is_dir(to))
		return -ENOTDIR;
	if (!is_dir(from) && is_dir(to))
		return -EISDIR;
	return is_dir(to) && !is_empty(to) ? -ENOTEMPTY : 0;
}

struct pair {
	char from[32], to[32];
};

static struct pair pair_of(const char *top, enum kind a, enum kind b,
			   bool across)
{
	struct pair pair;

	snprintf(pair.from, sizeof(pair.from), "%s/%d.%d/s", top, a, b);
	snprintf(pair.to, sizeof(pair.to), "%s/%d.%d/%s", top, a, b,
		 across ? "o/t" : "t");
	return pair;
}

#define FOR_EACH_PAIR(a, b) \
	for ((a) = 0; (a) < KINDS; (a)++) for ((b) = 0; (b) < KINDS; (b)++)

FIXTURE(pairs) { int unused; };

FIXTURE_VARIANT(pairs)
{
	bool across;
	int flag;
};

#define VARIANT(name, is_across, index)					\
	FIXTURE_VARIANT_ADD(pairs, name) { .across = is_across, .flag = index }

VARIANT(within, false, 0);
VARIANT(within_noreplace, false, 1);
VARIANT(within_exchange, false, 2);
VARIANT(across, true, 0);
VARIANT(across_noreplace, true, 1);
VARIANT(across_exchange, true, 2);

FIXTURE_SETUP(pairs)
{
	struct pair pair;
	enum kind a, b;

	STACK_OPEN("ext4");
	FOR_EACH_PAIR(a, b) {
		mkdir(fmt("l/%d.%d", a, b), 0755);
		mkdir(fmt("l/%d.%d/o", a, b), 0755);
		pair = pair_of("l", a, b, variant->across);
		make_lower(pair.from, a);
		make_lower(pair.to, b);
	}
	ASSERT_EQ(0, union_mount("l", NULL));
}

FIXTURE_TEARDOWN(pairs) { stack_close(); }

TEST_F(pairs, all)
{
	unsigned int flags = flag[variant->flag];
	const char *from, *to;
	char *before, *after, *lower = tree("l", TREE_MTIME);
	struct pair pair;
	enum kind a, b;
	int ret;

	FOR_EACH_PAIR(a, b) {
		pair = pair_of("m", a, b, variant->across);
		make_upper(pair.from, a);
		make_upper(pair.to, b);
		ASSERT_STREQ(content_of(a), content(pair.from)) {
			TH_LOG("%s before", kind_name[a]);
		}
		ret = expected(a, b, flags);
		ASSERT_EQ(ret, ERR(renameat2(AT_FDCWD, pair.from, AT_FDCWD,
					     pair.to, flags))) {
			TH_LOG("%s onto %s", kind_name[a], kind_name[b]);
		}
	}
	before = tree("m", TREE_INO | TREE_MTIME);
	ASSERT_EQ(0, union_remount());
	after = tree("m", TREE_INO | TREE_MTIME);
	EXPECT_TRUE(same_tree(before, after));
	EXPECT_TRUE(same_tree(lower, tree("l", TREE_MTIME)));
	FOR_EACH_PAIR(a, b) {
		pair = pair_of("m", a, b, variant->across);
		from = content_of(a);
		to = content_of(b);
		if (!expected(a, b, flags)) {
			to = content_of(a);
			from = flags & RENAME_EXCHANGE ? content_of(b) : "-";
		}
		EXPECT_STREQ(from, content(pair.from)) {
			TH_LOG("source: %s onto %s", kind_name[a], kind_name[b]);
		}
		EXPECT_STREQ(to, content(pair.to)) {
			TH_LOG("target: %s onto %s", kind_name[a], kind_name[b]);
		}
	}
}

static void populate(void)
{
	put("l/file", "lower");
	put("l/other", "other");
	link("l/file", "l/hard");
	mkdir("l/dir", 0755);
	put("l/dir/a", "la");
	mkdir("l/dir/sub", 0755);
	put("l/dir/sub/deep", "deep");
	mkdir("l/dest", 0755);
	symlink("dir", "l/dirlink");
	union_mount("l", NULL);
}

STACK_FIXTURE(special)

TEST_F(special, into_itself)
{
	EXPECT_EQ(-EINVAL, ERR(rename("m/dir", "m/dir/x")));
	EXPECT_EQ(-EINVAL, ERR(rename("m/dir", "m/dir/sub/x")));
	EXPECT_EQ(-EINVAL, ERR(renameat2(AT_FDCWD, "m/dir", AT_FDCWD,
					 "m/dir/sub", RENAME_EXCHANGE)));
	EXPECT_EQ(-ENOTEMPTY, ERR(rename("m/dir/sub", "m/dir")));
	EXPECT_EQ(0, ERR(rename("m/file", "m/file")));
	EXPECT_EQ(0, ERR(rename("m/dir", "m/dir")));
	EXPECT_EQ(-EBUSY, ERR(rename("m/dir/.", "m/x")));
	EXPECT_EQ(-EBUSY, ERR(rename("m/dir/sub/..", "m/x")));
	EXPECT_EQ(-ENOENT, ERR(rename("m/none", "m/x")));
	EXPECT_EQ(-ENOENT, ERR(rename("m/file", "m/none/x")));
	EXPECT_EQ(-ENOENT, ERR(rename("m/file", "")));
	EXPECT_EQ(-ENOTDIR, ERR(rename("m/file/x", "m/y")));
	EXPECT_EQ(-ENOTDIR, ERR(rename("m/file", "m/other/y")));
	EXPECT_EQ(-ENOTDIR, ERR(rename("m/file", "m/x/")));
	EXPECT_EQ(-EXDEV, ERR(rename("m/file", "u/x")));
	EXPECT_EQ(-EINVAL, ERR(renameat2(AT_FDCWD, "m/file", AT_FDCWD, "m/x",
					 RENAME_NOREPLACE | RENAME_EXCHANGE)));
	EXPECT_EQ(-EINVAL, ERR(renameat2(AT_FDCWD, "m/file", AT_FDCWD, "m/x", 8)));
	EXPECT_STREQ("dest dir dirlink file hard other", ls("m"));
}

/* Both names are one file: POSIX has rename do nothing then. */
TEST_F(special, hard_links)
{
	EXPECT_EQ(0, ERR(rename("m/file", "m/hard")));
	EXPECT_STREQ("lower", cat("m/file"));
	EXPECT_STREQ("lower", cat("m/hard"));
	EXPECT_EQ(0, append("m/file", "+"));
	EXPECT_STREQ("lower+", cat("m/hard"));
	EXPECT_EQ(0, ERR(rename("m/file", "m/hard")));
	EXPECT_TRUE(exists("m/file"));
	EXPECT_EQ(2, info("m/file").st_nlink);
	EXPECT_EQ(0, ERR(rename("m/file", "m/dest/moved")));
	EXPECT_EQ(2, info("m/hard").st_nlink);
	EXPECT_EQ(info("m/hard").st_ino, info("m/dest/moved").st_ino);
	EXPECT_EQ(0, ERR(rename("m/other", "m/dest/moved")));
	EXPECT_EQ(1, info("m/hard").st_nlink);
	ASSERT_EQ(0, union_remount());
	EXPECT_STREQ("other", cat("m/dest/moved"));
	EXPECT_STREQ("lower+", cat("m/hard"));
	EXPECT_EQ(1, info("m/hard").st_nlink);
	EXPECT_FALSE(exists("m/file"));
}

TEST_F(special, directories_move_far)
{
	char *tree_before, *tree_after;
	ino_t ino = info("m/dir").st_ino, deep = info("m/dir/sub/deep").st_ino;

	EXPECT_EQ(0, ERR(rename("m/dir", "m/moved")));
	EXPECT_STREQ("a sub", ls("m/moved"));
	EXPECT_EQ(0, ERR(rename("m/moved", "m/dest/again")));
	EXPECT_EQ(0, ERR(rename("m/dest/again/sub", "m/sub")));
	EXPECT_STREQ("a", ls("m/dest/again"));
	EXPECT_STREQ("deep", cat("m/sub/deep"));
	EXPECT_EQ(0, append("m/sub/deep", "+"));
	EXPECT_EQ(0, ERR(mkdir("m/dir", 0755)));
	EXPECT_STREQ("", ls("m/dir"));
	EXPECT_EQ(0, ERR(rename("m/sub", "m/dir/sub")));
	EXPECT_EQ(0, ERR(rename("m/dest", "m/dir/sub/dest")));
	EXPECT_EQ(ino, info("m/dir/sub/dest/again").st_ino);
	EXPECT_EQ(deep, info("m/dir/sub/deep").st_ino);
	tree_before = tree("m", TREE_INO);
	ASSERT_EQ(0, union_remount());
	tree_after = tree("m", TREE_INO);
	EXPECT_TRUE(same_tree(tree_before, tree_after));
	EXPECT_STREQ("deep+", cat("m/dir/sub/deep"));
	EXPECT_STREQ("la", cat("m/dir/sub/dest/again/a"));
	EXPECT_STREQ("deep dest", ls("m/dir/sub"));
	EXPECT_STREQ("sub", ls("m/dir"));
	EXPECT_STREQ("-> dir", fmt("-> %s", target("m/dirlink")));
	/* And back to where it was. */
	EXPECT_EQ(0, ERR(rename("m/dir/sub/dest", "m/dest")));
	EXPECT_EQ(0, ERR(rename("m/dir/sub", "m/dest/again/sub")));
	EXPECT_EQ(0, ERR(rmdir("m/dir")));
	EXPECT_EQ(0, ERR(rename("m/dest/again", "m/dir")));
	ASSERT_EQ(0, union_remount());
	EXPECT_STREQ("a sub", ls("m/dir"));
	EXPECT_STREQ("deep", ls("m/dir/sub"));
	EXPECT_STREQ("", ls("m/dest"));
	EXPECT_EQ(ino, info("m/dir").st_ino);
}

/* The parent that `..' names is the new one. */
TEST_F(special, dotdot)
{
	struct stat st;
	int fd = open("m/dir/sub", O_RDONLY | O_DIRECTORY);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ERR(rename("m/dir/sub", "m/dest/sub")));
	EXPECT_EQ(0, fstatat(fd, "..", &st, 0));
	EXPECT_EQ(info("m/dest").st_ino, st.st_ino);
	EXPECT_EQ(0, ERR(mkdirat(fd, "new", 0755)));
	EXPECT_TRUE(exists("m/dest/sub/new"));
	EXPECT_EQ(0, fstatat(fd, "deep", &st, 0));
	close(fd);
}

TEST_F(special, whiteout)
{
	struct stat st;
	long ret;

	ret = ERR(renameat2(AT_FDCWD, "m/file", AT_FDCWD, "m/dest/f",
			    RENAME_WHITEOUT));
	if (ret == -EINVAL && is_overlay())
		SKIP(return, "overlayfs has no RENAME_WHITEOUT");
	ASSERT_EQ(0, ret);
	EXPECT_STREQ("lower", cat("m/dest/f"));
	/* A whiteout of the one above, a device 0/0 here. */
	st = info("m/file");
	EXPECT_EQ(S_IFCHR, st.st_mode & S_IFMT);
	EXPECT_EQ(makedev(0, 0), st.st_rdev);
	ASSERT_EQ(0, union_remount());
	EXPECT_EQ(S_IFCHR, info("m/file").st_mode & S_IFMT);
	EXPECT_STREQ("lower", cat("m/dest/f"));
	EXPECT_EQ(0, ERR(renameat2(AT_FDCWD, "m/dir", AT_FDCWD, "m/dest/d",
				   RENAME_WHITEOUT)));
	EXPECT_EQ(S_IFCHR, info("m/dir").st_mode & S_IFMT);
	EXPECT_STREQ("a sub", ls("m/dest/d"));
	EXPECT_EQ(0, ERR(unlink("m/dir")));
	EXPECT_EQ(0, ERR(mkdir("m/dir", 0755)));
	EXPECT_STREQ("", ls("m/dir"));
	EXPECT_EQ(0, ERR(unlink("m/file")));
	EXPECT_FALSE(exists("m/file"));
}

TEST_F(special, open_files)
{
	int from = open("m/file", O_RDWR), to = open("m/other", O_RDONLY);
	char text[16] = "";
	struct stat st;

	EXPECT_EQ(0, ERR(unlink("m/hard")));
	EXPECT_EQ(0, ERR(rename("m/file", "m/other")));
	EXPECT_EQ(5, pread(to, text, sizeof(text), 0));
	EXPECT_STREQ("other", text);
	EXPECT_EQ(0, fstat(to, &st));
	EXPECT_EQ(0, st.st_nlink);
	EXPECT_EQ(3, pwrite(from, "new", 3, 5));
	EXPECT_STREQ("lowernew", cat("m/other"));
	close(from);
	close(to);
}

TEST_F(special, times)
{
	struct timespec past[2] = { { 1000, 0 }, { 1000, 0 } };
	struct stat before;

	EXPECT_EQ(0, utimensat(AT_FDCWD, "m/dir/sub", past, 0));
	EXPECT_EQ(0, utimensat(AT_FDCWD, "m/dir", past, 0));
	EXPECT_EQ(0, utimensat(AT_FDCWD, "m/dest", past, 0));
	before = info("m/dir/sub");
	usleep(20000);
	EXPECT_EQ(0, ERR(rename("m/dir/sub", "m/dest/sub")));
	EXPECT_LT(1000, info("m/dir").st_mtime);
	EXPECT_LT(1000, info("m/dest").st_mtime);
	EXPECT_EQ(1000, info("m/dest/sub").st_mtime);
	EXPECT_EQ(before.st_ino, info("m/dest/sub").st_ino);
}

TEST_F(special, permissions)
{
	EXPECT_EQ(0, ERR(chmod("m/dest", 0777)));
	EXPECT_EQ(-EACCES, AS(1000, rename("m/file", "m/dest/f")));
	EXPECT_EQ(0, ERR(chmod("m/dir", 0777)));
	EXPECT_EQ(0, AS(1000, rename("m/dir/a", "m/dest/a")));
	/* Its `..' changes, so a directory itself must be writable. */
	EXPECT_EQ(-EACCES, AS(1000, rename("m/dir/sub", "m/dest/sub")));
	EXPECT_EQ(0, AS(1000, rename("m/dir/sub", "m/dir/sub2")));
	EXPECT_STREQ("sub2", ls("m/dir"));
	EXPECT_STREQ("a", ls("m/dest"));
}

TEST_HARNESS_MAIN
