#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# CVE-2022-0492: the release agent of a version 1 hierarchy is a program that the
# kernel starts on the host, as its root. Containers without user namespace could
# set it, and those that may unshare one. The host here has a hierarchy in use.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
v1=/run/kontext-escape-v1
umount $v1 2>/dev/null
mkdir -p $v1 && mount -t cgroup -o none,name=escape none $v1 || bail "no version 1 hierarchy"
arena files nest

everyone "the host's hierarchy" mount "mount: EPERM" /attack/files agent a none,name=escape /tmp/v1 /tmp/agent
everyone "a new hierarchy" mount "mount: EPERM" /attack/files agent a none,name=new /tmp/v1 /tmp/agent
refuses "one of a controller" mount "=~^mount: E(PERM|BUSY|INVAL)$" inside_root /attack/files agent a cpu /tmp/v1 /tmp/agent
refuses "by the new interface" mount "=~^(create|fsopen|fsconfig): EPERM$" inside_root /attack/files fsmount cgroup none /tmp/v1
nested "the host's hierarchy" mount "mount: EPERM" /attack/files agent a none,name=escape /tmp/v1 /tmp/agent
is "no agent was set" "$(cat $v1/release_agent)" ""
host_unchanged
neighbour_well

printf '#!/bin/sh\nid -u >/run/kontext-escape-agent\n' >"$arena_dir/agent"
chmod 755 "$arena_dir/agent"
bites "without user namespace" "release_agent: done" \
	naked "$attacks/files" agent b none,name=escape /tmp/kontext-v1 "$arena_dir/agent"
eventually "and the host runs the agent" test -s /run/kontext-escape-agent
is "as root" "$(cat /run/kontext-escape-agent)" 0
rmdir $v1/b /tmp/kontext-v1
umount $v1
rm -rf $v1 /run/kontext-escape-agent "$arena_dir/agent"
done_testing
