#!/bin/sh
# shellcheck disable=SC2086,SC2046 # lists of words throughout
# Runs in the guest: all measurements of one kernel, one line each, tabs between:
#   cost NAME LEAST MEDIAN MOST	instructions per call (guest nanoseconds)
#   fault NAME COST REPEAT TOUCHES	instructions of one, by how much runs of as many differ,
#                                   the worst of them aside
#   memory NAME KIB
#   start NAME WALL CPU		guest nanoseconds
#   note NAME TEXT		why NAME has no figure, or what to know of it
# usage: guest.sh [variants|tee|stage2]
cd "$(dirname "$0")" || exit 1

TAB=$(printf '\t')
put() { echo "$*" | sed "s/ /$TAB/g"; }
note() { printf 'note\t%s\t%s\n' "$1" "$2"; }

# Work of the boot goes on for a while: until the call costs the same twice.
settle()
{
	before=none
	tries=0
	sleep 2
	while now=$(./loop | cut -d' ' -f1-2) && [ "$now" != "$before" ] && [ $tries -lt 30 ]; do
		before=$now
		tries=$((tries + 1))
		sleep 1
	done
}

# cost NAME UNDER-ARG...: the call's cost while that is attached.
cost()
{
	name=$1
	shift
	if figures=$(./under "$@" -- ./loop $LOOP 2>/tmp/why); then
		put cost "$name" $figures
	else
		note "$name" "$(tail -n 1 /tmp/why)"
	fi
}

empty() { cost "$1" attached ./empty "$1"; }

# limen NAME ARG...: -v makes it say when all is attached.
limen() { name=$1; shift; cost "$name" 'limen: attached' limen "$@" -v; }

# With two tasks that take turns: no copy follows one of the same task.
alternating()
{
	LOOP="--alternate 200 50"
	put cost base_alternate $(./loop $LOOP)
	cost fentry_alternate attached ./empty empty_fentry
	limen count_alternate stat -a
	limen other_alternate stat -p 1
	LOOP=
}

filters()
{
	n=0
	while [ $n -lt "$1" ]; do
		echo "--filter $2"
		n=$((n + 1))
	done
}

probes()
{
	put cost base $(./loop)
	for program in empty_fentry empty_fexit empty_kprobe empty_multi; do
		empty $program
	done
}

variants()
{
	for program in current_task storage storage_count cpu_count global_count; do
		empty $program
	done
}

counting()
{
	limen count stat -a
	limen followed stat -p '{}'
	limen other stat -p 1
	limen fentry stat -a --force-hook fentry
	limen kprobe stat -a --force-hook kprobe
	limen multi stat -a --force-hook kprobe.multi
	limen violations watch
	limen filter_1 watch $(filters 1 comm=nobody)
	limen filter_64 watch $(filters 64 comm=nobody)
	limen filter_64_size watch $(filters 64 min-size=1G)
}

# Little enough for the ring: limen is stopped, or it would be in the figures.
events()
{
	LOOP="100 8"
	limen_stopped event watch --json --filter comm=loop
	limen_stopped event_stack watch --json --stack --filter comm=loop
	LOOP="2000 10"
	limen event_printed watch --json --filter comm=loop
	LOOP=
}
limen_stopped() { name=$1; shift; cost "$name" -s 'limen: attached' limen "$@" -v; }

exact()
{
	limen exact stat --exact -p '{}'
	limen exact_other stat --exact -p 1
}

# An interval probe is the first to run that is attached after the others.
BPFTRACE='
kfunc:__check_object_size { @c[tid] = count(); @s[tid] = sum(args->n); @h[tid] = hist(args->n); }
interval:ms:1 { if (@said == 0) { @said = 1; printf("started\n"); } }'
bpftrace_rows()
{
	command -v bpftrace >/dev/null || return
	note bpftrace_version "$(bpftrace --version)"
	cost bpftrace started bpftrace -B none -e "$BPFTRACE"
}

start()
{
	time_of limen 'limen: attached' limen stat -a -v
	! command -v bpftrace >/dev/null || time_of bpftrace started bpftrace -B none -e "$BPFTRACE"
}

# time_of NAME TEXT COMMAND...: the second time, with all files in memory.
time_of()
{
	name=$1
	shift
	./under "$@" -- true 2>/tmp/why || { note "start_$name" "$(tail -n 1 /tmp/why)"; return; }
	put $(./under -t "$@" -- true | sed "s/^time/start $name/")
}

# What 10000 tasks that crossed cost: limen's own memory, the kernel's slabs.
slab() { awk '$1 == "Slab:" { print $2 }' /proc/meminfo; }
maps() { cat "/proc/$1"/fdinfo/* 2>/dev/null | awk '$1 == "memlock:" { n += $2 } END { print int(n / 1024) }'; }
rss() { awk '$1 == "VmRSS:" { print $2 }' "/proc/$1/status"; }

if [ "$1" = crossing ]; then
	# Called by memory() with limen's pid, or none.
	before=$(slab)
	./under ready ./crossers -n 10000 -- "$0" crossed "$before" "$2" $UNDER_PID
	exit
fi
if [ "$1" = crossed ]; then
	put memory "slab_$3" $(($(slab) - $2))
	[ -n "$4" ] || exit 0
	sleep 3		# a live table has been drawn meanwhile
	put memory "rss_$3" "$(rss "$4")"
	put memory "maps_$3" "$(maps "$4")"
	# Its last snapshot, while all are still there.
	kill -INT "$4"
	while [ -n "$(rss "$4")" ]; do usleep 20000; done
	exit 0
fi

memory()
{
	"$PWD/guest.sh" crossing none
	memory_under stat stat -a
	if limen_can_batch; then
		memory_under top top -b
	else
		note rss_top "this limen has no 'top -b'"
	fi
}
limen_can_batch() { command limen top --help 2>/dev/null | grep -q -e '-b,'; }

memory_under()
{
	name=$1
	shift
	./under -m 'limen: attached' limen "$@" -v -- "$PWD/guest.sh" crossing "$name" |
		awk -v n="$name" -v OFS="$TAB" '$1 == "peak" { print "memory", "start_" n, $2
			print "memory", "peak_" n, $3; next } 1'
}

# --- a TEE: the fixture's, whose functions are few and always the same ---

# Probes at all that one such call passes: "empty_fentry tee_ioctl ..."
begins() { for f; do echo empty_fentry "$f"; done; }
ends() { for f; do echo empty_fexit "$f"; done; }
TEE_INVOKE="$(begins tee_ioctl) $(ends tee_ioctl)"
TEE_ALLOC="$(begins tee_ioctl tee_shm_alloc_user_buf tee_shm_get_fd tee_shm_put tee_shm_put \
		tee_shm_fop_release teedev_ctx_put)
	$(ends tee_ioctl tee_shm_alloc_user_buf tee_shm_get_fd tee_shm_put tee_shm_put)"

# A function that is passed twice has one probe: the other pass is in the figure.
once() { tr -s ' \n\t' '\n' | paste -d' ' - - | sort -u; }

tee_rows()
{
	LOOP="--tee $1 200 30"
	put cost "base_tee_$1" $(./loop $LOOP)
	cost "empty_tee_$1" attached ./empty $(echo "$2" | once)
	limen "stat_tee_$1" stat tee
	limen_stopped "watch_tee_$1" watch --json --ring-size 64M tee
	limen_stopped "violations_tee_$1" watch --json --only violation tee
	LOOP=
}

tee_calls()
{
	if ! modprobe tee 2>/dev/null || ! insmod tee_fixture.ko 2>/dev/null; then
		note stat_tee_alloc "this kernel has no TEE core"
		return
	fi
	for f in optee_shm_register optee_shm_unregister; do
		! grep -q " $f" /proc/kallsyms || TEE_ALLOC="$TEE_ALLOC $(begins $f) $(ends $f)"
	done
	limen tee_copy stat tee
	tee_rows alloc "$TEE_ALLOC"
	tee_rows invoke "$TEE_INVOKE"
}

# --- stage 2: guests that fault so often ---

# For each step two numbers of touches: one costs the difference, without what the
# run's beginning and end are. Few enough that most runs are over before the timer
# interrupts; but a huge page takes longer. Of the slots' steps, most lie in the slot
# of the step before. NAME|OPTIONS|BEFORE|STEP|PASS|FEW|MANY
S2_ROWS='write|||write|1|4|16
read|||read|1|4|16
copy|||rw|2|4|16
mmio|||mmio-write|1|10|40
huge|--memory thp||write|1|1|2
slots_1|--slots 1|write:2000|write|1|4|16
slots_64|--slots 64|write:2000|write|1|4|16
run|||run|1|5|25'
S2_PAIRS=25
S2_RUNS=4
S2=/tmp/stage2

pairs()
{
	n=0
	while [ $n -lt $S2_PAIRS ]; do
		echo "$1:$2 $1:$3"
		n=$((n + 1))
	done
}

# Each run's least, of few and of many, into a file for each row.
stage2_runs()
{
	run=0
	while [ $run -lt $S2_RUNS ]; do
		echo "$S2_ROWS" | while IFS='|' read -r row options before step pass few many; do
			./vmm $options --time $before $(pairs "$step" "$few" "$many") >$S2/passes || exit
			awk -v step="$step" -v pass="$pass" -v few="$few" -v many="$many" '
				$1 != step || $2 != pass { next }
				!($3 in least) || $4 < least[$3] { least[$3] = $4 }
				END { print few, least[few], many, least[many] }
				' $S2/passes >>"$S2/$1_s2_$row"
		done || return
		run=$((run + 1))
	done
}

# The call of itself, while that is attached.
if [ "$1" = faults ]; then
	stage2_runs "$2"
	exit
fi

faults()
{
	name=$1
	shift
	./under "$@" -- "$PWD/guest.sh" faults "$name" >/tmp/why 2>&1 ||
		note "${name}_s2_write" "$(tail -n 1 /tmp/why)"
}
limen_faults() { name=$1; shift; faults "$name" 'limen: attached' limen "$@" -v; }

# The same way as the others: `under` wakes now and then, and a run may be that long.
nothing_attached() { faults base attached sh -c 'echo attached; exec cat'; }

stage2()
{
	! grep -q AuthenticAMD /proc/cpuinfo || modprobe kvm_amd
	mkdir $S2
	handler=kvm_mmu_page_fault
	[ "$(uname -m)" = x86_64 ] || handler=kvm_handle_guest_abort
	nothing_attached
	[ -e $S2/base_s2_write ] || return
	faults empty attached ./empty empty_fentry $handler empty_fexit $handler
	limen_faults stat stat stage2
	limen_faults pages stat --pages stage2
	limen_faults watch watch stage2
	nothing_attached
	for row in "$S2"/*_s2_*; do
		awk -v name="${row##*/}" -v OFS="$TAB" -v OFMT=%.2f '
			{
				cost = ($4 - $2) / ($3 - $1)
				min = NR == 1 || cost < min ? cost : min
				if (NR == 1 || cost > max) {
					second = max
					max = cost
				} else if (NR == 2 || cost > second)
					second = cost
				few = NR == 1 || $2 < few ? $2 : few
				many = NR == 1 || $4 < many ? $4 : many
			}
			END { print "fault", name, (many - few) / ($3 - $1), second - min, $3 - $1 }
			' "$row"
	done
}

LOOP=
note kernel "$(uname -r)"
settle
if [ "$1" = stage2 ]; then
	stage2
	exit
fi
probes
if [ "$1" = tee ]; then
	tee_calls
	exit
fi
[ "$1" != variants ] || variants
counting
alternating
events
exact
bpftrace_rows
start
memory
tee_calls
stage2
