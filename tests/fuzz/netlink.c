// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes the family "ctx": from the host, as its root and as nobody, from a
 * user namespace, from another network namespace, and from inside a context.
 * Contexts come and go all the time. Nobody but root may change anything, a
 * context hears of itself only, and in the end no context is left.
 */
#include <grp.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "message.h"

#define LINKS		8
#define CHILDREN	8
#define FIRST_ID	(CTX_ID_RESERVED_MAX - 2)
#define IDS		12
/* Of the worker that is inside: none of those that the others kill. */
#define INSIDE_ID	0x70000000

static struct link links[LINKS];
static struct child children[CHILDREN];
static uint32_t recent[4];	/* of contexts that this worker has made */

static uint32_t some_id(void)
{
	if (!once_in(3) && recent[0])
		return one_of(recent);
	return once_in(20) ? rnd_edge() : FIRST_ID + rnd(IDS);
}

/* Now and then in the wrong order, twice, with what belongs to other commands. */
static void add_others(struct message *m)
{
	bool wild = once_in(3);

	for (int n = rnd(4); n--;)
		message_some(m, 1 + rnd(CTX_A_MAX), wild);
}

/* The id. */
static uint32_t compose_new(struct message *m)
{
	uint32_t id = once_in(4) ? some_id() : FIRST_ID + rnd(IDS);
	struct child *c = &children[rnd(CHILDREN)];
	int odd = -1;

	if (c->pid <= 0 || once_in(2)) {
		child_drop(c);
		child_make(c);
	}
	message_begin(m, CTX_CMD_NEW, NLM_F_ACK);
	message_u32(m, CTX_A_ID, id);
	if (once_in(10))
		odd = odd_fd(c);
	message_u32(m, CTX_A_PIDFD, odd >= 0 ? odd : c->pidfd);
	/* The number is free again: it may be anything's by then, or nothing's. */
	if (odd >= 0 && once_in(2))
		close(odd);
	if (once_in(2))
		message_u32(m, CTX_A_FLAGS, CTX_F_FORCE);
	if (once_in(3))
		message_some(m, CTX_A_NAME, once_in(3));
	if (once_in(4))
		add_others(m);
	return id;
}

static void compose_change(struct message *m)
{
	static const int cmds[] = { CTX_CMD_SET, CTX_CMD_GET, CTX_CMD_KILL };
	int cmd = one_of(cmds);

	message_begin(m, cmd, once_in(20) ? 0 : NLM_F_ACK);
	if (!once_in(12))
		message_u32(m, CTX_A_ID, some_id());
	if (cmd == CTX_CMD_KILL && once_in(2))
		message_u32(m, CTX_A_TIMEOUT, once_in(2) ? rnd(3000) : rnd(30));
	if (cmd == CTX_CMD_SET)
		message_some(m, CTX_A_NAME, once_in(3));
	if (once_in(cmd == CTX_CMD_SET ? 2 : 6))
		add_others(m);
}

static void compose_any(struct message *m)
{
	message_begin(m, rnd(CTX_CMD_MAX + 2), NLM_F_ACK | (once_in(3) ? NLM_F_DUMP : 0));
	if (once_in(2))
		message_u32(m, CTX_A_ID, some_id());
	if (!once_in(3))
		add_others(m);
}

/* The id of the context that this may make. */
static uint32_t compose(struct message *m)
{
	uint32_t id = 0;

	switch (rnd(5)) {
	case 0:
	case 1:
		id = compose_new(m);
		break;
	case 2:
	case 3:
		compose_change(m);
		break;
	default:
		compose_any(m);
	}
	if (once_in(3))
		message_mutate(m);
	return id;
}

/* One that has left a dump unread goes with it, or goes on. */
static struct link *some_link(bool powerless, uint32_t only)
{
	struct link *link = &links[rnd(LINKS)];

	if (link->fd > 0 && once_in(link->left ? 4 : 60)) {
		close(link->fd);
		link->fd = 0;
	}
	if (link->fd <= 0 && link_open(link) < 0)
		return NULL;
	if (once_in(30))
		link_disturb(link);
	link->powerless = powerless;
	link->only = only;
	return link;
}

static void fuzz(bool powerless, uint32_t only)
{
	static struct message m;

	while (!over()) {
		struct link *link = some_link(powerless, only);

		if (link) {
			uint32_t id = compose(&m);

			message_send(link, &m);
			if (id && !link->last)
				recent[recent[0] ? rnd(COUNT(recent)) : 0] = id;
		}
		/* Most of the time is for those who can change something. */
		if (powerless)
			usleep(2000);
		if (once_in(10))
			child_drop(&children[rnd(CHILDREN)]);
		beat();
	}
	for (int i = 0; i < CHILDREN; i++)
		child_drop(&children[i]);
}

static void as_root(void)
{
	fuzz(false, 0);
}

static void as_nobody(void)
{
	if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) ||
	    setresuid(65534, 65534, 65534))
		broken("cannot become nobody");
	fuzz(true, 0);
}

static void in_userns(void)
{
	if (unshare(CLONE_NEWUSER))
		broken("no user namespace");
	fuzz(true, 0);
}

static void in_netns(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		broken("no network namespace");
	fuzz(true, 0);
}

static void inside(void *arg)
{
	int *go = arg;
	char byte;

	close(go[1]);
	memset(children, 0, sizeof(children));
	if (read(go[0], &byte, 1) == 1)
		fuzz(true, INSIDE_ID);
}

/* The context lives for a second or a few, or until a random number hits it. */
static void one_inside(void)
{
	struct child c;
	struct message m;
	struct link link;
	double until = now() + 1 + rnd(4);
	int go[2], status = 0;

	if (pipe(go) || !child_run(&c, CLONE_NEWUSER | CLONE_NEWPID, inside, go))
		broken("no process for a context");
	close(go[0]);
	link_open(&link);
	message_begin(&m, CTX_CMD_NEW, NLM_F_ACK);
	message_u32(&m, CTX_A_ID, INSIDE_ID);
	message_u32(&m, CTX_A_PIDFD, c.pidfd);
	message_send(&link, &m);
	close(link.fd);
	if (!link.last && write(go[1], "", 1) != 1)
		broken("no pipe");
	close(go[1]);
	while (!link.last && !over() && now() < until &&
	       !waitpid(c.pid, &status, WNOHANG | WNOWAIT))
		usleep(20000);
	status = child_drop(&c);
	if (WIFEXITED(status) && WEXITSTATUS(status) && *counts->broken)
		_exit(1);
	if (!link.last)
		__atomic_add_fetch(&counts->detail[CTX_CMD_MAX + 1], 1, __ATOMIC_RELAXED);
	beat();
}

static void from_inside(void)
{
	while (!over())
		one_inside();
}

/* How many the host has, those that are dead and still there included. */
static unsigned int contexts(void)
{
	struct message m;
	struct link link;
	int value = 1 << 22;

	link_open(&link);
	setsockopt(link.fd, SOL_SOCKET, SO_RCVBUF, &value, sizeof(value));
	message_begin(&m, CTX_CMD_GET, NLM_F_DUMP);
	do {
		link.seen = 0;
		link.left = false;
		message_send(&link, &m);
	} while (link.left || link.last);
	close(link.fd);
	return link.seen;
}

static bool enough(void)
{
	const unsigned long *did = counts->detail;

	return did[CTX_CMD_NEW] >= 20 && did[CTX_CMD_SET] && did[CTX_CMD_GET] &&
	       did[CTX_CMD_KILL] && did[CTX_CMD_MAX + 1];
}

int main(void)
{
	static struct worker workers[] = {
		{ .name = "root", .run = as_root },
		{ .name = "root, too", .run = as_root },
		{ .name = "nobody", .run = as_nobody },
		{ .name = "user namespace", .run = in_userns },
		{ .name = "network namespace", .run = in_netns },
		{ .name = "inside", .run = from_inside },
	};
	unsigned long *did;
	unsigned int left;
	bool good;

	fuzzer_start(30, enough);
	did = counts->detail;
	if (geteuid() || !family_find()) {
		printf("not ok 1 - netlink: it takes root, and a kernel with contexts\n");
		return 1;
	}
	/* It ends whatever it finds. */
	if (contexts()) {
		printf("not ok 1 - netlink: there are contexts already\n");
		return 1;
	}
	memset(counts, 0, sizeof(*counts));
	good = fuzzer_run(workers, COUNT(workers));
	printf("# done: NEW %lu, SET %lu, GET %lu, KILL %lu; %lu contexts had a fuzzer inside\n",
	       did[CTX_CMD_NEW], did[CTX_CMD_SET], did[CTX_CMD_GET],
	       did[CTX_CMD_KILL], did[CTX_CMD_MAX + 1]);
	good &= enough();
	for (double until = now() + 60; (left = contexts()) && now() < until;)
		usleep(100000);
	if (left)
		printf("# %u contexts are left\n", left);
	return fuzzer_end("netlink", good && !left);
}
