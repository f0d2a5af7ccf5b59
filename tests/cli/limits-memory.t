#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Limits of memory and numbers, as the control group keeps them: what is
# guaranteed, who is killed, what a VPS at its limit does to others, and that
# root inside can change none of them.
. "$(dirname "$0")/lib.sh"
own 243 244
limit=60
top=/sys/fs/cgroup/vps
group=$top/243
a() { vpsctl exec2 243 "$@" </dev/null 2>&1; }
value() { cat "$group/$1"; }
ms() { # COMMAND...: sets $took
	local start=${EPOCHREALTIME/./}
	run "$@"
	took=$(((${EPOCHREALTIME/./} - start) / 1000))
}

before=$(cat $top/memory.low 2>/dev/null || echo 0)
code "create" 0 vpsctl create 243 --ostemplate busybox --ram 64M --swap 0 --vmguarpages 2048
code "create its neighbour" 0 vpsctl create 244 --ostemplate busybox --vmguarpages 8M:unlimited
ok "start" vpsctl start 243
ok "start the other" vpsctl start 244
give 243
give 244

# What the group has, without being asked and asked.
for file in memory.max=67108864 memory.high=66060288 memory.low=8388608 memory.oom.group=0 \
	memory.swap.max=0 cgroup.max.descendants=1024; do
	[ -e "$group/${file%%=*}" ] || continue
	is "${file%%=*}" "$(value "${file%%=*}")" "${file#*=}"
done
is "what is guaranteed is so above" "$(cat $top/memory.low)" $((before + 2 * 8388608))
code "set --vmguarpages" 0 vpsctl set 243 --vmguarpages 16M --save
is "memory.low" "$(value memory.low)" 16777216
is "and above" "$(cat $top/memory.low)" $((before + 3 * 8388608))
is "saved" "$(sed -n 's/^VMGUARPAGES=//p' /etc/vps/conf/243.conf)" '"4096:4096"'
code "set --ram 8G" 0 vpsctl set 243 --ram 8G
is "memory.high is never far below" "$(value memory.high)" $(((8192 - 32) << 20))
code "set --ram unlimited" 0 vpsctl set 243 --ram unlimited
is "memory.high" "$(value memory.high)" max
code "set --ram 64M" 0 vpsctl set 243 --ram 64M

# All of it can be used, and who wants more is killed at once: not init, not all.
a 'sleep 300 >/dev/null 2>&1 &'
is "52 of 64 MiB can be had" "$(a /probe alloc 52)" touched
kills=$(sed -n 's/^oom_kill //p' $group/memory.events)
ms vpsctl exec2 243 '/probe alloc 200'
is "200 MiB cannot: killed" "$status" 137
ok "soon ($took ms)" [ $took -lt 5000 ]
code "set --ram 256M" 0 vpsctl set 243 --ram 256M --save
ms vpsctl exec2 243 '/probe alloc 1000'
is "with 256 MiB, too: killed" "$status" 137
ok "soon ($took ms)" [ $took -lt 8000 ]
is "one was killed each time" "$(sed -n 's/^oom_kill //p' $group/memory.events)" $((kills + 2))
ok "init lives, and who did nothing" vpsctl exec2 243 'kill -0 1 && pidof sleep'

# At its limit it reads its files over and over; the others have their part.
code "set --ram 32M" 0 vpsctl set 243 --ram 32M
ok "a file larger than that" vpsctl exec2 243 'dd if=/dev/zero of=/big bs=1M count=64 2>/dev/null'
io() { sed -n 's/.* rbytes=\([0-9]*\) .*/\1/p' $group/io.stat | awk '{ n += $1 } END { print n + 0 }'; }
bytes=$(io)
for n in 1 2 3; do
	vpsctl exec2 243 'while :; do cat /big >/dev/null; done' >/dev/null 2>&1 </dev/null &
done
worst=0
for n in 1 2 3 4 5 6; do
	ms vpsctl exec2 244 'cat /bin/busybox >/dev/null && echo x >/x && sync'
	[ $status = 0 ] || worst=99999
	[ $took -le $worst ] || worst=$took
done
ok "the neighbour's requests go on ($worst ms at worst)" [ $worst -lt 5000 ]
ms dd if=/dev/vdb of=/dev/null bs=4k count=64 iflag=direct status=none
ok "so do the host's ($took ms for 64 blocks)" [ "$status" = 0 -a $took -lt 5000 ]
ok "it did read again and again" [ $(($(io) - bytes)) -gt $((64 << 20)) ]
ms vpsctl exec2 243 'echo here'
is "and it can be entered ($took ms)" "$out" here

# Root inside cannot lift them: the files are the host's.
list='memory.max memory.high memory.low memory.min memory.swap.max memory.swap.high memory.oom.group
	memory.zswap.max pids.max cpu.max cpu.weight cpu.weight.nice cpu.idle cpuset.cpus io.max io.weight
	io.bfq.weight io.latency io.prio.class cgroup.max.descendants cgroup.max.depth cgroup.freeze
	cgroup.kill hugetlb.2MB.max hugetlb.2MB.rsvd.max misc.max'
state() { for f in $list; do [ ! -r $group/"$f" ] || echo "$f" "$(stat -c '%u %a' $group/"$f")" "$(cat $group/"$f")"; done; }
old=$(state)
vpsctl exec2 243 'cd /sys/fs/cgroup; for f in '"${list//[$'\n\t']/ }"'; do
	[ -e $f ] || continue
	for v in max 0 1 10000 "1 1000"; do
		echo $v 2>/dev/null >$f && echo "wrote $v to $f"
	done
	chown 0 $f 2>/dev/null && echo "chown $f"
	chmod 666 $f 2>/dev/null && echo "chmod $f"
done; : ' >"$tmp/wrote" 2>/dev/null </dev/null
is "root inside can write, own or open none of them" "$(cat "$tmp/wrote")" ""
is "none has changed" "$(state)" "$old"
ok "they were many" [ "$(wc -l <<<"$old")" -gt 15 ]

# Groups inside.
code "set --numcgroup" 0 vpsctl set 243 --numcgroup 10 --save
is "so many can be made" "$(a 'for i in $(seq 30); do mkdir /sys/fs/cgroup/g$i 2>/dev/null && echo; done | wc -l')" 10
code "set --numcgroup unlimited" 0 vpsctl set 243 --numcgroup unlimited
is "cgroup.max.descendants" "$(value cgroup.max.descendants)" max

# Huge pages are the host's.
if [ -e /proc/sys/vm/nr_hugepages ] && [ -e $group/hugetlb.2MB.max ]; then
	echo 4 >/proc/sys/vm/nr_hugepages
	is "the host has a huge page" "$("$probe" huge)" touched
	unlike "a VPS has none" "$(vpsctl exec2 243 /probe huge 2>&1)" touched
	is "hugetlb.2MB.max" "$(value hugetlb.2MB.max)" 0
	echo 0 >/proc/sys/vm/nr_hugepages
fi

for bad in --vmguarpages=x --vmguarpages=2:1 --numcgroup=0 --numcgroup=-1 --numcgroup=5:4; do
	refused "$bad" 21 "=${bad%%=*}: \"${bad#*=}\"" vpsctl set 243 "$bad" --save
done
ok "stop" vpsctl stop 243 --fast
ok "stop" vpsctl stop 244 --fast
is "nothing is guaranteed any more" "$(cat $top/memory.low)" "$before"
done_testing
