// SPDX-License-Identifier: GPL-2.0
/* States and references: stopping, dead, pinned, gone. */
#include <errno.h>
#include <fcntl.h>
#include <netlink/netlink.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "box.h"
#include "client.h"
#include "harness.h"

#define ID 17000

FIXTURE(life)
{
	struct client client;
	struct box box;
};

FIXTURE_SETUP(life)
{
	ASSERT_EQ(0, client_open(&self->client));
	ASSERT_TRUE(EVENTUALLY(ctx_count(&self->client, ID) == 0));
}

FIXTURE_TEARDOWN(life)
{
	box_close(&self->box);
	client_close(&self->client);
}

static int open_userns(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* For a process that is to pin nothing of its parent's. */
static int close_all_and_pause(void *arg)
{
	close_range(3, ~0U, 0);
	return box_pause(arg);
}

struct find {
	uint64_t serial;
	int n;
	struct info info;
};

static void find_serial(const struct info *info, void *data)
{
	struct find *find = data;

	if (info->serial == find->serial) {
		find->n++;
		find->info = *info;
	}
}

TEST_F(life, dead_and_pinned)
{
	struct info info;
	struct find find = {};
	struct box next;
	int fd;

	ASSERT_EQ(0, box_open(&self->box, BOX_NS, box_exit0, NULL));
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, "old", 0));
	ASSERT_EQ(0, ctx_get(&self->client, ID, &info));
	find.serial = info.serial;
	fd = open_userns(self->box.pid);
	ASSERT_LE(0, fd);
	box_go(&self->box);
	EXPECT_EQ(0, box_wait(&self->box));
	/* A pidfd pins its pid namespace. */
	box_close(&self->box);

	/* Listed, with its reason, without an init. */
	ASSERT_TRUE(EVENTUALLY(!ctx_get(&self->client, ID, &info) &&
			       info.state == CTX_STATE_DEAD));
	EXPECT_EQ(CTX_REASON_EXIT, info.reason);
	EXPECT_EQ(0, info.exit_status);
	EXPECT_FALSE(HAS(&info, CTX_A_INIT_PID));
	EXPECT_STREQ("old", info.name);
	EXPECT_EQ(1, ctx_count(&self->client, ID));

	/* Nobody enters. */
	EXPECT_EQ(-1, syscall(SYS_setns, fd, CLONE_NEWUSER));
	EXPECT_EQ(ESRCH, errno);
	EXPECT_EQ(0, ctx_of_pid(0));

	/* Its id is free; it is told by its number. */
	ASSERT_EQ(0, box_open(&next, BOX_NS, close_all_and_pause,
			      NULL));
	ASSERT_EQ(0, ctx_new(&self->client, ID, next.pidfd, "new", 0));
	box_go(&next);
	ASSERT_EQ(0, ctx_get(&self->client, ID, &info));
	EXPECT_STREQ("new", info.name);
	EXPECT_EQ(CTX_STATE_RUNNING, info.state);
	EXPECT_GT(info.serial, find.serial);
	EXPECT_EQ(2, ctx_count(&self->client, ID));
	ASSERT_EQ(0, ctx_dump(&self->client, find_serial, &find));
	EXPECT_EQ(1, find.n);
	EXPECT_EQ(CTX_STATE_DEAD, find.info.state);
	EXPECT_STREQ("old", find.info.name);

	/* It goes with what has pinned it, and the new one stays. */
	close(fd);
	EXPECT_TRUE(EVENTUALLY(ctx_count(&self->client, ID) == 1));
	ASSERT_EQ(0, ctx_get(&self->client, ID, &info));
	EXPECT_STREQ("new", info.name);
	EXPECT_EQ(0, ctx_kill(&self->client, ID, 5000));
	box_close(&next);
	EXPECT_TRUE(EVENTUALLY(ctx_count(&self->client, ID) == 0));
}

TEST_F(life, setns_into_a_living_one)
{
	int status, fd;
	pid_t pid;

	ASSERT_EQ(0, box_open(&self->box, BOX_NS, box_pause, NULL));
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, NULL, 0));
	fd = open_userns(self->box.pid);
	pid = fork();
	if (!pid) {
		if (syscall(SYS_setns, fd, CLONE_NEWUSER))
			_exit(1);
		_exit(ctx_of_pid(0) != ID);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	close(fd);
}

static bool has_children(pid_t pid)
{
	char path[64], line[64];
	bool some = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	file = fopen(path, "r");
	if (file) {
		some = fgets(line, sizeof(line), file);
		fclose(file);
	}
	return some;
}

/* A stopping context is closed as well, and its id is not free. */
TEST_F(life, stopping)
{
	struct box next;
	int fd, status;
	struct info info;
	pid_t pid;

	ASSERT_EQ(0, box_open(&self->box, BOX_NS, box_pause, NULL));
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, NULL, 0));
	fd = open_userns(self->box.pid);
	ASSERT_LE(0, fd);

	/* A child in its pid namespace that nobody reaps keeps it there. */
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (syscall(SYS_setns, self->box.pidfd, CLONE_NEWPID))
			_exit(1);
		fork();
		box_pause(NULL);
	}
	ASSERT_TRUE(EVENTUALLY(has_children(pid)));
	kill(self->box.pid, SIGKILL);
	ASSERT_TRUE(EVENTUALLY(!ctx_get(&self->client, ID, &info) &&
			       info.state == CTX_STATE_STOPPING));
	usleep(50000);
	ASSERT_EQ(0, ctx_get(&self->client, ID, &info));
	EXPECT_EQ(CTX_STATE_STOPPING, info.state);
	EXPECT_EQ(CTX_REASON_SIGNAL, info.reason);
	EXPECT_EQ(-1, syscall(SYS_setns, fd, CLONE_NEWUSER));
	EXPECT_EQ(ESRCH, errno);
	ASSERT_EQ(0, box_open(&next, BOX_NS, box_pause, NULL));
	EXPECT_EQ(-EEXIST, ctx_new(&self->client, ID, next.pidfd, NULL, 0));
	box_close(&next);

	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	ASSERT_TRUE(EVENTUALLY(!ctx_get(&self->client, ID, &info) &&
			       info.state == CTX_STATE_DEAD));
	close(fd);
}

static void *exit_later(void *arg)
{
	usleep(300000);
	syscall(SYS_exit_group, 5);
	return arg;
}

static int leader_leaves(void *arg)
{
	pthread_t thread;

	pthread_create(&thread, NULL, exit_later, arg);
	syscall(SYS_exit, 0);
	return 1;
}

/* The process is init, not its first thread. */
TEST_F(life, leader_exits_before_the_others)
{
	struct info info;

	ASSERT_EQ(0, box_open(&self->box, BOX_NS, leader_leaves, NULL));
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, NULL, 0));
	box_go(&self->box);
	usleep(100000);
	ASSERT_EQ(0, ctx_get(&self->client, ID, &info));
	EXPECT_EQ(CTX_STATE_RUNNING, info.state);
	EXPECT_EQ(5 << 8, box_wait(&self->box));
	box_close(&self->box);
	EXPECT_TRUE(EVENTUALLY(ctx_count(&self->client, ID) == 0));
}

/* NEW of a process whose leader has gone and which goes on. */
TEST_F(life, new_without_leader)
{
	struct info info;

	ASSERT_EQ(0, box_open(&self->box, BOX_NS, leader_leaves, NULL));
	box_go(&self->box);
	usleep(100000);
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, NULL, 0));
	ASSERT_EQ(0, ctx_get(&self->client, ID, &info));
	EXPECT_EQ(CTX_STATE_RUNNING, info.state);
	EXPECT_EQ(5 << 8, box_wait(&self->box));
	box_close(&self->box);
	EXPECT_TRUE(EVENTUALLY(ctx_count(&self->client, ID) == 0));
}

static void *exec_true(void *arg)
{
	char *const argv[] = { "ctx_life", "--exec-pause", NULL };

	execv("/proc/self/exe", argv);
	return arg;
}

static int thread_execs(void *arg)
{
	pthread_t thread;

	pthread_create(&thread, NULL, exec_true, arg);
	return box_pause(arg);
}

/* exec by another thread takes the leader's place: init is still init. */
TEST_F(life, exec_by_a_thread)
{
	struct info info;

	ASSERT_EQ(0, box_open(&self->box, BOX_NS, thread_execs, NULL));
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, NULL, 0));
	box_go(&self->box);
	usleep(300000);
	ASSERT_EQ(0, ctx_get(&self->client, ID, &info));
	EXPECT_EQ(CTX_STATE_RUNNING, info.state);
	EXPECT_EQ((uint32_t)self->box.pid, info.init_pid);
	EXPECT_EQ(0, ctx_kill(&self->client, ID, 5000));
	EXPECT_EQ(SIGKILL, box_wait(&self->box));
}

static int leave_children(void *arg)
{
	int i;

	for (i = 0; i < 20; i++)
		if (!fork())
			return box_pause(arg);
	return 3;
}

/* Init is no first process of a pid namespace: the rest goes all the same. */
TEST_F(life, children_of_a_plain_init)
{
	struct info info;
	int fd;

	ASSERT_EQ(0, box_open(&self->box, CLONE_NEWUSER, leave_children, NULL));
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, NULL, 0));
	fd = open_userns(self->box.pid);
	box_go(&self->box);
	EXPECT_EQ(3 << 8, box_wait(&self->box));
	ASSERT_TRUE(EVENTUALLY(!ctx_get(&self->client, ID, &info) &&
			       info.state == CTX_STATE_DEAD));
	EXPECT_EQ(0, ctx_processes(ID));
	EXPECT_EQ(CTX_REASON_EXIT, info.reason);
	EXPECT_EQ(3 << 8, info.exit_status);
	close(fd);
	EXPECT_TRUE(EVENTUALLY(ctx_count(&self->client, ID) == 0));
}

/* A nested user namespace pins the context as the first one does. */
static int nest(void *arg)
{
	int *ready = arg;

	if (unshare(CLONE_NEWUSER))
		return 1;
	*(volatile int *)ready = 1;
	return box_pause(NULL);
}

TEST_F(life, pinned_by_a_nested_namespace)
{
	int *ready = shared_memory(sizeof(*ready)), fd;
	struct info info;

	ASSERT_EQ(0, box_open(&self->box, BOX_NS, nest, ready));
	ASSERT_EQ(0, ctx_new_with(&self->client, ID, self->box.pidfd, &nesting));
	box_go(&self->box);
	ASSERT_TRUE(EVENTUALLY(*(volatile int *)ready));
	fd = open_userns(self->box.pid);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ctx_kill(&self->client, ID, 5000));
	box_close(&self->box);
	ASSERT_EQ(0, ctx_get(&self->client, ID, &info));
	EXPECT_EQ(CTX_STATE_DEAD, info.state);
	EXPECT_EQ(CTX_REASON_KILLED, info.reason);
	close(fd);
	EXPECT_TRUE(EVENTUALLY(ctx_count(&self->client, ID) == 0));
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--exec-pause"))
		return box_pause(NULL);
	return test_harness_run(argc, argv);
}
