#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# All VPSs have the files of one template below their roots, its pages in one
# cache (CVE-2022-0847 wrote there). What one does to a file of it, by descriptors,
# mappings, links, locks or futexes, is not seen by another.
. "$(dirname "$0")/lib.sh"
arena template
n() { timeout 30 vpsctl exec2 $neighbour "$@" </dev/null 2>&1; }
template_digest >"$tmp/digest"
unchanged() { # NAME
	template_digest >"$tmp/digest.now"
	is "$1: the template is what it was" "$(diff "$tmp/digest" "$tmp/digest.now")" ""
}
refused=$'write: EBADF\ntruncate: EINVAL\nfallocate: EBADF\nshared mapping: EACCES\nmprotect: EACCES'
n 'sha256sum /etc/* /bin/busybox 2>/dev/null' >"$tmp/sums"

for who in user root; do
	for file in /etc/init.d/rcK /etc/passwd; do
		said=$(inside_$who "/attack/template change $file")
		is "$who: $file, opened for reading, is not written" "$(head -n 5 <<<"$said")" "$refused"
		like "$who: nor by pages, clones and ranges" "$(sed -n 6,10p <<<"$said" | xargs)" \
			'^remove pages: E[A-Z]+ clone: E[A-Z]+ clone range: E[A-Z]+ copy range: EBADF swap with boot loader: E[A-Z]+$'
	done
done
is "root changed his own: a copy" "$(inside_root 'head -c 11 /etc/passwd')" OVERWRITTEN
is "a user changed nothing" "$(inside_user '/attack/template change /etc/group' | grep -c ': done')" 0
is "the neighbour's files are the template's" "$(n 'sha256sum /etc/* /bin/busybox 2>/dev/null')" "$(cat "$tmp/sums")"
unchanged "by descriptors"

inside_root 'cd /bin; ln busybox /root/hard; echo x >>/root/hard; chmod 777 /root/hard; ln -f /root/hard /bin/other; mv /etc /etc.moved; mkdir /etc; mv /etc.moved/* /etc; rm -rf /etc.moved
	chown -R 1000 /usr /sbin; rm -f /sbin/halt; mknod /sbin/halt c 1 3; mkdir /root/up; mv /usr /usr2; mv /usr2 /usr' >/dev/null
unchanged "links, renames, devices"
is "the neighbour's, too" "$(n 'sha256sum /etc/* /bin/busybox 2>/dev/null; ls /sbin/halt')" "$(cat "$tmp/sums"; echo /sbin/halt)"

# Locks and leases on a file that both have from the template.
for verb in lock lease; do
	inside_root "/attack/template $verb /etc/inittab 4" >"$tmp/said" &
	sleep 1
	is "a $verb here does not hinder the neighbour" "$(n "/attack/template $verb /etc/inittab 0")" "$verb: done"
	wait $!
	is "it was there" "$(cat "$tmp/said")" "$verb: done"
done
inside_root '/attack/template lock /etc/inittab 4' >/dev/null &
sleep 1
is "inside one VPS it does: it bites" "$(inside_root '/attack/template lock /etc/inittab 0')" "lock: EAGAIN"
wait $!

# A futex in a shared mapping goes by the file, and the pages are of one file.
n '/attack/template wait /etc/inittab 4' >"$tmp/said" &
sleep 1
is "a futex of the neighbour is not woken" "$(inside_root '/attack/template wake /etc/inittab')" "woken: 0"
wait $!
is "it has waited in vain" "$(cat "$tmp/said")" "wait: ETIMEDOUT"
inside_root '/attack/template wait /etc/inittab 4' >"$tmp/said" &
sleep 1
is "inside one VPS it is: it bites" "$(inside_root '/attack/template wake /etc/inittab')" "woken: 1"
wait $!
renew $attacker
finished
