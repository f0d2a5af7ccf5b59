#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The filter of sources: one for each device, met by nothing else, there whatever
# has become of it before, and not to be got round by what a packet carries along.
# That forged sources are dropped is in network.t.
. "$(dirname "$0")/lib.sh"
own 231 232
host6=fd02::ffff filter=()
in_a() { vpsctl exec2 231 "$@" </dev/null 2>&1; }
drops() { nft list chain netdev kontext vps231 | sed -n 's/.*counter packets \([0-9]*\) .*drop$/\1/p'; }
sent() { [[ $(nft list table netdev seen) =~ counter\ packets\ ([2-9]|[1-9][0-9]) ]]; }
filters() { # sorted
	nft list table netdev kontext 2>&1 | sed '1d; $d; s/counter packets.*bytes [0-9]*/counter/' |
		tr '\n\t"' '   ' | sed 's/chain/\n&/g' | sort | xargs
}
for id in 231 232; do
	filter[id]="chain vps$id { type filter hook ingress device vps$id priority filter; policy drop;"
	filter[id]+=" fib saddr . iif oif exists accept counter drop }"
done
both="${filter[*]}"
for id in 231 232; do
	code "create $id" 0 vpsctl create $id --ostemplate busybox --ipadd 10.231.0.$id --ipadd fd02::$id
	code "start $id" 0 vpsctl start $id
done
is "a filter for each device, as the packets come" "$(filters)" "$both"
is "no hook for others" "$(nft list ruleset | grep hook | grep -cv 'ingress device "vps23[12]"')" 0

ip address add $host6/128 dev lo
before=$(drops)
in_a "ip link set venet0 arp on && arping -c 2 -w 3 -I venet0 10.255.0.1; ip link set venet0 arp off" >/dev/null
ok "what is not IP is dropped" [ "$(drops)" -gt "$before" ]

# As packets come in they have their socket still. That it has received by a device
# with the number of ours says nothing: that one is in its own network namespace.
inside=(nsenter -t "$(vpslist -H -o initpid 231 | xargs)" -n)
number=$(cat /sys/class/net/vps231/ifindex)
ip netns add far
"${inside[@]}" ip link add near index "$number" type veth peer name far netns far
"${inside[@]}" sh -c "ip address add fd99::1/64 dev near nodad; ip link set near up; ip route add $host6 dev near src fd99::1"
ip netns exec far sh -c "ip address add $host6/128 dev far nodad; ip link set far up; ip route add fd99::/64 dev far"
ip netns exec far busybox nc -l -p 7777 < <(sleep 30) >"$tmp/far" &
until_true 20 nsenter --net=/run/netns/far sh -c "busybox netstat -ltn | grep -q :7777"
{ echo first && sleep 5 && echo second && sleep 15; } | "${inside[@]}" busybox nc $host6 7777 &
until_true 20 grep -q first "$tmp/far"
is "a connection by a device of this number" "$(cat "$tmp/far")" first
is "it has the number" "$("${inside[@]}" cat /proc/net/dev_mcast | awk '$2 == "near" { print $1; exit }')" "$number"
nft 'add table netdev seen; add chain netdev seen sent { type filter hook ingress device vps231 priority -1; }
	add rule netdev seen sent ip6 saddr fd99::1 counter
	add table ip6 seen; add chain ip6 seen in { type filter hook prerouting priority raw; }
	add rule ip6 seen in ip6 saddr fd99::1 counter'
"${inside[@]}" ip route replace $host6 dev venet0
until_true 20 sent
like "sends by ours" "$(nft list table netdev seen)" "packets [1-9]"
like "and nothing comes in" "$(nft list table ip6 seen)" 'counter packets 0 '
nft delete table netdev seen
nft delete table ip6 seen
"${inside[@]}" sh -c "ip link del near; ip route del $host6 dev venet0"
ip netns pids far | xargs kill
ip netns delete far
pkill -fx "busybox nc $host6 7777"

# Filters that were flushed, and what a killed start has left.
nft flush ruleset
code "set --ipadd after a flush" 0 vpsctl set 232 --ipadd 10.231.0.33
is "puts back all" "$(filters)" "$both"
code "set --ipadd when nothing is missing" 0 vpsctl set 232 --ipadd 10.231.0.34
is "adds nothing" "$(filters)" "$both"
vpsctl stop 232 --fast >/dev/null
is "what stops takes its own along" "$(filters)" "${filter[231]}"
nft flush ruleset
ip link add vps232 type dummy
nft 'add table netdev kontext; add chain netdev kontext vps232 { type filter hook ingress device vps232 priority 0; }
	add rule netdev kontext vps232 accept'
ip link del vps232
ok "start with an old chain of its name" vpsctl start 232
is "makes its own" "$(filters)" "${filter[232]}"
nft flush ruleset
vpsctl restart 232 --fast >/dev/null
is "a restart after a flush puts back all" "$(filters)" "$both"

for id in 231 232; do
	vpsctl stop $id --fast >/dev/null
	vpsctl destroy $id >/dev/null
done
is "none is left" "$(filters)" ""
ip address del $host6/128 dev lo
done_testing
