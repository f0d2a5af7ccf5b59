# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# For scripts/vm: what QEMU emulates, in the array $machine, by the options.
[ -z "$icount" ] || { accel=tcg cpus=1; }
[ -n "$accel" ] || accel=$("$top/scripts/accel")
case $accel in
kvm) machine=(-accel kvm -cpu host) ;;
tcg)
	machine=(-accel "tcg,thread=multi" -cpu Nehalem)
	# It translates code anew for each address that it is mapped at.
	append="norandmaps $append"
	;;
*) die "--accel '$accel': kvm or tcg" ;;
esac
[ -z "$icount" ] || machine=(-accel tcg -cpu Nehalem -icount "shift=0,sleep=off")
addresses="net=10.0.2.0/24,ipv6-prefix=fd00::,ipv6-host=fd00::2"
case $net in
restricted) machine+=(-nic "user,model=virtio-net-pci,$addresses,restrict=on") ;;
open) machine+=(-nic "user,model=virtio-net-pci,$addresses") ;;
none) machine+=(-nic none) ;;
*) die "--net '$net': restricted, open or none" ;;
esac
for file in "$top"/build/image/{host,vps}.img "${disks[@]}"; do
	machine+=(-drive "file=${file//,/,,},format=raw,if=virtio,snapshot=on")
done
plan9() { # TAG DIRECTORY OPTION
	machine+=(-fsdev "local,id=$1,path=${2//,/,,},security_model=none,multidevs=remap$3"
		-device "virtio-9p-pci,fsdev=$1,mount_tag=$1")
}
mkdir -p "$top/build/modules/lib/modules"
plan9 modules "$top/build/modules/lib/modules" ,readonly=on
[ -z "$share" ] || plan9 share "$share" ''

