#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Root inside takes all there is of each resource, with four processes and as fast
# as it can: it gets errors, they are counted and told, a neighbour and the host
# work on, and when the VPS is destroyed all is back. ROUNDS: how often;
# RESOURCES=all: each of them, not only one of a kind.
. "$(dirname "$0")/lib.sh"
own 251 252
limit=120
rounds=${ROUNDS:-1}
attack=400	# milliseconds
host=/var/lib/vps/exhaust.$$
# Resource, limit, the errors it may give. Buffers are refused by waiting, or
# by a datagram less.
resources='numfile 1500 ENFILE
numflock 300 ENOLCK
numpty 30 ENOSPC
privvmpages 60000 ENOMEM
lockedpages 500 ENOMEM|EAGAIN
shmpages 2000 ENOSPC|ENOMEM
dcachesize 2500 ENOMEM
numinotify 60 EMFILE
numinowatch 150 ENOSPC
numfanotify 60 EMFILE
numfanmark 100 ENOSPC
nummount 900 ENOSPC
numepoll 500 ENOSPC
pipepages 2000 ENFILE|EPERM
mqbytes 200000 EMFILE
numproc 300 EAGAIN
numsiginfo 300 EAGAIN
numuserns 20 ENOSPC
numpidns 20 ENOSPC
numutsns 20 ENOSPC
numipcns 20 ENOSPC
numnetns 8 ENOSPC
nummntns 12 ENOSPC
numcgroupns 20 ENOSPC
numtimens 20 ENOSPC
numkey 100 EDQUOT
keysize 12000 EDQUOT
numtimer 150 EAGAIN
numbpf 50 EPERM|ENOMEM
numuring 30 ENOMEM
numtcpsock 400 ENOBUFS|ENOMEM
numothersock 400 ENOBUFS|ENOMEM
tcpsndbuf 1048576 none
tcprcvbuf 1048576 none
othersockbuf 1048576 none
dgramrcvbuf 524288 none
numiptent 100 ENOMEM|ENOSPC
numconntrack 300 EPERM|ENOMEM|ENOBUFS
numneigh 200 ENOBUFS
numnetdev 20 ENOMEM|ENOSPC|ENOBUFS'
of_a_kind='numfile|numpty|privvmpages|dcachesize|pipepages|numproc|numnetns|numbpf|othersockbuf'
[ "${RESOURCES:-}" = all ] || resources=$(grep -E "^($of_a_kind) " <<<"$resources")
. "$here/exhaust.sh"
now() { date +%s%3N; }

begin() {
	local name most args=()
	while read -r name most _; do args+=("--$name" "$most"); done <<<"$resources"
	ok "create, with all limits" vpsctl create 251 --ostemplate busybox --ram 256M --swap 0 --cpus 1 \
		--features nesting:on --features bpf:on --features io_uring:on --netfilter full "${args[@]}"
	ok "start" vpsctl start 251
	vpsctl exec2 251 'cat >/exhaust && chmod 755 /exhaust' <"$helpers/exhaust"
	# Who filters by state has connections tracked; those of the attacks on buffers
	# would leave no room for the attack on that.
	nsenter -n -t "$(vpslist -H -o initpid 251 | xargs)" nft 'add table inet t
		add chain inet t raw { type filter hook output priority -300; }
		add rule inet t raw ip daddr 127.0.0.1 notrack
		add chain inet t c { type filter hook output priority 0; }
		add rule inet t c ct state new accept'
}

end() {
	ok "stop" vpsctl stop 251 --fast
	ok "destroy" vpsctl destroy 251
}

one() { # RESOURCE ERRORS
	local before failed out name=$1 from more=0
	read -r _ before < <(bean "$name")
	from=$(now)
	[ "$2" = none ] || more=4000
	for _ in 1 2 3 4 5; do
		out=$(vpsctl exec2 251 "/exhaust $name $attack $more" </dev/null 2>&1)
		[[ $out == "TAKEN 0"* ]] || break
		sleep 0.5	# keys that the one before had are given back a moment later
	done
	echo "$name $((from + 50)) $(($(now) - 50))" >>"$tmp/windows"
	read -r _ failed < <(bean "$name")
	like "$name: some were had" "$out" '^TAKEN [1-9]'
	[ "$2" = none ] || like "$name: then $2" "$out" " ($2) [1-9]"
	ok "$name: failcnt is up: $before, $failed" [ "${failed:-0}" -gt "${before:-0}" ]
	# What a controller limits tells the controller.
	[ "$name" = numproc ] || soon "$name: an event" 5 grep -q "^251 limit $(number "$name") " "$tmp/events"
}

# All once more, and what the host has before and after.
again() {
	snapshot | sort >"$tmp/before"
	for ((round = 2; round <= rounds; round++)); do
		begin
		vpsctl exec2 251 "for r in $(cut -d' ' -f1 <<<"$resources" | xargs); do
			for n in 1 2 3 4 5 6 7 8 9 10; do
				took=\$(/exhaust \$r 150 2>&1)
				case \$took in 'TAKEN 0'* | *begin*) sleep 0.5 ;; *) break ;; esac
			done
			echo \$r: \$took
		done" </dev/null >"$tmp/round" 2>&1
		is "round $round: each took some" "$(grep -v ': TAKEN [1-9]' "$tmp/round")" ""
		is "round $round: none was left out" "$(wc -l <"$tmp/round")" "$(wc -l <<<"$resources")"
		end
	done
	# The kernel frees some later.
	local last=$((SECONDS + 60)) what
	while snapshot | sort >"$tmp/after" && what=$(grown "$tmp/before" "$tmp/after" "$rounds") &&
		[ -n "$what" ] && [ $SECONDS -lt $last ]; do sleep 5; done
	is "all is back after $rounds rounds" "$what" ""
	join "$tmp/before" "$tmp/after" | awk '$3 > $2 { print "# " $1, $2, $3 }'
}

sysctl -qw kernel.unprivileged_bpf_disabled=0
modprobe nf_conntrack
mkdir -p "$host"
ok "create the neighbour" vpsctl create 252 --ostemplate busybox --ram 256M --cpus 1
ok "start it" vpsctl start 252
vpsctl exec2 252 'cat >/meter && chmod 755 /meter && mkdir -p /m' <"$helpers/meter"
begin
"$helpers/listen" "$tmp/events" &
listener=$!
"$helpers/meter" "$tmp/meter-host" "$host" &
vpsctl exec2 252 "/meter /m/out /m" </dev/null &
trap 'kill $listener; touch "$host/stop"; wipe; rm -rf "$tmp" "$host"' EXIT
until_true 20 grep -q ready "$tmp/events"
sleep 0.5
from=$(now)
sleep 4
echo "$from $(now)" >"$tmp/quiet"
while read -r name _ errors; do one "$name" "$errors"; done <<<"$resources"
ok "address space without limit" vpsctl set 251 --privvmpages unlimited
run vpsctl exec2 251 'i=0; while [ $i -lt 40 ]; do dd if=/dev/zero of=/dev/null bs=400M count=1; i=$((i + 1)); done'
soon "memory: killed for want of it, and told" 5 grep -q '^251 oom' "$tmp/events"
unlike "no event was lost" "$(cat "$tmp/events")" lost
is "no other VPS failed" "$(grep -cE '^252 (limit|oom)' "$tmp/events")" 0

touch "$host/stop"
vpsctl exec2 252 'touch /m/stop'
until_true 10 test -s "$tmp/meter-host"
until_true 10 vpsctl exec2 252 test -s /m/out
vpsctl exec2 252 'cat /m/out' </dev/null >"$tmp/meter-neighbour"
cut -d' ' -f2- "$tmp/windows" >"$tmp/all"
for who in host neighbour; do
	read -r n quiet quiet99 < <(percentiles "$tmp/quiet" "$tmp/meter-$who")
	echo "# $who, quiet: $n requests, median $quiet us, 99th percentile $quiet99 us"
	read -r n busy busy99 < <(percentiles "$tmp/all" "$tmp/meter-$who")
	echo "# $who, attacked: $n requests, median $busy us, 99th percentile $busy99 us:" \
		"$(awk "BEGIN { printf \"%.2f and %.2f\", $busy / $quiet, $busy99 / $quiet99 }") times"
	ok "$who: a request takes at most three times as long" [ "$n" -gt 50 -a "$busy" -le $((3 * quiet)) ]
	# Of few, and beside other work of the machine, the slowest say nothing.
	[ "${RESOURCES:-}" != all ] || ok "$who: so does one of the slowest in a hundred" \
		[ "$busy99" -le $((3 * quiet99)) ]
	while read -r name window; do
		echo "$window" >"$tmp/window"
		read -r n busy busy99 < <(percentiles "$tmp/window" "$tmp/meter-$who")
		awk "BEGIN { printf \"# $who: %-14s%6d requests, median %5.2f, 99th percentile %6.2f times\\n\",
			\"$name\", $n, $busy / $quiet, $busy99 / $quiet99 }"
	done <"$tmp/windows"
done

end
[ "$rounds" = 1 ] || again
is "no context was charged for what it gave not back" "$(dmesg | grep -c 'were never given back')" 0
done_testing
