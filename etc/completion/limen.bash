# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for limen(8). Works with bash-completion, and by itself.
# shellcheck shell=bash

# What each command has: long options, those with a value marked by '='.
declare -A _limen_options=(
[doctor]='all-rungs json verbose help'
[explain]='json list= help'
[stat]='pid= all duration= exact io by= rows= json ring-size= force-hook= max-tasks=
	wait max-objects= pages verbose help'
[tee]='for= device= stack json wait max-objects= force-hook= verbose help'
[top]='pid= delay= batch iterations= by= threads sort= reverse rows= exact io json
	ring-size= force-hook= max-tasks= wait max-objects= verbose help'
[vm]='pid= json wait verbose help'
[watch]='pid= comm= uid= cgroup= direction= min-size= class= filter= sample= only=
	classify references device= ta= grace= growth= max-objects= wait all
	slow= loop= storm= churn= pages stack json
	count= duration= ring-size= force-hook= max-tasks= verbose help'
)
# Letters that want a value, and which option each of them is.
declare -A _limen_letters=(
[stat.p]=pid [stat.d]=duration [stat.n]=rows
[top.p]=pid [top.d]=delay [top.n]=iterations [top.s]=sort
[vm.p]=pid
[watch.p]=pid [watch.n]=count [watch.d]=duration
)
_limen_classes='ok slab-overflow slab-window use-after-free stack text rodata null
	wrapped vmalloc page unknown'
_limen_tee_classes='wrong-free double-free dead-lookup bad-register unregister-failed
	alloc-failed leak pinned not-freed growth rpc-leak'
_limen_tee_steps='open close alloc register fd mmap get put free fd-close death session
	invoke session-close cancel request secure-register secure-unregister rpc-alloc
	rpc-free'
_limen_stage2_steps='fault vm-create vm-end slot-create slot-delete slot-move slot-flags
	unmap age attributes memory-fault guest-memfd realm realm-map realm-unmap realm-remap'
_limen_stage2_classes='loop slow error misaligned toggled storm sequence split-view churn
	forced-write lost-neighbours'
_limen_tee_sums='live-bytes live made bytes sessions commands errors p99 name'
_limen_stage2_sums='faults translation permission mmio latency'
_limen_sums='bytes copies to-user to-user-copies from-user from-user-copies names short
	refused io-read io-write'

_limen_pids()
{
	local dir

	for dir in /proc/[0-9]*; do
		printf '%s\n' "${dir#/proc/}"
	done
}

# Only what the shell takes as it is: a name that others chose must not run anything.
_limen_plain()
{
	grep -E '^[[:alnum:]_./:@+-]+$'
}

_limen_comms()
{
	sort -u /proc/[0-9]*/comm 2>/dev/null | _limen_plain
}

# Directories below the cgroup version 2 mount, without it.
_limen_cgroups()
{
	local root=/sys/fs/cgroup dir

	[ ! -e $root/unified/cgroup.procs ] || root=$root/unified
	compgen -d "$root/${1#/}" | while read -r dir; do
		printf '%s/\n' "${dir#"$root/"}"
	done | _limen_plain
}

# Devices of TEEs, and no other file that is called so.
_limen_tees()
{
	local dev

	for dev in /sys/class/tee/tee*; do
		[ ! -e "$dev" ] || printf '%s\n' "${dev##*/}"
	done
}

# _limen_list WORD...: one a line.
_limen_list()
{
	printf '%s\n' "$@"
}

# _limen_is BOUNDARY: is it among those of the command line?
_limen_is()
{
	local word

	for word in "${COMP_WORDS[@]:2}"; do
		[ "$word" != -- ] || return 1
		[ "$word" != "$1" ] || return 0
	done
	return 1
}

# Keys of rows, of the boundary that is watched.
_limen_groups()
{
	if _limen_is tee; then
		_limen_list client ta
	elif _limen_is stage2; then
		_limen_list vm vcpu slot
	else
		_limen_list thread process cgroup container exe
	fi
}

# What rows can be sorted by.
# shellcheck disable=SC2086
_limen_orders()
{
	if _limen_is tee; then
		_limen_list $_limen_tee_sums
	elif _limen_is stage2; then
		_limen_list $_limen_stage2_sums vm
		printf 'total-%s\n' $_limen_stage2_sums
	else
		_limen_list $_limen_sums threads name pid
		printf 'total-%s\n' $_limen_sums
	fi
}

# Kinds of events, of the boundaries among the words of the command line.
# shellcheck disable=SC2086
_limen_kinds()
{
	local word kinds=''

	for word in "${COMP_WORDS[@]:2}"; do
		case $word in
		--)       break ;;
		usercopy) kinds+=' short copy' ;;
		tee)      kinds+=" $_limen_tee_steps $_limen_tee_classes" ;;
		stage2)   kinds+=" $_limen_stage2_steps $_limen_stage2_classes" ;;
		esac
	done
	_limen_list violation ${kinds:-short copy}
}

# _limen_values OPTION WORD: what the option's value can be, one a line.
# shellcheck disable=SC2086
_limen_values()
{
	case $1 in
	pid)        _limen_pids ;;
	comm)       _limen_comms ;;
	uid)        compgen -u | _limen_plain ;;
	cgroup)     _limen_cgroups "$2" ;;
	by)         _limen_groups ;;
	sort)       _limen_orders ;;
	direction)  _limen_list to-user from-user ;;
	class)      _limen_list $_limen_classes ;;
	only)       _limen_kinds ;;
	device)     _limen_tees ;;
	list)       _limen_list results uuids classes origins flags caps logins impls params \
			    ioctls rpcs ;;
	grace)      _limen_list 1s 5s 30s ;;
	growth)     _limen_list 64/30s 1000/10m ;;
	slow)       _limen_list 1ms 10ms 100ms ;;
	loop)       _limen_list 64/1s 1000/10s ;;
	storm)      _limen_list 5000/1s 50000/10s ;;
	churn)      _limen_list 8/10s 100/1m ;;
	force-hook) _limen_list fentry kprobe.multi kprobe ;;
	sample)     _limen_list 1/10 1/100 1/1000 ;;
	filter)     _limen_conditions "$2" ;;
	esac
}

# The last KEY=VALUE of a list; what stands before it stays.
_limen_conditions()
{
	local before='' last=$1 key

	if [[ $1 == *,* ]]; then
		before=${1%,*},
		last=${1##*,}
	fi
	key=${last%%=*}
	if [[ $last != *=* ]]; then
		_limen_list pid= comm= uid= cgroup= direction= min-size= class= |
			_limen_prefixed "$before"
	elif [[ $key != filter ]]; then
		_limen_values "$key" "${last#*=}" | _limen_prefixed "$before$key="
	fi
}

# _limen_prefixed PREFIX: puts it before each line.
_limen_prefixed()
{
	local line

	while read -r line; do
		printf '%s%s\n' "$1" "$line"
	done
}

# _limen_reply WORD: the lines of standard input that begin with it become the
# reply. Of a word with '=' or ':' readline replaces what is behind the last one.
_limen_reply()
{
	local word=$1 behind=${COMP_WORDS[COMP_CWORD]} cut reply

	[[ $behind != '=' && $behind != ':' ]] || behind=''
	cut=${word%"$behind"}
	compopt -o nospace 2>/dev/null
	while read -r reply; do
		[[ $reply == "$word"* ]] || continue
		reply=${reply#"$cut"}
		case $reply in
		*[=:/]) COMPREPLY+=("$reply") ;;
		*)      COMPREPLY+=("$reply ") ;;
		esac
	done
}

# Joins what COMP_WORDBREAKS has split: --by=exe, uid=33, kprobe.multi:x.
_limen_join()
{
	local i word last=''

	_limen_words=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if ((i > 1)) && [[ $word == [=:]* || $last == *[=:] ]] &&
			[[ ${_limen_words[-1]} != '--' ]]; then
			_limen_words[-1]+=$word
		else
			_limen_words+=("$word")
		fi
		last=$word
	done
}

# What runs behind '--': its own completion, where bash-completion can find it.
_limen_command()
{
	local first=$1 i

	if declare -F _comp_command_offset >/dev/null; then
		_comp_command_offset "$first"
	elif declare -F _command_offset >/dev/null; then
		_command_offset "$first"
	elif ((COMP_CWORD == first)); then
		while read -r i; do COMPREPLY+=("$i"); done \
			< <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}")
	else
		compopt -o default 2>/dev/null
	fi
}

# _limen_wants_value COMMAND WORD: prints the option whose value comes next.
_limen_wants_value()
{
	local command=$1 word=$2 option

	case $word in
	--*=*) ;;
	--*)
		for option in ${_limen_options[$command]}; do
			[ "--${option%=}" != "$word" ] || [[ $option != *= ]] ||
				printf '%s\n' "${option%=}"
		done ;;
	-[!-]*)
		printf '%s\n' "${_limen_letters[$command.${word: -1}]-}" ;;
	esac
}

# _limen_candidates COMMAND BEFORE WORD: what WORD can become, one a line.
# shellcheck disable=SC2086
_limen_candidates()
{
	local command=$1 word=$3 option

	option=$(_limen_wants_value "$command" "$2")
	if [ -n "$option" ]; then
		_limen_values "$option" "$word"
	elif [[ $word == --*=* ]]; then
		option=${word%%=*}
		_limen_values "${option#--}" "${word#*=}" | _limen_prefixed "$option="
	elif [[ $word == -* ]]; then
		for option in ${_limen_options[$command]}; do
			_limen_list "--${option%=}"
		done
	elif [ "$command" = doctor ]; then
		_limen_list usercopy tee stage2 guard
	elif [ "$command" = explain ]; then
		_limen_list $_limen_classes $_limen_tee_classes flags: caps: origin: login: impl: \
			param: ioctl: rpc: API: COMMS: TEE: TRUSTED_APP:
	elif [ "$command" = tee ]; then
		_limen_list ls contexts sessions
	elif [ "$command" = vm ]; then
		_limen_list ls
	else
		_limen_list usercopy tee stage2
	fi
}

_limen()
{
	local command i nr
	local -a _limen_words

	COMPREPLY=()
	for ((i = 2; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[1]}:${COMP_WORDS[i]} in
		stat:-- | watch:--)
			_limen_command $((i + 1))
			return ;;
		esac
	done
	_limen_join
	nr=${#_limen_words[@]}
	command=${_limen_words[1]}
	if ((nr == 2)); then
		_limen_reply "$command" < <(_limen_list "${!_limen_options[@]}" --help --version)
	elif [ -n "${_limen_options[$command]-}" ]; then
		_limen_reply "${_limen_words[nr - 1]}" < <(
			_limen_candidates "$command" "${_limen_words[nr - 2]}" "${_limen_words[nr - 1]}")
	fi
}

complete -F _limen limen
