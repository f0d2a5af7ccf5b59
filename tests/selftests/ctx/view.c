// SPDX-License-Identifier: GPL-2.0
/*
 * What a task inside is told of the system. A, B and H share namespaces, /proc and
 * control group: what they are told differs by the label alone.
 */
#include <fcntl.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "harness.h"
#include "lsm.h"

RIG_FIXTURE(view, 0)

/* The file whose name is in the text, which then has what is in the file. */
static long do_read(long arg)
{
	char *text = ((struct rig *)arg)->text;
	int fd = open(text, O_RDONLY | O_CLOEXEC);
	long len = 0, n;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, text + len, sizeof(((struct rig *)arg)->text) - 1 - len)) > 0)
		len += n;
	close(fd);
	text[len] = '\0';
	return n < 0 ? -errno : len;
}

static long do_uname(long arg)
{
	struct rig *rig = (struct rig *)arg;
	struct utsname name;

	if (uname(&name))
		return -errno;
	strcpy(rig->text, name.release);
	return strlen(name.release);
}

static long do_sysinfo(long arg)
{
	struct rig *rig = (struct rig *)arg;

	return OR_ERRNO(sysinfo((void *)rig->text));
}

static long do_times(long arg)
{
	struct tms tms;

	(void)arg;
	return times(&tms);
}

static long reads(struct rig *rig, struct side *side, const char *path)
{
	strcpy(rig->text, path);
	return call(side, do_read, (long)rig);
}

/* What comes after @name in the text. */
static unsigned long field(const struct rig *rig, const char *name)
{
	const char *at = strstr(rig->text, name);

	return at ? strtoul(at + strlen(name), NULL, 10) : ~0UL;
}

static int set_release(struct rig *rig, const char *release)
{
	const struct grants grants = { .have = HAVE(OSRELEASE), .osrelease = release };

	return ctx_grant(&rig->client, ID_A, &grants);
}

#define EXPECT_RELEASE(side, release) do {				\
	EXPECT_LT(0, call(side, do_uname, (long)self->rig));		\
	EXPECT_STREQ(release, self->rig->text);				\
} while (0)

TEST_F(view, release)
{
	struct rig *rig = self->rig;
	struct utsname own;
	struct info info;
	char longest[CTX_OSRELEASE_MAX + 1];

	ASSERT_EQ(0, uname(&own));
	EXPECT_RELEASE(&rig->a, own.release);
	ASSERT_EQ(0, ctx_get(&rig->client, ID_A, &info));
	EXPECT_FALSE(HAS(&info, CTX_A_OSRELEASE));

	ASSERT_EQ(0, set_release(rig, "1.2-x"));
	EXPECT_RELEASE(&rig->a, "1.2-x");
	EXPECT_RELEASE(&rig->a2, "1.2-x");
	EXPECT_RELEASE(&rig->b, own.release);
	EXPECT_RELEASE(&rig->h, own.release);
	EXPECT_EQ(6, reads(rig, &rig->a, "/proc/sys/kernel/osrelease"));
	EXPECT_STREQ("1.2-x\n", rig->text);
	EXPECT_LT(0, reads(rig, &rig->a, "/proc/version"));
	EXPECT_EQ(0, strncmp(rig->text, "Linux version 1.2-x (", 21));
	ASSERT_EQ(0, ctx_get(&rig->client, ID_A, &info));
	EXPECT_STREQ("1.2-x", info.osrelease);

	memset(longest, 'r', sizeof(longest));
	longest[CTX_OSRELEASE_MAX] = '\0';
	ASSERT_EQ(0, set_release(rig, longest));
	EXPECT_RELEASE(&rig->a, longest);
	ASSERT_EQ(0, set_release(rig, ""));
	EXPECT_RELEASE(&rig->a, own.release);
}

TEST_F(view, bad_release)
{
	static const char *const bad[] = { "a b", "a\n", "\xc3\xa4", "\177",
		"01234567890123456789012345678901234567890123456789012345678901234" };
	struct rig *rig = self->rig;
	struct nl_msg *msg;

	ASSERT_EQ(0, set_release(rig, "good"));
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		EXPECT_EQ(-EINVAL, set_release(rig, bad[i]))
			TH_LOG("%u", i);
		EXPECT_STREQ("The release is not 0 to 64 printable ASCII characters without blank",
			     rig->client.message);
	}
	/* Not ended by a NUL. */
	msg = client_message(&rig->client, CTX_CMD_SET, 0);
	nla_put_u32(msg, CTX_A_ID, ID_A);
	nla_put(msg, CTX_A_OSRELEASE, 3, "abc");
	EXPECT_EQ(-EINVAL, client_call(&rig->client, msg, NULL, NULL));
	EXPECT_RELEASE(&rig->a, "good");
}

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

TEST_F(view, boot_id)
{
	struct rig *rig = self->rig;
	struct side *sides[] = { &rig->a, &rig->a2, &rig->b, &rig->h };
	char ids[4][64];

	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(37, reads(rig, sides[i], BOOT_ID));
		strcpy(ids[i], rig->text);
	}
	EXPECT_STREQ(ids[0], ids[1]);
	EXPECT_STRNE(ids[0], ids[2]);
	EXPECT_STRNE(ids[0], ids[3]);
	EXPECT_STRNE(ids[2], ids[3]);
	EXPECT_EQ('4', ids[0][14]);
	/* Other entries of the same function are not touched. */
	ASSERT_EQ(37, reads(rig, sides[0], "/proc/sys/kernel/random/uuid"));
	EXPECT_STRNE(ids[0], rig->text);
}

/* sysinfo(2) and /proc/meminfo say the same. */
TEST_F(view, sysinfo)
{
	struct rig *rig = self->rig;
	struct sysinfo info;

	ASSERT_EQ(0, call(&rig->a, do_sysinfo, (long)rig));
	memcpy(&info, rig->text, sizeof(info));
	ASSERT_LT(0, reads(rig, &rig->a, "/proc/meminfo"));
	EXPECT_EQ(info.totalram * info.mem_unit >> 10, field(rig, "MemTotal:"));
	EXPECT_EQ(info.totalswap * info.mem_unit >> 10, field(rig, "SwapTotal:"));
	EXPECT_EQ(0, info.bufferram);
	EXPECT_LE(field(rig, "MemFree:"), field(rig, "MemAvailable:"));
	EXPECT_LE(field(rig, "MemAvailable:"), field(rig, "MemTotal:"));
	EXPECT_LE(field(rig, "Cached:"), field(rig, "MemTotal:") - field(rig, "MemFree:"));
	EXPECT_EQ(0, field(rig, "HugePages_Total:"));
	/* It shares the host's pid namespace, the sum of which is not for it. */
	EXPECT_EQ(1, info.procs);
}

/* Since the start of the context, which was just now. */
TEST_F(view, times)
{
	struct rig *rig = self->rig;
	long ticks = call(&rig->a, do_times, 0);

	EXPECT_LE(0, ticks);
	EXPECT_GT(60 * 100, ticks);
	usleep(50000);
	EXPECT_LE(ticks + 4, call(&rig->a, do_times, 0));
	EXPECT_LT(60 * 100, call(&rig->h, do_times, 0));
}

/* The label of the reader counts, whoever has opened the file or mounted procfs. */
TEST_F(view, reader)
{
	static const char *const empty[] = { "/proc/modules", "/proc/kallsyms", "/proc/diskstats" };
	struct rig *rig = self->rig;

	for (unsigned int i = 0; i < sizeof(empty) / sizeof(*empty); i++) {
		EXPECT_EQ(0, reads(rig, &rig->a, empty[i]))
			TH_LOG("%s", empty[i]);
	}
	EXPECT_LT(0, reads(rig, &rig->h, "/proc/kallsyms"));
	EXPECT_EQ(6, reads(rig, &rig->a, "/proc/cmdline"));
	EXPECT_STREQ("quiet\n", rig->text);
	EXPECT_LT(0, reads(rig, &rig->h, "/proc/cmdline"));
	EXPECT_STRNE("quiet\n", rig->text);
}

/* Figures of the machine below /proc/sys, whole and in parts. */
TEST_F(view, figures)
{
	struct rig *rig = self->rig;

	ASSERT_LT(0, reads(rig, &rig->a, "/proc/sys/fs/dentry-state"));
	EXPECT_STREQ("0\t0\t45\t0\t0\t0\n", rig->text);
	ASSERT_LT(0, reads(rig, &rig->h, "/proc/sys/fs/dentry-state"));
	EXPECT_STRNE("0\t0\t45\t0\t0\t0\n", rig->text);
	ASSERT_LT(0, reads(rig, &rig->a, "/proc/sys/kernel/pid_max"));
	EXPECT_STREQ("4194304\n", rig->text);
	/* What has no figure in its place is the kernel's. */
	ASSERT_EQ(2, reads(rig, &rig->a, "/proc/sys/kernel/panic_on_oops"));
}

TEST_HARNESS_MAIN
