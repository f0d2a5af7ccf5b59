#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the kernel tells of others: names of their programs, keys, addresses, timers,
# allocations, in /proc and /sys (sched_debug, timer_list, slabinfo, kallsyms, keys).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
arena tree files tasks nest
marker=marker262
in_b() { vpsctl exec2 $neighbour "$@" </dev/null; }
in_b "cp /attack/tasks /tmp/$marker; hostname $marker; mkdir -p /tmp/m; mount -t tmpfs $marker /tmp/m
	ip link add $marker type dummy 2>/dev/null; setsid /tmp/$marker victim >/dev/null 2>&1 &" 2>/dev/null
eventually "the neighbour runs what is looked for" pgrep -f $marker

is "root finds no trace of it" "$(inside_root /attack/tree grep $marker /proc /sys)" ""
is "nor a user" "$(inside_user /attack/tree grep $marker /proc /sys)" ""
is "nor in a /proc mounted anew" "$(inside_root "mkdir -p /tmp/p; mount -t proc p /tmp/p; /attack/tree grep $marker /tmp/p | grep -v '/N/'; umount /tmp/p")" ""
for name in sched_debug timer_list slabinfo vmallocinfo pagetypeinfo kpagecount kcore allocinfo; do
	like "/proc/$name tells nothing" "$(inside_root /attack/files read /proc/$name)" '^(open: E(ACCES|NOENT)|read: nothing)$'
	is "/proc/$name, anew" "$(inside_root "mkdir -p /tmp/p; mount -t proc p /tmp/p; cat /tmp/p/$name 2>/dev/null | head -n 3; umount /tmp/p")" ""
done
unlike "no address of the kernel" "$(inside_root 'cat /proc/kallsyms /proc/modules 2>/dev/null' | head -n 20000)" '(^|'$'\n'')[0-9a-f]*[1-9a-f][0-9a-f]* [A-Za-z] '
unlike "nor of its memory" "$(inside_root 'cat /proc/iomem /proc/ioports 2>/dev/null')" '[1-9a-f]-[0-9a-f]*[1-9a-f] : Kernel'
for file in /sys/kernel/slab /sys/kernel/debug /sys/kernel/notes /sys/kernel/boot_params /sys/firmware/acpi /sys/module/virtio_blk/sections; do
	is "$file is not there" "$(inside_root "ls -A $file 2>/dev/null | head -n 3")" ""
done
host_unchanged
neighbour_well

like "it bites: the host finds it" "$(timeout 60 "$attacks/tree" grep $marker /proc; grep -l $marker /proc/[0-9]*/comm)" '/comm'
like "and addresses" "$(head -n 5 /proc/kallsyms)" '[0-9a-f]*[1-9a-f][0-9a-f]* [A-Za-z] '
in_b "killall $marker; rm -f /tmp/$marker; umount /tmp/m; hostname host262; ip link del $marker" 2>/dev/null
done_testing
