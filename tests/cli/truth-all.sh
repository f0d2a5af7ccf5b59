# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# What truth.t has with TRUTH=all: more rows, and programs that do not live in 64 MB.

ok "back to 64 MB" vpsctl set $id --ram 64M
inside "free: parts below the total" yes "free -kw | awk '/^Mem/ { t = \$2;
	good = t >= \$3 && \$4 + \$6 + \$7 <= t && t >= \$8 && \$8 > 0; print good ? \"yes\" : \$0 }'"
inside "vmstat: processor time adds up" yes "vmstat 1 2 | awk 'END { s = \$13 + \$14 + \$15 + \$16 + \$17
	good = s >= 98 && s <= 102; print good ? \"yes\" : s }'"
inside "top: tasks are those of ps" yes "{ ps -e | wc -l; top -b -n 1; } | awk 'NR == 1 { n = \$1 }
	/^Tasks:/ { good = \$2 <= n + 2 && \$2 >= n - 4; print good ? \"yes\" : n \" \" \$2 }'"
row "uptime -s" own "t=\$(date -d \"\$(uptime -s)\" +%s); [ \$t -lt $((started - 1)) ] && echo host || echo own"
like "uptime: no users" "$(a uptime)" ' 0 users?,'
inside "dmesg: lines of the host" none "dmesg | grep -E 'host alone|virtio|Command line|ACPI' || echo none"
ok "dmesg: some of its own" vpsctl exec2 $id 'dmesg | grep -q .'
inside "nginx: worker_processes auto" 1 "printf 'worker_processes auto; pid /run/t; events {}' >/n.conf
	nginx -e /dev/null -c /n.conf && sleep 1 && ps -e -o args | grep -c '^nginx: worke[r]'; kill \$(cat /run/t)"

# htop has no batch mode: it draws on a terminal, and is told to quit.
a 'export TERM=xterm; (sleep 3; printf q) | script -qec "stty rows 30 cols 120; htop -C" /dev/null' |
	sed 's/\x1b[][()][0-9;?]*[A-Za-z0-9]//g' | tr -d '\r' >"$tmp/htop"
like "htop: memory" "$(tr '\n' ' ' <"$tmp/htop")" '/64\.0M'
unlike "htop: one CPU" "$(tr '\n' ' ' <"$tmp/htop")" ' [12]\['
line "htop" "$(grep -aoE '[0-9.]+[KMG]/[0-9.]+[KMG]' "$tmp/htop" | head -n 1)" 64.0M ""

# By now the host's load is that of its spinners.
until_true 60 sh -c 'read -r x _ </proc/loadavg; [ "${x%.*}" -ge 2 ]'
read -r load _ </proc/loadavg
row "w: load" own "w | awk -F 'load average: ' 'NR == 1 { split(\$2, l, \",\"); print l[1] < $load / 2 ? \"own\" : \"host\" l[1] }'"
row "uptime: load" own "uptime | awk -F 'load average: ' '{ split(\$2, l, \",\"); print l[1] < $load / 2 ? \"own\" : \"host\" l[1] }'"

run vpsctl exec2 $id "python3 /truth.py $started $load"
python=$out$err
while read -r what want; do
	got=$(sed -n "s/^$what //p" <<<"$python")
	line "Python $what" "$got" "$want" ""
	is "Python $what" "$got" "$want"
done <<END
os.cpu_count 1
os.sched_getaffinity 1
os.sysconf(SC_PHYS_PAGES) 16384
psutil.cpu_count 1
psutil.cpu_times(percpu) 1
psutil.virtual_memory $((64 << 20))
psutil.swap_memory 0
psutil.disk_usage $((1 << 30))
psutil.disk_io_counters none
psutil.boot_time own
psutil.getloadavg own
END
[ ${#python} -lt 600 ] || echo "# $python"
is "Python on the host" "$(python3 -c 'import os; print(os.cpu_count(), len(os.sched_getaffinity(0)))')" \
	"$(nproc) $(nproc)"


java=/usr/lib/jvm/java-17-openjdk-amd64/bin/java
postgres=/usr/lib/postgresql/15/bin

ok "set --ram 256M" vpsctl set $id --ram 256M
ok "larger programs" sh -c "vpsctl exec2 $id tar -C / --keep-directory-symlink -x <'$debs/debian-12-runtimes.tar'"

# With what it reads of control groups itself, and with what the system tells.
for containers in + -; do
	a "$java -XX:${containers}UseContainerSupport -Xlog:gc+init -Xlog:os+container -version" >"$tmp/java"
	value() { sed -n "s/.*\[gc,init\] *$1: *//p" "$tmp/java" | head -n 1; }
	# Half of so little memory, without what it cannot use of that.
	for pair in "CPUs=$possible total, 1 available" "Memory=256M" "Heap Max Capacity=126M"; do
		line "Java ${containers}UseContainerSupport, ${pair%%=*}" "$(value "${pair%%=*}")" "${pair#*=}" ""
		is "Java ${containers}UseContainerSupport, ${pair%%=*}" "$(value "${pair%%=*}")" "${pair#*=}"
	done
done
sed 's/^/# /' "$tmp/java" | head -n 12

inside "Node os.cpus().length" 1 "node -p 'os.cpus().length'"
inside "Node os.availableParallelism()" 1 "node -p 'os.availableParallelism()'"
inside "Node os.totalmem()" $((256 << 20)) "node -p 'os.totalmem()'"
inside "Node os.uptime() < host's" own "node -p 'os.uptime() < $(cut -d. -f1 /proc/uptime) ? \"own\" : \"host\"'"

ok "Go" sh -c "vpsctl exec2 $id 'cat >/gocpus && chmod 755 /gocpus' <'$helpers/gocpus'"
inside "Go runtime.NumCPU(), GOMAXPROCS" "1 1" /gocpus

# initdb takes the most of these that it gets.
initdb='cd /tmp && rm -rf pg && setpriv --reuid=65534 --regid=65534 --clear-groups '
initdb+="$postgres/initdb -D /tmp/pg -A trust --no-sync --no-locale"
a "$initdb" >"$tmp/initdb"
got=$(sed -n 's/^selecting default shared_buffers ... //p' "$tmp/initdb")
line "PostgreSQL initdb, shared_buffers" "$got" 128MB ""
is "PostgreSQL initdb, shared_buffers" "$got" 128MB
inside "PostgreSQL answers" 42 "cd /tmp && printf 'select 6*7\n' |
	setpriv --reuid=65534 --regid=65534 --clear-groups $postgres/postgres --single -D /tmp/pg postgres 2>/dev/null |
	sed -n 's/.*= \"\\([0-9]*\\)\".*/\\1/p'"
