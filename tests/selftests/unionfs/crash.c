// SPDX-License-Identifier: GPL-2.0
/*
 * Crashes: the writes to the device of the upper branch are logged while files
 * are copied up, renamed, made and removed. What the device was at many
 * moments, with and without what had not been flushed, is mounted and looked
 * at: everything is old or new, and what was synced is there.
 *
 * From the environment: CRASH_SEED, CRASH_POINTS (moments), CRASH_OPS (of each
 * of two processes), CRASH_FS (ext4; xfs), CRASH_MOUNT (its mount options: with
 * nobarrier it has to fail). What is done follows from the seed, but not when the
 * journal is written: a seed may fail only now and then.
 */
#include <signal.h>
#include <time.h>

#include "crash.h"
#include "test.h"


static struct history history[WORKERS];
static unsigned int rng;
static int first;			/* entry from which on there is a union */

static const char *upper_fs(void)
{
	return getenv("CRASH_FS") ?: "ext4";
}

static int mount_union(const char *dir)
{
	return union_at(union_type(), "m", "l:l2", fmt("%s/u", dir),
			fmt("%s/w", dir), union_defaults());
}

static const char *fsck_program(void)
{
	static char path[4096];
	char *end;

	if (exists("/usr/sbin/fsck.unionfs"))
		return "/usr/sbin/fsck.unionfs";
	memset(path, 0, sizeof(path));
	if (readlink("/proc/self/exe", path, 4000) < 0)
		return NULL;
	end = strstr(path, "/selftests/");
	if (!end)
		return NULL;
	strcpy(end, "/utils/fsck.unionfs");
	return exists(path) ? path : NULL;
}

/*
 * What may be found: the data of a file whose copy-up has not ended. They may be
 * other data already, as what is written next is there before the mark has gone.
 */
static const char *fsck(void)
{
	static char line[1024], wrong[1024];
	const char *program = fsck_program();
	char here[512];
	FILE *out;

	wrong[0] = '\0';
	if (!program || !getcwd(here, sizeof(here)))
		return NULL;
	out = popen(fmt("cd / && %s -n -o lowerdir=%s/l:%s/l2,upperdir=%s/b/u,workdir=%s/b/w 2>&1",
			program, here, here, here, here), "r");
	while (out && fgets(line, sizeof(line), out))
		if (!strstr(line, " entries\n") && !wrong[0] &&
		    !(strstr(line, ": half copy: ") && strstr(line, " below")))
			strcpy(wrong, line);
	if (!out || pclose(out) & ~(4 << 8))
		return fmt("fsck failed: %s", wrong);
	wrong[strcspn(wrong, "\n")] = '\0';
	return *wrong ? wrong : NULL;
}

static const char *after(int worker)
{
	const char *path = fmt("m/%d/z", worker);

	return put(path, "after") || strcmp(cat(path), "after") ||
	       rename(path, fmt("m/%d/y", worker)) ||
	       unlink(fmt("m/%d/y", worker)) ? "it does not work afterwards" : NULL;
}

/* What is wrong after this crash, or NULL. */
static const char *look(const struct crash *crash, int ahead)
{
	const char *ret = NULL;
	int done[WORKERS] = { }, worker, op, i;
	long err;

	for (i = 0; i < crash->at; i++)
		if (log_entry[i].flags & LOG_MARK &&
		    sscanf(log_entry[i].data, "%d-%d", &worker, &op) == 2)
			done[worker] = op;
	crash_make(crash, &rng);
	err = ERR(mount(crash_device, "b", upper_fs(), 0, NULL));
	if (err)
		return fmt("%s: %s", upper_fs(), strerror(-err));
	/* So that what it refuses can be shown to be all that protects it. */
	if (is_overlay())
		RUN("rm", "-rf", "b/w/work/incompat");
	err = mount_union("b");
	if (err)
		ret = fmt("mount: %s", strerror(-err));
	if (!ret && !strstr(union_defaults(), "volatile") && *ls("b/w/work"))
		ret = fmt("the work directory has %s", ls("b/w/work"));
	for (worker = 0; worker < WORKERS && !ret; worker++) {
		i = done[worker] + ahead;
		if (i > history[worker].ops)
			i = history[worker].ops;
		ret = history_check(&history[worker], i) ?: after(worker);
	}
	if (!err && union_umount() && !ret)
		ret = "busy";
	if (!ret && !crash->lie)
		ret = fsck();
	if (umount("b"))
		return "b: busy";
	return ret;
}

/* After a mark, after a flush, or anywhere. */
static int any_point(void)
{
	int at = first + draw(&rng, log_entries - first + 1);
	uint64_t flags = (uint64_t[]){ LOG_MARK, LOG_FLUSH | LOG_FUA, 0 }[draw(&rng, 3)];

	while (flags && at < log_entries && !(log_entry[at - 1].flags & flags))
		at++;
	return at;
}

static int by_value(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* At @n moments; the number of those after which something is wrong. */
static int look_at(int n, bool lie, int ahead)
{
	int *point = calloc(n, sizeof(*point)), wrong = 0, i;
	struct crash crash = { .lie = lie };
	const char *what;

	for (i = 0; i < n; i++)
		point[i] = i ? any_point() : log_entries;
	qsort(point, n, sizeof(*point), by_value);
	for (i = 0; i < n; i++) {
		crash.at = point[i];
		crash.lose = lie ? 50 : 50 * draw(&rng, 3);
		what = look(&crash, ahead);
		if (!what)
			continue;
		wrong++;
		if (!lie && !ahead && wrong <= 10)
			printf("# entry %d of %d, %d %% lost: %s\n", crash.at,
			       log_entries, crash.lose, what);
	}
	free(point);
	return wrong;
}

static bool storm(unsigned int seed, int ops)
{
	pid_t pid[WORKERS], committer;
	bool good = true;
	int i;

	fflush(stdout);
	committer = fork();
	if (!committer)
		_exit(run_committer("b/tick", seed | 1));
	for (i = 0; i < WORKERS; i++) {
		pid[i] = fork();
		if (!pid[i])
			_exit(chdir("m") ? 1 : run_worker(seed, i, ops));
	}
	for (i = 0; i < WORKERS; i++)
		good = !wait_for(pid[i]) && good;
	kill(committer, SIGKILL);
	wait_for(committer);
	return good;
}

FIXTURE(crash)
{
	unsigned int seed;
	int ops, points;
};

FIXTURE_SETUP(crash)
{
	struct model start;
	int ret, i;

	STACK_OPEN("ext4");
	self->seed = setting("CRASH_SEED", time(NULL) & 0xffffff);
	self->ops = setting("CRASH_OPS", 300);
	self->points = setting("CRASH_POINTS", 50);
	TH_LOG("CRASH_SEED=%u CRASH_OPS=%d CRASH_POINTS=%d", self->seed, self->ops,
	       self->points);
	rng = self->seed | 1;
	for (i = 0; i < WORKERS; i++) {
		model_start(&start, self->seed, i, self->ops);
		ASSERT_EQ(0, populate(&start));
		history_make(&history[i], self->seed, i, self->ops);
	}
	ret = log_open(upper_fs(), strcmp(upper_fs(), "xfs") ? 32 : 320);
	if (ret == -ENOPKG)
		SKIP(return, "no dm-log-writes here");
	ASSERT_EQ(0, ret);
}

FIXTURE_TEARDOWN(crash)
{
	umount2("m", MNT_DETACH);
	umount2("b", MNT_DETACH);
	log_free();
	stack_close();
}

TEST_F_TIMEOUT(crash, storm, 1700)
{
	int n, lost, ahead;

	ASSERT_EQ(0, mkdir("b", 0755));
	ASSERT_EQ(0, ERR(mount(log_device, "b", upper_fs(), 0,
			       getenv("CRASH_MOUNT"))));
	ASSERT_EQ(0, mkdir("b/u", 0755));
	ASSERT_EQ(0, mkdir("b/w", 0755));
	ASSERT_EQ(0, mount_union("b"));
	sync();
	ASSERT_EQ(0, log_mark("start"));
	ASSERT_TRUE(storm(self->seed, self->ops));
	ASSERT_EQ(0, union_umount());
	ASSERT_EQ(0, umount("b"));
	ASSERT_EQ(0, log_close());
	while (first < log_entries && (!(log_entry[first].flags & LOG_MARK) ||
				       strcmp(log_entry[first].data, "start")))
		first++;
	ASSERT_LT(first, log_entries);
	EXPECT_EQ(0, look_at(self->points, false, 0));
	/* That this can fail: data are lost, or more is asked for than was done. */
	n = self->points / 10 + 2;
	lost = look_at(n, true, 0);
	ahead = look_at(n, false, 20);
	TH_LOG("%d entries; of %d lies each, %d and %d were noticed", log_entries, n,
	       lost, ahead);
	EXPECT_LT(0, lost);
	EXPECT_LT(0, ahead);
}

TEST_HARNESS_MAIN
