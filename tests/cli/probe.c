// SPDX-License-Identifier: GPL-2.0
/*
 * What the tests do inside a VPS, in one static program: probe VERB ARGUMENT…
 * Exit status 1 and the name of the error when the kernel says no.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int denied(const char *what)
{
	printf("%s: %s\n", what, strerrorname_np(errno));
	return 1;
}

static socklen_t abstract(const char *name, struct sockaddr_un *sun)
{
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	strncpy(sun->sun_path + 1, name, sizeof(sun->sun_path) - 2);
	return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name);
}

static void background(void)
{
	if (daemon(0, 0))
		err(2, "daemon");
}

/* listen NAME: on the abstract socket NAME, in the background. */
static int do_listen(char **args)
{
	struct sockaddr_un sun;
	socklen_t len = abstract(args[0], &sun);
	int s = socket(AF_UNIX, SOCK_STREAM, 0), c;

	if (s < 0 || bind(s, (void *)&sun, len) || listen(s, 5))
		return denied("listen");
	background();
	while ((c = accept(s, NULL, NULL)) >= 0)
		close(c);
	return 1;
}

static int do_connect(char **args)
{
	struct sockaddr_un sun;
	socklen_t len = abstract(args[0], &sun);
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	return s < 0 || connect(s, (void *)&sun, len) ? denied("connect") : 0;
}

/* ipc-make KEY, ipc-see KEY: a System V and a POSIX object of each kind. */
static int ipc(char **args, int flags)
{
	key_t key = strtol(args[0], NULL, 0);
	char name[32];
	int seen = 0;

	snprintf(name, sizeof(name), "/mq-%s", args[0]);
	if (shmget(key, 4096, flags | 0666) >= 0)
		seen += printf("shm ");
	if (semget(key, 1, flags | 0666) >= 0)
		seen += printf("sem ");
	if (msgget(key, flags | 0666) >= 0)
		seen += printf("msg ");
	if (mq_open(name, O_RDWR | (flags ? O_CREAT : 0), 0666, NULL) != (mqd_t)-1)
		seen += printf("mqueue ");
	if (shm_open(name, O_RDWR | (flags ? O_CREAT : 0), 0666) >= 0)
		seen += printf("posixshm ");
	printf("%s\n", seen ? "" : "none");
	return 0;
}

static int do_ipc_make(char **args)
{
	return ipc(args, IPC_CREAT);
}

static int do_ipc_see(char **args)
{
	return ipc(args, 0);
}

/* alloc MIB: takes memory and touches each page. */
static int do_alloc(char **args)
{
	size_t size = strtoul(args[0], NULL, 0) << 20;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return denied("mmap");
	for (size_t i = 0; i < size; i += 4096)
		p[i] = 1;
	printf("touched\n");
	return 0;
}

/* huge: takes a huge page. */
static int do_huge(char **args)
{
	char *p = mmap(NULL, 2 << 20, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);

	(void)args;
	if (p == MAP_FAILED)
		return denied("mmap");
	*p = 1;
	printf("touched\n");
	return 0;
}

/* hold MIB SECONDS: has them, and keeps them for that long. */
static int do_hold(char **args)
{
	int ret = do_alloc(args);

	sleep(strtoul(args[1], NULL, 0));
	return ret;
}

/* sysinfo: bytes of memory and of swap, processes, bytes that are free. */
static int do_sysinfo(char **args)
{
	struct sysinfo info;

	(void)args;
	if (sysinfo(&info))
		return denied("sysinfo");
	printf("%llu %llu %u %llu\n", (unsigned long long)info.totalram * info.mem_unit,
	       (unsigned long long)info.totalswap * info.mem_unit, info.procs,
	       (unsigned long long)info.freeram * info.mem_unit);
	return 0;
}

/* crash: of an access to where nothing is. */
static int do_crash(char **args)
{
	struct rlimit none = { 0, 0 };

	(void)args;
	setrlimit(RLIMIT_CORE, &none);
	*(volatile int *)0x1234 = 1;
	return 0;
}

/* kmsg N TEXT: writes "TEXT NUMBER" so many times into the kernel's log. */
static int do_kmsg(char **args)
{
	int fd = open("/dev/kmsg", O_WRONLY);
	long n = strtol(args[0], NULL, 0);
	char text[100];

	for (long i = 1; i <= n; i++) {
		snprintf(text, sizeof(text), "%s %ld\n", args[1], i);
		if (write(fd, text, strlen(text)) < 0)
			return denied("write");
	}
	return 0;
}

/* forks N: has as many children at once as it gets, at most N; their number. */
static int do_forks(char **args)
{
	long n = strtol(args[0], NULL, 0), i;
	int p[2];
	char c;

	if (pipe(p))
		return denied("pipe");
	for (i = 0; i < n; i++) {
		pid_t pid = fork();

		if (!pid) {
			close(p[1]);
			_exit(read(p[0], &c, 1) < 0);
		}
		if (pid < 0)
			break;
	}
	printf("%ld\n", i);
	fflush(stdout);
	close(p[1]);
	while (wait(NULL) > 0)
		;
	return 0;
}

static socklen_t address(const char *text, const char *port,
			 struct sockaddr_storage *ss)
{
	struct sockaddr_in *in = (void *)ss;
	struct sockaddr_in6 *in6 = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(atoi(port));
		return sizeof(*in);
	}
	if (inet_pton(AF_INET6, text, &in6->sin6_addr) != 1)
		errx(2, "%s is not an address", text);
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(atoi(port));
	return sizeof(*in6);
}

/* udp-send FROM TO PORT TEXT: FROM need not be an address of this machine. */
static int do_udp_send(char **args)
{
	struct sockaddr_storage from, to;
	socklen_t len = address(args[0], "0", &from);
	int one = 1, s = socket(from.ss_family, SOCK_DGRAM, 0);

	address(args[1], args[2], &to);
	/* One of the two is the socket's. */
	setsockopt(s, SOL_IP, IP_TRANSPARENT, &one, sizeof(one));
	setsockopt(s, SOL_IPV6, IPV6_TRANSPARENT, &one, sizeof(one));
	if (s < 0 || bind(s, (void *)&from, len) ||
	    sendto(s, args[3], strlen(args[3]), 0, (void *)&to, len) < 0)
		return denied("send");
	return 0;
}

/* udp-recv PORT FILE: in the background, "SENDER TEXT" of each packet to FILE. */
static int do_udp_recv(char **args)
{
	struct sockaddr_storage ss;
	socklen_t len = address("::", args[0], &ss);
	int s = socket(AF_INET6, SOCK_DGRAM, 0);
	char name[INET6_ADDRSTRLEN], text[256];
	FILE *f = fopen(args[1], "w");
	ssize_t n;

	if (s < 0 || !f || bind(s, (void *)&ss, len))
		return denied("receive");
	setvbuf(f, NULL, _IOLBF, 0);
	background();
	for (;;) {
		struct sockaddr_in6 from;

		len = sizeof(from);
		n = recvfrom(s, text, sizeof(text) - 1, 0, (void *)&from, &len);
		if (n < 0)
			return 1;
		text[n] = '\0';
		inet_ntop(AF_INET6, &from.sin6_addr, name, sizeof(name));
		fprintf(f, "%s %s\n", name, text);
	}
}

/* signal N: ends itself by it. */
static int do_signal(char **args)
{
	raise(atoi(args[0]));
	return 0;
}

/* As init: its first instructions are all there is; halts the VPS. */
static int do_init(char **args)
{
	(void)args;
	return reboot(RB_POWER_OFF);
}

static const struct {
	const char *name;
	int (*run)(char **args);
	int args;
} verbs[] = {
	{ "listen", do_listen, 1 }, { "connect", do_connect, 1 },
	{ "ipc-make", do_ipc_make, 1 }, { "ipc-see", do_ipc_see, 1 },
	{ "crash", do_crash, 0 }, { "kmsg", do_kmsg, 2 },
	{ "alloc", do_alloc, 1 }, { "forks", do_forks, 1 },
	{ "huge", do_huge, 0 },
	{ "udp-send", do_udp_send, 4 }, { "udp-recv", do_udp_recv, 2 },
	{ "hold", do_hold, 2 }, { "sysinfo", do_sysinfo, 0 },
	{ "signal", do_signal, 1 }, { "init", do_init, 0 },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(argv[1], verbs[i].name) && argc == 2 + verbs[i].args)
			return verbs[i].run(argv + 2);
	errx(2, "unknown verb, or not its number of arguments");
}
