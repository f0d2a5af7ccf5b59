#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# /proc/sysrq-trigger reboots, crashes, kills everything, shows what all tasks do.
# The command here is harmless: it prints its help to the kernel's log.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
arena files nest

help() { dmesg | grep -c 'sysrq: HELP'; }
before=$(help)
everyone "the trigger" hidden "write: ENOENT" /attack/files write /proc/sysrq-trigger h
setting "which keys count" /proc/sys/kernel/sysrq 1
refuses "in a /proc mounted anew" hidden "write: ENOENT" inside_root \
	'mkdir -p /tmp/p; mount -t proc p /tmp/p && /attack/files write /tmp/p/sysrq-trigger h; umount /tmp/p'
nested "the trigger" hidden "write: ENOENT" /attack/files write /proc/sysrq-trigger h
refuses "the host's" dac "write: EACCES" half "$attacks/files" write /proc/sysrq-trigger h
refuses "in a /proc mounted anew, by the context alone" hidden "write: ENOENT" \
	half unshare --mount --pid --fork --mount-proc "$attacks/files" write /proc/sysrq-trigger h
is "nothing came of it" "$(help)" "$before"
host_unchanged
neighbour_well

bites "without user namespace" "write: done" naked "$attacks/files" write /proc/sysrq-trigger h
is "on the host's console" "$(help)" $((before + 1))
done_testing
