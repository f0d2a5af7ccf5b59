#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# fsck.unionfs finds nothing wrong with what overlayfs makes, and overlayfs shows
# the same tree after a repair.
set -u
# shellcheck source=tests/utils/fsck.sh
. "$(dirname "$0")/fsck.sh"

m=$tmp/m
mkdir "$m"
# shellcheck disable=SC2016 # for eval
at_exit='umount "$m" 2>/dev/null'
fresh
if ! mount -t overlay -o "$options" none "$m" 2>/dev/null; then
	echo "1..0 # SKIP overlayfs cannot be mounted here"
	exit 0
fi
umount "$m"

use() { # a few of everything
	chmod 600 "$m/d/f" "$m/big"
	rm "$m/onlyb" "$m/h1"
	echo more >>"$m/h2"
	ln "$m/h2" "$m/h4"
	mv "$m/d" "$m/moved"
	mv "$m/moved/g" "$m/g2"
	mv "$m/one" "$m/moved/one"
	mkdir "$m/d" && echo new >"$m/d/f"
	rm -r "$m/two" && mkdir "$m/two" && touch "$m/two/x"
	ln -s x "$m/link"
	mknod "$m/dev" c 1 3
	mkfifo "$m/fifo"
	mkdir -p "$m/deep/er/still" && mv "$m/moved/sub" "$m/deep/er/sub"
	chmod 700 "$m/deep/er/sub"
}

# shown FILE: mounts the union, and lists it without what overlayfs may change.
shown() {
	mount -t overlay -o "$options" none "$m"
	"$tree" list "$m" | cut -d ' ' -f 1-5,8 >"$1"
	umount "$m"
}

for features in index=on,redirect_dir=on,metacopy=on index=on,redirect_dir=on,nfs_export=on \
	index=off,redirect_dir=off userxattr; do
	fresh
	touch "$a/d/sub/file"
	echo hard >"$a/h1"
	ln "$a/h1" "$a/h2"
	ln "$a/h1" "$a/h3"
	options=lowerdir=$a:$b,upperdir=$u,workdir=$w,$features
	mount -t overlay -o "$options" none "$m" || continue
	use 2>"$tmp/err"	# without redirects mv says EXDEV, and copies
	umount "$m"
	clean "$features"
	shown "$tmp/before"
	mknod "$u/nothing" c 0 0
	mkdir "$w/work/#left"
	check -p
	ok "$features: damage is repaired" found 2 ': repaired$'
	shown "$tmp/after"
	ok "$features: the same tree" cmp "$tmp/before" "$tmp/after"
done
finish
