#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# fsck.unionfs on trees that want it to do harm; when it refuses to begin; its
# command line; and what overlayfs itself leaves.
set -u
# shellcheck source=tests/utils/fsck.sh
. "$(dirname "$0")/fsck.sh"
# shellcheck disable=SC2016 # for eval
at_exit='umount "$t/w/work/m/m" "$t/u/mnt" "$t/m" 2>/dev/null; chattr -i "$t/w/work/i/file" 2>/dev/null'

precious=$tmp/precious
mkdir "$precious"
echo precious >"$precious/file"
untouched() { [ "$(cat "$precious/file")" = precious ] && [ "$(ls -A "$precious")" = file ]; }

fresh
ln -s /etc "$w/work/etc"
mkdir "$w/work/d"
ln -s "$precious" "$w/work/d/link"
ln "$precious/file" "$w/work/d/hard"
repaired "links in work" 2 'left over'
ok "links in work: what they led to is there" untouched
fresh
rmdir "$w/work"
ln -s "$precious" "$w/work"
check -p
ok "work itself is a link" [ "$status" = 8 ]
ok "and is not followed" untouched

# Few descriptors and a small stack must do.
small() { run bash -c 'ulimit -n 64; ulimit -s 256; exec "$@"' - "$fsck" "$@" -o "$options"; }
fresh
mkdir "$w/work/deep" "$u/deep"
"$tree" deep "$w/work/deep" 5000
"$tree" deep "$u/deep" 5000
mkdir -p "$a/deep/d"
small -p
ok "5000 directories deep, work is emptied" [ "$status" = 1 ]
ok "nothing is left of it" [ -z "$(ls -A "$w/work")" ]
ok "and the branch is walked" grep -q '; 100[0-9][0-9] entries$\|; 5[0-9]* entries$' "$tmp/out"
rm -rf "$u/deep" 2>"$tmp/err" || mv "$u/deep" "$w/work"
check -p

fresh
mkdir -p "$w/work/m/m" "$w/work/m/other" "$u/mnt"
mount -t tmpfs none "$w/work/m/m" && echo kept >"$w/work/m/m/kept"
check -p
ok "a mount in work: left" [ "$status" = 4 ]
ok "a mount in work: named" found 1 "work/m: left over .*, [^ ]*/work/m/m stays: .*mounted on it"
ok "a mount in work: untouched" grep -q kept "$w/work/m/m/kept"
umount "$w/work/m/m"
mount --bind "$precious" "$u/mnt"
check -p
ok "a mount in the branch is not entered" grep -q '/u/mnt: .*mounted on it' "$tmp/err"
ok "and that is an error" [ "$status" = 9 ]
umount "$u/mnt"

fresh
mkdir "$w/work/i"
touch "$w/work/i/file" "$w/work/i/second" "$w/work/other"
if chattr +i "$w/work/i/file" 2>/dev/null; then
	check -p
	ok "an immutable file: the rest goes" [ "$(ls "$w/work" "$w/work/i")" = "$w/work:
i

$w/work/i:
file" ]
	ok "an immutable file: is named" found 2 'work/i/file stays (immutable): not repaired'
	ok "an immutable file: exit status" [ "$status" = 5 ]
	chattr -i "$w/work/i/file"
fi

# Directories that turn into links under its hands.
mknod "$precious/whiteout" c 0 0
fresh
"$tree" swap "$w/work/r" 6 &
"$tree" swap "$u/r" 6 &
rounds=0
while [ -n "$(jobs -r)" ]; do
	mkdir -p "$t/new/a/whiteout" "$t/new/a/file"
	ln -s "$precious" "$t/new/b"
	cp -a "$t/new" "$t/newer"
	rm -rf "$w/work/r" "$u/r" 2>/dev/null
	mv "$t/new" "$w/work/r"
	mv "$t/newer" "$u/r"
	rmdir "$u/r/a/whiteout" "$u/r/a/file" 2>/dev/null
	check -p
	rounds=$((rounds + 1))
done
ok "links that come in a race ($rounds rounds) are not followed" \
	[ "$(cat "$precious/file") $(cd "$precious" && echo *)" = "precious file whiteout" ]

# Refused.
refused() { [ "$status" = "$1" ] && [ ! -s "$tmp/out" ] && grep -q "^fsck.unionfs: .*$2" "$tmp/err"; }
fresh
exec 9<"$w"
flock 9
check -n
ok "two at once" refused 8 'locked: another'
exec 9<&-
mkdir "$t/m"
if mount -t overlay -o "$options" none "$t/m" 2>/dev/null; then
	check -p
	ok "while it is mounted" refused 8 "in use: mounted on $t/m"
	umount "$t/m"
fi
for pair in "16 -n -p -o $options" "16 -x" "16 -o" "16 $t" "16 -n" "16 -o lowerdir=$a" \
	"16 -o lowerdir=$a,upperdir=$u" "16 -o $options,frob" "16 -o $options,upperdir=$u" \
	"16 -o lowerdir=$a::$b,upperdir=$u,workdir=$w" "16 -o lowerdir=$a:,upperdir=$u,workdir=$w" \
	"8 -o lowerdir=$t/no,upperdir=$u,workdir=$w" "8 -o lowerdir=$a,upperdir=$u,workdir=$u/d" \
	"8 -o lowerdir=$a,upperdir=$u,workdir=$t" "8 -o lowerdir=$u,upperdir=$u,workdir=$w" \
	"8 -o lowerdir=$a,upperdir=$u,workdir=/proc"; do
	read -ra words <<<"$pair"
	run "$fsck" "${words[@]:1}"
	ok "refused: ${words[*]:1}" refused "${words[0]}" .
done
run "$fsck" --help
ok "--help" grep -q '^Usage: fsck.unionfs' "$tmp/out"
run "$fsck" --version
ok "--version" grep -q '^fsck.unionfs [0-9]' "$tmp/out"
run bash -c '"$1" -o "$2" >/dev/full' - "$fsck" "$options"
ok "output that cannot be written" [ "$status" = 8 ]
odd=$t/'o:d,d\e'
mkdir -p "$odd/a" "$odd/u" "$odd/w" && echo x >"$odd/a/x" && mknod "$odd/u/x" c 0 0
esc=$t/'o\:d\,d\\e'
run "$fsck" -vt -o "rw,lowerdir=$esc/a:$b,upperdir=$esc/u,workdir=$esc/w"
ok "paths with : , and backslash" [ "$status" = 0 ]
run "$fsck" -o "lowerdir+=$esc/a,lowerdir+=$b" -o "upperdir=$esc/u,workdir=$esc/w"
ok "lowerdir+=" [ "$status" = 0 ]
PREFIX=user.overlay. set_attr "$u/d" opaque no
run "$fsck" -n -o "$options,userxattr"
ok "user.overlay.* with userxattr" found 1 "$u/d: opaque has a value"
check -n
ok "and only then" [ "$status" = 0 ]
PREFIX=user.overlay. set_attr "$u/d" redirect /one
mknod "$u/d/f" c 0 0
run "$fsck" -p -o "$options,userxattr"
ok "but no redirect is followed there" [ -c "$u/d/f" ]
finish
