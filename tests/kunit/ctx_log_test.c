// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the log of a context: the ring, its numbers, its writers.
 */

#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/string.h>

#include "internal.h"

/* What a record takes beside its text, at most. */
#define OVERHEAD	32

static int log_init(struct kunit *test)
{
	struct ctx *ctx = ctx_alloc(CTX_ID_MAX, NULL);

	KUNIT_ASSERT_NOT_NULL(test, ctx);
	ctx->start_time = ktime_get_boottime_ns();
	test->priv = ctx;
	return 0;
}

static void log_exit(struct kunit *test)
{
	ctx_put(test->priv);
}

static struct ctx_log_line *new_line(struct kunit *test)
{
	struct ctx_log_line *line = kunit_kzalloc(test, sizeof(*line), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, line);
	return line;
}

/* "line NUMBER", with as many dots behind as its number says modulo @pad. */
static size_t make_text(char *text, u64 n, unsigned int pad)
{
	size_t len = scnprintf(text, CTX_LOG_TEXT_MAX + 1, "line %llu", n);
	size_t dots = pad ? n % pad : 0;

	memset(text + len, '.', dots);
	text[len + dots] = '\0';
	return len + dots;
}

/* Numbers are those of the log: the caller begins with an empty one. */
static void write_lines(struct kunit *test, u64 from, u64 to, unsigned int pad)
{
	char *text = kunit_kzalloc(test, CTX_LOG_TEXT_MAX + 1, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, text);
	for (; from <= to; from++)
		ctx_log_write(test->priv, 6, text, make_text(text, from, pad));
	kunit_kfree(test, text);
}

/*
 * How many lines there are behind a number, without a gap and each as it was
 * written, and how many bytes of text. The first one's number is in @first.
 */
static unsigned int count_lines(struct kunit *test, u64 after, unsigned int pad, u64 *first,
				size_t *bytes)
{
	struct ctx_log_line *line = new_line(test);
	char *text = kunit_kzalloc(test, CTX_LOG_TEXT_MAX + 1, GFP_KERNEL);
	unsigned int n = 0;
	u64 time = 0;

	KUNIT_ASSERT_NOT_NULL(test, text);
	*first = 0;
	for (*bytes = 0; ctx_log_next(test->priv, after, line); after = line->seq) {
		if (!n++)
			*first = line->seq;
		else
			KUNIT_EXPECT_EQ(test, line->seq, after + 1);
		KUNIT_EXPECT_EQ(test, line->len, make_text(text, line->seq, pad));
		KUNIT_EXPECT_STREQ(test, line->text, text);
		KUNIT_EXPECT_EQ(test, line->prio, 6);
		KUNIT_EXPECT_GE(test, line->time, time);
		time = line->time;
		*bytes += line->len;
	}
	return n;
}

static void ctx_test_empty(struct kunit *test)
{
	struct ctx_log_line *line = new_line(test);

	KUNIT_EXPECT_FALSE(test, ctx_log_next(test->priv, 0, line));
	KUNIT_EXPECT_FALSE(test, ctx_log_next(test->priv, U64_MAX, line));
	KUNIT_EXPECT_EQ(test, ctx_log_after(test->priv, 0), 0ULL);
	KUNIT_EXPECT_EQ(test, ctx_log_last(test->priv), 0ULL);

	ctx_log_write(test->priv, 6, "", 0);
	KUNIT_EXPECT_TRUE(test, ctx_log_next(test->priv, 0, line));
	KUNIT_EXPECT_EQ(test, line->seq, 1ULL);
	KUNIT_EXPECT_STREQ(test, line->text, "");
	KUNIT_EXPECT_EQ(test, ctx_log_after(test->priv, 0), 1ULL);
	KUNIT_EXPECT_EQ(test, ctx_log_after(test->priv, 1), 0ULL);
	KUNIT_EXPECT_EQ(test, ctx_log_last(test->priv), 1ULL);
}

/* Around the end of the ring many times, with records of all lengths. */
static void ctx_test_wrap(struct kunit *test)
{
	static const unsigned int pads[] = { 0, 8, 61, 200, 1000 };
	unsigned int n;
	size_t bytes;
	u64 first, last = 0;

	for (size_t i = 0; i < ARRAY_SIZE(pads); i++) {
		write_lines(test, last + 1, last + 5000, pads[i]);
		last += 5000;
		n = count_lines(test, last - 5000, pads[i], &first, &bytes);
		KUNIT_EXPECT_EQ(test, first, last + 1 - n);
		KUNIT_EXPECT_EQ(test, ctx_log_last(test->priv), last);
		/* As many as there is room for, and none of before. */
		KUNIT_EXPECT_LE(test, bytes + 24 * n, (size_t)CTX_LOG_BYTES);
		KUNIT_EXPECT_GE(test, bytes + OVERHEAD * n + 2 * (CTX_LOG_TEXT_MAX + OVERHEAD),
				(size_t)CTX_LOG_BYTES);
		KUNIT_EXPECT_EQ(test, ctx_log_after(test->priv, 0), first);
		KUNIT_EXPECT_EQ(test, count_lines(test, last - 1, pads[i], &first, &bytes), 1U);
		KUNIT_EXPECT_EQ(test, first, last);
	}
}

/* The counters of bytes are of 32 bits: their overflow is an offset as any other. */
static void ctx_test_overflow(struct kunit *test)
{
	struct ctx *ctx = test->priv;
	unsigned int n;
	size_t bytes;
	u64 first;

	ctx->log->head = U32_MAX - CTX_LOG_BYTES / 2 + 1;
	ctx->log->tail = ctx->log->head;
	write_lines(test, 1, 3000, 100);
	KUNIT_EXPECT_LT(test, ctx->log->head, (u32)INT_MAX);
	n = count_lines(test, 0, 100, &first, &bytes);
	KUNIT_EXPECT_GT(test, n, 100U);
	KUNIT_EXPECT_EQ(test, first, 3001ULL - n);
}

static void ctx_test_long(struct kunit *test)
{
	struct ctx_log_line *line = new_line(test);
	char *text = kunit_kzalloc(test, 2 * CTX_LOG_TEXT_MAX, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, text);
	memset(text, 'x', 2 * CTX_LOG_TEXT_MAX);
	for (int i = 1; i <= 100; i++) {
		ctx_log_write(test->priv, 30, text, 2 * CTX_LOG_TEXT_MAX);
		KUNIT_ASSERT_TRUE(test, ctx_log_next(test->priv, i - 1, line));
		KUNIT_EXPECT_EQ(test, line->seq, (u64)i);
		KUNIT_EXPECT_EQ(test, line->prio, 30);
		KUNIT_EXPECT_EQ(test, strspn(line->text, "x"), (size_t)CTX_LOG_TEXT_MAX);
		KUNIT_EXPECT_EQ(test, strlen(line->text), (size_t)CTX_LOG_TEXT_MAX);
	}
	KUNIT_EXPECT_GT(test, ctx_log_after(test->priv, 0), 80ULL);
}

/* What is only numbered takes no room, and leaves a gap. */
static void ctx_test_skip(struct kunit *test)
{
	struct ctx_log_line *line = new_line(test);

	ctx_log_write(test->priv, 6, "one", 3);
	for (int i = 0; i < 100000; i++)
		ctx_log_skip(test->priv);
	KUNIT_EXPECT_EQ(test, ctx_log_after(test->priv, 1), 0ULL);
	ctx_log_write(test->priv, 6, "two", 3);
	KUNIT_ASSERT_TRUE(test, ctx_log_next(test->priv, 0, line));
	KUNIT_EXPECT_STREQ(test, line->text, "one");
	KUNIT_ASSERT_TRUE(test, ctx_log_next(test->priv, 1, line));
	KUNIT_EXPECT_STREQ(test, line->text, "two");
	KUNIT_EXPECT_EQ(test, line->seq, 100002ULL);
}

/* A refusal is cut, and is text; a flood of them is numbered. */
static void ctx_test_refusal(struct kunit *test)
{
	struct ctx_log_line *line = new_line(test);
	struct ctx *ctx = test->priv;
	char text[300];
	int n = 0;

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	text[0] = '\033';
	KUNIT_EXPECT_EQ(test, ctx_refuse(ctx, CTX_REFUSED_QUOTA, "%s\n", text), -EPERM);
	KUNIT_EXPECT_EQ(test, atomic64_read(&ctx->refusals[CTX_REFUSED_QUOTA]), 1LL);
	KUNIT_ASSERT_TRUE(test, ctx_log_next(ctx, 0, line));
	KUNIT_EXPECT_EQ(test, strlen(line->text), (size_t)191);
	KUNIT_EXPECT_NOT_NULL(test, strstr(line->text, ": ?xxx"));
	for (int i = 0; i < 1000; i++)
		ctx_refuse(ctx, CTX_REFUSED_QUOTA, "again");
	KUNIT_EXPECT_EQ(test, atomic64_read(&ctx->refusals[CTX_REFUSED_QUOTA]), 1001LL);
	KUNIT_EXPECT_EQ(test, ctx_log_last(ctx), 1001ULL);
	for (u64 seq = 0; ctx_log_next(ctx, seq, line); seq = line->seq)
		n++;
	KUNIT_EXPECT_GE(test, n, 20);
	KUNIT_EXPECT_LE(test, n, 60);
}

#define WRITERS		4
#define LINES_EACH	5000

struct writer {
	struct ctx		*ctx;
	int			nr;
	struct completion	done;
};

static int run_writer(void *data)
{
	struct writer *w = data;
	char text[64];
	int len;

	for (int i = 0; i < LINES_EACH; i++) {
		len = scnprintf(text, sizeof(text), "%d %d %.*s", w->nr, i, i % 32,
				"................................");
		ctx_log_write(w->ctx, w->nr, text, len);
	}
	complete(&w->done);
	return 0;
}

/* No line is torn, each writer's are in order, and numbers have no gap. */
static void check_read(struct kunit *test, struct ctx_log_line *line, u64 *seq, int *last)
{
	int nr, i, end = 0;

	/* Without an assertion: the writers must be waited for. */
	*seq = line->seq;
	if (sscanf(line->text, "%d %d %n", &nr, &i, &end) != 2 || nr < 0 || nr >= WRITERS) {
		KUNIT_FAIL(test, "%s", line->text);
		return;
	}
	KUNIT_EXPECT_EQ(test, line->prio, nr);
	KUNIT_EXPECT_GT(test, i, last[nr]);
	KUNIT_EXPECT_EQ(test, strlen(line->text), (size_t)line->len);
	KUNIT_EXPECT_EQ(test, strlen(line->text + end), (size_t)(i % 32));
	last[nr] = i;
}

static void ctx_test_writers(struct kunit *test)
{
	struct writer *writers = kunit_kzalloc(test, WRITERS * sizeof(*writers), GFP_KERNEL);
	struct ctx_log_line *line = new_line(test);
	int last[WRITERS] = { -1, -1, -1, -1 };
	struct task_struct *task;
	int running = WRITERS;
	bool done = false;
	u64 seq = 0;

	KUNIT_ASSERT_NOT_NULL(test, writers);
	for (int i = 0; i < WRITERS; i++) {
		writers[i].ctx = test->priv;
		writers[i].nr = i;
		init_completion(&writers[i].done);
		task = kthread_run(run_writer, &writers[i], "ctx-log-%d", i);
		if (IS_ERR(task)) {
			complete(&writers[i].done);
			running--;
		}
	}
	while (!done) {
		done = ctx_log_last(test->priv) == running * LINES_EACH;
		while (ctx_log_next(test->priv, seq, line))
			check_read(test, line, &seq, last);
		usleep_range(10, 100);
	}
	for (int i = 0; i < WRITERS; i++)
		wait_for_completion(&writers[i].done);
	KUNIT_EXPECT_EQ(test, running, WRITERS);
	KUNIT_EXPECT_EQ(test, seq, (u64)WRITERS * LINES_EACH);
}

static struct kunit_case ctx_log_test_cases[] = {
	KUNIT_CASE(ctx_test_empty),
	KUNIT_CASE(ctx_test_wrap),
	KUNIT_CASE(ctx_test_overflow),
	KUNIT_CASE(ctx_test_long),
	KUNIT_CASE(ctx_test_skip),
	KUNIT_CASE(ctx_test_refusal),
	KUNIT_CASE(ctx_test_writers),
	{}
};

static struct kunit_suite ctx_log_test_suite = {
	.name = "ctx_log",
	.init = log_init,
	.exit = log_exit,
	.test_cases = ctx_log_test_cases,
};

kunit_test_suite(ctx_log_test_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("KUnit tests of the log of a context");
MODULE_LICENSE("GPL");
