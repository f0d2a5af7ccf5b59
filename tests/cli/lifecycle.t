#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Also on the debug kernel.
# The verbs of vpsctl and the forms of vpslist: what they print and return.
. "$(dirname "$0")/lib.sh"
own 201 202
inventory >"$tmp/before"

status_is() { is "$1" "$(vpsctl status 201)" "CTID 201 $2"; }
field() { vpslist -a -H -o "$1" 201 | xargs; }

status_is "status before create" "deleted unmounted down"
code "create" 0 vpsctl create 201 --ostemplate busybox --hostname one.example.org \
	--name one --ipadd 10.201.0.1 --ipadd fd02::1 --ram 64M --description 'a b'
is "create says so" "$out$err" "VPS 201 was created"
status_is "status" "exist unmounted down"
refused "create again" 44 201 vpsctl create 201 --ostemplate busybox
inventory >"$tmp/stopped"

ok "stop, not running, is no failure" vpsctl stop 201
is "and it says so" "$out" "VPS 201 is not running"
ok "stop --fast, not running" vpsctl stop 201 --fast
refused "exec, not running" 31 201 vpsctl exec 201 true
refused "exec2, not running" 31 201 vpsctl exec2 201 true
refused "enter, not running" 31 201 vpsctl enter 201
refused "umount, not mounted" 40 201 vpsctl umount 201
code "mount" 0 vpsctl mount 201
ok "the root is there" test -x /var/lib/vps/root/201/bin/busybox
status_is "status, mounted" "exist mounted down"
is "vpslist says mounted" "$(field status)" mounted
refused "mount again" 41 201 vpsctl mount 201
code "umount" 0 vpsctl umount 201
same_inventory "umount leaves nothing" "$tmp/stopped"
code "mount by name, as vzctl" 0 vzctl mount one
code "start, mounted already" 0 vpsctl start 201
is "start prints what vzctl does" "$(grep -c . <<<"$out")" 4
status_is "status, running" "exist mounted running"
refused "start, running already" 32 201 vpsctl start 201
refused "mount, running" 41 201 vpsctl mount 201
refused "umount, running" 32 201 vpsctl umount 201
refused "destroy, running" 32 201 vpsctl destroy 201
refused "create, running" 44 201 vpsctl create 201 --ostemplate busybox
is "it still runs" "$(field status)" running

code "exec" 0 vpsctl exec 201 echo hello
is "exec prints what the command does" "$out$err" hello
code "exec of a command that fails" 8 vpsctl exec 201 'exit 3'
code "exec2 of a command that fails" 3 vpsctl exec2 201 'exit 3'
code "exec by name" 0 vpsctl exec one hostname
is "its host name" "$out" one.example.org
ok "it has a process 1" vpsctl exec2 201 'test "$(cat /proc/1/comm)" = init'
first=$(field initpid)
code "restart" 0 vpsctl restart 201
second=$(field initpid)
unlike "restart makes a new init" "$second" "^($first|-|)\$"
ok "which runs" kill -0 "$second"
no "and the old one does not" kill -0 "$first"
code "restart by name, with --wait" 0 vpsctl restart one --wait

code "vpslist" 0 vpslist
is "its titles" "$(head -n 1 "$tmp/out" | xargs)" "CTID NPROC STATUS IP_ADDR HOSTNAME"
like "its line" "$(grep -w 201 "$tmp/out")" \
	'^ +201 +[1-9][0-9]* running +10\.201\.0\.1 fd02::1 one\.example\.org *$'
is "-o and -H" "$(field ctid,name,ostemplate,description)" "201 one busybox a b"
is "-1" "$(vpslist -1 | xargs)" 201
is "-S has no running one" "$(vpslist -S -1)" ""
is "a VPS by name" "$(vpslist -1 one | xargs)" 201
is "-N" "$(vpslist -1 -N 'o?e' | xargs)" 201
is "-N, no match" "$(vpslist -1 -N 'x*')" ""
is "-h" "$(vpslist -1 -h '*.example.org' | xargs)" 201
refused "an unknown field" 20 nosuch vpslist -o ctid,nosuch
refused "an unknown VPS" 14 299 vpslist 299
code "--json" 0 vpslist -a --json -o ctid,name,status,nproc,ip,cpus,onboot
# JSON is Python but for three words; the minimal Python has no parser of it.
cat >"$tmp/json.py" <<'END'
import sys
rows = eval(sys.stdin.read(), {"null": None, "true": True, "false": False})
row, = [r for r in rows if r["ctid"] == 201]
assert row["name"] == "one" and row["status"] == "running", row
assert isinstance(row["nproc"], int) and row["nproc"] >= 1, row
assert "10.201.0.1" in row["ip"] and "fd02::1" in row["ip"], row
assert row["cpus"] is None and row["onboot"] is None, row
END
python3 "$tmp/json.py" <"$tmp/out" 2>"$tmp/err" && pass "its values" ||
	fail "its values" "$out" "$(cat "$tmp/err")"

code "stop" 0 vpsctl stop 201
status_is "status after stop" "exist unmounted down"
is "vpslist says stopped" "$(field status)" stopped
is "-a has it, stopped" "$(vpslist -a -1 | xargs)" 201
is "-S has it" "$(vpslist -S -1 | xargs)" 201
is "without -a it has not" "$(vpslist -1)" ""
same_inventory "stop leaves nothing" "$tmp/stopped"
code "restart of a stopped one" 0 vpsctl restart 201
code "stop --fast" 0 vpsctl stop 201 --fast
same_inventory "stop --fast leaves nothing" "$tmp/stopped"
code "--quiet" 0 vpsctl --quiet start 201
is "--quiet prints nothing" "$out$err" ""
vpsctl exec 201 'echo kept >/root/file; rm /bin/vi'
vpsctl stop 201 >/dev/null 2>&1
vpsctl start 201 >/dev/null
is "what it writes is kept" "$(vpsctl exec 201 'cat /root/file; ls /bin/vi 2>/dev/null')" kept
ok "the template is as it was" test -L /var/lib/vps/template/busybox/root/bin/vi
code "two at once" 0 vpsctl create 202 --ostemplate busybox
code "the second starts" 0 vpsctl start 202
is "-1 has both" "$(vpslist -1 | xargs)" "201 202"
is "-s sorts" "$(vpslist -1 -s -ctid | xargs)" "202 201"
is "their ids do not overlap" \
	"$(vpslist -H -o uid | sort -n | xargs | awk '{ print ($2 - $1 >= 65536) }')" 1
vpsctl stop 201 --fast >/dev/null
is "one can stop alone" "$(vpslist -1 | xargs)" 202
vpsctl stop 202 --fast >/dev/null
code "destroy" 0 vpsctl destroy 201
is "destroy says so" "$out$err" "VPS 201 was destroyed"
code "destroy, as vzctl's delete" 0 vpsctl delete 202
refused "destroy again" 14 201 vpsctl destroy 201
status_is "status after destroy" "deleted unmounted down"
same_inventory "destroy leaves nothing" "$tmp/before"

code "--version" 0 vpsctl --version
like "--version" "$out" '^vpsctl [0-9]+\.[0-9]+'
for command in vpsctl vpslist vpstemplate vpsd; do
	code "$command --help" 0 $command --help
	like "$command --help" "$out" "^Usage: $command"
done
refused "no verb" 20 verb vpsctl
refused "an unknown verb" 20 jump vpsctl jump 201
refused "an unknown option" 20 --nosuch vpsctl start 201 --nosuch
done_testing
