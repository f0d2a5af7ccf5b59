#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Packets with a source that is not the VPS's: of the neighbour, the host, anybody;
# by raw IPv4, and as Ethernet frames. None reaches the neighbour or the host.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
mine=10.26.0.1 theirs=10.26.0.2 host=10.0.2.15
arena packets
give $neighbour
vpsctl exec2 $neighbour '/probe udp-recv 2626 /tmp/heard' </dev/null
"$probe" udp-recv 2626 "$tmp/heard"
heard() { vpsctl exec2 $neighbour 'cat /tmp/heard' </dev/null; cat "$tmp/heard"; }

# volley TEXT: with each source to each.
volley() {
	local from to
	for to in $theirs $host; do
		for from in $theirs $host 10.26.0.77 198.51.100.7 127.0.0.1 0.0.0.0 255.255.255.255; do
			[ $from != $to ] || continue
			echo "/attack/packets raw $from $to 2626 $1-raw-$from; /attack/packets frame venet0 $from $to 2626 $1-frame-$from"
		done
	done
	echo "/attack/packets raw6 venet0 fd00::15 fd00::15 2626 $1-raw6; /attack/packets raw6 venet0 ::1 fd00::15 2626 $1-raw6"
	echo true
}

inside_root "/attack/packets raw $mine $theirs 2626 honest; /attack/packets raw $mine $host 2626 honest; /attack/packets frame venet0 $mine $theirs 2626 framed" >/dev/null
eventually "its own address reaches the neighbour" vpsctl exec2 $neighbour "grep -q '$mine honest' /tmp/heard"
eventually "and the host" grep -q "$mine honest" "$tmp/heard"
eventually "also as a frame" vpsctl exec2 $neighbour "grep -q '$mine framed' /tmp/heard"
is "forged packets leave the VPS" "$(inside_root "$(volley forged | tr '\n' ';')" | grep -c '^send: done$')" \
	"$(volley forged | tr ';' '\n' | grep -c /attack)"
for verb in "raw $theirs $host" "frame venet0 $theirs $host"; do
	refuses "a user has no such socket: ${verb%% *}" "own capability" "socket: EPERM" \
		inside_user /attack/packets $verb 2626 user
done
# What is sent last arrives last.
inside_root "/attack/packets raw $mine $theirs 2626 last; /attack/packets raw $mine $host 2626 last" >/dev/null
until_true 10 vpsctl exec2 $neighbour "grep -q '$mine last' /tmp/heard"
until_true 10 grep -q "$mine last" "$tmp/heard"
is "none of them arrives" "$(heard | grep -v "$mine ")" ""
like "the host has counted them" "$(nft list table netdev kontext)" 'packets [1-9][0-9]'
host_unchanged
neighbour_well

nft list ruleset >"$tmp/rules"
sysctl net.ipv4.conf.all.rp_filter "net.ipv4.conf.vps$attacker.rp_filter" >"$tmp/settings"
sed 's/=.*/=0/' "$tmp/settings" | sysctl -q -p -
nft delete table netdev kontext
inside_root "/attack/packets raw $theirs $host 2626 bite; /attack/packets raw 198.51.100.7 $theirs 2626 bite" >/dev/null
eventually "it bites without the filter" grep -q "bite" "$tmp/heard"
nft flush ruleset && nft -f "$tmp/rules"
pkill -fx "$probe udp-recv 2626 $tmp/heard"
vpsctl exec2 $neighbour 'killall probe; rm -f /tmp/heard /probe' </dev/null
sysctl -q -p "$tmp/settings"
done_testing
