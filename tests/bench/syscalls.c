// SPDX-License-Identifier: GPL-2.0
/*
 * usage: syscalls ROUNDS PROGRAM [OPERATION]
 * What system calls cost, in the current directory; PROGRAM is what fork+exec
 * runs. Prints "OPERATION NANOSECONDS" for each round, the time of one operation.
 *
 * For a machine with one CPU whose clock counts instructions. A round is as
 * long as some ticks, so that what the kernel puts off (RCU, timers) falls into it.
 * The clock is that of the machine: the kernel's threads and the other
 * end of a connection work for the operation, too.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Each keeps a process. */
#define MAX_ROUNDS	100

static const char *program;
static volatile sig_atomic_t signals;
static int file, unix_socket, tcp_socket, there[2], back[2];
static struct sockaddr_un unix_address = { .sun_family = AF_UNIX, .sun_path = "socket" };
static struct sockaddr_in tcp_address = { .sin_family = AF_INET };

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void must(int ok, const char *what)
{
	if (!ok)
		err(1, "%s", what);
}

static void do_getppid(void)
{
	syscall(SYS_getppid);
}

static void do_stat(void)
{
	struct stat st;

	must(!stat("file", &st), "stat");
}

static void do_open(void)
{
	int fd = open("file", O_RDONLY);

	must(fd >= 0 && !close(fd), "open");
}

static void do_read(void)
{
	char c;

	must(pread(file, &c, 1, 0) == 1, "read");
}

static void do_socketpair(void)
{
	int fd[2];

	must(!socketpair(AF_UNIX, SOCK_STREAM, 0, fd), "socketpair");
	must(!close(fd[0]) && !close(fd[1]), "close");
}

/* The last close of a TCP connection is a reset: none stays in TIME_WAIT. */
static void do_connect(int domain, int listener, const void *address, socklen_t len)
{
	const struct linger reset = { .l_onoff = 1 };
	int client = socket(domain, SOCK_STREAM, 0), server;

	must(client >= 0 && !connect(client, address, len), "connect");
	server = accept(listener, NULL, NULL);
	must(server >= 0 && !close(server), "accept");
	if (domain == AF_INET)
		must(!setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)),
		     "linger");
	must(!close(client), "close");
}

static void do_unix(void)
{
	do_connect(AF_UNIX, unix_socket, &unix_address, sizeof(unix_address));
}

static void do_tcp(void)
{
	do_connect(AF_INET, tcp_socket, &tcp_address, sizeof(tcp_address));
}

static void do_fork(void)
{
	char *const argv[] = { (char *)program, NULL }, *const environ[] = { NULL };
	pid_t pid = fork();
	int status;

	if (!pid) {
		execve(program, argv, environ);
		_exit(1);
	}
	must(pid > 0 && waitpid(pid, &status, 0) == pid, "fork");
	if (status)
		errx(1, "%s: wait status 0x%x", program, status);
}

static void handler(int sig)
{
	signals += sig == SIGUSR1;
}

static void do_signal(void)
{
	int before = signals;

	must(!kill(getpid(), SIGUSR1) && signals == before + 1, "signal");
}

/* To another process and back. */
static void do_pipe(void)
{
	char c = 0;

	must(write(there[1], &c, 1) == 1 && read(back[0], &c, 1) == 1, "pipe");
}

static const struct {
	const char *name;
	void (*work)(void);
	int times;	/* in a round: at least 20 million instructions */
} ops[] = {
	{ "getppid", do_getppid, 100000 },
	{ "stat", do_stat, 10000 },
	{ "open+close", do_open, 5000 },
	{ "read,1-byte", do_read, 18000 },
	{ "socketpair+close", do_socketpair, 3000 },
	{ "connect,unix", do_unix, 2000 },
	{ "connect,tcp", do_tcp, 500 },
	{ "fork+exec+wait", do_fork, 100 },
	{ "signal", do_signal, 6000 },
	{ "pipe,there+back", do_pipe, 2000 },
};

#define NOPS	(sizeof(ops) / sizeof(ops[0]))

static void listen_at(int *fd, int domain, void *address, socklen_t len)
{
	*fd = socket(domain, SOCK_STREAM, 0);
	must(*fd >= 0 && !bind(*fd, address, len) && !listen(*fd, 16), "listen");
	must(!getsockname(*fd, address, &len), "getsockname");
}

static void prepare(void)
{
	struct sigaction act = { .sa_handler = handler };
	char c = 'x';

	file = open("file", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	must(file >= 0 && write(file, &c, 1) == 1, "file");
	must(!unlink("socket") || errno == ENOENT, "unlink");
	listen_at(&unix_socket, AF_UNIX, &unix_address, sizeof(unix_address));
	tcp_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listen_at(&tcp_socket, AF_INET, &tcp_address, sizeof(tcp_address));
	must(!sigaction(SIGUSR1, &act, NULL), "sigaction");
}

static void start_echo(void)
{
	pid_t pid;
	char c;

	must(!pipe2(there, O_CLOEXEC) && !pipe2(back, O_CLOEXEC), "pipe");
	pid = fork();
	must(pid >= 0, "fork");
	if (pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		must(read(there[0], &c, 1) == 1 && write(back[1], &c, 1) == 1, "echo");
}

static long long take(void (*work)(void), long times)
{
	long long begin = now();

	for (long i = 0; i < times; i++)
		work();
	return now() - begin;
}

/*
 * What an operation costs depends on where in a slab its objects lie, and on what
 * its group has in stock of charged memory: when that is a little less than an
 * object, each operation charges a page and takes it back. A process that
 * stays moves both, so that each round has other ones.
 */
static pid_t stay(void)
{
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	open("file", O_RDONLY);
	for (;;)
		pause();
}

/* Lets the kernel's threads and the machine's daemons do what waits. */
static void settle(void)
{
	const struct timespec pause = { .tv_nsec = 300000000 };

	nanosleep(&pause, NULL);
}

/* Where the system puts a program is not to be chance. */
static void fix_layout(char **argv)
{
	int persona = personality(0xffffffff);

	must(persona >= 0, "personality");
	if (persona & ADDR_NO_RANDOMIZE)
		return;
	must(personality(persona | ADDR_NO_RANDOMIZE) >= 0, "personality");
	execv("/proc/self/exe", argv);
	err(1, "/proc/self/exe");
}

static void measure(void (*work)(void), int times, int rounds, double *results)
{
	pid_t pids[MAX_ROUNDS];

	/* Fills caches. */
	take(work, times);
	for (int round = 0; round < rounds; round++) {
		pids[round] = stay();
		settle();
		results[round] = (double)take(work, times) / times;
	}
	for (int round = 0; round < rounds; round++)
		must(!kill(pids[round], SIGKILL) &&
		     waitpid(pids[round], NULL, 0) == pids[round], "kill");
}

int main(int argc, char **argv)
{
	int rounds = argc == 3 || argc == 4 ? atoi(argv[1]) : 0;
	double *results;

	if (rounds < 1 || rounds > MAX_ROUNDS)
		errx(2, "usage: syscalls ROUNDS PROGRAM [OPERATION]");
	fix_layout(argv);
	program = argv[2];
	prepare();
	start_echo();
	results = calloc(NOPS * rounds, sizeof(*results));
	must(results != NULL, "memory");
	for (size_t op = 0; op < NOPS; op++)
		if (argc == 3 || !strcmp(argv[3], ops[op].name))
			measure(ops[op].work, ops[op].times, rounds,
				results + op * rounds);
	/* What is printed between rounds would wake somebody. */
	for (size_t i = 0; i < NOPS * rounds; i++)
		if (results[i])
			printf("%s %.2f\n", ops[i / rounds].name, results[i]);
	return 0;
}
