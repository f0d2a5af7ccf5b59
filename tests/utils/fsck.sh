# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # what the tests use
# For the tests of fsck.unionfs: two lower branches $a and $b, upper $u, workdir
# $w, and what is expected of a check.

# shellcheck source=tests/utils/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
fsck=$O/fsck.unionfs
tree=$here/fsck-tree.py
t=$tmp/fs
a=$t/a b=$t/b u=$t/u w=$t/w
options=lowerdir=$a:$b,upperdir=$u,workdir=$w

set_attr() { "$tree" set "$@"; }
get_attr() { "$tree" get "$@"; }

fresh() {
	rm -rf "$t"
	mkdir -p "$a/d/sub" "$a/one" "$b/d" "$b/two" "$u/d" "$u/up" "$w/work" "$w/index"
	echo hello >"$a/d/f"
	echo below >"$b/d/g"
	echo b >"$b/onlyb"
	touch "$u/up/file"
	echo up >"$u/keep"
	echo low >"$a/keep"
	head -c 1048576 /dev/urandom >"$a/big"
}

# found N PATTERN: that many lines about damage, and one as PATTERN.
found() {
	[ "$(grep -vc ' entries$' "$tmp/out")" = "$1" ] && grep -q -- "$2" "$tmp/out" &&
		[ ! -s "$tmp/err" ]
}

check() { run "$fsck" "$@" -o "$options"; }

clean() { # NAME
	check -p
	ok "$1: clean" [ "$status" = 0 ]
	ok "$1: nothing is told but that" grep -q '^fsck.unionfs: [^ ]*/u: clean; [0-9]* entries$' "$tmp/out"
}

# -n of $3 damages, in a tree that stays as it is.
only_told() { # NAME N PATTERN
	"$tree" list "$t" >"$tmp/before"
	check -n
	"$tree" list "$t" >"$tmp/after"
	ok "$1: told" found "$2" "$3"
	ok "$1: exit status of -n" [ "$status" = 4 ]
	ok "$1: -n changes nothing" cmp -s "$tmp/before" "$tmp/after"
}

repaired() { # NAME N PATTERN
	only_told "$@"
	check -p
	ok "$1: repaired" found "$2" "$3.*: repaired$"
	ok "$1: exit status of -p" [ "$status" = 1 ]
	clean "$1, then"
}

# Not repaired: the tree is as it was after -p too.
left() { # NAME N PATTERN
	only_told "$@"
	check -p
	"$tree" list "$t" >"$tmp/after"
	ok "$1: left" found "$2" "$3"
	ok "$1: exit status of -p" [ "$status" = 4 ]
	ok "$1: -p leaves it as it is" cmp -s "$tmp/before" "$tmp/after"
}
