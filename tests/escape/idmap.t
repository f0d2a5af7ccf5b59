#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The same id inside is another one outside: user 1000 of a VPS has no right to
# what user 1000 of the host, or of a neighbour, owns, by whatever way he holds it;
# and no id can be had that is not of the VPS's range.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
chmod 755 "$tmp"
echo secret >"$tmp/file"
chown 1000:1000 "$tmp/file"
chmod 600 "$tmp/file"
arena idmap nest
base=$(vpslist -H -o uid $attacker | xargs) theirs=$(vpslist -H -o uid $neighbour | xargs)
like "the ranges are apart" "$((base > theirs ? base - theirs : theirs - base))" '^[0-9]{5,}$'

all='read: EACCES.write: EACCES.chmod: (EPERM|EACCES).chown: (EPERM|EACCES|EOVERFLOW)'
for uid in 0 1000; do
	said=$(vpsctl exec2 $attacker "/attack/as $uid /attack/idmap reopen" <"$tmp/file" 2>&1)
	like "user $uid: what user 1000 of the host owns, by a descriptor" "$said" "$all"
done
is "user 1000 of the host can: it bites" "$("$attacks/as" 1000 "$attacks/idmap" reopen <"$tmp/file" | head -n 2)" $'read: done\nwrite: done'
chmod 600 "$tmp/file"

vpsctl exec2 $neighbour 'echo secret262 >/tmp/f; chown 1000:1000 /tmp/f; chmod 600 /tmp/f' </dev/null
file=/var/lib/vps/root/$neighbour/tmp/f
is "a file of the neighbour's user 1000 has his id" "$(stat -c %u "$file")" $((theirs + 1000))
said=$(vpsctl exec2 $attacker "/attack/as 1000 /attack/idmap reopen" <"$file" 2>&1)
like "user 1000 here, by a descriptor" "$said" "$all"
is "user 1000 there can" "$(vpsctl exec2 $neighbour '/attack/as 1000 /attack/idmap reopen' <"$file" 2>&1 | head -n 2)" $'read: done\nwrite: done'
vpsctl exec2 $neighbour 'rm -f /tmp/f' </dev/null

is "no id beyond the range" "$(inside_root '/attack/idmap ids' | sort | uniq -c | xargs)" "5 chown: EINVAL 5 setgroups: EINVAL 5 setresuid: EINVAL"
everyone "no namespace of one's own" userns "      6 unshare: EPERM" "/attack/idmap map | sort | uniq -c"
# Where there is one it has what its maker has, and no more.
feature nesting on
for how in "root " "root /attack/nest U " "user " "user /attack/nest UU "; do
	refuses "$how: no map of ids that it has not" namespace $'own map: done\nmap: EPERM\nmap: EPERM\nmap: EPERM\nmap: EPERM\nmap: EPERM' \
		inside_${how%% *} "${how#* }/attack/idmap map"
done
feature nesting off
is "root of the host can: it bites" "$("$attacks/idmap" map | head -n 3)" $'own map: done\nmap: done\nmap: done'

# Counted by id: what user 1000 uses up here is not missing there. Pending signals,
# inotify instances and processes are counted for the user in his VPS.
inside_user 'ulimit -p 20 2>/dev/null; i=0; while [ $i -lt 15 ]; do sleep 20 & i=$((i + 1)); done; sleep 0.2' >/dev/null
ok "user 1000 of the neighbour has his processes" vpsctl exec2 $neighbour "/attack/as 1000 /bin/sh -c 'ulimit -p 10; /bin/true && /bin/sh -c /bin/true'"
inside_root 'killall -9 sleep' >/dev/null
finished
