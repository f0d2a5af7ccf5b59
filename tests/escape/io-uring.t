#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# io_uring does what system calls do, in other places: past seccomp filters, with
# the credentials of who made a ring or of a kernel thread, past limits; and has had
# more holes than any other part (CVE-2022-1043, CVE-2022-29582, CVE-2023-2598). It
# is refused, and with the feature it is refused what the system calls are.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
arena uring sockets files nest

everyone "a ring" io_uring "setup: EPERM" /attack/uring setup
everyone "a ring with a kernel thread" io_uring "setup: EPERM" /attack/uring poller
nested "a ring" io_uring "setup: EPERM" /attack/uring setup
setting "the setting" /proc/sys/kernel/io_uring_disabled 0

feature io_uring on
is "with the feature there is a ring" "$(inside_root /attack/uring setup)" "setup: done"
is "that opens what may be opened" "$(inside_root /attack/uring open /dev/null)" "open: done"
for path in /proc/sysrq-trigger /proc/kcore; do
	like "but not $path" "$(inside_root /attack/uring open $path)" '^open: E(ACCES|NOENT|PERM)$'
done
for socket in "38 5 0" "15 3 2" "16 3 6" "40 1 0"; do
	said=$(inside_root /attack/sockets family $socket)
	like "a socket $socket is refused as a system call" "$said" '^socket: E(PERM|ACCES|AFNOSUPPORT)$'
	refuses "and by a ring" socket "$said" inside_root /attack/uring socket $socket
done
inside_root 'echo root >/tmp/rootfile; chmod 600 /tmp/rootfile' >/dev/null
is "a user reads by it what it may" "$(inside_user /attack/uring open /tmp/rootfile)" "open: EACCES"
is "and removes nothing else" "$(inside_user /attack/uring unlink /tmp/rootfile)" "unlink: EPERM"
like "not into /root" "$(inside_user /attack/uring symlink x /root/x)" '^symlink: EACCES$'
like "the limit of descriptors holds" "$(inside_root /attack/uring files 4096)" '^register: E(MFILE|PERM)$'
feature io_uring off
is "a ring that is there stays the only one" "$(inside_root /attack/uring setup)" "setup: EPERM"

# A ring of the host that comes inside, with the host's credentials left in it.
init=$(vpslist -H -o initpid $attacker | xargs)
secret=$arena_dir/secret
(umask 077; echo secret >"$secret")
refuses "what it may not open itself" dac "open: EACCES" half "$attacks/files" open "$secret"
refuses "credentials that are left in a ring" io_uring "open: EPERM" "$attacks/uring" left "$init" "$secret"
bites "a user of the host with such a ring" "open: done" "$attacks/uring" left 0 "$secret"
rm -f "$secret"
host_unchanged
neighbour_well
bites "a user namespace of the host" "setup: done" plain "$attacks/uring" setup
bites "a user with a kernel thread" "setup: done" \
	setpriv --reuid 12345 --regid 12345 --clear-groups "$attacks/uring" poller
done_testing
