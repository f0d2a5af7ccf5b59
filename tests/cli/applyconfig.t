#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Sample configurations: what is there makes VPSs that run; create and set take
# their resources, live, and nothing else; what is wrong is named.
. "$(dirname "$0")/lib.sh"
own 247 248
limit=60
dir=/etc/vps/conf
group=/sys/fs/cgroup/vps/247
trap 'wipe; rm -rf "$tmp" $dir/ve-tst.conf-sample $dir/vps-tst.conf-sample' EXIT
conf() { sed -n "s/^$1=\"\\(.*\\)\"/\\1/p" $dir/"${2:-247}".conf; }
all=$(find $dir -name 'vps-*.conf-sample' -printf '%f\n' | sed 's/^vps-//; s/\.conf-sample$//' | sort | xargs)
is "there are" "$all" "basic light unlimited vswap-1g vswap-256m vswap-2g vswap-4g vswap-512m"

for name in $all; do
	code "create --config $name" 0 vpsctl create 247 --ostemplate busybox --config "$name"
	ok "start" vpsctl start 247
	pages=$(conf PHYSPAGES)
	pages=${pages#*:}
	is "it has the memory" "$(cat $group/memory.max)" \
		"$([ "$pages" = unlimited ] && echo max || echo $((pages * 4096)))"
	is "and runs" "$(vpsctl exec2 247 'echo $((6 * 7))')" 42
	ok "stop and destroy" bash -c 'vpsctl --quiet stop 247 --fast && vpsctl --quiet destroy 247'
done

# What is on the command line wins, wherever it stands.
cat >$dir/ve-tst.conf-sample <<END
# As OpenVZ has them.
ORIGIN_SAMPLE="tst"
VE_ROOT="/vz/root/\$VEID"
PHYSPAGES="0:128M"
SWAPPAGES="0:0"
NUMPROC="77:77"
IOLIMIT="3145728"
OSTEMPLATE="busybox"
HOSTNAME="sample"
NAME="sample"
IP_ADDRESS="10.250.0.99"
ONBOOT="no"
FEATURES="fuse:on tun:on"
NAMESERVER="192.0.2.1 192.0.2.2"
END
code "create --config, of a ve- file" 0 vpsctl create 247 --numproc 88 --config tst --hostname mine
is "its template" "$(conf OSTEMPLATE)" busybox
is "its memory, with a suffix" "$(conf PHYSPAGES)" 0:32768
is "its I/O, in bytes" "$(conf IOLIMIT)" 3145728
is "its lists" "$(conf FEATURES) $(conf NAMESERVER)" "fuse:on tun:on 192.0.2.1 192.0.2.2"
is "but what was asked for" "$(conf NUMPROC)" 88:88
is "and nothing that is one VPS's" "$(conf HOSTNAME) $(conf NAME)$(conf IP_ADDRESS)" "mine "
code "another one of it" 0 vpsctl create 248 --ostemplate busybox --config=tst
ok "start" vpsctl start 247
sed 's/^#*CONFIGFILE=.*//' /etc/vps/vps.conf >"$tmp/vps.conf"
echo 'CONFIGFILE="light"' >>"$tmp/vps.conf"
ok "destroy" vpsctl destroy 248
code "create with CONFIGFILE in vps.conf" 0 env KONTEXT_CONF="$tmp/vps.conf" vpsctl create 248 --ostemplate busybox
is "takes that" "$(conf PHYSPAGES 248)" 0:32768
ok "destroy" vpsctl destroy 248
code "but --config counts" 0 env KONTEXT_CONF="$tmp/vps.conf" vpsctl create 248 --ostemplate busybox --config basic
is "it did" "$(conf PHYSPAGES 248)" 0:131072

# Live.
keep=$(grep -E '^(OSTEMPLATE|HOSTNAME|ONBOOT|FEATURES|NAMESERVER|LOCAL_.*)=' $dir/247.conf | sort)
before=$(sha256sum <$dir/247.conf)
code "set --applyconfig" 0 vpsctl set 247 --applyconfig vswap-512m
is "memory.max" "$(cat $group/memory.max)" $((512 << 20))
is "pids.max" "$(cat $group/pids.max)" 600
is "io.max" "$(cat $group/io.max)" ""
is "without --save the configuration stays" "$(sha256sum <$dir/247.conf)" "$before"
code "set --applyconfig --save" 0 vpsctl set 247 --ram 300M --applyconfig light --save
is "saved" "$(conf PHYSPAGES) $(conf NUMPROC)" "0:76800 200:200"
is "the beancounters, too" "$(vpslist -H -o numfile.l,numpty.l 247 | xargs)" "32768 64"
is "live" "$(cat $group/memory.max) $(cat $group/pids.max)" "$((300 << 20)) 200"
is "the rest is as it was" "$(grep -E '^(OSTEMPLATE|HOSTNAME|ONBOOT|FEATURES|NAMESERVER|LOCAL_.*)=' $dir/247.conf | sort)" "$keep"

# What is wrong changes nothing.
state() { sha256sum $dir/247.conf; cat $group/{memory.max,memory.high,memory.low,pids.max,cpu.max,io.max}; }
state >"$tmp/state"
for name in nosuch '' ../conf/light . basic/ "$(printf 'a%.0s' {1..300})"; do
	refused "--applyconfig '${name:0:20}'" 21 '=there are: basic, light, tst, unlimited, vswap-1g' \
		vpsctl set 247 --applyconfig "$name" --save
	refused "--config '${name:0:20}'" 21 '=there are: basic, ' vpsctl create 249 --ostemplate busybox --config "$name"
done
bad() { # LINE PATTERN
	{ echo 'PHYSPAGES="0:65536"' && echo "$1"; } >$dir/vps-tst.conf-sample
	refused "a sample with $1" 21 "vps-tst\\.conf-sample: .*$2" vpsctl set 247 --applyconfig tst --save
	refused "create of it" 21 "vps-tst\\.conf-sample: .*$2" vpsctl create 249 --ostemplate busybox --config tst
}
bad 'NUMNOSUCH="1:1"' NUMNOSUCH
bad 'IOPRIO="8"' 'ioprio: "8"'
bad 'NUMPROC="2:1"' 'numproc: "2:1"'
bad 'CPUUNITS=""' cpuunits
bad 'IOLIMIT="1"' 'iolimit: "1B"'
rm $dir/vps-tst.conf-sample
refused "set takes no --config" 20 config vpsctl set 247 --config light
refused "create takes no --applyconfig" 20 applyconfig vpsctl create 249 --applyconfig light
refused "without its value" 20 applyconfig vpsctl set 247 --applyconfig

# The last of several fails: the disk of the host is not shared out by weight.
scheduler=$(sed 's/.*\[\(.*\)\].*/\1/' /sys/block/vdb/queue/scheduler)
[ "$scheduler" != bfq ] || echo none >/sys/block/vdb/queue/scheduler
refused "a change of which the last part fails" 1 'ioprio.*vdb' \
	vpsctl set 247 --applyconfig vswap-1g --ioprio 7 --iolimit 1M --save
echo "$scheduler" >/sys/block/vdb/queue/scheduler
state >"$tmp/now"
is "nothing has changed" "$(cat "$tmp/now")" "$(cat "$tmp/state")"
no "no VPS was made" test -e $dir/249.conf
done_testing
