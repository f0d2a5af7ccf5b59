# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For the tests that exhaust the network, to be sourced: VPS 251, which does it,
# its neighbour 252, and nethog on both and on the host.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
own 251 252
# shellcheck disable=SC2034 # for the tests
hog=$helpers/nethog
lost=$(dmesg | grep -c 'never given back')
a() { timeout 90 vpsctl exec2 251 "$@" </dev/null 2>&1; }
b() { timeout 90 vpsctl exec2 252 "$@" </dev/null 2>&1; }
bean() { vpslist -H -o "$1" 251 | tr -d ' '; }
released() { [ "$(bean "$1")" -le "$2" ]; }

# Ends what nethog has left, and what it has made that needs no process.
tidy='killall -9 nethog; for d in $(ls /sys/class/net | grep hog); do ip link del $d; done
	ip -4 neigh flush dev venet0; ip -6 neigh flush dev venet0'
free_all() {
	a "$tidy" >/dev/null
	b "$tidy" >/dev/null
	killall -q -9 nethog
}

# returned NAME RESOURCE MOST: at most so much is held, now or soon.
returned() {
	until_true 30 released "$2" "$3"
	ok "$1" [ "$(bean "$2")" -le "$3" ]
}

# ${inside[CTID]} COMMAND...: of the host, in the network namespace of the VPS
inside=()

begin() {
	local id pid
	for id in 251 252; do
		code "create $id" 0 vpsctl create $id --ostemplate busybox --ipadd 10.251.0.$id \
			--ipadd fd02::$id --netfilter stateful --ram 512M
		ok "start" vpsctl start $id
		pid=$(grep -lx "Ctx:	$id" /proc/[0-9]*/status | head -n 1 | cut -d / -f 3)
		inside[id]="nsenter -t $pid -n"
		vpsctl exec2 $id 'cat >/nethog && chmod 755 /nethog' <"$hog"
	done
	ip address replace 10.251.255.1/32 dev lo
}

finish() {
	local id
	for id in 251 252; do
		code "stop $id" 0 vpsctl stop $id --fast
		code "destroy $id" 0 vpsctl destroy $id
	done
	ip address del 10.251.255.1/32 dev lo
	sleep 2
	is "all was given back" "$(dmesg | grep -c 'never given back')" "$lost"
	done_testing
}
