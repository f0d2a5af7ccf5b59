// SPDX-License-Identifier: GPL-2.0
/* Reading the archive: any tar or cpio, through any compression, from a descriptor. */
#include <errno.h>
#include <locale.h>
#include <stdarg.h>
#include <string.h>
#include <sys/statvfs.h>

#include "import.h"

#define SPACE_STEP	(16 * 1024 * 1024)
#define TAR_BLOCK	512

/* One line of printable ASCII, not too long. */
void import_show(struct import *im, const char *name)
{
	char *out = im->shown;
	size_t len = 0;

	for (; name && *name; name++) {
		unsigned char c = *name;

		if (len > 200) {
			len += sprintf(out + len, "...");
			break;
		}
		if (c < ' ' || c >= 0x7f || c == '"' || c == '\\')
			len += sprintf(out + len, "\\%03o", c);
		else
			out[len++] = c;
	}
	out[len] = '\0';
}

int import_bad(struct import *im, const char *fmt, ...)
{
	cleanup_free char *text = NULL;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0) {
		text = NULL;
		return kx_nomem(im->err);
	}
	if (!*im->shown)
		return kx_fail(im->err, KX_BAD_TEMPLATE, 0, "bad archive: %s", text);
	return kx_fail(im->err, KX_BAD_TEMPLATE, 0, "bad archive: \"%s\": %s",
		       im->shown, text);
}

static enum kx_code system_code(int errnum)
{
	return errnum == ENOSPC || errnum == EDQUOT ? KX_NO_SPACE : KX_SYSTEM;
}

int import_failed(struct import *im, const char *what)
{
	int errnum = errno;

	if (!*im->shown)
		return kx_fail(im->err, system_code(errnum), errnum,
			       "the template: %s", what);
	return kx_fail(im->err, system_code(errnum), errnum, "\"%s\": %s",
		       im->shown, what);
}

static bool stopped(struct import *im)
{
	return im->progress &&
	       im->progress(im->read, im->total, im->progress_arg);
}

/*
 * Root may write into the blocks that a filesystem holds back, and a full
 * disk hurts every VPS on it: an import ends where a user's would.
 */
int import_check_space(struct import *im, uint64_t amount)
{
	struct statvfs fs;

	im->unchecked += amount;
	if (im->unchecked < SPACE_STEP)
		return 0;
	im->unchecked = 0;
	if (stopped(im)) {
		im->read_errnum = ECANCELED;
		return -1;
	}
	if (fstatvfs(im->root, &fs))
		return import_failed(im, "cannot look at the free space");
	if (!fs.f_bavail || (fs.f_files && !fs.f_favail))
		return kx_fail(im->err, KX_NO_SPACE, 0,
			       "\"%s\": no space left on the filesystem of the templates",
			       im->shown);
	return 0;
}

static la_ssize_t read_some(struct archive *a, void *arg, const void **data)
{
	struct import *im = arg;
	ssize_t n;

	*data = im->buffer;
	do {
		if (stopped(im)) {
			n = -1;
			errno = ECANCELED;
			break;
		}
		n = read(im->fd, im->buffer, IMPORT_BUFFER);
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		im->read += n;
	if (n < 0) {
		im->read_errnum = errno;
		archive_set_error(a, errno, "cannot read");
		return -1;
	}
	return n;
}

static int read_failed(struct import *im, struct archive *a)
{
	if (im->read_errnum)
		return kx_fail(im->err, KX_SYSTEM, im->read_errnum,
			       "cannot read the archive");
	return import_bad(im, "%s", archive_error_string(a) ?:
			  "not a tar or cpio archive");
}

static struct archive *open_archive(struct import *im)
{
	struct archive *a = archive_read_new();

	if (!a) {
		kx_nomem(im->err);
		return NULL;
	}
	/* Not those for which libarchive starts other programs. */
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_compress(a);
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_lz4(a);
	archive_read_support_filter_lzip(a);
	archive_read_support_filter_lzma(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_zstd(a);
	archive_read_support_format_tar(a);
	archive_read_support_format_cpio(a);
	if (archive_read_open(a, im, NULL, read_some, NULL) == ARCHIVE_OK)
		return a;
	read_failed(im, a);
	archive_read_free(a);
	return NULL;
}

/*
 * libarchive takes a tar file that stops between two entries as complete. The
 * end mark is at least one block behind the data of the last entry.
 */
static bool cut_off(struct archive *a, int64_t last_end)
{
	int64_t padded = (last_end + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;

	if ((archive_format(a) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_TAR)
		return false;
	return archive_filter_bytes(a, 0) < padded + TAR_BLOCK;
}

static int read_entries(struct import *im, struct archive *a)
{
	struct archive_entry *e;
	int64_t last_end = 0;
	int ret;

	while ((ret = archive_read_next_header(a, &e)) == ARCHIVE_OK ||
	       ret == ARCHIVE_WARN) {
		import_show(im, archive_entry_pathname(e));
		/* It could not make sense of a part of the entry. */
		if (ret == ARCHIVE_WARN)
			return import_bad(im, "%s", archive_error_string(a) ?:
					  "damaged entry");
		if (import_entry(im, a, e)) {
			if (im->read_errnum)
				return read_failed(im, a);
			return -1;
		}
		/* A file's padding must have been passed before asking where it ends. */
		if (archive_read_data_skip(a) < ARCHIVE_WARN)
			return read_failed(im, a);
		last_end = archive_filter_bytes(a, 0);
		import_show(im, NULL);
	}
	if (ret != ARCHIVE_EOF)
		return read_failed(im, a);
	if (!im->entries)
		return import_bad(im, "it holds no files");
	if (cut_off(a, last_end))
		return import_bad(im, "it is cut off: its end mark is missing");
	return 0;
}

/* Names are bytes to us, but UTF-8 to the pax format: libarchive must not convert them. */
int import_archive(struct import *im)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL), old;
	struct archive *a;
	int ret = -1;

	old = utf8 ? uselocale(utf8) : NULL;
	im->buffer = malloc(IMPORT_BUFFER);
	a = im->buffer ? open_archive(im) : NULL;
	if (!im->buffer)
		kx_nomem(im->err);
	if (a)
		ret = read_entries(im, a);
	archive_read_free(a);
	free(im->buffer);
	if (utf8) {
		uselocale(old);
		freelocale(utf8);
	}
	return ret;
}
