/* SPDX-License-Identifier: GPL-2.0 */
/* Processes in namespaces of their own, that run a function when told to. */
#ifndef CTX_BOX_H
#define CTX_BOX_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define BOX_NS	(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | \
		 CLONE_NEWUTS)

struct box {
	pid_t pid;
	int pidfd;
	int go;		/* its end of the pipe that the process waits on */
};

/*
 * Clone a process into new namespaces, with the uids and gids 100000 and up if
 * there is a user namespace. It waits for box_go(), then runs @fn and exits
 * with what that returns. 0 or a negative errno.
 */
int box_open(struct box *box, int flags, int (*fn)(void *arg), void *arg);
void box_go(struct box *box);
/* Its status as of wait(2). */
int box_wait(struct box *box);
/* Kill it if it is there still, wait, close. */
void box_close(struct box *box);

/* For @fn. */
int box_pause(void *arg);
int box_exit0(void *arg);

/* The line Ctx: of a process, or a negative errno. */
int64_t ctx_of_pid(pid_t pid);
/* How many processes have this context, zombies not counted. */
int ctx_processes(uint32_t id);

/* Wait for something, for a minute at most. */
#define EVENTUALLY(condition) ({				\
	time_t end_ = time(NULL) + 60;				\
	bool ok_;						\
	while (!(ok_ = (condition)) && time(NULL) <= end_)	\
		usleep(10000);					\
	ok_;							\
})

/* Memory that children share. */
void *shared_memory(size_t size);

int pidfd_open_of(pid_t pid);

#endif
