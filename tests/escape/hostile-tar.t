#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Template archives that reach out of the directory they are unpacked in: names
# with "..", absolute ones, through links, hard links to what is outside, devices.
# tests/utils/hostile.t has all of them; here the host's state is compared.
. "$(dirname "$0")/lib.sh"
mktar=$escape/../utils/mktar.py
rm -rf /tmp/kontext-outside
mkdir /tmp/kontext-outside
echo original >/tmp/kontext-outside/target
arena
trap 'vpstemplate remove hostile >/dev/null 2>&1; rm -rf "$tmp" /tmp/kontext-outside' EXIT
before=$(ls /var/lib/vps/template)

for case in dotdot dotdot-inside absolute through-link through-up-link through-inner-link folder-through-link through-file; do
	"$mktar" $case >"$tmp/$case.tar" || bail "no archive $case"
	refused "$case" 92 '.' vpstemplate import hostile "$tmp/$case.tar"
done
is "no template more" "$(ls /var/lib/vps/template)" "$before"
is "nothing outside" "$(cat /tmp/kontext-outside/*; ls -A /tmp/kontext-outside; ls -d /kontext-evil /tmp/kontext-evil 2>/dev/null)" $'original\ntarget'

# The tar of the system, told to trust.
mkdir "$tmp/a" "$tmp/a/b"
"$mktar" dotdot >"$tmp/x.tar"
tar -xPf "$tmp/x.tar" -C "$tmp/a/b" 2>/dev/null
is "unpacked naively it bites" "$(cd "$tmp/a" && echo *)" "b kontext-evil"
finished
