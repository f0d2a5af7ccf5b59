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
	setting "$name" /proc/sys/kernel/$name 1
done
refuses "in a /proc mounted anew" dac "write: EACCES" inside_root \
	'mkdir -p /tmp/p; mount -t proc p /tmp/p && /attack/files write /tmp/p/sys/kernel/core_pattern "|/x"; umount /tmp/p'
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

# Where the host's pattern is a program, none is run for a VPS.
printf '#!/bin/sh\ncat >/dev/null\necho "$1" >>%s/cores\n' "$arena_dir" >"$arena_dir/handler"
chmod 755 "$arena_dir/handler"
echo "|$arena_dir/handler %P" >$file
refuses "a core of the VPS, for the host's program" upcall crashed \
	inside_root 'exec 3>&1 >/dev/null 2>&1; ulimit -c unlimited; sh -c "kill -SEGV \$\$"; echo crashed >&3'
(sh -c 'kill -SEGV $$'; true) >/dev/null 2>&1
eventually "it bites: one of the host gets there" test -s "$arena_dir/cores"
is "and no other" "$(wc -l <"$arena_dir/cores")" 1
echo "$was" >$file
rm -f "$arena_dir/cores" "$arena_dir/handler"
done_testing
