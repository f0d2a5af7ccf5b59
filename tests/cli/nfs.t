#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The feature nfs: a VPS mounts what a server (here the host) exports to it, where
# it is a client with ids of its own, as any machine is; without the feature it
# does not.
. "$(dirname "$0")/lib.sh"
own 331
x=(vpsctl exec2 331)
server=10.33.0.254
# mount.nfs is not in the VPS; the kernel needs no more than this.
mount_nfs=("${x[@]}" "mount -i -t nfs4 -o vers=4.2,addr=$server,clientaddr=10.33.0.1 $server:/ /mnt/nfs")

vpsctl create 331 --ostemplate busybox --hostname nfs --ipadd 10.33.0.1 >/dev/null
vpsctl start 331 >/dev/null
ip address add $server/32 dev lo
mkdir -p "$tmp/export"
chmod 755 "$tmp"
echo "of the server" >"$tmp/export/file"
modprobe -a nfsd nfsv4
mountpoint -q /proc/fs/nfsd || mount -t nfsd nfsd /proc/fs/nfsd
mkdir -p /run/rpcbind /var/lib/nfs
rpcbind -w 2>/dev/null
echo "$tmp/export 10.33.0.1(rw,no_root_squash,no_subtree_check,insecure,fsid=0)" >"$tmp/exports"
exportfs -o rw,no_root_squash,no_subtree_check,insecure,fsid=0 "10.33.0.1:$tmp/export"
rpc.mountd
rpc.nfsd --no-nfs-version 3 --grace-time 10 --lease-time 10 2
trap 'exportfs -ua; rpc.nfsd 0; pkill rpc.mountd; pkill rpcbind; umount /proc/fs/nfsd;
	ip address del $server/32 dev lo; wipe; rm -rf "$tmp"' EXIT
ok "the server answers" rpcinfo -p
"${x[@]}" 'mkdir -p /mnt/nfs' </dev/null

no "no mount without the feature" "${mount_nfs[@]}"
like "it was refused as a mount" "$(vpsctl status 331 --json)" '"mount": [1-9]'
ok "the feature" vpsctl set 331 --features nfs:on
ok "version 4.2" "${mount_nfs[@]}"
is "reads" "$("${x[@]}" 'cat /mnt/nfs/file' 2>&1)" "of the server"
is "the owner is root inside" "$("${x[@]}" 'stat -c %u:%g /mnt/nfs/file')" 0:0
ok "writes" "${x[@]}" 'echo of the VPS >/mnt/nfs/new; mkdir /mnt/nfs/dir; chown 33:33 /mnt/nfs/dir'
is "what it writes is on the server" "$(cat "$tmp/export/new")" "of the VPS"
is "with the ids that they have inside" "$(stat -c %u "$tmp/export/new" "$tmp/export/dir" | xargs)" "0 33"
ok "unmounts" "${x[@]}" 'umount /mnt/nfs'
ok "the feature is taken back" vpsctl set 331 --features nfs:off
no "no mount again" "${mount_nfs[@]}"
no "nor of what has no feature" "${x[@]}" 'mount -t ext4 /dev/vda /mnt/nfs'
ok "it stops" vpsctl stop 331 --fast
done_testing
