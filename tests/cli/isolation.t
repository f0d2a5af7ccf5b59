#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Also on the debug kernel.
# Two VPSs at once: neither sees, signals or reaches anything of the other's or
# the host's; the host sees all, with the number of the context.
. "$(dirname "$0")/lib.sh"
own 221 222
a() { vpsctl exec2 221 "$@" </dev/null 2>&1; }
b() { vpsctl exec2 222 "$@" </dev/null 2>&1; }
in_b=(vpsctl exec2 222)

for id in 221 222; do
	code "create $id" 0 vpsctl create $id --ostemplate busybox --hostname host$id
	code "start $id" 0 vpsctl start $id
	give $id
done

# Processes.
b 'setsid sleep 7771 >/dev/null 2>&1 &'
a 'setsid sleep 7772 >/dev/null 2>&1 &'
sleep 7773 &
own_sleep=$!
pid=$(pgrep -fx 'sleep 7771')
like "the host sees a process of 222" "$pid" '^[0-9]+$'
is "with its context" "$(awk '/^Ctx:/ { print $2 }' "/proc/$pid/status")" 222
is "the host's own are in none" "$(awk '/^Ctx:/ { print $2 }' /proc/self/status)" 0
is "ps shows it as the VPS's root" "$(ps -o uid= -p "$pid" | xargs)" \
	"$(vpslist -H -o uid 222 | xargs)"
like "222 sees its own" "$(b ps)" 'sleep 7771'
unlike "221 does not see it" "$(a ps)" 'sleep 777[13]'
unlike "222 does not see 221's" "$(b ps)" 'sleep 777[23]'
ok "221 sees no more processes than it has" [ "$(a 'ls -d /proc/[0-9]*' | wc -l)" -le 4 ]
no "221 cannot signal it by the host's number" vpsctl exec2 221 "kill -9 $pid"
no "nor find it in /proc" vpsctl exec2 221 "ls /proc/$pid/status"
a 'kill -9 -1; true' >/dev/null
ok "221 kills all that it can: 222's process lives" kill -0 "$pid"
ok "and the host's" kill -0 $own_sleep
is "but its own does not" "$(pgrep -fx 'sleep 7772')" ""
kill $own_sleep

# Namespaces: all of them its own.
init_a=$(vpslist -H -o initpid 221 | xargs) init_b=$(vpslist -H -o initpid 222 | xargs)
for ns in user pid mnt net ipc uts cgroup time; do
	is "three different namespaces: $ns" "$(for p in self "$init_a" "$init_b"; do
		readlink "/proc/$p/ns/$ns"
	done | sort -u | wc -l)" 3
	is "exec is in the same: $ns" "$(a readlink /proc/self/ns/$ns)" \
		"$(readlink "/proc/$init_a/ns/$ns")"
done
is "ids inside are 0 to 65535" "$(a cat /proc/self/uid_map | awk '{ print $1, $3 }')" "0 65536"
is "of ranges that do not overlap" "$(cat "/proc/$init_a/uid_map" "/proc/$init_b/uid_map" |
	sort -k 2n | awk '{ if (NR > 1 && $2 < end) bad = 1; end = $2 + $3 } END { print bad + 0 }')" 0
is "groups too" "$(cat "/proc/$init_a/gid_map")" "$(cat "/proc/$init_a/uid_map")"
no "no more groups of the host's" vpsctl exec2 221 'id -G | grep 65534'

# Mounts and files.
mkdir "$tmp/mount"
mount -t tmpfs secret "$tmp/mount"
ok "222 mounts something" "${in_b[@]}" 'mount -t tmpfs mine7774 /tmp && touch /tmp/there'
unlike "221 has no part of it" "$(a 'cat /proc/mounts; ls /tmp')" 'mine7774|there'
unlike "nor the host" "$(cat /proc/self/mountinfo)" mine7774
unlike "what the host mounts is not seen inside" "$(b cat /proc/mounts)" 'secret|/mnt/share|vda'
umount "$tmp/mount"
echo of222 | vpsctl exec 222 'cat >/root/file'
no "a file of 222 is not in 221" vpsctl exec2 221 'ls /root/file'
is "it belongs to the VPS's root" "$(stat -c %u /var/lib/vps/root/222/root/file)" \
	"$(vpslist -H -o uid 222 | xargs)"
for path in /sbin/init/../../../../../../etc/machine-id /proc/1/root/etc/machine-id \
	/mnt/share /var/lib/vps/private /dev/vda /proc/kcore /dev/mem; do
	is "nothing of the host's at $path" "$(a "cat $path 2>/dev/null | head -c 20")" ""
done
echo "secret 7776 of the host" >/dev/kmsg
unlike "the kernel's log inside is not the host's" "$(a dmesg)" 'secret 7776|Command line'
no "no device of the host's by mknod" vpsctl exec2 221 'mknod /root/vda b 254 0 && cat /root/vda'
no "no remount of /sys for writing" vpsctl exec2 221 'mount -o remount,rw /sys'
no "/proc/sysrq-trigger is not the host's" vpsctl exec2 221 'echo h >/proc/sysrq-trigger && ! [ -c /proc/sysrq-trigger ]'
no "no host sysctl" vpsctl exec2 221 'echo 1 >/proc/sys/vm/drop_caches'
no "no core pattern" vpsctl exec2 221 'echo x >/proc/sys/kernel/core_pattern'

# Interprocess communication, host names, abstract sockets.
all="shm sem msg mqueue posixshm"
is "222 makes IPC objects" "$(b /probe ipc-make 7775 | xargs)" "$all"
is "and sees them" "$(b /probe ipc-see 7775 | xargs)" "$all"
is "221 does not" "$(a /probe ipc-see 7775 | xargs)" none
is "nor the host" "$("$probe" ipc-see 7775 | xargs)" none
ok "222 changes its host name" "${in_b[@]}" 'hostname changed'
is "for itself" "$(b hostname)" changed
is "not for 221" "$(a hostname)" host221
unlike "not for the host" "$(hostname)" '^(changed|host22.)$'
ok "222 listens on an abstract socket" "${in_b[@]}" '/probe listen secret7776'
ok "and can reach it" "${in_b[@]}" '/probe connect secret7776'
is "221 cannot" "$(a /probe connect secret7776)" "connect: ECONNREFUSED"
is "nor the host, by the same name" "$("$probe" connect secret7776)" "connect: ECONNREFUSED"
"$probe" listen host7777
is "nor 221 the host's" "$(a /probe connect host7777)" "connect: ECONNREFUSED"
pkill -fx "$probe listen host7777"

# The network.
is "221 has its devices only" "$(a ls /sys/class/net | xargs)" "lo venet0"
is "its group is the root of what it sees" "$(a cat /proc/self/cgroup)" "0::/"
no "it cannot leave its group" vpsctl exec2 221 'echo $$ >/sys/fs/cgroup/../../cgroup.procs && grep -qv "^0::/$" /proc/self/cgroup'
no "it cannot raise its limits" vpsctl exec2 221 'echo max >/sys/fs/cgroup/memory.max'
done_testing
