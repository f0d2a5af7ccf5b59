# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For scripts that run tests: counts results, prints them with elapsed time.
# The one who sources it has set $top.

# shellcheck disable=SC2154
results=$top/build/results
passed=0 failed=0 skipped=0
vm='' debug=''	# process that runs a machine; process group of a build
mkdir -p "$results"
rm -f "$results/failures"
trap '[ -z "$vm" ] || kill "$vm"; [ -z "$debug" ] || kill -- "-$debug" 2>/dev/null
	[ ${#lanes[@]} = 0 ] || kill "${lanes[@]}"' EXIT
trap 'exit 130' INT TERM HUP

# What failed, and the indented lines that say why, is told again at the end.
say() {
	printf '[%2d:%02d] %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$*"
	case $1 in
	"not ok"* | "    "*) printf '%s\n' "$*" >>"$results/failures" ;;
	esac
}

# total: what failed, and the figures; false when something did.
total() {
	if [ -s "$results/failures" ]; then
		echo "What failed:"
		cat "$results/failures"
	fi
	[ $skipped = 0 ] || echo "$skipped skipped"
	echo "$passed passed, $failed failed"
	[ $failed = 0 ] && [ $passed != 0 ]
}

# judge NAME STATUS FILE: the TAP in FILE of a program that ended with STATUS.
judge() {
	local line
	while IFS= read -r line; do
		case $line in
		"tap: "*)
			read -r _ p f s <<<"$line"
			passed=$((passed + p)) failed=$((failed + f))
			skipped=$((skipped + s))
			;;
		*) say "$line" ;;
		esac
	done < <("$top/scripts/tap" "$1" "$2" <"$3")
}

# on_host NAME COMMAND...: a program here whose output is TAP.
on_host() {
	local name=$1 status=0
	shift
	say "== $name"
	timeout -k 10 "${host_limit:-1800}" "$@" </dev/null >"$results/$name.tap" 2>&1 || status=$?
	judge "$name" $status "$results/$name.tap"
}

# show FILE: the end of what a program that failed has printed.
show() {
	local line
	while IFS= read -r line; do
		say "    $line"
	done < <(tail -n 40 "$1")
}

# single NAME COMMAND...: a program here that passes by its exit status.
single() {
	local name=$1
	shift
	say "== $name"
	if timeout -k 10 1800 "$@" </dev/null >"$results/$name.log" 2>&1; then
		passed=$((passed + 1))
		say "ok - $name: $(tail -n 1 "$results/$name.log")"
	else
		failed=$((failed + 1))
		say "not ok - $name"
		show "$results/$name.log"
	fi
}

# lane COMMAND...: beside what follows, until join. What is printed mixes; each
# line says whose it is.
lanes=()
# shellcheck disable=SC2030,SC2031 # counts of its own, which join adds
lane() {
	(
		passed=0 failed=0 skipped=0 lanes=()
		trap '[ -z "$vm" ] || kill "$vm"' EXIT
		trap 'exit 130' INT TERM HUP
		"$@"
		echo "$passed $failed $skipped" >"$results/lane.$BASHPID"
	) &
	lanes+=($!)
}

# join: waits for all lanes, and takes over their counts.
# shellcheck disable=SC2031
join() {
	local pid p f s
	for pid in "${lanes[@]}"; do
		wait "$pid" || :
		if read -r p f s 2>/dev/null <"$results/lane.$pid"; then
			passed=$((passed + p)) failed=$((failed + f))
			skipped=$((skipped + s))
		else
			say "not ok - a part of the tests ended before its time"
			failed=$((failed + 1))
		fi
	done
	lanes=()
}

# step NAME COMMAND...: something that must succeed for the rest to make sense.
step() {
	local name=$1
	shift
	say "== $name"
	"$@" || {
		say "not ok - $name"
		failed=$((failed + 1))
		total
		exit 1
	}
}
