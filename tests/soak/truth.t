#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# All programs of the truth table, those too that are large.
TRUTH=all exec "$(dirname "$0")/../cli/truth.t"
