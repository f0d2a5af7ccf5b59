// SPDX-License-Identifier: GPL-2.0
/* Mounts, devices, settings, and what is seen of /proc and /sys. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "harness.h"
#include "lsm.h"

/* mount(2) without the header that is at odds with <linux/mount.h>. */
int mount(const char *source, const char *target, const char *type,
	  unsigned long flags, const void *data);

#define OWN_NS	((BOX_NS & ~CLONE_NEWUSER) | CLONE_NEWNS | CLONE_NEWCGROUP)

RIG_FIXTURE(dev, 0)
RIG_FIXTURE(own, OWN_NS)

static long do_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);

	return fd < 0 ? -errno : do_close(fd);
}

static long mount_proc(long unused)
{
	return do_own_tmpfs(unused) ?: OR_ERRNO(mount("p", "/mnt", "proc", 0, NULL));
}

/* Mounts. "TYPE" or "TYPE OPTIONS". */
static long split(long text, char *type, const char **options)
{
	const char *blank = strchr((const char *)text, ' ');
	size_t n = blank ? (size_t)(blank - (const char *)text) : strlen((char *)text);

	memcpy(type, (char *)text, n);
	type[n] = '\0';
	*options = blank ? blank + 1 : NULL;
	return mkdir("/mnt/d", 0755) && errno != EEXIST ? -errno : 0;
}

static long do_mount(long text)
{
	const char *options;
	char type[32];
	long ret = split(text, type, &options);

	return ret ?: OR_ERRNO(mount("/dev/vda", "/mnt/d", type, 0, options));
}

static long do_fsopen(long text)
{
	const char *options;
	char type[32];
	long ret = split(text, type, &options);
	int fd = syscall(SYS_fsopen, type, 0);

	if (ret || fd < 0)
		return ret ?: -errno;
	ret = OR_ERRNO(syscall(SYS_fsconfig, fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	close(fd);
	return ret;
}

static long make_layers(long unused)
{
	(void)unused;
	return OR_ERRNO(mkdir("/mnt/l", 0755) ?: mkdir("/mnt/u", 0755) ?: mkdir("/mnt/w", 0755));
}

static const char layers[] = "overlay lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w";

TEST_F(own, mount)
{
	static const char *const good[] = {
		"tmpfs", "proc", "sysfs", "devpts", "mqueue", "cgroup2", layers,
	};
	static const char *const bad[] = {
		"ext4", "debugfs", "securityfs", "cgroup", "hugetlbfs", "devtmpfs",
		"bpf", "fuse",
	};
	struct rig *rig = self->rig;
	unsigned int i;

	ASSERT_EQ(0, call(&rig->a, do_own_tmpfs, 0));
	ASSERT_EQ(0, call(&rig->a, make_layers, 0));
	for (i = 0; i < sizeof(good) / sizeof(*good); i++)
		EXPECT_WORKS(&rig->a, do_mount, good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_MOUNT, do_mount, bad[i]);
		EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_MOUNT, do_fsopen, bad[i]);
	}
	EXPECT_WORKS(&rig->a, do_fsopen, "tmpfs");

	/* By feature, live. */
	ASSERT_EQ(0, grant_features(rig, FEATURE(FUSE)));
	refusals_begin(rig, &rig->a);
	EXPECT_EQ(-EINVAL, call(&rig->a, do_mount, (long)"fuse"));
	EXPECT_EQ(0, refusals_end(rig, &rig->a, NOTHING));
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_MOUNT, do_mount, "bpf");
	ASSERT_EQ(0, grant_features(rig, FEATURE(BPF)));
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_MOUNT, do_mount, "fuse");
}

/* Devices, as type << 32 | device. */
#define CHAR(major, minor)	((long)S_IFCHR << 32 | makedev(major, minor))
#define BLOCK(major, minor)	((long)S_IFBLK << 32 | makedev(major, minor))

static long do_mknod(long device)
{
	unlink("/mnt/node");
	umask(0);
	return OR_ERRNO(mknod("/mnt/node", device >> 32 | 0666, device & 0xffffffff));
}

static long open_node(long flags)
{
	return do_open("/mnt/node", flags);
}

static const struct ctx_device loop0[] = { { 'b', 7, 0, CTX_DEVICE_MKNOD } };
static const struct ctx_device no_null[] = { { 'c', 1, 3, 0 } };

TEST_F(dev, mknod)
{
	struct rig *rig = self->rig;

	ASSERT_EQ(0, call(&rig->a, do_own_tmpfs, 0));
	EXPECT_WORKS(&rig->a, do_mknod, CHAR(1, 3));
	EXPECT_WORKS(&rig->a, do_mknod, CHAR(5, 1));
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_MKNOD, do_mknod, BLOCK(7, 0));
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_MKNOD, do_mknod, BLOCK(8, 0));
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_MKNOD, do_mknod, CHAR(1, 1));
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_MKNOD, do_mknod, CHAR(1, 4));
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_MKNOD, do_mknod, BLOCK(1, 3));
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_MKNOD, do_mknod, CHAR(136, 0));
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_MKNOD, do_mknod, CHAR(10, 229));

	ASSERT_EQ(0, grant_devices(rig, loop0, 1));
	EXPECT_WORKS(&rig->a, do_mknod, BLOCK(7, 0));
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_DEVICE, open_node, O_RDONLY);
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_MKNOD, do_mknod, BLOCK(7, 1));
	ASSERT_EQ(0, grant_devices(rig, no_null, 1));
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_MKNOD, do_mknod, CHAR(1, 3));
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_MKNOD, do_mknod, BLOCK(7, 0));
	ASSERT_EQ(0, grant_features(rig, FEATURE(FUSE)));
	EXPECT_WORKS(&rig->a, do_mknod, CHAR(10, 229));

	/* It takes the capability as well, as it does everywhere. */
	ASSERT_EQ(0, grant_caps(rig, CTX_CAPS_DEFAULT & ~(1ULL << 27)));
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_CAPABILITY, do_mknod, CHAR(1, 5));
}

static int put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = write(fd, text, strlen(text));

	close(fd);
	return n < 0 ? -1 : 0;
}

/* As root of a user namespace that any user could make. */
static long mknod_nested(long device)
{
	if (unshare(CLONE_NEWUSER))
		return -errno;
	if (put_text("/proc/self/setgroups", "deny") || put_text("/proc/self/uid_map", "0 0 1") ||
	    put_text("/proc/self/gid_map", "0 0 1"))
		return -ECANCELED;
	return do_mknod(device);
}

static long do_mknod_nested(long device)
{
	return in_child(mknod_nested, device);
}

TEST_F(dev, mknod_nested)
{
	struct rig *rig = self->rig;

	ASSERT_EQ(0, grant_features(rig, FEATURE(NESTING)));
	ASSERT_EQ(0, call(&rig->a, do_own_tmpfs, 0));
	EXPECT_WORKS(&rig->a, do_mknod, CHAR(1, 3));
	EXPECT_REFUSED(&rig->a, EPERM, 0, NOTHING, do_mknod_nested, CHAR(1, 3));
}

static const char node[] = "/var/tmp/ctx-lsm-node";

static long open_host_node(long flags)
{
	return do_open(node, flags);
}

static long open_at(long dirfd)
{
	int fd = openat(dirfd, "node", O_RDWR | O_NONBLOCK);

	return fd < 0 ? -errno : do_close(fd);
}

static int host_node(long device)
{
	unlink(node);
	umask(0);
	return mknod(node, device >> 32 | 0666, device & 0xffffffff);
}

TEST_F(dev, device)
{
	static const struct ctx_device read_loop[] = {
		{ 'b', 7, CTX_DEVICE_ANY, CTX_DEVICE_READ },
	};
	struct rig *rig = self->rig;
	char path[64];
	int fd;

	/* A node that the host has made, and everybody may open. */
	ASSERT_EQ(0, host_node(CHAR(10, 229)));
	EXPECT_WORKS(&rig->h, open_host_node, O_RDWR);
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_DEVICE, open_host_node, O_RDWR);
	ASSERT_EQ(0, grant_features(rig, FEATURE(FUSE)));
	EXPECT_WORKS(&rig->a, open_host_node, O_RDWR);
	EXPECT_REFUSED(&rig->b, EPERM, 1, CTX_REFUSED_DEVICE, open_host_node, O_RDWR);
	ASSERT_EQ(0, host_node(BLOCK(7, 0)));
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_DEVICE, open_host_node, O_RDONLY);
	ASSERT_EQ(0, grant_devices(rig, read_loop, 1));
	EXPECT_WORKS(&rig->a, open_host_node, O_RDONLY);
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_DEVICE, open_host_node, O_RDWR);
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_DEVICE, open_host_node, O_WRONLY);
	ASSERT_EQ(0, host_node(CHAR(1, 3)));
	EXPECT_WORKS(&rig->a, open_host_node, O_RDWR);
	unlink(node);

	/* Nodes of its own work for itself, and for nobody else. */
	ASSERT_EQ(0, call(&rig->a, do_own_tmpfs, 0));
	ASSERT_EQ(0, call(&rig->a, do_mknod, CHAR(1, 3)));
	EXPECT_WORKS(&rig->a, open_node, O_RDWR);
	snprintf(path, sizeof(path), "/proc/%d/root/mnt", rig->a.pid);
	fd = open(path, O_RDONLY | O_DIRECTORY);
	ASSERT_LE(0, fd);
	EXPECT_WORKS(&rig->a2, open_at, give(&rig->a2, fd));
	EXPECT_EQ(-EACCES, open_at(fd));
	EXPECT_REFUSED(&rig->b, EACCES, 0, NOTHING, open_at, give(&rig->b, fd));
	close(fd);
	ASSERT_EQ(0, call(&rig->a, do_mknod, CHAR(5, 1)));
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_DEVICE, open_node, O_RDWR);
}

/* Mode 0666, and the host's. */
static long open_last_pid(long flags)
{
	return do_open("/proc/sys/kernel/ns_last_pid", flags);
}

static long set_forward(long unused)
{
	(void)unused;
	if (unshare(CLONE_NEWNET))
		return -errno;
	return do_open("/proc/sys/net/ipv4/ip_forward", O_RDWR);
}

TEST_F(dev, sysctl)
{
	struct rig *rig = self->rig;

	EXPECT_WORKS(&rig->h, open_last_pid, O_WRONLY);
	EXPECT_WORKS(&rig->a, open_last_pid, O_RDONLY);
	EXPECT_REFUSED(&rig->a, EACCES, 1, CTX_REFUSED_SYSCTL, open_last_pid, O_WRONLY);
	EXPECT_REFUSED(&rig->a, EACCES, 1, CTX_REFUSED_SYSCTL, open_last_pid, O_RDWR);
	EXPECT_WORKS(&rig->a, set_forward, 0);
}

static long mount_sysfs(long unused)
{
	return do_own_tmpfs(unused) ?: OR_ERRNO(mount("s", "/mnt", "sysfs", 0, NULL));
}

/* Is there such a name: 1 for a look-up, 2 for the list of its directory. */
static long is_there(long name)
{
	char path[128], *slash;
	struct dirent *entry;
	struct stat st;
	long there = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/mnt/%s", (const char *)name);
	if (!lstat(path, &st))
		there |= 1;
	slash = strrchr(path, '/');
	*slash = '\0';
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (!strcmp(entry->d_name, slash + 1))
			there |= 2;
	if (dir)
		closedir(dir);
	return there;
}

#define EXPECT_SEEN(side, how, name)					\
	EXPECT_EQ(how, call(side, is_there, (long)(name)))			\
		TH_LOG("%s", (const char *)(name) ?: "")

TEST_F(own, proc)
{
	static const char *const seen[] = {
		"self", "uptime", "meminfo", "sys", "mounts", "net", "1", "stat", "kmsg",
		"diskstats", "interrupts", "kallsyms", "partitions", "zoneinfo",
	};
	static const char *const hidden[] = {
		"kcore", "sysrq-trigger", "iomem", "ioports", "slabinfo",
		"config.gz", "bus", "irq", "timer_list", "schedstat",
		"vmallocinfo", "consoles", "mtrr", "fb", "acpi",
	};
	struct rig *rig = self->rig;
	unsigned int i;

	ASSERT_EQ(0, call(&rig->a, mount_proc, 0));
	for (i = 0; i < sizeof(seen) / sizeof(*seen); i++)
		EXPECT_SEEN(&rig->a, 3, seen[i]);
	for (i = 0; i < sizeof(hidden) / sizeof(*hidden); i++)
		EXPECT_SEEN(&rig->a, 0, hidden[i]);
	/* The host's is whole. */
	EXPECT_EQ(0, access("/proc/interrupts", F_OK));
	EXPECT_EQ(0, access("/proc/sysrq-trigger", F_OK));
}

TEST_F(own, sysfs)
{
	static const char *const seen[] = {
		"class/net", "devices/virtual/net/lo", "devices/system/cpu/online",
		"fs/cgroup", "kernel/mm/transparent_hugepage/enabled", "kernel", "class",
	};
	static const char *const hidden[] = {
		"block", "bus", "firmware", "power", "class/block", "class/tty",
		"kernel/debug", "kernel/slab", "devices/pci0000:00", "fs/ext4",
		"module/kernel",
	};
	struct rig *rig = self->rig;
	unsigned int i;

	ASSERT_EQ(0, call(&rig->a, mount_sysfs, 0));
	for (i = 0; i < sizeof(seen) / sizeof(*seen); i++)
		EXPECT_SEEN(&rig->a, 3, seen[i]);
	for (i = 0; i < sizeof(hidden) / sizeof(*hidden); i++)
		EXPECT_SEEN(&rig->a, 0, hidden[i]);
	EXPECT_EQ(0, access("/sys/class/block", F_OK));

	/* All of it with the feature, and live. */
	ASSERT_EQ(0, grant_features(rig, FEATURE(SYSFS)));
	EXPECT_SEEN(&rig->a, 3, "class/block");
	EXPECT_SEEN(&rig->a, 3, "block");
	ASSERT_EQ(0, grant_features(rig, 0));
	EXPECT_SEEN(&rig->a, 0, "class/tty");
}

static long hold_sysfs(long socket)
{
	long ret;

	ret = unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) ? -errno : mount_sysfs(0);

	/* It has become what it is without exec. */
	prctl(PR_SET_DUMPABLE, 1);
	if (write(socket, &ret, sizeof(ret)) == sizeof(ret))
		pause();
	return 0;
}

/* What is to be seen of it when its network namespace has ended, by who is above. */
static long see_ended_sysfs(long name)
{
	char path[64];
	int p[2], fd = -1;
	pid_t pid;
	long ret;

	if (pipe(p))
		return -errno;
	pid = fork();
	if (!pid)
		_exit(hold_sysfs(p[1]));
	if (read(p[0], &ret, sizeof(ret)) == sizeof(ret) && !ret) {
		snprintf(path, sizeof(path), "/mnt/%d/root/mnt", pid);
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ret = fd < 0 ? -errno : 0;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(p[0]);
	close(p[1]);
	if (ret)
		return -ECANCELED;
	/* Namespaces end later, one after the other. */
	for (int i = 0; i < 100; i++) {
		int found = openat(fd, (const char *)name, O_RDONLY | O_CLOEXEC);

		ret = found < 0 ? -errno : do_close(found);
		if (ret)
			break;
		usleep(100000);
	}
	close(fd);
	return ret;
}

TEST_F(own, sysfs_ended)
{
	struct rig *rig = self->rig;

	ASSERT_EQ(0, grant_features(rig, FEATURE(NESTING)));
	ASSERT_EQ(0, call(&rig->a, mount_proc, 0));
	EXPECT_EQ(-ENOENT, call(&rig->a, see_ended_sysfs, (long)"class"));
}

TEST_HARNESS_MAIN
