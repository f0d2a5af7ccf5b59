#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Limits of memory, processors, processes and disk: kept, and changed live.
. "$(dirname "$0")/lib.sh"
own 241 242
limit=120
a() { vpsctl exec2 241 "$@" </dev/null 2>&1; }
group=/sys/fs/cgroup/vps/241
inside() { a cat "/sys/fs/cgroup/$1"; }
kib() { a "df -k / | tail -n 1 | awk '{ print \$$1 }'"; }

code "create" 0 vpsctl create 241 --ostemplate busybox --ram 64M --swap 0 --cpus 1 --cpulimit 50 \
	--cpuunits 2000 --numproc 60 --diskspace 30M:40M --diskinodes 400
code "create its neighbour" 0 vpsctl create 242 --ostemplate busybox --diskspace 200M
ok "start" vpsctl start 241
ok "start the other" vpsctl start 242
give 241

# As the kernel has them, on the host and inside.
for file in memory.max=67108864 "cpu.max=50000 100000" cpu.weight=200 pids.max=60; do
	is "$file" "$(cat "$group/${file%%=*}")" "${file#*=}"
	is "$file inside" "$(inside "${file%%=*}")" "${file#*=}"
done

# Memory.
is "20 MiB can be had" "$(a /probe alloc 20)" touched
run vpsctl exec2 241 '/probe alloc 200'
is "200 MiB cannot: killed" "$status" 137
like "for want of memory" "$(cat $group/memory.events)" 'oom_kill [1-9]'
ok "its init lives" vpsctl exec2 241 true
is "the neighbour was not touched" "$(grep -c 'oom_kill 0' /sys/fs/cgroup/vps/242/memory.events)" 1
code "set --ram, live" 0 vpsctl set 241 --ram 300M --save
is "200 MiB can be had now" "$(a /probe alloc 200)" touched
code "set --ram below what is in use" 0 vpsctl set 241 --ram 16M
is "memory.max" "$(cat $group/memory.max)" 16777216
is "without --save the configuration stays" \
	"$(sed -n 's/^PHYSPAGES=//p' /etc/vps/conf/241.conf)" '"0:76800"'
code "set --ram unlimited" 0 vpsctl set 241 --ram unlimited
is "memory.max" "$(cat $group/memory.max)" max
code "set --physpages, in pages" 0 vpsctl set 241 --physpages 0:32768 --save
is "memory.max" "$(cat $group/memory.max)" 134217728

# Processors.
code "set --cpulimit" 0 vpsctl set 241 --cpulimit 25% --save
is "cpu.max" "$(cat $group/cpu.max)" "25000 100000"
a 'timeout 3 sh -c "while :; do :; done"' >/dev/null
like "it was held back" "$(cat $group/cpu.stat)" 'nr_throttled [1-9]'
code "set --cpulimit 0 --cpus 2" 0 vpsctl set 241 --cpulimit 0 --cpus 2 --cpuunits 1000 --save
is "cpu.max" "$(cat $group/cpu.max)" "200000 100000"
is "cpu.weight" "$(cat $group/cpu.weight)" 100

# Processes.
n=$(a /probe forks 500)
ok "500 forks give fewer than 60 processes ($n)" [ "${n:-500}" -lt 60 ]
ok "but some" [ "${n:-0}" -gt 40 ]
code "set --numproc" 0 vpsctl set 241 --numproc 120 --save
n=$(a /probe forks 500)
ok "more after set ($n)" [ "${n:-0}" -gt 100 ]
a 'bomb() { bomb | bomb & }; bomb' >/dev/null
ok "the host goes on beside a fork bomb" [ "$(vpslist -H -o nproc 241)" -le 120 ]
code "which stop --fast ends" 0 vpsctl stop 241 --fast
no "to the last process" grep -lx $'Ctx:\t241' /proc/[0-9]*/status
ok "start" vpsctl start 241

# Disk.
is "df inside shows the limit" "$(kib 2)" 30720
ok "most of it is free" [ "$(kib 4)" -gt 28000 ]
run vpsctl exec2 241 'dd if=/dev/zero of=/big bs=1M count=60'
like "60 MiB do not fit" "$status $err" '^1 .*(quota exceeded|No space left)'
size=$(a stat -c %s /big)
ok "about 40 MiB did ($size)" [ "${size:-0}" -gt 36000000 ]
ok "and no more" [ "${size:-0}" -lt 42000000 ]
is "df inside: full" "$(kib 4)" 0
no "no file more" vpsctl exec2 241 'echo more >/more && sync && test -s /more'
ok "the neighbour has room" vpsctl exec2 242 'dd if=/dev/zero of=/big bs=1M count=60 2>/dev/null'
ok "its df is its own" [ "$(vpsctl exec 242 "df -k / | tail -n 1 | awk '{ print \$4 }'")" -gt 100000 ]
ok "so has the host" dd if=/dev/zero of="/var/lib/vps/test.$$" bs=1M count=60 status=none
rm -f "/var/lib/vps/test.$$"
code "set --diskspace, live" 0 vpsctl set 241 --diskspace 80M --save
ok "60 MiB fit now" vpsctl exec2 241 'dd if=/dev/zero of=/big bs=1M count=60 2>/dev/null'
is "df inside" "$(kib 2)" 81920
ok "what is removed is free again" vpsctl exec2 241 'rm /big'
ok "df" [ "$(kib 4)" -gt 75000 ]
run vpsctl exec2 241 'i=0; while [ $i -lt 600 ]; do : >/tmp/f$i || exit 1; i=$((i + 1)); done'
ok "600 files are too many" [ $status != 0 ]
n=$(a 'ls /tmp | wc -l')
ok "nearly 400 are not ($n)" [ "${n:-0}" -gt 300 ]
code "set --diskinodes, live" 0 vpsctl set 241 --diskinodes 2000
ok "now they fit" vpsctl exec2 241 'i=0; while [ $i -lt 600 ]; do : >/tmp/f$i || exit 1; i=$((i + 1)); done'

# What is not a limit changes nothing.
before=$(cat $group/{memory,cpu,pids}.max) conf=$(sha256sum </etc/vps/conf/241.conf)
for bad in --ram=x --ram=-1 --ram=1X --ram= --ram=0 --ram=99999999999T --cpus=0 --cpus=-1 --cpus=two \
	--cpulimit=x --cpulimit=-5 --cpuunits=0 --numproc=0 --numproc=9:8 --diskspace=1M:0 \
	--diskspace=2M:1M --diskinodes=many; do
	refused "$bad" 21 "=${bad%%=*}: \"${bad#*=}\"" vpsctl set 241 "$bad" --save
done
is "limits are as before" "$(cat $group/{memory,cpu,pids}.max)" "$before"
is "so is the configuration" "$(sha256sum </etc/vps/conf/241.conf)" "$conf"
done_testing
