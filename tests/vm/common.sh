# shellcheck shell=bash
# Shared by the scripts of tests/vm: messages, cache, locks, temporary space.

# shellcheck disable=SC2034 # for those who source this
VM_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CACHE=${LIMEN_CACHE:-${HOME:-/root}/.cache/limen}
VM_NAME=${0##*/}

say()  { printf '%s: %s\n' "$VM_NAME" "$*" >&2; }
warn() { printf '%s: warning: %s\n' "$VM_NAME" "$*" >&2; }

# die MESSAGE [STATUS]
die()
{
	printf '%s: error: %s\n' "$VM_NAME" "$1" >&2
	exit "${2:-${DIE_STATUS:-1}}"
}

# need COMMAND GROUP: GROUP is the one of tools/setup that installs it.
need()
{
	command -v "$1" >/dev/null ||
		die "'$1' is not installed; run tools/setup $2"
}

# locked NAME COMMAND...: one holder of NAME at a time, over all processes.
locked()
{
	local name=$1
	shift
	mkdir -p "$CACHE/locks" || die "cannot create '$CACHE/locks'; set LIMEN_CACHE"
	(
		# A second fetch waits here and then finds everything there.
		flock -w "${LIMEN_LOCK_WAIT:-900}" 9 ||
			die "'$CACHE/locks/$name' is held too long; is another fetch stuck?"
		"$@"
	) 9>"$CACHE/locks/$name"
}

# new_in DIR: a fresh directory beside the final one, so that the closing
# rename stays on one file system.
new_in()
{
	mkdir -p "$1" || die "cannot create '$1'; set LIMEN_CACHE"
	# What a killed run left behind.
	find "$1" -maxdepth 1 -name '.new.*' -mmin +120 -exec rm -rf {} + 2>/dev/null
	mktemp -d "$1/.new.XXXXXX" || die "cannot write to '$1'"
}

# publish NEW FINAL: by rename, so that nobody ever sees half of it.
publish()
{
	local old

	chmod 755 "$1"
	if [ -e "$2" ]; then
		old=$(mktemp -d "${2%/*}/.old.XXXXXX")
		mv "$2" "$old/" || die "cannot replace '$2'"
		mv -T "$1" "$2" || die "cannot create '$2'"
		rm -rf "$old"
	else
		mv -T "$1" "$2" || die "cannot create '$2'"
	fi
}
