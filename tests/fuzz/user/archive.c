// SPDX-License-Identifier: GPL-2.0
/*
 * Import of a template. A whole one is there afterwards, or nothing, and
 * outside its root nothing has changed.
 */
#include <archive.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "template.h"

static struct kx_host host;
static char outside[4096];
static struct stat before[3];

static int entries(const char *path)
{
	DIR *dir = opendir(path);
	int n = -2;

	MUST(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* The templates' directory itself changes, the one above and a file must not. */
static void look(struct stat st[3])
{
	char path[4200];

	MUST(!stat(fuzz_place(), &st[0]) && !stat(outside, &st[1]));
	snprintf(path, sizeof(path), "%s/target", outside);
	MUST(!stat(path, &st[2]));
}

static void check_outside(void)
{
	struct stat now[3];

	look(now);
	for (int i = 0; i < 3; i++)
		MUST(now[i].st_ino == before[i].st_ino &&
		     now[i].st_mode == before[i].st_mode &&
		     now[i].st_nlink == before[i].st_nlink &&
		     now[i].st_uid == before[i].st_uid &&
		     now[i].st_size == before[i].st_size &&
		     now[i].st_ctim.tv_sec == before[i].st_ctim.tv_sec &&
		     now[i].st_ctim.tv_nsec == before[i].st_ctim.tv_nsec);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char path[4200];

	(void)argc;
	(void)argv;
	fuzz_host(&host);
	/* As the root of a template sees it, this is at ../../../../outside. */
	snprintf(outside, sizeof(outside), "%s/outside", fuzz_place());
	MUST(!mkdir(outside, 0755));
	snprintf(path, sizeof(path), "%s/target", outside);
	fuzz_write(path, "original", 8);
	look(before);
	return 0;
}

static void check_template(void)
{
	struct kx_err err = {0};
	struct kx_template t;
	struct stat st;

	MUST(entries(host.template_dir) == 1);
	MUST(!kx_template_get(&host, "x", &t, &err));
	MUST(!lstat(t.path, &st) && S_ISDIR(st.st_mode));
	MUST(t.created && !strpbrk(t.distribution, "\n\033"));
	kx_template_free(&t);
	MUST(!kx_template_remove(&host, "x", &err));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("archive", MFD_CLOEXEC);
	struct kx_err err = {0};

	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	MUST(!lseek(fd, 0, SEEK_SET));
	if (kx_template_import(&host, "x", fd, NULL, NULL, &err))
		fuzz_check_err(&err);
	else
		check_template();
	MUST(!entries(host.template_dir));
	check_outside();
	close(fd);
	return 0;
}
