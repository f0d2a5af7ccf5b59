# SPDX-License-Identifier: GPL-2.0
# What Python sees of its machine: a line "WHAT VALUE" each.
import os
import sys

import psutil


def tell(what, value):
    print(what, value)


tell("os.cpu_count", os.cpu_count())
tell("os.sched_getaffinity", len(os.sched_getaffinity(0)))
tell("os.sysconf(SC_PHYS_PAGES)", os.sysconf("SC_PHYS_PAGES"))
tell("psutil.cpu_count", psutil.cpu_count())
tell("psutil.cpu_times(percpu)", len(psutil.cpu_times(percpu=True)))
tell("psutil.virtual_memory", psutil.virtual_memory().total)
tell("psutil.swap_memory", psutil.swap_memory().total)
tell("psutil.disk_usage", psutil.disk_usage("/").total)
tell("psutil.disk_io_counters", ",".join(psutil.disk_io_counters(perdisk=True) or ()) or "none")
tell("psutil.boot_time", "own" if psutil.boot_time() >= float(sys.argv[1]) - 1 else "host's")
tell("psutil.getloadavg", "own" if psutil.getloadavg()[0] < float(sys.argv[2]) / 2 else "host's")
