#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# binfmt_misc: an interpreter for a kind of program, which with the flag C runs
# with the rights of a set-uid program that it is given, and before Linux 6.7 was
# the host's for everybody. Now each user namespace may have its own; it is one
# more way into the kernel, and not among the types that a VPS mounts.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
modprobe binfmt_misc || bail "no binfmt_misc"
[ -e /proc/sys/fs/binfmt_misc/register ] ||
	mount -t binfmt_misc none /proc/sys/fs/binfmt_misc || bail "binfmt_misc cannot be mounted"
arena files nest

everyone mount mount "=~^mount: EPERM$" /attack/files mount binfmt_misc none /tmp/b '""'
refuses "by the new interface" mount "=~^(create|fsopen): EPERM$" inside_root /attack/files fsmount binfmt_misc none /tmp/b
nested mount mount "mount: EPERM" /attack/files mount binfmt_misc none /tmp/b '""'
everyone "what the host has mounted" dac "=~^write: (EACCES|ENOENT|EROFS)$" \
	/attack/files write /proc/sys/fs/binfmt_misc/register ':attack:M::attack::/tmp/x:C'
everyone "its switch" dac "=~^write: (EACCES|ENOENT|EROFS)$" \
	/attack/files write /proc/sys/fs/binfmt_misc/status -1
host_unchanged
neighbour_well

bites "a user namespace of the host mounts it" "mount: done" \
	plain "$attacks/files" mount binfmt_misc none /tmp/kontext-binfmt ""
bites "and without one the host's is changed" "write: done" \
	unshare --mount "$attacks/files" write /proc/sys/fs/binfmt_misc/register ':attack:M::attack::/tmp/x:C'
is "for everybody" "$(head -n 2 /proc/sys/fs/binfmt_misc/attack | xargs)" "enabled interpreter /tmp/x"
echo -1 >/proc/sys/fs/binfmt_misc/attack
rmdir /tmp/kontext-binfmt
done_testing
