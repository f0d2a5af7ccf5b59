#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A pressure trigger with a window of one's own wish has the kernel watch with a
# thread of real-time priority, one for each control group that one can make.
# That takes CAP_SYS_RESOURCE, of which the stock kernel does not ask where.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
arena files nest
quick="some 50000 500000" slow="some 200000 2000000"

everyone "of the machine" "the host's capability" "write: EINVAL" \
	/attack/files write /proc/pressure/cpu "'$quick'"
nested "of the machine" "the host's capability" "write: EINVAL" \
	/attack/files write /proc/pressure/memory "'$quick'"
for what in cpu memory io; do
	refuses "$what of a control group of its own" "the host's capability" "write: EINVAL" inside_root \
		"mkdir -p /sys/fs/cgroup/own; /attack/files write /sys/fs/cgroup/own/$what.pressure '$quick'"
done
refuses "by the context alone" "the host's capability" "write: EINVAL" \
	half "$attacks/files" write /proc/pressure/cpu "$quick"
is "what everybody may have works" "$(inside_root "/attack/files write /sys/fs/cgroup/own/cpu.pressure '$slow'")" \
	"write: done"
inside_root rmdir /sys/fs/cgroup/own
no "there is no such thread" pgrep -x psimon
host_unchanged
neighbour_well

bites "as root of the host" "write: done" naked "$attacks/files" write /proc/pressure/cpu "$quick"
exec 7<>/proc/pressure/cpu && echo "$quick" >&7
is "it is a thread of real-time priority" "$(ps -o cls= -p "$(pgrep -x psimon)" | xargs)" FF
exec 7>&-
eventually "which ends with its trigger" sh -c '! pgrep -x psimon'
done_testing
