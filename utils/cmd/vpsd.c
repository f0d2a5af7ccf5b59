// SPDX-License-Identifier: GPL-2.0
/*
 * vpsd(8): acts on the kernel's events. It starts a VPS that has rebooted,
 * cleans after one that has stopped, and starts those with ONBOOT once after
 * the host's boot. It keeps no state: VPSs go on while it is not there, and
 * when it comes back it looks at what has happened.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/ctx.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common.h"

#define VPSCTL		KONTEXT_PREFIX "/sbin/vpsctl"
#define BOOTED		"/run/vps.booted"

static void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static bool has_leftovers(const struct kx_host *host, uint32_t id)
{
	struct kx_vps vps;
	bool ret;

	if (kx_vps_load_id(host, id, &vps, NULL))
		return false;
	ret = kx_vps_has_group(&vps);
	kx_vps_free(&vps);
	return ret;
}

/*
 * A VPS that reboots over and over has the host set up its root and its network
 * each time, outside of its own limits: from the sixth within a minute on each
 * waits. Numbers that share a place forget each other, which errs on the fast side.
 */
#define OFTEN		5
#define WITHIN_S	60
#define WAIT_S		10

static unsigned int seconds_to_wait(uint32_t id)
{
	static struct { uint32_t id; unsigned int count; time_t since; } recent[1024];
	typeof(&recent[0]) r = &recent[id % (sizeof(recent) / sizeof(recent[0]))];
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	if (r->id != id || now.tv_sec - r->since >= WITHIN_S) {
		r->id = id;
		r->count = 0;
		r->since = now.tv_sec;
	}
	if (++r->count <= OFTEN)
		return 0;
	note("VPS %u reboots too often: it waits for %d seconds", id, WAIT_S);
	return WAIT_S;
}

/*
 * In a process of its own, so that one slow VPS holds up no other. While
 * another command has the VPS's lock, it waits: that command decides first.
 */
static void run_vpsctl(const struct kx_host *host, const char *verb,
		       uint32_t id, bool always, unsigned int wait)
{
	const struct timespec pause = { .tv_nsec = 100000000 };
	char text[12];
	sigset_t none;
	int status;
	pid_t pid;

	snprintf(text, sizeof(text), "%u", id);
	pid = fork();
	if (pid)
		return;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	sleep(wait);
	for (int tries = 0; tries < 3000; tries++) {
		/*
		 * A command that stopped it has cleaned after it, too, and did
		 * not want it back.
		 */
		if (!always && !has_leftovers(host, id))
			_exit(0);
		pid = fork();
		if (!pid) {
			execl(VPSCTL, VPSCTL, "--quiet", verb, text, NULL);
			_exit(KX_SYSTEM);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			_exit(KX_SYSTEM);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != KX_LOCKED)
			break;
		nanosleep(&pause, NULL);
	}
	/* Somebody else was faster: it runs, or is gone. */
	if (WIFEXITED(status) && (WEXITSTATUS(status) == KX_RUNNING ||
				  WEXITSTATUS(status) == KX_NO_CONF))
		_exit(0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : KX_SYSTEM);
}

static void handle(const struct kx_host *host, const struct kx_ctx *event)
{
	if (event->event == CTX_EVENT_LIMIT)
		note("VPS %u: limit of %s reached, failcnt %llu", event->id,
		     kx_resource_name(event->resource) ?: "an unknown resource",
		     (unsigned long long)event->failcnt);
	if (event->event == CTX_EVENT_OOM)
		note("VPS %u is out of memory: a task was killed, see vpsctl log %u",
		     event->id, event->id);
	if (event->event != CTX_EVENT_STOPPED)
		return;
	note("VPS %u stopped: %s, status 0x%x", event->id,
	     kx_ctx_reason_name(event->reason), event->exit_status);
	if (event->reason == CTX_REASON_REBOOT)
		run_vpsctl(host, "start", event->id, false, seconds_to_wait(event->id));
	else
		run_vpsctl(host, "cleanup", event->id, false, 0);
}

static bool alive(const struct kx_ctx *list, size_t count, uint32_t id)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].id == id && list[i].state != CTX_STATE_DEAD)
			return true;
	return false;
}

/* Where events may have been missed: cleans after what has run and does not now. */
static void look_around(const struct kx_host *host, bool boot)
{
	struct kx_ctx *list = NULL;
	size_t count = 0, nids = 0;
	uint32_t *ids = NULL;
	struct kx_err err = {0};
	struct kx_nl *nl;
	struct kx_vps vps;

	if (kx_nl_open(&nl, &err))
		return;
	if (kx_ctx_list(nl, &list, &count, &err) ||
	    kx_vps_ids(host, &ids, &nids, &err))
		note("%s", err.msg);
	for (size_t i = 0; i < nids; i++) {
		if (alive(list, count, ids[i]) ||
		    kx_vps_load_id(host, ids[i], &vps, NULL))
			continue;
		if (boot && !strcmp(kx_vps_get(&vps, "ONBOOT"), "yes"))
			run_vpsctl(host, "start", ids[i], true, 0);
		else if (kx_vps_has_group(&vps))
			run_vpsctl(host, "cleanup", ids[i], false, 0);
		kx_vps_free(&vps);
	}
	free(ids);
	free(list);
	kx_nl_close(nl);
}

/* True once after each boot of the host. */
static bool first_since_boot(void)
{
	int fd = open(BOOTED, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static int serve(struct kx_nl *events, const struct kx_host *host, int signals)
{
	struct pollfd p[] = {
		{ .fd = kx_nl_fd(events), .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	struct signalfd_siginfo info;
	struct kx_err err = {0};
	struct kx_ctx event;
	int ret;

	for (;;) {
		while ((ret = kx_event_wait(events, 0, &event, &err)) > 0)
			handle(host, &event);
		if (ret < 0) {
			note("%s", err.msg);
			if (err.code != KX_RESOURCE)
				return err.code;
			look_around(host, false);
		}
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return KX_SYSTEM;
		while (read(signals, &info, sizeof(info)) == sizeof(info))
			if (info.ssi_signo != SIGCHLD)
				return 0;
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}

static int start(struct kx_err *err)
{
	struct kx_host host;
	struct kx_nl *events;
	sigset_t set;
	int signals, code;

	if (kx_host_load(&host, err) || kx_nl_open(&events, err) ||
	    kx_nl_subscribe(events, err))
		return err->code;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (signals < 0) {
		kx_fail(err, KX_SYSTEM, errno, "signalfd");
		return err->code;
	}
	look_around(&host, first_since_boot());
	code = serve(events, &host, signals);
	kx_nl_close(events);
	kx_host_free(&host);
	return code;
}

int main(int argc, char **argv)
{
	struct kx_err err = {0};
	int code;

	if (kx_told(argc, argv, "Usage: vpsd\n\n"
		    "Acts on the events of VPSs, in the foreground. See vpsd(8).\n"))
		return kx_close_stdout(0);
	if (argc > 1)
		return kx_usage_error("\"%s\": it takes no arguments", argv[1]);
	code = start(&err);
	if (code && *err.msg)
		kx_report(&err);
	return code;
}
