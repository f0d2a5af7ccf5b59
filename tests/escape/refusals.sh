# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# That an attack was refused, and for the reason that it should be; part of lib.sh.

counters() { # REASON:NUMBER, a line each
	vpsctl status $refuser --json 2>/dev/null </dev/null | tr -d ' \n\t"' |
		sed -n 's/.*refusals:{\([^}]*\)}.*/\1/p' | tr ',' '\n'
}

# refusals REASON: how often the LSM has refused the attacker so far; nothing
# when there is no such counter.
refusals() { counters | sed -n "s/^$1://p"; }

lsm_reasons=" signal ptrace sched fd unix socket key ipc mount file device mknod capability module bpf perf \
io_uring sysctl netdev netfilter syslog kernel quota tty userns upcall "

# A reason that only one side knows would not be compared, and nobody told.
reasons_known() {
	[ "$(counters | cut -d : -f 1 | sort | xargs)" = "$(tr ' ' '\n' <<<"$lsm_reasons" | sort | xargs)" ]
}

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
	local after
	after=$(refusals "$1")
	if [ "$2" ] && [ "${after:-0}" -gt "$2" ]; then
		pass "$3: counted"
	else
		fail "$3: counted" "refusals for $1: ${2:-no counter} before, ${after:-no counter} after"
	fi
}
