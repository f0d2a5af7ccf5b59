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

static void got(const char *how, const char *pid)
{
	printf("caught %s by %s\n", pid, how);
	caught++;
}

static int foreign(const char *pid, dev_t own)
{
	char path[300];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	return !stat(path, &st) && st.st_dev != own;
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
		    st.st_dev != own && foreign(pid, own))
			got("a descriptor", pid);
	}
	if (dir)
		closedir(dir);
}

static void try(const char *pid, dev_t own)
{
	static const char *const files[] = { "mem", "environ", "auxv", "maps" };
	pid_t number = atoi(pid);
	char path[300], buf[256];
	int fd;

	seen++;
	if (foreign(pid, own))
		got("exe", pid);
	descriptors(pid, own);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "/proc/%s/%s", pid, files[i]);
		fd = open(path, O_RDONLY);
		if (fd >= 0 && foreign(pid, own))
			got(files[i], pid);
		if (fd >= 0)
			close(fd);
	}
	if (!ptrace(PTRACE_SEIZE, number, NULL, NULL)) {
		if (foreign(pid, own))
			got("ptrace", pid);
		ptrace(PTRACE_DETACH, number, NULL, NULL);
	}
	fd = syscall(SYS_pidfd_open, number, 0);
	for (int i = 3; fd >= 0 && i < 12; i++) {
		int stolen = syscall(SYS_pidfd_getfd, fd, i, 0);

		if (stolen >= 0 && foreign(pid, own))
			got("pidfd_getfd", pid);
		close(stolen);
	}
	close(fd);
	snprintf(path, sizeof(path), "/proc/%s/cwd", pid);
	if (readlink(path, buf, sizeof(buf)) > 0 && foreign(pid, own))
		got("cwd", pid);
}

static int hunt(int seconds)
{
	time_t last = time(NULL) + seconds;
	struct stat root;

	need(!stat("/", &root), "/");
	signal(SIGTERM, end);
	while (time(NULL) < last && !over && !caught) {
		struct dirent *d;
		DIR *dir = opendir("/proc");

		need(!!dir, "/proc");
		while ((d = readdir(dir))) {
			char path[300], comm[32] = "";
			int fd;

			if (atoi(d->d_name) <= 1 || atoi(d->d_name) == getpid())
				continue;
			snprintf(path, sizeof(path), "/proc/%s/comm", d->d_name);
			fd = open(path, O_RDONLY);
			if (fd < 0)
				continue;
			/* The name is the tool's until it executes something. */
			if (read(fd, comm, sizeof(comm) - 1) > 0 &&
			    (!strncmp(comm, "vpsctl", 6) || !strncmp(comm, "catch", 5)))
				try(d->d_name, root.st_dev);
			close(fd);
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
