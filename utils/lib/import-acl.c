// SPDX-License-Identifier: GPL-2.0
/* POSIX ACLs of an archive, put into the form that the kernel takes. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "import.h"

#define ACL_MAX 1024
#define ACL_VERSION 2
#define LATE_MAX 10000

/* As in <linux/posix_acl_xattr.h>. */
struct acl_entry {
	uint16_t tag, perm;
	uint32_t id;
};

struct acl {
	uint32_t version;
	struct acl_entry entries[ACL_MAX];
};

/* In the order of their tags, which is the one that the kernel asks for. */
static int tag_of(int tag)
{
	switch (tag) {
	case ARCHIVE_ENTRY_ACL_USER_OBJ:
		return 0x01;
	case ARCHIVE_ENTRY_ACL_USER:
		return 0x02;
	case ARCHIVE_ENTRY_ACL_GROUP_OBJ:
		return 0x04;
	case ARCHIVE_ENTRY_ACL_GROUP:
		return 0x08;
	case ARCHIVE_ENTRY_ACL_MASK:
		return 0x10;
	case ARCHIVE_ENTRY_ACL_OTHER:
		return 0x20;
	}
	return -1;
}

static int by_tag(const void *a, const void *b)
{
	const struct acl_entry *x = a, *y = b;
	uint32_t xid = le32toh(x->id), yid = le32toh(y->id);

	if (x->tag != y->tag)
		return le16toh(x->tag) < le16toh(y->tag) ? -1 : 1;
	return (xid > yid) - (xid < yid);
}

#define PASSWD_MAX	(1 << 20)

/* The number of @name in the template's own etc/passwd or etc/group; -1: none. */
static long find_id(struct import *im, const char *name, bool group)
{
	int fd = import_open_in_root(im->root, group ? "etc/group" : "etc/passwd");
	cleanup_file FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	struct passwd *pw;
	struct group *gr;
	struct stat st;

	if (!f && fd >= 0)
		close(fd);
	/* It is read anew for each name: a hole of a terabyte would take for ever. */
	if (!f || fstat(fileno(f), &st) || st.st_size > PASSWD_MAX)
		return -1;
	if (group) {
		while ((gr = fgetgrent(f)))
			if (!strcmp(gr->gr_name, name))
				return gr->gr_gid;
	} else {
		while ((pw = fgetpwent(f)))
			if (!strcmp(pw->pw_name, name))
				return pw->pw_uid;
	}
	return -1;
}

/* tar(1) writes names without numbers, even with --numeric-owner. */
static long id_of(struct import *im, int tag, int id, const char *name)
{
	if (tag != ARCHIVE_ENTRY_ACL_USER && tag != ARCHIVE_ENTRY_ACL_GROUP)
		return UINT32_MAX;
	if (id < 0 && name && *name)
		return find_id(im, name, tag == ARCHIVE_ENTRY_ACL_GROUP);
	return id;
}

static int bad_name(struct import *im, const char *name)
{
	return import_bad(im, "its ACL names \"%.32s\", who is not in the template's passwd or group file, or has a number above 65535",
			  name ?: "");
}

/* 1: a name has no number yet, for etc/passwd may still come. */
static int set_acl(struct import *im, struct archive_entry *e, int fd, int type,
		   const char *attribute)
{
	int count, etype, perm, tag, id;
	cleanup_free struct acl *acl = NULL;
	const char *name;
	long number;

	/* Three entries of an access ACL are the mode once more. */
	count = archive_entry_acl_reset(e, type);
	if (!count || (type == ARCHIVE_ENTRY_ACL_TYPE_ACCESS && count <= 3))
		return 0;
	acl = malloc(sizeof(*acl));
	if (!acl)
		return kx_nomem(im->err);
	acl->version = htole32(ACL_VERSION);
	count = 0;
	while (archive_entry_acl_next(e, type, &etype, &perm, &tag, &id,
				      &name) == ARCHIVE_OK) {
		if (count == ACL_MAX || tag_of(tag) < 0)
			return import_bad(im, "its ACL has too many or unknown entries");
		number = id_of(im, tag, id, name);
		if (number < 0 && !im->complete)
			return 1;
		if (number < 0 || (number > IMPORT_ID_MAX && number != UINT32_MAX))
			return bad_name(im, name);
		acl->entries[count++] = (struct acl_entry){
			.tag = htole16(tag_of(tag)),
			.perm = htole16(perm & 7),
			.id = htole32(number),
		};
	}
	qsort(acl->entries, count, sizeof(*acl->entries), by_tag);
	if (fsetxattr(fd, attribute, acl, sizeof(acl->version) +
		      count * sizeof(*acl->entries), 0))
		return errno == EINVAL ? import_bad(im, "its ACL is not a valid one") :
					 import_failed(im, "cannot set its ACL");
	return 0;
}

/* An entry whose ACLs wait until all is unpacked. */
struct import_late {
	struct import_late *next;
	struct archive_entry *entry;
	struct stat st;
	char path[];
};

static int postpone(struct import *im, struct archive_entry *e, int fd)
{
	size_t size = strlen(im->path) + 1;
	struct import_late *late;

	if (++im->late_count > LATE_MAX)
		return import_bad(im, "more than %d directories have ACLs for what is new in them, or files ACLs by name before etc/passwd",
				  LATE_MAX);
	late = calloc(1, sizeof(*late) + size);
	if (!late)
		return kx_nomem(im->err);
	memcpy(late->path, im->path, size);
	late->entry = archive_entry_clone(e);
	late->next = im->late;
	im->late = late;
	if (!late->entry)
		return kx_nomem(im->err);
	return fstat(fd, &late->st) ? import_failed(im, "cannot look at it") : 0;
}

static bool has_default(struct archive_entry *e)
{
	const char *name;
	const void *value;
	size_t size;

	if (archive_entry_acl_count(e, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT) > 0)
		return true;
	archive_entry_xattr_reset(e);
	while (archive_entry_xattr_next(e, &name, &value, &size) == ARCHIVE_OK)
		if (name && !strcmp(name, KX_DEFAULT_ACL))
			return true;
	return false;
}

/* A default ACL waits as well: what is unpacked below must not inherit it. */
int import_acls(struct import *im, struct archive_entry *e, int fd)
{
	int ret = set_acl(im, e, fd, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, KX_ACCESS_ACL);

	return ret > 0 || (!ret && has_default(e)) ? postpone(im, e, fd) : ret;
}

/* A later entry may have replaced it, by a device even: look before opening. */
static int reopen(struct import *im, const struct import_late *late)
{
	cleanup_close int fd = import_open_beneath(im->root,
			*late->path ? late->path : ".", O_PATH | O_NOFOLLOW);
	char self[32];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || st.st_ino != late->st.st_ino ||
	    (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
		return -1;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return open(self, O_RDONLY | O_CLOEXEC);
}

static int set_late(struct import *im, struct import_late *late)
{
	cleanup_close int fd = reopen(im, late);

	if (fd < 0)
		return 0;
	import_show(im, archive_entry_pathname(late->entry));
	if (set_acl(im, late->entry, fd, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, KX_ACCESS_ACL) ||
	    set_acl(im, late->entry, fd, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, KX_DEFAULT_ACL))
		return -1;
	return import_xattrs(im, late->entry, fd);
}

int import_late_acls(struct import *im)
{
	struct import_late *late;
	int ret = 0;

	im->complete = true;
	for (late = im->late; late && !ret; late = late->next)
		ret = set_late(im, late);
	import_show(im, NULL);
	return ret;
}

void import_free_late(struct import *im)
{
	struct import_late *late;

	while ((late = im->late)) {
		im->late = late->next;
		archive_entry_free(late->entry);
		free(late);
	}
}
