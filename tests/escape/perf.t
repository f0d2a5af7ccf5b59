#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# perf_event_open(2): what others do on the same processor, addresses of the kernel,
# and a long line of holes (CVE-2013-2094, CVE-2023-5717). Also where the host lets
# everybody, kernel.perf_event_paranoid=-1.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
setting=/proc/sys/kernel/perf_event_paranoid
was=$(cat $setting)
echo -1 >$setting
trap 'rm -rf "$tmp"; echo "$was" >$setting' EXIT
arena kernel files nest

for verb in perf-self perf-cpu perf-tracepoint; do
	everyone $verb perf "=~^$verb: E(PERM|ACCES)$" /attack/kernel $verb
	nested $verb perf "=~^$verb: E(PERM|ACCES)$" /attack/kernel $verb
done
setting "the setting" $setting -1
if feature perf on; then
	is "the feature grants own tasks" "$(inside_root /attack/kernel perf-self)" "perf-self: done"
	like "but no processor" "$(inside_root /attack/kernel perf-cpu)" "^perf-cpu: E(PERM|ACCES)$"
	feature perf off
fi
host_unchanged
neighbour_well

for verb in perf-self perf-cpu; do
	bites "$verb by a user of the host" "$verb: done" setpriv --reuid 12345 --regid 12345 --clear-groups "$attacks/kernel" $verb
done
echo "$was" >$setting
is "the setting is what it was" "$(cat $setting)" "$was"
done_testing
