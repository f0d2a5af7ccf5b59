#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Processors of a VPS: how many it sees and runs on, which, and live changes.
. "$(dirname "$0")/lib.sh"
own 243 244 245
group=/sys/fs/cgroup/vps
host=$(cat $group/cpuset.cpus.effective 2>/dev/null || cat /sys/fs/cgroup/cpuset.cpus.effective)
nproc=$(nproc)
cpus() { cat "$group/$1/cpuset.cpus"; }
inside() { vpsctl exec2 "$1" nproc </dev/null; }
affinity() { vpsctl exec2 "$1" "sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status" </dev/null; }

[ "$nproc" -ge 2 ] || { echo "1..0 # SKIP the machine has one processor"; exit 0; }
code "create, with one processor" 0 vpsctl create 243 --ostemplate busybox --cpus 1
code "create another" 0 vpsctl create 244 --ostemplate busybox --cpus 1
ok "start" vpsctl start 243
ok "start the other" vpsctl start 244
is "it sees one" "$(inside 243)" 1
is "so does the other" "$(inside 244)" 1
like "which is one of the host's" "$(cpus 243)" '^[0-9]+$'
unlike "the other has another one" "$(cpus 244)" "^$(cpus 243)\$"
is "its tasks may run there only" "$(affinity 243)" "$(cpus 243)"
is "time is limited as well" "$(cat $group/243/cpu.max)" "100000 100000"
no "its root gives it no more" vpsctl exec2 243 'echo 0-1 >/sys/fs/cgroup/cpuset.cpus'
is "nothing has changed" "$(inside 243)" 1

code "set --cpus 2, live" 0 vpsctl set 243 --cpus 2 --save
is "it sees two" "$(inside 243)" 2
is "on two" "$(cat $group/243/cpu.max)" "200000 100000"
code "set --cpus 1, live" 0 vpsctl set 243 --cpus 1 --save
is "it sees one again" "$(inside 243)" 1
like "of those that it had" "$(cpus 243)" '^[0-9]+$'
code "set --cpus 100" 0 vpsctl set 243 --cpus 100
like "as many as there are, and says so" "$out" '--cpus 100: there are [0-9]+ processors'
is "it sees all" "$(inside 243)" "$nproc"

code "set --cpumask" 0 vpsctl set 243 --cpus 1 --cpumask 1 --save
is "it runs there" "$(cpus 243)" 1
is "inside as well" "$(affinity 243)" 1
like "saved" "$(cat /etc/vps/conf/243.conf)" 'CPUMASK="1"'
code "set --cpumask all" 0 vpsctl set 243 --cpumask all --save
ok "restart" vpsctl restart 243
is "it sees one" "$(inside 243)" 1
code "set --nodemask 0" 0 vpsctl set 243 --nodemask 0
is "memory of this node" "$(cat $group/243/cpuset.mems)" 0
code "set --nodemask all, live" 0 vpsctl set 243 --nodemask all
code "create one without a number of processors" 0 vpsctl create 245 --ostemplate busybox
ok "start" vpsctl start 245
is "it sees all" "$(inside 245)" "$nproc"
code "set --cpumask 0, live" 0 vpsctl set 245 --cpumask 0
is "it sees one" "$(inside 245)" 1
code "and all again" 0 vpsctl set 245 --cpumask all
is "it sees all again" "$(inside 245)" "$nproc"

held=$(cpus 243) conf=$(sha256sum </etc/vps/conf/243.conf)
refused "a processor that is not there" 1 '=--cpumask: "4000": this host has' \
	vpsctl set 243 --cpumask 4000 --save
refused "a node that is not there" 1 '=--nodemask: "77": this host has' \
	vpsctl set 243 --nodemask 77 --save
for bad in --cpumask=x --cpumask=3-1 '--cpumask=0,' --cpumask=9000 --nodemask=-1 --nodemask=one; do
	refused "$bad" 21 "=${bad%%=*}: \"${bad#*=}\"" vpsctl set 243 "$bad" --save
done
is "processors are as before" "$(cpus 243)" "$held"
is "so is the configuration" "$(sha256sum </etc/vps/conf/243.conf)" "$conf"
done_testing
