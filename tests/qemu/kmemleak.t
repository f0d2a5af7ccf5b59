#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# In the test machine, last: no memory that nothing points to any more. Objects
# count only when two scans, some seconds apart, do not find a pointer.
set -eu

leaks=/sys/kernel/debug/kmemleak
echo 1..1
if [ ! -e $leaks ]; then
	echo "ok 1 - kmemleak # SKIP not in this kernel"
	exit 0
fi
for _ in 1 2; do
	echo scan >$leaks
	sleep 6
done
found=$(cat $leaks)
if [ -z "$found" ]; then
	echo "ok 1 - kmemleak"
else
	echo "not ok 1 - kmemleak"
	echo "$found" | head -n 60 | sed 's/^/# /'
fi
