# SPDX-License-Identifier: GPL-2.0-or-later
# For tests that boot one kernel, do their work inside, and judge it here.
# Sourced by tests/vm/*.test. Prints TAP on standard output.
#
# The guest has busybox only. It leaves files in /out, which come back as one
# tar archive: NAME.out, NAME.err and NAME.rc for each `try NAME COMMAND...`.
# shellcheck shell=bash

set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
VM=$ROOT/tests/vm
KERNEL=${1:?usage: $0 KERNEL}
MACHINE=${KERNEL##*-}
FIXTURES=$ROOT/build/fixtures/$MACHINE
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
OUT=$WORK/out
CASES=0
FAILED=0

# Fixtures every guest gets.
ADD=(--add "$FIXTURES/copygen:/bin/copygen" --add "$FIXTURES/violate:/bin/violate"
	--add "$FIXTURES/crossers:/bin/crossers")

# What every guest script begins with.
PRELUDE='
mkdir -p /out
try() {
	echo "try $1" >&2
	local name=$1; shift
	"$@" >/out/$name.out 2>/out/$name.err
	echo $? >/out/$name.rc
}
# until_line FILE TEXT [MINUTES]: waits until TEXT stands in FILE, a minute at the
# most.
until_line() {
	local i=0
	until grep -q -e "$2" "$1" 2>/dev/null; do
		i=$((i + 1)); [ $i -lt $((600 * ${3:-1})) ] || { echo "no \"$2\" in $1" >&2; return 1; }
		sleep 0.1
	done
}
'

# boot SCRIPT [RUN-OPTION...]: runs the script inside and unpacks what it left.
boot()
{
	local script=$1
	shift
	printf '%s\n%s\ntar c -C /out . \n' "$PRELUDE" "$script" >"$WORK/script"
	mkdir -p "$OUT"
	if ! "$VM/run" --kernel "$KERNEL" --timeout "${TIMEOUT:-300}" "${ADD[@]}" \
		--add "$WORK/script:/root/script" "$@" -- sh /root/script \
		>"$WORK/tar" 2>"$WORK/boot.err"; then
		echo "Bail out! $KERNEL: $(tail -n 5 "$WORK/boot.err" | tr '\n' ' ')"
		exit 1
	fi
	tar x -C "$OUT" -f "$WORK/tar" || { echo "Bail out! no results from $KERNEL"; exit 1; }
}

result()
{
	CASES=$((CASES + 1))
	if [ "$1" = 0 ]; then
		echo "ok $CASES - $KERNEL: $2"
	else
		echo "not ok $CASES - $KERNEL: $2"
		FAILED=$((FAILED + 1))
	fi
}

# is GOT WANTED DESCRIPTION: equal, to the letter.
is()
{
	if [ "$1" = "$2" ]; then
		result 0 "$3"
	else
		result 1 "$3"
		printf '#   got:    %s\n#   wanted: %s\n' "${1//$'\n'/$'\n#           '}" \
			"${2//$'\n'/$'\n#           '}"
	fi
}

# like TEXT REGEX DESCRIPTION
like()
{
	if grep -qE -e "$2" <<<"$1"; then
		result 0 "$3"
	else
		result 1 "$3"
		printf '#   got:      %s\n#   no match: %s\n' "${1//$'\n'/$'\n#             '}" "$2"
	fi
}

skip()
{
	CASES=$((CASES + 1))
	echo "ok $CASES - $KERNEL: $1 # SKIP $2"
}

out() { cat "$OUT/$1.out" 2>/dev/null; }
err() { cat "$OUT/$1.err" 2>/dev/null; }
rc() { cat "$OUT/$1.rc" 2>/dev/null; }

# j NAME FILTER: jq over the JSON lines that a `try NAME` printed, compact.
j() { jq -c -s "$2" "$OUT/$1.out" 2>&1; }

# The last object, which has the totals.
totals() { jq -c "select(.type == \"totals\") | $2" "$OUT/$1.out" 2>&1; }

done_testing()
{
	echo "1..$CASES"
	[ "$FAILED" = 0 ]
	exit
}
