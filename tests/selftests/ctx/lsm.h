/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two contexts, A and B, and a process H of the host, that share whatever
 * namespaces a test wants them to, and all have the same ids: nothing but the
 * label tells them apart. Each is a process that runs functions on request.
 */
#ifndef CTX_LSM_TEST_H
#define CTX_LSM_TEST_H

#include <errno.h>

#include "box.h"
#include "client.h"

#define ID_A	21001
#define ID_B	21002

struct side {
	struct box box;		/* of init, which has no box_wait() */
	pid_t pid;		/* in the pid namespace of the test */
	int socket;		/* requests, and descriptors with them */
	uint32_t id;
};

/* In memory that all of them share. */
struct rig {
	struct client client;	/* of the test only */
	struct side a, a2;	/* two processes of context A; a2 is a's child */
	struct side b;
	struct side h;
	uint64_t before[64];
	int word;		/* for the tests */
	char text[4096];
};

typedef long (*side_fn)(long arg);

/* The namespaces besides the user namespace that A, and B, have of their own. */
int rig_open(struct rig **rig, int flags, const struct grants *grants);
void rig_close(struct rig *rig);

/* What @fn returns on that side; the functions return a negative errno. */
long call(struct side *side, side_fn fn, long arg);
/* The same in two steps. */
void call_begin(struct side *side, side_fn fn, long arg);
long call_end(struct side *side);
/* A duplicate of @fd is there with the number that is returned. */
int give(struct side *side, int fd);
int give_both(struct side *one, struct side *other, int type, int fds[2]);

/* SET of A. */
int grant_features(struct rig *rig, uint64_t features);
int grant_netfilter(struct rig *rig, uint32_t level);
int grant_caps(struct rig *rig, uint64_t caps);
int grant_devices(struct rig *rig, const struct ctx_device *list, unsigned int n);

#define NOTHING	63	/* no refusal */

/* Remember the counters of @side, and by how much @why has grown since; -1 if another has. */
void refusals_begin(struct rig *rig, const struct side *side);
long refusals_end(struct rig *rig, const struct side *side, unsigned int why);

/* @fn fails on @side with @error, which is counted @n times as @why. */
#define EXPECT_REFUSED(side, error, n, why, fn, arg) do {		\
	refusals_begin(self->rig, side);				\
	EXPECT_EQ(-(error), call(side, fn, (long)(arg)))		\
		TH_LOG("%s(%s)", #fn, #arg);				\
	EXPECT_EQ(n, refusals_end(self->rig, side, why))		\
		TH_LOG("counters of %s(%s)", #fn, #arg);		\
} while (0)

#define EXPECT_WORKS(side, fn, arg) do {				\
	refusals_begin(self->rig, side);				\
	EXPECT_LE(0, call(side, fn, (long)(arg)))			\
		TH_LOG("%s(%s)", #fn, #arg);				\
	EXPECT_EQ(0, refusals_end(self->rig, side, NOTHING))		\
		TH_LOG("counters of %s(%s)", #fn, #arg);		\
} while (0)

/* Functions for sides. */
#define OR_ERRNO(value) ({ long v_ = (value); v_ < 0 ? -errno : v_; })
long do_close(long fd);
long do_unshare(long flags);
/* @fn of a child, which exits then; as the status of a process, so small. */
long in_child(side_fn fn, long arg);
/* Send, and receive, a descriptor over a socket; -ENOENT if none came. */
long send_fd(int socket, int fd);
long receive_fd(int socket);
long do_receive(long socket);
/* Private mounts, and a tmpfs of its own on /mnt. */
long do_own_tmpfs(long unused);

/* A file of the host, which is put back by the second call. */
int set_file(const char *path, const char *value, char *old, size_t size);

#define RIG_FIXTURE(name, flags)					\
	FIXTURE(name) { struct rig *rig; };				\
	FIXTURE_SETUP(name)						\
	{								\
		ASSERT_EQ(0, rig_open(&self->rig, flags, NULL));	\
	}								\
	FIXTURE_TEARDOWN(name)						\
	{								\
		rig_close(self->rig);					\
	}

#endif
