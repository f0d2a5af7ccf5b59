# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For scripts that run tests: counts results, prints them with elapsed time.
# The one who sources it has set $top.

# shellcheck disable=SC2154
results=$top/build/results
passed=0 failed=0 skipped=0
vm_options=()	# more for scripts/vm in in_vm
vm='' debug=''	# process that runs a machine; process group of a build
mkdir -p "$results"
trap '[ -z "$vm" ] || kill "$vm"; [ -z "$debug" ] || kill -- "-$debug"' EXIT
trap 'exit 130' INT TERM HUP

say() {
	printf '[%2d:%02d] %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$*"
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
	timeout -k 10 1800 "$@" </dev/null >"$results/$name.tap" 2>&1 || status=$?
	judge "$name" $status "$results/$name.tap"
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
		tail -n 40 "$results/$name.log" | sed 's/^/    /'
	fi
}

# step NAME COMMAND...: something that must succeed for the rest to make sense.
step() {
	local name=$1
	shift
	say "== $name"
	"$@" || {
		say "not ok - $name"
		echo "$passed passed, $((failed + 1)) failed"
		exit 1
	}
}

# machine LABEL KERNEL LIMIT PROGRAM...: the programs in one fresh machine, for
# LIMIT seconds each. Adds those that ended, and one in which it died, to $ran.
machine() {
	local label=$1 kernel=$2 limit=$3 name='' out='' line status seconds from
	local deadline=$((SECONDS + 420))
	shift 3
	exec {from}< <(exec "$top/scripts/vm" --kernel "$top/build/kernel/$kernel" \
		--share "$top" --mem 3072 --timeout $((300 + (limit + 30) * $#)) \
		--console "$results/$label.console.new" "${vm_options[@]}" \
		-- tests/qemu/run-tap "$limit" "${@/#//mnt/share/}" \
		2>"$results/$label.stderr" </dev/null)
	vm=$!
	while IFS= read -r -u "$from" \
		-t $((deadline > SECONDS ? deadline - SECONDS : 1)) line; do
		case $line in
		"> "*)
			name=${line#> }
			out=$results/$label.$name.tap
			: >"$out"
			deadline=$((SECONDS + limit + 60))
			;;
		"< "*)
			read -r _ status seconds <<<"$line"
			ran=$((ran + 1))
			say "-- $name: $seconds s"
			judge "$label/$name" "$status" "$out"
			name=''
			deadline=$((SECONDS + 60))
			;;
		*) printf '%s\n' "${line# }" >>"$out" ;;
		esac
	done
	[ $SECONDS -lt $deadline ] || kill "$vm" 2>/dev/null || :
	exec {from}<&-
	status=0
	wait "$vm" || status=$?
	vm=''
	cat "$results/$label.console.new" >>"$results/$label.console" || :
	rm -f "$results/$label.console.new"
	cat "$results/$label.stderr" >&2
	[ $status != 0 ] || [ -n "$name" ] || return 0
	if [ -n "$name" ]; then
		ran=$((ran + 1))
		echo "Bail out! the machine died, or hung: status $status" >>"$out"
		judge "$label/$name" 0 "$out"
	else
		say "not ok - $label: the machine ended with status $status"
		failed=$((failed + 1))
	fi
}

# in_vm LABEL KERNEL LIMIT PROGRAM...: programs, named from the top of the tree.
# When a machine dies the programs that are left have a new one.
in_vm() {
	local label=$1 kernel=$2 limit=$3 ran=0 before=-1
	shift 3
	say "== $label: $# programs"
	: >"$results/$label.console"
	while [ $ran -lt $# ] && [ $ran != $before ]; do
		before=$ran
		machine "$label" "$kernel" "$limit" "${@:ran + 1}"
	done
	if [ $ran != $# ]; then
		say "not ok - $label: did not run: ${*:ran + 1}"
		failed=$((failed + $# - ran))
	fi
	if "$top/scripts/console-check" "$results/$label.console"; then
		passed=$((passed + 1))
		say "ok - $label: the kernel did not complain"
	else
		failed=$((failed + 1))
		say "not ok - $label: the kernel complained, see build/results/$label.console"
	fi
}
