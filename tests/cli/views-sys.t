#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The machine that a VPS sees: memory by its limits, nothing of the host's size, load,
# disks and settings, a boot id and a release of its own.
. "$(dirname "$0")/lib.sh"
id=251 other=252
own $id $other
a() { vpsctl exec2 $id "$@" </dev/null 2>&1; }
b() { vpsctl exec2 $other "$@" </dev/null 2>&1; }
group=/sys/fs/cgroup/vps/$id
kb() { a cat /proc/meminfo | awk -v n="$1:" '$1 == n { print $2 }'; }
# near NAME GOT WANT BY: differs by no more than that.
near() { ok "$1: $2, about $3" [ $((${2:-0} - $3)) -le "$4" -a $(($3 - ${2:-0})) -le "$4" ]; }
scan=$helpers/scan
uuid='^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'

code "create" 0 vpsctl create $id --ostemplate busybox --ram 256M --swap 0 --numproc 200
code "create its neighbour" 0 vpsctl create $other --ostemplate busybox --ram 300M --swap 64M --hostname nextdoor252
ok "start" vpsctl start $id
ok "start the other" vpsctl start $other
give $id
give $other

# Memory, and all that tells of it.
is "MemTotal is the limit" "$(kb MemTotal)" 262144
is "of the neighbour its own" "$(b cat /proc/meminfo | awk '/^MemTotal/ { print $2 }')" 307200
used=$(($(cat $group/memory.current) / 1024))
near "used is what is charged" $(($(kb MemTotal) - $(kb MemFree))) $used 4096
ok "what is available is not above the total" [ "$(kb MemAvailable)" -le 262144 ]
ok "nor below what is free" [ "$(kb MemAvailable)" -ge "$(kb MemFree)" ]
is "as many lines as programs look for" \
	"$(a cat /proc/meminfo | awk '{ print $1 }' | grep -cE '^(MemTotal|MemFree|MemAvailable|Buffers|Cached|SwapCached|Active|Inactive|SwapTotal|SwapFree|Dirty|Writeback|AnonPages|Mapped|Shmem|KReclaimable|Slab|SReclaimable|SUnreclaim|KernelStack|PageTables|CommitLimit|Committed_AS|HugePages_Total|Hugepagesize):$')" 25
is "the names are the kernel's" "$(comm -13 <(sed 's/:.*//' /proc/meminfo | sort) <(a cat /proc/meminfo | sed 's/:.*//' | sort))" ""
run vpsctl exec2 $id free
like "free agrees" "$out" 'Mem: +262144 '
is "and its sum" "$(awk '/^Mem/ { print ($3 + $4 + $6 <= $2 + 8) }' <<<"$out")" 1
is "no swap" "$(kb SwapTotal) $(kb SwapFree) $(a cat /proc/swaps | wc -l)" "0 0 1"
a '/probe hold 100 15' >/dev/null &
grown() { [ $(($(kb MemTotal) - $(kb MemFree) - used)) -gt 80000 ]; }
shrunk() { [ $(($(kb MemTotal) - $(kb MemFree) - used)) -lt 50000 ]; }
if until_true 20 grown; then pass "100 MiB show"; else fail "100 MiB show" "$(a free)"; fi
wait
if until_true 20 shrunk; then pass "and go"; else fail "and go" "$(a free)"; fi
code "set --ram, live" 0 vpsctl set $id --ram 128M --save
is "MemTotal" "$(kb MemTotal)" 131072
is "sysinfo(2)" "$(a /probe sysinfo | sed 's/ .*//')" 134217728
like "free" "$(a free)" 'Mem: +131072 '
is "zoneinfo" "$(a cat /proc/zoneinfo | awk '$1 == "managed" { print $2 }')" 32768
is "one node" "$(a cat /proc/zoneinfo | grep -c ^Node) $(a cat /proc/buddyinfo | grep -c ^Node)" "1 1"
like "pagetypeinfo" "$(a cat /proc/pagetypeinfo | xargs)" 'Page block order: 9 .*Free pages count.*type Movable.*Number of blocks type.*zone Normal 0 64 '
near "vmstat has what is free" "$(($(a cat /proc/vmstat | awk '$1 == "nr_free_pages" { print $2 }') * 4))" "$(kb MemFree)" 4096
is "vmstat has the host's lines" "$(a cat /proc/vmstat | wc -l)" "$(wc -l </proc/vmstat)"
code "unlimited" 0 vpsctl set $id --ram unlimited
is "is what the host has" "$(kb MemTotal)" "$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)"
code "set --ram" 0 vpsctl set $id --ram 128M

# What others use does not show.
free=$(kb MemFree)
b '/probe hold 150 8' >/dev/null &
mkdir "$tmp/m" && mount -t tmpfs m "$tmp/m"
dd if=/dev/zero of="$tmp/m/big" bs=1M count=100 2>/dev/null
sleep 1
near "100 MiB of the host and 150 of the neighbour change nothing" "$(kb MemFree)" "$free" 3000
umount "$tmp/m"
wait

# Processes.
n=$(a /probe sysinfo | awk '{ print $3 }')
ok "sysinfo(2) counts its own processes ($n)" [ "${n:-99}" -gt 0 -a "${n:-99}" -lt 12 ]
is "/proc/cgroups counts its own groups" "$(a cat /proc/cgroups | awk '$1 == "memory" { print $3 }')" \
	"$(find $group -type d | wc -l)"

# Boot id.
one=$(a cat /proc/sys/kernel/random/boot_id)
like "a boot id" "$one" "$uuid"
is "constant" "$(a cat /proc/sys/kernel/random/boot_id)" "$one"
like "another one in the neighbour" "$(b cat /proc/sys/kernel/random/boot_id)" "$uuid"
is "all of them differ" "$({ echo "$one"; b cat /proc/sys/kernel/random/boot_id; cat /proc/sys/kernel/random/boot_id; } | sort -u | wc -l)" 3
isnt() { if [ "$2" != "$3" ]; then pass "$1"; else fail "$1" "both are $2"; fi; }
isnt "uuid is random still" "$(a cat /proc/sys/kernel/random/uuid)" "$(a cat /proc/sys/kernel/random/uuid)"

# Release.
kernel=$(uname -r)
is "the kernel's own release" "$(a uname -r)" "$kernel"
code "set --osrelease, live" 0 vpsctl set $id --osrelease 5.4.0-kontext --save
is "uname" "$(a uname -r)" 5.4.0-kontext
is "/proc/sys/kernel/osrelease" "$(a cat /proc/sys/kernel/osrelease)" 5.4.0-kontext
like "/proc/version" "$(a cat /proc/version)" '^Linux version 5\.4\.0-kontext \('
is "host and neighbour have theirs" "$(uname -r) $(b uname -r)" "$kernel $kernel"
is "a new UTS namespace has it" "$(a unshare -u uname -r)" 5.4.0-kontext
is "it is saved" "$(sed -n 's/^OSRELEASE=//p' /etc/vps/conf/$id.conf)" '"5.4.0-kontext"'
ok "restart" vpsctl restart $id
is "and there after a restart" "$(a uname -r)" 5.4.0-kontext
isnt "another start, another boot id" "$(a cat /proc/sys/kernel/random/boot_id)" "$one"
for bad in 'with blank' 'quo"te' "$(printf '%065d' 1)"; do
	refused "--osrelease \"${bad:0:12}\"" 21 'osrelease.*allowed' vpsctl set $id --osrelease "$bad" --save
done
is "nothing changed" "$(a uname -r)" 5.4.0-kontext
is "64 are accepted" "$(vpsctl set $id --osrelease "$(printf '%064d' 1)" >/dev/null; a uname -r)" "$(printf '%064d' 1)"
code "empty" 0 vpsctl set $id --osrelease '' --save
is "is the kernel's own" "$(a uname -r)" "$kernel"
code "create with one" 0 vpsctl set $other --osrelease 4.19 --save

# Files that are there with the VPS's content.
for file in modules kallsyms diskstats; do
	is "/proc/$file is empty" "$(a cat /proc/$file; echo end)" end
done
unlike "/proc/partitions has none" "$(a cat /proc/partitions)" '[0-9]'
is "/proc/cmdline" "$(a cat /proc/cmdline)" quiet
is "the length of the host's does not show" "$(a stat -c %s /proc/cmdline)" 0
like "/proc/tty/drivers has terminals" "$(a cat /proc/tty/drivers)" 'pty_slave'
unlike "and no line of the host's" "$(a cat /proc/tty/drivers)" 'ttyS|serial'
like "/proc/interrupts has columns" "$(a cat /proc/interrupts)" 'CPU[0-9]+'
is "and no interrupt" "$(a cat /proc/interrupts | wc -l)" 1
is "/proc/softirqs counts nothing" "$(a cat /proc/softirqs | sed 1d | grep -c '[1-9]')" 0
like "/proc/softirqs has the names" "$(a cat /proc/softirqs)" 'NET_RX: +0'
is "/proc/devices has what is granted" "$(a cat /proc/devices | awk '$1 ~ /[0-9]/ { print $1 }' | sort -nu | xargs)" "1 5 136"
code "grant another" 0 vpsctl set $id --features fuse:on
like "fuse is in /proc/misc" "$(a cat /proc/misc)" '^229 fuse$'
like "and its driver in /proc/devices" "$(a cat /proc/devices)" '10 misc'
for file in cpu memory io; do
	is "/proc/pressure/$file is the group's" "$(a cat /proc/pressure/$file | sed 's/ .*//' | xargs)" "some full"
done
a 'timeout 2 /probe alloc 200; true' >/dev/null
total() { sed -n 's/^some.*total=//p' | head -n 1; }
near "pressure of memory" "$(($(a cat /proc/pressure/memory | total) / 1000))" "$(($(total <$group/memory.pressure) / 1000))" 300

# Nothing of the host's in all that can be read.
{
	awk '/^MemTotal/ { printf "%d\n%d\n%.0f\n", $2, $2 / 4, $2 * 1024 }' /proc/meminfo
	cat /proc/sys/kernel/random/boot_id
	echo nextdoor252
	awk '$4 !~ /^(loop|ram|zram)/ && NR > 2 { print $4 }' /proc/partitions
	tr ' ' '\n' </proc/cmdline | grep -xE '.{5,}' | grep -vx quiet
} >"$tmp/words"
old=$(hostname)
hostname hostmachine251
echo hostmachine251 >>"$tmp/words"
ok "there is something to look for" [ "$(wc -l <"$tmp/words")" -gt 6 ]
vpsctl exec2 $id 'cat >/scan && chmod 755 /scan' <"$scan"
vpsctl exec2 $id 'cat >/words' <"$tmp/words"
run vpsctl exec2 $id '/scan /words /proc /sys /proc/self/net /proc/self/mountinfo /proc/self/limits'
is "nothing of the host's is found" "$(grep -v '^files ' <<<"$out")" ""
ok "in all of /proc and /sys" [ "$(sed -n 's/^files //p' <<<"$out")" -gt 400 ]
mkdir "$tmp/control"
while read -r word; do printf 'x %s, y\n' "$word"; done <"$tmp/words" >"$tmp/control/file"
is "it bites: each word is found where it is" \
	"$("$scan" "$tmp/words" "$tmp/control" | sed -n "s|^$tmp/control/file ||p")" "$(cat "$tmp/words")"
"$scan" "$tmp/words" /proc /sys >"$tmp/host"
for file in /proc/meminfo /proc/cmdline /proc/sys/kernel/random/boot_id /proc/sys/kernel/hostname \
	/proc/partitions /proc/diskstats; do
	ok "and on the host in $file" grep -q "^$file " "$tmp/host"
done
hostname "$old"

# Nothing of its size either: sums and what is computed from it.
for file in fs/file-nr fs/inode-nr fs/dentry-state kernel/threads-max vm/min_free_kbytes \
	fs/epoll/max_user_watches; do
	isnt "/proc/sys/$file" "$(a cat /proc/sys/$file)" "$(cat /proc/sys/$file)"
done
like "figures are numbers" "$(a cat /proc/sys/kernel/threads-max /proc/sys/vm/min_free_kbytes /proc/sys/kernel/pid_max | xargs)" '^[0-9]+ [0-9]+ 4194304$'
is "parts of TCP's table" "$(a cat /proc/sys/net/ipv4/tcp_max_tw_buckets /proc/sys/net/ipv4/tcp_max_syn_backlog | xargs)" "32768 512"
is "can be set" "$(a 'echo 99 >/proc/sys/net/ipv4/tcp_max_tw_buckets; cat /proc/sys/net/ipv4/tcp_max_tw_buckets')" 99
is "read in parts, too" "$(a 'dd if=/proc/sys/fs/dentry-state bs=1 2>/dev/null' | wc -c)" "$(a cat /proc/sys/fs/dentry-state | wc -c)"
is "writing them fails as before" "$(a '(echo 5 >/proc/sys/vm/min_free_kbytes) 2>/dev/null'; cat /proc/sys/vm/min_free_kbytes)" "$(cat /proc/sys/vm/min_free_kbytes)"
like "sockets of others are not summed up" "$(a cat /proc/net/sockstat)" 'TCP: inuse [0-9]+ orphan 0 tw 0 alloc 0 mem 0'
is "softnet_stat" "$(a cat /proc/net/softnet_stat | wc -l)" 0
done_testing
