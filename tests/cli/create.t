#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What create costs does not depend on the template's size: counted, not timed.
# And templates: imported, listed, used, removed.
. "$(dirname "$0")/lib.sh"
own 251
forget() {
	wipe
	for t in tiny huge odd; do vpstemplate remove $t >/dev/null 2>&1; done
}
forget
trap 'forget; rm -rf "$tmp"' EXIT
limit=200
inventory >"$tmp/before"

# 300 MB in 300 files, from one.
mkdir "$tmp/tree"
head -c 1000000 /dev/urandom >"$tmp/million"
for i in $(seq 300); do ln -s "$tmp/million" "$tmp/tree/$i"; done
tar -C "$tmp/tree" --dereference --hard-dereference -cf - . >"$tmp/huge.tar"
mkdir -p "$tmp/small/sbin"
cp /bin/busybox "$tmp/small/sbin/init"
tar -C "$tmp/small" -cf "$tmp/tiny.tar" .
rm -rf "$tmp/tree"
code "import" 0 vpstemplate import tiny "$tmp/tiny.tar"
code "import 300 MB from standard input" 0 bash -c "vpstemplate import huge - <'$tmp/huge.tar'"
rm -f "$tmp/huge.tar"
code "list" 0 vpstemplate list
like "it lists both" "$(awk '{ print $1 }' <<<"$out" | xargs)" 'busybox.*huge.*tiny'
ok "the one is 100 times the other's size" [ \
	"$(du -s --block-size=1 /var/lib/vps/template/huge | cut -f 1)" -gt \
	$((100 * $(du -s --block-size=1 /var/lib/vps/template/tiny | cut -f 1))) ]
code "info" 0 vpstemplate info huge
like "info has its size" "$out" '3[0-9][0-9]'

measure() { # TEMPLATE: system calls, then blocks and entries on disk
	strace -f -qq -o "$tmp/trace" -e 'trace=!brk,mmap,munmap,mprotect' \
		vpsctl create 251 --ostemplate "$1" --hostname same >/dev/null 2>&1 || echo failed
	sed -n 's/^[0-9]* *\([a-z0-9_]*\)(.*/\1/p' "$tmp/trace" | wc -l
	du -s --block-size=1 /var/lib/vps/private/251 | cut -f 1
	find /var/lib/vps/private/251 | wc -l
}
# Once before, so that lock files and directories exist both times.
for template in tiny huge; do
	measure $template >/dev/null
	vpsctl destroy 251 >/dev/null
done
measure tiny | xargs >"$tmp/tiny.cost"
vpsctl destroy 251 >/dev/null
measure huge | xargs >"$tmp/huge.cost"
read -r calls blocks entries <"$tmp/huge.cost"
is "create from 300 MB costs what it costs from 2: calls, bytes, files" \
	"$(cat "$tmp/huge.cost")" "$(cat "$tmp/tiny.cost")"
ok "few system calls ($calls)" [ "${calls:-9999}" -lt 300 ]
ok "no more than empty directories ($blocks bytes, $entries entries)" [ "${blocks:-99999}" -le 16384 ]

refused "a template in use is not removed" 93 'huge.*251' vpstemplate remove huge
ok "it is still there" vpstemplate info huge
vpsctl destroy 251 >/dev/null
code "but afterwards" 0 vpstemplate remove huge
refused "remove again" 91 huge vpstemplate remove huge
refused "info of what is gone" 91 huge vpstemplate info huge
refused "a name that is taken" 94 tiny vpstemplate import tiny "$tmp/tiny.tar"
refused "a bad name" 133 '\.\./x' vpstemplate import ../x "$tmp/tiny.tar"
refused "a file that is not there" 21 nosuch vpstemplate import odd "$tmp/nosuch"
for tool in gzip xz zstd; do
	$tool -c <"$tmp/tiny.tar" >"$tmp/odd.tar.z"
	code "import, packed by $tool" 0 vpstemplate import odd "$tmp/odd.tar.z"
	is "it is the same" "$(sha256sum </var/lib/vps/template/odd/root/sbin/init)" \
		"$(sha256sum </bin/busybox)"
	code "remove" 0 vpstemplate remove odd
done
code "list --json" 0 vpstemplate list --json
is "is JSON" "$(python3 -c '
import sys
print(sorted(t["name"] for t in eval(sys.stdin.read(), {"null": None, "true": True, "false": False})
	if t["name"] in ("tiny", "busybox")))' <"$tmp/out")" "['busybox', 'tiny']"
vpstemplate remove tiny
same_inventory "nothing is left" "$tmp/before"
done_testing
