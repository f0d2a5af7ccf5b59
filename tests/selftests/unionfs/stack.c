// SPDX-License-Identifier: GPL-2.0
#include <linux/loop.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#include "stack.h"

#define BASE "/tmp/unionfs-tests"

static char base[4096];
static struct {
	char lower[1024], extra[512];
} last;

int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 255;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

int spawn(const char *const argv[])
{
	pid_t pid = fork();

	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		setenv("PATH", fmt("%s:/usr/sbin:/sbin:/usr/bin:/bin",
				   getenv("PATH") ?: ""), 1);
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	return wait_for(pid);
}

void become(uid_t uid)
{
	prctl(PR_SET_SECUREBITS, 0);
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
	    setresuid(uid, uid, uid))
		_exit(255);
	prctl(PR_SET_DUMPABLE, 1);
}

static void drop(const char *what)
{
	int fd = open(base, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		syncfs(fd);
		close(fd);
	}
	write_text("/proc/sys/vm/drop_caches", what);
}

void enter(int userns, uid_t uid)
{
	/* By way of root there, whose capabilities another user loses. */
	if (setns(userns, CLONE_NEWUSER) || setgroups(0, NULL) ||
	    setresuid(0, 0, 0) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		_exit(255);
}

const char *output_of(const char *const argv[], uid_t uid, int userns)
{
	char *text = (char *)fmt("%s", "");
	size_t n = 0;
	ssize_t ret;
	int out[2];
	pid_t pid;

	if (pipe(out))
		return "<pipe>";
	pid = fork();
	if (!pid) {
		dup2(out[1], 1);
		dup2(out[1], 2);
		close(out[0]);
		close(out[1]);
		if (userns >= 0)
			enter(userns, uid);
		else
			become(uid);
		execv(argv[0], (char *const *)argv);
		dprintf(1, "<%s>", strerrorname_np(errno));
		_exit(127);
	}
	close(out[1]);
	while (n < 8000 && (ret = read(out[0], text + n, 8000 - n)) > 0)
		n += ret;
	text[n] = '\0';
	close(out[0]);
	wait_for(pid);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

void drop_caches(void)
{
	drop("3");
}

static int attach_loop(const char *image, char *name, size_t size)
{
	struct loop_config config = { .info.lo_flags = LO_FLAGS_AUTOCLEAR };
	int control, fd, loop = -1, n, i;

	fd = open(image, O_RDWR | O_CLOEXEC);
	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	if (fd < 0 || control < 0)
		return -errno;
	config.fd = fd;
	for (i = 0; i < 100; i++) {
		n = ioctl(control, LOOP_CTL_GET_FREE);
		snprintf(name, size, "/dev/loop%d", n);
		loop = open(name, O_RDWR | O_CLOEXEC);
		if (loop >= 0 && !ioctl(loop, LOOP_CONFIGURE, &config))
			break;
		if (loop >= 0)
			close(loop);
		loop = -1;
		usleep(10000);
	}
	close(fd);
	close(control);
	return loop;
}

static int make_image(const char *image, const char *kind, int mib)
{
	int fd = open(image, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
	int ret;

	if (fd < 0 || ftruncate(fd, (off_t)mib << 20))
		return -errno;
	close(fd);
	if (!strcmp(kind, "ext4"))
		ret = RUN("mkfs.ext4", "-q", "-F", "-b", "4096", "-I", "256",
			  "-E", "lazy_itable_init=1,nodiscard", image);
	else if (!strcmp(kind, "xfs"))
		ret = RUN("mkfs.xfs", "-q", "-f", "-K", image);
	else if (!strcmp(kind, "btrfs"))
		ret = RUN("mkfs.btrfs", "-q", "-f", "-K", image);
	else if (!strcmp(kind, "vfat"))
		ret = RUN("mkfs.vfat", image);
	else
		return -EINVAL;
	return ret == 127 ? -ENOPKG : ret ? -EIO : 0;
}

static int mount_image(const char *image, const char *dir, const char *kind)
{
	bool ro = !strcmp(kind, "squashfs") || !strcmp(kind, "erofs");
	char name[32];
	int loop, ret = 0;

	loop = attach_loop(image, name, sizeof(name));
	if (loop < 0)
		return loop;
	if (mount(name, dir, kind, ro ? MS_RDONLY : 0,
		  strcmp(kind, "xfs") ? NULL : "nouuid"))
		ret = errno == ENODEV ? -ENOPKG : -errno;
	close(loop);
	return ret;
}

static const char *image_name(void)
{
	static int count;

	return fmt(BASE "/image%d", count++);
}

int stack_mount_new(const char *dir, const char *kind, int mib)
{
	const char *image;
	int ret;

	if (!strcmp(kind, "tmpfs"))
		return mount("tmpfs", dir, "tmpfs", 0, "mode=755") ? -errno : 0;
	if (!strcmp(kind, "xfs") && mib < 300)
		mib = 320;
	if (!strcmp(kind, "btrfs") && mib < 256)
		mib = 256;
	image = image_name();
	ret = make_image(image, kind, mib);
	return ret ?: mount_image(image, dir, kind);
}

int stack_image(const char *kind, int mib, char *device, size_t size)
{
	const char *image = image_name();
	int ret = make_image(image, kind, mib);

	return ret ?: attach_loop(image, device, size);
}

int stack_turn(const char *dir, const char *kind)
{
	char from[64], into[64];
	const char *image;
	int ret;

	snprintf(from, sizeof(from), "%s/.", dir);
	if (!strcmp(kind, "squashfs") || !strcmp(kind, "erofs")) {
		image = image_name();
		ret = *kind == 's' ?
			RUN("mksquashfs", dir, image, "-no-progress", "-quiet") :
			RUN("mkfs.erofs", "--quiet", image, dir);
		if (ret)
			return ret == 127 ? -ENOPKG : -EIO;
		return mount_image(image, dir, kind);
	}
	snprintf(into, sizeof(into), "%s/turn", BASE);
	mkdir(into, 0755);
	ret = stack_mount_new(into, kind, 256);
	if (ret)
		return ret;
	rmdir(BASE "/turn/lost+found");
	if (RUN("cp", "-a", from, into))
		return -EIO;
	return mount(into, dir, NULL, MS_MOVE, NULL) ? -errno : 0;
}

int stack_open(const char *kind)
{
	static const char *const dirs[] = { "l", "u", "w", "m" };
	unsigned int i;
	int ret;

	umask(0);
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    (mkdir(BASE, 0755) && errno != EEXIST) ||
	    mount("tmpfs", BASE, "tmpfs", 0, "mode=755,size=3G") ||
	    mkdir(BASE "/fs", 0755))
		return -errno;
	ret = stack_mount_new(BASE "/fs", kind, 256);
	if (ret)
		return ret;
	if (chdir(BASE "/fs"))
		return -errno;
	rmdir("lost+found");
	snprintf(base, sizeof(base), BASE "/fs");
	for (i = 0; i < ARRAY_SIZE(dirs); i++)
		if (mkdir(dirs[i], 0755))
			return -errno;
	return 0;
}

void stack_close(void)
{
	/* The loop devices would else be busy until the namespace has gone. */
	if (chdir("/"))
		return;
	umount2(BASE "/fs/m", MNT_DETACH);
	umount2(BASE "/fs", MNT_DETACH);
	umount2(BASE, MNT_DETACH);
}

const char *union_type(void)
{
	return getenv("UNIONFS_TYPE") ?: "unionfs";
}

bool is_overlay(void)
{
	return !strcmp(union_type(), "overlay");
}

const char *union_defaults(void)
{
	static const char options[] =
		",index=on,redirect_dir=on,metacopy=on,xino=on,nfs_export=off";

	return getenv("UNIONFS_OPTIONS") ?: is_overlay() ? options : "";
}

static void absolute(FILE *out, const char *names)
{
	size_t n;

	while (*names) {
		for (n = 0; names[n] && names[n] != ':'; n++)
			n += names[n] == '\\' && names[n + 1];
		if (*names != '/' && n)
			fprintf(out, "%s/", base);
		fprintf(out, "%.*s", (int)n, names);
		names += n;
		while (*names == ':')
			fputc(*names++, out);
	}
}

int union_at(const char *type, const char *at, const char *lower,
	     const char *upper, const char *work, const char *extra)
{
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);
	int ret;

	fprintf(out, "lowerdir=");
	absolute(out, lower);
	if (upper) {
		fprintf(out, ",upperdir=");
		absolute(out, upper);
		fprintf(out, ",workdir=");
		absolute(out, work);
	}
	fprintf(out, "%s", extra ?: "");
	fclose(out);
	ret = mount("union", at, type, 0, text) ? -errno : 0;
	free(text);
	return ret;
}

int union_mount(const char *lower, const char *extra)
{
	if (lower != last.lower)
		snprintf(last.lower, sizeof(last.lower), "%s", lower);
	if (extra != last.extra)
		snprintf(last.extra, sizeof(last.extra), "%s", extra ?: "");
	return union_at(union_type(), "m", last.lower, "u", "w",
			fmt("%s%s", union_defaults(), last.extra));
}

long setting(const char *name, long value)
{
	const char *text = getenv(name);

	return text ? atol(text) : value;
}

long amount(const char *name, long value)
{
	struct utsname kernel;

	if (!uname(&kernel) && strstr(kernel.release, "-debug"))
		value /= 10;
	return setting(name, value);
}

int union_umount(void)
{
	return umount("m") ? -errno : 0;
}

int union_remount(void)
{
	int ret = union_umount();

	if (ret)
		return ret;
	drop("2");
	return union_mount(last.lower, last.extra);
}

static int pause_child(void)
{
	pid_t pid;
	int go[2];
	char byte;

	if (pipe(go))
		return -errno;
	pid = fork();
	if (!pid) {
		byte = unshare(CLONE_NEWUSER) ? 1 : 0;
		if (write(go[1], &byte, 1) != 1 || byte)
			_exit(1);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	if (read(go[0], &byte, 1) != 1)
		byte = 1;
	close(go[0]);
	close(go[1]);
	return byte ? -EPERM : pid;
}

int userns_of(unsigned int first)
{
	const char *map = fmt("0 %u 65536\n", first);
	pid_t pid = pause_child();
	int fd = -1;

	if (pid < 0)
		return pid;
	if (!write_text(fmt("/proc/%d/uid_map", pid), map) &&
	    !write_text(fmt("/proc/%d/gid_map", pid), map))
		fd = open(fmt("/proc/%d/ns/user", pid), O_RDONLY | O_CLOEXEC);
	kill(pid, SIGKILL);
	wait_for(pid);
	return fd;
}

int bind_idmapped(const char *path, const char *at, int userns)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_IDMAP,
		.userns_fd = userns,
	};
	int fd = syscall(SYS_open_tree, AT_FDCWD, path,
			 OPEN_TREE_CLONE | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &attr,
		    sizeof(attr)) ||
	    syscall(SYS_move_mount, fd, "", AT_FDCWD, at,
		    MOVE_MOUNT_F_EMPTY_PATH))
		ret = -errno;
	close(fd);
	return ret;
}
