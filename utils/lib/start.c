// SPDX-License-Identifier: GPL-2.0
/*
 * How a VPS starts. The future init is cloned into its namespaces and group
 * and does inside what must be done inside; the context is made when all
 * stands, and only then does it become init. The two talk over one socket:
 *
 *	command				future init
 *	id maps, root, network
 *	'r' root, 'd' /dev	  ->	mounts, /etc, addresses
 *				  <-	error, or a zeroed one: ready
 *	CTX_CMD_NEW
 *	'g'			  ->	execve
 *				  <-	error, or the end of the socket: done
 *	the root at VE_ROOT
 *
 * When the command dies, the socket ends and the future init exits; what is
 * left then (a mount, an empty group) is cleaned by the next start.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include <linux/ctx.h>

#include "beancounters.h"
#include "cgroup.h"
#include "fdpass.h"
#include "grants.h"
#include "inside.h"
#include "mountapi.h"
#include "net.h"
#include "root.h"
#include "vps.h"

struct start {
	struct kx_vps *vps;
	struct kx_grants grants;
	struct kx_limits limits;
	int cgroup;
	char *resolv;		/* text of the host's resolv.conf */
	int sock[2];		/* the command's end, the future init's */
	int pidfd;
	int trees[2];		/* the root: for the inside, for VE_ROOT */
	int dev;
	pid_t pid;
};

static int inside(struct start *s, struct kx_err *err)
{
	cleanup_close int root = -1, dev = -1;

	if (kx_recv_fd(s->sock[1], &root) != 'r' ||
	    kx_recv_fd(s->sock[1], &dev) != 'd')
		_exit(1);
	if (setgroups(0, NULL) || setresgid(0, 0, 0) || setresuid(0, 0, 0) ||
	    setsid() < 0)
		return kx_fail(err, KX_SYSTEM, errno, "cannot become root inside");
	kx_inside_reset();
	if (kx_inside_mount(root, dev, err) || kx_inside_check_init(err) ||
	    kx_inside_etc(s->vps, s->resolv, err) ||
	    kx_net_inside_up(s->vps, err))
		return -1;
	return 0;
}

/* Its standard descriptors are the VPS's own /dev/null, as far as that is one. */
static int own_stdio(struct kx_err *err)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (null < 0)
		return kx_fail(err, KX_SYSTEM, errno, "/dev/null inside");
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	close(null);
	return 0;
}

static void __attribute__((noreturn)) future_init(struct start *s)
{
	struct kx_err err = {0};

	if (kx_inside_no_stdio(&err) || kx_inside_no_keys(&err) ||
	    kx_inside_close_but(&s->sock[1], &err))
		_exit(1);
	if (inside(s, &err) || own_stdio(&err))
		goto fail;
	if (send(s->sock[1], &err, sizeof(err), MSG_NOSIGNAL) < 0 ||
	    kx_recv_fd(s->sock[1], NULL) != 'g')
		_exit(1);
	close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	kx_inside_exec_init(&err);
fail:
	send(s->sock[1], &err, sizeof(err), MSG_NOSIGNAL);
	_exit(1);
}

/* A time namespace in which the monotonic clocks begin now. */
static int new_time(struct kx_err *err)
{
	char text[96];
	struct timespec mono, boot;
	cleanup_close int fd = -1;
	int len;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	len = snprintf(text, sizeof(text), "monotonic -%lld 0\nboottime -%lld 0\n",
		       (long long)mono.tv_sec, (long long)boot.tv_sec);
	if (unshare(CLONE_NEWTIME))
		return kx_fail(err, KX_SYSTEM, errno, "time namespace");
	fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, len) != len)
		return kx_fail(err, KX_SYSTEM, errno, "time namespace");
	return 0;
}

static int clone_init(struct start *s, struct kx_err *err)
{
	struct clone_args args = {
		.flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |
			 CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS |
			 CLONE_PIDFD | CLONE_INTO_CGROUP,
		.pidfd = (uintptr_t)&s->pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = s->cgroup,
	};
	cleanup_close int time = open("/proc/self/ns/time", O_RDONLY | O_CLOEXEC);

	if (time < 0 || new_time(err))
		return time < 0 ? kx_fail(err, KX_SYSTEM, errno, "time namespace") : -1;
	s->pid = syscall(SYS_clone3, &args, sizeof(args));
	if (!s->pid)
		future_init(s);
	if (s->pid < 0)
		kx_fail(err, KX_RESOURCE, errno, "cannot clone the init of VPS %u",
			s->vps->id);
	else
		kx_inside_limits(s->pid);
	close(s->sock[1]);
	s->sock[1] = -1;
	/* Children of this process shall be in the host's time again. */
	setns(time, CLONE_NEWTIME);
	return s->pid < 0 ? -1 : 0;
}

static int answer(struct start *s, bool end_expected, struct kx_err *err)
{
	struct kx_err why;
	ssize_t n;

	do {
		n = recv(s->sock[0], &why, sizeof(why), 0);
	} while (n < 0 && errno == EINTR);
	if (!n && end_expected)
		return 0;
	if (n != sizeof(why))
		return kx_fail(err, KX_BROKEN, 0,
			       "VPS %u: its init was killed while it started",
			       s->vps->id);
	if (!why.code && !end_expected)
		return 0;
	why.msg[sizeof(why.msg) - 1] = '\0';
	return kx_fail(err, why.code, 0, "VPS %u: %s", s->vps->id, why.msg);
}

static int make_root(struct start *s, struct kx_err *err)
{
	char path[64];
	cleanup_close int userns = -1;

	snprintf(path, sizeof(path), "/proc/%d/ns/user", s->pid);
	userns = open(path, O_RDONLY | O_CLOEXEC);
	if (userns < 0)
		return kx_fail(err, KX_SYSTEM, errno, "%s", path);
	return kx_root_make(s->vps, s->pidfd, userns, s->trees, err);
}

static int hand_over(struct start *s, struct kx_nl *nl, struct kx_err *err)
{
	const struct timespec moment = { .tv_nsec = 500000 };
	struct mount_attr harmless = {
		.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	};

	if (kx_send_fd(s->sock[0], 'r', s->trees[0]) ||
	    kx_send_fd(s->sock[0], 'd', s->dev))
		return kx_fail(err, KX_SYSTEM, errno, "init of VPS %u", s->vps->id);
	if (answer(s, false, err) ||
	    kx_ctx_new(nl, s->vps->id, kx_vps_get(s->vps, "NAME"), s->pidfd,
		       s->vps->id <= CTX_ID_RESERVED_MAX ? CTX_F_FORCE : 0,
		       &s->grants, &s->limits, err))
		return -1;
	if (kx_send_fd(s->sock[0], 'g', -1))
		return kx_fail(err, KX_SYSTEM, errno, "init of VPS %u", s->vps->id);
	if (answer(s, true, err))
		return -1;
	/*
	 * Last and a moment later, because the host's systemd reads the whole
	 * table of mounts whenever it changes: init need not wait for that.
	 */
	nanosleep(&moment, NULL);
	/* The host looks at it: it neither runs nor opens what is not its own. */
	if (kx_mount_setattr(s->trees[1], AT_EMPTY_PATH, &harmless))
		return kx_fail(err, KX_MOUNT, errno, "root of VPS %u", s->vps->id);
	return kx_root_attach(s->vps, s->trees[1], err);
}

static int run(struct start *s, struct kx_nl *nl, struct kx_err *err)
{
	s->cgroup = kx_cgroup_make(s->vps, err);
	if (s->cgroup < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s->sock))
		return kx_fail(err, KX_SYSTEM, errno, "socketpair");
	if (kx_quota_limit(s->vps, err) || clone_init(s, err) ||
	    kx_userns_map(s->vps, s->pid, err) || make_root(s, err))
		return -1;
	s->dev = kx_dev_make(s->vps, err);
	if (s->dev < 0 || kx_net_host_up(s->vps, s->pid, err))
		return -1;
	return hand_over(s, nl, err);
}

static void undo(struct start *s)
{
	if (s->pid > 0) {
		syscall(SYS_pidfd_send_signal, s->pidfd, SIGKILL, NULL, 0);
		waitpid(s->pid, NULL, 0);
	}
	kx_vps_clean(s->vps, NULL);
}

static void release(struct start *s)
{
	int *fds[] = {
		&s->cgroup, &s->sock[0], &s->sock[1], &s->pidfd,
		&s->trees[0], &s->trees[1], &s->dev,
	};

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		kx_cleanup_close(fds[i]);
	free(s->resolv);
}

static int check_startable(const struct kx_vps *vps, struct kx_nl *nl,
			   struct kx_err *err)
{
	struct kx_ctx ctx;
	int found = kx_ctx_get(nl, vps->id, &ctx, err);

	if (found < 0)
		return -1;
	if (found && ctx.state == CTX_STATE_RUNNING)
		return kx_fail(err, KX_RUNNING, 0, "VPS %u is running already",
			       vps->id);
	if (found && ctx.state == CTX_STATE_STOPPING)
		return kx_fail(err, KX_NOT_STOPPED, 0,
			       "VPS %u is still stopping (vpsctl stop %u --fast ends it)",
			       vps->id, vps->id);
	if (!kx_vps_has_private(vps))
		return kx_fail(err, KX_HALF_DESTROYED, 0,
			       "VPS %u has no private area: it is half made or half destroyed (vpsctl destroy %u removes the rest)",
			       vps->id, vps->id);
	return 0;
}

/* After a start that was killed, or a vpsctl mount. */
static int make_room(struct kx_vps *vps, struct kx_err *err)
{
	return kx_vps_has_group(vps) ? kx_vps_clean(vps, err) :
				       kx_root_release(vps, KX_MOUNTED, err);
}

int kx_vps_start(struct kx_vps *vps, struct kx_nl *nl, struct kx_err *err)
{
	struct start s = {
		.vps = vps, .cgroup = -1, .sock = { -1, -1 }, .pidfd = -1,
		.trees = { -1, -1 }, .dev = -1,
	};
	int ret;

	if (check_startable(vps, nl, err) || kx_grants_of(vps, &s.grants, err) ||
	    kx_limits_of(vps, &s.limits, err) || make_room(vps, err))
		return -1;
	s.resolv = kx_read_resolv();
	if (!s.resolv)
		return kx_nomem(err);
	ret = run(&s, nl, err);
	if (ret)
		undo(&s);
	release(&s);
	return ret;
}
