// SPDX-License-Identifier: GPL-2.0
#include "lsm.h"

#include <fcntl.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

struct request {
	side_fn fn;
	long arg;
};

static ssize_t transfer_fd(int socket, void *data, size_t size, int *fd, bool send)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { data, size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;
	ssize_t n;

	memset(&control, 0, sizeof(control));
	if (!send || *fd >= 0) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
	}
	if (send && *fd >= 0) {
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), fd, sizeof(int));
	}
	if (send)
		return sendmsg(socket, &msg, MSG_NOSIGNAL);
	*fd = -1;
	do {
		n = recvmsg(socket, &msg, 0);
	} while (n < 0 && errno == EINTR);
	cmsg = n < 0 ? NULL : CMSG_FIRSTHDR(&msg);
	if (cmsg && cmsg->cmsg_type == SCM_RIGHTS &&
	    cmsg->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(cmsg), sizeof(int));
	return n;
}

long send_fd(int socket, int fd)
{
	return OR_ERRNO(transfer_fd(socket, "x", 1, &fd, true));
}

long receive_fd(int socket)
{
	char byte;
	int fd;

	if (transfer_fd(socket, &byte, 1, &fd, false) < 0)
		return -errno;
	return fd < 0 ? -ENOENT : fd;
}

long do_receive(long socket)
{
	return receive_fd(socket);
}

/* @fn is given the descriptor that came along, if any, instead of its argument. */
static void serve(int socket)
{
	struct request request;
	long result;
	int fd;

	while (transfer_fd(socket, &request, sizeof(request), &fd, false) ==
	       sizeof(request)) {
		result = request.fn(fd >= 0 ? fd : request.arg);
		if (send(socket, &result, sizeof(result), MSG_NOSIGNAL) < 0)
			break;
	}
}

void call_begin(struct side *side, side_fn fn, long arg)
{
	struct request request = { fn, arg };

	if (send(side->socket, &request, sizeof(request), MSG_NOSIGNAL) < 0)
		perror("call");
}

long call_end(struct side *side)
{
	long result;

	if (recv(side->socket, &result, sizeof(result), 0) != sizeof(result))
		return -EPIPE;
	return result;
}

long call(struct side *side, side_fn fn, long arg)
{
	call_begin(side, fn, arg);
	return call_end(side);
}

static long same(long fd)
{
	return fd;
}

int give(struct side *side, int fd)
{
	struct request request = { same, -EBADF };

	if (transfer_fd(side->socket, &request, sizeof(request), &fd, true) < 0)
		return -errno;
	return call_end(side);
}

int give_both(struct side *one, struct side *other, int type, int fds[2])
{
	int pair[2];

	if (socketpair(AF_UNIX, type, 0, pair))
		return -errno;
	fds[0] = give(one, pair[0]);
	fds[1] = give(other, pair[1]);
	close(pair[0]);
	close(pair[1]);
	return fds[0] < 0 ? fds[0] : fds[1] < 0 ? fds[1] : 0;
}

struct start {
	int sockets[2];		/* of the process, and of its child */
	bool nobody;
};

/* As root of its namespace, with a child that is the same; or as a user of the host. */
static int run(void *arg)
{
	struct start *start = arg;

	if (start->nobody && (setresgid(100000, 100000, 100000) ||
			      setresuid(100000, 100000, 100000)))
		return 1;
	/* The change of ids has made it undumpable, so that not even A could trace it. */
	prctl(PR_SET_DUMPABLE, 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	/* In place of the host's, as vpsctl does. */
	syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	if (start->sockets[1] >= 0 && !fork()) {
		close(start->sockets[0]);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(start->sockets[1]);
		_exit(0);
	}
	if (start->sockets[1] >= 0)
		close(start->sockets[1]);
	serve(start->sockets[0]);
	return 0;
}

static long do_getpid(long unused)
{
	return getpid() + 0 * unused;
}

/* A context, or for an id of 0 the process of the host. */
static int side_open(struct rig *rig, struct side *side, struct side *child,
		     uint32_t id, int flags, const struct grants *grants)
{
	struct start start = { { -1, -1 }, !id };
	int mine[2], childs[2] = { -1, -1 }, ret;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, mine) ||
	    (child && socketpair(AF_UNIX, SOCK_SEQPACKET, 0, childs)))
		return -errno;
	start.sockets[0] = mine[1];
	start.sockets[1] = childs[1];
	ret = box_open(&side->box, id ? CLONE_NEWUSER | flags : 0, run, &start);
	close(mine[1]);
	if (child)
		close(childs[1]);
	if (ret)
		return ret;
	side->pid = side->box.pid;
	side->socket = mine[0];
	side->id = id;
	if (child) {
		child->socket = childs[0];
		child->id = id;
	}
	if (id)
		ret = grants ? ctx_new_with(&rig->client, id, side->box.pidfd, grants) :
			       ctx_new(&rig->client, id, side->box.pidfd, NULL, 0);
	if (ret)
		return ret;
	box_go(&side->box);
	if (child)
		child->pid = call(child, do_getpid, 0);
	return call(side, do_getpid, 0) > 0 ? 0 : -ECHILD;
}

int rig_open(struct rig **to, int flags, const struct grants *grants)
{
	struct rig *rig = shared_memory(sizeof(*rig));
	int ret;

	if (!rig)
		return -ENOMEM;
	*to = rig;
	ret = client_open(&rig->client);
	if (ret)
		return ret;
	if (!EVENTUALLY(ctx_count(&rig->client, ID_A) + ctx_count(&rig->client, ID_B) == 0))
		return -EBUSY;
	return side_open(rig, &rig->a, &rig->a2, ID_A, flags, grants) ?:
	       side_open(rig, &rig->b, NULL, ID_B, flags, NULL) ?:
	       side_open(rig, &rig->h, NULL, 0, 0, NULL);
}

void rig_close(struct rig *rig)
{
	struct side *sides[] = { &rig->a, &rig->a2, &rig->b, &rig->h };
	unsigned int i;

	for (i = 0; i < sizeof(sides) / sizeof(*sides); i++) {
		if (sides[i]->socket)
			close(sides[i]->socket);
		box_close(&sides[i]->box);
	}
	client_close(&rig->client);
	munmap(rig, sizeof(*rig));
}

static int grant_one(struct rig *rig, struct grants grants, uint32_t have)
{
	grants.have = have;
	return ctx_grant(&rig->client, ID_A, &grants);
}

int grant_features(struct rig *rig, uint64_t features)
{
	return grant_one(rig, (struct grants){ .features = features }, HAVE(FEATURES));
}

int grant_netfilter(struct rig *rig, uint32_t level)
{
	return grant_one(rig, (struct grants){ .netfilter = level }, HAVE(NETFILTER));
}

int grant_caps(struct rig *rig, uint64_t caps)
{
	return grant_one(rig, (struct grants){ .caps = caps }, HAVE(CAPS));
}

int grant_devices(struct rig *rig, const struct ctx_device *list, unsigned int n)
{
	return grant_one(rig, (struct grants){ .devices = list, .n_devices = n },
			 HAVE(DEVICES));
}

void refusals_begin(struct rig *rig, const struct side *side)
{
	struct info info;

	memset(rig->before, 0, sizeof(rig->before));
	if (side->id && !ctx_get(&rig->client, side->id, &info))
		memcpy(rig->before, info.refusals, sizeof(rig->before));
}

long refusals_end(struct rig *rig, const struct side *side, unsigned int why)
{
	struct info info;
	unsigned int i;
	long rise = 0;

	if (!side->id)
		return 0;
	if (ctx_get(&rig->client, side->id, &info) || !info.n_refusals)
		return -2;
	for (i = 0; i < info.n_refusals; i++) {
		if (i == why)
			rise = info.refusals[i] - rig->before[i];
		else if (info.refusals[i] != rig->before[i])
			return -1;
	}
	return rise;
}

long do_close(long fd)
{
	return OR_ERRNO(close(fd));
}

long do_unshare(long flags)
{
	return OR_ERRNO(unshare(flags));
}

long in_child(side_fn fn, long arg)
{
	long *result = shared_memory(sizeof(*result)), value;
	pid_t pid;

	*result = -ECHILD;
	pid = fork();
	if (!pid) {
		*result = fn(arg);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	value = *result;
	munmap(result, sizeof(*result));
	return value;
}

long do_own_tmpfs(long unused)
{
	(void)unused;
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/mnt", "tmpfs", 0, NULL))
		return -errno;
	return 0;
}

int set_file(const char *path, const char *value, char *old, size_t size)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	if (old) {
		n = read(fd, old, size - 1);
		old[n > 0 ? n : 0] = '\0';
	}
	n = pwrite(fd, value, strlen(value), 0);
	close(fd);
	return n < 0 ? -errno : 0;
}
