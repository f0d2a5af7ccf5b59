// SPDX-License-Identifier: GPL-2.0
/*
 * hold N: opens up to so many files, says how many it could, and why not more.
 * With a second argument it keeps them for so many seconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rlimit many = { 100000, 100000 };
	long wanted = argc > 1 ? atol(argv[1]) : 0, n = 0;

	setrlimit(RLIMIT_NOFILE, &many);
	while (n < wanted && open("/dev/null", O_RDONLY) >= 0)
		n++;
	printf("%ld %s\n", n, n < wanted ? strerrorname_np(errno) : "all");
	fflush(stdout);
	if (argc > 2)
		sleep(atoi(argv[2]));
	return 0;
}
