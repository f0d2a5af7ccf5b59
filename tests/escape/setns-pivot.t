#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Out by namespaces: new ones inside, and from there up (setns, the parent of a
# namespace by ioctl, pivot_root, chroot and "..", a detached root, /proc/1/root).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
arena upward nest

refuses "a user namespace" userns "unshare: EPERM" inside_root /attack/nest U /bin/true
refuses "a user namespace, as a user" userns "unshare: EPERM" inside_user /attack/nest U /bin/true
refuses "mounts of one's own, as a user" "own capability" "unshare: EPERM" inside_user /attack/nest m /bin/true
is "root has new namespaces without it" "$(inside_root /attack/nest mpniuCT /bin/echo there)" there
feature nesting on
is "and with the feature below a new user" "$(inside_user /attack/nest UmpniuC /bin/echo there)" there
ways_up() { # WHO AS: as root or user, and by what program
	local verb
	for verb in parent-user parent-pid owner-user; do
		is "$verb, $1, ${2:-plain}" "$(inside_$1 "${2}"/attack/upward $verb)" "$verb: EPERM"
	done
	for verb in setns-up pivot-up chroot-up detached-up root-of-init; do
		like "$verb, $1, ${2:-plain}" "$(inside_$1 "${2}"/attack/upward $verb)" "^$verb: (E[A-Z]+|no host)$"
	done
}
for as in "" "/attack/nest mp " "/attack/nest Ump " "/attack/nest UUmpn "; do
	ways_up root "$as"
done
for as in "" "/attack/nest Ump " "/attack/nest UUmpn "; do
	ways_up user "$as"
done
feature nesting off
host_unchanged
neighbour_well
like "it bites: a chroot alone is left" "$(mkdir -p "$tmp/jail" && cp "$attacks/upward" "$tmp/jail" &&
	chroot "$tmp/jail" /upward chroot-up)" "^chroot-up: host$"
mkdir "$tmp/jail/proc"
mount -t proc proc "$tmp/jail/proc"
like "and the root of init is the host's" "$(chroot "$tmp/jail" /upward root-of-init)" "^root-of-init: host$"
umount "$tmp/jail/proc"
done_testing
