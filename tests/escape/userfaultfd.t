#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# userfaultfd(2) halts the kernel in the middle of a copy for as long as one likes:
# what exploits use to win their races (CVE-2016-6187, CVE-2021-22555). Faults of
# user mode alone are harmless, and programs use them.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
arena kernel files nest

everyone "faults of the kernel" "the host's capability" "uffd-kernel: EPERM" /attack/kernel uffd-kernel
nested "faults of the kernel" "the host's capability" "uffd-kernel: EPERM" /attack/kernel uffd-kernel
everyone "the setting" dac "=~^write: E(ACCES|ROFS|NOENT)$" /attack/files write /proc/sys/vm/unprivileged_userfaultfd 1
refuses "a node of the device" mknod "mknod: EPERM" inside_root /attack/files mknod /tmp/uffd c \
	"$(stat -c '%Hr %Lr' /dev/userfaultfd)"
is "faults of user mode" "$(inside_root /attack/kernel uffd-user)" "uffd-user: done"
is "also for users" "$(inside_user /attack/kernel uffd-user)" "uffd-user: done"
host_unchanged
neighbour_well
bites "the host's root" "uffd-kernel: done" naked "$attacks/kernel" uffd-kernel
done_testing
