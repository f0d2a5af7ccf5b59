#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The exhaustion of each resource, often enough to see what little is not given back.
RESOURCES=all ROUNDS=50 exec "$(dirname "$0")/../cli/exhaust.t"
