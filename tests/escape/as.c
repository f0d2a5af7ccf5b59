// SPDX-License-Identifier: GPL-2.0
/* as UID PROGRAM ARGUMENT…: the program as that user, of the group of that number alone. */
#include <grp.h>

#include "escape.h"

int main(int argc, char **argv)
{
	unsigned int id;

	need(argc > 2, "usage: as UID PROGRAM ARGUMENT...");
	id = strtoul(argv[1], NULL, 10);
	need(!setgroups(0, NULL), "setgroups");
	need(!setresgid(id, id, id), "setresgid");
	need(!setresuid(id, id, id), "setresuid");
	execvp(argv[2], argv + 2);
	need(0, argv[2]);
	return 2;
}
