#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The tree of control groups: a VPS sees its own as the root, cannot leave it, nor
# raise the limits that were set on it, nor see or stop the groups of others.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
arena files nest
group=/sys/fs/cgroup/vps
read -r theirs _ <"$arena_dir/canary"
files() { for f in cgroup.freeze cgroup.max.depth cgroup.max.descendants cgroup.type memory.max memory.high \
	memory.min memory.low memory.swap.max memory.zswap.max memory.reclaim cpu.max cpu.weight cpuset.cpus cpuset.mems \
	io.max io.weight pids.max hugetlb.2MB.max rdma.max misc.max cgroup.kill cgroup.pressure; do
	[ ! -e $group/$attacker/$f ] || echo $f
done; }
values() { for f in $(files); do [ ! -r $group/$attacker/$f ] || echo "$f $(cat $group/$attacker/$f)"; done; }
values >"$tmp/values"

for file in $(files); do
	for value in max 0 1; do
		refuses "$file of the VPS itself, $value" dac "write: EACCES" inside_root /attack/files write /sys/fs/cgroup/$file $value
	done
	refuses "$file in one mounted anew" dac "write: EACCES" inside_root \
		"mkdir -p /tmp/c; mount -t cgroup2 c /tmp/c && /attack/files write /tmp/c/$file max; umount /tmp/c"
done
is "the limits are what they were" "$(values | diff "$tmp/values" -)" ""
is "no group of others is in it" "$(inside_root 'mkdir -p /tmp/c; mount -t cgroup2 c /tmp/c && echo mounted; ls -d /tmp/c/vps /tmp/c/../vps /tmp/c/system.slice /sys/fs/cgroup/../vps 2>/dev/null; umount /tmp/c')" mounted
is "nor in a new namespace" "$(inside_root /attack/nest mC "sh -c 'mkdir -p /tmp/c; mount -t cgroup2 c /tmp/c && echo mounted; ls -d /tmp/c/vps /tmp/c/system.slice 2>/dev/null'")" mounted
# Into a group that is its own; its own processes go there.
inside_root 'mkdir -p /sys/fs/cgroup/sub; sleep 600 >/dev/null 2>&1 &' >/dev/null
is "its own process" "$(inside_root '/attack/files write /sys/fs/cgroup/sub/cgroup.procs $(pidof sleep)')" "write: done"
for who in "the neighbour's process $theirs" "vpsd $(pgrep -x vpsd | head -n 1)"; do
	refuses "${who% *}, by its number" namespace "write: ESRCH" inside_root /attack/files write /sys/fs/cgroup/sub/cgroup.procs "${who##* }"
	refuses "${who% *}, in reach" dac "write: EACCES" half "$attacks/files" write $group/$attacker/sub/cgroup.procs "${who##* }"
done
inside_root 'kill $(pidof sleep); while ! rmdir /sys/fs/cgroup/sub; do sleep 0.1; done' >/dev/null 2>&1
is "a process of it stays in it" "$(inside_root 'echo $$ >/sys/fs/cgroup/../cgroup.procs; echo $$ >/sys/fs/cgroup/../../fs/cgroup/cgroup.procs; grep -c "^0::/\(\.\.\|vps\)" /proc/self/cgroup' | tail -n 1)" 0
is "as the host sees it" "$(awk -F: '{ print $3 }' "/proc/$(vpslist -H -o initpid $attacker | xargs)/cgroup" | grep -vc "^/vps/$attacker\(/\|$\)")" 0
options=$(findmnt -n -o FS-OPTIONS /sys/fs/cgroup)
everyone "options of the hierarchy" "the host's capability" "options: EPERM" /attack/files options /sys/fs/cgroup favordynmods,memory_localevents
nested "options of the hierarchy" "the host's capability" "options: EPERM" /attack/files options /sys/fs/cgroup favordynmods,memory_localevents
is "it mounts one with others" "$(inside_root 'mount -t cgroup2 -o favordynmods,memory_localevents c /tmp/c && umount /tmp/c')" ""
is "the options are what they were" "$(findmnt -n -o FS-OPTIONS /sys/fs/cgroup)" "$options"
host_unchanged
neighbour_well

like "it bites: without a namespace all is seen" "$(mkdir "$tmp/c" && mount -t cgroup2 c "$tmp/c" && ls "$tmp/c/vps"; umount "$tmp/c")" "$neighbour"
bites "and its options are changed" "options: done" naked "$attacks/files" options /sys/fs/cgroup "memory_localevents,${options#rw,}"
like "for all" "$(findmnt -n -o FS-OPTIONS /sys/fs/cgroup)" memory_localevents
mount -o "remount,$options" /sys/fs/cgroup
limit=pids.max
was=$(cat $group/$attacker/$limit)
bites "and without user namespace limits are raised" "write: done" naked "$attacks/files" write $group/$attacker/$limit 12345
is "for it" "$(cat $group/$attacker/$limit)" 12345
echo "$was" >$group/$attacker/$limit
done_testing
