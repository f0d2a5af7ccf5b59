#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# In the test machine: loads our KUnit modules; TAP, one result for each case.
set -eu

# Servers have it disabled.
modprobe kunit enable=1
modprobe ctx_test
modprobe ctx_grants_test
modprobe ctx_lsm_test
modprobe ctx_bc_test
modprobe ctx_log_test
modprobe unionfs_test
results=$(mktemp)
cat /sys/kernel/debug/kunit/*/results >"$results"
# Cases are one level down, below their suites; what a case prints is deeper.
sed -nE 's/^    ((not )?ok [0-9]+.*)/\1/p' "$results" >"$results.cases"
echo "1..$(wc -l <"$results.cases")"
cat "$results.cases"
if [ ! -s "$results.cases" ] || grep -q '^not ok' "$results.cases"; then
	sed 's/^/# /' "$results"
	exit 1
fi
