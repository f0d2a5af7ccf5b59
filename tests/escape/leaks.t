#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the kernel tells of others: names of their programs, keys, addresses, timers,
# allocations, in /proc and /sys (sched_debug, timer_list, slabinfo, kallsyms, keys).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
arena tree files tasks nest
marker=marker262 mine=marker261
in_b() { vpsctl exec2 $neighbour "$@" </dev/null; }
in_b "cp /attack/tasks /tmp/$marker; hostname $marker; mkdir -p /tmp/m; mount -t tmpfs $marker /tmp/m
	ip link add $marker type dummy 2>/dev/null; setsid /tmp/$marker victim >/dev/null 2>&1 &" 2>/dev/null
eventually "the neighbour runs what is looked for" pgrep -f $marker

# A search finds what is its own, and comes to its end.
inside_root "hostname $mine" >/dev/null
all=${mine%?}
found=$'/proc/sys/kernel/hostname\nend'
is "root finds no trace of it" "$(inside_root "/attack/tree grep $all /proc /sys; echo end")" "$found"
is "nor a user" "$(inside_user "/attack/tree grep $all /proc /sys; echo end")" "$found"
is "nor in a /proc mounted anew" "$(inside_root "mkdir -p /tmp/p; mount -t proc p /tmp/p && /attack/tree grep $all /tmp/p | grep -v '/N/'; echo end; umount /tmp/p")" "/tmp/p${found#/proc}"
inside_root "hostname host$attacker" >/dev/null
for name in sched_debug timer_list slabinfo vmallocinfo kpagecount kcore allocinfo; do
	like "/proc/$name tells nothing" "$(inside_root /attack/files read /proc/$name)" '^(open: E(ACCES|NOENT)|read: nothing)$'
	is "/proc/$name, anew" "$(inside_root "mkdir -p /tmp/p; mount -t proc p /tmp/p && echo mounted; cat /tmp/p/$name 2>/dev/null | head -n 3; umount /tmp/p")" mounted
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
