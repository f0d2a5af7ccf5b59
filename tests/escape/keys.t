#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Keys are known by a serial number that the whole kernel shares, and may belong
# to ids that several VPSs have: nobody may read, use, change or even list those
# of the host or of a neighbour.
. "$(dirname "$0")/lib.sh"
arena keys
k() { "$attacks/keys" "$@"; }
host=$(k add kontext-escape of-the-host)
open=$(k add kontext-escape-open of-the-host-too open)
user=$("$attacks/as" 1000 "$attacks/keys" add kontext-escape-user of-user-1000 open)
theirs=$(vpsctl exec2 $neighbour '/attack/keys add kontext-escape-262 of-262' </dev/null)
theirs_open=$(vpsctl exec2 $neighbour '/attack/keys add kontext-escape-262-open of-262 open' </dev/null)
like "there are keys" "$host $open $user $theirs $theirs_open" '^([0-9]+ ?){5}$'
is "the owner reads his" "$(k read $host)" $'it says: of-the-host\nread: done'
is "with open permissions anybody on the host does" "$("$attacks/as" 1001 "$attacks/keys" read $open)" \
	$'it says: of-the-host-too\nread: done'

# What is not the key's owner is stopped by the key's permissions; what has
# open permissions only by the LSM.
for who in root user; do
	for verb in read update revoke link chown perm; do
		for serial in $host $theirs; do
			refuses "$who: $verb of a closed key" dac '=~^[a-z]+: (EACCES|EPERM|ENOKEY|ENOENT)$' \
				inside_$who "/attack/keys $verb $serial"
		done
		case $verb in
		chown | perm) continue ;;
		esac
		for serial in $open $user $theirs_open; do
			refuses "$who: $verb of an open one" key '=~^[a-z]+: (EACCES|EPERM|ENOKEY)$' inside_$who "/attack/keys $verb $serial"
		done
	done
done
is "the host's keys are what they were" "$(k read $host | head -n 1; k read $open | head -n 1)" \
	$'it says: of-the-host\nit says: of-the-host-too'
is "the neighbour's, too" "$(vpsctl exec2 $neighbour "/attack/keys read $theirs" </dev/null)" $'it says: of-262\nread: done'

# The list shows what one may look at; root inside can have it without any mask.
for who in root user; do
	is "$who: /proc/keys shows no foreign key" "$(inside_$who '/attack/keys count')" "seen: 0"
done
is "nor does a /proc of its own" "$(inside_root 'mkdir -p /tmp/p; mount -t proc proc /tmp/p && grep -c kontext-escape /tmp/p/keys; umount /tmp/p; rmdir /tmp/p')" 0
like "the host's own shows it" "$(k count)" 'seen: [1-9]'
for who in root user; do
	like "$who: no persistent keyring of a foreign id" "$(inside_$who '/attack/keys persistent 100000; /attack/keys persistent 70000')" \
		'EPERM|EINVAL|EACCES'
done

# Same number of the user inside both: not the same keyring.
inside_user '/attack/keys add kontext-escape mine' >/dev/null
run vpsctl exec2 $neighbour '/attack/as 1000 /attack/keys search -4'
is "user 1000 of the neighbour does not find what user 1000 here has" "$out" "search: ENOKEY"
is "here he does" "$(inside_user '/attack/keys search -4')" "search: done"
for serial in $host $open; do k unlink $serial >/dev/null; done
"$attacks/as" 1000 "$attacks/keys" unlink $user >/dev/null

# Where there is no room for a keyring of its own, a command does not come with that
# of its caller: nobody has that any more when the caller is gone.
inside_root 'rm -f /tmp/pid'
is "the quota of root inside is used up" "$(inside_root '/attack/keys fill full')" "fill: EDQUOT"
k with kontext-session-of-the-host secret vpsctl exec2 $attacker 'sleep 100 >/dev/null 2>&1 & echo $! >/tmp/pid' </dev/null
is "a command runs" "$(inside_root 'kill -0 $(cat /tmp/pid) && echo runs')" runs
gone() { ! grep -q kontext-session-of-the-host /proc/keys; }
until_true 20 gone
is "it has not the session of its caller" $? 0
k with kontext-session-of-the-host secret sh -c 'sleep 100 & echo $!' >"$tmp/pid"
until_true 3 gone
is "which would be there" $? 1
kill "$(cat "$tmp/pid")"
inside_root 'kill $(cat /tmp/pid); rm /tmp/pid' >/dev/null
inside_root '/attack/keys clear -4' >/dev/null
finished
