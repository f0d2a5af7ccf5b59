#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The memory of the machine: /proc/kcore, /dev/mem, /dev/port, ports by ioperm(2) and
# iopl(2), MSRs, page zero. This kernel is built without most of the
# files; that they stay away, and that their numbers open nothing, is what is tested.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
arena files kernel nest

for file in /proc/kcore /proc/kpageflags /proc/kpagecount /proc/kpagecgroup /proc/vmcore /proc/mtrr /sys/kernel/vmcoreinfo; do
	everyone "$file" dac "=~^open: E(ACCES|NOENT|PERM)$" /attack/files open $file
done
i=0
for dev in "1 1" "1 2" "1 4" "202 0" "203 0" "10 144" "10 228"; do
	i=$((i + 1))
	refuses "a node of c $dev" mknod "mknod: EPERM" inside_root /attack/files mknod /tmp/d$i c $dev
done
nobody_has ioperm iopl
for verb in ioperm iopl; do
	everyone "$verb" "the host's capability" "=~^$verb: E(PERM|NOSYS)$" /attack/kernel $verb
	nested "$verb" "the host's capability" "=~^$verb: E(PERM|NOSYS)$" /attack/kernel $verb
done
everyone "page zero" "the host's capability" "low-memory: EPERM" /attack/kernel low-memory
nested "page zero" "the host's capability" "low-memory: EPERM" /attack/kernel low-memory
host_unchanged
neighbour_well

for file in /proc/kcore /proc/kpageflags /proc/kpagecount /proc/kpagecgroup /proc/mtrr; do
	[ ! -e $file ] || bites "the host's root reads $file" "read: done" "$attacks/files" read $file
done
like "some of them there are" "$(ls /proc)" kpageflags
bites "and has page zero" "low-memory: done" "$attacks/kernel" low-memory
bites "and makes the nodes" "mknod: done" naked "$attacks/files" mknod /tmp/kontext-mem c 1 1
rm -f /tmp/kontext-mem
done_testing
