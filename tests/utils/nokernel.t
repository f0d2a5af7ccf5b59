#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# On a kernel without contexts: what needs them says so, returns 5 and changes
# nothing; the rest works.
set -u
# shellcheck source=tests/utils/lib.sh
. "$(dirname "$0")/lib.sh"

vpsctl=${O:?}/vpsctl
if grep -q '^Ctx:' /proc/self/status; then
	echo "1..0 # SKIP this kernel has contexts"
	exit 0
fi
mkdir -p "$templates/tiny/root/sbin"

state() {
	(cd "$tmp/host" && find . -path ./lock -prune -o -printf '%p %y %m %i %s\n' | sort &&
		sha256sum conf/* 2>&1)
	grep -F "$tmp" /proc/self/mountinfo
	ls /sys/class/net
}
refused() {
	[ "$status" = 5 ] && one_line && grep -q 'kernel' "$tmp/err" &&
		cmp -s "$tmp/before" <(state)
}

run "$vpsctl" create 101 --ostemplate tiny
ok "create works" [ "$status" = 0 ]
state >"$tmp/before"
for verb in start stop restart cleanup; do
	run "$vpsctl" $verb 101
	ok "$verb: 5, one line, nothing changed" refused
done
for verb in exec exec2; do
	run "$vpsctl" $verb 101 true
	ok "$verb: 5, one line, nothing changed" refused
done
run "$vpsctl" enter 101
ok "enter: 5, one line, nothing changed" refused
run "$O/vpsd"
ok "vpsd: 5, one line, nothing changed" refused
run "$vpsctl" status 101
ok "status works" grep -qx 'CTID 101 exist unmounted down' "$tmp/out"
run "$O/vpslist" -a -H -o ctid,status
ok "vpslist works" grep -qE '^ *101 stopped' "$tmp/out"
run "$vpsctl" set 101 --ram 64M --save
ok "set works" grep -qx 'PHYSPAGES="0:16384"' "$tmp/host/conf/101.conf"
run "$vpsctl" destroy 101
ok "destroy works" [ "$status$(find "$tmp/host/conf" "$tmp/host/private" -name '*101*')" = 0 ]
finish
