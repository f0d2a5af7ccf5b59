// SPDX-License-Identifier: GPL-2.0
/*
 * nest FLAGS PROGRAM ARGUMENT…: the program as root of new namespaces: U user, m mount,
 * p pid, n net, i ipc, u uts, C cgroup, T time; a U for each level of depth.
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "escape.h"

/* Maps the ids that there are to themselves; an ordinary user maps itself to root. */
static int enter_user(void)
{
	char uid[64], gid[64];
	unsigned int u = geteuid(), g = getegid();

	snprintf(uid, sizeof(uid), "0 %u 1", u);
	snprintf(gid, sizeof(gid), "0 %u 1", g);
	if (unshare(CLONE_NEWUSER))
		return outcome("unshare", -1);
	need(!put("/proc/self/setgroups", "deny"), "setgroups");
	need(!put("/proc/self/uid_map", uid), "uid_map");
	need(!put("/proc/self/gid_map", gid), "gid_map");
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		char letter;
		int flag;
	} kinds[] = {
		{ 'm', CLONE_NEWNS }, { 'p', CLONE_NEWPID }, { 'n', CLONE_NEWNET },
		{ 'i', CLONE_NEWIPC }, { 'u', CLONE_NEWUTS }, { 'C', CLONE_NEWCGROUP },
		{ 'T', CLONE_NEWTIME },
	};
	int flags = 0, status = 0;
	pid_t pid;

	errno = EINVAL;
	need(argc > 2, "usage: nest FLAGS PROGRAM ARGUMENT...");
	for (const char *c = argv[1]; *c; c++) {
		if (*c == 'U' && enter_user())
			return 1;
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (kinds[i].letter == *c)
				flags |= kinds[i].flag;
	}
	if (flags && unshare(flags))
		return outcome("unshare", -1);
	if (flags & CLONE_NEWNS)
		need(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private mounts");
	/* Only a child is in the new pid namespace. */
	pid = fork();
	need(pid >= 0, "fork");
	if (!pid) {
		execvp(argv[2], argv + 2);
		need(0, argv[2]);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
