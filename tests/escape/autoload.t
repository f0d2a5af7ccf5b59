#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel loads modules when it is asked for what it lacks, by whoever asks: code
# that nobody uses and nobody looks at, by a mount, a socket, netlink, the packet
# filter, a program of an unknown format (CVE-2017-6074, CVE-2019-15666,
# CVE-2022-0185 and many more were in such modules).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
list="xfs btrfs erofs vfat isofs nfs fuse cuse wireguard vxlan bonding sit ip6_tunnel ipip ip_gre macvlan ipvlan 8021q sch_netem sch_tbf sch_htb unix_diag af_packet_diag xfrm_user nfnetlink_queue ip_set tcp_bbr ppp_generic dm_flakey autofs4 binfmt_misc nf_conntrack_netlink"
for module in $list; do modprobe -q -r "$module"; done
arena files sockets nest
modules >"$tmp/modules"

same_modules() { # NAME
	modules >"$tmp/now"
	is "$1: no module is loaded" "$(diff "$tmp/modules" "$tmp/now")" ""
	diff "$tmp/modules" "$tmp/now" | sed -n 's/^> //p' | xargs -r modprobe -q -r
}

# asks NAME REASON WORDS...: nothing comes of it, whatever the answer is. REASON
# is "module", or that of who refused before anything was to be loaded.
asks() {
	local name=$1 reason=$2 before=''
	shift 2
	[[ $lsm_reasons != *" $reason "* ]] || before=$(refusals "$reason")
	inside_root "$@" >/dev/null
	refused_by "$reason" "$before" "$name, as root"
	inside_user "$@" >/dev/null
	same_modules "$name"
}

for type in xfs btrfs erofs vfat nfs autofs; do
	asks "mount of $type" module /attack/files mount $type none /tmp/m '""'
done
asks "fsopen of erofs" module /attack/files fsmount erofs none /tmp/m
for kind in wireguard vxlan bond sit ipip gre macvlan vlan; do
	asks "a device of the kind $kind" netdev /attack/sockets link $kind
done
asks "a queue" module /attack/sockets qdisc netem
asks "netlink XFRM" socket /attack/sockets family 16 3 6
vpsctl set $attacker --netfilter disabled >/dev/null 2>&1 </dev/null || fail "the packet filter is taken away"
asks "netlink of the packet filter" netfilter /attack/sockets family 16 3 12
vpsctl set $attacker --netfilter stateful >/dev/null 2>&1 </dev/null || fail "and given back"
asks "sockets of PPP" socket /attack/sockets family 24 1 0
asks "sockets of SCTP" module /attack/sockets family 2 1 132
asks "sockets of a family that is nowhere" socket /attack/sockets family 40 1 0
asks "cryptography" socket /attack/sockets alg hash 'sha3-512'
asks "congestion control" "not asked for" /attack/sockets congestion bbr
asks "the name of a device" "not asked for" /attack/sockets ifname sit0
asks "the format of a program" module 'sh -c "printf \\\\001\\\\002\\\\003\\\\004XYZ >/tmp/odd; chmod 755 /tmp/odd; /tmp/odd"'
verb_of() { sed -n 's/^[a-z]* family.*/socket/p; s/^[a-z]* \([a-z]*\) .*/\1/p' <<<"$1" | head -n 1; }
feature nesting on
for words in "files mount erofs none /tmp/m ''" "files mount xfs none /tmp/m ''" "sockets link wireguard" "sockets link sit" \
	"sockets qdisc netem" "sockets family 16 3 6" "sockets family 2 1 132"; do
	# What nest itself cannot do is told otherwise.
	like "${words#* } is tried, nested" "$(inside_root "/attack/nest Umn /attack/$words")" "^$(verb_of "$words"): E[A-Z]+$"
	like "and nested twice by a user" "$(inside_user "/attack/nest UUmn /attack/$words")" "^$(verb_of "$words"): E[A-Z]+$"
done
same_modules "all of it, nested"
feature nesting off
host_unchanged
neighbour_well

# bitten MODULE NAME COMMAND...
bitten() {
	local module=$1
	shift
	plain "${@:2}" >/dev/null 2>&1 </dev/null
	like "it bites: $1" "$(modules)" "(^|"$'\n'")$module($|"$'\n'")"
	modprobe -q -r "$module"
}
bitten erofs "a mount in a user namespace of the host" "$attacks/files" mount erofs none /tmp/kontext-m ""
bitten vxlan "a network device" "$attacks/sockets" link vxlan
bitten unix_diag "netlink" "$attacks/sockets" netlink 4 20
bitten sch_netem "a queue" "$attacks/sockets" qdisc netem
bitten xfrm_user "a netlink protocol" "$attacks/sockets" family 16 3 6
rmdir /tmp/kontext-m
done_testing
