#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# userfaultfd(2) halts the kernel in the middle of a copy for as long as one likes:
# what exploits use to win their races (CVE-2016-6187, CVE-2021-22555). Faults of
# user mode alone are harmless, and programs use them.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
setting=/proc/sys/vm/unprivileged_userfaultfd
was=$(cat $setting)
trap 'rm -rf "$tmp"; echo "$was" >$setting' EXIT
arena kernel files nest

setting "the setting" $setting 1
# Also where the host lets everybody.
for value in 0 1; do
	echo $value >$setting
	[ $value = 0 ] && why="the host's capability" || why=kernel
	everyone "faults of the kernel, $value" "$why" "uffd-kernel: EPERM" /attack/kernel uffd-kernel
	nested "faults of the kernel, $value" "$why" "uffd-kernel: EPERM" /attack/kernel uffd-kernel
done
echo "$was" >$setting
refuses "a node of the device" mknod "mknod: EPERM" inside_root /attack/files mknod /tmp/uffd c \
	"$(stat -c '%Hr %Lr' /dev/userfaultfd)"
is "faults of user mode" "$(inside_root /attack/kernel uffd-user)" "uffd-user: done"
is "also for users" "$(inside_user /attack/kernel uffd-user)" "uffd-user: done"
host_unchanged
neighbour_well
echo 1 >$setting
user=(setpriv --reuid 12345 --regid 12345 --clear-groups)
bites "where it is let a user of the host" "uffd-kernel: done" "${user[@]}" "$attacks/kernel" uffd-kernel
echo "$was" >$setting
bites "and where not" "uffd-kernel: EPERM" "${user[@]}" "$attacks/kernel" uffd-kernel
bites "the host's root" "uffd-kernel: done" naked "$attacks/kernel" uffd-kernel
is "the setting is what it was" "$(cat $setting)" "$was"
done_testing
