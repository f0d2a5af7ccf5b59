#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The libraries as others see them: symbols, pkg-config, what vpsctl loads.
set -u
# shellcheck source=tests/utils/lib.sh
. "$(dirname "$0")/lib.sh"
utils=$here/../../utils

# Names that the header declares as functions, without comments.
declared() {
	sed 's|/\*.*\*/||; /\/\*/,/\*\//d' "$utils/lib/kontext.h" |
		grep -Eo '\bkx_[a-z0-9_]+ ?\(' | tr -d ' (' | sort -u
}
exported() { # VERSION
	nm -D --defined-only "$O/libkontext.so.0" "$O/libkontext-template.so.0" |
		grep -o "kx_[a-z0-9_]*@@$1\$" | cut -d@ -f1 | sort -u
}
declared >"$tmp/declared"
exported KONTEXT_0 >"$tmp/exported"
same_names() { diff "$tmp/declared" "$tmp/exported" >"$tmp/err"; }
ok "the header and the version maps name the same functions" same_names
ok "and there are some" [ "$(wc -l <"$tmp/exported")" -gt 20 ]
all_versioned() {
	! nm -D --defined-only "$O/libkontext.so.0" "$O/libkontext-template.so.0" |
		grep -E ' [TDB] ' | grep -v '@@KONTEXT_'
}
ok "no symbol is exported by mistake" all_versioned

loads() { ldd "$O/$1" | grep -q "$2"; }
ok "vpstemplate loads libarchive" loads vpstemplate libarchive
if [ -e "$O/vpsctl" ]; then
	not() { ! "$@"; }
	ok "vpsctl does not" not loads vpsctl libarchive
	ok "nor a JSON library" not loads vpsctl jansson
fi

cat >"$tmp/user.c" <<'END'
#include <kontext.h>
int main(void)
{
	struct kx_err err = { 0 };
	return kx_template_check_name("../x", &err) != -1 || err.code != KX_BAD_NAME;
}
END
make -s -C "$utils" O="$O" DESTDIR="$tmp/root" install >"$tmp/out" 2>&1
ok "make install" [ -x "$tmp/root/usr/sbin/vpstemplate" ]
ok "puts man pages" [ -s "$tmp/root/usr/share/man/man8/vpstemplate.8.gz" ]
ok "and the recipes" [ -x "$tmp/root/usr/share/kontext/templates/build" ]
export PKG_CONFIG_SYSROOT_DIR=$tmp/root
PKG_CONFIG_PATH=$(dirname "$(find "$tmp/root" -name libkontext.pc)")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046 # flags are words
user() {
	cc -Wall -Werror -o "$tmp/user" "$tmp/user.c" \
		$(pkg-config --cflags --libs libkontext-template) >"$tmp/err" 2>&1 &&
		LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH") "$tmp/user"
}
ok "a program builds with pkg-config's flags, and runs" user
no_run_path() { ! readelf -d "$tmp/root/usr/sbin/vpstemplate" | grep -q 'RUNPATH\|RPATH'; }
ok "installed commands search the system's directories only" no_run_path
finish
