#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Roots made to lead the tools astray: start and the rest refuse, or stay inside.
. "$(dirname "$0")/lib.sh"
own 291
limit=40
outside=$tmp/outside
mkdir "$outside"
for name in dev proc sys etc pts shm resolv.conf hosts hostname; do echo mine >"$outside/$name"; done
guard() {
	find "$outside" -printf '%p %y %s %m %u %T@\n' | sort
	sha256sum "$outside"/* /etc/passwd /etc/hosts /etc/hostname /etc/resolv.conf \
		/usr/sbin/vpsctl /usr/bin/nft 2>/dev/null
	awk '{ print $5 }' /proc/self/mountinfo | grep -v '^/var/lib/vps/root' | sort
	find /dev /sys/firmware -maxdepth 1 | sort
}
guard >"$tmp/guard"
inventory >"$tmp/none"

# attack NAME SCRIPT STATUS...: SCRIPT makes the root bad; start
# may return one of STATUS. Then all outside is as before.
attack() {
	local name=$1 script=$2
	shift 2
	vpsctl create 291 --ostemplate busybox --hostname attacked --nameserver 192.0.2.53 \
		--ipadd 10.29.0.1 >/dev/null
	vpsctl mount 291 >/dev/null
	(cd /var/lib/vps/root/291 && bash -e -c "$script") >"$tmp/out" 2>&1 || fail "$name: prepared" "$(cat "$tmp/out")"
	vpsctl umount 291 >/dev/null
	run vpsctl start 291
	if [[ " $* " != *" $status "* ]]; then
		fail "$name: start returns $*" "$status" "$err"
	elif [ $status != 0 ] && ! { [ "$(wc -l <"$tmp/err")" = 1 ] && [[ $err == *291* ]]; }; then
		fail "$name: one line that says why" "$err"
	else
		pass "$name: start returns $status"
	fi
	if [ $status = 0 ]; then
		[ -z "${then-}" ] || eval "$then"
		timeout 40 vpsctl set 291 --hostname renamed --nameserver 192.0.2.54 --save >/dev/null 2>&1
		timeout 40 vpsctl exec 291 'true' >/dev/null 2>&1 </dev/null
		timeout 40 vpsctl stop 291 --fast >/dev/null
	fi
	guard >"$tmp/now"
	cmp -s "$tmp/guard" "$tmp/now" && pass "$name: nothing outside has changed" ||
		fail "$name: nothing outside has changed" "$(diff "$tmp/guard" "$tmp/now")"
	is "$name: nothing is left" "$(grep /291 /proc/self/mountinfo; "$helpers/inventory" contexts
		ls -d /sys/class/net/vps291 /sys/fs/cgroup/vps/291 2>/dev/null)" ""
	vpsctl destroy 291 >/dev/null 2>&1 || fail "$name: it can be destroyed"
}

for dir in dev proc sys; do
	attack "/$dir is an absolute link" "rm -rf $dir; ln -s $outside $dir" 47
	attack "/$dir is a relative link" "rm -rf $dir; ln -s ../../../../..$outside $dir" 47
	attack "/$dir is a file" "rm -rf $dir; echo >$dir" 47
	attack "/$dir is missing" "rm -rf $dir" 0
done
attack "/dev is a FIFO" 'rm -rf dev; mkfifo dev' 47
attack "/proc is a link to /sys" 'rm -rf proc; ln -s sys proc' 47
attack "/etc is an absolute link" "rm -rf etc; ln -s $outside etc" 0 3 47
attack "/etc is a relative link" "rm -rf etc; ln -s ../../../../..$outside etc" 0 3 47
attack "/etc is a file" 'rm -rf etc; echo >etc' 3 47
attack "/root is a link" "rm -rf root; ln -s $outside root" 0
for file in resolv.conf hosts hostname; do
	attack "/etc/$file is an absolute link" "rm -f etc/$file; ln -s $outside/$file etc/$file" 0
	attack "/etc/$file leads up" "rm -f etc/$file; ln -s ../../../../../../../../etc/passwd etc/$file" 0
	attack "/etc/$file is a FIFO" "rm -f etc/$file; mkfifo etc/$file" 0
	attack "/etc/$file is a directory" "rm -f etc/$file; mkdir -p etc/$file/x" 3 47
	attack "the new /etc/$file is there" "mkdir -p etc/$file.kontext/x" 0 3 47
	attack "/etc/$file is a device" "rm -f etc/$file; ln -s /dev/zero etc/$file" 0
done
attack "/etc/hosts is large" 'truncate -s 1T etc/hosts 2>/dev/null || truncate -s 10G etc/hosts' 0
attack "no init" 'rm -f sbin/init' 47
attack "init is a directory" 'rm -f sbin/init; mkdir sbin/init' 47
attack "init is not executable" 'rm -f sbin/init; echo x >sbin/init; chmod 644 sbin/init' 47
attack "init is no program" 'rm -f sbin/init; echo garbage >sbin/init; chmod 755 sbin/init' 47
attack "the interpreter of init is missing" \
	'rm -f sbin/init; printf "#!/nosuch\n" >sbin/init; chmod 755 sbin/init' 47
attack "init leads out" "rm -f sbin/init; ln -s $outside/dev sbin/init" 47
attack "the root is empty" 'rm -rf ./*' 47
then='[ "$(vpsctl exec2 291 id 2>&1 </dev/null)" != "" ] && pass "exec of a bad shell ends"'
attack "the shell is vpsctl itself" 'rm -f bin/sh; ln -s /proc/self/exe bin/sh' 0
attack "no shell" 'rm -f bin/sh' 0
same_inventory "nothing is left at the end" "$tmp/none"
done_testing
