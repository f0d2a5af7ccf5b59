// SPDX-License-Identifier: GPL-2.0
/*
 * A device on dm-log-writes: what it was at any time, and what a crash may have
 * made of it. The target writes down what was flushed in the order in which it
 * was; between two flushes the order means nothing. A write with FUA is there
 * when it has ended.
 */
#include <linux/dm-ioctl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

#include "crash.h"

#define CONTROL "/dev/mapper/control"
#define DM_NAME "unionfs-crash"
#define LOG_MIB 512
#define LOG_MAGIC 0x6a736677736872ULL
#define END "dm-log-writes-end"
#define UNIT 8				/* sectors that are written at once */
#define LIE 400				/* entries of the log that a lie concerns */

struct entry *log_entry;
int log_entries;
char log_device[64], crash_device[64];

struct disk {
	int fd;
	char device[64];
	char *data;
	size_t size;
};

static struct disk disk, copy, logged;
static char *before, *durable;
static int applied;			/* entries in durable */

static int disk_open(struct disk *d, const char *fs, int mib)
{
	const char *image;
	int fd;

	d->size = (size_t)mib << 20;
	d->fd = stack_image(fs, mib, d->device, sizeof(d->device));
	if (d->fd < 0)
		return d->fd;
	image = cat(fmt("/sys/block/%s/loop/backing_file", d->device + 5));
	fd = open(fmt("%.*s", (int)strcspn(image, "\n"), image), O_RDWR);
	if (fd < 0)
		return -errno;
	d->data = mmap(NULL, d->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return d->data == MAP_FAILED ? -ENOMEM : 0;
}

static int dm(unsigned long request, unsigned int flags, const char *table,
	      const char *message)
{
	struct {
		struct dm_ioctl io;
		union {
			struct {
				struct dm_target_spec target;
				char parameters[256];
			};
			struct {
				uint64_t sector;
				char text[256];
			};
		};
	} arg = { };
	int control = open(CONTROL, O_RDWR | O_CLOEXEC), ret;

	if (control < 0)
		return -errno;
	arg.io.version[0] = DM_VERSION_MAJOR;
	arg.io.data_size = sizeof(arg);
	arg.io.data_start = offsetof(typeof(arg), target);
	arg.io.flags = flags;
	strcpy(arg.io.name, DM_NAME);
	if (table) {
		arg.io.target_count = 1;
		arg.target.length = disk.size >> 9;
		strcpy(arg.target.target_type, "log-writes");
		strcpy(arg.parameters, table);
	} else if (message) {
		strcpy(arg.text, message);
	}
	ret = ERR(ioctl(control, request, &arg));
	if (!ret && request == DM_DEV_CREATE)
		snprintf(log_device, sizeof(log_device), "/dev/dm-%u",
			 minor(arg.io.dev));
	close(control);
	return ret;
}

int log_open(const char *fs, int mib)
{
	int ret;

	if (access(CONTROL, F_OK)) {
		mkdir("/dev/mapper", 0755);
		mknod(CONTROL, S_IFCHR | 0600, makedev(10, 236));
	}
	ret = disk_open(&disk, fs, mib) ?: disk_open(&copy, fs, mib) ?:
	      disk_open(&logged, "ext4", LOG_MIB);
	if (ret)
		return ret;
	strcpy(crash_device, copy.device);
	before = malloc(disk.size);
	durable = malloc(disk.size);
	memcpy(before, disk.data, disk.size);
	memcpy(durable, disk.data, disk.size);
	dm(DM_DEV_REMOVE, 0, NULL, NULL);
	ret = dm(DM_DEV_CREATE, 0, NULL, NULL);
	if (ret)
		return -ENOPKG;
	ret = dm(DM_TABLE_LOAD, 0, fmt("%s %s", disk.device, logged.device), NULL);
	if (ret) {
		dm(DM_DEV_REMOVE, 0, NULL, NULL);
		return -ENOPKG;
	}
	return dm(DM_DEV_SUSPEND, 0, NULL, NULL);
}

int log_mark(const char *text)
{
	return dm(DM_TARGET_MSG, 0, NULL, fmt("mark %s", text));
}

/* The format is described in drivers/md/dm-log-writes.c. */
static int parse(void)
{
	const uint64_t *super = (const void *)logged.data;
	size_t at = 512;
	int i;

	if (super[0] != LOG_MAGIC || super[1] != 1 ||
	    ((const uint32_t *)(super + 3))[0] != 512)
		return -EINVAL;
	log_entries = super[2];
	log_entry = calloc(log_entries, sizeof(*log_entry));
	for (i = 0; i < log_entries; i++) {
		const uint64_t *on_disk = (const void *)(logged.data + at);
		struct entry *e = &log_entry[i];

		if (at + 512 > logged.size)
			return -EFBIG;
		e->sector = on_disk[0];
		e->sectors = on_disk[1];
		e->flags = on_disk[2];
		e->data = logged.data + at + (e->flags & LOG_MARK ? 32 : 512);
		at += 512;
		if (!(e->flags & LOG_DISCARD))
			at += e->sectors << 9;
		if (at > logged.size ||
		    (e->sector + e->sectors) << 9 > disk.size)
			return -EFBIG;
	}
	/* It stops with an error of its own, and the device goes on. */
	return i && log_entry[i - 1].flags & LOG_MARK &&
	       !strcmp(log_entry[i - 1].data, END) ? 0 : -ENOSPC;
}

int log_close(void)
{
	int ret, i;

	for (i = 0; i < 100; i++) {
		ret = dm(DM_DEV_REMOVE, 0, NULL, NULL);
		if (ret != -EBUSY)
			break;
		usleep(50000);
	}
	return ret ?: parse();
}

void log_free(void)
{
	struct disk *const disks[] = { &disk, &copy, &logged };
	unsigned int i;

	dm(DM_DEV_REMOVE, 0, NULL, NULL);
	for (i = 0; i < ARRAY_SIZE(disks); i++) {
		if (disks[i]->data)
			munmap(disks[i]->data, disks[i]->size);
		if (disks[i]->fd > 0)
			close(disks[i]->fd);
	}
}

/* Whether this is lost. A lie of the device hurts what files contain alone. */
static bool lost(const struct crash *crash, bool kept, const char *data,
		 unsigned int *rng)
{
	if (kept && (!crash->lie || *(const uint32_t *)data != MAGIC))
		return false;
	return draw(rng, 100) < crash->lose;
}

static void apply(char *to, const struct entry *e, const struct crash *crash,
		  bool kept, unsigned int *rng)
{
	uint64_t i, n;

	if (e->flags & LOG_MARK)
		return;
	kept = kept || e->flags & LOG_FUA;
	for (i = 0; i < e->sectors; i += n) {
		n = e->sectors - i < UNIT ? e->sectors - i : UNIT;
		if (crash && lost(crash, kept, e->data + (i << 9), rng))
			continue;
		if (e->flags & LOG_DISCARD)
			memset(to + ((e->sector + i) << 9), 0, n << 9);
		else
			memcpy(to + ((e->sector + i) << 9), e->data + (i << 9),
			       n << 9);
	}
}

void crash_make(const struct crash *crash, unsigned int *rng)
{
	int from = crash->lie && crash->at > LIE ? crash->at - LIE :
		   crash->lie ? 0 : crash->at;
	int flush = crash->at, i;

	while (flush > 0 && !(log_entry[flush - 1].flags & LOG_FLUSH))
		flush--;
	if (flush < from)
		from = flush;
	if (from < applied) {
		memcpy(durable, before, disk.size);
		applied = 0;
	}
	for (; applied < from; applied++)
		apply(durable, &log_entry[applied], NULL, true, rng);
	memcpy(copy.data, durable, disk.size);
	for (i = applied; i < crash->at; i++)
		apply(copy.data, &log_entry[i], crash, i < flush, rng);
	ioctl(copy.fd, BLKFLSBUF);
}
