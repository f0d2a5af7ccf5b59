#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A setuid file that root of a VPS has made, and that a
# user of the host executes: through the mounted root, /proc/PID/root, the private
# area, or a descriptor.
. "$(dirname "$0")/lib.sh"
arena whoami
chmod 755 "$tmp"
cp "$attacks/whoami" "$tmp/whoami"
as() { "$attacks/as" 1000 "$@" 2>&1; }
inside_root 'cd /attack; cp whoami suid; chmod 6755 suid'
nothing=$'uid 1000 euid 1000\nCapEff:\t0000000000000000'
is "inside it works: a user becomes root there" "$(inside_user /attack/suid | head -n 1)" "uid 1000 euid 0"
is "on the host the program tells" "$(as "$tmp/whoami")" "$nothing"

init=$(vpslist -H -o initpid $attacker | xargs)
for path in /var/lib/vps/root/$attacker /proc/$init/root /var/lib/vps/private/$attacker/upper; do
	like "a user of the host does not reach $path" "$(as "$path/attack/suid")" 'Permission denied'
	is "nor does he see what is there" "$(as ls "$path/" | grep -v denied)" ""
done

# With a descriptor of the directory, which root let him have.
for path in /var/lib/vps/root/$attacker /proc/$init/root; do
	is "by a descriptor of $path he does not become root" \
		"$( (cd "$path/attack" && as ./suid) | grep -c 'euid 0')" 0
	unlike "nor gets a capability" "$( (cd "$path/attack" && as ./suid) )" 'CapEff:.0*[1-9a-f]'
done

# On disk ids are plain, so the directories above are what holds.
is "the areas are for root only" "$(stat -c '%a %u' /var/lib/vps/private /var/lib/vps/private/$attacker /var/lib/vps/root /var/lib/vps/template | sort -u)" "700 0"
as_owner() { "$attacks/as" "$(vpslist -H -o uid $attacker | xargs)" "$@" 2>&1; }
like "nor does one with the id of the VPS's root" "$(as_owner ls /var/lib/vps/private/$attacker)" 'Permission denied'

# Without those directories it bites.
cp "$attacks/whoami" "$tmp/suid"
chmod 4755 "$tmp/suid"
is "where he reaches a setuid file of root, it bites" "$(as "$tmp/suid" | head -n 1)" "uid 1000 euid 0"
chmod 755 /var/lib/vps/private /var/lib/vps/private/$attacker
said=$(as /var/lib/vps/private/$attacker/upper/attack/suid | head -n 1)
chmod 700 /var/lib/vps/private /var/lib/vps/private/$attacker
is "and so it would in the private area" "$said" "uid 1000 euid 0"
inside_root 'rm -f /attack/suid'
finished
