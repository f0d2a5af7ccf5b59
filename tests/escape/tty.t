#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# TIOCSTI and its kind: what runs inside types into the host's terminal, and the
# administrator's shell executes it when the command returns (many: su, chroot,
# lxc-attach CVE-2016-10124, docker exec). Output that drives the terminal
# emulator (escape sequences) is the terminal's affair and passes, as with ssh.
. "$(dirname "$0")/lib.sh"
own 263
arena tty

# on_tty COMMAND: on a terminal of the host, of which it is the session's leader;
# then what has been typed into that terminal is printed.
on_tty() {
	echo "$1; echo; echo ended; $attacks/tty listen 1" >"$tmp/script"
	setsid timeout 60 script -qec "bash $tmp/script" /dev/null </dev/null 2>&1 | tr -d '\r'
}

bites=$(on_tty "$attacks/tty inject 0")
like "on the terminal itself the attack bites" "$bites" 'TIOCSTI 0: done.*ended.*typed: echo injected'
bites=$(on_tty "$attacks/tty inject /dev/tty </dev/null >$tmp/said 2>&1")
like "by /dev/tty, too" "$bites" 'ended.*typed: echo injected'

for who in "" "/attack/as 1000 "; do
	for how in "enter $attacker --exec" "exec2 $attacker"; do
		name="${how%% *}${who:+ as a user}"
		said=$(on_tty "vpsctl $how $who/attack/tty inject 0 1 2 /dev/tty /dev/console /dev/pts/0")
		unlike "$name: nothing is typed on the host" "$said" 'typed'
		like "$name: it ended" "$said" 'ended'
		said=$(on_tty "vpsctl $how $who/attack/tty inject 0 1 2 /dev/tty </dev/null >$tmp/said 2>&1")
		unlike "$name, redirected: nothing is typed" "$said" 'typed'
		is "$name, redirected: it has no terminal" "$(grep -c 'open /dev/tty: ENXIO' "$tmp/said")" 1
		said=$(on_tty "vpsctl $how $who/attack/tty inject 0 1 2 /dev/tty 2>$tmp/said | cat")
		unlike "$name, output in a pipe: nothing is typed" "$said" 'typed'
	done
done
said=$(on_tty "echo '/attack/tty inject /dev/tty 0 1 2' | vpsctl exec2 $attacker - >$tmp/said 2>&1")
unlike "a script on standard input: nothing is typed" "$said" 'typed'
is "and it has no terminal" "$(grep -c 'open /dev/tty: ENXIO' "$tmp/said")" 1

# Its terminal is of its own devpts, and ends with the command.
said=$(on_tty "$attacks/tty which; vpsctl enter $attacker --exec /attack/tty which")
is "none of the three is the host's" "$(sed -n 's/.*on //p' <<<"$said" | sort | uniq -c | awk '{ print $1 }' | xargs)" "3 3"
said=$(on_tty "vpsctl exec2 $attacker '(sleep 2; echo late >/dev/tty; echo later >&1) & exit 0'; sleep 3")
unlike "what it leaves behind cannot write to the terminal" "$said" 'ended.*late'

# What the commands ask a VPS its own /bin/sh answers: that gets no terminal.
vpsctl --quiet create 263 --ostemplate busybox
vpsctl --quiet start 263
give_attack 263 tty
vpsctl exec2 263 - <<'END'
cat >/bin/shell <<'SHELL'
#!/bin/busybox sh
case "$*" in
*halt*) /attack/tty which >>/said; exit 1 ;;
*runlevel*) /attack/tty which >>/said; exit 0 ;;
esac
exec /bin/busybox sh "$@"
SHELL
chmod 755 /bin/shell
mv /bin/shell /bin/sh
END
for command in "restart 263 --wait" "stop 263" "start 263 --wait"; do
	like "$command: on a terminal" "$(on_tty "vpsctl $command")" 'ended'
done
is "4 times it was asked, and had none" "$(cut -d ' ' -f 2 /var/lib/vps/private/263/upper/said | sort | uniq -c | xargs)" "12 none"
wipe

# Screens of the host.
for n in 0 1 63; do
	refuses "root makes a node of virtual terminal $n" mknod '=~(not permitted|denied)' inside_root "mknod /root/tty$n c 4 $n"
done
is "a user, too: none is there" "$(inside_user 'mknod /tmp/tty0 c 4 0 2>/dev/null; ls /tmp/tty0 2>/dev/null'; inside_root 'ls /root')" canary
like "the host's serial console is not there" "$(inside_root '/attack/tty inject /dev/ttyS0 /dev/tty0 /dev/vcs1 /dev/vcsa1')" \
	'ttyS0: ENOENT.*tty0: ENOENT.*vcs1: ENOENT.*vcsa1: ENOENT'
finished
