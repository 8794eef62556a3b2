#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# make install puts everything where it belongs, and uninstall takes it away.
# Prints TAP.
# usage: test_install.sh LIMEN
set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
CASES=0
FAILED=0

# is GOT WANTED DESCRIPTION
is()
{
	CASES=$((CASES + 1))
	if [ "$1" = "$2" ]; then
		echo "ok $CASES - $3"
		return
	fi
	FAILED=$((FAILED + 1))
	echo "not ok $CASES - $3"
	diff <(printf '%s\n' "$1") <(printf '%s\n' "$2") | sed 's/^/#   /'
}

files() { (cd "$WORK/root" && find . -type f | sort); }

wanted()
{
	local page
	echo ./opt/limen/lib/systemd/system/limen-watch.service
	echo ./opt/limen/sbin/limen
	echo ./opt/limen/share/bash-completion/completions/limen
	for page in "$ROOT"/man/*; do
		echo "./opt/limen/share/man/man${page##*.}/${page##*/}"
	done
}

make -s -C "$ROOT" install DESTDIR="$WORK/root" PREFIX=/opt/limen >"$WORK/log" 2>&1
is $? 0 "make install DESTDIR= PREFIX="
is "$(files)" "$(wanted | sort)" "program, manuals, completion and unit, and nothing else"
unit=$WORK/root/opt/limen/lib/systemd/system/limen-watch.service
is "$(sed -n 's/^ExecStart=//p' "$unit")" "/opt/limen/sbin/limen watch --json" \
	"the unit starts the installed program"
if command -v systemd-analyze >/dev/null; then
	# Where the program is now, or it would be missed.
	sed -i "s|/opt/limen|$WORK/root/opt/limen|; /^Documentation/d" "$unit"
	is "$(systemd-analyze verify "$unit" 2>&1 | grep -F limen-watch)" "" "systemd has nothing to say of the unit"
else
	CASES=$((CASES + 1))
	echo "ok $CASES - systemd has nothing to say of the unit # SKIP there is no systemd-analyze"
fi
make -s -C "$ROOT" uninstall DESTDIR="$WORK/root" PREFIX=/opt/limen >"$WORK/log" 2>&1
is "$(files)" "" "make uninstall leaves no file"
echo "1..$CASES"
[ "$FAILED" = 0 ]
