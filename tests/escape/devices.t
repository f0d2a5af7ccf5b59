#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Nodes of devices that a VPS is not granted: made on its root, on file systems that
# it mounts, in user namespaces below its own; and found, where somebody has put
# one into its private area. What is listed works, on each of them: package
# managers and debootstrap make nodes.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
own 263
disk=$(stat -c '%Hr %Lr' /dev/vdb)
vpsctl create 263 --ostemplate busybox >/dev/null && vpsctl mount 263 >/dev/null || bail "no VPS 263"
for node in "disk b $disk" "kmsg c 1 11" "loop b 7 0" "control c 10 237" "console c 5 1" "port c 4 64" "null c 1 3"; do
	mknod -m 666 "/var/lib/vps/root/263/root/"$node
done
vpsctl umount 263 >/dev/null
arena files nest
vpsctl start 263 >/dev/null || bail "VPS 263 does not start"
vpsctl exec2 263 'mkdir -m 755 /attack' </dev/null
give_attack 263 files || bail "VPS 263 is given nothing"

# Found.
refuser=263
for name in disk loop control console port; do
	refuses "the node $name in the private area" device "=~^open: E(PERM|ACCES)$" \
		vpsctl exec2 263 "/attack/files open /root/$name"
done
bites "one that is granted opens" "open: done" vpsctl exec2 263 "/attack/files open /root/null"
like "one of the kernel's log is of its own" "$(vpsctl exec2 263 'head -n 1 /root/kmsg' </dev/null)" '^5,1,[0-9]+,-;Linux version'
refuser=$attacker

# Made. The console may be made, as every package manager does, and not opened.
bad="'b $disk' 'b 7 0' 'c 1 1' 'c 1 2' 'c 10 237' 'c 10 229' 'c 10 200' 'c 4 64' 'c 229 1'"
good="'c 1 3' 'c 1 5' 'c 1 7' 'c 1 8' 'c 1 9' 'c 1 11' 'c 5 0'"
inside_root 'mkdir -p /tmp/t /tmp/o; mount -t tmpfs t /tmp/t; mkdir -p /tmp/t/l /tmp/t/u /tmp/t/w
	mount -t overlay -o lowerdir=/tmp/t/l,upperdir=/tmp/t/u,workdir=/tmp/t/w o /tmp/o' >/dev/null
is "tmpfs and overlay are mounted" "$(inside_root "grep -c ' /tmp/[to] ' /proc/mounts")" 2
for dir in /root /tmp/t /tmp/o /dev; do
	refuses "nodes on $dir" mknod "      9 mknod: EPERM" inside_root \
		"for n in $bad; do /attack/files mknod $dir/n \$n; done | sort | uniq -c"
	refuses "nodes on $dir, as a user" dac "=~^      9 mknod: E(PERM|ACCES)$" inside_user \
		"for n in $bad; do /attack/files mknod $dir/n \$n; done | sort | uniq -c"
	is "what is granted, on $dir" "$(inside_root "for n in $good; do /attack/files mknod $dir/n \$n; done | sort | uniq -c")" "      7 mknod: done"
	is "and it opens" "$(inside_root "/attack/files mknod $dir/n c 1 3; /attack/files open $dir/n; rm -f $dir/n" | tail -n 1)" "open: done"
	refuses "a console on $dir" device "=~^open: E(PERM|ACCES)$" inside_root \
		"/attack/files mknod $dir/n c 5 1 >/dev/null; /attack/files open $dir/n; rm -f $dir/n"
done
# Not even what is granted: anybody is root of a namespace of his own.
nested "mknod of the disk" "capability above" "mknod: EPERM" /attack/files mknod /tmp/n b $disk
nested "mknod of a null device" "capability above" "mknod: EPERM" /attack/files mknod /tmp/n c 1 3
inside_root 'umount /tmp/o /tmp/t' >/dev/null

# Changed: the nodes in /dev belong to the VPS's root.
refuses "the disk by a link out of /dev" dac "=~^open: E(ACCES|NOENT|LOOP)$" inside_root \
	"ln -sf /proc/1/root/../../../dev/vdb /dev/vdb; /attack/files open /dev/vdb; rm -f /dev/vdb"
vpsctl --quiet stop 263 --fast >/dev/null
vpsctl --quiet destroy 263 >/dev/null
host_unchanged
neighbour_well
bites "without user namespace" "mknod: done" naked "$attacks/files" mknod /tmp/kontext-disk b $disk
bites "and the disk opens" "open: done" naked "$attacks/files" open /tmp/kontext-disk
rm -f /tmp/kontext-disk
done_testing
