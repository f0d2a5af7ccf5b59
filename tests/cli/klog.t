#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel log of a VPS: what is in it, for whom, and what the host has of it.
. "$(dirname "$0")/lib.sh"
own 281 282 283
limit=120
a() { vpsctl exec2 281 "$@" </dev/null 2>&1; }
b() { vpsctl exec2 282 "$@" </dev/null 2>&1; }
echo "of the host 7781" >/dev/kmsg
for id in 281 282; do
	code "create $id" 0 vpsctl create $id --ostemplate busybox --ram 64M --swap 0 --ipadd 10.28.1.$((id - 280))
	code "start $id" 0 vpsctl start $id
	give $id
done

# From the start on.
first=$(a dmesg)
like "the kernel, as uname says" "$first" "Linux version $(a uname -r | sed 's/[.+]/\\&/g') "
like "its memory and processors" "$first" "Memory: 65536K, CPUs: $(a nproc)"
like "its start" "$first" "ctx 281: started"
like "the host has that, with the number" "$(dmesg)" "ctx 281: started"
unlike "nothing of the host" "$first" 'of the host|Command line|ACPI|ctx 282'
like "vpsctl log shows the same" "$(vpsctl log 281)" '^\[ +0\.[0-9]{6}\] Linux version .*ctx 281: started'
is "/dev/kmsg is for root to write" "$(a stat -c %a /dev/kmsg)" 644
like "/proc/kmsg has it" "$(a timeout 2 cat /proc/kmsg)" '<5>\[ +0\.[0-9]+\] Linux version.*ctx 281: started'
is "once" "$(a timeout 2 cat /proc/kmsg)" ""
like "records of /dev/kmsg" "$(a 'timeout 2 head -n 1 /dev/kmsg')" '^5,1,[0-9]+,-;Linux version'

# What its init, or anything of root's, writes.
a 'echo "<30>init says" >/dev/kmsg; printf "two\nlines\033[31m" >/dev/kmsg' >/dev/null
like "is in its log" "$(a dmesg -r)" '<30>\[ *[0-9.]+\] init says'
like "vpsctl log shows text only" "$(vpsctl log 281)" 'two\?lines\?\[31m'
like "the host has it, marked" "$(dmesg)" 'ctx 281: init says'
no "a user may not write" vpsctl exec2 281 "su -s /bin/sh nobody -c 'echo x >/dev/kmsg'"
unlike "the other has none of it" "$(b dmesg)" 'init says'

# Out of memory.
told=$(dmesg | wc -l)
run vpsctl exec2 281 '/probe alloc 200'
is "too much memory: killed" "$status" 137
said=$(a dmesg)
like "who asked for it" "$said" 'probe invoked oom-killer: gfp_mask=0x'
like "figures of its own" "$said" 'memory: usage [0-9]+kB, limit 65536kB, failcnt [1-9]'
like "as its groups are called inside" "$said" 'Memory cgroup stats for /: anon [0-9]{5}kB'
like "its init is among the tasks, by its number" "$said" '\[ +1\] +0 +1 .* init'
victim=$(sed -n 's/.*Memory cgroup out of memory: Killed process \([0-9]*\) (probe).*/\1/p' <<<"$said")
like "the victim, by its number inside" "$victim" '^[0-9]{1,4}$'
like "with what it had" "$said" "task=probe,pid=$victim,uid=0"
is "the host has one line" "$(dmesg | sed "1,${told}d" | grep -c 'Killed process.*(probe)')" 1
like "which says where" "$(dmesg)" "ctx 281: Memory cgroup out of memory: Killed process $victim \(probe\)"
unlike "and no report" "$(dmesg | sed "1,${told}d")" 'invoked oom-killer'
like "vpsd tells of it" "$(journalctl -q -o cat -u vpsd)" 'VPS 281 is out of memory'
unlike "the other has none of it" "$(b dmesg)" 'oom'
ok "its init lives" vpsctl exec2 281 true

# Crashes, the packet filter, limits of the console.
run vpsctl exec2 281 '/probe crash'
is "a crash" "$status" 139
like "is in its log" "$(a dmesg)" 'probe\[[0-9]{1,4}\]: segfault at 1234 ip [0-9a-f]+ sp [0-9a-f]+ error 6 in probe\['
is "and marked in the host's" "$(dmesg | grep 'probe\[.*segfault at 1234' | grep -vc 'ctx 281: ')" 0
ok "a rule that logs" nsenter -t "$(vpslist -H -o initpid 281 | xargs)" -n nft 'add table ip t; add chain ip t c { type filter hook output priority 0; };
	add rule ip t c ip daddr 10.28.1.1 udp dport 99 log prefix "klogtest " level warn flags skuid'
a '/probe udp-send 10.28.1.1 10.28.1.1 99 x' >/dev/null
like "is in its log, with ids of its own" "$(a dmesg -r)" \
	'<4>\[ *[0-9.]+\] klogtest IN= OUT=lo SRC=10\.28\.1\.1 DST=10\.28\.1\.1 .*UDP .*DPT=99 .*UID=0 GID=0'
is "and marked in the host's" "$(dmesg | grep klogtest | grep -vc 'ctx 281: ')" 0
level=$(cat /proc/sys/kernel/printk)
no "the console's level is not its own" vpsctl exec2 281 'dmesg -n 1'
is "it is as before" "$(cat /proc/sys/kernel/printk)" "$level"

# A flood stays inside.
lines=$(dmesg | wc -l)
ok "100,000 lines" vpsctl exec2 281 '/probe kmsg 100000 flood'
ok "its log is bounded" [ "$(a dmesg | wc -c)" -lt 30000 ]
like "and has the last ones" "$(a dmesg)" 'flood 99999'$'\n''.*flood 100000$'
unlike "others are gone" "$(a dmesg)" 'started'
ok "the host got few of them" [ $(($(dmesg | wc -l) - lines)) -lt 40 ]
like "its own lines are there" "$(dmesg)" 'of the host 7781'
is "so are all of the other's" "$(b dmesg)" "$(vpsctl log 282)"
like "which begin at its start" "$(b dmesg)" 'Linux version.*ctx 282: started'

# Cleared.
ok "dmesg -c" vpsctl exec2 281 'dmesg -c >/dev/null'
is "shows nothing any more" "$(a dmesg)" ""
like "vpsctl log does" "$(vpsctl log 281)" 'flood 100000'
like "the host's is not cleared" "$(dmesg)" 'of the host 7781'
like "nor the other's" "$(b dmesg)" 'ctx 282: started'

# A journal, and what reads records.
code "create a Debian" 0 vpsctl create 283 --ostemplate debian-12 --ram 256M
code "start it" 0 vpsctl start 283 --wait
d() { vpsctl exec2 283 "$@" </dev/null 2>&1; }
d 'echo "<30>through the log" >/dev/kmsg; journalctl --sync' >/dev/null
like "dmesg by records, with colours and time" "$(d dmesg --color=always -T)" 'started.*through the log'
like "dmesg by syslog(2)" "$(d dmesg -S -x)" 'kern +:notice.*ctx 283: started.*daemon:info.*through the log'
like "journald reads it" "$(d journalctl -q -o cat -b _TRANSPORT=kernel)" 'ctx 283: started.*through the log'
unlike "and nothing of the host" "$(d 'journalctl -q -b; dmesg')" 'of the host 7781|Command line'
is "dmesg -C" "$(d 'dmesg -C && dmesg')" ""

# Where all of them together have less than one may have.
all=/sys/fs/cgroup/vps/memory.max
read -r most <$all
echo 192M >$all
ok "stop" vpsctl stop 283 --fast
ok "start" vpsctl start 283
like "as much memory as there can be" "$(d dmesg)" 'Memory: 196608K'
is "as free says" "$(d cat /proc/meminfo | awk '/^MemTotal/ { print $2 }')" 196608
echo "$most" >$all
done_testing
