#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernel.core_pattern with a pipe makes the kernel run a program on the host, as
# root, when any process ends by a fault. Docker with CAP_SYS_ADMIN or a writable
# /proc/sys gives the host away by it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
arena files nest
file=/proc/sys/kernel/core_pattern
was=$(cat $file)

for name in core_pattern core_pipe_limit core_uses_pid; do
	everyone "$name" dac "write: EACCES" /attack/files write /proc/sys/kernel/$name "1"
done
refuses "in a /proc mounted anew" dac "=~^(write|cannot).*(EACCES|ENOENT)" inside_root \
	'mkdir -p /tmp/p; mount -t proc p /tmp/p; /attack/files write /tmp/p/sys/kernel/core_pattern "|/x"; umount /tmp/p'
refuses "after a remount" dac "=~write: EACCES$" inside_root \
	'/attack/files remount /proc >/dev/null; /attack/files write /proc/sys/kernel/core_pattern "|/x"'
nested "core_pattern" dac "write: EACCES" /attack/files write $file '"|/x"'
is "core_pattern is the host's" "$(cat $file)" "$was"
# Where the pattern is a name the core belongs to the VPS.
inside_root 'cd /tmp && ulimit -c unlimited && sh -c "kill -SEGV \$\$"' >/dev/null
is "a core of the VPS is in it" "$(inside_root 'ls /tmp | grep -c ^core')" 1
inside_root 'rm -f /tmp/core*' >/dev/null
host_unchanged
neighbour_well

bites "without user namespace" "write: done" naked "$attacks/files" write $file "|/nosuch %p"
is "for the whole host" "$(cat $file)" "|/nosuch %p"
echo "$was" >$file
done_testing
