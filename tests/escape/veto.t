#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Root inside is asked for nothing when the host takes something away: what he makes
# fail inside, or never end, keeps neither a right nor an address for him, nor the
# commands from their end.
. "$(dirname "$0")/lib.sh"
own 263
arena nest
vpsctl --quiet create 263 --ostemplate busybox --ipadd 10.26.0.63 --ipadd 10.26.0.64 --hostname host263
vpsctl --quiet start 263
vpsctl --quiet set 263 --features nesting:on --devnodes net/tun:rw --save
give_attack 263 nest
b() { timeout 30 vpsctl exec2 263 "$@" </dev/null 2>&1; }
limit=60
set_ended() { # NAME OPTION...: as asked, though not all of it inside; says so
	local name=$1
	shift
	run vpsctl set 263 "$@" --save
	like "$name: says that it fails inside" "$status $err" '^[1-9][0-9]* .*; all but what is inside is set$'
}
conf() { sed -n "s/^$1=//p" /etc/vps/conf/263.conf; }

is "it has the feature" "$(b '/attack/nest U true && echo nests')" nests
b 'mount -t tmpfs -o ro none /dev' >/dev/null
set_ended "/dev is read-only" --features nesting:off --ram 96M
unlike "the feature is gone" "$(b '/attack/nest U true && echo nests')" nests
unlike "for ever" "$(conf FEATURES)" 'nesting:on'
is "the rest of the command was done, too" "$(cat /sys/fs/cgroup/vps/263/memory.max) $(grep -c "PHYSPAGES=.*24576" /etc/vps/conf/263.conf)" "$((96 << 20)) 1"
ok "a right that makes no node needs no /dev" vpsctl set 263 --capability sys_time:off --save
b 'umount /dev' >/dev/null

b 'ip link set venet0 down; ip link set venet0 name mine' >/dev/null
set_ended "the device has another name" --ipdel 10.26.0.63
is "nothing is routed to it" "$(ip route show 10.26.0.63)" ""
is "nor will be" "$(conf IP_ADDRESS)" '"10.26.0.64"'
b 'ip link set mine name venet0; ip link set venet0 up; mount -t tmpfs -o ro none /etc' >/dev/null
set_ended "/etc is read-only" --ipdel 10.26.0.64
is "nothing is routed there either" "$(ip route show 10.26.0.64)$(conf IP_ADDRESS)" '""'
b 'umount /etc' >/dev/null

# An end that never comes.
vpsctl exec2 263 - <<'END'
cat >/bin/shell <<'SHELL'
#!/bin/busybox sh
case "$*" in *halt*) trap '' TERM INT HUP; while :; do sleep 100; done ;; esac
exec /bin/busybox sh "$@"
SHELL
chmod 755 /bin/shell
mv /bin/shell /bin/sh
END
run vpsctl stop 263
is "stop ends when its halt does not" "$status" 0

# A reboot is work of the host's.
vpsctl --quiet start 263
vpsctl exec2 263 - <<'END'
printf '#!/bin/busybox sh\nexec /bin/busybox reboot -f\n' >/sbin/reboots
chmod 755 /sbin/reboots
mv /sbin/reboots /sbin/init
END
since=$(date +%H:%M:%S)
vpsctl --quiet restart 263 --fast
reboots() { journalctl -q -u vpsd --since "$since" | grep -c 'VPS 263 stopped: reboot'; }
many() { [ "$(reboots)" -ge 6 ]; }
until_true 60 many
is "a VPS that reboots at once is started again" $? 0
sleep 6
is "but not for ever as fast as it can" "$(reboots)" 6
wipe
is "and it can be removed" "$(vpslist -a -H -o ctid 263 2>&1)" "vpslist: there is no VPS 263"
alone() { [ "$(pgrep -cx vpsd)" = 1 ]; }
until_true 20 alone
finished
