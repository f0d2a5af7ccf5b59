// SPDX-License-Identifier: GPL-2.0
/* NEW, exit, unshare, setns and KILL at the same time. */
#include <errno.h>
#include <fcntl.h>
#include <netlink/netlink.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "box.h"
#include "client.h"
#include "harness.h"

#define ID 18000

FIXTURE(race)
{
	struct client client, events;
	struct box box;
};

FIXTURE_SETUP(race)
{
	ASSERT_EQ(0, client_open(&self->client));
	ASSERT_EQ(0, events_open(&self->events));
}

FIXTURE_TEARDOWN(race)
{
	box_close(&self->box);
	client_close(&self->events);
	client_close(&self->client);
}

static void spin(unsigned int n)
{
	while (n--)
		__asm__ volatile("" ::: "memory");
}

/* The delay grows to and fro, so that every order of the two is tried. */
static unsigned int delay_of(int i)
{
	return (i * 7919) % 60000;
}

/*
 * Either NEW fails for the process being gone, and there is nothing; or there
 * was a context, its three events come in order, and it goes.
 */
TEST_F_TIMEOUT(race, new_and_exit, 600)
{
	static const uint32_t order[] = {
		CTX_EVENT_STARTED, CTX_EVENT_STOPPING, CTX_EVENT_STOPPED,
	};
	int i, ret, made = 0, late = 0;
	struct info info;
	unsigned int e;

	for (i = 0; i < 400; i++) {
		ASSERT_EQ(0, box_open(&self->box, i & 1 ? CLONE_NEWUSER : BOX_NS,
				      box_exit0, NULL));
		box_go(&self->box);
		spin(delay_of(i));
		ret = ctx_new(&self->client, ID + i, self->box.pidfd, NULL, 0);
		if (!ret) {
			made++;
			for (e = 0; e < 3; e++) {
				ASSERT_EQ(0, events_next(&self->events, ID + i,
							 10000, &info))
					TH_LOG("round %d, event %u", i, e);
				ASSERT_EQ(order[e], info.event);
			}
			ASSERT_EQ(CTX_REASON_EXIT, info.reason);
			ASSERT_EQ(0, info.exit_status);
		} else {
			late++;
			ASSERT_EQ(-ESRCH, ret);
			ASSERT_EQ(-ETIMEDOUT, events_next(&self->events, ID + i,
							  0, &info));
		}
		ASSERT_EQ(0, box_wait(&self->box));
		box_close(&self->box);
	}
	TH_LOG("%d made, %d too late", made, late);
	for (i = 0; i < 400; i++)
		ASSERT_TRUE(EVENTUALLY(ctx_count(&self->client, ID + i) == 0));
}

static int unshare_once(void *arg)
{
	int64_t *after = arg;

	if (unshare(CLONE_NEWUSER))
		return 1;
	*(volatile int64_t *)after = ctx_of_pid(0) + 1;
	return box_pause(NULL);
}

/* Who was first decides: no child is without the label of its parent. */
TEST_F_TIMEOUT(race, new_and_unshare, 600)
{
	int64_t *after = shared_memory(sizeof(*after));
	int i, ret, labelled = 0, busy = 0;

	for (i = 0; i < 300; i++) {
		*after = 0;
		ASSERT_EQ(0, box_open(&self->box, CLONE_NEWUSER, unshare_once,
				      after));
		box_go(&self->box);
		spin(delay_of(i));
		ret = ctx_new_with(&self->client, ID, self->box.pidfd, &nesting);
		ASSERT_TRUE(EVENTUALLY(*(volatile int64_t *)after));
		if (!ret) {
			labelled++;
			ASSERT_EQ(ID, ctx_of_pid(self->box.pid));
			ASSERT_EQ(0, ctx_end(&self->client, ID));
		} else {
			/* Of the child itself: its parent is not the host's. */
			busy++;
			ASSERT_TRUE(ret == -EBUSY || ret == -EINVAL);
			ASSERT_EQ(0, ctx_of_pid(self->box.pid));
			ASSERT_EQ(1, *after);
		}
		box_close(&self->box);
	}
	TH_LOG("%d labelled, %d had a child", labelled, busy);
}

struct newer {
	pthread_barrier_t *barrier;
	struct client client;
	uint32_t id;
	int pidfd, ret;
};

static void *do_new(void *arg)
{
	struct newer *newer = arg;

	pthread_barrier_wait(newer->barrier);
	newer->ret = ctx_new(&newer->client, newer->id, newer->pidfd, NULL, 0);
	return NULL;
}

static void new_at_once(struct __test_metadata *_metadata, struct newer newers[2])
{
	pthread_barrier_t barrier;
	pthread_t threads[2];
	int i;

	pthread_barrier_init(&barrier, NULL, 2);
	for (i = 0; i < 2; i++) {
		newers[i].barrier = &barrier;
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, do_new, &newers[i]));
	}
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&barrier);
	EXPECT_EQ(-EEXIST, newers[0].ret + newers[1].ret);
	EXPECT_EQ(0, newers[0].ret * newers[1].ret);
}

TEST_F_TIMEOUT(race, new_and_new, 600)
{
	struct newer newers[2] = {};
	struct box other;
	int i;

	ASSERT_EQ(0, client_open(&newers[0].client));
	ASSERT_EQ(0, client_open(&newers[1].client));
	for (i = 0; i < 100; i++) {
		/* The same id for two namespaces. */
		ASSERT_EQ(0, box_open(&self->box, BOX_NS, box_pause, NULL));
		ASSERT_EQ(0, box_open(&other, BOX_NS, box_pause, NULL));
		newers[0].id = newers[1].id = ID;
		newers[0].pidfd = self->box.pidfd;
		newers[1].pidfd = other.pidfd;
		new_at_once(_metadata, newers);
		ASSERT_EQ(ID, ctx_of_pid(self->box.pid) + ctx_of_pid(other.pid));
		ASSERT_EQ(0, ctx_end(&self->client, ID));
		box_close(&self->box);
		box_close(&other);

		/* Two ids for the same namespace. */
		ASSERT_EQ(0, box_open(&self->box, BOX_NS, box_pause, NULL));
		newers[0].pidfd = newers[1].pidfd = self->box.pidfd;
		newers[1].id = ID + 1;
		new_at_once(_metadata, newers);
		ASSERT_EQ(newers[0].ret ? ID + 1 : ID, ctx_of_pid(self->box.pid));
		box_close(&self->box);
		ASSERT_TRUE(EVENTUALLY(ctx_count(&self->client, ID) == 0 &&
				       ctx_count(&self->client, ID + 1) == 0));
	}
	client_close(&newers[0].client);
	client_close(&newers[1].client);
}

struct entry {
	int fd;
	volatile int outcome;	/* 1 + errno of setns */
};

static int enter(void *arg)
{
	struct entry *entry = arg;

	if (syscall(SYS_setns, entry->fd, CLONE_NEWUSER)) {
		entry->outcome = 1 + errno;
		return 0;
	}
	entry->outcome = 1;
	return box_pause(NULL);
}

/* Who comes in while all is killed is killed as well, or was refused. */
TEST_F_TIMEOUT(race, setns_and_kill, 600)
{
	struct entry *entry = shared_memory(sizeof(*entry));
	int i, in = 0, refused = 0, status;
	struct box outsider;
	char path[64];

	for (i = 0; i < 200; i++) {
		ASSERT_EQ(0, box_open(&self->box, CLONE_NEWUSER, box_pause, NULL));
		ASSERT_EQ(0, ctx_new(&self->client, ID, self->box.pidfd, NULL, 0));
		snprintf(path, sizeof(path), "/proc/%d/ns/user", self->box.pid);
		entry->fd = open(path, O_RDONLY);
		entry->outcome = 0;
		ASSERT_LE(0, entry->fd);
		ASSERT_EQ(0, box_open(&outsider, 0, enter, entry));
		box_go(&outsider);
		usleep(delay_of(i) / 20);
		ASSERT_EQ(0, ctx_kill(&self->client, ID, 10000));
		status = box_wait(&outsider);
		if (status) {
			ASSERT_EQ(SIGKILL, status);
			in++;
		} else {
			ASSERT_EQ(1 + ESRCH, entry->outcome);
			refused++;
		}
		ASSERT_EQ(0, ctx_processes(ID));
		close(entry->fd);
		box_close(&outsider);
		box_close(&self->box);
	}
	TH_LOG("%d came in and died, %d were refused", in, refused);
}

TEST_HARNESS_MAIN
