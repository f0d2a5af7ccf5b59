#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The last case. Every VPS of the suite has the template below its root, and
# many attacks aim at it: it is byte for byte what it was before the first.
. "$(dirname "$0")/lib.sh"
arena

# A VPS may write over a file of the template, as far as it sees.
inside_root 'echo mine >/etc/passwd; chmod 600 /etc/group; rm -f /sbin/reboot; chown 1000 /bin/busybox; touch /bin/sh.new' >/dev/null
is "for the attacker it changed" "$(inside_root 'cat /etc/passwd; stat -c %a /etc/group; ls /sbin/reboot 2>&1 | head -c 8')" \
	$'mine\n600\nls: /sbi'
is "for the neighbour it did not" "$(timeout 30 vpsctl exec2 $neighbour 'head -n 1 /etc/passwd; stat -c %a /etc/group; ls /sbin/reboot' </dev/null)" \
	$'root:*:0:0:root:/root:/bin/sh\n644\n/sbin/reboot'
host_unchanged
neighbour_well
for id in $attacker $neighbour; do
	ok "stop $id" vpsctl stop $id --fast
	ok "destroy $id" vpsctl destroy $id
done
template_digest >"$tmp/template"
like "the digest has all of it" "$(wc -l <"$tmp/template")" '^[0-9]{3,}$'
is "the template is byte for byte as it was" "$(diff "$arena_dir/template" "$tmp/template")" ""

# That the digest would tell: time, mode, link count and bytes, each alone.
cp -a "$template_dir/root/etc/hosts" "$tmp/hosts"
for change in "touch -d @1 FILE" "chmod 600 FILE" "ln FILE $template_dir/../.link" "sed -i s/localhost/Localhost/ FILE"; do
	eval "${change//FILE/$template_dir/root/etc/hosts}"
	template_digest >"$tmp/changed"
	unlike "the digest tells: ${change%% *}" "$(diff "$tmp/template" "$tmp/changed")" '^$'
	rm -f "$template_dir/../.link"
	cp -a "$tmp/hosts" "$template_dir/root/etc/hosts"
	template_digest >"$tmp/template"
done
cp "$tmp/template" "$arena_dir/template"
done_testing
