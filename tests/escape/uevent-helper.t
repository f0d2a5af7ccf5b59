#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# /sys/kernel/uevent_helper names a program that the kernel runs on the host at
# each event of a device, and writing to a file "uevent" makes such an event:
# a writable /sys gave the host away. This kernel is built without the helper;
# events can still be forged for the host's udev, or overheard.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
arena files nest sockets
ok "the kernel has no helper" test ! -e /sys/kernel/uevent_helper -a ! -e /proc/sys/kernel/hotplug

everyone "the helper" "not there" "=~^write: E(NOENT|ROFS|ACCES)$" /attack/files write /sys/kernel/uevent_helper /tmp/x
nested "the helper" "not there" "=~^write: E(NOENT|ROFS|ACCES)$" /attack/files write /sys/kernel/uevent_helper /tmp/x
for file in class/mem/null/uevent bus/virtio/uevent devices/system/cpu/cpu0/cache/uevent module/virtio_blk/uevent; do
	case $file in
	*cpu*) said=EACCES ;;	# the only one that is seen
	*) said=ENOENT ;;
	esac
	write="mkdir -p /tmp/s; mount -t sysfs s /tmp/s && /attack/files write /tmp/s/$file add; umount /tmp/s"
	refuses "an event by $file, in a writable /sys" dac "write: $said" inside_root "$write"
	feature sysfs on
	refuses "and where all of it is seen" dac "write: EACCES" inside_root "$write"
	feature sysfs off
done

# Forged: as the group of the kernel and that of udev.
secretly udev timeout 60 "$attacks/sockets" uevent-hear forged262 8
inside_root /attack/sockets uevent-send add@/forged262 >/dev/null
inside_user /attack/sockets uevent-send add@/forged262 >/dev/null
feature nesting on
inside_root /attack/nest Un /attack/sockets uevent-send add@/forged262 >/dev/null
feature nesting off
wait $job
is "the host hears nothing of what is forged" "$(tail -n 1 "$tmp/udev")" silence
# Overheard: what happens to the host's devices.
secretly inside inside_root /attack/sockets uevent-hear mem/null 6
echo change >/sys/class/mem/null/uevent
wait $job
like "nor the VPS of the host's devices" "$(tail -n 1 "$tmp/inside")" '^(silence|uevents: E[A-Z]+)$'
host_unchanged
neighbour_well

secretly udev timeout 60 "$attacks/sockets" uevent-hear forged262 20
bites "with the host's network namespace" "send: done" naked "$attacks/sockets" uevent-send add@/forged262
wait $job
is "where it is heard" "$(tail -n 1 "$tmp/udev")" heard
secretly udev timeout 60 "$attacks/sockets" uevent-hear mem/null 20
echo change >/sys/class/mem/null/uevent
wait $job
is "and the host's devices are" "$(tail -n 1 "$tmp/udev")" heard
done_testing
