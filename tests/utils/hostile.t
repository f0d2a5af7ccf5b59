#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Archives that want out, up, or all of the disk: refused with one line that
# says why, and nothing of them stays. Those that only look odd are taken.
set -u
# shellcheck source=tests/utils/lib.sh
. "$(dirname "$0")/lib.sh"

outside=/tmp/kontext-outside
rm -rf "$outside"
mkdir "$outside"
echo original >"$outside/target"
# shellcheck disable=SC2016 # for eval
at_exit='rm -rf "$outside"'

# The world outside is as it was: also above the root, whichever level.
untouched() {
	[ "$(ls -A "$outside")" = target ] &&
		[ "$(cat "$outside/target")" = original ] &&
		[ "$(stat -c '%h %a' "$outside" "$outside/target" | tr '\n' ' ')" = "$outside_was" ] &&
		[ -z "$(find "$tmp/host" /kontext-evil /tmp/kontext-evil -name kontext-evil 2>/dev/null)" ]
}
outside_was=$(stat -c '%h %a' "$outside" "$outside/target" | tr '\n' ' ')

refused_as() { # STATUS PATTERN
	[ "$status" = "$1" ] && one_line && grep -Eq "$2" "$tmp/err" &&
		nothing_left && untouched
}

refuse() { # CASE PATTERN
	"$here/mktar.py" "$1" >"$tmp/$1.tar"
	run "$vpstemplate" import x "$tmp/$1.tar"
	ok "$1 is refused" refused_as 92 "$2"
	[ "$status" != 0 ] || "$vpstemplate" remove x
}

accept() { # CASE COMMAND...: which looks at the root, "$root"
	local name=$1
	shift
	"$here/mktar.py" "$name" >"$tmp/$name.tar"
	run "$vpstemplate" import x "$tmp/$name.tar"
	ok "$name is accepted" [ "$status" = 0 ]
	root=$templates/x/root
	ok "$name: $*" "$@"
	ok "$name: nothing outside has changed" untouched
	run "$vpstemplate" remove x
	ok "$name is removed" nothing_left
}

refuse empty 'holds no files'
refuse only-root 'holds no files'
refuse dotdot '"\.\./kontext-evil".*"\.\."'
refuse dotdot-inside '"\.\."'
refuse dotdot-end '"\.\."'
refuse absolute 'absolute path'
refuse through-link '"l/evil".*symbolic link'
refuse through-up-link 'symbolic link'
refuse through-inner-link '"bin/ls".*symbolic link'
refuse folder-through-link 'symbolic link'
refuse through-file 'is a file'
refuse link-outside 'target of this hard link.*"\.\."'
refuse link-absolute 'target of this hard link is an absolute path'
refuse link-through-link 'hard link through a symbolic link'
refuse link-to-device 'hard link to what is not a file'
refuse link-to-folder 'hard link to what is not a file'
refuse link-missing 'not in the archive before'
refuse link-data-through-link 'hard link to a symbolic link'
refuse devices 'more than 4096 devices'
refuse whiteout 'device 0:0'
refuse huge 'more than 1 TiB'
refuse huge-sparse 'more than 1 TiB'
refuse behind-end 'bad archive'
refuse deep '512 directories'
refuse long-path '4095 bytes'
refuse long-component '255 bytes'
refuse root-file 'root must be a directory'
refuse root-link 'root must be a directory'
refuse owner '100000:0'
refuse over-folder 'directory that is not empty'
refuse acl-unknown 'its ACL names "nobody-here"'
refuse bad-capability 'security.capability'

folder_is_real() { [ -d "$root/d" ] && [ ! -L "$root/d" ] && [ -f "$root/d/evil" ]; }
names_are_there() {
	[ -f "$root/"$'a\nb' ] && [ -f "$root/"$'\xff\xfe' ] &&
		[ -f "$root/"$'caf\xc3\xa9 '"$(printf '%0120d' 0 | tr 0 x)" ] &&
		[ "$(readlink "$root/s")" = /../../etc/passwd ]
}
later_wins() { [ "$(cat "$root/f" "$root/g" | tr '\n' ' ')" = "second first " ]; }
hole_stays() {
	[ "$(stat -c %s "$root/sparse")" = $((100 << 30)) ] &&
		[ "$(stat -c %b "$root/sparse")" -le 16 ]
}
attributes_dropped() {
	[ "$(python3 -c 'import os, sys; print(*sorted(os.listxattr(sys.argv[1])))' \
		"$root/d")" = user.kept ]
}
parents_made() { [ "$(stat -c '%a %u' "$root/a/b/c")" = "755 0" ] && [ -f "$root/a/b/c/f" ]; }

accept fine test -f "$templates/x/root/etc/fine"
accept ok-over-link grep -q inside "$templates/x/root/f"
accept ok-folder-over-link folder_is_real
accept ok-names names_are_there
accept ok-twice later_wins
accept ok-no-folders parents_made
accept ok-sparse hole_stays
accept ok-union-attributes attributes_dropped

# Damage: at the end, in the middle, from the start.
damaged() { # NAME PATTERN, with the archive in $tmp/bad
	run "$vpstemplate" import x "$tmp/bad"
	ok "$1 is refused" refused_as 92 "$2"
	run "$vpstemplate" import x - <"$tmp/bad"
	ok "$1 is refused from a pipe" refused_as 92 "$2"
}
mkdir "$tmp/tree"
head -c 300000 /dev/urandom >"$tmp/tree/random"
cp "$here/mktar.py" "$tmp/tree/text"
tar -C "$tmp/tree" -cf "$tmp/whole.tar" .
for filter in gzip xz zstd bzip2; do
	$filter -c <"$tmp/whole.tar" >"$tmp/whole"
	head -c 150000 "$tmp/whole" >"$tmp/bad"
	damaged "a $filter file cut off" 'bad archive'
done
xz -c <"$tmp/whole.tar" >"$tmp/bad"
printf 'XXXXXXXX' | dd of="$tmp/bad" bs=1 seek=200000 conv=notrunc status=none
damaged "an xz file with wrong bytes" 'bad archive'
head -c 200000 "$tmp/whole.tar" >"$tmp/bad"
damaged "a tar file cut off in a file" 'bad archive'
# Complete to the last block of the last file, but no end mark.
"$here/mktar.py" fine | head -c 2048 >"$tmp/bad"
damaged "a tar file cut off between files" 'cut off'
cp "$tmp/whole.tar" "$tmp/bad"
printf 'YY' | dd of="$tmp/bad" bs=1 seek=700 conv=notrunc status=none
damaged "a tar file with a damaged header" 'bad archive'
head -c 100000 /dev/urandom >"$tmp/bad"
damaged "noise" 'bad archive'
: >"$tmp/bad"
damaged "an empty file" 'bad archive'
printf 'PK\003\004%02000d' 0 >"$tmp/bad"
damaged "a zip file" 'bad archive'

run "$vpstemplate" import x "$tmp/nowhere"
ok "a missing file is refused" refused_as 21 'nowhere: No such file'
run "$vpstemplate" import x "$tmp"
ok "a directory is refused" refused_as 21 'is a directory'
for name in '' . .. -x a/b .hidden 'a b' "$(printf '%064d' 0)"; do
	run "$vpstemplate" import -- "$name" "$tmp/whole.tar"
	ok "the name \"$name\" is refused" refused_as 133 'bad template name'
done
finish
