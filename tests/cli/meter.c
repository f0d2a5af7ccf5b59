// SPDX-License-Identifier: GPL-2.0
/*
 * usage: meter FILE DIRECTORY
 * Serves simple requests, one after the other, until the file DIRECTORY/stop is
 * there: open, write, fsync, and a TCP connection to itself. Then prints to FILE
 * for each when it began (CLOCK_REALTIME, which all of a machine share) and how
 * long it took: "MILLISECONDS MICROSECONDS".
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST	(1 << 20)

static struct sockaddr_in address = { .sin_family = AF_INET };
static socklen_t len = sizeof(address);
static int listener;

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void must(int ok, const char *what)
{
	if (!ok)
		err(1, "%s", what);
}

/* The last close is a reset: no connection stays in TIME_WAIT. */
static void request(void)
{
	const struct linger reset = { .l_onoff = 1 };
	int file = open("request", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	int client, server;

	must(file >= 0 && pwrite(file, "request", 7, 0) == 7, "write");
	must(!fsync(file) && !close(file), "fsync");
	client = socket(AF_INET, SOCK_STREAM, 0);
	must(client >= 0 && !connect(client, (void *)&address, len), "connect");
	server = accept(listener, NULL, NULL);
	must(server >= 0 && !close(server), "accept");
	must(!setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), "linger");
	must(!close(client), "close");
}

int main(int argc, char **argv)
{
	const struct timespec between = { .tv_nsec = 5000000 };
	long long *begin, *took;
	FILE *out;
	int n = 0;

	if (argc != 3)
		errx(2, "usage: meter FILE DIRECTORY");
	out = fopen(argv[1], "w");
	must(out != NULL, argv[1]);
	must(!chdir(argv[2]), argv[2]);
	begin = calloc(MOST, sizeof(*begin));
	took = calloc(MOST, sizeof(*took));
	must(begin && took, "memory");
	listener = socket(AF_INET, SOCK_STREAM, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(listener >= 0 && !bind(listener, (void *)&address, len) &&
	     !listen(listener, 5) && !getsockname(listener, (void *)&address, &len), "listen");
	while (n < MOST && access("stop", F_OK)) {
		begin[n] = now();
		request();
		took[n] = now() - begin[n];
		n++;
		nanosleep(&between, NULL);
	}
	for (int i = 0; i < n; i++)
		fprintf(out, "%lld %lld\n", begin[i] / 1000, took[i]);
	must(!fclose(out), argv[1]);
	return 0;
}
