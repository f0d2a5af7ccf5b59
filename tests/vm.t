#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# scripts/vm: output, exit status, arguments and the rest, exactly. TAP; runs on
# the machine that has QEMU.
# shellcheck disable=SC2016,SC2034 # what eval gets
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
vm=$top/scripts/vm
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export TMPDIR=$tmp/tmp
mkdir "$TMPDIR" "$tmp/share"
count=0
ok() { # NAME COMMAND...
	local name=$1
	shift
	count=$((count + 1))
	if "$@"; then echo "ok $count - $name"; else
		echo "not ok $count - $name"
		head -c 2000 "$tmp/err" | sed 's/^/# /'
	fi
}
run() { # ARGUMENT... sets $status; output in $tmp/out, $tmp/err
	status=0
	"$vm" --timeout 300 "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
}
echo 1..16

# Every byte value, and enough of them to fill all buffers on the way.
python3 -c "
import random, sys
r = random.Random(1)
sys.stdout.buffer.write(bytes(range(256)) * 16 + r.randbytes(3000000))
" >"$tmp/share/bytes"
head -c 1000001 "$tmp/share/bytes" >"$tmp/share/less"
run --share "$tmp/share" -- sh -c 'cat bytes; cat less >&2; echo new >made; exit 42'
ok "3 MB of stdout arrive exactly" cmp "$tmp/out" "$tmp/share/bytes"
ok "1 MB of stderr arrives exactly" cmp "$tmp/err" "$tmp/share/less"
ok "exit status 42" [ $status = 42 ]
ok "the shared directory can be written to" grep -qx new "$tmp/share/made"

# shellcheck disable=SC1003,SC2016 # meant literally
printf '%s\0' '' ' ' 'a b' "'" '"' '\' '$HOME `id` $(id)' $'two\nlines' $'tab\there' \
	'*' '~' '--' '-n' 'exit 1' ü '' >"$tmp/want"
mapfile -d '' -t arguments <"$tmp/want"
run --share "$tmp/share" -- python3 -c '
import sys
for a in sys.argv[1:]: sys.stdout.write(a + "\0")
open("/dev/ttyS0", "w").write("exit 7\n")' "${arguments[@]}"
ok "arguments arrive exactly" cmp "$tmp/out" "$tmp/want"
ok "exit status 0, whatever the console says" [ $status = 0 ]

run -- false
ok "exit status 1" [ "$status $(wc -c <"$tmp/out")" = "1 0" ]
run -- sh -c 'kill -9 $$'
ok "a command that SIGKILL ended: 137" [ $status = 137 ]
run -- /no/such/command
ok "no such command: 127 and why" eval '[ $status = 127 ] && grep -q /no/such/command "$tmp/err"'
run -- sh -c 'echo before; sleep 1; echo c >/proc/sysrq-trigger; sleep 60'
ok "a kernel that dies: 125, with the console" \
	eval '[ $status = 125 ] && grep -q "sysrq" "$tmp/err" && grep -qx before "$tmp/out"'

SECONDS=0
status=0
"$vm" --timeout 15 -- sh -c 'echo early; sleep 300' >"$tmp/out" 2>"$tmp/err" || status=$?
ok "the time limit: 124, output kept" \
	eval '[ $status = 124 ] && [ $SECONDS -lt 40 ] && grep -qx early "$tmp/out"'

# A daemon that holds the output does not hold the caller.
run -- sh -c 'sleep 1000 & echo started'
ok "a background process is not waited for" eval '[ $status = 0 ] && grep -qx started "$tmp/out"'

truncate -s 5M "$tmp/disk"
for i in 1 2; do
	"$vm" --timeout 300 --disk "$tmp/disk" --console "$tmp/console$i" -- sh -c "
		echo mine $i >/root/mine; echo mine $i >/dev/vdc; sleep 2
		cat /root/mine; cat /sys/block/vdc/size; head -n 1 /dev/vdc" >"$tmp/out$i" 2>&1 &
done
wait
printf 'mine %d\n10240\nmine %d\n' 1 1 2 2 >"$tmp/want"
ok "two at a time, each with its own changes" \
	diff "$tmp/want" <(cat "$tmp/out1" "$tmp/out2")
ok "a disk given with --disk stays as it was" cmp -n 5242880 "$tmp/disk" /dev/zero

"$vm" --timeout 300 -- sleep 100 >/dev/null 2>&1 &
sleep 6
kill -9 $!
wait $! 2>/dev/null
sleep 1
left=$(pgrep -f "qemu-system.*$TMPDIR" || :)
run -- true
ok "nothing is left behind, not even by a vm that was killed" \
	[ -z "$left$(ls -A "$TMPDIR")" ]

# What is the emulator's fault is run again; nothing else may be taken for it.
judged() { # LINE...: of a console
	printf '[   61.2] %s\n' "$@" >"$tmp/console"
	if "$top/scripts/stale-code" "$tmp/console"; then echo stale; else echo no; fi
}
stale=no
[ "$("$top/scripts/accel")" = kvm ] || stale=stale
judgements=$(judged "Oops: int3: 0000 [#1] SMP" "Code: 8b 50 03 00 e9 <4e> 01 00" "Code: 03 00 cc <4e> 01"
	judged "Oops: int3: 0000 [#1] SMP" "Code: 8b 50 03 00 cc <4e> 01 00" "Code: 03 00 e9 <4e> 01"
	judged "Oops: 0002 [#1] SMP" "Code: 8b 50 03 00 e9 <4e> 01 00"
	judged "Oops: int3: 0000 [#1] SMP" "Code: Bad RIP value."
	judged "a line")
ok "an int3 that is not there, and no other end" eval '[ "$(xargs <<<"$judgements")" = "$stale no no no no" ]'
