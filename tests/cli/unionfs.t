#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# VPSs of one template: the root is a union, what one changes is its own, what
# both read is in memory once; without the module the roots are on overlayfs.
. "$(dirname "$0")/lib.sh"
own 261 262
limit=120
template=/var/lib/vps/template/union16
modules=/lib/modules/$(uname -r)/kernel/fs/unionfs
forget() {
	wipe
	! mountpoint -q "$modules" || umount "$modules"
	vpstemplate remove union16 >/dev/null 2>&1
}
forget
trap 'forget; rm -rf "$tmp"' EXIT

a() { vpsctl exec2 261 "$@" </dev/null 2>&1; }
b() { vpsctl exec2 262 "$@" </dev/null 2>&1; }
# Of what is on disk; the time of the last access is nobody's change.
listing() { (cd "$1" && find . -printf '%p %y %m %U:%G %s %n %T@ %l\n' | sort | sha256sum); }
cached() { sed -n 's/^Cached: *\([0-9]*\) kB/\1/p' /proc/meminfo; }
type_of_root() { vpsctl exec2 "$1" "awk '\$2 == \"/\" { t = \$3 } END { print t }' /proc/mounts"; }

# busybox, and a file of 16 MiB.
mkdir "$tmp/tree"
cp -a /var/lib/vps/template/busybox/root/. "$tmp/tree"
head -c 16M /dev/urandom >"$tmp/tree/big"
mkdir -p "$tmp/tree/data/deep"
echo template >"$tmp/tree/data/file"
echo template >"$tmp/tree/data/deep/other"
ln "$tmp/tree/data/file" "$tmp/tree/data/link"
chmod 644 "$tmp/tree/data/file"
tar -C "$tmp/tree" -cf "$tmp/tree.tar" .
rm -rf "$tmp/tree"
code "import a template" 0 vpstemplate import union16 "$tmp/tree.tar"
rm -f "$tmp/tree.tar"
before=$(listing $template/root)
big=$(sha256sum <$template/root/big)

code "create" 0 vpsctl create 261 --ostemplate union16 --diskspace 30M --diskinodes 500
code "create its neighbour" 0 vpsctl create 262 --ostemplate union16 --diskspace 60M
code "start" 0 vpsctl start 261
unlike "it says nothing of overlayfs" "$out$err" overlayfs
code "start the other" 0 vpsctl start 262
is "the root is a unionfs" "$(type_of_root 261)" unionfs
is "of the other, too" "$(type_of_root 262)" unionfs
is "the template is that" "$(a 'cat /data/link')" template

# In memory once.
sync
echo 3 >/proc/sys/vm/drop_caches
none=$(cached)
is "one reads 16 MiB" "$(a 'cat /big' | sha256sum)" "$big"
one=$(cached)
is "so does the other" "$(b 'cat /big' | sha256sum)" "$big"
two=$(cached)
ok "the first time it was read ($((one - none)) KiB)" [ $((one - none)) -gt 15000 ]
ok "the second time it was there ($((two - one)) KiB)" [ $((two - one)) -lt 4000 ]

# Changes are of the one.
upper=/var/lib/vps/private/261
blocks=$(du -s -k $upper | cut -f 1)
ok "chmod of 16 MiB" vpsctl exec2 261 'chmod 600 /big'
ok "copies nothing" [ $(($(du -s -k $upper | cut -f 1) - blocks)) -lt 100 ]
is "the mode is the one's" "$(a 'stat -c %a /big')" 600
is "and not the other's" "$(b 'stat -c %a /big')" 644
ok "append to a file with two names" vpsctl exec2 261 'echo mine >>/data/file'
is "both names have it" "$(a 'cat /data/link' | xargs)" "template mine"
is "the other's have not" "$(b 'cat /data/link' | xargs)" template
ok "rename a directory of the template" vpsctl exec2 261 'mv /data/deep /data/moved'
ok "remove a file of the template" vpsctl exec2 261 'rm /data/moved/other && echo new >/data/moved/new'
is "as the one has it" "$(a 'cd /data && find . | sort' | xargs)" ". ./file ./link ./moved ./moved/new"
is "as the other has it" "$(b 'cd /data && find . | sort' | xargs)" ". ./deep ./deep/other ./file ./link"
is "the template is as it was" "$(listing $template/root)" "$before"

# Limits.
is "df shows the limit" "$(a "df -k / | tail -n 1 | awk '{ print \$2 }'")" 30720
is "and the other's" "$(b "df -k / | tail -n 1 | awk '{ print \$2 }'")" 61440
free=$(df -k --output=avail /var/lib/vps | tail -n 1)
run vpsctl exec2 261 'dd if=/dev/zero of=/full bs=1M count=100'
like "100 MiB do not fit" "$status $err" '^1 .*(quota exceeded|No space left)'
run vpsctl exec2 261 'echo x >>/big'
like "nor does a copy of the 16" "$status $err" '^1 .*(quota exceeded|No space left)'
is "which is whole" "$(a 'cat /big' | sha256sum)" "$big"
ok "the neighbour has room" vpsctl exec2 262 'echo x >>/big && rm /big'
ok "the host has lost no more than the limit" [ \
	$((free - $(df -k --output=avail /var/lib/vps | tail -n 1))) -lt 40000 ]
ok "room is made by removing" vpsctl exec2 261 'rm /full && echo room >/room && sync'
run vpsctl exec2 261 'i=0; while [ $i -lt 700 ]; do : >/tmp/f$i || exit 1; i=$((i + 1)); done'
ok "700 files are too many" [ $status != 0 ]
n=$(a 'ls /tmp | wc -l')
ok "about 500 are not ($n)" [ "${n:-0}" -gt 400 ]
ok "the neighbour may have more" vpsctl exec2 262 \
	'i=0; while [ $i -lt 700 ]; do : >/tmp/f$i || exit 1; i=$((i + 1)); done'
ok "remove them" vpsctl exec2 261 'rm -f /tmp/f*'

# Without the module.
kept=$(a 'cd / && find big data room -exec stat -c "%n %a %s" {} + | sort; cat data/file data/moved/new room; sha256sum big')
like "what it has" "$kept" 'big 600 16777216'
code "stop" 0 vpsctl stop 261 --fast
code "stop the other" 0 vpsctl stop 262 --fast
if ! grep -q '^unionfs ' /proc/modules; then
	echo "# unionfs is built in: there is no kernel without it"
	done_testing
fi
until_true 10 rmmod unionfs
no "the module can go when no union is mounted" grep "^unionfs " /proc/modules
mount -t tmpfs none "$modules"
code "start on a kernel without it" 0 vpsctl start 261
like "which says so" "$out$err" 'root is on overlayfs'
is "it is" "$(type_of_root 261)" overlay
is "the VPS has what it had" "$(a 'cd / && find big data room -exec stat -c "%n %a %s" {} + | sort; cat data/file data/moved/new room; sha256sum big')" "$kept"
ok "it changes more" vpsctl exec2 261 'echo overlay >>/data/link && rm -r /data/moved && chmod 640 /big'
code "stop" 0 vpsctl stop 261 --fast
umount "$modules"
code "start with the module again" 0 vpsctl start 261
unlike "nothing about overlayfs" "$out$err" overlayfs
is "on unionfs" "$(type_of_root 261)" unionfs
is "with what was changed meanwhile" "$(a 'cat /data/file; ls /data; stat -c %a /big' | xargs)" \
	"template mine overlay file link 640"
ok "stop" vpsctl stop 261 --fast
code "no damage" 0 fsck.unionfs -n -o \
	"lowerdir=$template/root,upperdir=$upper/upper,workdir=$upper/work"
is "the template is as it was" "$(listing $template/root)" "$before"
done_testing
