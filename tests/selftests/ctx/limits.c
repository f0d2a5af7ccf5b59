// SPDX-License-Identifier: GPL-2.0
/* Beancounters: CTX_A_LIMITS, CTX_A_BEANS, /proc/user_beancounters, the event. */
#include <errno.h>
#include <fcntl.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "box.h"
#include "client.h"
#include "harness.h"

#define ID 15000
#define OTHER 15001
#define LIMIT(name, b, l)	{ CTX_RES_##name, 0, b, l }
#define COUNT(array)		(sizeof(array) / sizeof((array)[0]))

static const unsigned int shown[] = {
	CTX_RES_KMEMSIZE, CTX_RES_NUMPROC, CTX_RES_PHYSPAGES, CTX_RES_VMGUARPAGES,
	CTX_RES_OOMGUARPAGES, CTX_RES_SWAPPAGES, CTX_RES_NUMCGROUP,
};

/* Their barrier is the guarantee, of which there is none by default. */
static bool guaranteed(unsigned int resource)
{
	return resource == CTX_RES_VMGUARPAGES || resource == CTX_RES_OOMGUARPAGES;
}

static bool only_shown(unsigned int resource)
{
	for (size_t i = 0; i < COUNT(shown); i++)
		if (shown[i] == resource)
			return true;
	return false;
}

FIXTURE(limits)
{
	struct client client;
	struct box box;
};

FIXTURE_SETUP(limits)
{
	ASSERT_EQ(0, client_open(&self->client));
	ASSERT_TRUE(EVENTUALLY(ctx_count(&self->client, ID) == 0));
	ASSERT_EQ(0, box_open(&self->box, BOX_NS, box_pause, NULL));
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, NULL, 0));
}

FIXTURE_TEARDOWN(limits)
{
	box_close(&self->box);
	client_close(&self->client);
}

TEST_F(limits, none_at_first)
{
	struct info info;

	ASSERT_EQ(0, ctx_get(&self->client, ID, &info));
	ASSERT_EQ(__CTX_RES_MAX, info.n_beans);
	for (unsigned int i = 0; i < info.n_beans; i++) {
		/* Without a group of its own nothing is told of its ancestors'. */
		EXPECT_EQ(CTX_UNLIMITED, info.beans[i].limit);
		EXPECT_EQ(guaranteed(i) ? 0 : CTX_UNLIMITED, info.beans[i].barrier);
		EXPECT_EQ(0, info.beans[i].failcnt);
		EXPECT_GE(info.beans[i].maxheld, info.beans[i].held);
	}
	EXPECT_FALSE(HAS(&info, CTX_A_LIMITS));
}

TEST_F(limits, each)
{
	struct ctx_limit limit;
	struct info info;

	for (unsigned int i = 0; i < __CTX_RES_MAX; i++) {
		limit = (struct ctx_limit){ i, 0, 1000 + i, 2000 + i };
		EXPECT_EQ(only_shown(i) ? -EINVAL : 0,
			  ctx_limit(&self->client, ID, &limit, sizeof(limit)));
		if (only_shown(i))
			EXPECT_NE(NULL, strstr(self->client.message, "only shown"))
				TH_LOG("%s", self->client.message);
	}
	ASSERT_EQ(0, ctx_get(&self->client, ID, &info));
	for (unsigned int i = 0; i < info.n_beans; i++) {
		EXPECT_EQ(guaranteed(i) ? 0 : only_shown(i) ? CTX_UNLIMITED : 1000 + i,
			  info.beans[i].barrier);
		EXPECT_EQ(only_shown(i) ? CTX_UNLIMITED : 2000 + i, info.beans[i].limit);
	}
}

TEST_F(limits, all_or_nothing)
{
	struct {
		struct ctx_limit list[3];
		size_t size;
		const char *message;
	} bad[] = {
		{ { LIMIT(NUMFILE, 5, 5), LIMIT(NUMPTY, 6, 5) }, 48, "numpty: the barrier" },
		{ { LIMIT(NUMFILE, 5, 5), LIMIT(NUMPROC, 5, 5) }, 48, "numproc is only shown" },
		{ { LIMIT(NUMFILE, 5, 5), { __CTX_RES_MAX, 0, 5, 5 } }, 48, "Resource" },
		{ { LIMIT(NUMFILE, 5, 5), { ~0U, 0, 5, 5 } }, 48, "Resource" },
		{ { LIMIT(NUMFILE, 5, 5), { CTX_RES_NUMPTY, 1, 5, 5 } }, 48, "numpty: the flags" },
		{ { LIMIT(NUMFILE, 5, 5), LIMIT(NUMPTY, 5, CTX_UNLIMITED + 1) }, 48,
		  "numpty: allowed are 0 to 9223372036854775807" },
		{ { LIMIT(NUMFILE, 5, 5), LIMIT(NUMPTY, ~0ULL, ~0ULL) }, 48, "numpty: allowed" },
		{ { LIMIT(NUMFILE, 5, 5), LIMIT(NUMPTY, 5, 5), LIMIT(NUMFILE, 6, 6) }, 72,
		  "numfile is there more than once" },
		{ { LIMIT(NUMFILE, 5, 5), LIMIT(NUMPTY, 5, 5) }, 47, "list" },
		{ { LIMIT(NUMFILE, 5, 5) }, 1, "list" },
	};
	struct ctx_limit many[__CTX_RES_MAX + 1] = {};
	struct info info;

	for (size_t i = 0; i < COUNT(bad); i++) {
		EXPECT_EQ(-EINVAL, ctx_limit(&self->client, ID, bad[i].list, bad[i].size));
		EXPECT_NE(NULL, strstr(self->client.message, bad[i].message))
			TH_LOG("\"%s\" for \"%s\"", self->client.message, bad[i].message);
	}
	/* More of them than there are resources. */
	EXPECT_GT(0, ctx_limit(&self->client, ID, many, sizeof(many)));
	ASSERT_EQ(0, ctx_get(&self->client, ID, &info));
	for (unsigned int i = 0; i < info.n_beans; i++)
		EXPECT_EQ(CTX_UNLIMITED, info.beans[i].limit);
	EXPECT_EQ(-ENOENT, ctx_limit(&self->client, OTHER, bad[0].list, 24));
	EXPECT_EQ(0, ctx_limit(&self->client, ID, bad[0].list, 24));
	ASSERT_EQ(0, ctx_get(&self->client, ID, &info));
	EXPECT_EQ(5, info.beans[CTX_RES_NUMFILE].limit);
}

/* With what else the message has, too: a bad device leaves the limits alone. */
TEST_F(limits, with_grants)
{
	struct ctx_device device = { .type = 'x' };
	struct ctx_limit limit = LIMIT(NUMPTY, 7, 8);
	struct info info;

	for (int good = 0; good < 2; good++) {
		struct nl_msg *msg = client_message(&self->client, CTX_CMD_SET, 0);

		device.type = good ? 'c' : 'x';
		nla_put_u32(msg, CTX_A_ID, ID);
		nla_put(msg, CTX_A_LIMITS, sizeof(limit), &limit);
		nla_put(msg, CTX_A_DEVICES, sizeof(device), &device);
		EXPECT_EQ(good ? 0 : -EINVAL, client_call(&self->client, msg, NULL, NULL));
		ASSERT_EQ(0, ctx_get(&self->client, ID, &info));
		EXPECT_EQ(good ? 8 : CTX_UNLIMITED, info.beans[CTX_RES_NUMPTY].limit);
		EXPECT_EQ(good ? 7 : CTX_UNLIMITED, info.beans[CTX_RES_NUMPTY].barrier);
	}
}

static int new_with(struct client *client, int pidfd, const struct ctx_limit *limits, size_t size)
{
	struct nl_msg *msg = client_message(client, CTX_CMD_NEW, 0);

	nla_put_u32(msg, CTX_A_ID, OTHER);
	nla_put_s32(msg, CTX_A_PIDFD, pidfd);
	nla_put(msg, CTX_A_LIMITS, size, limits);
	return client_call(client, msg, NULL, NULL);
}

TEST_F(limits, at_the_start)
{
	struct ctx_limit bad[] = { LIMIT(NUMPTY, 3, 4), LIMIT(NUMPTY, 3, 4) };
	struct ctx_limit good[] = { LIMIT(NUMPTY, 3, 4), LIMIT(NUMKEY, 0, 0) };
	struct info info;
	struct box box;

	ASSERT_EQ(0, box_open(&box, BOX_NS, box_pause, NULL));
	EXPECT_EQ(-EINVAL, new_with(&self->client, box.pidfd, bad, sizeof(bad)));
	EXPECT_EQ(-ENOENT, ctx_get(&self->client, OTHER, &info));
	EXPECT_EQ(0, ctx_of_pid(box.pid));
	EXPECT_EQ(0, new_with(&self->client, box.pidfd, good, sizeof(good)))
		TH_LOG("%s", self->client.message);
	EXPECT_EQ(0, ctx_get(&self->client, OTHER, &info));
	EXPECT_EQ(3, info.beans[CTX_RES_NUMPTY].barrier);
	EXPECT_EQ(4, info.beans[CTX_RES_NUMPTY].limit);
	EXPECT_EQ(0, info.beans[CTX_RES_NUMKEY].limit);
	EXPECT_EQ(CTX_UNLIMITED, info.beans[CTX_RES_NUMFILE].limit);
	box_close(&box);
}

/* All devices, a long name, and many contexts: no answer is too long. */
TEST_F(limits, large_answers)
{
	static struct ctx_device devices[CTX_DEVICES_MAX];
	struct grants grants = {
		.have = HAVE(DEVICES), .devices = devices, .n_devices = CTX_DEVICES_MAX,
	};
	char name[CTX_NAME_MAX + 1] = { 0 };
	struct info info;

	for (size_t i = 0; i < CTX_DEVICES_MAX; i++)
		devices[i] = (struct ctx_device){ 'c', i, i, CTX_DEVICE_READ };
	memset(name, 'n', CTX_NAME_MAX);
	EXPECT_EQ(0, ctx_grant(&self->client, ID, &grants));
	EXPECT_EQ(0, ctx_set(&self->client, ID, name));
	ASSERT_EQ(0, ctx_get(&self->client, ID, &info));
	EXPECT_EQ(CTX_DEVICES_MAX, info.n_devices);
	EXPECT_EQ(__CTX_RES_MAX, info.n_beans);
	EXPECT_EQ(1, ctx_count(&self->client, ID));
}

/* What the process inside has seen. */
struct report {
	int set, set_other, get, get_other, proc;
	struct info info;
	char text[16384];
};

static int look(void *arg)
{
	struct ctx_limit limit = LIMIT(NUMFILE, CTX_UNLIMITED, CTX_UNLIMITED);
	struct report *r = arg;
	struct client client;
	int fd;

	if (client_open(&client))
		return 1;
	r->set = ctx_limit(&client, OTHER, &limit, sizeof(limit));
	r->set_other = ctx_limit(&client, ID, &limit, sizeof(limit));
	r->get = ctx_get(&client, 0, &r->info);
	r->get_other = ctx_get(&client, ID, &r->info);
	ctx_get(&client, 0, &r->info);
	/* The host's /proc: root inside is nobody there. */
	fd = open("/proc/user_beancounters", O_RDONLY);
	r->proc = fd < 0 ? -errno : fd;
	return 0;
}

TEST_F(limits, inside)
{
	struct report *r = shared_memory(sizeof(*r));
	struct ctx_limit limit = LIMIT(NUMFILE, 4000, 5000);
	struct box box;

	ASSERT_NE(NULL, r);
	ASSERT_EQ(0, box_open(&box, BOX_NS, look, r));
	ASSERT_EQ(0, new_with(&self->client, box.pidfd, &limit, sizeof(limit)));
	box_go(&box);
	EXPECT_EQ(0, box_wait(&box));
	EXPECT_EQ(-EPERM, r->set);
	EXPECT_EQ(-EPERM, r->set_other);
	EXPECT_EQ(0, r->get);
	EXPECT_EQ(-EPERM, r->get_other);
	EXPECT_EQ(-EACCES, r->proc);
	ASSERT_EQ(__CTX_RES_MAX, r->info.n_beans);
	EXPECT_EQ(4000, r->info.beans[CTX_RES_NUMFILE].barrier);
	EXPECT_EQ(5000, r->info.beans[CTX_RES_NUMFILE].limit);
	box_close(&box);
}

TEST_F(limits, proc)
{
	static const char head[] = "Version: 2.5\n"
		"       uid  resource                     held              maxheld"
		"              barrier                limit              failcnt\n";
	struct ctx_limit limit = LIMIT(NUMFILE, 4000, 5000);
	char line[256], first[32];
	unsigned int rows = 0, dummies = 0;
	struct stat st;
	FILE *file;
	int at = 0;

	ASSERT_EQ(0, ctx_limit(&self->client, ID, &limit, sizeof(limit)));
	ASSERT_EQ(0, stat("/proc/user_beancounters", &st));
	EXPECT_EQ(S_IFREG | 0400, st.st_mode);
	EXPECT_EQ(0, st.st_uid);
	file = fopen("/proc/user_beancounters", "r");
	ASSERT_NE(NULL, file);
	for (int i = 0; i < 2 && fgets(line, sizeof(line), file); i++) {
		EXPECT_EQ(0, strncmp(line, head + at, strlen(line)));
		at += strlen(line);
	}
	EXPECT_EQ((int)strlen(head), at);
	snprintf(first, sizeof(first), "%9u:  kmemsize  ", ID);
	while (fgets(line, sizeof(line), file) && strncmp(line, first, strlen(first)))
		;
	ASSERT_EQ(0, strncmp(line, first, strlen(first)));
	do {
		EXPECT_EQ(130, strlen(line));
		rows++;
		dummies += !strncmp(line + 12, "dummy ", 6);
		if (!strncmp(line + 12, "numfile ", 8)) {
			EXPECT_EQ(20, rows);
			EXPECT_NE(NULL, strstr(line, "                 4000                 5000                    0\n"));
		}
	} while (fgets(line, sizeof(line), file) && line[10] == ' ' && line[9] == ' ');
	EXPECT_EQ(__CTX_RES_MAX + 4, rows);
	EXPECT_EQ(4, dummies);
	fclose(file);
}

static int open_many(void *arg)
{
	int *opened = arg;

	*opened = 0;
	while (*opened < 100 && open("/dev/null", O_RDONLY) >= 0)
		++*opened;
	pause();
	return 0;
}

/* The event carries the resource and the counter, and the log has a line. */
struct lines {
	unsigned int found;
};

static void on_line(const struct info *info, void *data)
{
	struct lines *lines = data;

	if (strstr(info->log_text, "limit of numfile reached"))
		lines->found++;
}

TEST_F(limits, told)
{
	int *opened = shared_memory(sizeof(*opened));
	struct ctx_limit limit = LIMIT(NUMFILE, 40, 40);
	struct lines lines = { 0 };
	struct client events;
	struct info info, now;
	struct box box;
	int tries = 0;

	ASSERT_NE(NULL, opened);
	ASSERT_EQ(0, events_open(&events));
	ASSERT_EQ(0, box_open(&box, BOX_NS, open_many, opened));
	ASSERT_EQ(0, new_with(&self->client, box.pidfd, &limit, sizeof(limit)));
	box_go(&box);
	do {
		ASSERT_EQ(0, events_next(&events, OTHER, 10000, &info));
	} while (info.event != CTX_EVENT_LIMIT && tries++ < 10);
	EXPECT_EQ(CTX_EVENT_LIMIT, info.event);
	EXPECT_EQ(CTX_RES_NUMFILE, info.resource);
	EXPECT_GE(info.failcnt, 1);
	ASSERT_EQ(0, ctx_get(&self->client, OTHER, &now));
	EXPECT_EQ(info.failcnt, now.beans[CTX_RES_NUMFILE].failcnt);
	EXPECT_LE(now.beans[CTX_RES_NUMFILE].held, 40);
	EXPECT_EQ(40, now.beans[CTX_RES_NUMFILE].maxheld);
	EXPECT_LT(*opened, 41);
	EXPECT_EQ(0, ctx_log(&self->client, OTHER, on_line, &lines));
	EXPECT_GE(lines.found, 1);
	box_close(&box);
	client_close(&events);
}

TEST_HARNESS_MAIN
