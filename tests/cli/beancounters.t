#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Beancounters: set, saved, changed live, shown on the host and inside, kept.
. "$(dirname "$0")/lib.sh"
own 245 246
limit=200
a() { vpsctl exec2 245 "$@" </dev/null 2>&1; }
saved() { sed -n "s/^$1=//p" /etc/vps/conf/245.conf; }
field() { vpslist -H -o "$1" 245 | xargs; }
bean() { a cat /proc/user_beancounters | awk -v r="$1" '$1 == r { print $4, $5, $6 }'; }

code "create" 0 vpsctl create 245 --ostemplate busybox --numfile 200:220 --tcpsndbuf 1M:2M \
	--privvmpages 1G --shmpages 8192:9000 --numneigh 10 --numiptent unlimited --ram 128M --numproc 90
code "create its neighbour" 0 vpsctl create 246 --ostemplate busybox
for pair in NUMFILE=200:220 TCPSNDBUF=1048576:2097152 PRIVVMPAGES=262144:262144 \
	SHMPAGES=8192:9000 NUMNEIGH=10:10 NUMIPTENT=unlimited:unlimited; do
	is "saved: $pair" "$(saved "${pair%%=*}")" "\"${pair#*=}\""
done
is "vpslist of one that is stopped" "$(field numfile,numfile.b,numfile.l,numfile.f,numpty.l)" "- 200 220 - -"
code "set, stopped" 0 vpsctl set 245 --numfile=150:160 --lockedpages 5000k --numpty=7 --save
is "saved: a started page is a whole one" "$(saved LOCKEDPAGES)" '"1250:1250"'
code "set without --save" 0 vpsctl set 245 --numfile 1
is "saves nothing" "$(saved NUMFILE)" '"150:160"'
ok "start" vpsctl start 245
ok "start the other" vpsctl start 246
give 245
vpsctl exec2 245 'cat >/hold && chmod 755 /hold' <"$helpers/hold"

# Shown.
head=$(printf 'Version: 2.5\n%10s  %-12s %20s %20s %20s %20s %20s' uid resource held maxheld barrier limit failcnt)
is "the head inside, to the byte" "$(a cat /proc/user_beancounters | head -n 2)" "$head"
is "and on the host" "$(head -n 2 /proc/user_beancounters)" "$head"
# shellcheck disable=SC2016 # awk's
names='NR > 2 { print $(NF - 5) }'
classic="kmemsize lockedpages privvmpages shmpages dummy numproc physpages vmguarpages oomguarpages
numtcpsock numflock numpty numsiginfo tcpsndbuf tcprcvbuf othersockbuf dgramrcvbuf numothersock
dcachesize numfile dummy dummy dummy numiptent swappages"
is "the classic rows come first" "$(a cat /proc/user_beancounters | awk "$names" | head -n 25 | xargs)" "$(xargs <<<"$classic")"
is "every line is as long" "$(a cat /proc/user_beancounters | awk 'NR > 1 { print length }' | sort -u)" 129
is "inside: its own only" "$(a cat /proc/user_beancounters | grep -o '[0-9][0-9]*:' | xargs)" 245:
is "the host sees both" "$(grep -o '24[56]: ' /proc/user_beancounters | xargs)" "245: 246:"
is "it is root's" "$(a "stat -c '%a %u %g' /proc/user_beancounters")" "400 0 0"
no "and nobody else's" vpsctl exec2 245 'su nobody -s /bin/sh -c "cat /proc/user_beancounters" || exit 1'
no "on the host, too" setpriv --reuid 65534 --regid 65534 --clear-groups cat /proc/user_beancounters
is "the host's root sees what is of the host there" \
	"$(grep -c '245: ' "/proc/$(field initpid)/root/proc/user_beancounters")" 1
is "numfile" "$(bean numfile)" "150 160 0"
is "privvmpages" "$(bean privvmpages | cut -d' ' -f 1,2)" "262144 262144"
is "numneigh" "$(bean numneigh | cut -d' ' -f 1,2)" "10 10"
is "unlimited" "$(bean numiptent | cut -d' ' -f 1,2)" "9223372036854775807 9223372036854775807"
is "numpty" "$(bean numpty | cut -d' ' -f 1,2)" "7 7"
is "a default" "$(bean numconntrack | cut -d' ' -f 1,2)" "65536 65536"
is "vpslist" "$(field numfile.b,numfile.l,numfile.f,tcpsndbuf.b,tcpsndbuf.l,numkey.l)" "150 160 0 1048576 2097152 16384"
json=$(vpslist --json -o ctid,numfile,numfile.b,numfile.l,numiptent.l,numpty.f 245 | tr -d ' \n')
like "vpslist --json: numbers" "$json" '"numfile":[0-9]+,"numfile.b":150,"numfile.l":160,"numiptent.l":9223372036854775807,"numpty.f":0'
is "vpslist -L has all of them" "$(vpslist -L | grep -cE '^(num|[a-z]+(pages|size|buf|bytes))[a-z]*\.[mblf] ')" $((46 * 4))

# What the controllers count.
group=/sys/fs/cgroup/vps/245
is "physpages: limit" "$(field physpages.b,physpages.l)" "32768 32768"
ok "held" [ "$(field physpages)" -gt 10 ]
ok "maxheld" [ "$(field physpages.m)" -ge "$(field physpages)" ]
is "numproc: limit" "$(field numproc.l)" 90
is "held" "$(field numproc)" "$(cat $group/pids.current)"
ok "kmemsize" [ "$(field kmemsize)" -gt 10000 ]
ok "oomguarpages is memory and swap" [ "$(field oomguarpages)" -ge "$(field physpages)" ]
a /probe forks 200 >/dev/null
ok "numproc: failcnt" [ "$(field numproc.f)" -gt 0 ]
ok "maxheld" [ "$(field numproc.m)" -gt 80 ]

# Kept.
before=$(field numfile)
ok "some files are open" [ "$before" -gt 0 ]
n=$(a /hold 500)
like "500 files are too many" "$n" '^1?[0-9][0-9] ENFILE$'
failcnt=$(field numfile.f)
ok "failcnt" [ "$failcnt" -gt 0 ]
is "maxheld" "$(field numfile.m)" 160
like "the log has it" "$(vpsctl log 245)" 'limit of numfile reached.*failcnt [0-9]+'
if journalctl --version >/dev/null 2>&1 && systemctl -q is-active vpsd; then
	if until_true 10 sh -c \
		'journalctl -u vpsd | grep -q "VPS 245: limit of numfile reached, failcnt"'; then
		pass "so has the journal of vpsd"
	else
		fail "so has the journal of vpsd" "$(journalctl -q -u vpsd -n 5)"
	fi
fi
is "the neighbour was refused nothing" "$(vpslist -H -o numfile.f 246 | xargs)" 0
code "set, live" 0 vpsctl set 245 --numfile 1000 --save
is "now they can be had" "$(a /hold 500)" "500 all"
is "saved" "$(saved NUMFILE)" '"1000:1000"'
code "set below what is held" 0 vpsctl set 245 --numfile 1
is "is done" "$(field numfile.b,numfile.l)" "1 1"
code "unlimited" 0 vpsctl set 245 --numfile unlimited
is "lifts it" "$(field numfile.l)" 9223372036854775807
code "several at once" 0 vpsctl set 245 --numpty 20:30 --numkey 40:50 --keysize 1M
is "all are set" "$(field numpty.b,numpty.l,numkey.b,numkey.l,keysize.l)" "20 30 40 50 1048576"
code "0 is a limit" 0 vpsctl set 245 --numuring 0
is "numuring" "$(field numuring.b,numuring.l)" "0 0"

# Bad values of each of them; nothing changes.
sum=$(sha256sum </etc/vps/conf/245.conf) rows=$(vpslist -H -o numpty.b,numpty.l,numkey.l,numfile.l 245)
count_options=0
for option in $(vpsctl --help | sed -nE 's/^  --(num(file|flock|pty|siginfo|tcpsock|othersock|iptent|[a-z]*ns|inotify|inowatch|fanotify|fanmark|mount|key|timer|conntrack|neigh|netdev|bpf|uring|epoll)|[a-z]+pages|[a-z]+buf|[a-z]+size|mqbytes) .*/\1/p' |
	grep -vxE 'physpages|swappages|vmguarpages|oomguarpages'); do
	count_options=$((count_options + 1))
	for value in 9223372036854775808 2:1; do
		case $value in 2:1) range='0 to LIMIT' ;; *) range='0 to 9223372036854775807' ;; esac
		run vpsctl set 245 --numpty 9 "--$option" "$value" --save
		if [ $status != 21 ] || [[ $err != *"--$option: \"$value\""*"$range"* ]]; then
			fail "--$option $value" "$status: $err"
		fi
	done
done
is "each has been tried" "$count_options" 39
for value in '' x -1 : 1: :1 1:2:3 1.5 0x10 ' 5' 5X 99999999999T unlimited:5; do
	refused "--numfile '$value'" 21 "=--numfile: \"$value\"" vpsctl set 245 --numfile "$value" --save
done
is "the configuration is as before" "$(sha256sum </etc/vps/conf/245.conf)" "$sum"
is "so are the limits" "$(vpslist -H -o numpty.b,numpty.l,numkey.l,numfile.l 245)" "$rows"
refused "what is only shown has no option" 20 kmemsize vpsctl set 245 --kmemsize 5 --save
refused "no such field" 20 numfile.x vpslist -o numfile.x

# A configuration that was edited to nonsense is found by the start.
ok "stop" vpsctl stop 245 --fast
sed -i 's/^NUMFILE=.*/NUMFILE="9:8"/' /etc/vps/conf/245.conf
refused "a barrier above the limit" 21 'NUMFILE="9:8"' vpsctl --quiet start 245
sed -i 's/^NUMFILE=.*/NUMFILE="many"/' /etc/vps/conf/245.conf
refused "no number" 21 'NUMFILE="many"' vpsctl --quiet start 245
sed -i 's/^NUMFILE=.*/NUMFILE="9223372036854775807:9223372036854775807"/' /etc/vps/conf/245.conf
ok "unlimited as OpenVZ wrote it" vpsctl start 245
is "is that" "$(field numfile.l)" 9223372036854775807
done_testing
