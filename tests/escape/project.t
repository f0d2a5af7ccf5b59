#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a template's directory has for a project is no project. To set its
# attributes to what they are changes nothing that the kernel would refuse; but the
# copy that is made of it counts for the VPS, and must go on to.
. "$(dirname "$0")/lib.sh"
arena project
vpsctl --quiet set $attacker --diskspace 24M
upper=/var/lib/vps/private/$attacker/upper
projid() { lsattr -pd "$1" | awk '{ print $1 }'; }
flags() { lsattr -pd "$1" | awk '{ print $2 }'; }

below() { # directories that no one has changed
	local dir
	for dir in "$template_dir"/root/{lib,opt,srv,usr,var,usr/*,var/*}/; do
		dir=${dir#"$template_dir/root"}
		[ ! -d "$template_dir/root$dir" ] || [ -L "$template_dir/root${dir%/}" ] || [ -e "$upper$dir" ] || echo "${dir%/}"
	done | head -n 3
}
for dir in $(below); do
	is "$dir: its attributes" "$(inside_root "/attack/project $dir")" $'set attributes: done\nset flags: done'
	is "$dir: the copy counts for the VPS" "$(projid "$upper$dir")" $attacker
	like "$dir: and so does what is made there" "$(flags "$upper$dir")" P
	tried=$dir
done
like "there was one" "${tried:-}" '^/'
inside_root "dd if=/dev/zero of=$tried/big bs=1M count=40 2>&1" >"$tmp/said"
like "the limit holds there" "$(cat "$tmp/said")" 'No space left|quota'
is "the file is its" "$(projid "$upper$tried/big")" $attacker
inside_root "rm -f $tried/big"
is "a file below: its attributes" "$(inside_root '/attack/project /etc/passwd')" $'set attributes: done\nset flags: done'
is "and its project" "$(projid $upper/etc/passwd)" $attacker
vpsctl --quiet set $attacker --diskspace unlimited
finished
