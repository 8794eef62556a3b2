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
'

pid() { cat "$OUT/$1.pid"; }

# ended NAME...: each vmm found that all was as it must be
ended()
{
	local name statuses=
	for name; do statuses+="$(rc "$name")"; done
	is "${statuses//0/}" "" "the guests of $* did what they should"
}

# jqv NAME FILTER: as j, with limen's addresses as numbers by hex
jqv()
{
	jq -c -s "def hex: ltrimstr(\"0x\") | explode | reduce .[] as \$c
		(0; . * 16 + if \$c > 96 then \$c - 87 else \$c - 48 end); $2" "$OUT/$1.out" 2>&1
}
