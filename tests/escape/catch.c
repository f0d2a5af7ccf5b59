// SPDX-License-Identifier: GPL-2.0
/*
 * catch SECONDS: looks for processes whose program is none of this root, as
 * that of a tool on its way in is, and tries all that leads into them. SIGTERM
 * ends the search before its time.
 * catch naive PID SECONDS: on the host; goes into PID's namespaces without care,
 * with a secret in hand, and stays.
 */
#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "escape.h"

static volatile sig_atomic_t over;
static int seen, caught;

static void end(int signal)
{
	(void)signal;
	over = 1;
}

static const char *const ways[] = {
	"exe", "a descriptor", "mem", "environ", "auxv", "maps", "ptrace", "pidfd_getfd", "cwd",
};

static void got(const char *way, const char *pid)
{
	static unsigned int had;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(ways[i], way) || had & 1U << i)
			continue;
		printf("caught %s by %s\n", pid, way);
		had |= 1U << i;
		caught++;
	}
}

/* The name is the tool's until it executes something; a dead one has it, too. */
static int is_tool(const char *pid)
{
	char path[300], stat[128] = "", *end;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return 0;
	if (read(fd, stat, sizeof(stat) - 1) < 0)
		*stat = '\0';
	close(fd);
	end = strchr(stat, ')');
	return (strstr(stat, "(vpsctl") || strstr(stat, "(catch)")) && end && !strchr("ZXx", end[2]);
}

/*
 * Whether what has just worked did so on the tool, not on what it has become
 * meanwhile: the name changes last in an execve(2), so a program that can be
 * seen must not be one of this root.
 */
static int still(const char *pid, dev_t own)
{
	char path[300];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	return is_tool(pid) && (stat(path, &st) || st.st_dev != own);
}

static void descriptors(const char *pid, dev_t own)
{
	char path[600];
	struct dirent *d;
	struct stat st;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	dir = opendir(path);
	while (dir && (d = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%s/fd/%s", pid, d->d_name);
		if (atoi(d->d_name) > 2 && !stat(path, &st) && S_ISREG(st.st_mode) &&
		    st.st_dev != own && still(pid, own))
			got("a descriptor", pid);
	}
	if (dir)
		closedir(dir);
}

static void try(const char *pid, dev_t own)
{
	pid_t number = atoi(pid);
	char path[300], buf[256];
	struct stat st;
	int fd;

	seen++;
	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	if (!stat(path, &st) && st.st_dev != own)
		got("exe", pid);
	descriptors(pid, own);
	for (size_t i = 2; i < 6; i++) {
		snprintf(path, sizeof(path), "/proc/%s/%s", pid, ways[i]);
		fd = open(path, O_RDONLY);
		if (fd >= 0 && still(pid, own))
			got(ways[i], pid);
		close(fd);
	}
	if (!ptrace(PTRACE_SEIZE, number, NULL, NULL)) {
		if (still(pid, own))
			got("ptrace", pid);
		/* It is let go only while it is stopped. */
		ptrace(PTRACE_INTERRUPT, number, NULL, NULL);
		waitpid(number, NULL, __WALL);
		ptrace(PTRACE_DETACH, number, NULL, NULL);
	}
	fd = syscall(SYS_pidfd_open, number, 0);
	for (int i = 3; fd >= 0 && i < 12; i++) {
		int stolen = syscall(SYS_pidfd_getfd, fd, i, 0);

		if (stolen >= 0 && still(pid, own))
			got("pidfd_getfd", pid);
		close(stolen);
	}
	close(fd);
	snprintf(path, sizeof(path), "/proc/%s/cwd", pid);
	if (readlink(path, buf, sizeof(buf)) > 0 && still(pid, own))
		got("cwd", pid);
}

static int hunt(int seconds)
{
	time_t last = time(NULL) + seconds;
	struct stat root;

	need(!stat("/", &root), "/");
	signal(SIGTERM, end);
	while (time(NULL) < last && !over) {
		struct dirent *d;
		DIR *dir = opendir("/proc");

		need(!!dir, "/proc");
		while ((d = readdir(dir))) {
			if (atoi(d->d_name) > 1 && atoi(d->d_name) != getpid() && is_tool(d->d_name))
				try(d->d_name, root.st_dev);
		}
		closedir(dir);
	}
	printf("caught: %d\n%s\n", caught, seen ? "some were seen" : "none was seen");
	return 0;
}

static int naive(int pid, int seconds)
{
	int secret = open("/etc/shadow", O_RDONLY);
	int fd = syscall(SYS_pidfd_open, pid, 0), status;
	pid_t child;

	need(fd >= 0 && secret >= 0 && !setns(fd, CLONE_NEWPID), "setns pid");
	child = fork();
	if (!child) {
		need(!setns(fd, CLONE_NEWUSER | CLONE_NEWNS), "setns");
		need(!setresgid(0, 0, 0) && !setresuid(0, 0, 0), "setresuid");
		need(!prctl(PR_SET_DUMPABLE, 1), "dumpable");
		sleep(seconds);
		_exit(0);
	}
	waitpid(child, &status, 0);
	return status;
}

int main(int argc, char **argv)
{
	need(argc > 1, "usage");
	if (!strcmp(argv[1], "naive")) {
		need(argc == 4, "usage");
		return naive(atoi(argv[2]), atoi(argv[3]));
	}
	return hunt(atoi(argv[1]));
}
