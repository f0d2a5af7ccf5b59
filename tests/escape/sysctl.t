#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Settings: each one below /proc/sys that root inside can open for writing
# is in sysctl.list with its class: own, of a namespace of the VPS; global, the
# host's, which fails. What is not in the list fails until somebody has judged it.
# `KONTEXT_WRITE=1 tests/escape/sysctl.t` in a test machine adds the new ones, as "?".
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
modprobe -q nf_conntrack	# whose settings each network namespace has, once it is there
arena tree nest
list=$escape/sysctl.list
inside_root /attack/tree writable /proc/sys >"$tmp/writable"
grep -v '^#' "$list" | awk '{ print $1 }' | sort >"$tmp/known"
LC_ALL=C sort -o "$tmp/writable" "$tmp/writable"
if [ "${KONTEXT_WRITE-}" ]; then
	comm -13 "$tmp/known" "$tmp/writable" | sed 's/$/ ?/' >>"$list"
fi
like "there are such settings" "$(wc -l <"$tmp/writable")" '^[0-9]{3}'
is "all of them are judged" "$(comm -13 "$tmp/known" "$tmp/writable")" ""
is "the list has no others" "$(comm -23 "$tmp/known" "$tmp/writable")" ""
is "all are of the VPS's own" "$(grep -v '^#' "$list" | awk '$2 != "own"')" ""
is "a user writes none" "$(inside_user /attack/tree writable /proc/sys)" ""
is "a /proc mounted anew has the same" "$(inside_root /attack/nest mp "sh -c 'mount -t proc p /proc && /attack/tree writable /proc/sys'" |
	LC_ALL=C sort | diff "$tmp/writable" -)" ""

# Each is given another value; then the host and the neighbour have theirs.
values() { "$attacks/tree" values <"$tmp/writable"; }
there() { vpsctl exec2 $neighbour /attack/tree values <"$tmp/writable"; }
values >"$tmp/host"
there >"$tmp/there"
vpsctl exec2 $attacker /attack/tree change <"$tmp/writable" >"$tmp/changed"
like "hundreds change inside" "$(wc -l <"$tmp/changed")" '^[1-9][0-9]{2}'
values >"$tmp/host.now"
there >"$tmp/there.now"
is "the host's do not" "$(diff "$tmp/host" "$tmp/host.now" | grep '^>')" ""
is "nor the neighbour's" "$(diff "$tmp/there" "$tmp/there.now" | grep '^>')" ""
host_unchanged
neighbour_well
renew $attacker	# with the values of a new one

file=/proc/sys/net/ipv4/ip_default_ttl
bites "what has the host's namespaces changes it" "" nsenter -t 1 -n sh -c "echo 65 >$file"
is "and the comparison tells" "$(values | diff "$tmp/host" - | grep -c "^> $file 65")" 1
echo 64 >$file
done_testing
