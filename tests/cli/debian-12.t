#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A VPS with Debian 12 and its systemd: boot, ssh, stop, reboot, halt.
template=debian-12 id=212 ip=10.212.0.1
. "$(dirname "$0")/systemd.sh"
