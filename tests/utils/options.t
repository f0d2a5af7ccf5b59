#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The command line of vpstemplate: help, usage errors, recipes, the bar.
set -u
# shellcheck source=tests/utils/lib.sh
. "$(dirname "$0")/lib.sh"

usage_error() { # PATTERN
	[ "$status" = 20 ] && grep -q "^vpstemplate: .*$1" "$tmp/err" && [ ! -s "$tmp/out" ]
}
run "$vpstemplate"
ok "no command" usage_error 'command is missing'
run "$vpstemplate" frobnicate
ok "an unknown command" usage_error 'unknown command "frobnicate"'
run "$vpstemplate" list --frob
ok "an unknown option" usage_error 'list takes no option --frob'
run "$vpstemplate" remove -j x
ok "an option of another command" usage_error 'remove takes no option --json'
run "$vpstemplate" build -r
ok "an option without its argument" usage_error 'behind -r'
run "$vpstemplate" import x
ok "a missing argument" usage_error 'missing'
run "$vpstemplate" list x
ok "one too many" usage_error 'unexpected argument "x"'
for args in --help -h 'list --help' 'import -h'; do
	# shellcheck disable=SC2086 # words
	run "$vpstemplate" $args
	ok "$args" grep -q '^Usage: vpstemplate' "$tmp/out"
done
run "$vpstemplate" --version
ok "--version" grep -q '^vpstemplate [0-9]' "$tmp/out"
run env KONTEXT_CONF="$tmp/nowhere" "$vpstemplate" list
ok "without vps.conf" [ "$status" = 10 ]
run bash -c '"$1" list >/dev/full' - "$vpstemplate"
ok "output that cannot be written" [ "$status" = 3 ]

# Recipes of another directory.
mkdir -p "$tmp/recipes" "$tmp/tree/etc"
echo 'PRETTY_NAME=Mine' >"$tmp/tree/etc/os-release"
cat >"$tmp/recipes/build" <<END
#!/bin/sh
[ "\$1" = mine ] || { echo "build: no recipe for '\$1'" >&2; exit 1; }
tar -C "$tmp/tree" -cf "\$2" .
END
chmod +x "$tmp/recipes/build"
run "$vpstemplate" build -q -r "$tmp/recipes" mine
ok "build from a recipe" [ "$status" = 0 ]
ok "makes a template" grep -q '^mine *Mine' <("$vpstemplate" list -H)
ok "and nothing else" [ "$(ls -A "$templates")" = mine ]
run "$vpstemplate" build -q -r "$tmp/recipes" mine
ok "not over one that exists" [ "$status" = 94 ]
run "$vpstemplate" build -q -r "$tmp/recipes" other
ok "no recipe of that name" [ "$status" = 8 ]
ok "the recipe has its say" grep -q "no recipe for 'other'" "$tmp/err"
run "$vpstemplate" build -q -r "$tmp/nowhere" other
ok "no recipes at all" [ "$status" = 91 ]
ok "nothing is left of those" [ "$(ls -A "$templates")" = mine ]

# Whether it is killed or asked to end, its recipe ends with it.
cat >"$tmp/recipes/build" <<END
#!/bin/sh
touch "$tmp/begun"
sleep 987.65
END
ended() {
	local tries
	for tries in $(seq 50); do
		pgrep -f '^sleep 987.65$' >/dev/null || return 0
		sleep 0.1
	done
	echo "# the recipe is at work still after $tries tries"
	return 1
}
for signal in KILL TERM; do
	rm -f "$tmp/begun"
	"$vpstemplate" build -q -r "$tmp/recipes" slow 2>/dev/null &
	pid=$!
	until [ -e "$tmp/begun" ]; do sleep 0.05; done
	kill -$signal $pid
	wait $pid 2>/dev/null
	ok "SIG$signal ends a build" [ $? = $((128 + $(kill -l $signal))) ]
	ok "with its recipe" ended
done
run "$vpstemplate" remove mine
run "$vpstemplate" remove slow
ok "and the next command sweeps" nothing_left

# The bar is for terminals: script(1) is one.
tar -C "$tmp/tree" -czf "$tmp/t.tar.gz" .
run "$vpstemplate" import plain "$tmp/t.tar.gz"
ok "no bar in a file" [ ! -s "$tmp/err" ]
script -qec "$vpstemplate import bar $tmp/t.tar.gz" "$tmp/typescript" >/dev/null
ok "a bar on a terminal" grep -q 'bar 100%.*\[##*\]' "$tmp/typescript"
script -qec "$vpstemplate import -q quiet $tmp/t.tar.gz" "$tmp/typescript2" >/dev/null
ok "none with --quiet" [ "$(grep -c '%' "$tmp/typescript2")" = 0 ]
finish
