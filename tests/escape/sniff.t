#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# AF_PACKET on all devices of a VPS, with every protocol: it sees its own traffic
# and nothing of the neighbour's or the host's.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
arena packets nest
send() { # TEXT: from the host to the neighbour and to itself
	for _ in 1 2 3; do
		echo "$1" >/dev/udp/10.26.0.2/2627
		echo "$1" >/dev/udp/127.0.0.1/2627
		echo "$1" >/dev/udp/10.0.2.15/2627
		echo "$1" >/dev/udp/fd26::2/2627
		echo "$1" >/dev/udp/fd00::15/2627
	done 2>/dev/null
}

refuses "a user" "own capability" "socket: EPERM" inside_user /attack/packets sniff 1 x
secretly ear inside_root /attack/packets sniff 8 secret262
send secret262
vpsctl exec2 $neighbour 'echo secret262 | timeout 2 nc -u -w 1 10.0.2.2 2627; /attack/packets raw 10.26.0.2 10.26.0.1 2627 public
	echo secret262 | timeout 2 nc -u -w 1 fd00::2 2627; /attack/packets raw6 venet0 fd26::2 fd00::15 2627 secret262' >/dev/null 2>&1 </dev/null
wait $job
is "it hears nothing of the neighbour's" "$(tail -n 1 "$tmp/ear")" silence
secretly ear inside_root /attack/packets sniff 20 public262
echo public262 >/dev/udp/10.26.0.1/2627
wait $job
is "but what is meant for it" "$(tail -n 1 "$tmp/ear")" heard
secretly ear inside_root /attack/packets sniff 20 public6
echo public6 >/dev/udp/fd26::1/2627
wait $job
is "also by IPv6" "$(tail -n 1 "$tmp/ear")" heard
host_unchanged
neighbour_well
secretly ear naked "$attacks/packets" sniff 20 secret262
send secret262
wait $job
is "it bites: who has the host's network namespace hears all" "$(tail -n 1 "$tmp/ear")" heard
done_testing
