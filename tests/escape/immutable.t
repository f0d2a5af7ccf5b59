#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# chattr +i and +a: a VPS must not make files that the host's root cannot remove
# (its own destruction would fail), and not undo what the host has made so.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
own 263
arena immutable nest
vpsctl --quiet create 263 --ostemplate busybox
vpsctl --quiet start 263
give_attack 263 immutable
b() { timeout 30 vpsctl exec2 263 "$@" </dev/null 2>&1; }
inside_root 'echo x >/root/file; mkdir -p /root/dir'
inside_user 'echo x >/tmp/userfile'
all=$'immutable: EPERM\nappend-only: EPERM\njournal data: EPERM\nimmutable by fsxattr: EPERM'
for file in /root/file /root/dir /bin/busybox /etc /; do
	refuses "root: $file" commoncap "$all" inside_root "/attack/immutable $file"
done
refuses "user: his file" commoncap "$all" inside_user '/attack/immutable /tmp/userfile'
nested "his file" commoncap "$all" /attack/immutable /tmp/userfile
is "root can write to it as before" "$(inside_root 'echo y >>/root/file; xargs </root/file')" "x y"
is "no flag has come to the branch" "$(lsattr -dR /var/lib/vps/private/$attacker/upper/root 2>/dev/null | awk '$1 ~ /[ia]/ { print }')" ""
inside_root 'rm -rf /root/file /root/dir /tmp/userfile'

# What the host has made so stays so.
b 'echo kept >/root/kept' >/dev/null
vpsctl --quiet stop 263 --fast
chattr +i /var/lib/vps/private/263/upper/root/kept
vpsctl --quiet start 263
unlike "the host's flag: root inside cannot write, remove or rename it" \
	"$(b 'echo x >/root/kept && echo wrote; rm -f /root/kept && echo removed; mv /root/kept /root/gone && echo renamed; chmod 777 /root/kept && echo chmod')" \
	'wrote|removed|renamed|chmod$'
is "it is what it was" "$(b 'cat /root/kept')" kept
vpsctl --quiet stop 263 --fast
chattr -i /var/lib/vps/private/263/upper/root/kept

echo x >"$tmp/file"
mkdir -p /var/lib/vps/flag-attack
touch /var/lib/vps/flag-attack/file
like "by root of the host it bites" "$("$attacks/immutable" /var/lib/vps/flag-attack/file)" '^immutable: done'
chattr -ia /var/lib/vps/flag-attack/file
rm -rf /var/lib/vps/flag-attack
ok "a VPS that has tried can be destroyed" vpsctl destroy 263
finished
