#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Removing templates: not while in use, however deep they are, and never what
# a link or a mount leads to. And imports that find the disk full.
set -u
# shellcheck source=tests/utils/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir -p "$tmp/tree/etc"
echo x >"$tmp/tree/etc/x"
tar -C "$tmp/tree" -cf "$tmp/t.tar" .
"$vpstemplate" import t "$tmp/t.tar"
conf=$tmp/host/conf

refused() { # STATUS PATTERN
	[ "$status" = "$1" ] && one_line && grep -q "$2" "$tmp/err"
}

printf 'VE_PRIVATE="/x"\nOSTEMPLATE="t"\n' >"$conf/205.conf"
printf 'OSTEMPLATE=t\n' >"$conf/1003.conf"
printf 'OSTEMPLATE="other"\n' >"$conf/300.conf"
printf 'OSTEMPLATE="t"\n' >"$conf/notes.conf"
run "$vpstemplate" remove t
ok "refused while VPSs are made of it, by their ids" refused 93 'in use by VPS 205, 1003$'
ok "and it is whole" [ -f "$templates/t/root/etc/x" ]
for id in $(seq 2000 2020); do echo 'OSTEMPLATE="t"' >"$conf/$id.conf"; done
run "$vpstemplate" remove t
ok "many of them are counted" refused 93 'and 15 more$'
rm "$conf"/*.conf
run "$vpstemplate" remove t
ok "removed when none is left" [ "$status" = 0 ]
ok "without a trace" nothing_left
run "$vpstemplate" remove t
ok "a second time there is none" refused 91 'no template "t"'
run "$vpstemplate" info t
ok "nor for info" refused 91 'no template "t"'
run "$vpstemplate" remove ../conf
ok "a name with a slash is refused" refused 133 'bad template name'

# A template made by hand, with what no archive would bring.
hand=$templates/hand/root
mkdir -p "$hand" "$tmp/precious"
echo precious >"$tmp/precious/file"
ln -s "$tmp/precious" "$hand/link"
ln -s "$tmp/precious/file" "$hand/.kx-removed-0"
mkdir -p "$hand/.kx-removed-1/.kx-removed-2/.kx-removed-3"
echo x >"$hand/.kx-removed-1/.kx-removed-2/.kx-removed-3/x"
python3 - "$hand" <<'END'
import os, sys
os.chdir(sys.argv[1])
for top in b"deep", b"\xff\n":
    here = os.open(".", os.O_RDONLY)
    for i in range(5000):
        name = top if i == 0 else b"d" * 200
        os.mkdir(name)
        if i % 100 == 0:
            open(name + b"/file", "w").close()
            os.mkdir(name + b"/side")
            os.mkdir(name + b"/side/side")
        os.chdir(name)
    os.fchdir(here)
os.mkdir("wide")
for i in range(3000):
    os.mkdir("wide/%d" % i)
    open("wide/%d/f" % i, "w").close()
END
ok "a template made by hand is listed" grep -q '^hand ' <("$vpstemplate" list -H)
# Few descriptors and a small stack must do.
run bash -c 'ulimit -n 32; ulimit -s 256; exec "$@"' - "$vpstemplate" remove hand
ok "10,000 directories, 5,000 deep, are removed" [ "$status" = 0 ]
ok "without a trace" nothing_left
ok "what the links led to is still there" grep -q precious "$tmp/precious/file"

mkdir -p "$templates/hand/root/a/b"
mount -t tmpfs none "$templates/hand/root/a/b"
echo kept >"$templates/hand/root/a/b/kept"
# shellcheck disable=SC2016 # for eval
at_exit='umount "$tmp"/host/template/.remove-*/root/a/b "$tmp"/host/template/.remove-*/*/b "$tmp"/host/template/.remove-*/.kx*/b "$tmp/full" 2>/dev/null'
run "$vpstemplate" remove hand
ok "a mount in it is not crossed" refused 3 'mounted'
mounted=$(awk -v t="$templates/" 'index($2, t) == 1 { print $2 }' /proc/self/mounts)
ok "and what is mounted is untouched" grep -q kept "$mounted/kept"
umount "$mounted"
"$vpstemplate" import t "$tmp/t.tar"
ok "the next command sweeps what was left" [ "$(ls -A "$templates")" = t ]
"$vpstemplate" remove t

# A disk that is full in the middle of an import.
mkdir "$tmp/full"
mount -t tmpfs -o size=8m none "$tmp/full"
new_host "$tmp/full/host"
head -c 40000000 /dev/zero | tee "$tmp/tree/zeros" >/dev/null
tar -C "$tmp/tree" -czf "$tmp/bomb.tar.gz" .
before=$(df --output=used "$tmp/full" | tail -n 1)
run "$vpstemplate" import t "$tmp/bomb.tar.gz"
ok "an archive larger than the disk is refused" refused 46 'No space left\|no space left'
ok "and nothing of it is left" nothing_left
ok "nor any space taken" \
	[ "$(df --output=used "$tmp/full" | tail -n 1)" -le $((before + 16)) ]
run "$vpstemplate" import t "$tmp/t.tar"
ok "a smaller one still fits" [ "$status" = 0 ]

# ext4 holds blocks back for root: an import does not take them.
umount "$tmp/full"
truncate -s 80M "$tmp/disk"
mkfs.ext4 -q -m 40 "$tmp/disk"
if mount -o loop "$tmp/disk" "$tmp/full" 2>/dev/null; then
	new_host "$tmp/full/host"
	head -c 60000000 /dev/urandom >"$tmp/tree/zeros"
	tar -C "$tmp/tree" -cf "$tmp/large.tar" .
	run "$vpstemplate" import t "$tmp/large.tar"
	ok "an import leaves what a filesystem holds back" refused 46 'no space left'
	ok "and nothing of itself" nothing_left
	umount "$tmp/full"
else
	count=$((count + 1))
	echo "ok $count # SKIP no loop devices here"
fi

# Not for everybody.
run setpriv --reuid 65534 --clear-groups "$vpstemplate" list
ok "root only" [ "$status" = 12 ]
finish
