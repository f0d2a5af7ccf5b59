#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A FUSE server says what its files are, device nodes of any number included. Without
# the feature there is no FUSE; with it a node that the VPS is not granted does not
# open, as root's or as a nested user namespace's mount.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
disk=$(stat -c '%Hr %Lr' /dev/vdb)
arena fuse files nest
refuses "a node of FUSE without the feature" mknod "mknod: EPERM" inside_root /attack/files mknod /tmp/fuse c 10 229
refuses "a mount of it" mount "create: EPERM" inside_root /attack/files fsmount fuse x /tmp/f

feature fuse on
is "with it there is a node" "$(inside_root /attack/files mknod /tmp/fuse c 10 229)" "mknod: done"
refuses "the disk" device "=~^open: E(PERM|ACCES)$" inside_root /attack/fuse /tmp/fuse /tmp/f disk b "$disk"
refuses "the port" device "=~^open: E(PERM|ACCES)$" inside_root /attack/fuse /tmp/fuse /tmp/f port c 1 4
is "the kernel's log of its own opens" "$(inside_root /attack/fuse /tmp/fuse /tmp/f kmsg c 1 11)" "open: done"
refuses "the memory" device "=~^open: E(PERM|ACCES)$" inside_root /attack/fuse /tmp/fuse /tmp/f mem c 1 1
inside_root chmod 666 /tmp/fuse >/dev/null
# On a mount of a namespace of one's own no node opens, not even what is granted.
nested "the disk" nodev "open: EACCES" /attack/fuse /tmp/fuse /tmp/f disk b "$disk"
nested "a null device" nodev "open: EACCES" /attack/fuse /tmp/fuse /tmp/f null c 1 3
is "a null device of its own opens" "$(inside_root /attack/fuse /tmp/fuse /tmp/f null c 1 3)" "open: done"
feature fuse off
refuses "without it the node that is left does not open" device "=~^open fuse: E(PERM|ACCES)$" \
	inside_root /attack/fuse /tmp/fuse /tmp/f null c 1 3
inside_root 'rm -f /tmp/fuse' >/dev/null
host_unchanged
neighbour_well
bites "without user namespace" "open: done" naked "$attacks/fuse" /dev/fuse /tmp/kontext-fuse disk b $disk
rmdir /tmp/kontext-fuse
done_testing
