#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A union mounted by somebody who is root only in a namespace of his own copies a
# file up with rights that he never had: capabilities (CVE-2021-3493, and
# CVE-2023-2640 by metacopy), or a setuid file of a filesystem whose owners are
# his invention (CVE-2023-0386, with FUSE). Both of the kernel's unions.
. "$(dirname "$0")/lib.sh"
own 263
arena copyup whoami
nothing=$'CapEff:\t0000000000000000'

prepare() { # DIR, as user 1000; "theirs" is a setuid file of root
	inside_root "rm -rf $1; mkdir -m 777 $1"
	inside_user "cd $1 && mkdir lower upper work merged && cp /attack/whoami lower/program && cp /attack/whoami lower/suid && chmod 755 lower/*"
	inside_root "cp /attack/whoami $1/lower/theirs; chmod 6755 $1/lower/theirs"
}
for type in overlay unionfs; do
	prepare /tmp/u
	refuses "$type: a user with a namespace of his own" userns '=~^(namespace|mount): (EPERM|EACCES|ENOSPC)$' \
		inside_user "/attack/copyup $type /tmp/u"
	is "$type: nothing has come to his branch" "$(inside_root 'ls /tmp/u/upper')" ""

	# Root inside may: what comes to the branch is his own affair, not the host's.
	said=$(inside_root "/attack/copyup $type /tmp/u")
	like "$type: root inside" "$said" '^mount: (done.capabilities: done.owner: done.setuid: done|EPERM|EACCES|ENODEV|EINVAL)'
	inside_root 'cd /tmp/u/upper && cp -p program suid theirs / 2>/dev/null' >/dev/null
	for file in program suid theirs; do
		path=/var/lib/vps/root/$attacker/tmp/u/upper
		[ -e "$path/$file" ] || continue
		unlike "$type: $file gives a user of the host nothing" \
			"$( (cd "$path" && "$attacks/as" 1000 "./$file" 2>&1) )" 'euid 0|CapEff:.0*[1-9a-f]'
	done
	inside_root 'rm -rf /tmp/u'
done

# The union that is the root: writing to a setuid file takes the bit away, chown
# too, and a copy of one keeps owner and mode as the template has them.
vpsctl --quiet create 263 --ostemplate busybox
vpsctl --quiet mount 263
cp "$attacks/whoami" /var/lib/vps/root/263/suid
chown 1000 /var/lib/vps/root/263/suid
chmod 4777 /var/lib/vps/root/263/suid
vpsctl --quiet umount 263
vpsctl --quiet start 263
give_attack 263 as
b() { timeout 30 vpsctl exec2 263 "$@" </dev/null 2>&1; }
is "setuid inside, of user 1000" "$(b '/attack/as 1001 /suid' | head -n 1)" "uid 1001 euid 1000"
b "/attack/as 1001 /bin/sh -c 'echo >>/suid'" >/dev/null
is "another user writes to it: the bit is gone" "$(b 'stat -c %a /suid')" 777

# On the host, where the mounter is root indeed, it bites.
mkdir -p "$tmp/u"/{lower,upper,work,merged}
chmod 755 "$tmp"
for file in program suid theirs; do cp "$attacks/whoami" "$tmp/u/lower/$file"; done
(exec unshare -m "$attacks/copyup" overlay "$tmp/u") >"$tmp/said" 2>&1
like "by root of the host it bites" "$("$attacks/as" 1000 "$tmp/u/upper/program"; "$attacks/as" 1000 "$tmp/u/upper/suid")" \
	'CapEff:.0*1ff.*euid 0'
vpsctl --quiet stop 263 --fast
wipe
finished
