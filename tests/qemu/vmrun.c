// SPDX-License-Identifier: GPL-2.0
/*
 * vmrun - the guest's end of scripts/vm.
 *
 * Reads from fw_cfg what to run, runs it, carries its output to virtio ports
 * and reports on the control port that it begins, and the exit status. That
 * port can be opened once only, so that nothing else in the guest can report
 * a status.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#define FW_CFG "/sys/firmware/qemu_fw_cfg/by_name/opt/org.kontext/run/raw"
#define SHARE "/mnt/share"

/* What scripts/vm sends: NUL-terminated strings in this order. */
struct request {
	const char *mode;	/* "run", or "tty" for a terminal */
	const char *cwd;
	const char *term;
	const char *rows;
	const char *cols;
	char **argv;
};

static void read_request(struct request *req)
{
	char *buf = NULL;
	size_t len = 0, size = 0, count = 0;
	int fd = open(FW_CFG, O_RDONLY | O_CLOEXEC);
	char **item;

	if (fd < 0)
		err(1, "%s", FW_CFG);
	for (;;) {
		ssize_t n;

		if (len == size) {
			size = size ? size * 2 : 4096;
			buf = realloc(buf, size);
			if (!buf)
				err(1, "the request");
		}
		n = read(fd, buf + len, size - len);
		if (n < 0)
			err(1, "%s", FW_CFG);
		if (!n)
			break;
		len += n;
	}
	close(fd);
	for (size_t i = 0; i < len; i++)
		count += !buf[i];
	if (count < 6 || buf[len - 1])
		errx(1, "%s: not a request of scripts/vm", FW_CFG);
	item = calloc(count + 1, sizeof(*item));
	if (!item)
		err(1, "the request");
	for (size_t i = 0, at = 0; i < count; i++) {
		item[i] = buf + at;
		at += strlen(buf + at) + 1;
	}
	*req = (struct request){ item[0], item[1], item[2], item[3], item[4],
				 item + 5 };
}

static int open_port(const char *name)
{
	DIR *dir = opendir("/sys/class/virtio-ports");
	struct dirent *d;

	if (!dir)
		err(1, "/sys/class/virtio-ports");
	while ((d = readdir(dir))) {
		char path[512], have[64] = "";
		FILE *f;
		int fd;

		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name",
			 d->d_name);
		f = fopen(path, "re");
		if (!f)
			continue;
		if (fgets(have, sizeof(have), f))
			have[strcspn(have, "\n")] = 0;
		fclose(f);
		if (strcmp(have, name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", d->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			err(1, "port %s: %s", name, path);
		closedir(dir);
		return fd;
	}
	errx(1, "no virtio port %s", name);
}

/* False when the other end is gone. */
static bool write_all(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd p = { .fd = fd, .events = POLLOUT };

			poll(&p, 1, -1);
		} else if (n < 0 && errno != EINTR) {
			return false;
		} else if (n > 0) {
			buf += n;
			len -= n;
		}
	}
	return true;
}

/*
 * Carries what @from gives to @to. When @done hangs up the command has ended:
 * what is in the pipe by then is still carried, and what a daemon that it left
 * behind might write later is not waited for.
 */
static void relay(int from, int to, int done)
{
	static char buf[32768];
	struct pollfd p[2] = { { .fd = from, .events = POLLIN },
			       { .fd = done, .events = POLLIN } };

	for (;;) {
		ssize_t n;

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return;
		if (p[1].revents)
			fcntl(from, F_SETFL, O_NONBLOCK);
		else if (!p[0].revents)
			continue;
		n = read(from, buf, sizeof(buf));
		if (n <= 0 && errno != EINTR)
			return;
		if (n > 0)
			write_all(to, buf, n);
	}
}

static void run_child(const struct request *req)
{
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	if (chdir(req->cwd))
		err(126, "%s", req->cwd);
	execvp(req->argv[0], req->argv);
	err(errno == ENOENT ? 127 : 126, "%s", req->argv[0]);
}

/* A shell reports a command that a signal ended in this way, too. */
static int exit_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   128 + WTERMSIG(status);
}

static pid_t start_relay(const char *port, int from, int done, int not_here)
{
	int to = open_port(port);
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		close(not_here);
		relay(from, to, done);
		_exit(0);
	}
	close(to);
	close(from);
	return pid;
}

static int run(const struct request *req)
{
	int out[2], errs[2], done[2], status;
	pid_t pid, relays[2];

	if (pipe2(out, O_CLOEXEC) || pipe2(errs, O_CLOEXEC) ||
	    pipe2(done, O_CLOEXEC))
		err(1, "pipe");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		setsid();
		dup2(open("/dev/null", O_RDONLY), 0);
		dup2(out[1], 1);
		dup2(errs[1], 2);
		run_child(req);
	}
	close(out[1]);
	close(errs[1]);
	relays[0] = start_relay("org.kontext.out", out[0], done[0], done[1]);
	relays[1] = start_relay("org.kontext.err", errs[0], done[0], done[1]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	close(done[1]);
	waitpid(relays[0], NULL, 0);
	waitpid(relays[1], NULL, 0);
	return exit_status(status);
}

/* Lines "size ROWS COLUMNS" from scripts/vm. */
static void read_control(int ctl, int pty)
{
	static char line[256];
	static size_t len;
	ssize_t n = read(ctl, line + len, sizeof(line) - 1 - len);
	char *end;

	if (n <= 0)
		return;
	len += n;
	line[len] = 0;
	while ((end = strchr(line, '\n'))) {
		struct winsize ws = {};

		*end = 0;
		if (sscanf(line, "size %hu %hu", &ws.ws_row, &ws.ws_col) == 2)
			ioctl(pty, TIOCSWINSZ, &ws);
		len -= end + 1 - line;
		memmove(line, end + 1, len + 1);
	}
	if (len == sizeof(line) - 1)
		len = 0;
}

static int run_tty(const struct request *req, int ctl)
{
	struct winsize ws = { .ws_row = atoi(req->rows),
			      .ws_col = atoi(req->cols) };
	int tty = open_port("org.kontext.tty"), pty, status = 0;
	static char buf[4096];
	pid_t pid = forkpty(&pty, NULL, NULL, &ws);

	if (pid < 0)
		err(1, "a terminal");
	if (!pid) {
		setenv("TERM", req->term, 1);
		run_child(req);
	}
	for (;;) {
		struct pollfd p[3] = { { .fd = tty, .events = POLLIN },
				       { .fd = pty, .events = POLLIN },
				       { .fd = ctl, .events = POLLIN } };
		ssize_t n;

		/* The pty's master fails with EIO when the last user is gone. */
		poll(p, 3, 500);
		if (p[1].revents) {
			n = read(pty, buf, sizeof(buf));
			if (n > 0)
				write_all(tty, buf, n);
		}
		if (p[0].revents & POLLIN) {
			n = read(tty, buf, sizeof(buf));
			if (n > 0)
				write_all(pty, buf, n);
		}
		if (p[2].revents & POLLIN)
			read_control(ctl, pty);
		if (!(p[1].revents & POLLIN) && waitpid(pid, &status, WNOHANG))
			return exit_status(status);
	}
}

int main(void)
{
	struct request req;
	char line[32];
	int ctl, share;

	signal(SIGPIPE, SIG_IGN);
	read_request(&req);
	ctl = open_port("org.kontext.ctl");
	if (!write_all(ctl, "begin\n", strlen("begin\n")))
		err(1, "the control port");
	snprintf(line, sizeof(line), "exit %d\n",
		 strcmp(req.mode, "tty") ? run(&req) : run_tty(&req, ctl));

	share = open(SHARE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (share >= 0)
		syncfs(share);
	if (!write_all(ctl, line, strlen(line)))
		err(1, "the control port");
	/* scripts/vm ends the machine; this is for when it cannot. */
	sleep(5);
	reboot(RB_AUTOBOOT);
	return 1;
}
