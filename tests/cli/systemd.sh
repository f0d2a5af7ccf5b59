# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A VPS with systemd from boot to halt; sourced with $template, $id and $ip set.
. "$(dirname "$0")/lib.sh"
own "$id"
limit=240
inventory >"$tmp/before"
code "create" 0 vpsctl create "$id" --ostemplate "$template" --hostname "$template.example.org" \
	--ipadd "$ip" --ipadd "fd02::$id" --ram 512M --numproc 400
inventory >"$tmp/stopped"
field() { vpslist -a -H -o "$1" "$id" | xargs; }

# at_work NAME: the state of its systemd, and which units failed.
at_work() {
	run vpsctl exec2 "$id" 'systemctl is-system-running --wait'
	if [ "$out" = running ]; then pass "$1: running"; else
		fail "$1: running" "$out $err" \
			"$(vpsctl exec2 "$id" 'systemctl list-jobs --no-pager; systemctl --failed --no-pager;
				journalctl -b --no-pager -p warning | tail -n 25' </dev/null 2>&1)"
	fi
	is "$1: no unit failed" "$(vpsctl exec "$id" systemctl --failed --no-legend --plain)" ""
}

code "start --wait" 0 vpsctl start "$id" --wait
at_work "after start"
# What systemd itself tries at each start, and does without.
is "it was refused probes only" "$(refusals_but "$id" "bpf|userns")" ""
is "process 1 is systemd" "$(vpsctl exec "$id" cat /proc/1/comm)" systemd
is "its host name" "$(vpsctl exec "$id" hostname)" "$template.example.org"
is "what it thinks it is in" "$(vpsctl exec "$id" 'tr "\0" "\n" </proc/1/environ | grep ^container=')" \
	container=kontext
like "its os-release" "$(vpsctl exec "$id" . /etc/os-release '&&' echo '$ID-$VERSION_ID')" "^$template\$"

ssh-keygen -q -t ed25519 -N '' -f "$tmp/key"
vpsctl exec "$id" 'umask 077; mkdir -p /root/.ssh; cat >>/root/.ssh/authorized_keys' <"$tmp/key.pub"
by_ssh() {
	ssh -i "$tmp/key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o ConnectTimeout=30 -o BatchMode=yes -o LogLevel=ERROR "root@$1" \
		'hostname; id -u; ps ax | grep -c "[v]psd"' </dev/null 2>&1 | xargs
}
is "ssh by its IPv4 address" "$(by_ssh "$ip")" "$template.example.org 0 0"
is "ssh by its IPv6 address" "$(by_ssh "fd02::$id")" "$template.example.org 0 0"

vpsctl exec "$id" 'cat >/etc/systemd/system/goodbye.service' <<'END'
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
ExecStop=/bin/sh -c 'sleep 1; echo in order >>/root/goodbye'
[Install]
WantedBy=multi-user.target
END
ok "a unit is enabled and started" vpsctl exec2 "$id" systemctl --quiet enable --now goodbye
code "stop" 0 vpsctl stop "$id"
same_inventory "stop leaves nothing" "$tmp/stopped"
vpsctl mount "$id" >/dev/null
is "stop ran the unit's ExecStop" "$(cat "/var/lib/vps/root/$id/root/goodbye")" "in order"
rm -f "/var/lib/vps/root/$id/root/goodbye"
vpsctl umount "$id" >/dev/null

code "start again" 0 vpsctl start "$id" --wait
is "the unit was started" "$(vpsctl exec "$id" systemctl is-active goodbye)" active
rebooted() {
	local now
	now=$(field initpid)
	[ "$now" != - ] && [ "$now" != "$first" ]
}
first=$(field initpid)
vpsctl exec "$id" 'systemctl reboot' >/dev/null 2>&1
until_true 90 rebooted
unlike "reboot inside brings it back" "$(field initpid)" "^($first|-|)\$"
until_true 120 vpsctl exec2 "$id" 'systemctl is-system-running | grep -qxE "running|degraded"'
at_work "after reboot"
is "the reboot was in order" "$(vpsctl exec "$id" cat /root/goodbye)" "in order"
like "its clock began anew" "$(vpsctl exec "$id" cat /proc/uptime)" '^[0-9]{1,2}\.'
is "ssh after the reboot" "$(by_ssh "$ip")" "$template.example.org 0 0"

stopped() { [ "$(field status)" = stopped ]; }
vpsctl exec "$id" 'systemctl halt' >/dev/null 2>&1
until_true 90 stopped
is "vpslist after halt inside" "$(field status)" stopped
same_inventory "halt leaves nothing" "$tmp/stopped"
vpsctl start "$id" >/dev/null
until_true 90 vpsctl exec2 "$id" 'systemctl is-system-running --wait'
vpsctl exec "$id" 'poweroff' >/dev/null 2>&1
until_true 90 stopped
is "vpslist after poweroff inside" "$(field status)" stopped
code "destroy" 0 vpsctl destroy "$id"
same_inventory "destroy leaves nothing" "$tmp/before"
done_testing
