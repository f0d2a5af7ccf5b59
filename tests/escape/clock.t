#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The time of day is one for all: settimeofday(2), clock_settime(2), adjtimex(2) and
# the rest would change the host's and every neighbour's; alarms wake a sleeping host.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
arena kernel files nest
for verb in clock-settime settimeofday timezone adjtimex-tick adjtimex-step adjtime-tai; do
	everyone $verb "the host's capability" "$verb: EPERM" /attack/kernel $verb
	nested $verb "the host's capability" "$verb: EPERM" /attack/kernel $verb
done
everyone "an alarm" "the host's capability" "alarm-clock: EPERM" /attack/kernel alarm-clock
rtc=$(tr : ' ' 2>/dev/null </sys/class/rtc/rtc0/dev || echo 10 135)
refuses "a node of the clock" mknod "mknod: EPERM" inside_root /attack/files mknod /tmp/rtc c "$rtc"
everyone "the clock in /sys" "hidden" "write: ENOENT" /attack/files write /sys/class/rtc/rtc0/wakealarm 0
# The offsets of a time namespace are for who has none running in it.
refuses "the offsets of its time namespace" "running tasks" "=~^write: E(ACCES|PERM)$" \
	inside_root "/attack/files write /proc/1/timens_offsets 'boottime 1000 0'"
host_unchanged
neighbour_well
for verb in clock-settime settimeofday timezone adjtimex-tick adjtimex-step adjtime-tai alarm-clock; do
	bites "$verb by root without user namespace" "$verb: done" naked env SHIFT=0 "$attacks/kernel" $verb
done
done_testing
