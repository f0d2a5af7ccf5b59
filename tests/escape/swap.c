// SPDX-License-Identifier: GPL-2.0
/* swap SECONDS A B: exchanges the two names, again and again. */
#include <time.h>

#include "escape.h"

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 0);
	long times = 0;

	need(argc == 4, "usage");
	while (time(NULL) < end) {
		need(!renameat2(AT_FDCWD, argv[2], AT_FDCWD, argv[3], RENAME_EXCHANGE), "exchange");
		times++;
		if (!(times % 64))
			usleep(200);
	}
	/* An even number: all is where it was. */
	if (times % 2)
		need(!renameat2(AT_FDCWD, argv[2], AT_FDCWD, argv[3], RENAME_EXCHANGE), "exchange");
	printf("exchanged: %s\n", times > 100 ? "often" : "hardly");
	return 0;
}
