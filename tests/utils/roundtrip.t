#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What an archive holds is what the template has: owners, modes, times to the
# nanosecond, attributes, capabilities, ACLs, links, devices, holes.
set -u
# shellcheck source=tests/utils/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$tmp/tree
mkdir -p "$tree/etc" "$tree/bin" "$tree/dir/sub" "$tree/empty"
printf 'PRETTY_NAME="Test \\"OS\\" 1.0 \xc3\xa9"\nID=test\n' >"$tree/etc/os-release"
# tar writes the names that this machine has for the numbers of an ACL.
getent passwd 33 >"$tree/etc/passwd"
getent group 44 >"$tree/etc/group"
cp /bin/true "$tree/bin/sh"
chmod 4755 "$tree/bin/sh"
echo owned >"$tree/owned"
chown 1234:5678 "$tree/owned"
chmod 2640 "$tree/owned"
echo cap >"$tree/cap"
setcap cap_net_raw,cap_net_bind_service+ep "$tree/cap"
echo one >"$tree/dir/first"
ln "$tree/dir/first" "$tree/dir/sub/second"
ln -s /nowhere/at/all "$tree/link"
chown -h 7:8 "$tree/link"
mkfifo -m 620 "$tree/fifo"
mknod -m 666 "$tree/null" c 1 3
mknod -m 660 "$tree/disk" b 8 1
chown 0:6 "$tree/disk"
truncate -s 1G "$tree/sparse"
printf data | dd of="$tree/sparse" bs=1 seek=500000000 conv=notrunc status=none
chmod 1777 "$tree/empty"
echo x >"$tree/"$'odd\nname \\ "'
python3 - "$tree" <<'END'
import os, struct, sys
t = sys.argv[1]
os.setxattr(t + "/owned", "user.note", b"a\0b\xff")
os.setxattr(t + "/dir", "user.big", b"v" * 1500)
def acl(*entries):
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in entries)
none = 0xffffffff
named = acl((1, 6, none), (2, 4, 33), (4, 4, none), (8, 6, 44), (0x10, 6, none), (0x20, 0, none))
os.setxattr(t + "/owned", "system.posix_acl_access", named)
os.setxattr(t + "/dir", "system.posix_acl_default", named)
for i, (root, dirs, files) in enumerate(os.walk(t, topdown=False)):
    for name in files + dirs:
        os.utime(os.path.join(root, name), ns=(1, 1234567890_123456789 + i), follow_symlinks=False)
os.utime(t, ns=(1, 1111111111_987654321))
END

# Everything that stat and the attributes say, one line an entry.
cat >"$tmp/describe.py" <<'END'
import hashlib, os, stat, sys
top = os.fsencode(sys.argv[1])
for root, dirs, files in os.walk(top):
    for name in sorted(dirs + files) + ([b"."] if root == top else []):
        p = os.path.join(root, name)
        s = os.lstat(p)
        kind = stat.S_IFMT(s.st_mode)
        x = {n: os.getxattr(p, n, follow_symlinks=False)[:60]
             for n in os.listxattr(p, follow_symlinks=False)}
        print(os.path.relpath(p, top), oct(s.st_mode), s.st_uid, s.st_gid,
              s.st_nlink if kind != stat.S_IFDIR else 0,
              s.st_size if kind != stat.S_IFDIR else 0, s.st_rdev,
              s.st_mtime_ns, sorted(x.items()),
              os.readlink(p) if kind == stat.S_IFLNK else "",
              hashlib.sha1(open(p, "rb").read()).hexdigest()
              if kind == stat.S_IFREG and s.st_size < 1 << 20 else "")
END
python3 "$tmp/describe.py" "$tree" | sort >"$tmp/expected"

# The archive at $1 comes out as $tree, and its holes as holes.
same() {
	local root=$templates/t/root
	python3 "$tmp/describe.py" "$root" | sort >"$tmp/got"
	diff "$tmp/expected" "$tmp/got" >"$tmp/err" &&
		cmp "$tree/sparse" "$root/sparse" &&
		[ "$(stat -c %b "$root/sparse")" -le 64 ] &&
		[ "$(stat -c %i "$root/dir/first")" = "$(stat -c %i "$root/dir/sub/second")" ]
}
imported() { # NAME FILE
	run "$vpstemplate" import t "$2"
	ok "$1 is imported" [ "$status" = 0 ]
	ok "$1 without any output" [ ! -s "$tmp/err" ]
	ok "$1 has come through whole" same
}
removed() {
	run "$vpstemplate" remove t
	ok "it is removed" nothing_left
}

tar --numeric-owner --xattrs --xattrs-include='*' --acls --sparse --format=pax --sort=name \
	-C "$tree" -cf "$tmp/t.tar" .
imported "a plain pax file" "$tmp/t.tar"

private() {
	[ "$(stat -c %a "$templates")" = 700 ] && [ "$(stat -c %a "$templates/t")" = 700 ]
}
ok "users of the host cannot reach what is set-uid in it" private
ok "its root keeps its own mode" [ "$(stat -c %a "$templates/t/root")" = "$(stat -c %a "$tree")" ]

"$vpstemplate" info --json t >"$tmp/info"
field() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$tmp/info" "$1"; }
ok "info knows the distribution" [ "$(field distribution)" = $'Test "OS" 1.0 \xc3\xa9' ]
ok "info knows the architecture" [ "$(field arch)" = "$(uname -m)" ]
ok "info counts the entries" [ "$(field entries)" = "$(find "$tree" -mindepth 1 -printf x | wc -c)" ]
close_to() { # WANT GOT
	[ "$2" -ge $(($1 * 9 / 10)) ] && [ "$2" -le $(($1 * 11 / 10)) ]
}
ok "info knows the size on disk" close_to \
	"$(du -s --block-size=1 "$templates/t/root" | cut -f1)" "$(field size)"
ok "info without --json has it as well" grep -q 'Distribution: Test "OS" 1.0' \
	<("$vpstemplate" info t)
ok "list has a title and a line" [ "$("$vpstemplate" list | wc -l)" = 2 ]
ok "list -H has the line only" [ "$("$vpstemplate" list -H | wc -l)" = 1 ]
list_json() { "$vpstemplate" list --json | python3 -c '
import json, sys
assert [t["name"] for t in json.load(sys.stdin)] == ["t"]'; }
ok "list --json is JSON" list_json
python3 - "$templates/t/info.json" "$tmp/source" <<'END'
import json, sys
info = json.load(open(sys.argv[1]))
open(sys.argv[2], "w").write("%d %d" % (info["format"], info["source_size"]))
END
ok "info.json has its version and the archive's size" \
	[ "$(cat "$tmp/source")" = "1 $(stat -c %s "$tmp/t.tar")" ]
run "$vpstemplate" import t "$tmp/t.tar"
ok "an existing template is not replaced" [ "$status" = 94 ]
ok "and still whole" same
removed

for filter in gzip xz zstd bzip2 lz4; do
	if ! command -v $filter >/dev/null; then
		count=$((count + 1))
		echo "ok $count # SKIP no $filter here"
		continue
	fi
	$filter -c <"$tmp/t.tar" >"$tmp/t.tar.$filter"
	imported "a $filter file" "$tmp/t.tar.$filter"
	removed
done
"$vpstemplate" import t - <"$tmp/t.tar.gzip"
ok "a pipe is read" same
removed

# The formats that keep less.
tar --numeric-owner --sparse --format=gnu -C "$tree" -cf "$tmp/gnu.tar" .
run "$vpstemplate" import t "$tmp/gnu.tar"
ok "a GNU tar file" [ "$status" = 0 ]
ok "keeps its holes" [ "$(stat -c %b "$templates/t/root/sparse")" -le 64 ]
removed
rm "$tree/sparse"
(cd "$tree" && find . -print0 | cpio -0o --quiet -H newc) >"$tmp/t.cpio"
run "$vpstemplate" import t "$tmp/t.cpio"
ok "a cpio file" [ "$status" = 0 ]
linked() {
	[ "$(stat -c '%h %s' "$templates/t/root/dir/first")" = "2 4" ] &&
		[ "$(cat "$templates/t/root/dir/sub/second")" = one ]
}
ok "whose links have their data" linked
ok "and whose devices are devices" [ -c "$templates/t/root/null" ]
removed
finish
