// SPDX-License-Identifier: GPL-2.0
/*
 * leak: what of the one who called it a program inside can find, a line each:
 * descriptors, directories, terminal, keys, signals. All lines are the same for
 * every caller, or something has come along.
 */
#include <dirent.h>
#include <linux/keyctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "escape.h"

static void descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *d;
	int more = 0;

	need(!!dir, "/proc/self/fd");
	while ((d = readdir(dir)))
		if (*d->d_name != '.' && atoi(d->d_name) > 2 && atoi(d->d_name) != dirfd(dir)) {
			char to[256] = "";

			if (readlinkat(dirfd(dir), d->d_name, to, sizeof(to) - 1) >= 0)
				printf("descriptor %s: %s\n", d->d_name, to);
			more++;
		}
	printf("more descriptors: %d\n", more);
	closedir(dir);
}

/* Where ".." ends, whatever the root is. */
static void directories(void)
{
	struct stat root, here = { 0 }, up;
	char cwd[4096];

	printf("directory: %s\n", syscall(SYS_getcwd, cwd, sizeof(cwd)) < 0 ? "?" : cwd);
	need(!stat("/", &root), "/");
	for (int i = 0; i < 200; i++) {
		if (chdir("..") || stat(".", &up))
			break;
		if (up.st_ino == here.st_ino && up.st_dev == here.st_dev)
			break;
		here = up;
	}
	printf("upward: %s\n", here.st_ino == root.st_ino && here.st_dev == root.st_dev ?
	       "its own root" : "outside");
	if (!access("etc/vps", F_OK))
		printf("the host's /etc/vps is reached\n");
}

static void keys(void)
{
	static const int rings[] = {
		KEY_SPEC_SESSION_KEYRING, KEY_SPEC_PROCESS_KEYRING, KEY_SPEC_THREAD_KEYRING,
		KEY_SPEC_USER_KEYRING, KEY_SPEC_USER_SESSION_KEYRING,
	};
	int found = 0;

	for (size_t i = 0; i < sizeof(rings) / sizeof(rings[0]); i++)
		found += syscall(SYS_keyctl, KEYCTL_SEARCH, rings[i], "user", "kontext-escape", 0) > 0;
	printf("keys of the caller: %d\n", found);
}

static void signals(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];

	need(!!f, "/proc/self/status");
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, "SigBlk", 6) || !strncmp(line, "SigIgn", 6) ||
		    !strncmp(line, "Umask", 5) || !strncmp(line, "NoNewPrivs", 10) ||
		    !strncmp(line, "Groups", 6) || !strncmp(line, "PPid", 4))
			fputs(line, stdout);
	fclose(f);
	printf("securebits: %d\n", prctl(PR_GET_SECUREBITS));
	printf("niceness: %d\n", getpriority(PRIO_PROCESS, 0));
}

int main(void)
{
	extern char **environ;
	int tty;

	descriptors();
	directories();
	tty = open("/dev/tty", O_RDWR | O_NOCTTY);
	outcome("terminal", tty);
	keys();
	signals();
	for (char **e = environ; *e; e++)
		printf("env %.*s\n", (int)strcspn(*e, "="), *e);
	return 0;
}
