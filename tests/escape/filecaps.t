#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# File capabilities carry the id of the root that gave them. Those of one VPS are
# worth nothing on the host and in another VPS; those of a user's own namespace
# nothing in the VPS; and nobody can name a root that is not his (CVE-2018-18955).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
arena filecaps whoami nest
uid=$(vpslist -H -o uid $attacker | xargs)
as() { "$attacks/as" 1000 "$@" 2>&1; }
inside_root 'cp /attack/whoami /attack/caps; chmod 755 /attack/caps'

is "root inside gives capabilities" "$(inside_root '/attack/filecaps set /attack/caps 2 0')" "set: done"
like "they are worth something inside" "$(inside_user /attack/caps)" 'CapEff:.0*1ff'
like "not more than the VPS has" "$(inside_user 'grep CapBnd /proc/self/status')" 'CapBnd'
is "seen from the host they are the VPS's" "$("$attacks/filecaps" get "/var/lib/vps/root/$attacker/attack/caps")" "revision 3 rootid $uid"
is "on the host they are worth nothing, by a descriptor" "$( (cd "/var/lib/vps/root/$attacker/attack" && as ./caps) | tail -n 1)" \
	$'CapEff:\t0000000000000000'
for root in 65536 70000 100000 4000000000; do
	like "no capabilities for root $root, who is not of the VPS" \
		"$(inside_root "/attack/filecaps set /attack/caps 3 $root")" 'set: (EINVAL|EPERM)'
done
is "for user 1000 as a root, who is" "$(inside_root '/attack/filecaps set /attack/caps 3 1000')" "set: done"
is "they are worth nothing here" "$(inside_user /attack/caps | tail -n 1)" $'CapEff:\t0000000000000000'
is "nor on the host" "$( (cd "/var/lib/vps/root/$attacker/attack" && as ./caps) | tail -n 1)" $'CapEff:\t0000000000000000'

# A user: on his own file, as root of a namespace of his own.
inside_user 'cp /attack/whoami /tmp/caps; chmod 755 /tmp/caps'
refuses "a user sets them" commoncap "set: EPERM" inside_user '/attack/filecaps set /tmp/caps 2 0'
refuses "a user in a namespace of his own" userns 'unshare: EPERM' inside_user '/attack/filecaps nested /tmp/caps'
is "the file gives nothing" "$(inside_user /tmp/caps | tail -n 1)" $'CapEff:\t0000000000000000'

# With nesting he has one, and its root is he. A map of many pieces is kept in
# another way, which once gave ids of the host (CVE-2018-18955).
feature nesting on
is "with nesting, as root there" "$(inside_user '/attack/filecaps nested /tmp/caps')" "set: done"
is "they are that root's" "$("$attacks/filecaps" get "/var/lib/vps/root/$attacker/tmp/caps")" "revision 3 rootid $((uid + 1000))"
is "and give nothing" "$(inside_user /tmp/caps | tail -n 1)" $'CapEff:\t0000000000000000'
is "nor to others" "$(inside_root '/attack/as 1001 /tmp/caps' | tail -n 1)" $'CapEff:\t0000000000000000'
inside_root 'cp /attack/whoami /tmp/many; chown 1001:1001 /tmp/many'
is "in a namespace with a map of many pieces" "$(inside_root '/attack/filecaps many /tmp/many 5')" $'chown: done\nset: done'
is "the ids are the VPS's" "$(stat -c '%u %g' "/var/lib/vps/root/$attacker/tmp/many")" "$((uid + 1005)) $((uid + 1005))"
is "the root of the capabilities, too" "$("$attacks/filecaps" get "/var/lib/vps/root/$attacker/tmp/many")" "revision 3 rootid $((uid + 1000))"
feature nesting off
inside_root 'rm -f /tmp/caps /tmp/many /attack/caps'

# The same attribute by root of the host.
chmod 755 "$tmp"
cp "$attacks/whoami" "$tmp/caps"
"$attacks/filecaps" set "$tmp/caps" 2 0 >/dev/null
like "given by the host it bites" "$(as "$tmp/caps")" 'CapEff:.0*1ff'
"$attacks/filecaps" set "$tmp/caps" 3 "$uid" >/dev/null
is "and with the VPS's root it does not" "$(as "$tmp/caps" | tail -n 1)" $'CapEff:\t0000000000000000'
finished
