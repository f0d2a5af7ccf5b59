// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fsck.h"
#include "handle.h"

/* version, magic, length, flags, type, uuid of the filesystem, handle */
#define MAGIC 0xfb
#define FLAG_BIG_ENDIAN 1
#define FLAG_ANY_ENDIAN 2
#define FLAGS_KNOWN 7
#define FLAG_CPU (__BYTE_ORDER == __BIG_ENDIAN ? FLAG_BIG_ENDIAN : 0)

struct fs_uuid {
	unsigned char len, uuid[16];
};
#ifndef FS_IOC_GETFSUUID
#define FS_IOC_GETFSUUID _IOR(0x15, 0, struct fs_uuid)
#endif

int uuid_of(int fd, unsigned char uuid[16])
{
	struct fs_uuid got = { 0 };

	if (ioctl(fd, FS_IOC_GETFSUUID, &got) || got.len != sizeof(got.uuid))
		return -1;
	memcpy(uuid, got.uuid, sizeof(got.uuid));
	return 0;
}

enum handle_state handle_parse(const void *data, size_t len, struct handle *h)
{
	const unsigned char *at = data;

	if (len < HANDLE_HEADER || at[1] != MAGIC || at[2] < HANDLE_HEADER || at[2] != len)
		return HANDLE_CORRUPT;
	if (at[0] || at[3] & ~FLAGS_KNOWN ||
	    (!(at[3] & FLAG_ANY_ENDIAN) && (at[3] & FLAG_BIG_ENDIAN) != FLAG_CPU))
		return HANDLE_FOREIGN;
	h->type = at[4];
	h->len = at[2] - HANDLE_HEADER;
	if (h->len > sizeof(h->fid) || h->len % 4)
		return HANDLE_CORRUPT;
	memcpy(h->uuid, at + 5, sizeof(h->uuid));
	memcpy(h->fid, at + HANDLE_HEADER, h->len);
	return HANDLE_GOOD;
}

/* The handle of one filesystem may well open something else on another. */
static bool may_be_of(const struct layer *layer, const struct handle *h)
{
	static const unsigned char none[16];

	return !layer->has_uuid || !memcmp(h->uuid, layer->uuid, sizeof(h->uuid)) ||
	       !memcmp(h->uuid, none, sizeof(none));	/* mounted with uuid=off */
}

int handle_find(const struct fsck *f, const struct handle *h, struct stat *st)
{
	union {
		struct file_handle handle;
		char space[sizeof(struct file_handle) + sizeof(h->fid)];
	} u;
	int fd, ret = 0;

	u.handle.handle_bytes = h->len;
	u.handle.handle_type = h->type;
	memcpy(u.handle.f_handle, h->fid, h->len);
	for (size_t i = 0; i < f->nlayers; i++) {
		if (!may_be_of(&f->layers[i], h))
			continue;
		fd = open_by_handle_at(f->layers[i].top->fd, &u.handle, O_PATH | O_CLOEXEC);
		if (fd >= 0) {
			int err = fstat(fd, st);

			close(fd);
			if (!err)
				return 1;
		}
		/* These say that there is no such file, or that no handle can be of there. */
		if (errno != ESTALE && errno != EINVAL && errno != EOPNOTSUPP)
			ret = -1;
	}
	return ret;
}

int handle_make(const struct fsck *f, int fd, size_t layer, unsigned char out[HANDLE_MAX])
{
	union {
		struct file_handle handle;
		char space[sizeof(struct file_handle) + HANDLE_MAX - HANDLE_HEADER];
	} u;
	const struct layer *l = &f->layers[layer - 1];
	int mount;

	u.handle.handle_bytes = HANDLE_MAX - HANDLE_HEADER;
	if (name_to_handle_at(fd, "", &u.handle, &mount, AT_EMPTY_PATH))
		return -1;
	memset(out, 0, HANDLE_HEADER);
	out[1] = MAGIC;
	out[2] = HANDLE_HEADER + u.handle.handle_bytes;
	out[3] = FLAG_CPU;
	out[4] = u.handle.handle_type;
	if (l->has_uuid)
		memcpy(out + 5, l->uuid, sizeof(l->uuid));
	memcpy(out + HANDLE_HEADER, u.handle.f_handle, u.handle.handle_bytes);
	return out[2];
}
