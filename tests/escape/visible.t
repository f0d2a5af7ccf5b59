#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What root inside can open for reading below /proc (but processes) and /sys is what
# visible.list says, a name a line, N for any number; docs say why each is there.
# `KONTEXT_WRITE=1 tests/escape/visible.t` in a test machine writes the list anew.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
modprobe -qa nf_conntrack sunrpc	# whose settings are seen once they are there
arena tree
list=$escape/visible.list
inside_root /attack/tree readable /proc /sys | LC_ALL=C sort -u >"$tmp/visible"
if [ "${KONTEXT_WRITE-}" ]; then
	{ grep '^#' "$list"; cat "$tmp/visible"; } >"$tmp/list" && cat "$tmp/list" >"$list"
fi
grep -v '^#' "$list" >"$tmp/known"
is "nothing more is seen" "$(comm -13 "$tmp/known" "$tmp/visible")" ""
is "and nothing less" "$(comm -23 "$tmp/known" "$tmp/visible")" ""
is "a user sees no more" "$(inside_user /attack/tree readable /proc /sys | LC_ALL=C sort -u | comm -13 "$tmp/known" -)" ""
like "the same program sees more on the host" "$("$attacks/tree" readable /proc /sys | LC_ALL=C sort -u | comm -13 "$tmp/known" - | wc -l)" '^[0-9]{2,}$'
finished
