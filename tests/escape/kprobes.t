#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kprobes put a breakpoint into the kernel: by tracefs, by debugfs, by perf events.
# There, too, is what the kernel tells to who debugs it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
arena kernel files nest

for type in debugfs tracefs securityfs configfs pstore efivarfs hugetlbfs; do
	grep -qw $type /proc/filesystems || continue
	everyone "mount of $type" mount "mount: EPERM" /attack/files mount $type none /tmp/m '""'
	nested "mount of $type" mount "mount: EPERM" /attack/files mount $type none /tmp/m '""'
	refuses "$type by the new interface" mount "=~^(create|fsopen): EPERM$" inside_root /attack/files fsmount $type none /tmp/m
done
for file in debug/kprobes/blacklist debug/kprobes/list debug/kprobes/enabled debug/tracing/kprobe_events \
	tracing/kprobe_events security/lsm; do
	everyone "/sys/kernel/$file" "hidden" "=~^open: E(NOENT|ACCES)$" /attack/files open /sys/kernel/$file
done
everyone "by a perf event" perf "=~^perf-kprobe: E(PERM|ACCES)$" /attack/kernel perf-kprobe
host_unchanged
neighbour_well
bites "without user namespace" "mount: done" naked "$attacks/files" mount debugfs none /tmp/kontext-debug ""
bites "and the list opens" "open: done" naked sh -c "mount -t debugfs none /tmp/kontext-debug && exec $attacks/files open /tmp/kontext-debug/kprobes/enabled"
rmdir /tmp/kontext-debug
done_testing
