#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Packets with a source that is not the VPS's: of the neighbour, the host, anybody;
# by raw IPv4, and as Ethernet frames. None reaches the neighbour or the host.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
mine=10.26.0.1 theirs=10.26.0.2 host=10.0.2.15
mine6=fd26::1 theirs6=fd26::2 host6=fd00::15
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
	for to in $theirs6 $host6; do
		for from in $theirs6 $host6 fd26::77 2001:db8::7 ::1 ::; do
			[ $from != $to ] || continue
			echo "/attack/packets raw6 venet0 $from $to 2626 $1-raw6-$from"
		done
	done
	echo true
}

inside_root "/attack/packets raw $mine $theirs 2626 honest; /attack/packets raw $mine $host 2626 honest; /attack/packets frame venet0 $mine $theirs 2626 framed
	/attack/packets raw6 venet0 $mine6 $theirs6 2626 honest; /attack/packets raw6 venet0 $mine6 $host6 2626 honest" >/dev/null
eventually "its own address reaches the neighbour" vpsctl exec2 $neighbour "grep -q '$mine honest' /tmp/heard"
eventually "and the host" grep -q "$mine honest" "$tmp/heard"
eventually "also as a frame" vpsctl exec2 $neighbour "grep -q '$mine framed' /tmp/heard"
eventually "its own IPv6 address reaches the neighbour" vpsctl exec2 $neighbour "grep -q '$mine6 honest' /tmp/heard"
eventually "and the host, too" grep -q "$mine6 honest" "$tmp/heard"
is "forged packets leave the VPS" "$(inside_root "$(volley forged | tr '\n' ';')" | grep -c '^send: done$')" \
	"$(volley forged | tr ';' '\n' | grep -c /attack)"
for verb in "raw $theirs $host" "frame venet0 $theirs $host"; do
	refuses "a user has no such socket: ${verb%% *}" "own capability" "socket: EPERM" \
		inside_user /attack/packets $verb 2626 user
done
# What is sent last arrives last.
inside_root "/attack/packets raw $mine $theirs 2626 last; /attack/packets raw $mine $host 2626 last
	/attack/packets raw6 venet0 $mine6 $theirs6 2626 last; /attack/packets raw6 venet0 $mine6 $host6 2626 last" >/dev/null
for from in $mine $mine6; do
	until_true 10 vpsctl exec2 $neighbour "grep -q '$from last' /tmp/heard"
	until_true 10 grep -q "$from last" "$tmp/heard"
done
is "none of them arrives" "$(heard | grep -vE "($mine|$mine6) ")" ""
# A link-local address says by which link it has come: the host knows whose that is,
# and nobody else hears it.
inside_root "/attack/packets raw6 venet0 fe80::77 $theirs6 2626 link; /attack/packets raw6 venet0 fe80::77 $host6 2626 link
	/attack/packets raw6 venet0 $mine6 $theirs6 2626 then; /attack/packets raw6 venet0 $mine6 $host6 2626 then" >/dev/null
until_true 10 vpsctl exec2 $neighbour "grep -q '$mine6 then' /tmp/heard"
until_true 10 grep -q "$mine6 then" "$tmp/heard"
is "nor does one of a link-local address at the neighbour" "$(vpsctl exec2 $neighbour 'grep fe80 /tmp/heard' </dev/null)" ""
like "at the host with its link only" "$(grep fe80 "$tmp/heard")" '^(fe80[^ ]* link.?)?$'
like "the host has counted them" "$(nft list table netdev kontext)" 'packets [1-9][0-9]'
host_unchanged
neighbour_well

nft list ruleset >"$tmp/rules"
sysctl net.ipv4.conf.all.rp_filter "net.ipv4.conf.vps$attacker.rp_filter" >"$tmp/settings"
sed 's/=.*/=0/' "$tmp/settings" | sysctl -q -p -
nft delete table netdev kontext
inside_root "/attack/packets raw $theirs $host 2626 bite; /attack/packets raw 198.51.100.7 $theirs 2626 bite; /attack/packets raw6 venet0 $theirs6 $host6 2626 bite" >/dev/null
eventually "it bites without the filter" grep -q "$theirs bite" "$tmp/heard"
eventually "and by IPv6" grep -q "$theirs6 bite" "$tmp/heard"
nft flush ruleset && nft -f "$tmp/rules"
pkill -fx "$probe udp-recv 2626 $tmp/heard"
vpsctl exec2 $neighbour 'killall probe; rm -f /tmp/heard /probe' </dev/null
sysctl -q -p "$tmp/settings"
done_testing
