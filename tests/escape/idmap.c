// SPDX-License-Identifier: GPL-2.0
/*
 * idmap: ids that are not of this VPS, and rights that are not this id's.
 *	reopen: standard input for reading and for writing, by its own name
 *	ids: becomes, and gives files to, ids beyond the range
 *	map: a user namespace with a map of its own id, and of ids that it has not
 */
#include <grp.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "escape.h"

static int reopen(void)
{
	return outcome("read", open("/proc/self/fd/0", O_RDONLY)) |
	       outcome("write", open("/proc/self/fd/0", O_WRONLY)) |
	       outcome("chmod", chmod("/proc/self/fd/0", 0666)) |
	       outcome("chown", chown("/proc/self/fd/0", 0, 0));
}

static int ids(void)
{
	static const unsigned int wanted[] = { 65536, 70000, 100000, 1879048192U, 4294967294U };
	gid_t group;

	need(close(open("/tmp/idmap", O_CREAT | O_WRONLY, 0600)) == 0, "/tmp/idmap");
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		outcome("setresuid", setresuid(-1, wanted[i], -1));
		group = wanted[i];
		outcome("setgroups", setgroups(1, &group));
		outcome("chown", chown("/tmp/idmap", wanted[i], -1));
	}
	unlink("/tmp/idmap");
	return 0;
}

static int map(void)
{
	char own[32];
	const char *const maps[] = {
		own, "0 65536 1", "0 1000000 1", "0 0 65537", "0 4294967294 1", "100000 100000 1",
	};

	snprintf(own, sizeof(own), "0 %u 1", geteuid());
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		int up[2], down[2];
		char path[64], c = 'x';
		pid_t pid;

		need(!pipe(up) && !pipe(down), "pipe");
		pid = fork();
		if (!pid) {
			c = unshare(CLONE_NEWUSER) ? errno : 0;
			need(write(up[1], &c, 1) == 1 && read(down[0], &c, 1) == 1, "pipe");
			_exit(0);
		}
		need(read(up[0], &c, 1) == 1, "pipe");
		snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
		errno = c;
		if (c)
			outcome("unshare", -1);
		else
			outcome(i ? "map" : "own map", put(path, maps[i]));
		need(write(down[1], &c, 1) == 1, "pipe");
		waitpid(pid, NULL, 0);
		close(up[0]), close(up[1]), close(down[0]), close(down[1]);
	}
	return 0;
}

int main(int argc, char **argv)
{
	need(argc == 2, "usage");
	return !strcmp(argv[1], "reopen") ? reopen() : !strcmp(argv[1], "ids") ? ids() : map();
}
