#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Help texts, manual pages and completion tell of the same options. Prints TAP.
# usage: test_docs.sh LIMEN
set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
LIMEN=${1:?usage: $0 LIMEN}
COMMANDS='doctor explain stat tee top vm watch'
PAGES=("$ROOT/man/limen.8")
CASES=0
FAILED=0

# result STATUS DESCRIPTION [TEXT]: TEXT explains a failure.
result()
{
	CASES=$((CASES + 1))
	if [ "$1" = 0 ]; then
		echo "ok $CASES - $2"
		return
	fi
	FAILED=$((FAILED + 1))
	echo "not ok $CASES - $2"
	[ -z "${3-}" ] || printf '%s\n' "$3" | sed 's/^/#   /'
}

skip()
{
	CASES=$((CASES + 1))
	echo "ok $CASES - $1 # SKIP $2"
}

# same LEFT RIGHT DESCRIPTION: two sorted lists, one word a line.
same()
{
	local text
	text=$(diff <(printf '%s\n' "$1") <(printf '%s\n' "$2") | grep '^[<>]')
	result "$([ -z "$text" ]; echo $?)" "$3" "$text"
}

# Options as the help defines them: at the beginning of a line.
in_help()
{
	"$LIMEN" "$1" --help | sed -nE 's/^  (-[A-Za-z], |    )(--[a-z][a-z-]*).*/\2/p' | sort
}

# And with their letters: "-p --pid".
letters_in_help()
{
	"$LIMEN" "$1" --help | sed -nE 's/^  (-[A-Za-z]), (--[a-z][a-z-]*).*/\1 \2/p' | sort
}

# .It Fl p , Fl -pid Ar PID
in_page()
{
	sed -nE 's/^\.It (Fl [A-Za-z] , )?Fl -([a-z][a-z-]*).*/--\2/p' "$ROOT/man/limen-$1.8" | sort
}

letters_in_page()
{
	sed -nE 's/^\.It Fl ([A-Za-z]) , Fl -([a-z][a-z-]*).*/-\1 --\2/p' "$ROOT/man/limen-$1.8" | sort
}

# Which options want a value: a word in capitals behind them.
values_in_help()
{
	"$LIMEN" "$1" --help |
		sed -nE 's/^  (-[A-Za-z], |    )(--[a-z][a-z-]*) [A-Z1].*/\2/p' | sort
}

# What the completion offers for a command line; the last word is being typed.
completed()
{
	bash -c '
		. "$1" || exit
		shift
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_limen limen "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" "${COMPREPLY[@]}"' \
		bash "$ROOT/etc/completion/limen.bash" "$@" | sed 's/ *$//' | sort
}

values_in_completion()
{
	bash -c '. "$1" && printf "%s\n" ${_limen_options[$2]}' \
		bash "$ROOT/etc/completion/limen.bash" "$1" | sed -n 's/=$//; t p; d; :p s/^/--/p' | sort
}

letters_in_completion()
{
	bash -c '
		. "$1" || exit
		for key in "${!_limen_letters[@]}"; do
			[ "${key%.*}" != "$2" ] || echo "-${key#*.} --${_limen_letters[$key]}"
		done' bash "$ROOT/etc/completion/limen.bash" "$1" | sort
}

# Letters whose option wants a value.
letters_with_value()
{
	letters_in_help "$1" | grep -F -x -f <(values_in_help "$1" | sed 's/^/-/' |
		while read -r option; do
			letters_in_help "$1" | grep -- " ${option#-}\$"
		done)
}

check_command()
{
	local options long

	options=$(in_help "$1")
	result "$([ -n "$options" ]; echo $?)" "limen $1 --help lists options"
	same "$options" "$(in_page "$1")" "limen $1: options in the help (<) and in limen-$1.8 (>)"
	same "$(letters_in_help "$1")" "$(letters_in_page "$1")" \
		"limen $1: letters in the help (<) and in limen-$1.8 (>)"
	same "$options" "$(completed limen "$1" --)" \
		"limen $1: options in the help (<) and in the completion (>)"
	same "$(values_in_help "$1")" "$(values_in_completion "$1")" \
		"limen $1: options with a value in the help (<) and in the completion (>)"
	same "$(letters_with_value "$1")" "$(letters_in_completion "$1")" \
		"limen $1: letters with a value in the help (<) and in the completion (>)"
	long=$("$LIMEN" "$1" --help | grep -E '^.{81}' |
		while IFS= read -r line; do echo "${#line} columns: $line"; done)
	result "$([ -z "$long" ]; echo $?)" "limen $1 --help fits 80 columns" "$long"
}

for command in $COMMANDS stage2; do
	PAGES+=("$ROOT/man/limen-$command.8")
done
listed=$("$LIMEN" --help | sed -nE 's/^  ([a-z]+) +[^ ].*/\1/p' | grep -vx limen | sort)
# shellcheck disable=SC2086
same "$listed" "$(printf '%s\n' $COMMANDS | sort)" "commands in the help (<) and tested here (>)"
same "$listed" "$(sed -nE 's/^\.It Xr limen-([a-z0-9]+) 8$/\1/p' "${PAGES[0]}" | sort)" \
	"commands in the help (<) and in limen.8 (>)"
same "$listed" "$(completed limen '' | grep -v '^-')" "commands in the help (<) and in the completion (>)"
for command in $COMMANDS; do
	check_command "$command"
done
for page in "${PAGES[@]}"; do
	if command -v mandoc >/dev/null; then
		text=$(mandoc -T lint -W warning "$page" 2>&1)
		result $? "${page##*/} is clean" "$text"
	else
		skip "${page##*/} is clean" "mandoc is not installed (Debian: mandoc)"
	fi
done
echo "1..$CASES"
[ "$FAILED" = 0 ]
