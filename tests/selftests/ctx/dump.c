// SPDX-License-Identifier: GPL-2.0
/* A dump while contexts come and go: each that stays is there exactly once. */
#include <errno.h>
#include <netlink/netlink.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "box.h"
#include "client.h"
#include "harness.h"

#define ID 13000
#define STAY 150
#define CHURN_ID 14000
#define DUMPS 60

struct seen {
	int stay[STAY], disorder, churn, total;
	uint64_t serial;
	unsigned int delay_us;
};

static void note(const struct info *info, void *data)
{
	struct seen *seen = data;

	seen->total++;
	if (info->serial <= seen->serial)
		seen->disorder++;
	seen->serial = info->serial;
	if (info->id >= ID && info->id < ID + STAY &&
	    info->state != CTX_STATE_DEAD)
		seen->stay[info->id - ID]++;
	else if (info->id >= CHURN_ID)
		seen->churn++;
	if (seen->total % 16 == 0)
		usleep(seen->delay_us);
}

/* Makes and ends contexts until it is killed, several at a time. */
static int churn(void *arg)
{
	volatile int *rounds = arg;
	struct box boxes[4] = {};
	struct client client;
	unsigned int n = 0;

	if (client_open(&client))
		return 1;
	for (;;) {
		struct box *box = &boxes[n % 4];

		box_close(box);
		if (box_open(box, CLONE_NEWUSER | CLONE_NEWPID, box_pause, NULL))
			return 2;
		if (ctx_new(&client, CHURN_ID + n % 1000, box->pidfd, NULL, 0))
			return 3;
		n++;
		++*rounds;
	}
}

FIXTURE(dump)
{
	struct client client;
	struct box stay[STAY], churn;
	int *rounds;
};

FIXTURE_SETUP(dump)
{
	int i;

	self->rounds = shared_memory(sizeof(int));
	ASSERT_NE(NULL, self->rounds);
	ASSERT_EQ(0, client_open(&self->client));
	for (i = 0; i < STAY; i++) {
		ASSERT_EQ(0, box_open(&self->stay[i], CLONE_NEWUSER | CLONE_NEWPID,
				      box_pause, NULL));
		ASSERT_EQ(0, ctx_new(&self->client, ID + i, self->stay[i].pidfd,
				     "stays-with-a-name-that-makes-it-long", 0));
	}
}

FIXTURE_TEARDOWN(dump)
{
	int i;

	box_close(&self->churn);
	for (i = 0; i < STAY; i++)
		box_close(&self->stay[i]);
	client_close(&self->client);
}

TEST_F_TIMEOUT(dump, quiet, 300)
{
	struct seen seen = {};
	int i;

	ASSERT_EQ(0, ctx_dump(&self->client, note, &seen));
	EXPECT_EQ(0, seen.disorder);
	for (i = 0; i < STAY; i++)
		EXPECT_EQ(1, seen.stay[i]);
}

TEST_F_TIMEOUT(dump, churn, 600)
{
	int i, n, churned = 0;

	ASSERT_EQ(0, box_open(&self->churn, 0, churn, self->rounds));
	box_go(&self->churn);
	ASSERT_TRUE(EVENTUALLY(*(volatile int *)self->rounds > 4));
	/* A slow machine makes few rounds in the time of so many dumps. */
	for (n = 0; n < DUMPS || *(volatile int *)self->rounds <= 20; n++) {
		struct seen seen = { .delay_us = n % 3 * 1000 };

		ASSERT_EQ(0, ctx_dump(&self->client, note, &seen));
		EXPECT_EQ(0, seen.disorder);
		for (i = 0; i < STAY; i++)
			ASSERT_EQ(1, seen.stay[i])
				TH_LOG("dump %d, id %d", n, ID + i);
		churned += seen.churn;
	}
	EXPECT_LT(0, churned);
	EXPECT_LT(20, *(volatile int *)self->rounds);
	ASSERT_EQ(0, waitpid(self->churn.pid, NULL, WNOHANG));
}

/* Dead ones are listed as dead as long as something pins them. */
TEST_F_TIMEOUT(dump, half_of_them_dead, 300)
{
	struct seen seen = {};
	int i;

	for (i = 0; i < STAY; i += 2)
		ASSERT_EQ(0, ctx_kill(&self->client, ID + i, 5000));
	ASSERT_EQ(0, ctx_dump(&self->client, note, &seen));
	EXPECT_EQ(0, seen.disorder);
	EXPECT_EQ(STAY, seen.total);
	for (i = 0; i < STAY; i++)
		EXPECT_EQ(i % 2, seen.stay[i]);
}

TEST_HARNESS_MAIN
