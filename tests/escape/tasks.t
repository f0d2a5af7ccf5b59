#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Tasks of the host and of the neighbour: signals, ptrace, process_vm_*, pidfd_*,
# kcmp, priorities, /proc/PID. First with guessed numbers, where the pid
# namespace has no such task; then by a task of the VPS's context in the host's pid
# namespace against one that has the same user id, where only the LSM refuses.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
trace=$(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null || echo 0)
echo 0 >/proc/sys/kernel/yama/ptrace_scope
trap 'rm -rf "$tmp"; echo "$trace" >/proc/sys/kernel/yama/ptrace_scope' EXIT
arena tasks nest files
uid=$(base $attacker)
secretly victim setpriv --reuid "$uid" --regid "$uid" --clear-groups "$attacks/tasks" victim
victim=$(cat "$tmp/victim")
read -r theirs _ <"$arena_dir/canary"
last=$((victim > theirs ? victim + 20 : theirs + 20))

is "guessed numbers, as root" "$(inside_root /attack/tasks sweep $last)" "many tried, 0 reached"
is "guessed numbers, as a user" "$(inside_user /attack/tasks sweep $last)" "many tried, 0 reached"
feature nesting on
is "guessed numbers, nested" "$(inside_root /attack/nest Up /attack/tasks sweep $last)" "many tried, 0 reached"
feature nesting off
inside_root 'kill -9 -1' >/dev/null

# Numbers in reach, and rights by the user id. commoncap comes before the LSM in
# all that ptrace decides, and knows the user namespace.
is "both have one id" "$(stat -c %u /proc/$victim) $(half id -u 2>&1)" "$uid 0"
for verb in kill tgkill sigqueue pidfd; do
	refuses "$verb of a task of the host" signal "=~^$verb: E(PERM|ACCES)$" half "$attacks/tasks" $verb $victim
done
for verb in prlimit nice scheduler affinity ioprio; do
	refuses "$verb of a task of the host" sched "=~^$verb: E(PERM|ACCES)$" half "$attacks/tasks" $verb $victim
done
all() { # WHOM NUMBER
	local verb
	for verb in pidfd-getfd process-madvise vm-read vm-write kcmp robust-list mem root maps environ ns seize attach; do
		refuses "$verb of $1" commoncap "=~^$verb: E(PERM|ACCES|NOSYS)$" half "$attacks/tasks" $verb "$2"
	done
}
all "a task of the host" $victim
all "the neighbour's task" $theirs
for verb in kill pidfd nice affinity; do
	refuses "$verb of the neighbour's task" "another user id" "=~^$verb: E(PERM|ACCES)$" half "$attacks/tasks" $verb $theirs
done
# What System V names by numbers, and everybody may read.
shm=$(ipcmk -M 4096 -p 0666 | grep -o '[0-9]*$')
refuses "shared memory of the host" ipc "shmat: EACCES" half "$attacks/files" shmat "$shm"
bites "everybody without a context" "shmat: done" \
	setpriv --reuid "$uid" --regid "$uid" --clear-groups "$attacks/files" shmat "$shm"
ipcrm -m "$shm"
ok "the task is there" kill -0 $victim
is "and nobody traces it" "$(awk '/^TracerPid/ { print $2 }' /proc/$victim/status)" 0

# From outside: the host's root, and whoever has the same user id.
for verb in kill tgkill pidfd pidfd-getfd kcmp robust-list prlimit nice affinity mem root maps environ ns; do
	bites "$verb by the host's root" "$verb: done" "$attacks/tasks" $verb $victim
	bites "$verb by the same user id without a context" "$verb: done" \
		setpriv --reuid "$uid" --regid "$uid" --clear-groups "$attacks/tasks" $verb $victim
done
bites "numbers without a pid namespace" "=~, [1-9][0-9]* reached$" unshare -m sh -c "mount -t tmpfs none /proc &&
	exec setpriv --reuid 12345 --regid 12345 --clear-groups $attacks/tasks sweep 60"
kill $victim
echo "$trace" >/proc/sys/kernel/yama/ptrace_scope
finished
