#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Wrong input: the exit code, one line that names the value, nothing changed.
. "$(dirname "$0")/lib.sh"
own 261 262
vpsctl create 261 --ostemplate busybox --name first --ipadd 10.250.0.1 --ipadd fd02::261 >/dev/null
vpsctl create 262 --ostemplate busybox --name second >/dev/null

# Configurations with their contents, and all else below; locks may come.
state() {
	sha256sum /etc/vps/vps.conf /etc/vps/conf/* | sort -k 2
	find /etc/vps /var/lib/vps -path /var/lib/vps/lock -prune -o \
		-path '/var/lib/vps/template/*/*' -prune -o -printf '%p %y %m %u %i %s\n' | sort
}
state >"$tmp/state"
unchanged() { # NAME
	state >"$tmp/now"
	cmp -s "$tmp/state" "$tmp/now" || fail "$1: nothing changed" "$(diff "$tmp/state" "$tmp/now")"
}
bad() { # STATUS PATTERN COMMAND...
	local want=$1 pattern=$2 name
	shift 2
	name=$(printf '%s ' "$@" | tr '\n' '|' | cut -c 1-90)
	refused "$name" "$want" "$pattern" "$@"
	unchanged "$name"
}

for verb in start stop destroy mount umount exec exec2 enter set restart; do
	case $verb in
	exec*) words=(true) ;;
	set) words=(--ram 64M) ;;
	*) words=() ;;
	esac
	bad 14 299 vpsctl $verb 299 "${words[@]}"
	bad 14 nobody vpsctl $verb nobody "${words[@]}"
done
for id in 0 -1 4294967295 4294967296 18446744073709551617 1e3 0x65 '10 1' 101/ ../101 \
	"101'" '' 'a b' ü; do
	bad 21 "=$id" vpsctl create "$id" --ostemplate busybox
done
for id in 1 50 100; do bad 21 "$id.*101" vpsctl create $id --ostemplate busybox; done
bad 44 261 vpsctl create 261 --ostemplate busybox
bad 44 261 vpsctl create 0261 --ostemplate busybox
bad 29 ostemplate vpsctl create 263
for t in nosuch '' . .. ../busybox busybox/ busybox/root /etc "$(printf 'a%.0s' {1..300})"; do
	bad 91 "=${t:0:200}" vpsctl create 263 --ostemplate "$t"
done
for ip in 10.0.0.256 10.0.0 1 fd02::x fd02::/64 10.0.0.0/24 localhost '10.0.0.1;reboot' \
	$'10.0.0.1\n10.0.0.2' 127.0.0.1 0.0.0.0 :: ff02::1 fe80::1; do
	bad 71 "=${ip%%$'\n'*}" vpsctl create 263 --ostemplate busybox --ipadd "$ip"
done
bad 78 '10\.250\.0\.1 .*261' vpsctl create 263 --ostemplate busybox --ipadd 10.250.0.1
bad 78 'fd02::261 .*261' vpsctl create 263 --ostemplate busybox --ipadd 10.250.0.9 --ipadd fd02:0::261
bad 78 '10\.250\.0\.1 .*261' vpsctl set 262 --ipadd 10.250.0.1 --save
bad 131 'first .*261' vpsctl create 263 --ostemplate busybox --name first
bad 131 'first .*261' vpsctl set 262 --name first --save
for name in 1a -a 'a b' a/b 'a"' "$(printf 'a%.0s' {1..64})"; do
	bad 133 "=$name" vpsctl create 263 --ostemplate busybox --name "$name"
done
for option in --hostname=-x --hostname='a b' --hostname='a"b' --hostname= --onboot=maybe --ram=lots \
	--nameserver=dns --searchdomain='a b' --cpus=0 --diskspace=-1 --numproc=1.5; do
	bad 21 "=${option%%=*}" vpsctl create 263 --ostemplate busybox "$option"
done
bad 21 description vpsctl set 261 --description $'two\nlines' --save
bad 21 description vpsctl set 261 --description 'OSTEMPLATE="x"' --save
bad 20 ostemplate vpsctl set 261 --ostemplate nosuch --save
bad 20 nosuch vpsctl create 263 --nosuch 1
bad 20 extra vpsctl start 261 extra
bad 20 ram vpsctl create 263 --ostemplate busybox --ram
bad 20 '' vpsctl set 261 --save

# Archives.
printf 'not a tar at all' >"$tmp/text"
head -c 100000 /dev/urandom >"$tmp/noise"
: >"$tmp/empty"
tar -C /etc -cf "$tmp/good.tar" hosts passwd hostname os-release
head -c 1000 "$tmp/good.tar" >"$tmp/short"
gzip -c "$tmp/good.tar" | head -c 400 >"$tmp/short.gz"
tar -C /etc -P --transform 's,^,../../../,' -cf "$tmp/dotdot" hosts
tar -P -cf "$tmp/absolute" /etc/hosts
mkdir -p "$tmp/one" "$tmp/two/out"
ln -s "$tmp/target" "$tmp/one/out"
mkdir "$tmp/target"
echo evil >"$tmp/two/out/evil"
tar -C "$tmp/one" -cf "$tmp/through" out
tar -C "$tmp/two" -rf "$tmp/through" out/evil
for kind in text noise empty short short.gz dotdot absolute through; do
	bad 92 '' vpstemplate import bad "$tmp/$kind"
done
is "nothing came out of them" "$(ls -A "$tmp/target")" ""
bad 21 "$tmp/target" vpstemplate import bad "$tmp/target"

# A full disk: with each number of files that fit, until create succeeds.
mkdir "$tmp/full"
host() { # INODES: a host of its own with so many
	mount -t tmpfs -o "nr_inodes=$1,size=1m" full "$tmp/full"
	mkdir -p "$tmp/full/"{conf,template/t/root/sbin,private,root,lock}
	for name in conf private root lock template; do
		printf '%s="%s"\n' "$name" "$tmp/full/$name"
	done | sed 's/^conf/CONFDIR/; s/^private/VE_PRIVATE/; s/^root/VE_ROOT/
		s/^lock/LOCKDIR/; s/^template/TEMPLATE/' >"$tmp/full.conf"
}
export KONTEXT_CONF=$tmp/full.conf
for ((n = 10; n < 30; n++)); do
	host $n
	find "$tmp/full" ! -path '*/lock*' | sort >"$tmp/files"
	run vpsctl create 263 --ostemplate t
	find "$tmp/full" ! -path '*/lock*' | sort >"$tmp/now"
	[ $status != 0 ] || break
	umount "$tmp/full"
	if [ $status = 46 ] && [ "$(wc -l <"$tmp/err")" = 1 ] && cmp -s "$tmp/files" "$tmp/now"; then
		pass "full disk, room for $((n - 10)) files: 46 and nothing left"
	else
		fail "full disk, room for $((n - 10)) files: 46 and nothing left" \
			"status $status" "$err" "$(diff "$tmp/files" "$tmp/now")"
	fi
done
ok "at last it fits" [ $((n > 11 && n < 30)) = 1 ]
umount "$tmp/full"
host 100
head -c 2m /dev/zero >"$tmp/full/zero" 2>/dev/null
refused "full disk, no room for data" 46 '' vpsctl create 263 --ostemplate t
is "and nothing left" "$(find "$tmp/full/private" "$tmp/full/conf" -mindepth 1)" ""
rm "$tmp/full/zero"
code "room again" 0 vpsctl create 263 --ostemplate t
umount "$tmp/full"
printf 'CONFDIR="relative"\n' >"$tmp/full.conf"
refused "vps.conf with a relative path" 21 relative vpslist -a
KONTEXT_CONF=$tmp/nosuch.conf refused "no vps.conf" 10 'nosuch\.conf' vpslist -a
unset KONTEXT_CONF

# Not root.
refused "not root" 12 root setpriv --reuid 65534 --regid 65534 --clear-groups vpsctl create 263 --ostemplate busybox
unchanged "not root"
done_testing
