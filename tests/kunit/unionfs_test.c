// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of unionfs: lists of names, numbers, and what is on disk. */

#include <kunit/test.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <linux/module.h>

#include "dirlist.h"
#include "merge.h"

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);

static void free_list(void *list)
{
	unionfs_list_free(list);
}

static struct unionfs_list *new_list(struct kunit *test)
{
	struct unionfs_list *list = unionfs_list_new();

	KUNIT_ASSERT_NOT_NULL(test, list);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_list,
							   list));
	return list;
}

static int add(struct unionfs_list *list, const char *name, bool white)
{
	return PTR_ERR_OR_ZERO(unionfs_list_add(list, name, strlen(name),
						DT_REG, white));
}

/* Names from a position on, each followed by a space. */
static const char *names_from(struct unionfs_list *list, loff_t pos)
{
	static char text[200];
	struct unionfs_name *name;

	text[0] = '\0';
	while ((name = unionfs_list_at(list, pos))) {
		strlcat(text, name->name, sizeof(text));
		strlcat(text, " ", sizeof(text));
		pos = name->pos + 1;
	}
	return text;
}

/* What is above hides what is below, and keeps its place in the order. */
static void unionfs_test_merge(struct kunit *test)
{
	struct unionfs_list *list = new_list(test);

	KUNIT_EXPECT_EQ(test, 0, add(list, "upper", false));
	KUNIT_EXPECT_EQ(test, 0, add(list, "gone", true));
	KUNIT_EXPECT_EQ(test, 0, add(list, "both", false));
	KUNIT_EXPECT_EQ(test, -EEXIST, add(list, "gone", false));
	KUNIT_EXPECT_EQ(test, -EEXIST, add(list, "both", false));
	KUNIT_EXPECT_EQ(test, 0, add(list, "lower", false));
	KUNIT_EXPECT_STREQ(test, "upper both lower ", names_from(list, 0));
	unionfs_list_finish(list);
	KUNIT_EXPECT_NULL(test, unionfs_list_find(list, "gone", 4));
	KUNIT_EXPECT_NOT_NULL(test, unionfs_list_find(list, "both", 4));
	KUNIT_EXPECT_STREQ(test, "upper both lower ", names_from(list, 0));
}

/* A name keeps its position whatever comes and goes. */
static void unionfs_test_positions(struct kunit *test)
{
	struct unionfs_list *list = new_list(test);
	struct unionfs_name *c;
	loff_t pos;

	add(list, "a", false);
	add(list, "b", false);
	add(list, "c", false);
	c = unionfs_list_find(list, "c", 1);
	KUNIT_ASSERT_NOT_NULL(test, c);
	pos = c->pos;
	unionfs_list_del(list, "a", 1);
	unionfs_list_del(list, "never there", 11);
	add(list, "d", false);
	KUNIT_EXPECT_EQ(test, pos, unionfs_list_find(list, "c", 1)->pos);
	KUNIT_EXPECT_STREQ(test, "b c d ", names_from(list, 0));
	KUNIT_EXPECT_STREQ(test, "c d ", names_from(list, pos));
	/* The position of one that is gone leads to the next. */
	unionfs_list_del(list, "c", 1);
	KUNIT_EXPECT_STREQ(test, "d ", names_from(list, pos));
	/* The same name again is at the end. */
	add(list, "a", false);
	KUNIT_EXPECT_STREQ(test, "b d a ", names_from(list, 0));
	KUNIT_EXPECT_STREQ(test, "", names_from(list, LLONG_MAX));
}

static void unionfs_test_many(struct kunit *test)
{
	struct unionfs_list *list = new_list(test);
	struct unionfs_name *name;
	int i, n = 0;
	loff_t pos;
	char text[16];

	for (i = 0; i < 3000; i++) {
		scnprintf(text, sizeof(text), "%x", i * 7919);
		KUNIT_ASSERT_EQ(test, 0, add(list, text, i % 3 == 0));
	}
	unionfs_list_finish(list);
	for (pos = 0; (name = unionfs_list_at(list, pos)); pos = name->pos + 1)
		n++;
	KUNIT_EXPECT_EQ(test, 2000, n);
	/* Whatever is added and removed later, none is lost or seen twice. */
	for (i = 0; i < 3000; i++) {
		scnprintf(text, sizeof(text), "%x", i * 7919);
		unionfs_list_del(list, text, strlen(text));
		scnprintf(text, sizeof(text), "+%x", i);
		KUNIT_ASSERT_EQ(test, 0, add(list, text, false));
		if (i % 2)
			unionfs_list_del(list, text, strlen(text));
	}
	for (n = 0, pos = 0; (name = unionfs_list_at(list, pos));
	     pos = name->pos + 1)
		n++;
	KUNIT_EXPECT_EQ(test, 1500, n);
	KUNIT_EXPECT_NULL(test, unionfs_list_find(list, text, strlen(text)));
}

static void unionfs_test_numbers(struct kunit *test)
{
	u64 high = 1ULL << 63 | 5;

	/* One filesystem: its own numbers, all of them. */
	KUNIT_EXPECT_EQ(test, high, unionfs_map_ino(0, 0, high));
	/* Several: the low bits tell them apart. */
	KUNIT_EXPECT_EQ(test, 10, unionfs_map_ino(1, 0, 5));
	KUNIT_EXPECT_EQ(test, 11, unionfs_map_ino(1, 1, 5));
	KUNIT_EXPECT_NE(test, unionfs_map_ino(9, 300, 5),
			unionfs_map_ino(9, 299, 5));
	/* High bits are not lost. */
	KUNIT_EXPECT_NE(test, unionfs_map_ino(1, 0, high),
			unionfs_map_ino(1, 0, 5));
}

static void unionfs_test_devices(struct kunit *test)
{
	dev_t null = MKDEV(1, 3), white = WHITEOUT_DEV;
	dev_t kept = unionfs_dev_to_branch(S_IFCHR, white);

	KUNIT_EXPECT_NE(test, kept, white);
	KUNIT_EXPECT_EQ(test, white, unionfs_dev_from_branch(S_IFCHR, kept));
	kept = unionfs_dev_to_branch(S_IFCHR, MKDEV(0, 7));
	KUNIT_EXPECT_EQ(test, MKDEV(0, 7),
			unionfs_dev_from_branch(S_IFCHR, kept));
	KUNIT_EXPECT_EQ(test, null, unionfs_dev_to_branch(S_IFCHR, null));
	KUNIT_EXPECT_EQ(test, white, unionfs_dev_to_branch(S_IFBLK, white));
}

static void unionfs_test_redirects(struct kunit *test)
{
	static const char * const good[] = {
		"a", "/a", "/a/b", "...", "/..a/b..", "a b",
	};
	static const char * const bad[] = {
		"", ".", "..", "/", "//", "/a/", "a/b", "/a//b", "/./a",
		"/a/../b", "/..", "/a/.",
	};
	char text[NAME_MAX + 10];
	int i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		strscpy(text, good[i], sizeof(text));
		KUNIT_EXPECT_EQ_MSG(test, 0,
				    unionfs_check_redirect(text, strlen(text)),
				    "%s", text);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		strscpy(text, bad[i], sizeof(text));
		KUNIT_EXPECT_EQ_MSG(test, -EIO,
				    unionfs_check_redirect(text, strlen(text)),
				    "%s", text);
	}
	/* A null byte inside, and a name that no directory can have. */
	memcpy(text, "/a\0b", 5);
	KUNIT_EXPECT_EQ(test, -EIO, unionfs_check_redirect(text, 4));
	memset(text, 'x', sizeof(text));
	text[0] = '/';
	text[NAME_MAX + 2] = '\0';
	KUNIT_EXPECT_EQ(test, -EIO, unionfs_check_redirect(text, NAME_MAX + 2));
}

static void unionfs_test_links(struct kunit *test)
{
	static const char * const bad[] = {
		"", "U", "L", "U5", "L5", "X+1", "U+", "U+x", "U+1x", "U-4",
		"L-3", "U+99999999999", "u+1",
	};
	unsigned int n = 77;
	int i;

	KUNIT_EXPECT_EQ(test, 0, unionfs_parse_nlink("U+0", 3, 2, &n));
	KUNIT_EXPECT_EQ(test, 3, n);
	KUNIT_EXPECT_EQ(test, 0, unionfs_parse_nlink("U-1", 3, 2, &n));
	KUNIT_EXPECT_EQ(test, 2, n);
	KUNIT_EXPECT_EQ(test, 0, unionfs_parse_nlink("L+40", 3, 2, &n));
	KUNIT_EXPECT_EQ(test, 42, n);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
				    unionfs_parse_nlink(bad[i], 3, 2, &n),
				    "%s", bad[i]);
	KUNIT_EXPECT_EQ(test, 42, n);
}

static void unionfs_test_handles(struct kunit *test)
{
	struct unionfs_fh fh = {
		.disk = { .magic = UNIONFS_FH_MAGIC, .type = 1 },
	};
	const int len = sizeof(fh.disk) + 8;
	char name[2 * sizeof(fh.disk) + 17];

	fh.disk.len = len;
	fh.disk.flags = UNIONFS_FH_ANY_ENDIAN;
	KUNIT_EXPECT_EQ(test, 0, unionfs_check_fh(&fh.disk, len));
	KUNIT_EXPECT_EQ(test, -EINVAL, unionfs_check_fh(&fh.disk, len - 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, unionfs_check_fh(&fh.disk, 4));
	unionfs_index_name(&fh.disk, name);
	KUNIT_EXPECT_EQ(test, 2 * len, strlen(name));
	KUNIT_EXPECT_EQ(test, 0, strncmp(name, "00fb1d0201", 10));
	fh.disk.flags = 0x80;
	KUNIT_EXPECT_EQ(test, -ENODATA, unionfs_check_fh(&fh.disk, len));
	fh.disk.flags = UNIONFS_FH_ANY_ENDIAN;
	fh.disk.version = 1;
	KUNIT_EXPECT_EQ(test, -ENODATA, unionfs_check_fh(&fh.disk, len));
	fh.disk.magic = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, unionfs_check_fh(&fh.disk, len));
}

static struct kunit_case unionfs_test_cases[] = {
	KUNIT_CASE(unionfs_test_merge),
	KUNIT_CASE(unionfs_test_positions),
	KUNIT_CASE(unionfs_test_many),
	KUNIT_CASE(unionfs_test_numbers),
	KUNIT_CASE(unionfs_test_devices),
	KUNIT_CASE(unionfs_test_redirects),
	KUNIT_CASE(unionfs_test_links),
	KUNIT_CASE(unionfs_test_handles),
	{}
};

static struct kunit_suite unionfs_test_suite = {
	.name = "unionfs",
	.test_cases = unionfs_test_cases,
};

kunit_test_suite(unionfs_test_suite);

MODULE_DESCRIPTION("KUnit tests of unionfs");
MODULE_LICENSE("GPL");
