#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# CVE-2020-15257: abstract UNIX sockets know no permissions, only the network
# namespace; containerd-shim's were open to containers in the host's. And sockets
# by path: any that appears in the tree of a VPS, whoever listens there.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
arena sockets nest
tree=/var/lib/vps/root/$attacker/tmp
secretly abstract "$attacks/sockets" serve @shim263
server=$job
secretly theirs vpsctl exec2 $neighbour '/attack/sockets serve @theirs263'

for name in shim263 theirs263; do
	everyone "abstract $name" namespace "connect: ECONNREFUSED" /attack/sockets connect @$name
	everyone "datagrams to $name" namespace "send: ECONNREFUSED" /attack/sockets send @$name.dgram
done
refuses "with the host's network namespace" unix "=~^connect: E(PERM|ACCES)$" half "$attacks/sockets" connect @shim263
refuses "datagrams with it" unix "=~^send: E(PERM|ACCES)$" half "$attacks/sockets" send @shim263.dgram

# Over one that is connected; what comes from outside may go in.
refuses "a descriptor out of the VPS" fd "handed out: nothing" \
	"$attacks/sockets" hand-out "$(vpslist -H -o initpid $attacker | xargs)"
bites "a descriptor of the host" "handed out: done" "$attacks/sockets" hand-out 0

# By path: of a task of the host that has the id of the VPS's root, as it takes
# to write there.
uid=$(base $attacker)
secretly path sh -c "cd $tree && exec setpriv --reuid $uid --regid $uid --clear-groups $attacks/sockets serve host"
there=$job
everyone "a path" unix "=~^connect: E(PERM|ACCES)$" /attack/sockets connect /tmp/host
everyone "datagrams to a path" unix "=~^send: E(PERM|ACCES)$" /attack/sockets send /tmp/host.dgram
refuses "a path, with all but the context the host's" unix "=~^connect: E(PERM|ACCES)$" \
	sh -c "cd $tree && exec nsenter --user=/proc/$(vpslist -H -o initpid $attacker | xargs)/ns/user --setuid 0 --setgid 0 $attacks/sockets connect host"
nested "a path" unix "=~^connect: E(PERM|ACCES)$" /attack/sockets connect /tmp/host

# What is the VPS's own works.
inside_root '/attack/sockets serve @mine263 >/dev/null 2>&1 & /attack/sockets serve /tmp/mine >/dev/null 2>&1 & sleep 1' >/dev/null
is "its own sockets work" "$(inside_root '/attack/sockets connect @mine263; /attack/sockets connect /tmp/mine; /attack/sockets send /tmp/mine.dgram')" \
	$'connect: done\nconnect: done\nsend: done'
host_unchanged
neighbour_well
bites "everybody on the host can connect" "connect: done" \
	setpriv --reuid 12345 --regid 12345 --clear-groups "$attacks/sockets" connect @shim263
secretly free "$attacks/sockets" serve "$arena_dir/free"
bites "by path too" "connect: done" \
	setpriv --reuid 12345 --regid 12345 --clear-groups "$attacks/sockets" connect "$arena_dir/free"
kill $job
rm -f "$arena_dir/free" "$arena_dir/free.dgram"
kill $server $there
rm -f "$tree/host" "$tree/host.dgram"
vpsctl exec2 $neighbour 'killall sockets' </dev/null
done_testing
