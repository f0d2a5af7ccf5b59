# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# For exhaust.t, after lib.sh: what is counted, and what is made of it.

# soon NAME SECONDS COMMAND...: which becomes true within these.
soon() {
	local name=$1
	shift
	if until_true "$@"; then pass "$name"; else fail "$name" "$*"; fi
}

# bean RESOURCE: "held failcnt" of VPS 251, as the host sees it.
bean() {
	awk -v name="$1" '$1 ~ /:$/ { on = $1 == "251:"; sub(/^ *[0-9]+: */, "") }
		on && $1 == name { print $2, $6 }' /proc/user_beancounters
}

# number RESOURCE: as the events have it.
number() {
	awk -v name="CTX_RES_${1^^}," '/^enum ctx_resource/ { on = 1 } on && /^\tCTX_RES_/ {
		if ($1 == name) print n + 0; n++ }' "$here/../../kernel/ctx/include/uapi/linux/ctx.h"
}

# Every number that could grow, a line each: "NAME NUMBER".
# Addresses that were unmapped wait until they are many, or until a module comes.
snapshot() {
	local i
	modprobe -r unix_diag
	modprobe unix_diag
	for i in 1 2; do
		sync
		echo 3 >/proc/sys/vm/drop_caches
		sleep 1
	done
	for i in /sys/kernel/slab/*/shrink; do echo 1 >"$i"; done
	awk 'NR > 2 { print "slab-" $1, $2 }' /proc/slabinfo
	awk '{ for (i = 2; i < NF; i += 2) print "sockets-" $1 $i, $(i + 1) }' /proc/net/sockstat
	awk '{ print "files", $1 }' /proc/sys/fs/file-nr
	awk '/^(SUnreclaim|KernelStack|PageTables|Percpu)/ { print "memory-" $1, $2 }' /proc/meminfo
	awk '{ print "groups-" $1, $2 }' /sys/fs/cgroup/cgroup.stat
	echo "contexts $("$helpers/inventory" contexts | wc -l)"
	echo "key-users $(wc -l </proc/key-users)"
	echo "ptys $(cat /proc/sys/kernel/pty/nr)"
	echo "mounts $(wc -l </proc/self/mountinfo)"
	echo "conntrack $(cat /proc/sys/net/netfilter/nf_conntrack_count)"
	echo "devices $(find /sys/class/net/ -mindepth 1 | wc -l)"
}

# percentiles FROM-TO-FILE METER: "requests median p99" of those that began in the windows.
percentiles() {
	awk 'NR == FNR { from[n++] = $1; to[n - 1] = $2; next }
		{ for (i = 0; i < n; i++) if ($1 >= from[i] && $1 < to[i]) { print $2; next } }' "$1" "$2" |
		sort -n | awk '{ v[NR] = $1 } END { print NR, v[int((NR + 1) / 2)] + 0, v[int(NR * 0.99 + 0.5)] + 0 }'
}

# grown FILE FILE ROUNDS: what is more in the second snapshot than in the first, and more than
# what is counted by each CPU on its own, or comes and goes with the host. Of what is free in
# the slab that a CPU takes from, all counts as used.
grown() {
	join "$1" "$2" | awk -v rounds="$3" -v cpus="$(nproc)" '
		FILENAME == "/proc/slabinfo" { per_slab["slab-" $1] = $5; next }
		{
			slack = 0
			if (/^memory-/) slack = 1024
			if (/^(slab-|files)/) slack = 64 + rounds + cpus * per_slab[$1]
			if (/^sockets-/) slack = 8
			# Each CPU keeps a MiB of it.
			if (/^sockets-.*mem/) slack = 64 + cpus * 256
			if (/^groups-nr_dying/) slack = 2
		}
		$3 - $2 > slack { print $1, $2, $3 }' /proc/slabinfo -
}
