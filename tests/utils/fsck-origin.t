#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# fsck.unionfs: origins, the mark "impure", the index and its link counts.
set -u
# shellcheck source=tests/utils/fsck.sh
. "$(dirname "$0")/fsck.sh"

handle() { "$tree" handle "$1"; }
origin() { set_attr "$1" origin "hex:$(handle "$2")"; }

fresh
echo copied >"$u/d/f"
origin "$u/d/f" "$a/d/f"
repaired "an origin in a directory not marked impure" 1 "$u/d: not marked as impure"
set_attr "$u/d" impure n
repaired "impure with another value" 1 "$u/d: not marked as impure"
set_attr "$u/d/f" origin ''
clean "an empty origin"
good=$(handle "$a/d/f")
for bad in 00fb "00fc${good:4}" "${good:0:20}" "00fb00${good:6}" "00fbff${good:6}" 78; do
	set_attr "$u/d/f" origin "hex:$bad"
	repaired "the origin $bad" 1 "$u/d/f: corrupt origin"
	ok "the origin $bad: is removed" [ -z "$(get_attr "$u/d/f" origin)" ]
done
set_attr "$u/d/f" origin "hex:05${good:2}"
set_attr "$u/d" impure y
clean "an origin of a later version"
touch "$a/brief"
origin "$u/d/f" "$a/brief"
rm "$a/brief"
repaired "an origin that is gone" 1 "$u/d/f: origin that is on no lower branch"
origin "$u/d/f" "$a/d"
repaired "the origin of a directory on a file" 1 "$u/d/f: origin that is on no"
set_attr "$u/d/f" origin "hex:${good:0:10}$(printf 7%.0s {1..32})${good:42}"
repaired "an origin on another filesystem" 1 "$u/d/f: origin that is on no"
echo other >"$u/up/fi"
set_attr "$u/up/fi" origin "hex:00fb1d0001$(printf 0%.0s {1..32})ffffffffffffffff"
repaired "an origin with a wrong handle" 1 "$u/up/fi: origin that is on no"

fresh
truncate -s 6 "$u/d/f" "$u/none"
set_attr "$u/d/f" metacopy ''
set_attr "$u/d" impure y
set_attr "$u/d/f" origin hex:00fb
repaired "the origin of a file with metadata only" 1 "corrupt origin; its data is found by name: yes"
ok "it has the right one" [ "$("$tree" get "$u/d/f" origin | iconv -t latin1 | head -c -1 | xxd -p -c 100)" = "$(handle "$a/d/f")" ]
set_attr "$u/none" metacopy ''
set_attr "$u/none" origin hex:00fb
left "the same without data" 2 "$u/none: corrupt origin; its data is found by name: no"

fresh
origin "$u" "$b"
mknod "$u/nothing" c 0 0
left "a branch of another lower one" 1 "$u: made above another lower branch than $a"
origin "$u" "$a"
repaired "the root with its origin" 1 "$u/nothing: whiteout of nothing"
set_attr "$u" origin hex:00
repaired "the root with a corrupt origin" 1 "$u: corrupt origin"

# hard: $a/h1 to h3 are one file, h1 was copied up and is in the index.
hard() {
	fresh
	echo hard >"$a/h1"
	ln "$a/h1" "$a/h2"
	ln "$a/h1" "$a/d/h3"
	index=$w/index/$(handle "$a/h1")
	echo upper >"$u/h1"
	ln "$u/h1" "$index"
	origin "$u/h1" "$a/h1"
	set_attr "$u" impure y
	set_attr "$u/h1" nlink "${1-U+1}"
}
hard
clean "a file in the index"
set_attr "$u/h1" nlink L+0
clean "its nlink relative to the lower file"
for bad in '' U 3 U3 U+ U+1x X+1 U-9 U+0 U+2 L-1 U+99999999999; do
	hard "$bad"
	repaired "nlink \"$bad\"" 1 "$index: .*nlink"
	ok "nlink \"$bad\": counted" [ "$(get_attr "$u/h1" nlink)" = U+1 ]
done
hard U+0
mknod "$u/h2" c 0 0
clean "one name is removed"
rm "$u/h1"
mknod "$u/h1" c 0 0
set_attr "$index" nlink U+0
clean "the copied one is removed, one below is left"
mknod "$u/d/h3" c 0 0
repaired "all are removed" 1 "$index: index entry without a file, all names are gone"
ok "the entry is gone" [ ! -e "$index" ]
hard U+0
rm "$u/h1"
rm -r "$u/d"
for name in h1 h2 d; do mknod "$u/$name" c 0 0; done
mkdir "$u/moved"
set_attr "$u/moved" redirect /dd
left "all may be removed, but one directory is lost" 1 'redirect to /dd'
ok "the entry is there" grep -q upper "$index"
hard U+1
ln "$u/h1" "$u/new"
set_attr "$u/h1" nlink U+1
clean "a new name"
hard U+1
mkdir "$u/moved"
set_attr "$u/moved" redirect /d
rmdir "$u/d"
mknod "$u/d" c 0 0
clean "a directory with one of them was renamed"
hard U+0
rm -r "$u/d"
mknod "$u/d" c 0 0
clean "a directory with one of them was removed"
hard U+1
ln "$a/h1" "$t/outside"
set_attr "$u/h1" nlink U+2
clean "a name outside of the branch"
rm "$t/outside"
hard
drop_attr() { python3 -c 'import os,sys; os.removexattr(*sys.argv[1:])' "$@"; }
drop_attr "$u/h1" trusted.overlay.origin
repaired "an entry without its origin" 1 "$index: origin is not the handle"
hard
rm "$a/h1" "$a/h2" "$a/d/h3"
repaired "its lower file is gone" 1 "$index: index entry, and the lower file is gone"
ok "the file itself stays" grep -q upper "$u/h1"
fresh
touch "$w/index/file" "$w/index/00fb" "$w/index/${good}zz" "$w/index/zz"
mkdir "$w/index/$(handle "$a/d")"
repaired "index entries with wrong names" 5 "$w/index/00fb: index entry whose name is no"
mknod "$w/index/$(handle "$a/d")" c 0 0
clean "a whiteout in the index"
touch "$w/index/05${good:2}"
left "an entry of a later version" 1 'another version'
fresh
touch "$u/plain"
set_attr "$u/plain" nlink x
repaired "nlink on a file not in the index" 1 "$u/plain: malformed nlink"
finish
