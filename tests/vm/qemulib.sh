# SPDX-License-Identifier: GPL-2.0-or-later
# What QEMU's monitor, /proc/PID/smaps and the kernel's tracepoints say, in the
# words of limen. Sourced by qemu.test, after testlib.sh.
# shellcheck shell=bash

# told NAME: the monitor's answers, without what it draws while one types.
told() { sed 's/\x1b\[[0-9;]*[A-Za-z]//g; s/\r//g' "$OUT/$1.monitor"; }

# ramblocks NAME: name, bytes, host address, ro or rw
ramblocks() { told "$1" | awk 'NF > 5 && $(NF - 1) ~ /^0x/ && $NF ~ /^r[ow]$/ { print $1, $5, $(NF - 1), $NF }'; }

# sections NAME: those of the guest's memory that KVM has: address space, first
# and last address, kind, block, offset in it. Space 1 is that of x86's SMM.
sections()
{
	told "$1" | sed -n '/^FlatView/h; / AS "memory"/ { s/.*/0/; h; }
		/ AS "KVM-SMRAM"/ { s/.*/1/; h; }
		/ KVM$/ { G; s/^ *\([0-9a-f]*\)-\([0-9a-f]*\) (prio [0-9-]*, \([a-z]*\)): \([^ ]*\)\(.*\) KVM\n\(.*\)$/\6 \1 \2 \3 \4\5/p; }' |
		grep '^[01] ' | sort -s -n -k 1,1
}

# areas NAME: the VMM's mappings: start, end, permissions, page size in KiB,
# path or -, flags
areas()
{
	awk '/^[0-9a-f]+-[0-9a-f]+ / {
			split($1, at, "-"); perms = $2; path = $6; deleted = $7
		}
		/^KernelPageSize:/ { page = $2 }
		/^VmFlags:/ {
			print at[1], at[2], perms, page, path == "" ? "-" : path,
				deleted == "" ? "-" : deleted, $0
		}' "$OUT/$1.smaps"
}

# backing FIRST BYTES: of that range, by the areas on standard input, in the
# words of limen vm ls: kind, shared, writable, huge pages advised, page size,
# areas, bytes without one, path
backing()
{
	local first=$1 end=$(($1 + $2)) hole=$2 n=0 from to start stop perms page path deleted flags
	local kind="" shared=true writable=true advised=true size="" all_paths="" this

	while read -r start stop perms page path deleted flags; do
		start=$((16#$start)) stop=$((16#$stop))
		[ "$start" -lt "$end" ] && [ "$stop" -gt "$first" ] || continue
		from=$((start > first ? start : first)) to=$((stop < end ? stop : end))
		hole=$((hole - (to - from))) n=$((n + 1))
		[ "$deleted" = - ] || path="$path $deleted"
		case " $flags " in
		*' io '*|*' pf '*) this=device ;;
		*' ht '*) this=hugetlb size=$((page * 1024)) ;;
		*) case $path in
			-) this=anonymous ;;
			/memfd:*|/dev/zero*) this=shmem ;;
			*) this="file" ;;
			esac ;;
		esac
		[ -z "$kind" ] || [ "$kind" = "$this" ] || this=mixed
		kind=$this
		case $perms in *p) shared=false ;; esac
		case $perms in *w*) ;; *) writable=false ;; esac
		case " $flags " in *' hg '*) ;; *) advised=false ;; esac
		all_paths+=$path$'\n'
	done
	path=$(sort -u <<<"${all_paths%$'\n'}")
	echo "$kind $shared $writable $advised ${size:-null} $n $hole $path"
}

# slots_wanted NAME: a line for each
slots_wanted()
{
	local space first last kind block offset base bytes host read_only
	sections "$1" >"$WORK/sections"
	ramblocks "$1" >"$WORK/ramblocks"
	areas "$1" >"$WORK/areas"
	while read -r space first last kind block offset; do
		offset=${offset#@}
		base=$(sed -n "s|^$block [^ ]* 0x\([0-9a-f]*\) .*|\1|p" "$WORK/ramblocks")
		read_only=false
		[ "$kind" != romd ] && ! grep -q "^$block .* ro$" "$WORK/ramblocks" || read_only=true
		bytes=$((16#$last - 16#$first + 1))
		host=$((16#$base + 16#${offset:-0}))
		printf '%s 0x%x 0x%x %s %s %s\n' "$space" $((16#$first)) "$host" "$bytes" "$read_only" \
			"$(backing "$host" "$bytes" <"$WORK/areas")"
	done <"$WORK/sections"
}

# slots_seen NAME: the same, by limen
slots_seen()
{
	jq -r '.slots[] | [.address_space, .guest_address, .host_address, .bytes, .read_only,
		(.backing | .kind, .shared, .writable, .huge_pages_advised, .page_size // "null",
		.areas, .unmapped, .path // "-")] | map(tostring) | join(" ")' "$OUT/$1.ls.out"
}

# extent NAME BLOCK BYTES: first guest address, and that behind the last, of the
# slots that are for such a block of memory (and are not for x86's SMM)
extent()
{
	local host space guest at bytes rest first="" end=""
	host=$(ramblocks "$1" | awk -v block="$2" '$1 == block { print $3 }')
	while read -r space guest at bytes rest; do
		(( space == 0 && at >= host && at < host + $3 )) || continue
		: "${first:=$guest}"
		end=$((guest + bytes))
	done < <(slots_seen "$1")
	echo "$((first)) $end"
}

# misaligned NAME: guest addresses of slots that small pages map although there
# are huge ones, as a JSON array
misaligned()
{
	local guest host bytes kind advised rest
	while read -r _ guest host bytes _ kind _ _ advised rest; do
		[ "$advised" = true ] || [ "$kind" = hugetlb ] || continue
		(( bytes >= 4 << 20 && (guest ^ host) & 0x1fffff )) || continue
		echo "$guest"
	done < <(slots_seen "$1") | jq -R -n -c '[inputs]'
}

# ls_of NAME FILTER: of limen vm ls
ls_of() { jq -c "$2" "$OUT/$1.out" 2>&1; }

# hits HIST [CONDITION]: of the tracepoint of faults; CONDITION of word and address
# shellcheck disable=SC2034
hits()
{
	local word address count sum=0
	while read -r word address count; do
		(( ${2:-1} )) && sum=$((sum + count))
	done < <(sed -n 's/^{ [a-z_]*: *\([0-9]*\), [a-z_]*: *\([0-9]*\) } hitcount: *\([0-9]*\)$/\1 \2 \3/p' \
		"$OUT/$1.hist")
	echo "$sum"
}
