#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A union mounted by somebody who is root only in a namespace of his own copies a
# file up with rights that he never had: capabilities (CVE-2021-3493, and
# CVE-2023-2640 by metacopy), or a setuid file of a filesystem whose owners are
# his invention (CVE-2023-0386, with FUSE). Both of the kernel's unions.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
own 263
arena copyup whoami nest fuse files
init=$(vpslist -H -o initpid $attacker | xargs)

# prepare DIR: for user 1000. "theirs" is a setuid file of root that he may write to,
# as it is when its filesystem says what he likes.
prepare() {
	inside_root "umount $1 2>/dev/null; rm -rf $1; mkdir -m 777 $1; [ $1 = /tmp/u ] || mount -t tmpfs -o mode=777 t $1"
	inside_user "cd $1 && mkdir lower upper work merged && cp /attack/whoami lower/program && cp /attack/whoami lower/suid && chmod 755 lower/*"
	inside_root "cp /attack/whoami $1/lower/theirs; chmod 6777 $1/lower/theirs"
}

# worthless NAME DIR FILE...: that is what has come to the branch, and it gives
# nothing to a user of the VPS or of the host.
worthless() {
	local name=$1 dir=$2 file
	shift 2
	is "$name: what has come to the branch" "$(inside_root "ls $dir/upper" | xargs)" "$*"
	for file; do
		unlike "$name: $file gives a user of the VPS nothing" \
			"$(inside_root "/attack/as 1001 $dir/upper/$file")" 'cannot|euid 0|CapEff:.0*[1-9a-f]'
		unlike "$name: nor one of the host" \
			"$( (cd "/proc/$init/root$dir/upper" && "$attacks/as" 1000 "./$file" 2>&1) )" 'cannot|euid 0|CapEff:.0*[1-9a-f]'
	done
}

for union in "overlay /tmp/u" "overlay /tmp/t" "unionfs /tmp/t"; do
	dir=${union#* }
	prepare $dir
	refuses "$union: a user with a namespace of his own" userns "namespace: EPERM" \
		inside_user "/attack/copyup $union"
	worthless "$union" $dir

	feature nesting on
	done=$'mount: done\ncapabilities: done\nowner: done\nsetuid: done\ntouch: '
	is "$union: with nesting he mounts it" "$(inside_user "/attack/copyup $union")" "${done}EOVERFLOW"
	worthless "$union, a user's" $dir program suid
	prepare $dir
	inside_root "cd $dir && chown 0:0 upper work lower/program lower/suid"
	is "$union: root inside, nested" "$(inside_root "/attack/nest Um /attack/copyup $union")" "${done}done"
	feature nesting off

	# Root may inside: what comes to the branch is his own affair, not the host's.
	prepare $dir
	is "$union: root inside" "$(inside_root "/attack/copyup $union")" "${done}done"
	for file in program suid theirs; do
		unlike "$union: root's $file gives a user of the host nothing" \
			"$( (cd "/proc/$init/root$dir/upper" && "$attacks/as" 1000 "./$file" 2>&1) )" 'cannot|euid 0|CapEff:.0*[1-9a-f]'
	done
	# The host's own mount of it knows no user namespace.
	[ $dir = /tmp/t ] || for file in program suid theirs; do
		unlike "$union: nor by the host's mount" \
			"$( (cd "/var/lib/vps/root/$attacker$dir/upper" && "$attacks/as" 1000 "./$file" 2>&1) )" 'cannot|euid 0|CapEff:.0*[1-9a-f]'
	done
	inside_root "umount $dir; rm -rf $dir" >/dev/null 2>&1
done

# The lower branch on FUSE, where the owner is what the server says.
for feature in nesting fuse; do feature $feature on; done
is "a node for FUSE" "$(inside_root /attack/files mknod /tmp/fuse c 10 229)" "mknod: done"
for union in "overlay /tmp/u" "unionfs /tmp/t"; do
	dir=${union#* }
	prepare $dir
	inside_root "setsid /attack/fuse /tmp/fuse $dir/lower theirs serve /attack/whoami >/tmp/served 2>&1 </dev/null &" >/dev/null
	eventually "$union: FUSE serves" vpsctl exec2 $attacker "grep -q 'serving: done' /tmp/served"
	tried=$'mount: done\ncapabilities: ENOENT\nowner: ENOENT\nsetuid: ENOENT\ntouch: '
	is "$union: FUSE below a user's" "$(inside_user "/attack/copyup $union")" "${tried}EOVERFLOW"
	worthless "$union: FUSE below a user's" $dir
	is "$union: FUSE below root's, where it bites" "$(inside_root "/attack/copyup $union")" "${tried}done"
	like "$union: which gives root's rights inside" "$(inside_root "/attack/as 1001 $dir/upper/theirs")" 'euid 0'
	inside_root "killall fuse; umount $dir/lower; umount $dir; rm -rf $dir /tmp/served" >/dev/null 2>&1
done
for feature in nesting fuse; do feature $feature off; done
inside_root 'rm -f /tmp/fuse'

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
