# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For scripts that run tests: counts results, prints them with elapsed time.
# The one who sources it has set $top.

# shellcheck disable=SC2154
results=$top/build/results
passed=0 failed=0 skipped=0
vm_options=()	# more for scripts/vm in in_vm
mkdir -p "$results"

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
	"$@" </dev/null >"$results/$name.tap" 2>&1 || status=$?
	judge "$name" $status "$results/$name.tap"
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

# in_vm NAME KERNEL LIMIT PROGRAM...: programs, named from the top of the tree,
# in one fresh machine; LIMIT seconds for each of them.
in_vm() {
	local label=$1 kernel=$2 limit=$3 name status seconds lines line i ran=0
	local console=$results/$1.console total
	shift 3
	say "== $label: $# programs"
	total=$((120 + limit * $#))
	while read -r name status seconds lines; do
		for ((i = 0; i < lines; i++)); do
			IFS= read -r line || break
			printf '%s\n' "$line"
		done >"$results/$label.$name.tap"
		ran=$((ran + 1))
		say "-- $name: $seconds s"
		judge "$label/$name" "$status" "$results/$label.$name.tap"
	done < <("$top/scripts/vm" --kernel "$top/build/kernel/$kernel" \
		--share "$top" --mem 3072 --timeout $total --console "$console" \
		"${vm_options[@]}" \
		-- tests/qemu/run-tap "$limit" "${@/#//mnt/share/}" \
		2>"$results/$label.stderr")
	cat "$results/$label.stderr" >&2
	if [ $ran != $# ]; then
		say "not ok - $label: $ran of $# programs ran"
		failed=$((failed + $# - ran))
	fi
	if "$top/scripts/console-check" "$console"; then
		passed=$((passed + 1))
		say "ok - $label: the kernel did not complain"
	else
		failed=$((failed + 1))
		say "not ok - $label: the kernel complained, see $console"
	fi
}
