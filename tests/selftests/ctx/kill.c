// SPDX-License-Identifier: GPL-2.0
/* CTX_CMD_KILL: all of it, whatever it does. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "box.h"
#include "client.h"
#include "harness.h"

#define ID 15000

FIXTURE(kill)
{
	struct client client;
	struct box box;
};

FIXTURE_SETUP(kill)
{
	ASSERT_EQ(0, client_open(&self->client));
	ASSERT_TRUE(EVENTUALLY(ctx_count(&self->client, ID) == 0));
}

FIXTURE_TEARDOWN(kill)
{
	box_close(&self->box);
	client_close(&self->client);
}

static void *idle(void *arg)
{
	for (;;)
		pause();
	return arg;
}

/*
 * Forks as fast as it can, up to the limit of its user: some of the children
 * fork on, some make threads, some exit at once and make room.
 */
static int bomb(void *arg)
{
	struct rlimit limit = { 400, 400 };
	unsigned int n = 0;
	pthread_t thread;

	(void)arg;
	signal(SIGCHLD, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	setrlimit(RLIMIT_NPROC, &limit);
	for (;;) {
		n++;
		if (fork())
			continue;
		if (n % 3 == 0)
			_exit(0);
		if (n % 7 == 0)
			pthread_create(&thread, NULL, idle, NULL);
		if (n % 11 == 0)
			setsid();
	}
}

/*
 * Who kills it must get at the processor among 400 who want it, too, and that
 * can take minutes on a slow machine: that is not what is tested here.
 */
static int go_first(void)
{
	struct sched_param param = { .sched_priority = 1 };

	return sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param);
}

static void check_bomb(struct __test_metadata *_metadata, struct client *client,
		       struct box *box, int flags)
{
	struct info info;
	int tries = 0, ret;

	ASSERT_EQ(0, box_open(box, flags, bomb, NULL));
	ASSERT_EQ(0, go_first());
	ASSERT_EQ(0, ctx_new(client, ID, box->pidfd, NULL, 0));
	box_go(box);
	/* To count them all the time, before all others, would leave it no processor. */
	while (ctx_processes(ID) <= 100 && ++tries < 600)
		usleep(200000);
	ASSERT_GT(600, tries);
	tries = 0;
	do {
		ret = ctx_kill(client, ID, 10000);
	} while (ret == -EAGAIN && ++tries < 5);
	EXPECT_EQ(0, ret);
	EXPECT_EQ(0, ctx_processes(ID));
	if (!ctx_get(client, ID, &info)) {
		EXPECT_EQ(CTX_STATE_DEAD, info.state);
		EXPECT_EQ(CTX_REASON_KILLED, info.reason);
		EXPECT_EQ(SIGKILL, info.exit_status);
	}
	EXPECT_EQ(SIGKILL, box_wait(box));
}

TEST_F_TIMEOUT(kill, fork_bomb, 600)
{
	check_bomb(_metadata, &self->client, &self->box, BOX_NS);
}

/* Without a pid namespace nothing but KILL itself ends the rest. */
TEST_F_TIMEOUT(kill, fork_bomb_in_the_hosts_pid_namespace, 600)
{
	check_bomb(_metadata, &self->client, &self->box, CLONE_NEWUSER);
}

static int enter(void *arg)
{
	int fd = *(int *)arg;

	if (syscall(SYS_setns, fd, CLONE_NEWUSER))
		return errno;
	return box_pause(NULL);
}

TEST_F(kill, outsider_by_setns)
{
	struct box outsider, late;

	ASSERT_EQ(0, box_open(&self->box, BOX_NS, box_pause, NULL));
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, NULL, 0));
	ASSERT_EQ(0, box_open(&outsider, 0, enter, &self->box.pidfd));
	ASSERT_EQ(0, box_open(&late, 0, enter, &self->box.pidfd));
	box_go(&outsider);
	ASSERT_TRUE(EVENTUALLY(ctx_of_pid(outsider.pid) == ID));
	EXPECT_EQ(2, ctx_processes(ID));
	EXPECT_EQ(0, ctx_kill(&self->client, ID, 5000));
	EXPECT_EQ(0, ctx_processes(ID));
	EXPECT_EQ(SIGKILL, box_wait(&outsider));
	/* Init is a zombie, and its namespaces can be named by its pidfd. */
	box_go(&late);
	EXPECT_EQ(ESRCH << 8, box_wait(&late));
	box_close(&outsider);
	box_close(&late);
}

static int stopped_and_blocked(void *arg)
{
	sigset_t all;
	int i;

	(void)arg;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	for (i = 0; i < 5; i++)
		if (!fork())
			kill(getpid(), SIGSTOP);
	return box_pause(NULL);
}

TEST_F(kill, stopped_tasks)
{
	ASSERT_EQ(0, box_open(&self->box, BOX_NS, stopped_and_blocked, NULL));
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, NULL, 0));
	box_go(&self->box);
	ASSERT_TRUE(EVENTUALLY(ctx_processes(ID) == 6));
	EXPECT_EQ(0, ctx_kill(&self->client, ID, 5000));
	EXPECT_EQ(0, ctx_processes(ID));
}

TEST_F(kill, others_live_on)
{
	struct box other;

	ASSERT_EQ(0, box_open(&self->box, BOX_NS, box_pause, NULL));
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, NULL, 0));
	ASSERT_EQ(0, box_open(&other, BOX_NS, box_pause, NULL));
	ASSERT_EQ(0, ctx_new(&self->client, ID + 1, other.pidfd, NULL, 0));
	EXPECT_EQ(0, ctx_kill(&self->client, ID, -1));
	EXPECT_EQ(1, ctx_processes(ID + 1));
	EXPECT_EQ(0, waitpid(other.pid, NULL, WNOHANG));
	box_close(&other);
}

TEST_F(kill, refusals)
{
	EXPECT_EQ(-ENOENT, ctx_kill(&self->client, ID, 0));
	EXPECT_STRNE("", self->client.message);
	EXPECT_EQ(-EINVAL, ctx_kill(&self->client, 0, 0));
	ASSERT_EQ(0, box_open(&self->box, BOX_NS, box_pause, NULL));
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, NULL, 0));
	EXPECT_EQ(-EINVAL, ctx_kill(&self->client, ID, 10001));
	EXPECT_STRNE("", self->client.message);
	EXPECT_EQ(1, ctx_processes(ID));
}

/*
 * A task that cannot go: its parent, outside, does not wait for it, and the
 * first process of a pid namespace stays until it does.
 */
static int keep_zombie(void *arg)
{
	int fd = *(int *)arg, status;
	pid_t pid;
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (syscall(SYS_setns, fd, CLONE_NEWPID))
		return 1;
	pid = fork();
	if (!pid) {
		if (syscall(SYS_setns, fd, CLONE_NEWUSER))
			_exit(2);
		box_pause(NULL);
	}
	sigwait(&set, &sig);
	return waitpid(pid, &status, 0) != pid;
}

static void on_alarm(int sig)
{
	(void)sig;
}

TEST_F(kill, timeout_and_signal)
{
	struct itimerval timer = { .it_value.tv_usec = 200000 };
	struct sigaction action = { .sa_handler = on_alarm };
	struct box parent;
	struct info info;
	time_t start;

	ASSERT_EQ(0, box_open(&self->box, BOX_NS, box_pause, NULL));
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, NULL, 0));
	ASSERT_EQ(0, box_open(&parent, 0, keep_zombie, &self->box.pidfd));
	box_go(&parent);
	ASSERT_TRUE(EVENTUALLY(ctx_processes(ID) == 2));

	EXPECT_EQ(-EAGAIN, ctx_kill(&self->client, ID, 0));
	EXPECT_EQ(-EAGAIN, ctx_kill(&self->client, ID, 300));
	EXPECT_STRNE("", self->client.message);
	ASSERT_EQ(0, ctx_get(&self->client, ID, &info));
	EXPECT_EQ(CTX_STATE_STOPPING, info.state);
	EXPECT_EQ(CTX_REASON_KILLED, info.reason);

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	start = time(NULL);
	EXPECT_EQ(-EAGAIN, ctx_kill(&self->client, ID, 10000));
	EXPECT_GT(start + 8, time(NULL));

	/* The id is not free before. */
	kill(parent.pid, SIGUSR1);
	EXPECT_EQ(0, box_wait(&parent));
	EXPECT_EQ(0, ctx_end(&self->client, ID));
	EXPECT_EQ(SIGKILL, box_wait(&self->box));
	box_close(&parent);
}

TEST_F(kill, pinned_and_dead)
{
	struct info info;
	char path[64];
	int fd;

	ASSERT_EQ(0, box_open(&self->box, BOX_NS, box_pause, NULL));
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, NULL, 0));
	snprintf(path, sizeof(path), "/proc/%d/ns/user", self->box.pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ctx_kill(&self->client, ID, 5000));
	EXPECT_EQ(-ENOENT, ctx_kill(&self->client, ID, 0));
	EXPECT_STRNE("", self->client.message);
	ASSERT_EQ(0, ctx_get(&self->client, ID, &info));
	EXPECT_EQ(CTX_STATE_DEAD, info.state);
	close(fd);
}

TEST_HARNESS_MAIN
