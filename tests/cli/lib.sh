# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For the tests of the commands, to be sourced: TAP, and what the host holds.
# They run as root on a machine that is for tests.
set -u

export LC_ALL=C.UTF-8
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
helpers=${HELPERS:-$here/../../build/tests/cli}
probe=$helpers/probe
tmp=$(mktemp -d /tmp/kontext-cli.XXXXXX)
count=0 failures=0 owned=()

# own CTID...: this test's own VPSs, removed before and after it.
own() {
	owned=("$@")
	wipe
	trap 'wipe; rm -rf "$tmp"' EXIT
}

wipe() {
	local id
	for id in "${owned[@]}"; do
		[ -e "/etc/vps/conf/$id.conf" ] || continue
		timeout 60 vpsctl --quiet stop "$id" --fast >/dev/null 2>&1
		timeout 60 vpsctl --quiet destroy "$id" >/dev/null 2>&1 ||
			echo "# VPS $id could not be destroyed"
	done
}

pass() {
	count=$((count + 1))
	echo "ok $count - $1"
}

fail() { # NAME [WHY...]
	count=$((count + 1)) failures=$((failures + 1))
	echo "not ok $count - $1"
	shift
	[ $# = 0 ] || printf '%s\n' "$@" | head -n 40 | cut -c 1-400 | sed 's/^/# /'
}

# run COMMAND...: sets $status, $out and $err; standard input is empty.
run() {
	status=0
	timeout -k 5 "${limit:-60}" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
	out=$(tr -d '\0' <"$tmp/out") err=$(tr -d '\0' <"$tmp/err")
}

is() { # NAME GOT WANT
	if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "got:  $2" "want: $3"; fi
}

like() { # NAME GOT PATTERN(extended)
	if [[ $2 =~ $3 ]]; then pass "$1"; else fail "$1" "got: $2" "want a match of: $3"; fi
}

unlike() { # NAME GOT PATTERN
	if [[ $2 =~ $3 ]]; then fail "$1" "got: $2" "want no match of: $3"; else pass "$1"; fi
}

ok() { # NAME COMMAND...
	local name=$1
	shift
	run "$@"
	if [ $status = 0 ]; then pass "$name"; else
		fail "$name" "$* returned $status" "$out" "$err"
	fi
}

no() { # NAME COMMAND...: which must fail, but not by a signal or time limit
	local name=$1
	shift
	run "$@"
	if [ $status != 0 ] && [ $status -lt 124 ]; then pass "$name"; else
		fail "$name" "$* returned $status" "$out" "$err"
	fi
}

code() { # NAME STATUS COMMAND...
	local name=$1 want=$2
	shift 2
	run "$@"
	if [ $status = "$want" ]; then pass "$name"; else
		fail "$name" "$* returned $status, not $want" "$out" "$err"
	fi
}

# refused NAME STATUS PATTERN COMMAND...: with one line of error and no output.
# A pattern that begins with "=" is meant literally.
refused() {
	local name=$1 want=$2 pattern=$3 found=''
	shift 3
	run "$@"
	case $pattern in
	=*) [[ $err != *"${pattern#=}"* ]] || found=1 ;;
	*) [[ ! $err =~ $pattern ]] || found=1 ;;
	esac
	if [ $status = "$want" ] && [ $found ] && [ -z "$out" ] &&
		[ "$(wc -l <"$tmp/err")" = 1 ]; then pass "$name"; else
		fail "$name" "$* returned $status, not $want with one line like: $pattern" \
			"out: $out" "err: $err"
	fi
}

# until_true SECONDS COMMAND...
until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.3
	done
}

# Everything that a VPS has on the host. What the first start makes for all of
# them stays: the mount of VE_ROOT, the parent control group, the packet filter.
inventory() {
	"$helpers/inventory" | grep -vE '^(mount|file) /var/lib/vps/root( |$)|^cgroup /sys/fs/cgroup/vps$' | sort
}

# Takes what vpsd is still doing into account: it has some seconds for it.
same_inventory() { # NAME FILE
	local end=$((SECONDS + ${3:-15}))
	while inventory >"$tmp/now" && ! cmp -s "$2" "$tmp/now"; do
		if [ $SECONDS -ge $end ]; then
			fail "$1" "$(diff "$2" "$tmp/now" | grep '^[<>]')"
			return
		fi
		sleep 0.5
	done
	pass "$1"
}

# give CTID: the VPS gets the probe.
give() {
	vpsctl exec2 "$1" 'cat >/probe && chmod 755 /probe' <"$probe"
}

# refusals_but CTID REASON[|...]: what it was refused for other reasons.
refusals_but() {
	local all
	all=$(vpsctl status "$1" --json | sed -n 's/.*"refusals": {\([^}]*\)}.*/\1/p')
	tr ',' '\n' <<<"${all:-unknown:1}" | sed 's/[" ]//g' | grep -v ':0$' |
		grep -vE "^($2):" | xargs
}

done_testing() {
	echo "1..$count"
	exit $((failures > 0))
}
