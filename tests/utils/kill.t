#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Imports and removals killed at any instant: the next command works, and
# nothing of the killed one is left.
set -u
# In memory: a hundred imports must not wait for a disk that others use.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
# shellcheck source=tests/utils/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir -p "$tmp/tree/etc"
echo 'PRETTY_NAME=Killed' >"$tmp/tree/etc/os-release"
for d in $(seq 40); do
	mkdir -p "$tmp/tree/d$d/e/f/g"
	for f in $(seq 40); do
		head -c 2000 /dev/zero >"$tmp/tree/d$d/e/file$f"
	done
done
tar -C "$tmp/tree" -czf "$tmp/t.tar.gz" .

# Milliseconds that the whole of it takes, so that instants spread over it.
begin=$(date +%s%N)
"$vpstemplate" import probe "$tmp/t.tar.gz"
import_us=$((($(date +%s%N) - begin) / 1000))
begin=$(date +%s%N)
"$vpstemplate" remove probe
remove_us=$((($(date +%s%N) - begin) / 1000))

# kill_at MICROSECONDS COMMAND...: sets $killed to yes when it came in time.
kill_at() {
	local at=$1 pid
	shift
	"$@" >/dev/null 2>&1 &
	pid=$!
	sleep "$(printf '%d.%06d' $((at / 1000000)) $((at % 1000000)))"
	kill -KILL $pid 2>/dev/null
	killed=yes
	wait $pid 2>/dev/null && killed=no
}

# list shows the whole template or none, never a part or an import's directory.
whole_or_none() {
	local shown
	shown=$("$vpstemplate" list -H) || return 1
	case $shown in
	'') [ ! -e "$templates/t" ] ;;
	't '*Killed*) diff -r "$tmp/tree" "$templates/t/root" ;;
	*) return 1 ;;
	esac
}

in_time=0
good=yes
for i in $(seq 24); do
	kill_at $((import_us * i / 22)) "$vpstemplate" import -q t "$tmp/t.tar.gz"
	# One that was through by then says that it takes less by now.
	if [ $killed = no ]; then
		import_us=$((import_us * 4 / 5))
	else
		in_time=$((in_time + 1))
	fi
	whole_or_none || good="at instant $i"
	[ ! -e "$templates/t" ] || "$vpstemplate" remove t || good="remove at $i"
done
ok "24 killed imports leave all or nothing to see" [ "$good" = yes ]
ok "many of them were killed in time ($in_time)" [ $in_time -ge 10 ]
run "$vpstemplate" import t "$tmp/t.tar.gz"
ok "the next import works" [ "$status" = 0 ]
ok "and is whole" diff -r "$tmp/tree" "$templates/t/root"
ok "and has swept what the killed ones left" [ "$(ls -A "$templates")" = t ]

in_time=0
good=yes
for i in $(seq 20); do
	[ -e "$templates/t" ] || "$vpstemplate" import -q t "$tmp/t.tar.gz" || good="import at $i"
	kill_at $((remove_us * i / 18)) "$vpstemplate" remove t
	# One that was through by then says that it takes less by now.
	if [ $killed = no ]; then
		remove_us=$((remove_us * 4 / 5))
	else
		in_time=$((in_time + 1))
	fi
	whole_or_none || good="at instant $i"
done
ok "20 killed removals leave all or nothing to see" [ "$good" = yes ]
ok "many of them were killed in time ($in_time)" [ $in_time -ge 5 ]
[ -e "$templates/t" ] || "$vpstemplate" import -q t "$tmp/t.tar.gz"
run "$vpstemplate" remove t
ok "the next removal works" [ "$status" = 0 ]
ok "and has swept what the killed ones left" nothing_left

# until_at_work: the import named slow has begun.
until_at_work() {
	local tries
	for tries in $(seq 100); do
		[ -z "$(find "$templates" -maxdepth 1 -name '.import-slow.*')" ] || return
		sleep 0.1
	done
	echo "# it has not begun after $tries tries"
}

# What another command is at work on is not swept.
mkfifo "$tmp/slow"
"$vpstemplate" import -q slow - <"$tmp/slow" 2>/dev/null &
slow=$!
exec 9>"$tmp/slow"
head -c 20000 "$tmp/t.tar.gz" >&9
until_at_work
"$vpstemplate" import -q t "$tmp/t.tar.gz"
ok "an import at work is not swept by another" \
	[ "$(find "$templates" -maxdepth 1 -name '.import-slow.*' | wc -l)" = 1 ]
run "$vpstemplate" import slow "$tmp/t.tar.gz"
ok "two imports of one name: the second is refused as locked" [ "$status" = 9 ]
tail -c +20001 "$tmp/t.tar.gz" >&9
exec 9>&-
wait $slow
ok "the slow one comes to its end" [ $? = 0 ]
ok "and is whole" diff -r "$tmp/tree" "$templates/slow/root"
"$vpstemplate" remove slow
"$vpstemplate" remove t

# A signal that can be caught cleans up at once.
for signal in INT TERM HUP; do
	# A shell starts what is in the background with SIGINT ignored.
	setsid python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$vpstemplate" import slow - \
		<"$tmp/slow" 2>"$tmp/err" &
	slow=$!
	exec 9>"$tmp/slow"
	head -c 20000 "$tmp/t.tar.gz" >&9
	until_at_work
	kill -$signal $slow
	wait $slow
	ok "SIG$signal ends an import that waits, by that signal" \
		[ $? = $((128 + $(kill -l $signal))) ]
	exec 9>&-
	ok "and nothing is left" nothing_left
	ok "and it says so" grep -q interrupted "$tmp/err"
done
finish
