#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Addresses of VPSs: reached from the host and from each other, changed while
# they run, and no other source gets out.
. "$(dirname "$0")/lib.sh"
own 231 232
inventory >"$tmp/before"
in_a() { vpsctl exec2 231 "$@" </dev/null 2>&1; }
saved() { sed -n 's/^IP_ADDRESS="\(.*\)"/\1/p' "/etc/vps/conf/$1.conf"; }
reach() { ok "$1 is reached from the host" ping -c 1 -W 10 "$1"; }
lost() { no "$1 is not reached" ping -c 1 -W 2 "$1"; }
from_a() { ok "231 reaches $1" vpsctl exec2 231 "ping -c 1 -W 10 $1"; }

code "create" 0 vpsctl create 231 --ostemplate busybox --ipadd 10.231.0.1 \
	--ipadd 10.231.0.2 --ipadd fd02::231 --ipadd fd02:0::231:2
is "addresses are kept in their usual form" "$(saved 231)" "10.231.0.1 10.231.0.2 fd02::231 fd02::231:2"
code "create another" 0 vpsctl create 232 --ostemplate busybox --ipadd 10.231.0.32 --ipadd fd02::232
ok "start" vpsctl start 231
ok "start the other" vpsctl start 232
give 231
give 232

for ip in 10.231.0.1 10.231.0.2 fd02::231 fd02::231:2 10.231.0.32 fd02::232; do reach $ip; done
host4=10.255.0.1 host6=fd02::ffff
ip address add $host4/32 dev lo
ip address add $host6/128 dev lo
for ip in $host4 $host6 10.231.0.32 fd02::232 127.0.0.1 ::1 10.231.0.1; do from_a $ip; done
is "no bridge on the host" "$(ip -o link show type bridge)" ""
is "one device for each" "$(ip -o link show type veth | grep -c 'vps23[12]')" 2
is "routes to its addresses only" "$({ ip -4 route show dev vps231
	ip -6 route show dev vps231 | grep -v '^fe80'; } | awk '{ print $1 }' | sort | xargs)" \
	"10.231.0.1 10.231.0.2 fd02::231 fd02::231:2"
is "addresses inside are /32 and /128" "$(in_a 'ip -o address show dev venet0' |
	awk '$4 !~ /^fe80/ { print $4 }' | sort | xargs)" \
	"10.231.0.1/32 10.231.0.2/32 fd02::231/128 fd02::231:2/128"

# Live changes, saved and not.
code "set --ipadd --save" 0 vpsctl set 231 --ipadd 10.231.0.3 --ipadd fd02::231:3 --save
reach 10.231.0.3
reach fd02::231:3
is "saved" "$(saved 231)" "10.231.0.1 10.231.0.2 fd02::231 fd02::231:2 10.231.0.3 fd02::231:3"
code "set --ipdel --save" 0 vpsctl set 231 --ipdel 10.231.0.3 --ipdel fd02::231:3 --ipdel 10.231.0.2 --save
lost 10.231.0.3
lost fd02::231:3
lost 10.231.0.2
reach 10.231.0.1
is "saved too" "$(saved 231)" "10.231.0.1 fd02::231 fd02::231:2"
code "set without --save" 0 vpsctl set 231 --ipadd 10.231.0.4
reach 10.231.0.4
is "is not saved" "$(saved 231)" "10.231.0.1 fd02::231 fd02::231:2"
code "restart" 0 vpsctl restart 231 --fast
give 231
lost 10.231.0.4
reach 10.231.0.1

# Bad ones change nothing.
refused "an address of the other" 78 '10\.231\.0\.32.*232' vpsctl set 231 --ipadd 10.231.0.32 --save
refused "written in another way" 78 'fd02::232' vpsctl set 231 --ipadd fd02:0:0::0232 --save
for bad in 10.231.0 10.231.0.256 10.231.0.1x '' ' ' fd02:::1 fd02::g 1.2.3.4.5 all -1 '10.0.0.1 10.0.0.2' \
	0.0.0.0 :: 127.0.0.1 ::1 224.0.0.1 255.255.255.255 ff02::1 fe80::1 ::ffff:10.0.0.1; do
	refused "bad address '$bad'" 71 "=\"$bad\"" vpsctl set 231 --ipadd "$bad" --save
done
refused "--ipdel of what it has not" 21 '10\.9\.9\.9' vpsctl set 231 --ipdel 10.9.9.9 --save
is "nothing was saved" "$(saved 231)" "10.231.0.1 fd02::231 fd02::231:2"
reach 10.231.0.1

# Forged sources: to the host, and to the other VPS.
drops() { nft list chain netdev kontext vps231 | sed -n 's/.*counter packets \([0-9]*\) .*drop$/\1/p'; }
"$probe" udp-recv 9999 "$tmp/received"
vpsctl exec2 232 '/probe udp-recv 9999 /received' </dev/null
in_a 'ip address add 10.231.0.99/32 dev venet0'
before=$(drops)
for source in 10.231.0.99 10.255.0.1 10.231.0.32 10.255.0.2 10.0.2.2; do
	in_a "/probe udp-send $source $host4 9999 forged; /probe udp-send $source 10.231.0.32 9999 forged" >/dev/null
done
for source in fd02::99 fd02::ffff fd02::232 fd00::2; do
	in_a "/probe udp-send $source $host6 9999 forged; /probe udp-send $source fd02::232 9999 forged" >/dev/null
done
no "no answer to a ping from a foreign address" vpsctl exec2 231 "ping -c 1 -W 3 -I 10.231.0.99 $host4"
in_a "/probe udp-send 10.231.0.1 $host4 9999 true; /probe udp-send fd02::231 $host6 9999 true
	/probe udp-send 10.231.0.1 10.231.0.32 9999 true; /probe udp-send fd02::231 fd02::232 9999 true" >/dev/null
sleep 1
is "the host gets what comes from its addresses" "$(sort -u "$tmp/received" | xargs)" \
	"::ffff:10.231.0.1 true fd02::231 true"
is "so does the other VPS" "$(vpsctl exec 232 cat /received | sort -u | xargs)" \
	"::ffff:10.231.0.1 true fd02::231 true"
ok "the 19 others were counted" [ $(($(drops) - before)) -ge 19 ]
pkill -fx "$probe udp-recv 9999 $tmp/received"

in_a 'ip address del 10.231.0.99/32 dev venet0'

# Without an address there is nothing to reach.
code "set --ipdel all" 0 vpsctl set 231 --ipdel all --save
is "none is left" "$(saved 231)" ""
lost 10.231.0.1
no "and it reaches nothing" vpsctl exec2 231 "ping -c 1 -W 2 $host4"
is "its routes are gone" "$(ip -4 route show dev vps231)$(ip -6 route show dev vps231 | grep -v '^fe80')" ""
code "set --ipadd afterwards" 0 vpsctl set 231 --ipadd 10.231.0.5 --save
reach 10.231.0.5
from_a $host4
ip address del $host4/32 dev lo
ip address del $host6/128 dev lo
for id in 231 232; do
	vpsctl stop $id --fast >/dev/null
	vpsctl destroy $id >/dev/null
done
same_inventory "nothing is left" "$tmp/before"
done_testing
