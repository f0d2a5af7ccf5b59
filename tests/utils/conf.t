#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A configuration is written whole, or the old one stays and the command fails:
# also when the disk is full for a moment only, at any of the writes.
set -u
# shellcheck source=tests/utils/lib.sh
. "$(dirname "$0")/lib.sh"
"$here/../../scripts/need" strace >&2

conf=$tmp/host/conf/101.conf
for i in $(seq 400); do
	echo "KEY$i=\"value $i\""
done >"$tmp/before"

set_description() { # COMMAND-BEFORE...
	cp "$tmp/before" "$conf"
	run "$@" "$O/vpsctl" --quiet set 101 --description new --save
}
full_at() { # WRITE
	set_description strace -qq -o "$tmp/trace" -P "$conf.tmp" \
		-e trace=write -e "inject=write:error=ENOSPC:when=$1"
}
same() { cmp "$tmp/before" "$conf" && [ ! -e "$conf.tmp" ]; }

mkdir -p "$tmp/host/private/101"
set_description
ok "a change is saved" [ "$status" = 0 ]
ok "behind all that was there" diff <(cat "$tmp/before" - <<<'DESCRIPTION="new"') "$conf"
for at in 1 2; do
	full_at $at
	ok "write $at meets a full disk" grep -q INJECTED "$tmp/trace"
	ok "the command fails" [ "$status" = 46 ]
	ok "and nothing has changed" same
done
finish
