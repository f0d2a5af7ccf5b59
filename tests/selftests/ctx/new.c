// SPDX-License-Identifier: GPL-2.0
/* CTX_CMD_NEW, SET and GET: what they do, and each refusal. */
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <netlink/genl/genl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "box.h"
#include "client.h"
#include "harness.h"

#define ID 11000

FIXTURE(new)
{
	struct client client;
	struct box box;
};

FIXTURE_SETUP(new)
{
	ASSERT_EQ(0, client_open(&self->client));
	ASSERT_TRUE(EVENTUALLY(ctx_count(&self->client, ID) == 0));
	ASSERT_EQ(0, box_open(&self->box, BOX_NS, box_pause, NULL));
}

FIXTURE_TEARDOWN(new)
{
	box_close(&self->box);
	client_close(&self->client);
}

/* After a refusal nothing has changed: the box can still become a context. */
#define EXPECT_UNCHANGED() do {						\
	struct info unchanged_;						\
	EXPECT_EQ(-ENOENT, ctx_get(&self->client, ID, &unchanged_));	\
	EXPECT_EQ(0, ctx_count(&self->client, ID));			\
	EXPECT_EQ(0, ctx_of_pid(self->box.pid));			\
	EXPECT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, NULL, 0)) \
		TH_LOG("%s", self->client.message);			\
	EXPECT_EQ(ID, ctx_of_pid(self->box.pid));			\
	EXPECT_EQ(0, ctx_kill(&self->client, ID, 10000));		\
	box_close(&self->box);						\
	EXPECT_TRUE(EVENTUALLY(ctx_count(&self->client, ID) == 0));	\
} while (0)

static uint64_t boottime_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

TEST_F(new, all_attributes)
{
	uint64_t before = boottime_ns(), serial;
	struct info info;

	EXPECT_EQ(0, ctx_of_pid(self->box.pid));
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, "web-1.de", 0))
		TH_LOG("%s", self->client.message);
	ASSERT_EQ(0, ctx_get(&self->client, ID, &info));
	EXPECT_EQ(ID, info.id);
	EXPECT_EQ(CTX_STATE_RUNNING, info.state);
	EXPECT_STREQ("web-1.de", info.name);
	EXPECT_EQ((uint32_t)self->box.pid, info.init_pid);
	EXPECT_GE(info.time, before);
	EXPECT_LE(info.time, boottime_ns());
	EXPECT_TRUE(HAS(&info, CTX_A_CGROUP_ID));
	EXPECT_FALSE(HAS(&info, CTX_A_REASON));
	EXPECT_FALSE(HAS(&info, CTX_A_EXIT_STATUS));
	EXPECT_EQ(ID, ctx_of_pid(self->box.pid));
	EXPECT_EQ(0, ctx_of_pid(0));
	EXPECT_EQ(1, ctx_count(&self->client, ID));
	serial = info.serial;

	EXPECT_EQ(0, ctx_set(&self->client, ID, "other"));
	ASSERT_EQ(0, ctx_get(&self->client, ID, &info));
	EXPECT_STREQ("other", info.name);
	EXPECT_EQ(serial, info.serial);

	EXPECT_EQ(0, ctx_kill(&self->client, ID, 5000));
	EXPECT_EQ(0, ctx_processes(ID));
	box_close(&self->box);
	EXPECT_TRUE(EVENTUALLY(ctx_count(&self->client, ID) == 0));
	EXPECT_EQ(-ENOENT, ctx_get(&self->client, ID, &info));
	EXPECT_EQ(-ENOENT, ctx_kill(&self->client, ID, 0));
	EXPECT_EQ(-ENOENT, ctx_set(&self->client, ID, "name"));

	/* A number is not used again. */
	ASSERT_EQ(0, box_open(&self->box, BOX_NS, box_pause, NULL));
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, NULL, 0));
	ASSERT_EQ(0, ctx_get(&self->client, ID, &info));
	EXPECT_GT(info.serial, serial);
	EXPECT_FALSE(HAS(&info, CTX_A_NAME));
}

TEST_F(new, cgroup)
{
	char line[256], path[300];
	struct info info;
	struct stat st;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", self->box.pid);
	file = fopen(path, "r");
	ASSERT_NE(NULL, file);
	while (fgets(line, sizeof(line), file) && strncmp(line, "0::", 3))
		;
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	snprintf(path, sizeof(path), "/sys/fs/cgroup%s", line + 3);
	if (access("/sys/fs/cgroup/cgroup.procs", F_OK) || stat(path, &st))
		SKIP(return, "no cgroup2 on /sys/fs/cgroup");
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, NULL, 0));
	ASSERT_EQ(0, ctx_get(&self->client, ID, &info));
	EXPECT_EQ(st.st_ino, info.cgroup_id);
}

TEST_F(new, ids)
{
	static const uint32_t bad[] = { 0, 1, 2, 100, 0xffffffff };
	static const uint32_t good[] = { 101, 0xfffffffe };
	struct info info;
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		EXPECT_EQ(-EINVAL, ctx_new(&self->client, bad[i],
					   self->box.pidfd, NULL, 0));
	EXPECT_STRNE("", self->client.message);
	EXPECT_EQ(-EINVAL, ctx_new(&self->client, 0, self->box.pidfd, NULL,
				   CTX_F_FORCE));
	EXPECT_EQ(-EINVAL, ctx_new(&self->client, 0xffffffff, self->box.pidfd,
				   NULL, CTX_F_FORCE));
	EXPECT_UNCHANGED();

	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		box_close(&self->box);
		ASSERT_EQ(0, box_open(&self->box, BOX_NS, box_pause, NULL));
		EXPECT_EQ(0, ctx_new(&self->client, good[i], self->box.pidfd,
				     NULL, 0));
		EXPECT_EQ(0, ctx_get(&self->client, good[i], &info));
		EXPECT_EQ(good[i], ctx_of_pid(self->box.pid));
	}
	box_close(&self->box);
	ASSERT_EQ(0, box_open(&self->box, BOX_NS, box_pause, NULL));
	EXPECT_EQ(0, ctx_new(&self->client, 1, self->box.pidfd, NULL,
			     CTX_F_FORCE));
	EXPECT_EQ(1, ctx_of_pid(self->box.pid));
}

TEST_F(new, names)
{
	static const char *const bad[] = {
		"", "a b", "a/b", "/", "tab\t", "line\n", "\x7f", "\xc3\xa9", " ",
	};
	char name[CTX_NAME_MAX + 2];
	struct info info;
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		EXPECT_EQ(-EINVAL, ctx_new(&self->client, ID, self->box.pidfd,
					   bad[i], 0))
			TH_LOG("name %u", i);
	memset(name, 'x', sizeof(name));
	name[CTX_NAME_MAX + 1] = '\0';
	EXPECT_EQ(-EINVAL, ctx_new(&self->client, ID, self->box.pidfd, name, 0));
	EXPECT_UNCHANGED();

	box_close(&self->box);
	ASSERT_EQ(0, box_open(&self->box, BOX_NS, box_pause, NULL));
	name[CTX_NAME_MAX] = '\0';
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, name, 0));
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		EXPECT_EQ(-EINVAL, ctx_set(&self->client, ID, bad[i]));
	ASSERT_EQ(0, ctx_get(&self->client, ID, &info));
	EXPECT_STREQ(name, info.name);
}

TEST_F(new, malformed)
{
	struct client *client = &self->client;
	struct nl_msg *msg;

	/* Without id; without pidfd; without name in SET; without all. */
	msg = client_message(client, CTX_CMD_NEW, 0);
	nla_put_s32(msg, CTX_A_PIDFD, self->box.pidfd);
	EXPECT_EQ(-EINVAL, client_call(client, msg, NULL, NULL));
	msg = client_message(client, CTX_CMD_NEW, 0);
	nla_put_u32(msg, CTX_A_ID, ID);
	EXPECT_EQ(-EINVAL, client_call(client, msg, NULL, NULL));
	EXPECT_STRNE("", client->message);
	msg = client_message(client, CTX_CMD_SET, 0);
	nla_put_u32(msg, CTX_A_ID, ID);
	EXPECT_EQ(-EINVAL, client_call(client, msg, NULL, NULL));
	msg = client_message(client, CTX_CMD_KILL, 0);
	EXPECT_EQ(-EINVAL, client_call(client, msg, NULL, NULL));

	/* Unknown flags, unknown and misplaced attributes, wrong sizes. */
	EXPECT_EQ(-EINVAL, ctx_new(client, ID, self->box.pidfd, NULL, 2));
	EXPECT_EQ(-EINVAL, ctx_new(client, ID, self->box.pidfd, NULL, 1U << 31));
	msg = client_message(client, CTX_CMD_NEW, 0);
	nla_put_u32(msg, CTX_A_ID, ID);
	nla_put_s32(msg, CTX_A_PIDFD, self->box.pidfd);
	nla_put_u32(msg, CTX_A_MAX + 1, 0);
	EXPECT_EQ(-EINVAL, client_call(client, msg, NULL, NULL));
	msg = client_message(client, CTX_CMD_NEW, 0);
	nla_put_u32(msg, CTX_A_ID, ID);
	nla_put_s32(msg, CTX_A_PIDFD, self->box.pidfd);
	nla_put_u32(msg, CTX_A_STATE, CTX_STATE_DEAD);
	EXPECT_EQ(-EINVAL, client_call(client, msg, NULL, NULL));
	msg = client_message(client, CTX_CMD_NEW, 0);
	nla_put_u16(msg, CTX_A_ID, ID);
	nla_put_s32(msg, CTX_A_PIDFD, self->box.pidfd);
	EXPECT_GT(0, client_call(client, msg, NULL, NULL));
	msg = client_message(client, CTX_CMD_NEW, 0);
	nla_put_u32(msg, CTX_A_ID, ID);
	nla_put_s32(msg, CTX_A_PIDFD, self->box.pidfd);
	nla_put(msg, CTX_A_NAME, 4, "open");
	EXPECT_EQ(-EINVAL, client_call(client, msg, NULL, NULL));
	msg = client_message(client, CTX_CMD_GET, NLM_F_DUMP);
	nla_put_u32(msg, CTX_A_ID, ID);
	EXPECT_EQ(-EINVAL, client_call(client, msg, NULL, NULL));

	/* Commands that there are not. */
	EXPECT_EQ(-EOPNOTSUPP, client_call(client,
		  client_message(client, CTX_CMD_EVENT, 0), NULL, NULL));
	EXPECT_EQ(-EOPNOTSUPP, client_call(client,
		  client_message(client, CTX_CMD_UNSPEC, 0), NULL, NULL));
	EXPECT_EQ(-EOPNOTSUPP, client_call(client,
		  client_message(client, CTX_CMD_MAX + 1, 0), NULL, NULL));
	EXPECT_UNCHANGED();
}

TEST_F(new, pidfds)
{
	struct box gone;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	EXPECT_EQ(-EBADF, ctx_new(&self->client, ID, -1, NULL, 0));
	EXPECT_EQ(-EBADF, ctx_new(&self->client, ID, 9999, NULL, 0));
	EXPECT_EQ(-EBADF, ctx_new(&self->client, ID, null, NULL, 0));
	EXPECT_STRNE("", self->client.message);
	close(null);

	/* A zombie, and then one that is gone. */
	ASSERT_EQ(0, box_open(&gone, BOX_NS, box_exit0, NULL));
	box_go(&gone);
	ASSERT_EQ(0, waitid(P_PID, gone.pid, NULL, WEXITED | WNOWAIT));
	EXPECT_EQ(-ESRCH, ctx_new(&self->client, ID, gone.pidfd, NULL, 0));
	EXPECT_EQ(0, box_wait(&gone));
	EXPECT_EQ(-ESRCH, ctx_new(&self->client, ID, gone.pidfd, NULL, 0));
	box_close(&gone);
	EXPECT_UNCHANGED();
}

static int clone_inner(void *arg)
{
	volatile pid_t *pid = arg;

	if (!fork()) {
		if (unshare(CLONE_NEWUSER))
			return 1;
		*pid = getpid();
	}
	return box_pause(NULL);
}

TEST_F(new, host_namespace)
{
	struct box host;

	ASSERT_EQ(0, box_open(&host, CLONE_NEWPID | CLONE_NEWNET, box_pause, NULL));
	EXPECT_EQ(-EINVAL, ctx_new(&self->client, ID, host.pidfd, NULL, 0));
	EXPECT_STRNE("", self->client.message);
	EXPECT_EQ(0, ctx_of_pid(host.pid));
	box_close(&host);
	EXPECT_UNCHANGED();
}

TEST_F(new, grandchild_and_parent)
{
	volatile pid_t *inner = shared_memory(sizeof(*inner));
	struct box outer;
	int pidfd;

	/* In the host's pid namespace, for its pid to be known here. */
	ASSERT_EQ(0, box_open(&outer, CLONE_NEWUSER, clone_inner, (void *)inner));
	box_go(&outer);
	ASSERT_TRUE(EVENTUALLY(*inner));
	pidfd = pidfd_open_of(*inner);
	ASSERT_LE(0, pidfd);
	EXPECT_EQ(-EINVAL, ctx_new(&self->client, ID, pidfd, NULL, 0));
	EXPECT_EQ(-EBUSY, ctx_new(&self->client, ID, outer.pidfd, NULL, 0));
	EXPECT_STRNE("", self->client.message);

	/* Also when the child is gone. */
	kill(*inner, SIGKILL);
	close(pidfd);
	usleep(100000);
	EXPECT_EQ(-EBUSY, ctx_new(&self->client, ID, outer.pidfd, NULL, 0));
	EXPECT_EQ(0, ctx_of_pid(outer.pid));
	box_close(&outer);
	EXPECT_UNCHANGED();
}

TEST_F(new, in_use)
{
	struct info info;
	struct box other;
	uint64_t serial;

	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, "first", 0));
	ASSERT_EQ(0, ctx_get(&self->client, ID, &info));
	serial = info.serial;
	ASSERT_EQ(0, box_open(&other, BOX_NS, box_pause, NULL));
	EXPECT_EQ(-EEXIST, ctx_new(&self->client, ID, other.pidfd, "second", 0));
	EXPECT_STRNE("", self->client.message);
	EXPECT_EQ(0, ctx_of_pid(other.pid));
	EXPECT_EQ(-EEXIST, ctx_new(&self->client, ID, self->box.pidfd, NULL, 0));
	EXPECT_EQ(-EEXIST, ctx_new(&self->client, ID + 1, self->box.pidfd, NULL, 0));
	EXPECT_EQ(-ENOENT, ctx_get(&self->client, ID + 1, &info));
	EXPECT_EQ(ID, ctx_of_pid(self->box.pid));
	ASSERT_EQ(0, ctx_get(&self->client, ID, &info));
	EXPECT_EQ(serial, info.serial);
	EXPECT_STREQ("first", info.name);

	/* What was refused can still be had. */
	EXPECT_EQ(0, ctx_new(&self->client, ID + 1, other.pidfd, NULL, 0));
	EXPECT_EQ(ID + 1, ctx_of_pid(other.pid));
	box_close(&other);
}

TEST_F(new, get_of_the_host)
{
	struct nl_msg *msg;
	struct info info;

	EXPECT_EQ(-ENOENT, ctx_get(&self->client, 0, &info));
	EXPECT_EQ(-ENOENT, ctx_get(&self->client, ID, &info));
	msg = client_message(&self->client, CTX_CMD_GET, 0);
	nla_put_u32(msg, CTX_A_ID, 0);
	EXPECT_EQ(-EINVAL, client_call(&self->client, msg, NULL, NULL));
}

TEST_HARNESS_MAIN
