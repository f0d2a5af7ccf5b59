# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For the escape suite, to be sourced: the attacker VPS, its neighbour, and what
# of the host must not change. tests/escape/README says how a case is written.
escape=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$escape/../cli/lib.sh"
# shellcheck source=tests/escape/refusals.sh
. "$escape/refusals.sh"

attacks=${ATTACKS:-$escape/../../build/tests/escape}
attacker=261 neighbour=262
arena_dir=/run/kontext-escape	# what cases leave for the next ones
template_dir=/var/lib/vps/template/busybox
refuser=$attacker	# whose refusals are counted

# arena PROGRAM...: the two VPSs run, as one starts anew; both have the programs
# in /attack. The state of the host is noted: call it after all preparation.
arena() {
	local id
	[ ${#owned[@]} != 0 ] || trap 'rm -rf "$tmp"' EXIT
	mkdir -p "$arena_dir"
	[ -s "$arena_dir/template" ] || template_digest >"$arena_dir/template"
	for id in $attacker $neighbour; do
		healthy $id || renew $id || bail "VPS $id cannot be had"
	done
	reasons_known || bail "refusals are counted by other reasons than refusals.sh knows: $(counters | xargs)"
	# What the last case has left running; init is what remains.
	vpsctl exec2 $attacker 'kill -9 -1' >/dev/null 2>&1 </dev/null
	for id in $attacker $neighbour; do
		give_attack $id as "$@" || bail "VPS $id cannot be given: $*"
	done
	host_state >"$tmp/state.before"
}

bail() {
	echo "Bail out! $*"
	exit 1
}

healthy() { # CTID
	[ "$(timeout 20 vpsctl exec2 "$1" 'cat /root/canary' 2>/dev/null </dev/null)" = "canary of $1" ] &&
		{ [ "$1" != $neighbour ] || canary_lives; }
}

renew() { # CTID
	timeout 60 vpsctl --quiet stop "$1" --fast >/dev/null 2>&1
	timeout 60 vpsctl --quiet destroy "$1" >/dev/null 2>&1
	vpsctl --quiet create "$1" --ostemplate busybox --hostname "host$1" --ipadd "10.26.0.${1#26}" --ipadd "fd26::${1#26}" >/dev/null &&
		vpsctl --quiet start "$1" >/dev/null &&
		vpsctl exec2 "$1" "umask 077; mkdir -m 755 /attack; echo 'canary of $1' >/root/canary" </dev/null ||
		return 1
	[ "$1" = $neighbour ] || return 0
	vpsctl exec2 $neighbour 'setsid sleep 262262 >/dev/null 2>&1 &' </dev/null
	until_true 10 pgrep -fx 'sleep 262262' || return 1
	canary_process >"$arena_dir/canary"
}

canary_process() { # its number on the host, and when it began
	local pid
	pid=$(pgrep -fx 'sleep 262262') && echo "$pid $(cut -d ' ' -f 22 "/proc/$pid/stat")"
}

canary_lives() {
	[ "$(canary_process)" = "$(cat "$arena_dir/canary")" ]
}

give_attack() { # CTID PROGRAM...
	local id=$1 name
	shift
	for name; do
		vpsctl exec2 "$id" "mkdir -p /attack; rm -f /attack/$name; cat >/attack/$name && chmod 755 /attack/$name" \
			<"$attacks/$name" || return 1
	done
}

# As root, or as user 1000, of the attacker: the words make a text for the shell
# there. Prints both outputs; the status is the command's.
inside_root() { timeout -k 5 60 vpsctl exec2 $attacker "$*" </dev/null 2>&1; }
inside_user() {
	local text=$*
	timeout -k 5 60 vpsctl exec2 $attacker "exec /attack/as 1000 /bin/sh -c '${text//\'/\'\\\'\'}'" </dev/null 2>&1
}

# What the host is, a line each. The time of day is in it as its distance from boot.
host_state() {
	"$attacks/state" "$arena_dir/clock" /dev /etc /usr/bin /usr/sbin /boot "$template_dir" 2>/dev/null
	sha256sum /etc/passwd /etc/shadow /usr/sbin/vps* /usr/bin/vps* /usr/lib/x86_64-linux-gnu/libkontext* \
		/usr/lib/libkontext* /etc/vps/vps.conf /etc/vps/conf/{261,262}.conf 2>/dev/null
	# By chains, whose order is that in which VPSs have started.
	nft -s list ruleset 2>/dev/null | awk '/^table/ { table = $2 " " $3 } /^\t[a-z]/ { part = $1 " " $2; n = 0 }
		{ printf "nft %s %s %s %s\n", table, part, part ? n++ : "", $0 } /^\t}/ { part = "" }' | sort
	echo "vpsd $(pgrep -x vpsd | xargs)"
	findmnt -n -o TARGET,SOURCE,OPTIONS "/var/lib/vps/root/$neighbour"
}

# The template, every byte of it; links and modes too.
template_digest() {
	(cd "$template_dir" && find . -printf '%p %y %m %U %G %s %n %T@ %C@ %l\n' | sort
		find . -type f -print0 | sort -z | xargs -0 sha256sum
		getfattr -R -h -d -m - . 2>/dev/null)
}

host_unchanged() { # [NAME]
	host_state >"$tmp/state.now"
	if cmp -s "$tmp/state.before" "$tmp/state.now"; then
		pass "${1:-the host is as before}"
	else
		fail "${1:-the host is as before}" "$(diff "$tmp/state.before" "$tmp/state.now" | grep '^[<>]')"
	fi
}

neighbour_well() { # [NAME]
	local said
	said=$(timeout 30 vpsctl exec2 $neighbour 'cat /root/canary; ls -A /root' </dev/null 2>&1)
	if [ "$said" = "canary of $neighbour"$'\n'canary ] && canary_lives; then
		pass "${1:-the neighbour is well}"
	else
		fail "${1:-the neighbour is well}" "it says: $said" \
			"its process: $(canary_process), was: $(cat "$arena_dir/canary")"
	fi
}

# finished: the checks that every case ends with.
finished() {
	host_unchanged
	neighbour_well
	done_testing
}
