#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# swapon(2) of a file of the VPS: what others have in memory is written there, to be
# read at leisure. swapoff(2), and accounting of all processes into a file.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kernel.sh"
file=/var/lib/vps/kontext-swap
dd if=/dev/zero of=$file bs=1M count=4 2>/dev/null
chmod 600 $file
mkswap $file >/dev/null
arena files nest
inside_root 'dd if=/dev/zero of=/root/swap bs=1M count=4; mkswap /root/swap; chmod 600 /root/swap' >/dev/null
everyone swapon "the host's capability" "swapon: EPERM" /attack/files swapon /root/swap
nested swapon "the host's capability" "swapon: EPERM" /attack/files swapon /root/swap
everyone swapoff "the host's capability" "swapoff: EPERM" /attack/files swapoff /root/swap
everyone accounting "the host's capability" "acct: EPERM" /attack/files acct /root/swap
inside_root 'rm -f /root/swap' >/dev/null
host_unchanged
neighbour_well
bites "without user namespace" "swapon: done" naked "$attacks/files" swapon $file
like "for the machine" "$(cat /proc/swaps)" kontext-swap
swapoff $file
rm -f $file
done_testing
