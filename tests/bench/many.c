// SPDX-License-Identifier: GPL-2.0
/*
 * usage: many COUNT context|namespaces|process MILLISECONDS PROGRAM
 * Has COUNT contexts, with the ids from 10000 on, or only namespaces of the same
 * kinds, or only processes. Each has its control group below
 * /sys/fs/cgroup/many, and a process that runs PROGRAM, or with MILLISECONDS not
 * 0 wakes up that often. Prints "ready" and stays until its input ends.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "box.h"
#include "client.h"

#define GROUP	"/sys/fs/cgroup/many"
#define FIRST	10000

static const char *program;
static int wake;
static bool spaces;

static int init(void *arg)
{
	(void)arg;
	if (spaces && unshare(CLONE_NEWTIME))
		return 1;
	if (!wake)
		execl(program, program, NULL);
	for (;;)
		usleep(wake * 1000);
}

static void put(const char *path, const char *what)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, what, strlen(what)) < 0)
		err(1, "%s", path);
	close(fd);
}

static void move(pid_t pid, int number)
{
	char path[80], text[16];

	snprintf(path, sizeof(path), GROUP "/%d", number);
	if (mkdir(path, 0755) && errno != EEXIST)
		err(1, "%s", path);
	strcat(path, "/cgroup.procs");
	snprintf(text, sizeof(text), "%d", pid);
	put(path, text);
}

int main(int argc, char **argv)
{
	int count = argc == 5 ? atoi(argv[1]) : 0, flags;
	bool context = count && !strcmp(argv[2], "context");
	struct rlimit files = { 65536, 65536 };
	struct client client;
	struct box *boxes;

	if (count < 1)
		errx(2, "usage: many COUNT context|namespaces|process MILLISECONDS PROGRAM");
	spaces = strcmp(argv[2], "process");
	flags = spaces ? CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
		CLONE_NEWNS | CLONE_NEWCGROUP : 0;
	wake = atoi(argv[3]);
	program = argv[4];
	put("/sys/fs/cgroup/cgroup.subtree_control", "+cpuset +cpu +io +memory +pids");
	if (mkdir(GROUP, 0755) && errno != EEXIST)
		err(1, GROUP);
	put(GROUP "/cgroup.subtree_control", "+cpuset +cpu +io +memory +pids");
	if (client_open(&client))
		errx(1, "no netlink family");
	/* Some of each box. */
	if (setrlimit(RLIMIT_NOFILE, &files))
		err(1, "setrlimit");
	boxes = calloc(count, sizeof(*boxes));
	for (int i = 0; i < count; i++) {
		int ret = box_open(&boxes[i], flags, init, NULL);

		if (ret)
			errx(1, "box: %s", strerror(-ret));
		move(boxes[i].pid, i);
		if (context)
			ret = ctx_new(&client, FIRST + i, boxes[i].pidfd, NULL, 0);
		if (ret)
			errx(1, "context: %s: %s", strerror(-ret), client.message);
		box_go(&boxes[i]);
	}
	printf("ready\n");
	fflush(stdout);
	while (getchar() != EOF)
		;
	for (int i = 0; i < count; i++) {
		char path[80];

		box_close(&boxes[i]);
		snprintf(path, sizeof(path), GROUP "/%d", i);
		rmdir(path);
	}
	rmdir(GROUP);
	return 0;
}
