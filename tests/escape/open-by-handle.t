#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# open_by_handle_at(2): "shocker" walked the host's file system out of a Docker
# container with CAP_DAC_READ_SEARCH, by handles that are guessed; CVE-2014-3519
# did the same on simfs of OpenVZ. Here the root of a VPS is unionfs, whose handles
# hold one of ext4, the file system of all private areas; generation 0 fits any.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
arena handles files nest
areas=/var/lib/vps/private
root=/var/lib/vps/root/$attacker
canary=$(stat -c %i $areas/$neighbour/upper/root/canary)
upper=$(stat -c %i $areas/$neighbour/upper/root)
template=$(stat -c %i $template_dir/root/etc/passwd)
own=$(stat -c %i $areas/$attacker/upper/root/canary)
last=$((canary + 20))

for what in "2 0" "$canary 0" "$upper 0" "$template 0" "$canary 1" "$upper 1" "2 1"; do
	refuses "inode ${what% *}, branch ${what#* }, as root" handle "=~^open: E(PERM|STALE|NOTDIR|ACCES)$" \
		inside_root /attack/handles union / "$what"
done
for dir in / /tmp /proc /dev /dev/shm /sys/fs/cgroup; do
	refuses "the handle of ext4, on $dir" handle "=~^open: E(PERM|STALE|NOTDIR|ACCES|OPNOTSUPP)$" \
		inside_root /attack/handles ext4 $dir $canary
done
refuses "as a user" "the host's capability" "open: EPERM" inside_user /attack/handles union / $canary 0
is "no number opens what has a canary, as root" \
	"$(inside_root "/attack/handles sweep / 2 $last 'canary of $neighbour'" | tail -n 1 | sed 's/.*: //')" 0
is "nor names of the host's directories" \
	"$(inside_root "/attack/handles sweep / 2 $last busybox.tar; /attack/handles sweep / 2 $last $neighbour.lck" | grep -c '^#')" 0
# A handle is accepted at all where a VPS has rights: of its own mount.
feature nesting on
is "a directory of its own, by the handle that the kernel gave" "$(inside_root 'mkdir -p /root/own; /attack/handles own / root/own; rmdir /root/own')" "open: done"
for flags in Um UUm; do
	is "nor nested, $flags" "$(inside_root "/attack/nest $flags /attack/handles sweep / 2 $last 'canary of $neighbour'" | tail -n 1 | sed 's/.*: //')" 0
done
# A union that the VPS itself mounts, with branches of its own.
inside_root 'mkdir -p /tmp/u; mount -t tmpfs u /tmp/u; mkdir -p /tmp/u/l /tmp/u/u /tmp/u/w /tmp/u/m' >/dev/null
is "it mounts a unionfs of its own" "$(inside_root /attack/files mount unionfs u /tmp/u/m lowerdir+=/tmp/u/l,upperdir=/tmp/u/u,workdir=/tmp/u/w,userxattr)" "mount: done"
like "nor on that" "$(inside_root "/attack/handles sweep /tmp/u/m 2 $last 'canary of $neighbour'")" ': 0$'
inside_root 'umount /tmp/u/m /tmp/u' >/dev/null
feature nesting off

# nfsd has the capability and gets its handles from the network. That a forged one of
# a file leads it beyond the branch is told in docs/security.md; directories, and the
# lower branch, are checked.
refuses "the directories above" filesystem "=~^open: ESTALE$" "$attacks/handles" union "$root" 2 0
refuses "another VPS by the lower branch" filesystem "=~^open: ESTALE$" "$attacks/handles" union "$root" $canary 1
host_unchanged
neighbour_well

bites "its own file is found that way" "it is a canary; open: done" "$attacks/handles" union "$root" $own 0
bites "ext4 opens any, to the host's root" "open: done" "$attacks/handles" ext4 /var/lib/vps $canary
like "and the sweep tells" "$("$attacks/handles" sweep /var/lib/vps $canary $canary "canary of $neighbour" | tail -n 1)" ': 1$'
done_testing
