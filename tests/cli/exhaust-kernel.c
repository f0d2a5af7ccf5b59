// SPDX-License-Identifier: GPL-2.0
/* Takes processes, namespaces and other objects of the kernel. */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "exhaust.h"

/* A process that goes with its parent, also when this one is gone already. */
static pid_t child(void)
{
	pid_t parent = getpid(), pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(0);
	}
	return pid;
}

static int take_process(unsigned int i)
{
	pid_t pid = child();

	(void)i;
	while (!pid)
		pause();
	return pid < 0 ? -1 : 0;
}

static int take_signal(unsigned int i)
{
	sigset_t set;

	if (!i) {
		sigfillset(&set);
		sigprocmask(SIG_BLOCK, &set, NULL);
	}
	return sigqueue(getpid(), SIGRTMIN + 1, (union sigval){ 0 });
}

/*
 * A process of its own keeps each. It says by its pipe whether it has got the
 * namespace; what it has not got it tells by an errno.
 */
static int take_namespace(int flags)
{
	int pipes[2], error = 0;
	pid_t pid;

	if (pipe(pipes))
		return -1;
	pid = child();
	if (!pid) {
		if (unshare(flags))
			error = errno;
		if (write(pipes[1], &error, sizeof(error)) < 0 || error)
			_exit(0);
		for (;;)
			pause();
	}
	close(pipes[1]);
	if (pid > 0 && read(pipes[0], &error, sizeof(error)) == sizeof(error) && error)
		waitpid(pid, NULL, 0);
	close(pipes[0]);
	if (pid < 0)
		return -1;
	errno = error;
	return error ? -1 : 0;
}

#define NAMESPACE(name, flag)				\
static int take_##name(unsigned int i)			\
{							\
	(void)i;					\
	return take_namespace(flag);			\
}

NAMESPACE(userns, CLONE_NEWUSER)
NAMESPACE(pidns, CLONE_NEWPID)
NAMESPACE(utsns, CLONE_NEWUTS)
NAMESPACE(ipcns, CLONE_NEWIPC)
NAMESPACE(netns, CLONE_NEWNET)
NAMESPACE(mntns, CLONE_NEWNS)
NAMESPACE(cgroupns, CLONE_NEWCGROUP)
NAMESPACE(timens, CLONE_NEWTIME)

#define KEYRING	-2	/* that of the process */

static int key(unsigned int i, size_t size)
{
	static const char payload[1000];
	char name[32];

	snprintf(name, sizeof(name), "exhaust.%u.%u", worker, i);
	return syscall(SYS_add_key, "user", name, payload, size, KEYRING) < 0 ?
		-1 : 0;
}

static int take_key(unsigned int i)
{
	return key(i, 1);
}

static int take_key_bytes(unsigned int i)
{
	return key(i, 1000);
}

static int take_timer(unsigned int i)
{
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	timer_t timer;

	(void)i;
	return timer_create(CLOCK_MONOTONIC, &event, &timer);
}

static int take_bpf(unsigned int i)
{
	union bpf_attr attr;

	(void)i;
	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = 4;
	attr.value_size = 8;
	attr.max_entries = 1;
	return syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)) < 0 ? -1 : 0;
}

static int take_ring(unsigned int i)
{
	struct io_uring_params params = { 0 };

	(void)i;
	return syscall(SYS_io_uring_setup, 1, &params) < 0 ? -1 : 0;
}

const struct taker takers_kernel[] = {
	{ "numproc", NULL, take_process },
	{ "numsiginfo", NULL, take_signal },
	{ "numuserns", NULL, take_userns },
	{ "numpidns", NULL, take_pidns },
	{ "numutsns", NULL, take_utsns },
	{ "numipcns", NULL, take_ipcns },
	{ "numnetns", NULL, take_netns },
	{ "nummntns", NULL, take_mntns },
	{ "numcgroupns", NULL, take_cgroupns },
	{ "numtimens", NULL, take_timens },
	{ "numkey", NULL, take_key },
	{ "keysize", NULL, take_key_bytes },
	{ "numtimer", NULL, take_timer },
	{ "numbpf", NULL, take_bpf },
	{ "numuring", NULL, take_ring },
	{ NULL, NULL, NULL }
};
