#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Commands that are killed, at four times as many of their system calls.
MANY=4 exec "$(dirname "$0")/../cli/kill.t"
