#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Mounts that hang nowhere, and descriptors kept over chroot and pivot_root: from
# none of them ".." leads to the host (CVE-2020-29373 and many a chroot), and what
# they show without our masks gives nothing away.
. "$(dirname "$0")/lib.sh"
arena detached
chmod 755 "$tmp"
for who in root user; do
	said=$(inside_$who '/attack/detached')
	unlike "$who: the host's tree is never reached" "$said" "HOST'S"
	case $who in
	root) why=ENOENT ;;	# the trees are his, and have no such files
	user) why=EPERM ;;	# he has none
	esac
	like "$who: writes to unmasked files are refused" "$said" \
		"sysrq-trigger of a proc without masks: $why.uevent_helper of a sys without masks: $why"
done
like "root could do what a VPS's root may" "$(inside_root /attack/detached)" 'a clone of the root: its own root.a new tmpfs: another root'
like "a user could not" "$(inside_user /attack/detached)" 'a clone of the root: EPERM.a new tmpfs: EPERM.a new proc: EPERM.*chroot: EPERM.*unshare: EPERM'
inside_root 'rm -rf /tmp/jail'

# From a plain chroot root walks out with a descriptor.
mkdir -p "$tmp/box/tmp"
cp "$attacks/detached" "$tmp/box/detached"
said=$(unshare -m chroot "$tmp/box" /detached 2>&1)
like "from a plain chroot it bites" "$said" "a descriptor kept over chroot: .*THE HOST'S"
finished
