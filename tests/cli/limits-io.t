#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Limits of disk I/O: on which disks, kept for buffered writes too, changed live;
# and what is said where they cannot be kept.
. "$(dirname "$0")/lib.sh"
own 245 246
limit=60
group=/sys/fs/cgroup/vps/245
disk=$(stat -c '%Hd:%Ld' /var/lib/vps)
a() { vpsctl exec2 245 "$@" </dev/null 2>&1; }
ms() { # COMMAND...: sets $took
	local start=${EPOCHREALTIME/./}
	run "$@"
	took=$(((${EPOCHREALTIME/./} - start) / 1000))
}
written() { # CTID MIB: buffered, then flushed
	ms vpsctl exec2 "$1" "dd if=/dev/zero of=/w bs=64k count=$(($2 * 16)) conv=fsync 2>/dev/null"
}
max() { sed "s,^$disk ,," $group/io.max; }

code "create" 0 vpsctl create 245 --ostemplate busybox --iolimit 2 --iopslimit 500 --ioprio 4
code "create its neighbour" 0 vpsctl create 246 --ostemplate busybox
ok "start" vpsctl start 245
ok "start the other" vpsctl start 246
is "io.max" "$(cat $group/io.max)" "$disk rbps=2097152 wbps=2097152 riops=500 wiops=500"
is "the other has none" "$(cat /sys/fs/cgroup/vps/246/io.max)" ""
is "vpslist" "$(vpslist -H -o ioprio,iolimit,iopslimit 245 | xargs)" "4 2097152 500"
like "as JSON" "$(vpslist -j -o iolimit,ioprio 245 | tr -d ' \n')" '"iolimit":2097152,"ioprio":4'

# Writes and reads, at 2 MiB a second.
written 245 10
ok "10 MiB are written ($took ms)" [ $status = 0 ]
ok "no faster" [ $took -gt 3500 ]
ok "nor much slower" [ $took -lt 15000 ]
written 246 10
ok "the neighbour's are faster ($took ms)" [ $took -lt 3000 ]
echo 3 >/proc/sys/vm/drop_caches
ms vpsctl exec2 245 'dd if=/w of=/dev/null bs=64k 2>/dev/null'
ok "10 MiB are read: no faster ($took ms)" [ $took -gt 3500 ]

# Live.
code "set --iolimit 0" 0 vpsctl set 245 --iolimit 0 --save
is "that of requests stays" "$(max)" "rbps=max wbps=max riops=500 wiops=500"
code "set --iolimit 512K --iopslimit unlimited" 0 vpsctl set 245 --iolimit 512K --iopslimit unlimited
is "io.max" "$(max)" "rbps=524288 wbps=524288 riops=max wiops=max"
code "set --iolimit unlimited" 0 vpsctl set 245 --iolimit unlimited
is "io.max" "$(max)" ""
written 245 10
ok "10 MiB are fast now ($took ms)" [ $took -lt 3000 ]
code "set --iopslimit" 0 vpsctl set 245 --iopslimit 10 --save
ms vpsctl exec2 245 'for i in $(seq 40); do dd if=/dev/zero of=/x bs=4k count=1 conv=fsync 2>/dev/null; done'
ok "40 requests at 10 a second ($took ms)" [ $took -gt 2500 ]
is "saved" "$(vpslist -H -o iolimit,iopslimit 245 | xargs)" "0 10"

# Who waits for his data cannot be killed: stop lifts the limit.
code "set --iolimit 64K" 0 vpsctl set 245 --iolimit 64K --iopslimit 0
vpsctl exec2 245 'dd if=/dev/zero of=/w bs=64k count=320 conv=fsync 2>/dev/null' </dev/null >/dev/null 2>&1 &
until_true 5 grep -q 'wbps=65536' $group/io.max
sleep 1.5
ms vpsctl stop 245 --fast
ok "20 MiB at 64 KiB a second do not hold up stop --fast ($took ms)" [ "$status" = 0 -a $took -lt 10000 ]
ok "start" vpsctl start 245

# Shares: by what shares out the disk.
scheduler=$(sed 's/.*\[\(.*\)\].*/\1/' /sys/block/vdb/queue/scheduler)
if echo bfq >/sys/block/vdb/queue/scheduler 2>/dev/null; then
	code "set --ioprio 7" 0 vpsctl set 245 --ioprio 7 --save
	is "io.bfq.weight" "$(head -n 1 $group/io.bfq.weight)" "default 800"
	[ ! -e $group/io.weight ] || is "io.weight" "$(head -n 1 $group/io.weight)" "default 800"
	code "set --ioprio 0" 0 vpsctl set 245 --ioprio 0
	is "io.bfq.weight" "$(head -n 1 $group/io.bfq.weight)" "default 6"
	echo none >/sys/block/vdb/queue/scheduler
fi
refused "without it" 1 'ioprio.* disk vdb ' vpsctl set 245 --ioprio 6 --save
code "but the usual share" 0 vpsctl set 245 --ioprio 4 --save
if [ -e /sys/fs/cgroup/io.cost.qos ]; then
	echo "$disk enable=1" >/sys/fs/cgroup/io.cost.qos
	code "with io.cost" 0 vpsctl set 245 --ioprio 6
	is "io.weight" "$(head -n 1 $group/io.weight)" "default 400"
	echo "$disk enable=0" >/sys/fs/cgroup/io.cost.qos
fi
echo "$scheduler" >/sys/block/vdb/queue/scheduler

for bad in --iolimit=x --iolimit=-1 --iolimit=1K --iolimit=2097152 --iolimit=1T --iolimit= --iolimit=1:2 \
	--iopslimit=1 --iopslimit=x --iopslimit=10M --iopslimit=99999999999 --ioprio=8 --ioprio=-1 --ioprio=high; do
	refused "$bad" 21 "=${bad%%=*}: \"${bad#*=}\"" vpsctl set 245 "$bad" --save
done
code "stop" 0 vpsctl stop 245 --fast

# Other places for the files: one VPS each, of a host whose private areas are there.
mnt=$tmp/mnt loops=()
mkdir "$mnt" "$tmp/host"
cleanup() {
	mountpoint -q "$tmp/host/root" && umount "$tmp/host/root"
	mountpoint -q "$mnt" && umount "$mnt"
	[ ! -e /dev/mapper/limits-io ] || dmsetup remove --noudevsync limits-io
	rm -f /dev/mapper/limits-io
	[ ${#loops[@]} = 0 ] || losetup -d "${loops[@]}"
	loops=()
	rm -f "$tmp"/disk*
}
trap 'cleanup; wipe; rm -rf "$tmp"' EXIT
loop() { # NUMBER MIB: a disk
	truncate -s "$2M" "$tmp/disk$1"
	loops[$1]=$(losetup -f --show "$tmp/disk$1")
}
dev() { stat -c '%Hr:%Lr' "$1"; }
for key in CONFDIR=conf VE_ROOT=root LOCKDIR=lock; do
	echo "${key%=*}=\"$tmp/host/${key#*=}\""
done >"$tmp/host.conf"
echo "VE_PRIVATE=\"$mnt/private\"" >>"$tmp/host.conf"
there() { # NAME DISK...: a VPS there is limited on these, and on that of its template
	local name=$1 want
	shift
	export KONTEXT_CONF=$tmp/host.conf
	want=$(printf '%s rbps=2097152 wbps=2097152 riops=max wiops=max\n' "$@" "$disk" | sort)
	run vpsctl create 245 --ostemplate busybox --iolimit 2M
	run vpsctl start 245
	is "$name: the disks" "$status $err $(sort $group/io.max)" "0  $want"
	written 245 6
	# Each disk has the limit: on two it may take half as long.
	ok "$name: 6 MiB are no faster ($took ms)" [ "$status" = 0 -a $took -gt 1200 ]
	run bash -c 'vpsctl --quiet stop 245 --fast; vpsctl --quiet destroy 245'
	unset KONTEXT_CONF
}
code "the first one goes" 0 vpsctl destroy 245

if loop 0 64 && addpart "${loops[0]}" 1 2048 100000 && mkfs.ext4 -q "${loops[0]}p1" &&
	mount "${loops[0]}p1" "$mnt"; then
	there "ext4 on a partition" "$(dev "${loops[0]}")"
	umount "$mnt"
	delpart "${loops[0]}" 1
fi
cleanup
if modprobe -q dm_mod || [ -e /dev/mapper/control ]; then
	loop 0 400
	dmsetup create --noudevsync limits-io --table "0 800000 linear ${loops[0]} 0"
	[ -e /dev/mapper/limits-io ] || dmsetup mknodes limits-io
	if modprobe -q xfs && mkfs.xfs -q /dev/mapper/limits-io && mount /dev/mapper/limits-io "$mnt"; then
		there "XFS on a volume" "$(dev /dev/mapper/limits-io)"
	fi
	cleanup
fi
if modprobe -q btrfs && loop 0 150 && loop 1 150 &&
	mkfs.btrfs -q -d raid0 -m raid1 "${loops[@]}" && btrfs device scan >/dev/null &&
	mount "${loops[0]}" "$mnt"; then
	there "btrfs on two disks" "$(dev "${loops[0]}")" "$(dev "${loops[1]}")"
fi
cleanup

export KONTEXT_CONF=$tmp/host.conf
mount -t tmpfs none "$mnt"
code "create in memory" 0 vpsctl create 245 --ostemplate busybox --iolimit 2M
refused "start: no disk to limit" 1 "iolimit .*$mnt" vpsctl --quiet start 245
code "set --iolimit 0" 0 vpsctl set 245 --iolimit 0 --save
code "start" 0 vpsctl start 245
refused "set --iopslimit" 1 "iopslimit .*$mnt" vpsctl set 245 --iopslimit 100 --save
is "nothing was saved" "$(vpslist -H -o iopslimit 245 | xargs)" -
run bash -c 'vpsctl --quiet stop 245 --fast; vpsctl --quiet destroy 245'
umount "$mnt"
unset KONTEXT_CONF
done_testing
