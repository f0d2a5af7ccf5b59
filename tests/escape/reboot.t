#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# reboot(2), by root inside, ends the VPS and nothing else; its other commands are
# the machine's: Ctrl-Alt-Del, suspend, a kernel that was loaded.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
own 263
cad=$(cat /proc/sys/kernel/ctrl-alt-del)
arena kernel files nest
vpsctl create 263 --ostemplate busybox >/dev/null && vpsctl start 263 >/dev/null || bail "no VPS 263"
vpsctl exec2 263 'mkdir -m 755 /attack' </dev/null
give_attack 263 kernel || bail "VPS 263 is given nothing"
boot=$(cat /proc/sys/kernel/random/boot_id)

# For two of them this kernel has nothing that could be done.
is "the machine cannot sleep" "$(cat /sys/power/state 2>/dev/null)" ""
is "nor boot a kernel that was loaded" "$("$attacks/kernel" boot-kexec)" "boot-kexec: EINVAL"
nobody_has kexec-load kexec-file
for verb in cad-on cad-off suspend boot-kexec; do
	refuses "$verb, as root" "not for a VPS" "$verb: EINVAL" inside_root /attack/kernel $verb
	refuses "$verb, as a user" "own capability" "$verb: EPERM" inside_user /attack/kernel $verb
done
refuses "restart, as a user" "own capability" "restart: EPERM" inside_user /attack/kernel restart
refuses "restart, by a user's namespace" "own capability" "=~^(restart|unshare): E" inside_user /attack/nest U /attack/kernel restart
setting "ctrl-alt-del" /proc/sys/kernel/ctrl-alt-del 1
setting "what panics" /proc/sys/kernel/panic 1
everyone "kexec" "the host's capability" "=~^kexec-load: E(PERM|NOSYS)$" /attack/kernel kexec-load
everyone "kexec of a file" "the host's capability" "=~^kexec-file: E(PERM|NOSYS)$" /attack/kernel kexec-file
feature nesting on
inside_root /attack/nest Up /attack/kernel restart >/dev/null
feature nesting off
eventually "a restart below it ends what is there alone" healthy $attacker

vpsctl exec2 263 '/attack/kernel restart' >/dev/null 2>&1 </dev/null
starts() { vpslist -H -o status 263 | grep -q running && ! vpsctl exec2 263 'ls /proc/2 /attack/none' </dev/null 2>/dev/null; }
eventually "a restart by root restarts the VPS" starts
is "not the host" "$(cat /proc/sys/kernel/random/boot_id)" "$boot"
vpsctl --quiet stop 263 --fast >/dev/null
vpsctl --quiet destroy 263 >/dev/null
host_unchanged
neighbour_well
bites "without pid namespace" "cad-on: done" "$attacks/kernel" cad-on
is "for the machine" "$(cat /proc/sys/kernel/ctrl-alt-del)" 1
bites "and back" "cad-off: done" "$attacks/kernel" cad-off
is "for all" "$(cat /proc/sys/kernel/ctrl-alt-del)" 0
echo "$cad" >/proc/sys/kernel/ctrl-alt-del
done_testing
