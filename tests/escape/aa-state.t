#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What all other cases lean on: that a change of the host, or harm to the
# neighbour, is told by host_unchanged and neighbour_well.
. "$(dirname "$0")/lib.sh"
arena

# tells NAME DO UNDO: between the two the state differs, and afterwards not.
tells() {
	eval "$2" || fail "$1: done"
	host_state >"$tmp/state.now"
	unlike "$1: told" "$(diff "$tmp/state.before" "$tmp/state.now")" '^$'
	eval "$3" || fail "$1: undone"
}

host_unchanged "two looks at it are the same"
tells "a sysctl" 'echo "|/x" >/proc/sys/kernel/core_pattern' 'echo core >/proc/sys/kernel/core_pattern'
tells "a sysctl of the network" 'echo 1 >/proc/sys/net/ipv4/tcp_abort_on_overflow' 'echo 0 >/proc/sys/net/ipv4/tcp_abort_on_overflow'
tells "the host's name" 'hostname evil' 'hostname kontext'
tells "a mount" 'mount -t tmpfs evil /mnt' 'umount /mnt'
tells "a module" 'modprobe ifb' 'modprobe -r ifb'
tells "a network device" 'ip link add evil type dummy' 'ip link del evil'
tells "a device node" 'mknod /dev/evil c 1 3' 'rm /dev/evil'
tells "a mode in /dev" 'chmod 600 /dev/full' 'chmod 666 /dev/full'
tells "a rule" 'nft add table inet evil' 'nft delete table inet evil'
tells "a swap area" 'head -c 1M /dev/zero >"$tmp/swap"; chmod 600 "$tmp/swap"; mkswap -q "$tmp/swap" >/dev/null; swapon "$tmp/swap"' \
	'swapoff "$tmp/swap"'
tells "the time of day" 'date -s "+1 hour" >/dev/null' 'date -s "-1 hour" >/dev/null'
tells "the mount of the neighbour's root" 'mount -o remount,bind,ro /var/lib/vps/root/262' 'mount -o remount,bind,rw /var/lib/vps/root/262'
host_state >"$tmp/state.now"
is "undone, all is as before" "$(diff "$tmp/state.before" "$tmp/state.now" | grep '^[<>]')" ""
# These leave a time of change behind, so they come last.
tells "a file in /etc, with its old times" 'touch -r /etc/hosts "$tmp/times"; echo >>/etc/hosts; touch -r "$tmp/times" /etc/hosts' true
host_state >"$tmp/state.before"
tells "a program of the host" 'chmod u+s /usr/bin/env' 'chmod u-s /usr/bin/env'

neighbour_well "the neighbour is well"
# ill NAME DO UNDO: neighbour_well says so.
ill() {
	local said
	eval "$2" >/dev/null 2>&1
	said=$(neighbour_well)
	like "$1: told" "$said" '^not ok'
	eval "$3" >/dev/null 2>&1
}
n() { vpsctl exec2 262 "$1" </dev/null; }
ill "the neighbour's file changed" 'n "echo x >>/root/canary"' 'n "echo canary of 262 >/root/canary"'
ill "a new one appeared" 'n "touch /root/new"' 'n "rm /root/new"'
ill "its process died" 'kill -9 "$(pgrep -fx "sleep 262262")"; sleep 0.2' \
	"n 'setsid sleep 262262 >/dev/null 2>&1 &'; until_true 5 canary_process; canary_process >$arena_dir/canary"
ill "it is down" 'vpsctl stop 262 --fast' 'renew 262'
neighbour_well "after all that it is well"
done_testing
