// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"

#define INTERVAL_MS 100
#define BAR_MAX 40

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

const char *human_size(uint64_t bytes, char *out)
{
	static const char units[] = "BKMGTPE";
	double value = bytes;
	size_t unit = 0;

	while (value >= 1000 && unit + 2 < sizeof(units)) {
		value /= 1024;
		unit++;
	}
	snprintf(out, 16, unit && value < 99.95 ? "%.1f%c" : "%.0f%c", value,
		 units[unit]);
	return out;
}

void progress_start(struct progress *p, const char *what, bool quiet,
		    volatile sig_atomic_t *stop)
{
	memset(p, 0, sizeof(*p));
	p->what = what;
	p->shown = !quiet && isatty(STDERR_FILENO);
	p->stop = stop;
}

static unsigned int columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return 80;
	return size.ws_col;
}

static void draw(struct progress *p, uint64_t done, uint64_t total)
{
	char line[256], bar[BAR_MAX + 1], have[16], all[16];
	unsigned int width = columns(), room, full;
	int len;

	human_size(done, have);
	if (total) {
		if (done > total)
			done = total;
		len = snprintf(line, sizeof(line), "%.64s %3u%% %s of %s", p->what,
			       (unsigned int)(done * 100 / total), have,
			       human_size(total, all));
		room = width > (unsigned int)len + 8 ? width - len - 8 : 0;
		if (room > BAR_MAX)
			room = BAR_MAX;
		if (room >= 10) {
			full = done * room / total;
			memset(bar, '.', room);
			memset(bar, '#', full);
			bar[room] = '\0';
			len += snprintf(line + len, sizeof(line) - len,
					" [%s]", bar);
		}
	} else {
		len = snprintf(line, sizeof(line), "%.64s %s", p->what, have);
	}
	if ((unsigned int)len >= width)
		line[len = width - 1] = '\0';
	fprintf(stderr, "\r%s%*s", line,
		p->length > (unsigned int)len ? (int)p->length - len : 0, "");
	fflush(stderr);
	p->length = len;
}

int progress_update(uint64_t done, uint64_t total, void *arg)
{
	struct progress *p = arg;
	int64_t now;

	if (p->stop && *p->stop)
		return 1;
	if (!p->shown)
		return 0;
	now = now_ms();
	if (now - p->last_ms < INTERVAL_MS && done != total)
		return 0;
	p->last_ms = now;
	draw(p, done, total);
	return 0;
}

void progress_end(struct progress *p)
{
	if (p->length)
		fprintf(stderr, "\r%*s\r", (int)p->length, "");
	p->length = 0;
}
