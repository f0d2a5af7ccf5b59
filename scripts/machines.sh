# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For scripts that run tests in virtual machines; after results.sh.

# shellcheck disable=SC2154
vm_options=()	# more for scripts/vm in in_vm

# machine LABEL KERNEL LIMIT PROGRAM...: the programs in one fresh machine, for
# LIMIT seconds each. Adds those that ended, and one in which it died, to $ran; but
# not one that the emulator's fault has ended: in_vm has it run anew.
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
	if [ "$stale" -lt 3 ] && "$top/scripts/stale-code" "$results/$label.console.new"; then
		stale=$((stale + 1)) before=-1
		say "-- $label: the emulator executed stale code; once more${name:+ from $name}"
		sed '/ Oops: int3: /,$d' "$results/$label.console.new" >>"$results/$label.console"
		mv "$results/$label.console.new" "$results/$label.stale-$stale"
		return 0
	fi
	cat "$results/$label.console.new" >>"$results/$label.console" || :
	rm -f "$results/$label.console.new"
	[ ! -s "$results/$label.stderr" ] || show "$results/$label.stderr"
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
	local label=$1 kernel=$2 limit=$3 ran=0 before=-1 stale=0
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
	if "$top/scripts/console-check" "$results/$label.console" \
		>"$results/$label.complaints" 2>&1; then
		passed=$((passed + 1))
		say "ok - $label: the kernel did not complain"
	else
		failed=$((failed + 1))
		say "not ok - $label: the kernel complained, see build/results/$label.console"
		show "$results/$label.complaints"
	fi
}
