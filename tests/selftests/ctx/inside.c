// SPDX-License-Identifier: GPL-2.0
/* What a task inside a context may and may not, and the label's inheritance. */
#include <errno.h>
#include <fcntl.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "box.h"
#include "client.h"
#include "harness.h"

#define ID 12000
#define OTHER 12001
#define NOBODY 12002

/* What the process inside has seen; the host's side judges. */
struct report {
	bool done, go;
	int open, get, get_id, get_other, get_none, new, set, set_other, kill;
	int kill_other, dump, dumped, events, nested, deep;
	int64_t ctx, nested_ctx, deep_ctx;
	struct info info, dump_info;
	int fd;
	struct client *lent;
	int lent_new, lent_kill, lent_get_other, lent_dump;
};

FIXTURE(inside)
{
	struct client client;
	struct box box, other;
	struct report *report;
};

FIXTURE_SETUP(inside)
{
	ASSERT_EQ(0, client_open(&self->client));
	self->report = shared_memory(sizeof(*self->report));
	ASSERT_NE(NULL, self->report);
	self->report->lent = &self->client;
	ASSERT_EQ(0, box_open(&self->other, BOX_NS, box_pause, NULL));
	ASSERT_EQ(0, ctx_new(&self->client, OTHER, self->other.pidfd, "other", 0));
}

FIXTURE_TEARDOWN(inside)
{
	box_close(&self->box);
	box_close(&self->other);
	client_close(&self->client);
}

static void count(const struct info *info, void *data)
{
	struct report *report = data;

	report->dumped++;
	report->dump_info = *info;
}

static void count_only(const struct info *info, void *data)
{
	(void)info;
	++*(int *)data;
}

static int look_around(void *arg)
{
	struct report *report = arg;
	struct client client, events;
	struct info info;
	int self = pidfd_open_of(getpid()), n = 0;

	report->open = client_open(&client);
	if (report->open)
		return 1;
	report->ctx = ctx_of_pid(0);
	report->get = ctx_get(&client, 0, &report->info);
	report->get_id = ctx_get(&client, ID, &info);
	report->get_other = ctx_get(&client, OTHER, &info);
	report->get_none = ctx_get(&client, NOBODY, &info);
	report->new = ctx_new(&client, NOBODY, self, NULL, 0);
	report->set = ctx_set(&client, ID, "renamed");
	report->set_other = ctx_set(&client, OTHER, "renamed");
	report->kill = ctx_kill(&client, ID, 0);
	report->kill_other = ctx_kill(&client, OTHER, 0);
	report->dump = ctx_dump(&client, count, report);
	report->events = events_open(&events);

	/* A socket that the host's administrator has opened. */
	report->lent_new = ctx_new(report->lent, NOBODY, self, NULL, 0);
	report->lent_kill = ctx_kill(report->lent, OTHER, 0);
	report->lent_get_other = ctx_get(report->lent, OTHER, &info);
	report->lent_dump = ctx_dump(report->lent, count_only, &n) ?: n;

	report->fd = nl_socket_get_fd(client.sk);
	report->done = true;
	return box_pause(NULL);
}

static void check_report(struct __test_metadata *_metadata,
			 const struct report *report)
{
	EXPECT_EQ(0, report->open);
	EXPECT_EQ(ID, report->ctx);
	EXPECT_EQ(0, report->get);
	EXPECT_EQ(0, report->get_id);
	EXPECT_EQ(ID, report->info.id);
	EXPECT_EQ(CTX_STATE_RUNNING, report->info.state);
	EXPECT_STREQ("mine", report->info.name);
	EXPECT_FALSE(HAS(&report->info, CTX_A_SERIAL));
	EXPECT_FALSE(HAS(&report->info, CTX_A_CGROUP_ID));
	EXPECT_FALSE(HAS(&report->info, CTX_A_TIME));
	EXPECT_EQ(-EPERM, report->get_other);
	EXPECT_EQ(-EPERM, report->get_none);
	EXPECT_EQ(-EPERM, report->new);
	EXPECT_EQ(-EPERM, report->set);
	EXPECT_EQ(-EPERM, report->set_other);
	EXPECT_EQ(-EPERM, report->kill);
	EXPECT_EQ(-EPERM, report->kill_other);
	EXPECT_EQ(0, report->dump);
	EXPECT_EQ(1, report->dumped);
	EXPECT_EQ(ID, report->dump_info.id);
	EXPECT_FALSE(HAS(&report->dump_info, CTX_A_SERIAL));
	EXPECT_EQ(-EPERM, report->lent_new);
	EXPECT_EQ(-EPERM, report->lent_kill);
	EXPECT_EQ(-EPERM, report->lent_get_other);
	EXPECT_EQ(1, report->lent_dump);
}

/* Without an address, as by a program that knows nothing of netlink. */
static int call_by_write(struct client *client, int fd, int command)
{
	struct nl_msg *msg = client_message(client, command, 0);
	struct {
		struct nlmsghdr hdr;
		struct nlmsgerr err;
		char rest[1024];
	} answer = {};
	int ret;

	nla_put_u32(msg, CTX_A_ID, OTHER);
	nl_complete_msg(client->sk, msg);
	nlmsg_hdr(msg)->nlmsg_pid = 0;
	ret = write(fd, nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
	nlmsg_free(msg);
	if (ret < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		return -errno;
	return answer.hdr.nlmsg_type == NLMSG_ERROR ? answer.err.error : 1;
}

TEST_F(inside, own_network)
{
	ASSERT_EQ(0, box_open(&self->box, BOX_NS, look_around, self->report));
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, "mine", 0));
	box_go(&self->box);
	ASSERT_TRUE(EVENTUALLY(self->report->done));
	check_report(_metadata, self->report);
	EXPECT_EQ(1, self->report->info.init_pid);

	/* A socket from inside does not come out. */
	EXPECT_EQ(-1, syscall(SYS_pidfd_getfd, self->box.pidfd, self->report->fd, 0));
	EXPECT_EQ(EPERM, errno);
}

/* With the descriptors of the one who has cloned it. */
static int open_there(struct report *report)
{
	struct client client;

	while (!*(volatile bool *)&report->go)
		usleep(1000);
	report->open = client_open(&client);
	report->fd = report->open ? -1 : nl_socket_get_fd(client.sk);
	report->done = true;
	return box_pause(NULL);
}

TEST_F(inside, shared_descriptors)
{
	struct info info;
	int fd;

	self->box.pid = syscall(SYS_clone, CLONE_FILES | CLONE_NEWUSER | CLONE_NEWNET | SIGCHLD,
				0, 0, 0, 0);
	ASSERT_LE(0, self->box.pid);
	if (!self->box.pid)
		_exit(open_there(self->report));
	self->box.pidfd = pidfd_open_of(self->box.pid);
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, NULL, 0));
	self->report->go = true;
	ASSERT_TRUE(EVENTUALLY(self->report->done));
	ASSERT_EQ(0, self->report->open);

	/* The host's administrator is made to write to a socket from inside. */
	fd = self->report->fd;
	EXPECT_EQ(-EPERM, call_by_write(&self->client, fd, CTX_CMD_GET));
	EXPECT_EQ(-EPERM, call_by_write(&self->client, fd, CTX_CMD_KILL));
	EXPECT_EQ(0, ctx_get(&self->client, OTHER, &info));
	EXPECT_EQ(CTX_STATE_RUNNING, info.state);
}

TEST_F(inside, network_of_the_host)
{
	ASSERT_EQ(0, box_open(&self->box, BOX_NS & ~CLONE_NEWNET, look_around,
			      self->report));
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, "mine", 0));
	box_go(&self->box);
	ASSERT_TRUE(EVENTUALLY(self->report->done));
	check_report(_metadata, self->report);
	EXPECT_EQ(-EPERM, self->report->events);
}

static int listen_inside(void *arg)
{
	struct report *report = arg;
	struct client events;
	struct info info;

	report->events = events_open(&events);
	report->done = true;
	if (report->events)
		return 1;
	report->get = events_next(&events, OTHER, 2000, &info);
	return 0;
}

/* Its own network namespace has the group, and no event is ever sent there. */
TEST_F(inside, no_events)
{
	ASSERT_EQ(0, box_open(&self->box, BOX_NS, listen_inside, self->report));
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, NULL, 0));
	box_go(&self->box);
	ASSERT_TRUE(EVENTUALLY(self->report->done));
	ASSERT_EQ(0, self->report->events);
	EXPECT_EQ(0, ctx_set(&self->client, OTHER, "event"));
	EXPECT_EQ(0, ctx_kill(&self->client, OTHER, 5000));
	EXPECT_EQ(0, box_wait(&self->box));
	EXPECT_EQ(-ETIMEDOUT, self->report->get);
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

static int nest(void *arg)
{
	struct report *report = arg;
	int status;
	pid_t pid;

	prctl(PR_SET_DUMPABLE, 1);
	report->nested = unshare(CLONE_NEWUSER) ?:
			 write_file("/proc/self/setgroups", "deny") ?:
			 write_file("/proc/self/uid_map", "0 0 1") ?:
			 write_file("/proc/self/gid_map", "0 0 1");
	report->nested_ctx = ctx_of_pid(0);
	pid = fork();
	if (!pid) {
		report->deep = unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET);
		report->deep_ctx = ctx_of_pid(0);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	report->done = true;
	return box_pause(NULL);
}

TEST_F(inside, inheritance)
{
	ASSERT_EQ(0, box_open(&self->box, BOX_NS, nest, self->report));
	ASSERT_EQ(0, ctx_new_with(&self->client, ID, self->box.pidfd, &nesting));
	box_go(&self->box);
	ASSERT_TRUE(EVENTUALLY(self->report->done));
	EXPECT_EQ(0, self->report->nested);
	EXPECT_EQ(ID, self->report->nested_ctx);
	EXPECT_EQ(0, self->report->deep);
	EXPECT_EQ(ID, self->report->deep_ctx);
	EXPECT_EQ(ID, ctx_of_pid(self->box.pid));
	/* It is in a nested namespace now: labelled, all the same. */
	EXPECT_EQ(-EEXIST, ctx_new(&self->client, NOBODY, self->box.pidfd, NULL, 0));
	EXPECT_EQ(0, ctx_kill(&self->client, ID, 5000));
	EXPECT_EQ(0, ctx_processes(ID));
}

/* A user of the host who is nobody, also as root of an unlabelled namespace. */
static int be_nobody(void *arg)
{
	struct report *report = arg;
	struct client client, events;
	struct info info;

	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534) ||
	    client_open(&client))
		return 1;
	report->get = ctx_get(&client, 0, &info);
	report->get_other = ctx_get(&client, OTHER, &info);
	report->get_none = ctx_get(&client, NOBODY, &info);
	report->dump = ctx_dump(&client, count, report);
	report->set_other = ctx_set(&client, OTHER, "x");
	report->kill_other = ctx_kill(&client, OTHER, 0);
	report->events = events_open(&events);
	if (unshare(CLONE_NEWUSER))
		return 2;
	report->lent_get_other = ctx_get(&client, OTHER, &info);
	report->lent_kill = ctx_kill(&client, OTHER, 0);
	return 0;
}

TEST_F(inside, unprivileged_host)
{
	struct report *report = self->report;

	ASSERT_EQ(0, box_open(&self->box, 0, be_nobody, report));
	box_go(&self->box);
	ASSERT_EQ(0, box_wait(&self->box));
	EXPECT_EQ(-ENOENT, report->get);
	EXPECT_EQ(-EPERM, report->get_other);
	EXPECT_EQ(-EPERM, report->get_none);
	EXPECT_EQ(-EPERM, report->dump);
	EXPECT_EQ(0, report->dumped);
	EXPECT_EQ(-EPERM, report->set_other);
	EXPECT_EQ(-EPERM, report->kill_other);
	EXPECT_EQ(-EPERM, report->events);
	EXPECT_EQ(-EPERM, report->lent_get_other);
	EXPECT_EQ(-EPERM, report->lent_kill);
}

TEST_HARNESS_MAIN
