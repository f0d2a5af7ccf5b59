#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel's log tells addresses and what others do, and what is written to
# /dev/kmsg passes for the kernel's. A VPS has a log of its own; the host's stays
# the host's, by whatever way, also where the host lets everybody read it
# (kernel.dmesg_restrict=0); and so does a neighbour's.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
echo "host secret $$" >/dev/kmsg
sysctl -q kernel.dmesg_restrict=0
trap 'sysctl -q kernel.dmesg_restrict=1' EXIT
arena files nest
vpsctl exec2 $neighbour "echo neighbour secret $$ >/dev/kmsg" </dev/null

# Read. What is there is the attacker's own.
secrets="(host|neighbour) secret|Command line|ctx $neighbour"
its="ctx $attacker: started|$attacker: refused|flood"
own_log() { # NAME TEXT
	unlike "$1: nothing of others" "$2" "$secrets"
	like "$1: its own" "$2" "$its"
}
inside_root 'mkdir -p /tmp/p; mount -t proc p /tmp/p; mknod /tmp/kmsg c 1 11; chmod 644 /tmp/kmsg' >/dev/null
own_log "dmesg" "$(inside_root dmesg)"
own_log "dmesg, as a user" "$(inside_user dmesg)"
for path in /dev/kmsg /tmp/kmsg /proc/kmsg /tmp/p/kmsg; do
	inside_root 'echo flood begins >/dev/kmsg' >/dev/null
	own_log "$path" "$(inside_root "timeout 2 cat $path")"
done
for how in UmpC UUmpC; do
	feature nesting on
	unlike "dmesg, $how" "$(inside_root /attack/nest $how dmesg)" "$secrets"
	unlike "/proc/kmsg, $how" "$(inside_root /attack/nest $how timeout 2 cat /proc/kmsg)" "$secrets"
	feature nesting off
done
for action in 2 4 5 9; do
	refuses "syslog $action, as a user" "own capability" "syslog: EPERM" inside_user /attack/files syslog $action
	nested "syslog $action" "own capability" "syslog: EPERM" /attack/files syslog $action
done
refuses "/proc/kmsg, as a user" dac "open: EACCES" inside_user /attack/files open /proc/kmsg

# The console's level is the host's.
level=$(cat /proc/sys/kernel/printk)
for action in 6 7 8; do
	refuses "syslog $action, as root" syslog "syslog: EPERM" inside_root /attack/files syslog $action
	refuses "syslog $action, as a user" "own capability" "syslog: EPERM" inside_user /attack/files syslog $action
	nested "syslog $action" "own capability" "syslog: EPERM" /attack/files syslog $action
done
is "the console's level is as before" "$(cat /proc/sys/kernel/printk)" "$level"

# Written, and cleared.
before=$(dmesg | grep -c .)
is "dmesg -C" "$(inside_root /attack/files syslog 5)" "syslog: done"
unlike "its own is empty" "$(inside_root dmesg)" .
like "the neighbour's is not" "$(vpsctl exec2 $neighbour dmesg </dev/null)" "neighbour secret $$"
ok "nor is the host's" [ "$(dmesg | grep -c .)" -ge "$before" ]
inside_root 'printf "<0>forged263\nforged263 \033[31m\n" >/dev/kmsg; i=0
	while [ $i -lt 3000 ]; do echo "<0>forged263 flood $i" >/dev/kmsg; i=$((i + 1)); done' >/dev/null
unlike "what is written says whose it is" "$(dmesg -r | grep -a forged263 | grep -v "ctx $attacker: ")" forged263
unlike "and is no emergency" "$(dmesg -r | grep -a forged263)" '<[0-5]>'
ok "a flood is cut" [ "$(dmesg | grep -c forged263)" -lt 60 ]
like "the host's lines are there" "$(dmesg)" "host secret $$"
unlike "the neighbour sees none" "$(vpsctl exec2 $neighbour dmesg </dev/null)" forged263
inside_root 'umount /tmp/p; rm -f /tmp/kmsg' >/dev/null
host_unchanged
neighbour_well

bites "in a user namespace of the host" "syslog: done" plain "$attacks/files" syslog 3
sysctl -q kernel.dmesg_restrict=1
bites "which dmesg_restrict stops" "syslog: EPERM" plain "$attacks/files" syslog 3
like "the host reads it" "$(dmesg)" "host secret $$"
rm -rf "$tmp"
done_testing
