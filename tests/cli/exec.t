#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Commands in a VPS: arguments, input and output, exit status, terminal, and
# that nothing of the host comes along.
. "$(dirname "$0")/lib.sh"
own 271
vpsctl create 271 --ostemplate busybox --hostname here >/dev/null
ok "start" vpsctl start 271
give 271
x=(vpsctl exec2 271)

for n in 0 1 2 77 126 127 255; do code "exec2: exit status $n" $n "${x[@]}" "exit $n"; done
for n in 1 9 11 15; do code "exec2: ended by signal $n" $((128 + n)) "${x[@]}" exec /probe signal $n; done
code "exec: 0" 0 vpsctl exec 271 true
for n in 1 77 255; do code "exec: 8 for $n" 8 vpsctl exec 271 "exit $n"; done
code "a command that is not there: 127" 127 "${x[@]}" nosuchcommand
like "says so" "$err" nosuchcommand

# As vzctl: the words are joined, and the shell inside reads them.
code "words" 0 "${x[@]}" echo a 'b  c' '"d   e"' '$((6 * 7))' '`echo f`'
is "are joined and read by the shell inside" "$out" "a b c d   e 42 f"
is "a pipeline" "$("${x[@]}" 'echo a b | wc -w')" 2
is "options are the command's" "$("${x[@]}" echo --help -n --save)" "--help -n --save"
is "- reads commands" "$(printf 'cd /etc\npwd\nexit 5\n' | "${x[@]}" -; echo $?)" "/etc
5"
refused "no command" 20 'which command' vpsctl exec2 271

# Input and output, byte for byte.
head -c 1500000 /dev/urandom >"$tmp/bytes"
"${x[@]}" cat <"$tmp/bytes" >"$tmp/back"
ok "1.5 MB through stdin and stdout" cmp "$tmp/bytes" "$tmp/back"
"${x[@]}" 'cat >&2' <"$tmp/bytes" >"$tmp/back" 2>"$tmp/back2"
ok "and stderr" cmp "$tmp/bytes" "$tmp/back2"
is "nothing on the other" "$(wc -c <"$tmp/back")" 0
is "output that nobody reads ends it" "$(timeout 20 "${x[@]}" yes 2>/dev/null | head -n 1; echo "${PIPESTATUS[0]}")" "y
141"
is "closed stdin" "$(timeout 20 "${x[@]}" 'read x; echo $?' <&-)" 1
SECONDS=0
timeout 30 "${x[@]}" 'sleep 5 >/dev/null 2>&1 </dev/null & echo background' >"$tmp/out"
ok "a background process is not waited for" [ $SECONDS -lt 5 ]

# Nothing of the host's.
export SECRET=of-the-host LD_PRELOAD='' IFS_X=1
is "environment: what a login has" "$("${x[@]}" 'env | cut -d = -f 1 | sort | xargs')" \
	"HOME LOGNAME PATH PWD SHELL SHLVL TERM USER container"
unset SECRET LD_PRELOAD IFS_X
exec 7</etc/machine-id 8</ 9>"$tmp/nine"
is "descriptors: three" "$("${x[@]}" 'ls /proc/self/fd | xargs' </dev/null 2>/dev/null)" "0 1 2 3"
# Not the shell: it has others open for a moment.
"${x[@]}" exec sleep 7783 </dev/null >/dev/null 2>&1 &
until_true 10 pgrep -fx 'sleep 7783'
is "of a command that opens none" "$(find "/proc/$(pgrep -fx 'sleep 7783')/fd" -type l -printf '%f\n' | sort | xargs)" "0 1 2"
pkill -fx 'sleep 7783'
wait
exec 7<&- 8<&- 9>&-
is "of init: /dev/null" "$("${x[@]}" 'for f in /proc/1/fd/*; do readlink $f; done | sort -u')" /dev/null
is "working directory" "$("${x[@]}" pwd)" /root
is "root" "$("${x[@]}" id)" "uid=0(root) gid=0(root)"
is "umask" "$(umask 077; "${x[@]}" umask)" 0022
is "limits are not the host's" "$(ulimit -n 77; "${x[@]}" ulimit -n)" 1024
is "signals are not blocked or ignored" "$(trap '' TERM INT; "${x[@]}" 'exec grep -E "^Sig(Blk|Ign)" /proc/self/status' | awk '{ print $2 }' | sort -u)" 0000000000000000
is "in the group of its init" "$("${x[@]}" cat /proc/self/cgroup)" "$("${x[@]}" cat /proc/1/cgroup)"
is "no session of the host's" "$("${x[@]}" 'cat /proc/self/loginuid 2>/dev/null || echo none')" \
	"$("${x[@]}" 'cat /proc/1/loginuid 2>/dev/null || echo none')"
"${x[@]}" 'sleep 7781' &
sleep 1
is "processes of exec are the VPS's" "$(awk '/^Ctx:/ { print $2 }' "/proc/$(pgrep -fx 'sleep 7781')/status")" 271
kill $!
wait

# A terminal. script(1) gives vpsctl one.
cat >"$tmp/enter.sh" <<'END'
stty rows 33 cols 99
(sleep 6; stty rows 44 cols 111 </dev/tty) &
vpsctl enter 271
echo "enter returned $?"
stty size
END
{
	sleep 3
	printf 'stty size; tty; ps -o pid,tty,comm\n'
	sleep 1
	printf 'sleep 7782 &\njobs; fg\n'
	sleep 1
	printf '\003'
	sleep 3
	printf 'echo after ^C\nstty size\n'
	sleep 1
	printf 'exit 4\n'
	sleep 1
} | timeout --foreground 60 script -qec "bash $tmp/enter.sh" /dev/null | tr -d '\r' >"$tmp/session"
session=$(cat "$tmp/session")
like "enter: the size of the window" "$session" '(^|[^0-9])33 99'
like "enter: a terminal of the VPS's" "$session" $'\n/dev/pts/[0-9]+'
unlike "enter: job control" "$session" "[Nn]o job control|can't access tty"
like "enter: a job in the background" "$session" '\[1\]\+? *Running *sleep 7782'
like "enter: ^C ends the job, not the shell" "$session" $'\nafter'
is "enter: and really" "$(pgrep -fx 'sleep 7782')" ""
like "enter: a change of the window's size" "$session" '44 111'
like "enter: exit status" "$session" 'enter returned 4'
like "enter: the terminal is as before" "$session" $'enter returned 4\n44 111'
run timeout --foreground 30 script -qec "vpsctl exec2 271 'tty; exit 6'" /dev/null
is "exec under a terminal has one of its own" "$(tr -d '\r' <<<"$out" | sed 's/^^@//')" /dev/pts/0
is "exec under a terminal: exit status" "$status" 6
is "enter --exec" "$(vpsctl enter 271 --exec echo a 'b  c' </dev/null)" "a b c"
is "enter with commands on standard input" "$(echo 'echo $((40 + 2)); exit' | vpsctl enter 271 2>/dev/null | tail -n 1)" 42

# A VPS that stops under it.
"${x[@]}" 'sleep 60' &
pid=$!
sleep 1
vpsctl stop 271 --fast >/dev/null
wait $pid
is "a command whose VPS is stopped: killed" $? 137
done_testing
