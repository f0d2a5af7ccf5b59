#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Inits other than systemd, sysvinit and busybox: stopped in order by stop, and
# by halt and reboot from inside.
. "$(dirname "$0")/lib.sh"
own 214 215
limit=150
inventory >"$tmp/before"
field() { vpslist -a -H -o "$1" "$id" | xargs; }
stopped() { [ "$(field status)" = stopped ]; }
rebooted() {
	local now
	now=$(field initpid)
	[ "$now" != - ] && [ "$now" != "$first" ]
}
# What was asked for while it still boots may be forgotten.
booted() {
	until_true 60 vpsctl exec2 "$id" \
		"! command -v runlevel >/dev/null || runlevel | grep -q ' [2-5]\$'"
}
goodbyes() { vpsctl exec "$id" cat /root/goodbye; }

try() { # TEMPLATE CTID ADDRESS
	local template=$1
	id=$2 ip=$3
	code "$template: create" 0 vpsctl create "$id" --ostemplate "$template" \
		--hostname "$template" --ipadd "$ip" --ram 256M
	inventory >"$tmp/stopped"
	code "$template: start --wait" 0 vpsctl start "$id" --wait
	is "$template: its init" "$(vpsctl exec "$id" cat /proc/1/comm)" init
	is "$template: its host name" "$(vpsctl exec "$id" hostname)" "$template"
	ok "$template: it answers" ping -c 1 -W 10 "$ip"
	vpsctl exec "$id" 'cat >/etc/init.d/S99goodbye; chmod 755 /etc/init.d/S99goodbye
		! command -v update-rc.d >/dev/null || update-rc.d S99goodbye defaults' <<-'END'
		#!/bin/sh
		### BEGIN INIT INFO
		# Provides:          goodbye
		# Required-Start:    $local_fs
		# Required-Stop:     $local_fs
		# Default-Start:     2 3 4 5
		# Default-Stop:      0 1 6
		# Short-Description: says that it was stopped
		### END INIT INFO
		case $1 in stop) echo "$1" >>/root/goodbye ;; esac
	END

	code "$template: stop" 0 vpsctl stop "$id"
	same_inventory "$template: stop leaves nothing" "$tmp/stopped"
	code "$template: start again" 0 vpsctl start "$id" --wait
	is "$template: stop was in order" "$(goodbyes)" stop

	first=$(field initpid)
	vpsctl exec "$id" reboot >/dev/null 2>&1
	until_true 60 rebooted
	unlike "$template: reboot inside brings it back" "$(field initpid)" "^($first|-|)\$"
	booted
	is "$template: the reboot was in order" "$(goodbyes | xargs)" "stop stop"
	ok "$template: it answers after the reboot" ping -c 1 -W 10 "$ip"

	for command in halt poweroff; do
		vpsctl exec "$id" $command >/dev/null 2>&1
		until_true 60 stopped
		is "$template: vpslist after $command inside" "$(field status)" stopped
		same_inventory "$template: $command leaves nothing" "$tmp/stopped"
		code "$template: start after $command" 0 vpsctl start "$id" --wait
	done
	is "$template: both were in order" "$(goodbyes | xargs)" "stop stop stop stop"

	# What init does when it simply ends, or is killed by the host's root.
	kill -9 "$(field initpid)"
	until_true 30 stopped
	is "$template: vpslist after its init was killed" "$(field status)" stopped
	same_inventory "$template: nothing is left of it" "$tmp/stopped"
	code "$template: destroy" 0 vpsctl destroy "$id"
}

try sysvinit 214 10.214.0.1
try busybox 215 10.215.0.1
same_inventory "destroy leaves nothing" "$tmp/before"
done_testing
