#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Processors, their time and the load, as a VPS sees them; and where it runs.
. "$(dirname "$0")/lib.sh"
own 245 246
limit=120
groups=/sys/fs/cgroup/vps
a() { vpsctl exec2 245 "$@" </dev/null 2>&1; }
b() { vpsctl exec2 246 "$@" </dev/null 2>&1; }
cpus_a() { cat $groups/245/cpuset.cpus; }
# column FILE N: of the line "cpu" of a /proc/stat; 0 for the sum
column() {
	awk -v n="$2" '$1 == "cpu" { s = 0; for (i = 2; i <= 9; i++) s += $i
		print n ? $(n + 1) : s }' "$1"
}
centi() { awk -v n="$2" '{ printf "%d\n", $n * 100 + 0.5 }' <<<"$1"; }
between() { ok "$1 ($2)" [ "${2:-x}" -ge "$3" -a "${2:-x}" -le "$4" ]; }
host=$(getconf _NPROCESSORS_ONLN)

before=$(date +%s)
code "create" 0 vpsctl create 245 --ostemplate busybox --cpus 1 --cpulimit 50
code "create its neighbour" 0 vpsctl create 246 --ostemplate busybox --cpus 1
ok "start" vpsctl start 245
ok "start the other" vpsctl start 246
after=$(date +%s)
for id in 245 246; do
	vpsctl exec2 $id 'cat >/cpuprobe && chmod 755 /cpuprobe' <"$helpers/cpuprobe"
done

# How many, and which: the same everywhere.
mine=$(cpus_a) other=$(cat $groups/246/cpuset.cpus)
like "it has one processor" "$mine" '^[0-9]+$'
[ "$host" = 1 ] || ok "its neighbour has another ($mine, $other)" [ "$mine" != "$other" ]
is "nproc" "$(a nproc)" 1
is "as programs count" "$(a /cpuprobe counts)" "1 $(getconf _NPROCESSORS_CONF) 1 inside"
is "/proc/cpuinfo" "$(a 'grep ^processor /proc/cpuinfo')" $'processor\t: '"$mine"
is "/proc/stat" "$(a 'grep -o "^cpu[0-9][0-9]*" /proc/stat')" "cpu$mine"
for file in online present; do
	is "$file" "$(a cat /sys/devices/system/cpu/$file)" "$mine"
done
is "possible" "$(a cat /sys/devices/system/cpu/possible)" "$(cat /sys/devices/system/cpu/possible)"
like "offline" "$(a cat /sys/devices/system/cpu/offline)" '^[0-9]'
is "directories" "$(a 'cd /sys/devices/system/cpu && echo cpu[0-9]*')" "cpu$mine"
is "its siblings" "$(a "cat /sys/devices/system/cpu/cpu$mine/topology/package_cpus_list")" "$mine"
is "as many in /proc/cpuinfo" "$(a 'grep -E "^(siblings|cpu cores)" /proc/cpuinfo' | tr -d '\t')" \
	$'siblings: 1\ncpu cores: 1'
is "what it can do is what the host's can" "$(a grep ^flags /proc/cpuinfo)" "$(grep -m 1 ^flags /proc/cpuinfo)"
shared="cat /sys/devices/system/cpu/cpu$mine/cache/index*/shared_cpu"
is "who shares a cache" "$(a "${shared}_list" | sort -u)" "$mine"
is "as bits" "$(a "${shared}_map" | sort -u)" "$((1 << mine))"
is "nothing of what goes on there" "$(a "ls /sys/devices/system/cpu/cpu$mine | grep -vx online | xargs")" "cache topology"
is "its status" "$(a "sed -n 's/^Cpus_allowed_list:.//p' /proc/self/status")" "$mine"
ok "affinity is set as it was got" vpsctl exec2 245 /cpuprobe pin
[ "$host" = 1 ] || is "no other's" "$(a /cpuprobe only "$other")" EINVAL
is "the host sees all" "$(grep -c '^cpu[0-9]' /proc/stat) $(grep -c ^processor /proc/cpuinfo)" "$host $host"
is "in /sys, too" "$(cd /sys/devices/system/cpu && echo cpu[0-9]* | wc -w)" "$host"

# When it was started.
between "btime" "$(a "sed -n 's/^btime //p' /proc/stat")" $((before - 1)) $((after + 1))
n=$(a "sed -n 's/^processes //p' /proc/stat")
a /cpuprobe forks 200
between "200 forks more" $(($(a "sed -n 's/^processes //p' /proc/stat") - n)) 200 400

# Where the time goes: half of it is his who wants all. The host and a neighbour
# on the other processor are as busy, and do not count.
idle=$(a cat /proc/uptime) idle_b=$(b cat /proc/uptime)
(taskset -c "$other" timeout 32 "$helpers/cpuprobe" burn 30) &
a cat /proc/stat >"$tmp/stat1"
(a 'timeout 40 /cpuprobe burn 30') &
burns=$!
sleep 8
is "something runs" "$(a "awk '\$1 == \"procs_running\" { print (\$2 > 1) }' /proc/stat")" 1
wait $burns
a cat /proc/stat >"$tmp/stat2"
load=$(a cat /proc/loadavg) load_b=$(b cat /proc/loadavg) sysinfo=$(a /cpuprobe load)
busy=$(a cat /proc/uptime) busy_b=$(b cat /proc/uptime)
for i in 0 1 3 4 5 8; do
	diff[i]=$(($(column "$tmp/stat2" $i) - $(column "$tmp/stat1" $i)))
done
wall=$(($(centi "$busy" 1) - $(centi "$idle" 1)))
echo "# user ${diff[1]} system ${diff[3]} idle ${diff[4]} iowait ${diff[5]} steal ${diff[8]} of ${diff[0]}, wall $wall"
echo "# loads: $load; of the neighbour: $load_b"
between "the times add up" $((diff[0] * 100 / wall)) 80 101
between "user and system, percent" $(((diff[1] + diff[3]) * 100 / diff[0])) 30 60
between "steal, percent" $((diff[8] * 100 / diff[0])) 30 65
between "idle, percent" $((diff[4] * 100 / diff[0])) 0 25
between "user is most of what it ran, percent" $((diff[1] * 100 / (diff[1] + diff[3] + 1))) 60 100
between "load of one for half a minute, hundredths" "$(centi "$load" 1)" 25 70
between "of 5 minutes, hundredths" "$(centi "$load" 2)" 4 30
ok "sysinfo(2) says the same ($sysinfo)" [ $((sysinfo - $(centi "$load" 1))) -le 8 -a $((sysinfo - $(centi "$load" 1))) -ge -12 ]
between "load of the neighbour, hundredths" "$(centi "$load_b" 1)" 0 12
like "tasks that run, of a handful" "$load" ' [12]/[0-9]{1,2} [0-9]+$'
between "the neighbour was idle, percent" \
	$((($(centi "$busy_b" 2) - $(centi "$idle_b" 2)) * 100 / ($(centi "$busy_b" 1) - $(centi "$idle_b" 1)))) 60 100
between "it was not, percent" \
	$((($(centi "$busy" 2) - $(centi "$idle" 2)) * 100 / wall)) 0 25
ok "idle is less than uptime" [ "$(centi "$busy_b" 2)" -le "$(centi "$busy_b" 1)" ]

# Changes of one that runs.
code "set --cpus, to all" 0 vpsctl --quiet set 245 --cpus "$host" --cpulimit 0 --save
is "nproc" "$(a nproc)" "$host"
is "/proc/cpuinfo" "$(a grep -c ^processor /proc/cpuinfo)" "$host"
is "directories" "$(a 'ls -d /sys/devices/system/cpu/cpu[0-9]* | wc -l')" "$host"
code "back to one" 0 vpsctl --quiet set 245 --cpus 1 --save
is "of those that it had, the less loaded" "$(cpus_a)" "$mine"
is "nproc" "$(a nproc)" 1
run vpsctl set 245 --cpus 500 --save
like "more than there are" "$status $out" "^0 .*--cpus 500: there are $host processors for VPS 245"
is "nproc" "$(a nproc)" "$host"
code "set --cpumask" 0 vpsctl --quiet set 245 --cpumask 0 --cpus 1 --save
is "cpuset.cpus" "$(cpus_a)" 0
code "a mask of more, one of which it has" 0 vpsctl --quiet set 245 --cpumask "0-$((host - 1))" --save
is "cpuset.cpus" "$(cpus_a)" 0
code "set --cpumask auto --nodemask" 0 vpsctl --quiet set 245 --cpumask auto --nodemask 0 --cpus "$host" --save
is "nproc" "$(a nproc)" "$host"
is "cpuset.mems" "$(cat $groups/245/cpuset.mems)" 0
code "set both to all" 0 vpsctl --quiet set 245 --cpumask all --nodemask all --save
is "cpuset.mems" "$(cat $groups/245/cpuset.mems)" "$(cat /sys/fs/cgroup/cpuset.mems.effective)"
conf=$(sha256sum </etc/vps/conf/245.conf) cpus=$(cpus_a)
for bad in --cpumask=x --cpumask= --cpumask=1- --cpumask=3-1 --cpumask=0,,1 --cpumask=8192 --cpumask=none \
	--nodemask=auto --nodemask=-1; do
	refused "$bad" 21 "=${bad%%=*}: \"${bad#*=}\"" vpsctl --quiet set 245 "$bad" --save
done
refused "processors that are not there" 1 "=--cpumask: \"0,8000\": this host has 0" \
	vpsctl --quiet set 245 --cpumask 0,8000 --save
refused "nodes that are not there" 1 '=--nodemask: "77": this host has 0' \
	vpsctl --quiet set 245 --nodemask 77 --save
is "nothing has changed" "$(sha256sum </etc/vps/conf/245.conf) $(cpus_a)" "$conf $cpus"
done_testing
