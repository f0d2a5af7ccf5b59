#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A VPS with Debian 13 and its systemd: boot, ssh, stop, reboot, halt.
template=debian-13 id=213 ip=10.213.0.1
. "$(dirname "$0")/systemd.sh"
