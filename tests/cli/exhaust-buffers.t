#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Also on the debug kernel.
# Beancounters of the packet filter's rules and of the buffers of sockets: what is
# held stays within the limit, what is sent gets there, however slowly.
. "$(dirname "$0")/nethog.sh"
# shellcheck disable=SC2086 # words
in_a() { ${inside[251]} "$@"; }
begin

# Rules: one at a time, and many in one transaction that fails as a whole.
rules() { for ((i = 0; i < $1; i++)); do echo "add rule ip hog out counter"; done; }
in_a nft 'add table ip hog; add chain ip hog out'
# shellcheck disable=SC2086 # words
${inside[252]} nft 'add table ip hog; add chain ip hog out'
there=$(bean numiptent)
code "set --numiptent" 0 vpsctl set 251 --numiptent 50
rules 60 >"$tmp/rules"
# shellcheck disable=SC2086 # words
no "60 rules at once" ${inside[251]} nft -f "$tmp/rules"
like "no room" "$err" 'No space left on device'
is "none of them stays" "$(bean numiptent)" "$there"
for ((i = 0; i < 60; i++)); do
	in_a nft add rule ip hog out counter 2>/dev/null || break
done
is "one by one up to the limit" "$(bean numiptent)" 50
is "never more were" "$(bean numiptent.m)" 50
# shellcheck disable=SC2086 # words
ok "the neighbour has its own" ${inside[252]} nft -f "$tmp/rules"
ok "so has the host" nft "add table ip hog; add chain ip hog out; $(rules 1)"
nft delete table ip hog
in_a nft flush chain ip hog out
is "all is back" "$(bean numiptent)" 0

# Those of x_tables, which come as whole tables.
modprobe iptable_filter
code "set --numiptent" 0 vpsctl set 251 --numiptent 50
is "a table of 40" "$(a '/nethog xtables 40')" 0
is "is charged" "$(bean numiptent)" 40
is "in place of it one of 60" "$(a '/nethog xtables 60')" ENOSPC
is "nothing has changed" "$(bean numiptent)" 40
is "in place of it one of 50" "$(a '/nethog xtables 50')" 0
is "is charged" "$(bean numiptent)" 50
is "and one of 30" "$(a '/nethog xtables 30')" 0
is "is less" "$(bean numiptent)" 30
is "the neighbour has its own" "$(b '/nethog xtables 60')" 0

# Buffers. One buffer for each socket is always there: some tens of them here.
small=$((1 << 20))
most=$((small + 48 * 131072))
for res in tcpsndbuf tcprcvbuf othersockbuf dgramrcvbuf; do
	code "set --$res" 0 vpsctl set 251 --$res $small
done
a '/nethog hold 0.0.0.0 7002' >/dev/null
b '/nethog hold 0.0.0.0 7002' >/dev/null
"$hog" hold 10.251.255.1 7003
limit=90
run vpsctl exec2 251 '/nethog fill 10.251.255.1 7003 24'
ok "24 senders and nobody who reads: $out, $(bean tcpsndbuf) of $small" [ "$(bean tcpsndbuf.m)" -le $most ]
ok "it was counted" [ "$(bean tcpsndbuf.f)" -gt 0 ]
free_all
a '/nethog hold 0.0.0.0 7002' >/dev/null
"$hog" fill 10.251.0.251 7002 24 >/dev/null
ok "24 receivers that do not read: $(bean tcprcvbuf) of $small" [ "$(bean tcprcvbuf.m)" -le $most ]
ok "it was counted" [ "$(bean tcprcvbuf.f)" -gt 0 ]
is "the host and the neighbour can talk" "$(b '/nethog serve 0.0.0.0 7004 65536' >/dev/null
	timeout 90 "$hog" send 10.251.0.252 7004 1000000)" 1000000
free_all
for kind in unix udp; do
	a "/nethog datagrams $kind 60" >/dev/null
	[ $kind = unix ] && res=othersockbuf || res=dgramrcvbuf
	ok "$kind: nobody reads: $(bean $res) of $small" [ "$(bean $res.m)" -le $most ]
	ok "$kind: it was counted" [ "$(bean $res.f)" -gt 0 ]
	free_all
done
for res in tcpsndbuf tcprcvbuf othersockbuf dgramrcvbuf; do
	returned "$res: all is back" $res 0
	code "set --$res, very low" 0 vpsctl set 251 --$res 65536
done
a '/nethog serve 0.0.0.0 7005 4096' >/dev/null
"$hog" serve 10.251.255.1 7006 65536
is "4 MB to the VPS get there" "$(timeout 90 "$hog" send 10.251.0.251 7005 4000000)" 4000000
is "and from it" "$(a '/nethog send 10.251.255.1 7006 4000000')" 4000000
is "and inside" "$(a '/nethog send 127.0.0.1 7005 4000000')" 4000000

finish
