#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Mounts made inside must not appear on the host or in a neighbour, whatever
# propagation root inside asks for; nor those of the host inside.
. "$(dirname "$0")/lib.sh"
arena
mounts() { awk '{ print $5, $9, $10 }' /proc/self/mountinfo | sort; }
mounts >"$tmp/mounts"
vpsctl exec2 $neighbour 'cat /proc/mounts' </dev/null >"$tmp/mounts.262"

inside_root 'mount --make-rshared /; mkdir -p /root/m /root/n; mount -t tmpfs evil /root/m; mount --make-shared /root/m
	mount --bind /root/m /root/n; mount -t tmpfs evil2 /root/n; mount -t tmpfs evil3 /tmp; mkdir -p /root/m/x; mount --bind / /root/m/x
	mount --make-rslave /; mount --make-rshared /; mount -t tmpfs evil4 /etc' >"$tmp/said"
like "inside there are mounts" "$(inside_root 'grep -c evil /proc/mounts')" '^[4-9]'
mounts >"$tmp/mounts.now"
is "none on the host, below the root either" "$(diff "$tmp/mounts" "$tmp/mounts.now")" ""
is "none in the neighbour" "$(vpsctl exec2 $neighbour 'cat /proc/mounts' </dev/null | diff "$tmp/mounts.262" -)" ""

# Unmounting goes no further either.
inside_root 'umount -l /etc /tmp; umount -l /root/n /root/m/x /root/m; umount -l /proc/sys/fs; umount -l /sys/fs/cgroup; umount -l /dev/shm' >/dev/null
mounts >"$tmp/mounts.now"
is "nor is anything unmounted on the host" "$(diff "$tmp/mounts" "$tmp/mounts.now")" ""
refuses "what is below its root stays hidden" setup '=~(Invalid argument|EINVAL|busy|not permitted)' inside_root 'umount -l / && echo gone; ls /etc/vps 2>/dev/null'
inside_root 'mount -t cgroup2 cgroup2 /sys/fs/cgroup; mount -t tmpfs tmpfs /dev/shm' >/dev/null 2>&1

# What the host mounts is not seen inside, also when it mounts below the root.
mount -t tmpfs secret7781 "/var/lib/vps/root/$attacker/root/m"
is "a mount of the host below the root is not seen inside" "$(inside_root 'grep -c secret7781 /proc/mounts')" 0
umount "/var/lib/vps/root/$attacker/root/m"
inside_root 'umount -l /root/m /root/n; rm -rf /root/m /root/n' >/dev/null

refuses "a user mounts" commoncap '=~(not permitted|EPERM|denied|must be)' inside_user 'mkdir -p /tmp/u; mount -t tmpfs x /tmp/u'
refuses "a user in namespaces of his own" userns '=~(not permitted|EPERM|denied|No space)' inside_user 'unshare -Ur mount -t tmpfs x /tmp/u'

# Shared with the host it bites.
mkdir "$tmp/shared"
mount -t tmpfs tmpfs "$tmp/shared"
mount --make-shared "$tmp/shared"
mkdir "$tmp/shared/in"
unshare -m --propagation unchanged mount -t tmpfs evil5 "$tmp/shared/in"
is "from a plain namespace it bites" "$(grep -c evil5 /proc/self/mounts)" 1
umount "$tmp/shared/in" "$tmp/shared"
finished
