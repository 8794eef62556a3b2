# SPDX-License-Identifier: GPL-2.0-or-later
# For tests of the stage2 boundary with the fixture vmm.
# Sourced by their tests, behind testlib.sh.
# shellcheck shell=bash

ADD+=(--add "$FIXTURES/vmm:/bin/vmm" --modules '?kvm_amd ?vhost_net')

# The kinds of memory of vmm --memory that this kernel has.
MEMORIES='anon shared file hugetlb thp'
# shellcheck disable=SC2034
HAS_GMEM=
[ "${KERNEL%%-*}" != latest ] || { HAS_GMEM=1; MEMORIES="$MEMORIES gmem"; }
# On arm64 KVM is built in.
# shellcheck disable=SC2034
HAS_KVM_MODULE=
# shellcheck disable=SC2034
[ "$MACHINE" != amd64 ] || HAS_KVM_MODULE=1

PRELUDE+='
cd /tmp
kvm() { [ "$(uname -m)" = aarch64 ] || modprobe kvm_amd || exit 1; }
# vm NAME VMM-ARGUMENT...: a VMM that is ready and waits for "go NAME" and "end
# NAME". Its PID: $vmm. Where it cannot be it has ended with status 77.
vm() {
	local name=$1; shift
	vmm --truth "$@" >/out/$name.truth.out
	mkfifo fifo.$name
	vmm --wait "$@" <>fifo.$name >/out/$name.vmm 2>&1 & vmm=$!
	echo $vmm >/out/$name.pid
	until_line /out/$name.vmm "^ready\|^vmm:"
}
# go NAME...: all their steps
go() {
	local name
	for name; do ! grep -q ^ready /out/$name.vmm || echo >fifo.$name; done
	for name; do ! grep -q ^ready /out/$name.vmm || until_line /out/$name.vmm "^done\|^vmm:"; done
}
# end NAME...: after "go NAME"
end() {
	local name
	for name; do
		! grep -q ^ready /out/$name.vmm || echo >fifo.$name
		wait $(cat /out/$name.pid); echo $? >/out/$name.rc
	done
}
# count NAME LIMEN-STAT-ARGUMENT...: counts in the background, attached. Its
# PID: $limen. "stop NAME PID" is Ctrl-C.
count() {
	local name=$1; shift
	limen stat -v --json "$@" >/out/$name.out 2>/out/$name.err & limen=$!
	until_line /out/$name.err "attached$\|^limen: only\|waiting for"
}
stop() { kill -INT $2; wait $2; echo $? >/out/$1.rc; }
'

pid() { cat "$OUT/$1.pid"; }

# ended NAME...: each vmm found that all was as it must be
ended()
{
	local name statuses=
	for name; do statuses+="$(rc "$name")"; done
	is "${statuses//0/}" "" "the guests of $* did what they should"
}

# jqv NAME FILTER: as j, keys in order, with limen's addresses as numbers by hex
jqv()
{
	jq -c -S -s "def hex: ltrimstr(\"0x\") | explode | reduce .[] as \$c
		(0; . * 16 + if \$c > 96 then \$c - 87 else \$c - 48 end); $2" "$OUT/$1.out" 2>&1
}

# What `limen stat stage2` says of the VMs of one process, and what the truth of
# vmm has to say of them, in the same form. Classes without a fault are left out.
# shellcheck disable=SC2034
counted='def classes: .classes | with_entries(select(.value > 0));
	def sums: {faults, classes: classes, access};
	def slots: [.slots[] | [.id, (.guest_address | hex), .bytes, .read_only, .faults, classes]] | sort;
	def vcpus: [.vcpus[] | [.id, sums]] | sort;'
# shellcheck disable=SC2034
expected='def classes: {translation, permission, "mmio-user": (.mmio.read + .mmio.write),
	"mmio-kernel": .ioeventfd, "read-only": .ro, error} | with_entries(select(.value > 0));
	def sums: {faults: .total, classes: classes, access};
	def slots: [.slots[] | select(.faults.total > 0) | [.slot, .gpa, .bytes, .kind == "ro",
		.faults.total, (.faults | classes)]] | sort;
	def vcpus: .vcpus as $n | (.faults | sums | walk(if type == "number" then . / $n else . end)) as $each |
		[range(0; $n) | [., $each]];'

# rows_are NAME VMM [ended]: the rows of this process's VMs are its truth
rows_are()
{
	local rows="[.[] | select(.type == \"vm-faults\" and .pid == $(pid "$2"))] |
		sort_by(.vm | split(\".\")[1] | tonumber)" ended=${3:+true}
	is "$(jqv "$1" "$counted $rows | map(sums)")" "$(jqv "$2.truth" "$expected map(.faults | sums)")" \
		"$2: faults of each VM, by class and access"
	is "$(jqv "$1" "$counted $rows | map(slots)")" "$(jqv "$2.truth" "$expected map(slots)")" \
		"$2: and by slot"
	is "$(jqv "$1" "$counted $rows | map([.ended, vcpus])")" \
		"$(jqv "$2.truth" "$expected map([${ended:-false}, vcpus])")" "$2: and by vCPU${3:+; has ended}"
}

# totals_are NAME VMM...: the totals are the sum of these truths, and nothing is lost
totals_are()
{
	local name=$1 file files=()
	shift
	for file; do files+=("$OUT/$file.truth.out"); done
	is "$(jqv "$name" "$counted .[-1] | [.type, (.stage2 | sums, .vms, .untracked, .untracked_slots),
		.lost.total]")" \
		"$(cat "${files[@]}" | jq -s -c "$expected length as \$vms | map(.faults | sums) |
		[\"totals\", {faults: (map(.faults) | add), classes: (map(.classes | to_entries) | add |
		group_by(.key) | map({key: .[0].key, value: (map(.value) | add)}) | from_entries),
		access: (map(.access | to_entries) | add |
		group_by(.key) | map({key: .[0].key, value: (map(.value) | add)}) | from_entries)},
		\$vms, 0, 0, 0]" | jq -c -S .)" "$name: the totals are the truth, nothing is lost"
	is "$(jqv "$name" '[.. | objects | select(.histogram and .faults) | .faults == (.histogram | add)] | unique')" '[true]' \
		"$name: latencies are as many as faults, in each row"
}
