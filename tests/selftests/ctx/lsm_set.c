// SPDX-License-Identifier: GPL-2.0
/* What is granted, as NEW and SET take it and GET tells it; and the log. */
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "harness.h"
#include "lsm.h"

RIG_FIXTURE(set, 0)

static const struct ctx_device devices[] = {
	{ 'b', 7, 0, CTX_DEVICE_READ },
	{ 'c', CTX_DEVICE_ANY, CTX_DEVICE_ANY, 0 },
	{ 'c', 200, CTX_DEVICE_ANY, CTX_DEVICE_READ | CTX_DEVICE_WRITE | CTX_DEVICE_MKNOD },
};

static const struct grants all = {
	HAVE(CAPS) | HAVE(FEATURES) | HAVE(NETFILTER) | HAVE(DEVICES),
	(1ULL << 41) - 1, CTX_FEATURES_ALL, CTX_NETFILTER_FULL, devices, 3, NULL,
};

static void expect_grants(struct __test_metadata *_metadata, const struct info *info,
			  const struct grants *grants)
{
	EXPECT_EQ(grants->caps, info->caps);
	EXPECT_EQ(grants->features, info->features);
	EXPECT_EQ(grants->netfilter, info->netfilter);
	ASSERT_EQ(grants->n_devices, info->n_devices);
	EXPECT_EQ(0, memcmp(info->devices, grants->devices ?: devices,
			    grants->n_devices * sizeof(*devices)));
}

#define EXPECT_GRANTS(grants) do {					\
	struct info info_;						\
	ASSERT_EQ(0, ctx_get(&self->rig->client, ID_A, &info_));	\
	expect_grants(_metadata, &info_, grants);			\
} while (0)

static const struct grants defaults = {
	.caps = CTX_CAPS_DEFAULT, .netfilter = CTX_NETFILTER_STATEFUL,
};

TEST_F(set, set)
{
	struct client *client = &self->rig->client;
	struct grants want = all;
	struct info info;
	unsigned int i;

	EXPECT_GRANTS(&defaults);
	ASSERT_EQ(0, ctx_get(client, ID_A, &info));
	ASSERT_EQ(__CTX_REFUSED_MAX, info.n_refusals);
	for (i = 0; i < info.n_refusals; i++)
		EXPECT_EQ(0, info.refusals[i]);

	ASSERT_EQ(0, ctx_grant(client, ID_A, &all));
	EXPECT_GRANTS(&all);
	/* One at a time, the others stay. */
	want.caps = 0;
	want.have = HAVE(CAPS);
	ASSERT_EQ(0, ctx_grant(client, ID_A, &want));
	EXPECT_GRANTS(&want);
	want.features = FEATURE(BPF);
	want.have = HAVE(FEATURES);
	ASSERT_EQ(0, ctx_grant(client, ID_A, &want));
	EXPECT_GRANTS(&want);
	want.netfilter = CTX_NETFILTER_DISABLED;
	want.have = HAVE(NETFILTER);
	ASSERT_EQ(0, ctx_grant(client, ID_A, &want));
	EXPECT_GRANTS(&want);
	want.n_devices = 0;
	want.have = HAVE(DEVICES);
	ASSERT_EQ(0, ctx_grant(client, ID_A, &want));
	EXPECT_GRANTS(&want);
	ASSERT_EQ(0, ctx_set(client, ID_A, "name"));
	EXPECT_GRANTS(&want);
	/* The neighbour has what it had. */
	ASSERT_EQ(0, ctx_get(client, ID_B, &info));
	expect_grants(_metadata, &info, &defaults);
	EXPECT_EQ(-ENOENT, ctx_grant(client, ID_B + 1, &all));
}

static const struct ctx_device bad_devices[][2] = {
	{ { 'b', 1, 1, 0 }, { 'x', 1, 1, 7 } },
	{ { 'b', 1, 1, 0 }, { 0, 1, 1, 7 } },
	{ { 'c' + 256, 1, 1, 0 }, { 'b', 1, 1, 0 } },
	{ { 'b', 1, 1, 8 }, { 'b', 1, 1, 0 } },
	{ { 'c', 1, 1, 0xffffffff }, { 'b', 1, 1, 0 } },
};

static const struct grants bad[] = {
	{ HAVE(CAPS), .caps = 1ULL << 41 },
	{ HAVE(CAPS), .caps = ~0ULL },
	{ HAVE(FEATURES), .features = CTX_FEATURES_ALL + 1 },
	{ HAVE(FEATURES), .features = 1ULL << 63 },
	{ HAVE(NETFILTER), .netfilter = CTX_NETFILTER_FULL + 1 },
	{ HAVE(NETFILTER), .netfilter = 0xffffffff },
	{ HAVE(DEVICES), .devices = bad_devices[0], .n_devices = 2 },
	{ HAVE(DEVICES), .devices = bad_devices[1], .n_devices = 2 },
	{ HAVE(DEVICES), .devices = bad_devices[2], .n_devices = 2 },
	{ HAVE(DEVICES), .devices = bad_devices[3], .n_devices = 2 },
	{ HAVE(DEVICES), .devices = bad_devices[4], .n_devices = 2 },
};

/* SET, or NEW for the pidfd of a process, with a name and a part of the devices. */
static int send_bytes(struct client *client, uint32_t id, int pidfd, const void *data,
		      size_t size)
{
	struct nl_msg *msg = client_message(client, pidfd < 0 ? CTX_CMD_SET : CTX_CMD_NEW, 0);

	nla_put_u32(msg, CTX_A_ID, id);
	if (pidfd >= 0)
		nla_put_s32(msg, CTX_A_PIDFD, pidfd);
	nla_put_string(msg, CTX_A_NAME, "changed");
	nla_put(msg, CTX_A_DEVICES, size, data);
	return client_call(client, msg, NULL, NULL);
}

TEST_F(set, all_or_nothing)
{
	struct client *client = &self->rig->client;
	struct ctx_device many[CTX_DEVICES_MAX + 1];
	struct grants want, full;
	struct info info, after;
	struct nl_msg *msg;
	struct box box;
	unsigned int i;

	for (i = 0; i < CTX_DEVICES_MAX + 1; i++)
		many[i] = (struct ctx_device){ 'b', i, i, i % 8 };
	full = all;
	full.devices = many;
	full.n_devices = CTX_DEVICES_MAX;
	ASSERT_EQ(0, ctx_grant(client, ID_A, &full));
	EXPECT_GRANTS(&full);
	ASSERT_EQ(0, ctx_get(client, ID_A, &info));

	ASSERT_EQ(0, box_open(&box, BOX_NS, box_pause, NULL));
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		/* All else in the message is right. */
		want = defaults;
		want.have = full.have;
		want.devices = devices;
		want.n_devices = 3;
		if (bad[i].have & HAVE(CAPS))
			want.caps = bad[i].caps;
		if (bad[i].have & HAVE(FEATURES))
			want.features = bad[i].features;
		if (bad[i].have & HAVE(NETFILTER))
			want.netfilter = bad[i].netfilter;
		if (bad[i].have & HAVE(DEVICES)) {
			want.devices = bad[i].devices;
			want.n_devices = bad[i].n_devices;
		}
		EXPECT_GT(0, ctx_grant(client, ID_A, &want)) TH_LOG("bad %u", i);
		EXPECT_STRNE("", client->message);
		EXPECT_GT(0, ctx_new_with(client, ID_B + 1, box.pidfd, &want))
			TH_LOG("bad %u", i);
	}
	EXPECT_GT(0, send_bytes(client, ID_A, -1, many, sizeof(many)));
	EXPECT_EQ(-EINVAL, send_bytes(client, ID_A, -1, many, 15));
	EXPECT_EQ(-EINVAL, send_bytes(client, ID_A, -1, many, 17));
	EXPECT_EQ(-EINVAL, send_bytes(client, ID_B + 1, box.pidfd, many, 1));
	msg = client_message(client, CTX_CMD_SET, 0);
	nla_put_u32(msg, CTX_A_ID, ID_A);
	EXPECT_EQ(-EINVAL, client_call(client, msg, NULL, NULL));
	/* What is only told cannot be set. */
	msg = client_message(client, CTX_CMD_SET, 0);
	nla_put_u32(msg, CTX_A_ID, ID_A);
	nla_put_string(msg, CTX_A_NAME, "changed");
	nla_put(msg, CTX_A_REFUSALS, 8, many);
	EXPECT_EQ(-EINVAL, client_call(client, msg, NULL, NULL));

	ASSERT_EQ(0, ctx_get(client, ID_A, &after));
	/* What is held is what the process does, and not what was asked for. */
	memset(info.beans, 0, sizeof(info.beans));
	memset(after.beans, 0, sizeof(after.beans));
	EXPECT_EQ(0, memcmp(&info, &after, sizeof(info)));
	EXPECT_EQ(-ENOENT, ctx_get(client, ID_B + 1, &after));
	EXPECT_EQ(0, ctx_of_pid(box.pid));

	/* And NEW with all of it. */
	ASSERT_EQ(0, ctx_new_with(client, ID_B + 1, box.pidfd, &full));
	ASSERT_EQ(0, ctx_get(client, ID_B + 1, &after));
	expect_grants(_metadata, &after, &full);
	box_close(&box);
}

static long inside_set(long id)
{
	struct client client;
	long ret = client_open(&client);

	ret = ret ?: ctx_grant(&client, id, &all);
	client_close(&client);
	return ret;
}

static long inside_get(long info)
{
	struct client client;
	long ret = client_open(&client);

	ret = ret ?: ctx_get(&client, 0, (struct info *)info);
	client_close(&client);
	return ret;
}

TEST_F(set, inside)
{
	struct info *info = (struct info *)self->rig->text;
	struct rig *rig = self->rig;

	EXPECT_REFUSED(&rig->a, EPERM, 0, NOTHING, inside_set, ID_A);
	EXPECT_REFUSED(&rig->a, EPERM, 0, NOTHING, inside_set, ID_B);
	EXPECT_EQ(-EPERM, call(&rig->h, inside_set, ID_A));
	EXPECT_GRANTS(&defaults);
	ASSERT_EQ(0, grant_features(rig, FEATURE(TUN)));
	EXPECT_EQ(0, call(&rig->a, inside_get, (long)info));
	EXPECT_EQ(FEATURE(TUN), info->features);
	EXPECT_EQ(__CTX_REFUSED_MAX, info->n_refusals);
}

/* What a log says; in memory that sides see. */
struct log {
	int lines, disorder;
	uint64_t last, first, time;
	char text[CTX_LOG_TEXT_MAX + 1];	/* of the last one */
	int error;
};

static void read_line(const struct info *info, void *data)
{
	struct log *log = data;

	if (!log->lines++)
		log->first = info->log_seq;
	if (info->log_seq <= log->last || info->log_time < log->time)
		log->disorder++;
	log->last = info->log_seq;
	log->time = info->log_time;
	strcpy(log->text, info->log_text);
}

static int read_log(struct rig *rig, uint32_t id, struct log *log)
{
	memset(log, 0, sizeof(*log));
	return ctx_log(&rig->client, id, read_line, log);
}

static long inside_log(long to)
{
	struct log *log = (struct log *)to;
	struct client client;
	long ret = client_open(&client);

	memset(log, 0, sizeof(*log));
	ret = ret ?: ctx_log(&client, 0, read_line, log);
	client_close(&client);
	return ret;
}

static long inside_log_of(long id)
{
	struct client client;
	struct log log = { 0 };
	long ret = client_open(&client);

	ret = ret ?: ctx_log(&client, id, read_line, &log);
	client_close(&client);
	return ret ?: log.lines;
}

static long be_refused(long times)
{
	while (times-- > 0)
		if (!chroot("/") || errno != EPERM)
			return -EINVAL;
	return 0;
}

static long rename_self(long unused)
{
	FILE *file = fopen("/proc/self/comm", "w");

	(void)unused;
	if (!file)
		return -errno;
	fputs("a\nb\033[31m", file);
	fclose(file);
	return 0;
}

TEST_F(set, log)
{
	struct log *inside = (struct log *)self->rig->text, log;
	struct rig *rig = self->rig;
	char want[128];
	int start;

	/* The lines of the start, which are the same for all. */
	ASSERT_EQ(0, read_log(rig, ID_A, &log));
	EXPECT_EQ(1, log.first);
	start = log.lines;
	EXPECT_EQ(start, log.last);
	snprintf(want, sizeof(want), "ctx %u: started", ID_A);
	EXPECT_STREQ(want, log.text);
	ASSERT_EQ(0, grant_caps(rig, CTX_CAPS_DEFAULT & ~(1ULL << 18)));
	ASSERT_EQ(0, call(&rig->a, be_refused, 1));
	ASSERT_EQ(0, read_log(rig, ID_A, &log));
	EXPECT_EQ(start + 1, log.lines);
	EXPECT_EQ(start + 1, log.last);
	snprintf(want, sizeof(want), "%u: refused capability: ctx_lsm_set[%d] uid 0: capability 18",
		 ID_A, rig->a.pid);
	EXPECT_STREQ(want, log.text);
	EXPECT_LT(0, log.time);
	EXPECT_GT(60000000000ULL, log.time);

	/* A name that would speak to the reader's terminal, or fake a line. */
	ASSERT_EQ(0, call(&rig->a, rename_self, 0));
	ASSERT_EQ(0, call(&rig->a, be_refused, 1));
	ASSERT_EQ(0, read_log(rig, ID_A, &log));
	EXPECT_EQ(start + 2, log.lines);
	EXPECT_EQ(NULL, strpbrk(log.text, "\n\033"));
	EXPECT_NE(NULL, strstr(log.text, ": a?b?[31m["));

	/* From inside: one's own, not others', and not whether there are any. */
	EXPECT_EQ(0, call(&rig->a2, inside_log, (long)inside));
	EXPECT_EQ(start + 2, inside->lines);
	EXPECT_STREQ(log.text, inside->text);
	EXPECT_EQ(start + 2, call(&rig->a, inside_log_of, ID_A));
	EXPECT_EQ(-EPERM, call(&rig->a, inside_log_of, ID_B));
	EXPECT_EQ(-EPERM, call(&rig->a, inside_log_of, ID_B + 1));
	EXPECT_EQ(-EPERM, call(&rig->b, inside_log_of, ID_A));
	EXPECT_EQ(-EPERM, call(&rig->h, inside_log_of, ID_A));
	EXPECT_EQ(-ENOENT, read_log(rig, ID_B + 1, &log));
	EXPECT_EQ(-ENOENT, read_log(rig, 0, &log));
	ASSERT_EQ(0, read_log(rig, ID_B, &log));
	EXPECT_EQ(start, log.lines);
}

TEST_F(set, flood)
{
	struct rig *rig = self->rig;
	struct info info;
	struct log log;
	uint64_t last;
	int start;

	ASSERT_EQ(0, read_log(rig, ID_A, &log));
	start = log.lines;
	ASSERT_EQ(0, grant_caps(rig, CTX_CAPS_DEFAULT & ~(1ULL << 18)));
	/* Two at once; all are counted, the beginning is written. */
	call_begin(&rig->a, be_refused, 200);
	call_begin(&rig->a2, be_refused, 200);
	EXPECT_EQ(0, call_end(&rig->a));
	EXPECT_EQ(0, call_end(&rig->a2));
	ASSERT_EQ(0, ctx_get(&rig->client, ID_A, &info));
	EXPECT_EQ(400, info.refusals[CTX_REFUSED_CAPABILITY]);
	ASSERT_EQ(0, read_log(rig, ID_A, &log));
	EXPECT_EQ(0, log.disorder);
	EXPECT_EQ(1, log.first);
	EXPECT_LE(start + 20, log.lines);
	EXPECT_GE(start + 40, log.lines);
	last = log.last;

	/* Later there is a line again, and its number tells of the gap. */
	sleep(6);
	EXPECT_EQ(0, call(&rig->a, be_refused, 1));
	ASSERT_EQ(0, read_log(rig, ID_A, &log));
	EXPECT_EQ(0, log.disorder);
	EXPECT_EQ(1, log.first);
	EXPECT_EQ(start + 401, log.last);
	EXPECT_LT(last, log.last);
}

TEST_HARNESS_MAIN
