# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For the cases that aim at the kernel; to be sourced after lib.sh.

# everyone NAME REASON WANT WORDS...: as root inside, and as a user, who lacks the
# capability for a mount in the VPS already.
everyone() {
	local name=$1 reason=$2 want=$3
	shift 3
	refuses "$name, as root" "$reason" "$want" inside_root "$@"
	[ "$reason" != mount ] || reason="own capability"
	refuses "$name, as a user" "$reason" "$want" inside_user "$@"
}

# nested NAME REASON WANT WORDS...: as root of a user namespace inside, by root and
# by a user, with mounts, processes and control groups of its own. The VPS has
# the feature for it meanwhile.
nested() {
	local name=$1 reason=$2 want=$3
	shift 3
	feature nesting on
	refuses "$name, nested" "$reason" "$want" inside_root /attack/nest UmpC "$@"
	refuses "$name, nested twice by a user" "$reason" "$want" inside_user /attack/nest UUmpC "$@"
	feature nesting off
}

# setting NAME FILE VALUE: one of the host's below /proc/sys; also for who has its
# owner's id, whom only the LSM refuses.
setting() {
	everyone "$1" dac "write: EACCES" /attack/files write "$2" "$3"
	refuses "$1, by its owner's id" sysctl "write: EACCES" owning "$attacks/files" write "$2" "$3"
}

# feature NAME on|off: of the attacker.
feature() {
	vpsctl set $attacker --features "$1:$2" >/dev/null 2>&1 </dev/null || {
		fail "the feature $1 is set $2"
		return 1
	}
}

# bites NAME WANT COMMAND...: on the host, without what protects; prints WANT.
bites() {
	local name="it bites: $1" want=$2 said
	shift 2
	said=$("$@" 2>&1 </dev/null)
	case $want in
	=~*) like "$name" "$said" "${want#=~}" ;;
	*) is "$name" "$said" "$want" ;;
	esac
}

# naked COMMAND...: in a container without user namespace, as they once were.
naked() { unshare --mount --pid --fork --ipc --uts --mount-proc "$@"; }

# plain COMMAND...: as root of a user namespace on the host that is no VPS's.
plain() { "$attacks/nest" Umpn "$@"; }

# half COMMAND...: a task of the attacker's context, with root's rights over it, in
# all other namespaces of the host: what namespaces hide is in reach, and only
# the LSM is left.
half() {
	nsenter --user="/proc/$(vpslist -H -o initpid $attacker | xargs)/ns/user" \
		--setuid 0 --setgid 0 "$@"
}

# owning COMMAND...: like half, with the user id of the host's root: what he owns
# is the task's by its mode, and that namespaces have no such id does not count.
owning() {
	nsenter --user="/proc/$(vpslist -H -o initpid $attacker | xargs)/ns/user" \
		--preserve-credentials "$@"
}

# nobody_has VERB...: what this kernel is built without is refused by that alone.
nobody_has() {
	local verb
	for verb; do is "$verb is not in this kernel" "$("$attacks/kernel" "$verb")" "$verb: ENOSYS"; done
}

# base CTID: the host's number of its root.
base() { vpslist -H -o uid "$1" | xargs; }

modules() { awk '{ print $1 }' /proc/modules | sort; }

# eventually NAME COMMAND...: within 20 seconds.
eventually() {
	local name=$1
	shift
	if until_true 20 "$@"; then pass "$name"; else fail "$name" "$*"; fi
}

# secretly NAME COMMAND...: in the background; when it has said its first line
# $job is its number and "$tmp/NAME" what it says.
secretly() {
	local name=$1
	shift
	rm -f "$tmp/$name"
	"$@" >"$tmp/$name" 2>&1 </dev/null &
	job=$!
	until_true 20 test -s "$tmp/$name" || fail "$name is prepared"
}
