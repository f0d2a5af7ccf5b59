#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernel.modprobe names the program that the kernel runs on the host to load a
# module; whoever can write it and make the kernel want one is root there. With
# it the settings that belong to modules, and the system calls themselves.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
arena files nest kernel
was=$(cat /proc/sys/kernel/modprobe)

for name in modprobe modules_disabled kexec_load_disabled usermodehelper/bset usermodehelper/inheritable; do
	[ -e /proc/sys/kernel/$name ] || continue
	setting "$name" /proc/sys/kernel/$name /tmp/x
done
nested modprobe dac "write: EACCES" /attack/files write /proc/sys/kernel/modprobe /tmp/x
for verb in init-module finit-module delete-module; do
	everyone "$verb" "the host's capability" "$verb: EPERM" /attack/kernel $verb
	nested "$verb" "the host's capability" "$verb: EPERM" /attack/kernel $verb
done
is "modprobe is the host's" "$(cat /proc/sys/kernel/modprobe)" "$was"
host_unchanged
neighbour_well

bites "without user namespace" "write: done" naked "$attacks/files" write /proc/sys/kernel/modprobe /tmp/x
is "for the whole host" "$(cat /proc/sys/kernel/modprobe)" /tmp/x
echo "$was" >/proc/sys/kernel/modprobe
bites "the kernel looks at the module" "init-module: ENOEXEC" naked "$attacks/kernel" init-module
done_testing
