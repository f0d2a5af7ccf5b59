// SPDX-License-Identifier: GPL-2.0
/* Import of a template: unpacked aside, and there as a whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "import.h"

static int exists(const char *name, struct kx_err *err)
{
	return kx_fail(err, KX_TEMPLATE_EXISTS, 0,
		       "template \"%s\" exists already", name);
}

static void start_reading(struct import *im)
{
	struct stat st;
	off_t at;

	if (fstat(im->fd, &st) || !S_ISREG(st.st_mode))
		return;
	at = lseek(im->fd, 0, SEEK_CUR);
	if (at < 0 || at >= st.st_size)
		return;
	im->total = st.st_size - at;
	posix_fadvise(im->fd, at, 0, POSIX_FADV_SEQUENTIAL);
}

static FILE *open_unnamed(int dirfd)
{
	int fd = openat(dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w+");

	if (!f && fd >= 0)
		close(fd);
	return f;
}

/* Fills @stage, a new directory, with root/ and info.json. */
static int fill(struct import *im, int stage, const char *name)
{
	cleanup_file FILE *times = NULL;
	cleanup_close int root = -1;
	int ret;

	if (mkdirat(stage, "root", 0755))
		return import_failed(im, "cannot make its root");
	root = import_open_beneath(stage, "root", O_RDONLY | O_DIRECTORY);
	times = open_unnamed(stage);
	if (root < 0 || fchmod(root, 0755) || !times)
		return import_failed(im, "cannot prepare its root");
	im->root = root;
	im->times = times;
	ret = import_archive(im) || import_late_acls(im) ||
	      import_set_times(im) || import_write_info(im, stage, name);
	import_free_late(im);
	import_forget_parent(im);
	if (!ret && syncfs(stage))
		return import_failed(im, "cannot write it to the disk");
	return ret ? -1 : 0;
}

static int publish(int dirfd, const char *staged, const char *name,
		   struct kx_err *err)
{
	if (renameat2(dirfd, staged, dirfd, name, RENAME_NOREPLACE))
		return errno == EEXIST ? exists(name, err) :
			kx_fail(err, KX_SYSTEM, errno,
				"cannot put template \"%s\" in its place", name);
	if (fsync(dirfd))
		return kx_fail(err, KX_SYSTEM, errno,
			       "cannot write the directory of templates to the disk");
	return 0;
}

/* A new directory in template_dir, swept by the next command if we are killed. */
static char *make_stage(const struct kx_host *host, const char *name,
			struct kx_err *err)
{
	char *path;

	if (asprintf(&path, "%s/" KX_IMPORT_PREFIX "%s.XXXXXX",
		     host->template_dir, name) < 0) {
		kx_nomem(err);
		return NULL;
	}
	if (!mkdtemp(path)) {
		kx_fail(err, errno == ENOSPC ? KX_NO_SPACE : KX_SYSTEM, errno,
			"cannot make a directory in %s", host->template_dir);
		free(path);
		return NULL;
	}
	return path;
}

/*
 * In a process namespace of its own, so that nothing of it survives us: it
 * works in a directory that the next command sweeps.
 */
static void exec_recipe(const char *program, const char *name,
			const char *output, const char *stage, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	setenv("TMPDIR", stage, 1);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	execlp("unshare", "unshare", "--pid", "--fork", "--kill-child",
	       "--mount-proc", "--", program, name, output, (char *)NULL);
	_exit(127);
}

/* Runs RECIPES/build NAME in the directory @stage; its result as a descriptor. */
static int run_recipe(struct import *im, const char *recipes, const char *name,
		      const char *stage)
{
	struct kx_err *err = im->err;
	cleanup_free char *program = NULL, *output = NULL;
	pid_t pid, parent = getpid();
	int status, fd;

	if (asprintf(&program, "%s/build", recipes) < 0)
		program = NULL;
	if (asprintf(&output, "%s/%s.tar", stage, name) < 0)
		output = NULL;
	if (!program || !output)
		return kx_nomem(err);
	if (access(program, X_OK))
		return kx_fail(err, KX_NO_TEMPLATE, errno,
			       "no recipes for templates: %s", program);
	pid = fork();
	if (!pid)
		exec_recipe(program, name, output, stage, parent);
	while (pid > 0 && waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			pid = -1;
		else if (im->progress && im->progress(0, 0, im->progress_arg))
			kill(pid, SIGKILL);
	}
	if (pid < 0)
		return kx_fail(err, KX_SYSTEM, errno, "cannot run %s", program);
	if (status)
		return kx_fail(err, KX_COMMAND, 0,
			       "the recipe of \"%s\" failed", name);
	fd = open(output, O_RDONLY | O_CLOEXEC);
	/* Only the descriptor needs it from here on. */
	if (fd < 0 || unlink(output)) {
		kx_fail(err, KX_SYSTEM, errno, "cannot open %s", output);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

static int import_into(int dirfd, const char *staged, const char *name,
		       struct import *im)
{
	cleanup_close int stage = openat(dirfd, staged, O_RDONLY | O_DIRECTORY |
					 O_CLOEXEC);

	if (stage < 0)
		return import_failed(im, "cannot open its directory");
	start_reading(im);
	if (fill(im, stage, name))
		return -1;
	return publish(dirfd, staged, name, im->err);
}

/* With @recipes null, from im->fd. */
static int import(const struct kx_host *host, const char *name,
		  const char *recipes, struct import *im)
{
	cleanup_close int dirfd = -1, lock = -1, built = -1;
	cleanup_free char *path = NULL;
	const char *staged;
	struct stat st;
	int ret = -1;

	if (geteuid())
		return kx_fail(im->err, KX_PERMISSION, 0,
			       "only root can import a template");
	if (kx_template_check_name(name, im->err))
		return -1;
	dirfd = kx_template_open_dir(host, im->err);
	if (dirfd < 0)
		return -1;
	lock = kx_template_lock(host, name, im->err);
	if (lock < 0)
		return -1;
	kx_template_sweep(host, dirfd, name);
	if (!fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW))
		return exists(name, im->err);
	path = make_stage(host, name, im->err);
	if (!path)
		return -1;
	staged = strrchr(path, '/') + 1;
	if (recipes)
		im->fd = built = run_recipe(im, recipes, name, path);
	if (im->fd >= 0)
		ret = import_into(dirfd, staged, name, im);
	if (ret)
		kx_tree_remove(dirfd, staged, NULL);
	return ret;
}

int kx_template_import(const struct kx_host *host, const char *name, int fd,
		       kx_progress_fn progress, void *arg, struct kx_err *err)
{
	struct import im = {
		.fd = fd, .parent_fd = -1, .err = err,
		.progress = progress, .progress_arg = arg,
	};

	return import(host, name, NULL, &im);
}

int kx_template_build(const struct kx_host *host, const char *name,
		      const char *recipes, kx_progress_fn progress, void *arg,
		      struct kx_err *err)
{
	struct import im = {
		.fd = -1, .parent_fd = -1, .err = err,
		.progress = progress, .progress_arg = arg,
	};

	return import(host, name, recipes, &im);
}
