#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Disk limits are those of a project on the host's filesystem: the VPS must not
# change the project of its files, nor any limit, its own or a neighbour's.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
arena quota
ok "the attacker has a limit" vpsctl set $attacker --diskspace 24M
projid() { lsattr -pd "$1" | awk '{ print $1 }'; }
upper=/var/lib/vps/private/$attacker/upper

inside_root 'rm -rf /root/dir; mkdir /root/dir; echo x >/root/file; mknod /root/vdb b 254 16' >/dev/null 2>&1
inside_user 'echo x >/tmp/userfile'
is "its files have its project" "$(projid $upper/root/file)" "$attacker"
for target in "root /root/file" "root /root/dir" "root /" "user /tmp/userfile" "root /bin/busybox" "user /"; do
	for project in $neighbour $attacker; do
		said=$(inside_${target% *} "/attack/quota ${target#* } $project")
		unlike "${target% *} on ${target#* }, project $project: nothing is done" "$said" ': done'
		like "all of it has been tried" "$(grep -cE '^(set|quota|get) ' <<<"$said")" '^2[23]$'
		# No user namespace below the first may say what project a file has.
		case $target in
		"user /") why=EPERM ;;
		*) why=EINVAL ;;
		esac
		is "the project is refused" "$(sed -nE '/: it is so$/d; s/^set (project|no project|inheritance|flag): //p' <<<"$said" | sort -u)" $why
		# The union knows no limits, and there is no other way to their file system.
		is "and the limits" "$(grep -E 'quota( off)? [012](:| of /:)' <<<"$said" | sed 's/.*: //' | sort | uniq -c | xargs)" "9 ENOSYS 3 ENOTBLK"
	done
done
said=$(half "$attacks/quota" /var/lib/vps $neighbour)
for what in "set project" "set inheritance" "set quota 2" "quota off 2" "get quota 2" "set quota 2 of /dev/vdb"; do
	like "in reach of the file system, $what" "$said" "$what: EPERM"
done
for who in root user; do
	refuses "$who brings all quotas to disk" quota "sync: EPERM" inside_$who '/attack/quota sync'
done
is "the project of the file is what it was" "$(projid $upper/root/file) $(projid $upper/root/dir)" "$attacker $attacker"
like "and goes on to what is made below" "$(lsattr -pd $upper/root/dir)" '^ *261 [^ ]*P'

# The limit holds, however it writes: also through links and renames.
inside_root 'cd /root; dd if=/dev/zero of=big bs=1M count=40 2>&1; ls -s big' >"$tmp/said"
like "the limit holds" "$(cat "$tmp/said")" 'No space left|quota'
used=$(du -sm $upper | cut -f 1)
[ "$used" -le 25 ]
is "no more than that is used: $used MB" $? 0
ok "the neighbour has space" vpsctl exec2 $neighbour 'dd if=/dev/zero of=/tmp/big bs=1M count=30 2>/dev/null; s=$?; rm -f /tmp/big; exit $s'
inside_root 'rm -rf /root/big /root/dir /root/file /root/vdb /tmp/userfile'

# By the host's root it is done.
area=/var/lib/vps/quota-attack
mkdir -p $area
chattr -p 77 $area
like "on the host it bites" "$("$attacks/quota" $area 4242)" 'set project: done.set no project: done.set inheritance: done.set flag: done.*set quota 2: done.*set quota 2 of /dev/vdb: done'
is "anybody of the host brings quotas to disk" "$("$attacks/as" 1000 "$attacks/quota" sync)" "sync: done"
rmdir $area
vpsctl set $attacker --diskspace unlimited >/dev/null
finished
