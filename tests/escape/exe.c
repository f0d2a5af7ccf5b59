// SPDX-License-Identifier: GPL-2.0
/*
 * exe reopen N: what the program at descriptor N is, and whether it can be
 * opened for writing now that nobody executes it.
 */
#include <sys/stat.h>

#include "escape.h"

int main(int argc, char **argv)
{
	struct stat st, root;
	char path[64], to[256];
	ssize_t n;
	int fd = -1;

	need(argc == 3, "usage");
	need(!stat("/", &root), "/");
	if (*argv[2] == '-' || fstat(atoi(argv[2]), &st)) {
		printf("interpreter: ran without a descriptor\n");
		return 0;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%s", argv[2]);
	n = readlink(path, to, sizeof(to) - 1);
	to[n < 0 ? 0 : n] = '\0';
	printf("program: %s, %s\n", to, st.st_dev == root.st_dev ? "its own" : "the host's");
	for (int i = 0; i < 50; i++) {
		fd = open(path, O_WRONLY | O_APPEND);
		if (fd >= 0 || errno != ETXTBSY)
			break;
		usleep(20000);
	}
	if (fd >= 0)
		need(write(fd, "\n# overwritten\n", 15) == 15, "write");
	return outcome("write to it", fd);
}
