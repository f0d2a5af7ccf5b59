#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The host's tools work on the tree of a VPS (docker cp CVE-2018-15664, /proc/PID/root)
# while a process inside exchanges a directory and a link that leads outside.
. "$(dirname "$0")/lib.sh"
chmod 755 "$tmp"
mkdir -m 777 "$tmp/victim"
echo untouched >"$tmp/victim/hostname"
cp "$tmp/victim/hostname" "$tmp/victim/hosts"
cp "$tmp/victim/hostname" "$tmp/victim/resolv.conf"
chmod 666 "$tmp/victim"/*
guard() { find "$tmp/victim" -printf '%p %m %U %s %C@\n' | sort; cat "$tmp/victim"/*; }
arena swap
guard >"$tmp/guard"
seconds=6

for to in "$tmp/victim" "../../../../../../../..$tmp/victim" "/proc/1/root/../../../../..$tmp/victim"; do
	inside_root "ln -s $to /link"
	inside_root "/attack/swap $seconds /etc /link" >"$tmp/said" &
	racer=$!
	done=0
	while kill -0 $racer 2>/dev/null; do
		for change in "--hostname host$done" "--nameserver 192.0.2.$((done % 250 + 1))" "--ipadd 10.26.1.$((done % 250 + 1))" \
			"--ipdel 10.26.1.$((done % 250 + 1))"; do
			timeout 20 vpsctl set $attacker $change >/dev/null 2>&1
		done
		timeout 20 vpsctl exec2 $attacker 'cat /etc/passwd' </dev/null >/dev/null 2>&1
		vpslist -a >/dev/null
		done=$((done + 1))
	done
	wait $racer
	is "${to#"$tmp"}: it was a race" "$(cat "$tmp/said")" "exchanged: often"
	[ $done -ge 2 ]
	is "with changes by the host" $? 0
	guard >"$tmp/guard.now"
	is "nothing outside has changed" "$(diff "$tmp/guard" "$tmp/guard.now")" ""
	inside_root 'rm -f /link'
done

# What the host itself would do by the name of the root, without care.
inside_root "ln -s $tmp/victim /link"
inside_root "/attack/swap 3 /etc /link" >"$tmp/said" &
racer=$!
while kill -0 $racer 2>/dev/null; do
	echo naive 2>/dev/null >"/var/lib/vps/root/$attacker/etc/hostname"
done
wait $racer
is "a tool that goes by the name is led astray: it bites" "$(cat "$tmp/victim/hostname")" naive
inside_root 'rm -f /link'
vpsctl set $attacker --hostname host$attacker >/dev/null
finished
