#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Also on the debug kernel.
# Beancounters of the network: four processes of root inside take what they can,
# and get what the limit says; the neighbour and the host go on.
. "$(dirname "$0")/nethog.sh"

# exhaust RESOURCE LIMIT ERROR COMMAND...: set the limit, and take.
exhaust() {
	local res=$1 limit=$2 error=$3 before fails
	shift 3
	before=$(bean "$res") fails=$(bean "$res.f")
	code "$res: set --$res $limit" 0 vpsctl set 251 "--$res" "$limit"
	like "$res: $* ends at it" "$(a "/nethog $*")" "^[0-9]+ $error\$"
	is "$res: all that is allowed is held" "$(bean "$res")" "$limit"
	ok "$res: never more was" [ "$(bean "$res.m")" -le "$limit" ]
	ok "$res: it was counted" [ "$(bean "$res.f")" -gt "$fails" ]
	like "$res: the neighbour has some" "$(b "/nethog ${*:1:$(($# - 1))} 8")" '^8 0$'
	free_all
	returned "$res: all is back" "$res" "$before"
	code "$res: set back" 0 vpsctl set 251 --$res unlimited
}

begin
sysctl -qw net.ipv4.neigh.default.gc_thresh{1=16,2=64,3=128} net.ipv6.neigh.default.gc_thresh{1=16,2=64,3=128}

# Sockets.
exhaust numtcpsock 60 ENOMEM socket tcp 400
exhaust numtcpsock 60 ENOBUFS socket tcp6 400
exhaust numothersock 70 ENOMEM socket udp 400
exhaust numothersock 70 ENOBUFS socket packet 400
exhaust numothersock 70 ENOMEM socket netlink 400
code "pairs: set --numothersock" 0 vpsctl set 251 --numothersock 70
like "pairs: end at it" "$(a '/nethog pair 400')" '^3[0-9] ENOMEM$'
free_all
code "set back" 0 vpsctl set 251 --numothersock unlimited

# Accepted ones: from outside, as many as anybody likes.
a '/nethog hold 0.0.0.0 7001'
code "set --numtcpsock" 0 vpsctl set 251 --numtcpsock 50
"$hog" connect 10.251.0.251 7001 200 >"$tmp/connected"
ok "connections from outside stay below the limit ($(bean numtcpsock), $(cat "$tmp/connected"))" \
	[ "$(bean numtcpsock)" -le 50 ]
ok "and reach it" [ "$(bean numtcpsock)" -ge 45 ]
ok "the rest was refused" [ "$(bean numtcpsock.f)" -gt 0 ]
killall -9 nethog
returned "they go" numtcpsock 3
free_all
returned "with the server the last" numtcpsock 0
code "set back" 0 vpsctl set 251 --numtcpsock unlimited

# Devices. The host is not refused.
there=$(bean numnetdev)
code "set --numnetdev to what there is" 0 vpsctl set 251 --numnetdev "$there"
ip link add hog9 type dummy
ok "the host moves one in" ip link set hog9 netns "${inside[251]//[!0-9]/}"
is "which counts" "$(bean numnetdev)" $((there + 1))
like "no other can be made" "$(a '/nethog link dummy 1')" '^0 ENOSPC$'
# shellcheck disable=SC2086 # words
ok "the host takes it away" ${inside[251]} ip link set hog9 netns 1
is "it does not count any more" "$(bean numnetdev)" "$there"
ip link del hog9
exhaust numnetdev 40 ENOSPC link dummy 200
a 'ip link add hog1 type dummy && ip link del hog1' >/dev/null
is "one that comes and goes is back" "$(bean numnetdev)" "$there"

# Neighbours: more than the host's table would take, and it is not full.
ip link add hog0 type dummy
ip link set hog0 up
for v in 4 6; do
	exhaust numneigh 300 ENOBUFS neigh venet0 $v 4 400
	a "/nethog neigh venet0 $v 4 300" >/dev/null
	is "the host has all of its own ($v)" "$("$hog" neigh hog0 $v 4 100)" "100 0"
	free_all
done
ip link del hog0
code "set --numneigh, low" 0 vpsctl set 251 --numneigh 30
a 'ip link set venet0 arp on; ip address add 10.9.0.1/16 dev venet0; /nethog flood 10.9.1.0 2000' >/dev/null
ok "2000 addresses that are not there: at most 30 ($(bean numneigh))" [ "$(bean numneigh)" -le 30 ]
ok "host to VPS goes on" ping -c 1 -W 5 10.251.0.252
sleep 4
a '/nethog flood 10.9.1.0 1' >/dev/null
returned "what has failed makes room for more" numneigh 5
a 'ip address del 10.9.0.1/16 dev venet0; ip link set venet0 arp off' >/dev/null
ok "the VPS is reached again" ping -c 1 -W 5 10.251.0.251

# Tracked connections.
track='table ip hog { chain out { type filter hook output priority 0; ct state invalid drop; }; }'
# shellcheck disable=SC2086 # words
{
	ok "rules that track connections" ${inside[251]} nft "$track"
	ok "its neighbour's" ${inside[252]} nft "$track"
}
code "set --numconntrack" 0 vpsctl set 251 --numconntrack 90
a '/nethog spray 10.251.255.1 20000 1000' >/dev/null
held=$(bean numconntrack)
ok "of 1000 flows at most 90 are tracked ($held)" [ "$held" -le 90 ]
ok "but many" [ "$held" -ge 60 ]
ok "never more were" [ "$(bean numconntrack.m)" -le 90 ]
ok "it was counted" [ "$(bean numconntrack.f)" -gt 0 ]
is "the neighbour has all" "$(b '/nethog spray 10.251.255.1 20000 300')" 300
ok "which are tracked" [ "$(vpslist -H -o numconntrack 252 | tr -d ' ')" -ge 300 ]
code "set --numconntrack back" 0 vpsctl set 251 --numconntrack unlimited
ok "the VPS can do more" vpsctl exec2 251 'ping -c 1 -W 5 10.251.255.1'

finish
