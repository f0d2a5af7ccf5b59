#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What programs say of their machine is what the limits of the VPS say, and not
# what the host has. TRUTH=all adds Java, Node, PostgreSQL and Go, for which
# "scripts/packages all" has fetched the packages. Prints a table of it all.
. "$(dirname "$0")/lib.sh"
id=250
own $id
limit=240
debs=$here/../../build/debs
a() { vpsctl exec2 $id "$@" </dev/null 2>&1; }
line() { printf '# %-42s %-18s %-18s %s\n' "$@"; }

# row TOOL WANT COMMAND: what the shell command prints inside, and on the host,
# where that is something else.
row() {
	local inside host
	inside=$(a "$3" | xargs)
	host=$(sh -c "$3" 2>/dev/null </dev/null | xargs)
	line "$1" "$inside" "$2" "$host"
	is "$1" "$inside" "$2"
	unlike "$1: the host has another" "$host" "^($2|)\$"
}

# inside TOOL WANT COMMAND: the same for what the host cannot run, or is equal there.
inside() {
	local got
	got=$(a "$3" | xargs)
	line "$1" "$got" "$2" ""
	is "$1" "$got" "$2"
}

# The host is busy, without being in the way of what follows.
group=/sys/fs/cgroup/truth
mkdir -p $group
echo 1 >$group/cpu.idle
for _ in 1 2 3 4; do
	sh -c "echo \$\$ >$group/cgroup.procs; while :; do :; done" &
	spinners+=($!)
done
trap 'kill "${spinners[@]}"; wait; rmdir $group; wipe; rm -rf "$tmp"' EXIT
echo "a line of the host alone, $$" >/dev/kmsg

started=$(date +%s)
ok "create" vpsctl create $id --ostemplate debian-12 --ram 64M --swap 0 --cpus 1 --cpulimit 50 \
	--diskspace 1G --numproc 200
ok "start in 64 MB" vpsctl start $id --wait
ok "programs" sh -c "vpsctl exec2 $id tar -C / --keep-directory-symlink -x <'$debs/debian-12-truth.tar'"
ok "python" sh -c "vpsctl exec2 $id 'cat >/truth.py' <'$here/truth.py'"
is "no unit failed" "$(a systemctl --failed --no-legend --plain)" ""

line PROGRAM INSIDE LIMIT HOST
row "nproc" 1 "nproc"
row "getconf _NPROCESSORS_ONLN" 1 "getconf _NPROCESSORS_ONLN"
# What could become its own at any time, see docs/views.md.
possible=$(getconf _NPROCESSORS_CONF)
inside "getconf _NPROCESSORS_CONF" "$possible" "getconf _NPROCESSORS_CONF"
inside "nproc --all" "$possible" "nproc --all"
row "getconf _PHYS_PAGES" 16384 "getconf _PHYS_PAGES"
row "lscpu: CPU(s)" 1 "lscpu | sed -n 's/^CPU(s): *//p'"
row "lscpu: on-line" 0 "lscpu | sed -n 's/^On-line CPU(s) list: *//p'"
row "free: Mem" 65536 "free -k | awk '/^Mem/ { print \$2 }'"
inside "free: Swap" 0 "free -k | awk '/^Swap/ { print \$2 }'"
row "vmstat -s: total memory" 65536 "vmstat -s | awk '/total memory/ { print \$1 }'"
row "vmstat -s: boot time" own "vmstat -s | awk '/boot time/ { print \$1 < $started - 1 ? \"host\" : \"own\" }'"
inside "vmstat -d: the host's disks" none "vmstat -d | grep -oE '\\<(vd|sd|loop|ram)[a-z0-9]*' || echo none"
row "df /" 1048576 "df -k / | awk 'END { print \$2 }'"
row "top: MiB Mem" 64.0 "top -b -n 1 | awk '/^MiB Mem/ { print \$4 }'"
row "top: lines of CPUs" %Cpu0 "top -b -w 160 -n 1 -1 | grep -o %Cpu[0-9]*"
# All that is in 64 MB has lived; what follows is larger.
is "nothing was killed for want of memory" "$(grep -c '^oom_kill 0' /sys/fs/cgroup/vps/$id/memory.events)" 1
ok "set --ram, live" vpsctl set $id --ram 128M
row "free after set" 131072 "free -k | awk '/^Mem/ { print \$2 }'"
if [ "${TRUTH:-}" = all ]; then
	. "$here/truth-all.sh"
fi
ok "destroy" sh -c "vpsctl stop $id --fast && vpsctl destroy $id"
done_testing
