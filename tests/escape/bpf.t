#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bpf(2): its verifier has let programs read and write the kernel time and again
# (CVE-2020-8835, CVE-2021-3490, CVE-2022-23222, CVE-2023-2163). Also where the
# host lets everybody load programs, kernel.unprivileged_bpf_disabled=0.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
setting=/proc/sys/kernel/unprivileged_bpf_disabled
was=$(cat $setting)
echo 0 >$setting
trap 'rm -rf "$tmp"; echo "$was" >$setting' EXIT
arena kernel files nest

for verb in bpf-map bpf-socket bpf-kprobe bpf-ids; do
	everyone $verb bpf "$verb: EPERM" /attack/kernel $verb
	nested $verb bpf "$verb: EPERM" /attack/kernel $verb
done
everyone "mount of bpf" mount "mount: EPERM" /attack/files mount bpf none /tmp/bpf '""'
setting "the setting" $setting 0
if feature bpf on; then
	is "the feature grants maps" "$(inside_root /attack/kernel bpf-map)" "bpf-map: done"
	is "but no programs in the kernel" "$(inside_root /attack/kernel bpf-kprobe)" "bpf-kprobe: EPERM"
	feature bpf off
fi
host_unchanged
neighbour_well

for verb in bpf-map bpf-socket; do
	bites "$verb by a user of the host" "$verb: done" setpriv --reuid 12345 --regid 12345 --clear-groups "$attacks/kernel" $verb
done
bites "all of it by root" "=~^bpf-kprobe: (done|EINVAL)$" naked "$attacks/kernel" bpf-kprobe
echo "$was" >$setting
is "the setting is what it was" "$(cat $setting)" "$was"
done_testing
