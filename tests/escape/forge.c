// SPDX-License-Identifier: GPL-2.0
/* forge NAME VALUE FILE: sets an extended attribute. */
#include <sys/xattr.h>

#include "escape.h"

int main(int argc, char **argv)
{
	need(argc == 4, "usage");
	return outcome("set", lsetxattr(argv[3], argv[1], argv[2], strlen(argv[2]), 0));
}
