# SPDX-License-Identifier: GPL-2.0-or-later
# For tests of the tee boundary with the fixture's TEE: what their guests need.
# Sourced by tests/vm/tee*.test, behind testlib.sh.
# shellcheck shell=bash

# 6.1 on amd64 is built without the TEE core.
HAS_TEE=1
[ "$KERNEL" != 6.1-amd64 ] || HAS_TEE=
# Where the kernel has OP-TEE's driver, its functions are not the fixture's.
# shellcheck disable=SC2034
HAS_SECURE=
# shellcheck disable=SC2034
[ "$MACHINE" != amd64 ] || HAS_SECURE=$HAS_TEE

ADD+=(--add "$FIXTURES/teegen:/bin/teegen" --modules '?tee')
if [ -n "$HAS_TEE" ]; then
	module=$("$ROOT/tests/fixtures/build-modules" "$KERNEL" 2>"$WORK/build.err" |
		sed "s/^$KERNEL //; s/limen_fixture/tee_fixture/")
	[ -f "$module" ] || {
		echo "Bail out! no fixture module: $(tail -n 3 "$WORK/build.err" | tr '\n' ' ')"
		exit 1
	}
	ADD+=(--add "$module:/root/tee_fixture.ko")
fi

PRELUDE+='
cd /tmp
mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
modprobe tee 2>/dev/null
fixture() { insmod /root/tee_fixture.ko || exit 1; }
# counters NAME: what the driver has seen so far
counters() { cat /sys/kernel/debug/tee_fixture/counters >/out/$1.counters; }
# start NAME LIMEN-ARGUMENT...: limen in the background, with -v or --json. Its
# PID, when it is attached or waits for a TEE: $limen
start() {
	local name=$1 i=0; shift
	limen "$@" >/out/$name.out 2>/out/$name.err & limen=$!
	until grep -q "attached$\|\"attached\"\|waiting for" /out/$name.out /out/$name.err; do
		i=$((i + 1)); [ $i -lt 600 ] || { echo "limen $* does not start" >&2; return 1; }
		sleep 0.1
	done
}
# stop NAME PID: Ctrl-C
stop() { kill -INT $2; wait $2; echo $? >/out/$1.rc; }
# hold FD NAME TEEGEN-ARGUMENT...: teegen holds until "let_go FD". Its PID: $gen
hold() {
	local fd=$1 name=$2; shift 2
	mkfifo fifo$fd; eval "exec $fd<>fifo$fd"
	teegen "$@" <fifo$fd >/out/$name.hold & gen=$!
	until_line /out/$name.hold holding
}
let_go() { echo >fifo$1; wait $2; rm fifo$1; }
# until_count FILE TEXT N: until N lines have TEXT
until_count() {
	local i=0
	until [ "$(grep -c -e "$2" "$1")" -ge "$3" ]; do
		i=$((i + 1)); [ $i -lt 600 ] || { echo "no $3 lines of $2 in $1" >&2; return 1; }
		sleep 0.1
	done
}
'

# What limen counted, in the form of the truth of teegen --truth. With the
# memory that a client's buffers are, each object dies once, each descriptor is
# closed, and it takes one put for the ioctl, for the descriptor, for a lookup.
# shellcheck disable=SC2034
counted='.tee | {made: [.made.user, .made.register, .made_total], bytes: .made_bytes, died, failed,
	references: [.references | .descriptors, .descriptors_closed, .mappings, .gets, .puts, .frees],
	contexts: [.contexts | .opened, .closed, .failed],
	sessions: [.sessions | .opened, .failed, .closed], invokes, cancels}'
# shellcheck disable=SC2034
expected='(.objects | .user.born + .register.born) as $n |
	{made: [.objects.user.born, .objects.register.born, $n],
	bytes: (.objects | .user.bytes + .register.bytes), died: .deaths,
	failed: (.failed | .alloc + .register),
	references: [.get_fd, .get_fd, .mmaps, .memrefs.count, 2 * $n + .memrefs.count, 0],
	contexts: [.contexts | .opened, .closed, 0],
	sessions: [.sessions | .opened, .failed, .closed], invokes, cancels}'

# truth NAME: of the `try NAME teegen --truth ...`
truth() { j "$1" ".[0] | $expected"; }
# held NAME: "number bytes" that are alive while it is holding
held() { j "$1" '.[0].held | [.user.born + .register.born, .user.bytes + .register.bytes]'; }

# boot, and put what teegen says on standard output aside. What limen says in
# JSON stays in NAME.out.
eval "$(declare -f boot | sed '1s/boot/boot_guest/')"
boot()
{
	local file
	boot_guest "$@"
	for file in "$OUT"/*.out; do
		! grep -q '^{' "$file" || sed -i.all '/^{/!d' "$file"
	done
}

# without_tee NAME: limen says that there is none
without_tee()
{
	is "$(rc "$1")" "$2" "$3: status $2"
	like "$(err "$1")" 'no TEE on this host: the module tee is not loaded' "$3: says that there is no TEE"
}
