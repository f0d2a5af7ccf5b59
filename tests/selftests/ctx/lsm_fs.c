// SPDX-License-Identifier: GPL-2.0
/* Files, descriptors, terminals, quota and futexes of another context. */
#include <elf.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/if_tunnel.h>
#include <linux/quota.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "harness.h"
#include "lsm.h"

RIG_FIXTURE(fs, 0)
RIG_FIXTURE(own, CLONE_NEWPID | CLONE_NEWNS)

static long do_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);

	return fd < 0 ? -errno : do_close(fd);
}

static long open_secret(long dirfd)
{
	int fd = openat(dirfd, "secret", O_RDONLY);

	return fd < 0 ? -errno : do_close(fd);
}

static long create_secret(long dirfd)
{
	int fd = openat(dirfd, "new", O_RDWR | O_CREAT, 0666);

	return fd < 0 ? -errno : do_close(fd);
}

static long open_again(long dirfd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%ld", dirfd);
	return do_open(path, O_RDONLY | O_DIRECTORY);
}

static long make_secret(long unused)
{
	long ret = do_own_tmpfs(unused);

	umask(0);
	return ret ?: chmod("/mnt", 0777) ?: do_open("/mnt/secret", O_RDWR | O_CREAT);
}

/* A tmpfs of A, by a directory on it that the host has handed to all. */
TEST_F(fs, file_open)
{
	struct rig *rig = self->rig;
	char path[64];
	int fd;

	ASSERT_EQ(0, call(&rig->a, make_secret, 0));
	snprintf(path, sizeof(path), "/proc/%d/root/mnt", rig->a.pid);
	fd = open(path, O_RDONLY | O_DIRECTORY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, open_secret(fd));
	EXPECT_WORKS(&rig->a, open_secret, give(&rig->a, fd));
	EXPECT_WORKS(&rig->a2, open_secret, give(&rig->a2, fd));
	EXPECT_WORKS(&rig->h, open_secret, give(&rig->h, fd));
	EXPECT_REFUSED(&rig->b, EACCES, 1, CTX_REFUSED_FILE, open_secret, give(&rig->b, fd));
	EXPECT_REFUSED(&rig->b, EACCES, 1, CTX_REFUSED_FILE, create_secret, give(&rig->b, fd));
	EXPECT_REFUSED(&rig->b, EACCES, 1, CTX_REFUSED_FILE, open_again, give(&rig->b, fd));
	EXPECT_WORKS(&rig->a2, create_secret, give(&rig->a2, fd));
	close(fd);
}

static long mount_proc(long unused)
{
	return do_own_tmpfs(unused) ?: OR_ERRNO(mount("p", "/mnt", "proc", 0, NULL));
}

static long open_status(long dirfd)
{
	int fd = openat(dirfd, "1/status", O_RDONLY);

	return fd < 0 ? -errno : do_close(fd);
}

/* The same with its /proc, which asks nobody for his ids. */
TEST_F(own, proc_of_another)
{
	struct rig *rig = self->rig;
	char path[64];
	int fd;

	ASSERT_EQ(0, call(&rig->a, mount_proc, 0));
	snprintf(path, sizeof(path), "/proc/%d/root/mnt", rig->a.box.pid);
	fd = open(path, O_RDONLY | O_DIRECTORY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, open_status(fd));
	EXPECT_WORKS(&rig->a, open_status, give(&rig->a, fd));
	EXPECT_REFUSED(&rig->b, EACCES, 1, CTX_REFUSED_FILE, open_status, give(&rig->b, fd));
	close(fd);
}

static long send_new(long socket)
{
	int fd = memfd_create("new", 0);
	long ret = fd < 0 ? -errno : send_fd(socket, fd);

	close(fd);
	return ret;
}

static long make_fd(long unused)
{
	(void)unused;
	return OR_ERRNO(memfd_create("new", 0));
}

/* The refusals of @whose are to be looked at then. */
static long receive_in(struct rig *rig, struct side *from, struct side *to,
		       struct side *whose)
{
	int fds[2], ret = give_both(from, to, SOCK_STREAM, fds);
	long result;

	if (ret)
		return ret;
	ret = call(from, send_new, fds[0]);
	refusals_begin(rig, whose);
	result = ret < 0 ? ret : call(to, do_receive, fds[1]);
	call(from, do_close, fds[0]);
	call(to, do_close, fds[1]);
	return result;
}

TEST_F(fs, file_receive)
{
	struct rig *rig = self->rig;
	int pair[2], in_a, pidfd = rig->a.box.pidfd, copy;

	EXPECT_LE(0, receive_in(rig, &rig->a, &rig->a2, &rig->a2));
	EXPECT_EQ(0, refusals_end(rig, &rig->a2, NOTHING));
	EXPECT_LE(0, receive_in(rig, &rig->h, &rig->a, &rig->a));
	EXPECT_EQ(0, refusals_end(rig, &rig->a, NOTHING));
	EXPECT_EQ(-ENOENT, receive_in(rig, &rig->a, &rig->b, &rig->b));
	EXPECT_EQ(1, refusals_end(rig, &rig->b, CTX_REFUSED_FD));
	EXPECT_EQ(-ENOENT, receive_in(rig, &rig->b, &rig->a, &rig->a));
	EXPECT_EQ(1, refusals_end(rig, &rig->a, CTX_REFUSED_FD));
	EXPECT_EQ(-ENOENT, receive_in(rig, &rig->a, &rig->h, &rig->a));
	EXPECT_EQ(1, refusals_end(rig, &rig->a, CTX_REFUSED_FD));

	/* Nor to the host's administrator, by either way. */
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	in_a = give(&rig->a, pair[0]);
	ASSERT_EQ(1, call(&rig->a, send_new, in_a));
	refusals_begin(rig, &rig->a);
	EXPECT_EQ(-ENOENT, receive_fd(pair[1]));
	EXPECT_EQ(1, refusals_end(rig, &rig->a, CTX_REFUSED_FD));
	in_a = call(&rig->a, make_fd, 0);
	ASSERT_LE(0, in_a);
	refusals_begin(rig, &rig->a);
	EXPECT_EQ(-EPERM, OR_ERRNO(syscall(SYS_pidfd_getfd, pidfd, in_a, 0)));
	EXPECT_EQ(1, refusals_end(rig, &rig->a, CTX_REFUSED_FD));
	/* What it has opened itself it has back. */
	in_a = give(&rig->a, pair[0]);
	copy = syscall(SYS_pidfd_getfd, pidfd, in_a, 0);
	EXPECT_LE(0, copy);
	close(copy);
	close(pair[0]);
	close(pair[1]);
}

static long fake_input(long fd)
{
	if (setsid() < 0 || ioctl(fd, TIOCSCTTY, 0))
		return -errno;
	return OR_ERRNO(ioctl(fd, TIOCSTI, "x"));
}

static long fake_in_child(long fd)
{
	return in_child(fake_input, fd);
}

static long fake_on_own(long unused)
{
	long ret = do_own_tmpfs(unused);
	int master, terminal, zero = 0;

	if (ret || mount("d", "/mnt", "devpts", 0, "newinstance,ptmxmode=0666"))
		return ret ?: -errno;
	master = open("/mnt/ptmx", O_RDWR | O_NOCTTY);
	if (master < 0 || ioctl(master, TIOCSPTLCK, &zero))
		return -errno;
	terminal = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	ret = terminal < 0 ? -errno : fake_in_child(terminal);
	close(terminal);
	close(master);
	return ret;
}

static long add_tunnel(long unused)
{
	struct ip_tunnel_parm parm = { .iph.ihl = 5, .iph.version = 4 };
	struct ifreq request = { .ifr_ifru.ifru_data = (void *)&parm };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	long ret;

	strcpy(request.ifr_name, "tunl0");
	ret = OR_ERRNO(ioctl(fd, SIOCADDTUNNEL + unused, &request));
	close(fd);
	return ret;
}

static const char tiocsti[] = "/proc/sys/dev/tty/legacy_tiocsti";

TEST_F(fs, file_ioctl)
{
	struct rig *rig = self->rig;
	char old[16], byte;
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK), terminal;

	ASSERT_EQ(0, grantpt(master) ?: unlockpt(master));
	terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_NONBLOCK);
	ASSERT_LE(0, terminal);
	ASSERT_EQ(0, set_file(tiocsti, "1", old, sizeof(old)));
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_TTY, fake_in_child,
		       give(&rig->a, terminal));
	EXPECT_EQ(-1, read(terminal, &byte, 1));
	EXPECT_EQ(-1, read(master, &byte, 1));
	EXPECT_WORKS(&rig->a, fake_on_own, 0);
	EXPECT_WORKS(&rig->h, fake_in_child, give(&rig->h, terminal));
	EXPECT_EQ(0, set_file(tiocsti, old, NULL, 0));
	close(terminal);
	close(master);

	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_NETDEV, add_tunnel, 0);
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_NETDEV, add_tunnel,
		       SIOCCHGTUNNEL - SIOCADDTUNNEL);
	ASSERT_EQ(0, grant_features(rig, FEATURE(IPIP)));
	refusals_begin(rig, &rig->a);
	EXPECT_GT(0, call(&rig->a, add_tunnel, 0));
	EXPECT_EQ(0, refusals_end(rig, &rig->a, NOTHING));
}

static long block_usr1(long unused)
{
	sigset_t set;

	(void)unused;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	return OR_ERRNO(sigprocmask(SIG_BLOCK, &set, NULL));
}

static long take_usr1(long milliseconds)
{
	struct timespec wait = { milliseconds / 1000, milliseconds % 1000 * 1000000 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	return OR_ERRNO(sigtimedwait(&set, NULL, &wait));
}

/* A descriptor that tells @pid when there is something to read. */
static long tell_owner(long pid)
{
	int fds[2];
	long ret;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	ret = fcntl(fds[0], F_SETOWN, pid) ?: fcntl(fds[0], F_SETSIG, SIGUSR1) ?:
	      fcntl(fds[0], F_SETFL, O_ASYNC) ?: write(fds[1], "x", 1) - 1;
	ret = OR_ERRNO(ret);
	close(fds[0]);
	close(fds[1]);
	return ret;
}

TEST_F(fs, file_send_sigiotask)
{
	struct rig *rig = self->rig;
	struct side *sides[] = { &rig->a, &rig->a2, &rig->b, &rig->h };
	unsigned int i;

	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, call(sides[i], block_usr1, 0));
	EXPECT_WORKS(&rig->a, tell_owner, rig->a2.pid);
	EXPECT_EQ(SIGUSR1, call(&rig->a2, take_usr1, 10000));
	EXPECT_WORKS(&rig->h, tell_owner, rig->a.pid);
	EXPECT_EQ(SIGUSR1, call(&rig->a, take_usr1, 10000));
	for (i = 2; i < 4; i++) {
		refusals_begin(rig, &rig->a);
		EXPECT_EQ(0, call(&rig->a, tell_owner, sides[i]->pid));
		EXPECT_EQ(-EAGAIN, call(sides[i], take_usr1, 100));
		EXPECT_EQ(1, refusals_end(rig, &rig->a, CTX_REFUSED_SIGNAL));
	}

	/* A process group with a task of the context, which came last, is its own to name. */
	ASSERT_EQ(0, setpgid(rig->b.pid, rig->b.pid));
	ASSERT_EQ(0, setpgid(rig->h.pid, rig->b.pid));
	ASSERT_EQ(0, setpgid(rig->a.pid, rig->b.pid));
	refusals_begin(rig, &rig->a);
	EXPECT_EQ(0, call(&rig->a, tell_owner, -rig->b.pid));
	EXPECT_EQ(SIGUSR1, call(&rig->a, take_usr1, 10000));
	EXPECT_EQ(-EAGAIN, call(&rig->b, take_usr1, 100));
	EXPECT_EQ(-EAGAIN, call(&rig->h, take_usr1, 100));
	EXPECT_EQ(2, refusals_end(rig, &rig->a, CTX_REFUSED_SIGNAL));
}

/* The same with a descriptor that the host has opened: fd << 32 | pid. */
static long set_owner(long what)
{
	int fd = what >> 32;

	return OR_ERRNO(fcntl(fd, F_SETOWN, (int)what) ?: fcntl(fd, F_SETSIG, SIGUSR1) ?:
			fcntl(fd, F_SETFL, O_ASYNC));
}

TEST_F(fs, file_set_fowner)
{
	struct rig *rig = self->rig;
	struct side *sides[] = { &rig->a2, &rig->b, &rig->h };
	int fds[2], refused;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, call(sides[i], block_usr1, 0));
		ASSERT_EQ(0, pipe2(fds, O_CLOEXEC));
		refused = sides[i] != &rig->a2;
		refusals_begin(rig, &rig->a);
		EXPECT_EQ(0, call(&rig->a, set_owner,
				  (long)give(&rig->a, fds[0]) << 32 | sides[i]->pid));
		EXPECT_EQ(refused, refusals_end(rig, &rig->a, refused ?
						CTX_REFUSED_SIGNAL : NOTHING));
		EXPECT_EQ(refused ? 0 : sides[i]->pid, fcntl(fds[0], F_GETOWN));
		ASSERT_EQ(1, write(fds[1], "x", 1));
		EXPECT_EQ(refused ? -EAGAIN : SIGUSR1,
			  call(sides[i], take_usr1, refused ? 100 : 10000));
		close(fds[0]);
		close(fds[1]);
	}
}

static long quota_format(long unused)
{
	int fd = open("/", O_RDONLY | O_CLOEXEC);
	unsigned int format;
	long ret;

	ret = OR_ERRNO(syscall(SYS_quotactl_fd, fd, QCMD(Q_GETFMT, USRQUOTA), 0, &format));
	close(fd);
	return ret + 0 * unused;
}

static long quota_sync(long unused)
{
	return OR_ERRNO(syscall(SYS_quotactl, QCMD(Q_SYNC, USRQUOTA), NULL, 0, unused));
}

TEST_F(fs, quotactl)
{
	struct rig *rig = self->rig;

	/* Nobody has switched it on: a privileged answer, all the same. */
	EXPECT_EQ(-ESRCH, call(&rig->h, quota_format, 0));
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_QUOTA, quota_format, 0);
	EXPECT_WORKS(&rig->h, quota_sync, 0);
	EXPECT_REFUSED(&rig->a, EPERM, 1, CTX_REFUSED_QUOTA, quota_sync, 0);
}

static long wait_word(long word)
{
	struct timespec wait = { 20, 0 };

	return OR_ERRNO(syscall(SYS_futex, word, FUTEX_WAIT, 0, &wait, NULL, 0));
}

static long wake_word(long word)
{
	return OR_ERRNO(syscall(SYS_futex, word, FUTEX_WAKE, 100, NULL, NULL, 0));
}

/* A page of a file that all have mapped: the memory of the rig is one. */
TEST_F(fs, futex)
{
	struct rig *rig = self->rig;
	long word = (long)&rig->word, woken;
	time_t start = time(NULL);

	call_begin(&rig->a2, wait_word, word);
	usleep(300000);
	/* Who is woken by one of these cannot be by the next. */
	ASSERT_EQ(0, call(&rig->b, wake_word, word));
	ASSERT_EQ(0, call(&rig->h, wake_word, word));
	ASSERT_EQ(0, wake_word(word));
	while (!(woken = call(&rig->a, wake_word, word)) && time(NULL) < start + 15)
		usleep(50000);
	EXPECT_EQ(1, woken);
	EXPECT_EQ(0, call_end(&rig->a2));

	/* The host has its own, too. */
	call_begin(&rig->h, wait_word, word);
	usleep(300000);
	ASSERT_EQ(0, call(&rig->a, wake_word, word));
	while (!(woken = wake_word(word)) && time(NULL) < start + 30)
		usleep(50000);
	EXPECT_EQ(1, woken);
	EXPECT_EQ(0, call_end(&rig->h));
}

static long exec_fd(long fd)
{
	char *argv[] = { "true", NULL }, *env[] = { NULL };

	syscall(SYS_execveat, (int)fd, "", argv, env, AT_EMPTY_PATH);
	return -errno;
}

/* Who has become another program answers no more. */
static long run_fd(long fd)
{
	long ret = in_child(exec_fd, fd);

	return ret == -ECHILD ? 0 : ret;
}

static long run_copy(long fd)
{
	int copy = memfd_create("copy", 0);
	struct stat st;
	long ret;

	if (copy < 0 || fstat(fd, &st) || sendfile(copy, fd, &(off_t){ 0 }, st.st_size) != st.st_size)
		return -errno;
	ret = run_fd(copy);
	close(copy);
	return ret;
}

/* A program of one's own whose interpreter is the program that runs. */
static long run_interpreted(long unused)
{
	static const struct {
		Elf64_Ehdr head;
		Elf64_Phdr interpreter;
		char name[16];
	} program = {
		.head = {
			.e_ident = { ELFMAG0, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_EXEC,
			.e_machine = EM_X86_64,
			.e_version = EV_CURRENT,
			.e_phoff = sizeof(Elf64_Ehdr),
			.e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 1,
		},
		.interpreter = {
			.p_type = PT_INTERP,
			.p_offset = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr),
			.p_filesz = sizeof("/proc/self/exe"),
		},
		.name = "/proc/self/exe",
	};
	int fd = memfd_create("program", 0);
	long ret;

	(void)unused;
	if (fd < 0 || write(fd, &program, sizeof(program)) != sizeof(program))
		return -errno;
	ret = run_fd(fd);
	close(fd);
	return ret;
}

/* A program of the host, by a descriptor from its mounts; a copy is one's own. */
TEST_F(own, exec)
{
	struct rig *rig = self->rig;
	int fd = open("/bin/true", O_RDONLY | O_CLOEXEC);

	ASSERT_LE(0, fd);
	EXPECT_REFUSED(&rig->a, EACCES, 1, CTX_REFUSED_FILE, run_fd, give(&rig->a, fd));
	EXPECT_WORKS(&rig->a, run_copy, give(&rig->a, fd));
	EXPECT_WORKS(&rig->h, run_fd, give(&rig->h, fd));
	EXPECT_REFUSED(&rig->a, EACCES, 1, CTX_REFUSED_FILE, run_interpreted, 0);
	close(fd);
}

TEST_HARNESS_MAIN
