#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The fuzzers of the kernel, one after the other, for SECONDS_ (600) seconds each:
# what is too long for each run of all tests. In the test machine.
set -u

programs=$(cd "$(dirname "$0")/../.." && pwd)/build/tests/fuzz
export SECONDS_=${SECONDS_:-600}
count=0 bad=0
for name in netlink mountopt; do
	count=$((count + 1)) result=''
	while IFS= read -r line; do
		case $line in
		"ok "* | "not ok "*) result=${line/ok 1/ok $count} ;;
		"#"*) printf '%s\n' "$line" ;;
		esac
	done < <("$programs/fuzz_$name" 2>&1)
	result=${result:-not ok $count - $name: it did not come to its end}
	printf '%s\n' "$result"
	[[ $result == ok* ]] || bad=1
done
echo "1..$count"
exit $bad
