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
		refuses "$file of the VPS itself, $value" dac "=~^write: E(ACCES|NOENT|PERM)$" inside_root /attack/files write /sys/fs/cgroup/$file $value
	done
	refuses "$file in one mounted anew" dac "=~^write: E(ACCES|NOENT|PERM)$" inside_root \
		"mkdir -p /tmp/c; mount -t cgroup2 c /tmp/c; /attack/files write /tmp/c/$file max; umount /tmp/c"
done
is "the limits are what they were" "$(values | diff "$tmp/values" -)" ""
is "no group of others is in it" "$(inside_root 'mkdir -p /tmp/c; mount -t cgroup2 c /tmp/c; ls -d /tmp/c/vps /tmp/c/../vps /tmp/c/system.slice /sys/fs/cgroup/../vps 2>/dev/null; umount /tmp/c')" ""
is "nor in a new namespace" "$(inside_root /attack/nest mC "sh -c 'mkdir -p /tmp/c; mount -t cgroup2 c /tmp/c; ls -d /tmp/c/vps /tmp/c/system.slice 2>/dev/null'")" ""
refuses "the neighbour's process" namespace "=~^write: E(SRCH|INVAL|ACCES)$" inside_root /attack/files write /sys/fs/cgroup/cgroup.procs "$theirs"
refuses "init of the host" namespace "=~^write: E(SRCH|INVAL|ACCES)$" inside_root \
	"mkdir -p /sys/fs/cgroup/sub; /attack/files write /sys/fs/cgroup/sub/cgroup.procs 999999; rmdir /sys/fs/cgroup/sub"
is "a process of it stays in it" "$(inside_root 'echo $$ >/sys/fs/cgroup/../cgroup.procs; echo $$ >/sys/fs/cgroup/../../fs/cgroup/cgroup.procs; grep -c "^0::/\(\.\.\|vps\)" /proc/self/cgroup' | tail -n 1)" 0
is "as the host sees it" "$(awk -F: '{ print $3 }' "/proc/$(vpslist -H -o initpid $attacker | xargs)/cgroup" | grep -vc "^/vps/$attacker\(/\|$\)")" 0
everyone "options of the hierarchy" dac "=~^(mount|remount): E" /attack/files remount /sys/fs/cgroup/x
inside_root 'mount -o remount,nonsdelegate,memory_localevents,favordynmods /sys/fs/cgroup; mount -t cgroup2 -o memory_localevents c /tmp/c; umount /tmp/c' >/dev/null
host_unchanged
neighbour_well

like "it bites: without a namespace all is seen" "$(mkdir "$tmp/c" && mount -t cgroup2 c "$tmp/c" && ls "$tmp/c/vps"; umount "$tmp/c")" "$neighbour"
limit=pids.max
was=$(cat $group/$attacker/$limit)
bites "and without user namespace limits are raised" "write: done" naked "$attacks/files" write $group/$attacker/$limit 12345
is "for it" "$(cat $group/$attacker/$limit)" 12345
echo "$was" >$group/$attacker/$limit
done_testing
