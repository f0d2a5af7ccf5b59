# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# That an attack was refused, and for the reason that it should be; part of lib.sh.

# refusals REASON: how often the LSM has refused the attacker so far; nothing
# when these tools do not count yet.
refusals() {
	vpsctl status $refuser --json 2>/dev/null </dev/null | tr -d ' \n\t' |
		sed -n "s/.*\"refusals\":{[^}]*\"$1\":\([0-9]*\).*/\1/p"
}

lsm_reasons=" signal ptrace sched fd unix socket key ipc mount device mknod capability module bpf perf \
io_uring sysctl proc netdev netfilter syslog kernel quota tty userns "

# refuses NAME REASON WANT COMMAND...: COMMAND prints exactly WANT (or, after
# "=~", something that matches), and when REASON is one of the LSM's its counter
# has grown. Other reasons name the first wall: dac, the host's capability.
refuses() {
	local name="$1: $2" reason=$2 want=$3 before='' said
	shift 3
	[[ $lsm_reasons != *" $reason "* ]] || before=$(refusals "$reason")
	said=$("$@" 2>&1 </dev/null)
	case $want in
	=~*) like "$name" "$said" "${want#=~}" ;;
	*) is "$name" "$said" "$want" ;;
	esac
	refused_by "$reason" "$before" "$name"
}

# refused_by REASON BEFORE NAME: the counter of REASON is above BEFORE, what
# `refusals REASON` printed before the attack.
refused_by() {
	[[ $lsm_reasons == *" $1 "* ]] || return 0
	if [ -z "$2" ]; then
		echo "# $3: not compared, vpsctl status has no counters"
	elif [ "$(refusals "$1")" -gt "$2" ]; then
		pass "$3: counted"
	else
		fail "$3: counted" "refusals for $1: $2 before, $(refusals "$1") after"
	fi
}
