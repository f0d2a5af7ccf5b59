# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # what the tests use
# For the tests here: a host of its own in $tmp, and TAP.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
vpstemplate=${O:?the directory that holds vpstemplate}/vpstemplate
tmp=$(mktemp -d "${TMPDIR:-/tmp}/kontext-test.XXXXXX")
at_exit=:
trap 'eval "$at_exit"; rm -rf "$tmp"' EXIT
count=0

if [ "$(id -u)" != 0 ]; then
	echo "1..0 # SKIP these tests take root"
	exit 0
fi

# new_host DIR: a configuration with all its state below DIR.
new_host() {
	mkdir -p "$1/conf" "$1/template"
	export KONTEXT_CONF=$1/vps.conf
	printf '%s\n' "CONFDIR=\"$1/conf\"" "TEMPLATE=\"$1/template\"" \
		"VE_PRIVATE=\"$1/private\"" "VE_ROOT=\"$1/root\"" \
		"LOCKDIR=\"$1/lock\"" >"$KONTEXT_CONF"
	templates=$1/template
}
new_host "$tmp/host"

# ok NAME COMMAND...
ok() {
	local name=$1
	shift
	count=$((count + 1))
	if "$@"; then
		echo "ok $count - $name"
	else
		echo "not ok $count - $name"
		echo "# failed: $*"
		[ ! -s "$tmp/err" ] || head -c 2000 "$tmp/err" | sed 's/^/# /'
	fi
}

# run COMMAND...: sets $status; output in $tmp/out and $tmp/err.
run() {
	status=0
	"$@" >"$tmp/out" 2>"$tmp/err" || status=$?
}

# one_line: the last command printed exactly one line of error.
one_line() {
	[ "$(wc -l <"$tmp/err")" = 1 ] && [ ! -s "$tmp/out" ]
}

# nothing_left: no template and no remains of one.
nothing_left() {
	[ -z "$(ls -A "$templates")" ]
}

finish() {
	echo "1..$count"
}
