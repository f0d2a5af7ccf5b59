// SPDX-License-Identifier: GPL-2.0
/* Events: one for each change, in order, with the right reason. */
#include <errno.h>
#include <netlink/netlink.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "box.h"
#include "client.h"
#include "harness.h"

#define ID 16000
#define WAIT_MS 10000

FIXTURE(events)
{
	struct client client, events;
	struct box box;
};

FIXTURE_SETUP(events)
{
	ASSERT_EQ(0, client_open(&self->client));
	ASSERT_TRUE(EVENTUALLY(ctx_count(&self->client, ID) == 0));
	ASSERT_EQ(0, events_open(&self->events));
}

FIXTURE_TEARDOWN(events)
{
	box_close(&self->box);
	client_close(&self->events);
	client_close(&self->client);
}

#define EXPECT_EVENT(kind, in_state, info) do {				\
	ASSERT_EQ(0, events_next(&self->events, ID, WAIT_MS, (info)));	\
	EXPECT_EQ(CTX_EVENT_##kind, (info)->event);			\
	EXPECT_EQ(CTX_STATE_##in_state, (info)->state);			\
	EXPECT_TRUE(HAS(info, CTX_A_SERIAL));				\
} while (0)

/* The whole life of a box whose end has @why and @how. */
#define EXPECT_LIFE(flags, fn, act, why, how) do {			\
	struct info info_;						\
	uint64_t serial_;						\
	ASSERT_EQ(0, box_open(&self->box, (flags), (fn), NULL));	\
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, NULL, 0)); \
	EXPECT_EVENT(STARTED, RUNNING, &info_);				\
	EXPECT_FALSE(HAS(&info_, CTX_A_REASON));			\
	EXPECT_FALSE(HAS(&info_, CTX_A_EXIT_STATUS));			\
	serial_ = info_.serial;						\
	box_go(&self->box);						\
	act;								\
	EXPECT_EVENT(STOPPING, STOPPING, &info_);			\
	EXPECT_EQ(CTX_REASON_##why, info_.reason);			\
	EXPECT_EQ((uint32_t)(how), info_.exit_status);			\
	EXPECT_EQ(serial_, info_.serial);				\
	EXPECT_EVENT(STOPPED, DEAD, &info_);				\
	EXPECT_EQ(CTX_REASON_##why, info_.reason);			\
	EXPECT_EQ((uint32_t)(how), info_.exit_status);			\
	EXPECT_EQ(serial_, info_.serial);				\
	EXPECT_EQ((how), box_wait(&self->box));				\
	EXPECT_EQ(-ETIMEDOUT, events_next(&self->events, ID, 0, &info_)); \
} while (0)

static int exit7(void *arg)
{
	(void)arg;
	return 7;
}

TEST_F(events, exit_status)
{
	EXPECT_LIFE(BOX_NS, exit7, (void)0, EXIT, 7 << 8);
}

TEST_F(events, exit_zero_without_pid_namespace)
{
	EXPECT_LIFE(CLONE_NEWUSER, box_exit0, (void)0, EXIT, 0);
}

TEST_F(events, signal_from_the_host)
{
	EXPECT_LIFE(BOX_NS, box_pause, kill(self->box.pid, SIGKILL), SIGNAL,
		    SIGKILL);
}

static int fault(void *arg)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	*(volatile int *)arg = 0;
	return 0;
}

TEST_F(events, fault)
{
	EXPECT_LIFE(BOX_NS, fault, (void)0, SIGNAL, SIGSEGV);
}

static int raise_term(void *arg)
{
	(void)arg;
	return raise(SIGTERM);
}

TEST_F(events, own_signal)
{
	EXPECT_LIFE(CLONE_NEWUSER, raise_term, (void)0, SIGNAL, SIGTERM);
}

TEST_F(events, killed)
{
	EXPECT_LIFE(BOX_NS, box_pause,
		    EXPECT_EQ(0, ctx_kill(&self->client, ID, 10000)),
		    KILLED, SIGKILL);
}

static int restart(void *arg)
{
	(void)arg;
	reboot(RB_AUTOBOOT);
	return 1;
}

static int power_off(void *arg)
{
	(void)arg;
	reboot(RB_POWER_OFF);
	return 1;
}

/* Not by init itself. */
static int halt_in_child(void *arg)
{
	if (!fork()) {
		reboot(RB_HALT_SYSTEM);
		_exit(1);
	}
	return box_pause(arg);
}

static int restart_in_child(void *arg)
{
	if (!fork()) {
		reboot(RB_AUTOBOOT);
		_exit(1);
	}
	return box_pause(arg);
}

TEST_F(events, restart)
{
	EXPECT_LIFE(BOX_NS, restart, (void)0, REBOOT, SIGHUP);
}

TEST_F(events, restart_in_child)
{
	EXPECT_LIFE(BOX_NS, restart_in_child, (void)0, REBOOT, SIGHUP);
}

TEST_F(events, power_off)
{
	EXPECT_LIFE(BOX_NS, power_off, (void)0, HALT, SIGINT);
}

TEST_F(events, halt_in_child)
{
	EXPECT_LIFE(BOX_NS, halt_in_child, (void)0, HALT, SIGINT);
}

/* The event is not sent before init is through with its namespaces. */
TEST_F(events, stopped_is_the_end)
{
	struct info info;

	ASSERT_EQ(0, box_open(&self->box, CLONE_NEWUSER, halt_in_child, NULL));
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, NULL, 0));
	kill(self->box.pid, SIGKILL);
	do {
		ASSERT_EQ(0, events_next(&self->events, ID, WAIT_MS, &info));
	} while (info.event != CTX_EVENT_STOPPED);
	EXPECT_EQ(0, ctx_processes(ID));
}

TEST_F(events, changed_and_refused)
{
	struct info info;

	ASSERT_EQ(0, box_open(&self->box, BOX_NS, box_pause, NULL));
	EXPECT_EQ(-EINVAL, ctx_new(&self->client, ID, self->box.pidfd, "a b", 0));
	EXPECT_EQ(-EBADF, ctx_new(&self->client, ID, -1, NULL, 0));
	ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, NULL, 0));
	EXPECT_EVENT(STARTED, RUNNING, &info);
	EXPECT_EQ(-EINVAL, ctx_set(&self->client, ID, ""));
	EXPECT_EQ(0, ctx_set(&self->client, ID, "name"));
	EXPECT_EVENT(CHANGED, RUNNING, &info);
	EXPECT_EQ(-ETIMEDOUT, events_next(&self->events, ID, 100, &info));
}

static int join_group(void *arg)
{
	struct client events;

	(void)arg;
	return -events_open(&events);
}

TEST_F(events, group_takes_a_capability)
{
	ASSERT_EQ(0, box_open(&self->box, CLONE_NEWUSER, join_group, NULL));
	box_go(&self->box);
	EXPECT_EQ(EPERM << 8, box_wait(&self->box));
}

TEST_HARNESS_MAIN
