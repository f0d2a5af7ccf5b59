// SPDX-License-Identifier: GPL-2.0
/*
 * tty inject WHERE…: "WHERE" is a descriptor's number or a path. Puts a line
 * into the input of that terminal, and tries what else a terminal takes from
 * those who should not have it.
 * tty which: the terminals that the standard descriptors are, by device.
 * tty listen SECONDS: prints what is typed at the standard input.
 */
#include <poll.h>
#include <linux/kd.h>
#include <linux/tiocl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>

#include "escape.h"

static long inject(int fd)
{
	long ret = 0;

	for (const char *p = "echo injected\n"; *p && !ret; p++)
		ret = ioctl(fd, TIOCSTI, p);
	return ret;
}

static long linux_console(int fd)
{
	struct {
		char subcode;
		struct tiocl_selection sel;
	} __attribute__((packed)) all = {
		TIOCL_SETSEL, { 1, 1, 80, 1, TIOCL_SELLINE },
	};
	char paste = TIOCL_PASTESEL;

	if (ioctl(fd, TIOCLINUX, &all) < 0)
		return -1;
	return ioctl(fd, TIOCLINUX, &paste);
}

static int try(const char *where)
{
	char *end, what[300];
	int fd = strtol(where, &end, 10), ret = 0;

	if (*end || end == where) {
		fd = open(where, O_RDWR | O_NOCTTY | O_NONBLOCK);
		if (fd < 0) {
			snprintf(what, sizeof(what), "open %s", where);
			return outcome(what, -1);
		}
	}
	snprintf(what, sizeof(what), "TIOCSTI %s", where);
	ret |= outcome(what, inject(fd));
	snprintf(what, sizeof(what), "TIOCLINUX %s", where);
	ret |= outcome(what, linux_console(fd));
	snprintf(what, sizeof(what), "TIOCCONS %s", where);
	ret |= outcome(what, ioctl(fd, TIOCCONS, NULL));
	snprintf(what, sizeof(what), "TIOCSCTTY %s", where);
	ret |= outcome(what, ioctl(fd, TIOCSCTTY, 1));
	snprintf(what, sizeof(what), "KDSETMODE %s", where);
	ret |= outcome(what, ioctl(fd, KDSETMODE, KD_GRAPHICS));
	return ret;
}

static int do_listen(int seconds)
{
	struct pollfd p = { .fd = 0, .events = POLLIN };
	char buf[256];

	/* An end of file may have been typed before. */
	for (int i = 0; i < 10 && poll(&p, 1, seconds * 1000) > 0; i++) {
		ssize_t n = read(0, buf, sizeof(buf));

		if (n > 0)
			printf("typed: %.*s", (int)n, buf);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	int ret = 0;

	if (!strcmp(verb, "listen"))
		return do_listen(argc > 2 ? atoi(argv[2]) : 1);
	if (!strcmp(verb, "which")) {
		for (int fd = 0; fd < 3; fd++) {
			struct stat st;

			need(!fstat(fd, &st), "fstat");
			printf("%d: %s on %u\n", fd, isatty(fd) ? "a terminal" : "none",
			       (unsigned int)st.st_dev);
		}
		return 0;
	}
	need(!strcmp(verb, "inject") && argc > 2, "usage");
	for (int i = 2; i < argc; i++)
		ret |= try(argv[i]);
	return ret;
}
