// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fsck.h"

void names_add(struct names *names, const char *name)
{
	if (names->n == names->space) {
		names->space = names->space ? names->space * 2 : 16;
		names->name = must(reallocarray(names->name, names->space, sizeof(char *)));
	}
	names->name[names->n++] = must(strdup(name));
}

int names_read(struct place *dir, struct names *names)
{
	int fd = place_fd(dir), errnum;
	struct dirent *d;
	DIR *stream;

	/* Of its own, since the stream takes it over. */
	fd = fd < 0 ? -1 : openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOATIME);
	if (fd < 0 && errno == EPERM)
		fd = openat(place_fd(dir), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	stream = must(fdopendir(fd));
	while (errno = 0, (d = readdir(stream)))
		if (!is_dots(d->d_name))
			names_add(names, d->d_name);
	errnum = errno;
	closedir(stream);
	errno = errnum;
	return errnum ? -1 : 0;
}

int names_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void names_free(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->name[i]);
	free(names->name);
	*names = (struct names){ 0 };
}
