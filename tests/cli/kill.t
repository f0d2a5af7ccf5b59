#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vpsctl is killed at its N-th system call, for N over the whole range, and at
# random times: the next command works or says why not, and nothing leaks.
. "$(dirname "$0")/lib.sh"
own 281
limit=30
new=(vpsctl create 281 --ostemplate busybox --ipadd 10.28.0.1 --ipadd fd02::281 --diskspace 100M)
upper=/var/lib/vps/private/281/upper

# Locked: by what the killed one has begun, or by vpsd; for a moment only.
again() { # ALLOWED COMMAND...
	local allowed=$1 end=$((SECONDS + 10))
	shift
	run "$@"
	while [ $status = 9 ] && [ $SECONDS -lt $end ]; do
		sleep 0.1
		run "$@"
	done
	[[ " $allowed " == *" $status "* ]] &&
		{ [ $status = 0 ] || [ "$(wc -l <"$tmp/err")" = 1 ]; } && return
	fail "$what: then $*" "status $status, allowed are $allowed" "$err"
	return 1
}
same() { # FILE
	local end=$((SECONDS + 10))
	while inventory >"$tmp/now" && ! cmp -s "$1" "$tmp/now"; do
		[ $SECONDS -lt $end ] || {
			fail "$what: something is left" "$(diff "$1" "$tmp/now" | grep '^[<>]')"
			cp "$tmp/now" "$1"
			return 1
		}
		sleep 0.3
	done
}
fast=(vpsctl stop 281 --fast)

# State before, and what must hold after each kill; $i chooses what comes next.
before_create() { again "0 14" vpsctl destroy 281; }
after_create() {
	again "0 44" "${new[@]}" || return
	[ $((i % 4)) != 0 ] || { again 0 vpsctl start 281 && again 0 "${fast[@]}"; }
	again 0 vpsctl destroy 281 && same "$tmp/none"
}
before_start() { [ -e /etc/vps/conf/281.conf ] || again 0 "${new[@]}"; }
after_start() {
	case $((i % 4)) in
	0) again "0 32" vpsctl start 281 && again 0 vpsctl exec2 281 true ;;
	1) again "0 31" vpsctl stop 281 ;;
	2) again "0 32" vpsctl destroy 281 ;;
	3) again "0 41" vpsctl mount 281 && again "0 32 40" vpsctl umount 281 ;;
	esac
	[ -e /etc/vps/conf/281.conf ] || again 0 "${new[@]}"
	again "0 31" "${fast[@]}" && same "$tmp/stopped"
}
before_stop() {
	before_start
	again "0 32" vpsctl start 281
}
after_stop() {
	case $((i % 4)) in
	0) again "0 32 33" vpsctl start 281 ;;
	1) again "0 31" vpsctl stop 281 ;;
	2)
		again "0 32 41" vpsctl destroy 281
		[ $status != 41 ] || again "0 40" vpsctl umount 281
		;;
	3) again "0 32 40" vpsctl umount 281 ;;
	esac
	[ -e /etc/vps/conf/281.conf ] || again 0 "${new[@]}"
	again "0 31" "${fast[@]}" && same "$tmp/stopped"
}
before_destroy() {
	before_start
	mkdir -p $upper/a/b/c/d
	touch $upper/a/{1,2,3} $upper/a/b/c/{1,2,3}
}
after_destroy() {
	case $((i % 3)) in
	0) again "0 14" vpsctl destroy 281 ;;
	1) again "0 14 139" vpsctl start 281 && again "0 14 31" "${fast[@]}" ;;
	2) again "0 44" "${new[@]}" ;;
	esac
	again "0 14" vpsctl destroy 281 && same "$tmp/none"
}

# kills VERB INSTANTS COMMAND...
kills() {
	local verb=$1 instants=$2 last n killed=0 bad=$failures
	shift 2
	what="$verb, not killed"
	# Twice: the first one makes what stays for all.
	for i in 0 0; do
		"before_${verb%_*}"
		COUNT=$tmp/count taskset -c 0 "$helpers/killat" 0 "$@" >/dev/null 2>&1
		"after_${verb%_*}"
	done
	last=$(cat "$tmp/count")
	for ((i = 0; i < instants; i++)); do
		n=$((1 + (last - 1) * i / (instants - 1)))
		what="$verb killed at call $n of $last"
		"before_${verb%_*}"
		taskset -c 0 "$helpers/killat" $n "$@" >/dev/null 2>&1
		[ $? != 137 ] || killed=$((killed + 1))
		"after_${verb%_*}"
	done
	is "$verb: nothing broke, nothing was left" $((failures - bad)) 0
	# Some runs have fewer calls: it depends on what vpsd does meanwhile.
	ok "$verb was killed at $killed of $instants calls" [ $killed -ge $((instants * 3 / 4)) ]
}

# random VERB COMMAND...: by time, so that its children are struck too.
random() {
	local verb=$1 took n bad=$failures
	shift
	what="$verb" i=1
	"before_${verb%_*}"
	took=$(date +%s%N)
	"$@" >/dev/null 2>&1
	took=$((($(date +%s%N) - took) / 1000000))
	"after_${verb%_*}"
	for i in 0 1 2 3; do
		n=$((RANDOM % (took + 1)))
		what="$verb killed after $n of $took ms"
		"before_${verb%_*}"
		{ timeout -s KILL "$((n / 1000)).$(printf %03d $((n % 1000)))" "$@"; } >/dev/null 2>&1
		"after_${verb%_*}"
	done
	is "$verb killed at random times: nothing broke, nothing was left" $((failures - bad)) 0
}

RANDOM=${SEED:-$$}
echo "# SEED=${SEED:-$$}"
# Of cases before this one: what closing connections keep.
until_true 180 eval '! inventory | grep -q "^context .* dead"'
inventory >"$tmp/none"
"${new[@]}" >/dev/null
inventory >"$tmp/stopped"
many=${MANY:-1} # more of them where there is time
kills start $((20 * many)) vpsctl start 281
kills stop $((8 * many)) vpsctl stop 281
kills stop_fast $((12 * many)) "${fast[@]}"
kills destroy $((12 * many)) vpsctl destroy 281
before_create
kills create $((12 * many)) "${new[@]}"
random start vpsctl start 281
random stop vpsctl stop 281
random destroy vpsctl destroy 281
random create "${new[@]}"
done_testing
