#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# fsck.unionfs, one kind of damage after the other: -n tells and changes nothing,
# -p repairs what it may, and then there is nothing left to tell.
set -u
# shellcheck source=tests/utils/fsck.sh
. "$(dirname "$0")/fsck.sh"

fresh
clean "a branch with nothing wrong"

# In the workdir.
fresh
mkdir -p "$w/work/#1/d" && echo x >"$w/work/#1/d/f" && mknod "$w/work/#2" c 0 0
mknod "$w/work/#3" b 7 0 && mkfifo "$w/work/#4" && ln -s /etc "$w/work/#5"
mkdir "$w/index/#6" && touch "$w/#7"
repaired "left-overs" 6 "$w/work/#1: left over from an unfinished"
ok "left-overs: but for a whiteout all are gone" [ "$(find "$w" -name '#*')" = "$w/work/#2" ]
fresh
mkdir -p "$w/work/incompat/volatile"
left "a volatile mount" 1 'mounted volatile'

# Whiteouts.
fresh
mknod "$u/nothing" c 0 0 && mknod "$u/d/f" c 0 0 && mknod "$u/user" c 0 1 && rm "$u/keep"
mknod "$u/up/x" c 0 0 && mkdir -p "$u/d/sub" && mknod "$u/d/sub/gone" c 0 0
repaired "whiteouts of nothing" 3 "$u/nothing: whiteout of nothing"
ok "whiteouts: that of a file stays" [ -c "$u/d/f" ]
ok "whiteouts: the device of a user stays" [ -c "$u/user" ]
fresh
mknod "$a/onlyb" c 0 0 && mknod "$u/onlyb" c 0 0
repaired "a whiteout of a whiteout" 1 "$u/onlyb: whiteout of nothing"
fresh
rm "$u/keep" && mknod "$u/keep" c 0 0 && set_attr "$u/keep" opaque y
repaired "a whiteout with attributes" 1 "$u/keep: whiteout with attributes"

# Opaque.
fresh
set_attr "$u/d" opaque yes && set_attr "$u/keep" opaque y && set_attr "$u/up" opaque y
repaired "wrong opaque marks" 2 "$u/d: opaque has a value"
ok "opaque: a right one stays" [ "$(get_attr "$u/up" opaque)" = y ]

# Redirects.
for bad in '' . .. a/b /d//sub /d/../d /d/ / /./d; do
	fresh
	set_attr "$u/d" redirect "$bad"
	repaired "the redirect \"$bad\"" 1 "$u/d: invalid redirect: "
	ok "redirect \"$bad\": what is below stays out of sight" [ "$(get_attr "$u/d" opaque)" = y ]
done
fresh
ln -s x "$u/link" && set_attr "$u/link" redirect d
repaired "a redirect on a link" 1 "$u/link: redirect, and neither"
fresh
mkdir "$u/m" && set_attr "$u/m" redirect /d/sub
clean "a good redirect"
set_attr "$u/m" redirect /d/none
left "a redirect to nothing" 1 "$u/m: redirect to /d/none, which no lower"
set_attr "$u/m" redirect /d/f
left "a redirect to a file" 1 "$u/m: redirect to /d/f, which is no directory"
set_attr "$u/m" redirect "$(printf '/d/no\nline\033')"
left "an odd redirect" 1 'redirect to /d/no.012line.033,'
set_attr "$u/m" redirect /d
left "two directories with one lower" 1 'that .* is merged with already'
fresh
mkdir "$u/d/loop" && set_attr "$u/d/loop" redirect /d
left "a loop" 1 "$u/d/loop: redirect loops: $u/d above it"
fresh
mkdir "$u/x" "$u/y" && set_attr "$u/x" redirect one && set_attr "$a/one" redirect /two
mkdir "$b/two/deep" && mknod "$u/x/deep" c 0 0
clean "a redirect of a lower branch"

# Metadata without data.
meta() { truncate -s "$2" "$u/$1" && set_attr "$u/$1" metacopy "${3-}"; }
fresh
meta d/f 6 && meta onlyb 2
clean "a file with metadata only"
meta name 6 && set_attr "$u/name" redirect /d/f
clean "such a file under another name"
meta gone 6
left "its data is missing" 1 "$u/gone: metadata only, and no lower"
rm "$u/gone" && meta d/f 7
left "its size differs" 1 "$u/d/f: metadata only, of 7 bytes; the file below has 6"
truncate -s 6 "$u/d/f"
for bad in 0004 00050000 01040000 00040001 0024000000000000; do
	set_attr "$u/d/f" metacopy "hex:$bad"
	left "the metacopy header $bad" 1 "$u/d/f: metacopy has\|metacopy is"
done
set_attr "$u/d/f" metacopy hex:00040000
clean "a metacopy header with nothing in it"
fresh
meta big 1048576 && dd if="$a/big" of="$u/big" bs=64k count=3 conv=notrunc 2>"$tmp/err"
repaired "a half copy" 1 "$u/big: half copy: metadata only, but 196608 of 1048576 bytes"
ok "half copy: what was copied is freed" [ "$(stat -c %s "$u/big")" = 1048576 ]
dd if="$a/big" of="$u/big" bs=64k count=3 conv=notrunc 2>"$tmp/err"
printf '\0\1' | dd of="$u/big" bs=1 seek=70000 conv=notrunc 2>"$tmp/err"
left "a half copy with other data" 1 "from those below at 7000[01]"
fresh
meta gone 6 && echo 12345 >"$u/gone"
left "a half copy of nothing" 2 "half copy: .* 6 of 6 bytes are here"
fresh
mkdir "$u/mm" && set_attr "$u/mm" metacopy ''
repaired "metacopy on a directory" 1 "$u/mm: metacopy, and not a file"
finish
