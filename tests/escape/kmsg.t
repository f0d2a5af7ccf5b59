#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel's log tells addresses and what others do, and what is written to
# /dev/kmsg passes for the kernel's. Also where the host lets everybody read it
# (kernel.dmesg_restrict=0), which opens only what the LSM does not close.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
echo "host secret $$" >/dev/kmsg
sysctl -q kernel.dmesg_restrict=0
trap 'sysctl -q kernel.dmesg_restrict=1' EXIT
arena files nest

for action in 2 3 4 5 6 7 8 9 10; do
	case $action in
	3 | 10) reason=syslog ;;
	*) reason="the host's capability" ;;
	esac
	everyone "syslog $action" "$reason" "syslog: EPERM" /attack/files syslog $action
done
nested "syslog 3" syslog "syslog: EPERM" /attack/files syslog 3
unlike "nothing of the log is read" "$(inside_root dmesg)" "host secret"
everyone /proc/kmsg dac "=~^open: E(ACCES|NOENT)$" /attack/files open /proc/kmsg
everyone /dev/kmsg dac "=~^open: E(ACCES|NOENT)$" /attack/files open /dev/kmsg
refuses "a node of it" mknod "mknod: EPERM" inside_root /attack/files mknod /tmp/kmsg c 1 11
nested "a node of it" "capability above" "mknod: EPERM" /attack/files mknod /tmp/kmsg c 1 11
inside_root 'echo forged263 >/dev/kmsg; rm -f /dev/kmsg' >/dev/null
unlike "nothing is written to it" "$(dmesg)" forged263
host_unchanged
neighbour_well

bites "in a user namespace of the host" "syslog: done" plain "$attacks/files" syslog 3
sysctl -q kernel.dmesg_restrict=1
bites "which dmesg_restrict stops" "syslog: EPERM" plain "$attacks/files" syslog 3
like "the host reads it" "$(dmesg)" "host secret $$"
rm -rf "$tmp"
done_testing
