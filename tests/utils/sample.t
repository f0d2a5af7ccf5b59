#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The sample configurations that come with the tools: create takes each value as
# it stands there, and what applies one over another leaves nothing of the other.
set -u
# shellcheck source=tests/utils/lib.sh
. "$(dirname "$0")/lib.sh"

samples=$here/../../utils/conf
conf=$tmp/host/conf/101.conf
mkdir -p "$templates/t/root/sbin" "$tmp/host/private"
cp "$samples"/*.conf-sample "$tmp/host/conf"
keys() { sed -n 's/^\([A-Z]*\)=.*/\1/p' "$@" | sort -u; }
values() { grep -E "^($(keys "$samples"/* | paste -sd '|'))=" "$1" | grep -v '^DISK' | sort; }
disk=(--diskspace unlimited --diskinodes unlimited)

ok "there are some" [ "$(find "$samples" -name 'vps-*.conf-sample' | wc -l)" -ge 8 ]
for sample in "$samples"/*.conf-sample; do
	name=${sample##*/vps-}
	name=${name%.conf-sample}
	ok "$name has all keys that another has" diff <(keys "$sample") <(keys "$samples"/*)
	rm -rf "$conf" "$tmp/host/private/101"
	run "$O/vpsctl" create 101 --ostemplate t --config "$name" "${disk[@]}"
	ok "create --config $name" [ "$status" = 0 ]
	ok "its values as they stand" diff <(values "$sample") <(values "$conf")
	run "$O/vpsctl" set 101 --applyconfig unlimited "${disk[@]}" --save
	ok "set --applyconfig unlimited" [ "$status" = 0 ]
	ok "leaves none of them" diff <(values "$samples/vps-unlimited.conf-sample") <(values "$conf")
done
finish
