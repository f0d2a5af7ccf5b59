#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What people do inside a VPS works: packages from apt, services, containers,
# a Debian in a directory. LIFE=all adds Debian 13 and Docker, for which
# "scripts/packages all" has fetched the packages, and takes half an hour
# where the machine is emulated.
. "$(dirname "$0")/lib.sh"
templates=debian-12
[ "${LIFE:-}" != all ] || templates="debian-12 debian-13"
own 224 225
limit=800
debs=$here/../../build/debs
# Of the host, and on no network.
server=10.255.0.1
ip address replace $server/32 dev lo
busybox httpd -f -p $server:80 -h "$debs" &
httpd=$!
trap 'kill $httpd; ip address del $server/32 dev lo; wipe; rm -rf "$tmp"' EXIT

inside() { vpsctl exec2 "$id" "$@" </dev/null 2>&1; }
failed_units() { inside systemctl --failed --no-legend --plain; }

# sources NAME...: the VPS has these repositories and no other.
sources() {
	local name
	for name; do echo "deb [trusted=yes] http://$server/$name ./"; done |
		vpsctl exec2 "$id" 'cat >/etc/apt/sources.list && apt-get -q update'
}
installs() { # PACKAGE...
	ok "$template: apt-get install $*" vpsctl exec2 "$id" \
		DEBIAN_FRONTEND=noninteractive apt-get install -qy \
		--no-install-recommends "$@"
	is "$template: then no unit has failed" "$(failed_units)" ""
}

start() {
	ok "$template: create" vpsctl create "$id" --ostemplate "$template" \
		--hostname "life-$id" --ipadd "$ip" --ram 1G
	ok "$template: start" vpsctl start "$id" --wait
	is "$template: running" "$(inside systemctl is-system-running)" running
	is "$template: no unit failed" "$(failed_units)" ""
	# systemd asks for these at each start, and does without.
	is "$template: it was refused probes only" "$(refusals_but "$id" "bpf|userns")" ""
	vpsctl log "$id" | sed 's/^/# /'
	# For a machine that lives for one test.
	vpsctl exec2 "$id" 'echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/unsafe'
}

services() {
	is "$template: apt-get update" "$(sources "$template" 2>&1 | grep -E '^[EW]:')" ""
	installs --reinstall openssh-server cron nginx postgresql podman mmdebstrap
	vpsctl exec2 "$id" 'echo "* * * * * root id -un >/run/by-cron" >/etc/cron.d/life'
	is "$template: PostgreSQL answers" \
		"$(inside 'cd /; su postgres -c "psql -Atc \"select 6*7\""')" 42
	inside 'echo a page of nginx >/var/www/html/page' >"$tmp/out"
	is "$template: nginx serves a page" "$(busybox wget -qO- "http://$ip/page")" \
		"a page of nginx"
	[ -e "$tmp/key" ] || ssh-keygen -q -t ed25519 -N '' -f "$tmp/key"
	vpsctl exec2 "$id" 'mkdir -pm 700 /root/.ssh; cat >/root/.ssh/authorized_keys' \
		<"$tmp/key.pub"
	is "$template: sshd lets a key in" "$(ssh -i "$tmp/key" -o BatchMode=yes \
		-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=60 \
		-o LogLevel=ERROR "root@$ip" hostname </dev/null 2>&1)" "life-$id"
}

# A small Debian of its own: dpkg, a shell and what these are made of.
bootstrap() {
	local nodes='console:5:1 full:1:7 null:1:3 ptmx:5:2 random:1:8 tty:5:0 urandom:1:9 zero:1:5'
	ok "$template: mmdebstrap" vpsctl exec2 "$id" "mmdebstrap --quiet --mode=root $variant \
		'' /root/new 'deb [trusted=yes] http://$server/$template ./'"
	is "$template: the device nodes are there" "$(inside 'cd /root/new/dev &&
		stat -c "%n:%t:%T" $(find . -type c | sort) | sed "s,^\./,," | xargs')" "$nodes"
	is "$template: and work" \
		"$(inside 'chroot /root/new sh -c "echo gone >/dev/null && head -c 4 /dev/zero" | od -An -tx1 | xargs')" \
		"00 00 00 00"
	is "$template: its packages are installed" \
		"$(inside "chroot /root/new dpkg-query -W -f '\${db:Status-Abbrev}\n' | sort | uniq -c | sed 's/ *[0-9]* //' | xargs")" ii
}

# image: a root with one program, as a tar archive.
image() {
	mkdir -p "$tmp/image/bin"
	cp /bin/busybox "$tmp/image/bin/"
	ln -sf busybox "$tmp/image/bin/sh"
	tar -C "$tmp/image" -c .
}

import() { # podman or docker
	[ -e "$tmp/image.tar" ] || image >"$tmp/image.tar"
	run sh -c "vpsctl exec2 $id '$1 import - box' <'$tmp/image.tar'"
	like "$template: $1 import" "$status $out" '^0 .*[0-9a-f]{64}'
}

containers() { # podman or docker
	is "$template: $1 run" \
		"$(inside "$1 run --rm --network none box /bin/sh -c 'echo process \$\$ of a container'")" \
		"process 1 of a container"
	is "$template: $1 run, with a network" \
		"$(inside "$1 run --rm box /bin/busybox wget -qO- http://$server/$template.id")" \
		"$(cat "$debs/$template.id")"
}

life() {
	start
	services
	bootstrap
	is "$template: nothing else was refused" "$(refusals_but "$id" "bpf|userns")" ""
	import podman
	like "$template: a bridge of podman takes the feature" "$(inside podman run --rm box \
		/bin/busybox true; refusals_but "$id" "bpf|userns")" 'not permitted.*netdev:[1-9]'
	ok "$template: nesting" vpsctl set "$id" --features nesting:on --netfilter full --save
	containers podman
	if [ "${LIFE:-}" = all ]; then
		is "$template: apt-get update" \
			"$(sources "$template" "$template-docker" 2>&1 | grep -E '^[EW]:')" ""
		installs docker.io
		import docker
		containers docker
	fi
	until_true 75 vpsctl exec2 "$id" test -s /run/by-cron
	is "$template: cron has run its job" "$(inside cat /run/by-cron)" root
	is "$template: still running" "$(inside systemctl is-system-running)" running
	ok "$template: stop" vpsctl stop "$id"
	ok "$template: destroy" vpsctl destroy "$id"
}

variant="--variant=custom --include=base-files,base-passwd,coreutils,dash,diffutils,dpkg,grep,libc-bin,sed"
[ "${LIFE:-}" != all ] || variant=--variant=essential
id=223 ip=''
for template in $templates; do
	id=$((id + 1)) ip=10.224.0.$id
	life
done
done_testing
