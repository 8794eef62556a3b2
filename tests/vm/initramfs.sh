# shellcheck shell=bash
# What the guest boots into: three cpio archives behind each other. The first
# (busybox, init) and second (modules) are cached, the third is the run's own.

# A tree as Debian lays it out, so that libraries added later find their place.
root_skeleton()
{
	local dir
	mkdir -p "$1"/usr/{bin,lib,lib64,sbin} "$1"/{dev,etc,proc,root,run,sys,tmp,limen-vm}
	for dir in bin lib lib64 sbin; do
		ln -sfn "usr/$dir" "$1/$dir"
	done
}

# pack DIR FILE
pack()
{
	(
		set -o pipefail
		cd "$1" && find . -mindepth 1 | sort |
			cpio --quiet -o -H newc -R 0:0 >"$2.new"
	) || die "cannot write '$2'; is the disk full?"
	mv "$2.new" "$2"
}

# busybox_of ARCH DIR: puts it at DIR/usr/bin/busybox.
busybox_of()
{
	local arch=$1 dir=$2 own tmp

	own=$(command -v busybox)
	if [ "$(dpkg --print-architecture)" = "$arch" ] && [ -n "$own" ] &&
		! ldd "$own" >/dev/null 2>&1; then
		cp "$own" "$dir/usr/bin/busybox"
		return
	fi
	tmp=$(new_in "$CACHE/tmp") || exit
	deb_unpack bookworm "$arch" "$tmp" busybox-static
	cp "$(find "$tmp" -path '*/bin/busybox' -type f)" "$dir/usr/bin/busybox" ||
		die "no busybox in the $arch package busybox-static"
	rm -rf "$tmp"
}

base_create()
{
	local arch=$1 final=$2 tmp

	[ ! -e "$final" ] || return 0
	tmp=$(new_in "$CACHE/tmp") || exit
	root_skeleton "$tmp"
	busybox_of "$arch" "$tmp"
	cp "$VM_DIR/guest-init" "$tmp/init"
	chmod 755 "$tmp/init" "$tmp/usr/bin/busybox"
	printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n' >"$tmp/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' >"$tmp/etc/group"
	printf '127.0.0.1 localhost limen-vm\n' >"$tmp/etc/hosts"
	terminfo_of_host "$tmp"
	mkdir -p "${final%/*}"
	prune "${final%/*}" "$arch-*.cpio"
	pack "$tmp" "$final"
	rm -rf "$tmp"
}

# terminfo_of_host ROOT: a few terminals, for what is built on ncurses.
terminfo_of_host()
{
	local name dir
	for name in dumb linux vt100 vt220 xterm xterm-256color screen tmux; do
		for dir in /etc/terminfo /lib/terminfo /usr/lib/terminfo /usr/share/terminfo; do
			[ -f "$dir/${name:0:1}/$name" ] || continue
			mkdir -p "$1/usr/share/terminfo/${name:0:1}"
			cp -L "$dir/${name:0:1}/$name" "$1/usr/share/terminfo/${name:0:1}/"
			break
		done
	done
}

# prune DIR PATTERN: archives that an edited script has left unused for long.
prune() { find "$1" -maxdepth 1 -name "$2" -mtime +14 -delete 2>/dev/null; }

# base_archive ARCH: keyed by the init script, so that an edit takes effect.
base_archive()
{
	local final
	final=$CACHE/base/$1-$(sha256sum "$VM_DIR/guest-init" "$VM_DIR/initramfs.sh" |
		sha256sum | cut -c1-12).cpio
	[ -e "$final" ] || locked "base-$1" base_create "$1" "$final" || exit
	printf '%s\n' "$final"
}

# module_files KERNEL_DIR NAME...: paths of the modules and all they need.
# A name with a leading '?' may be absent from this kernel.
module_files()
{
	local kernel=$1 release name out
	release=$(cat "$kernel/release")
	shift
	for name; do
		out=$(modprobe -d "$kernel/modules" -S "$release" -a --show-depends \
			"${name#\?}" 2>/dev/null) || {
			case $name in
			\?*) continue ;;
			*)   die "kernel $release has no module '$name'" ;;
			esac
		}
		printf '%s\n' "$out" | sed -n 's/^insmod \([^ ]*\).*/\1/p'
	done
}

modules_create()
{
	local kernel=$1 final=$2 tmp release files file at
	shift 2
	[ ! -e "$final" ] || return 0
	release=$(cat "$kernel/release")
	files=$(module_files "$kernel" "$@") || exit
	tmp=$(new_in "$CACHE/tmp") || exit
	mkdir -p "$tmp/usr/lib"
	ln -s usr/lib "$tmp/lib"
	while read -r file; do
		[ -n "$file" ] || continue
		at=$tmp${file#"$kernel/modules"}
		mkdir -p "${at%/*}"
		# busybox cannot be relied on to unpack them.
		case $file in
		*.xz)  xz -dc "$file" >"${at%.xz}" ;;
		*.zst) zstd -qdc "$file" >"${at%.zst}" ;;
		*.gz)  gzip -dc "$file" >"${at%.gz}" ;;
		*)     cp "$file" "$at" ;;
		esac || die "cannot unpack '$file'"
	done < <(printf '%s\n' "$files" | sort -u)
	mkdir -p "$tmp/lib/modules/$release"
	cp "$kernel/modules/lib/modules/$release"/modules.{builtin,builtin.modinfo,order} \
		"$tmp/lib/modules/$release/"
	depmod -b "$tmp" "$release" || die "depmod failed for '$release'"
	mkdir -p "${final%/*}"
	prune "${final%/*}" '*.cpio'
	pack "$tmp" "$final"
	rm -rf "$tmp"
}

# modules_archive KERNEL_DIR NAME...
modules_archive()
{
	local kernel=$1 key
	shift
	key=$(printf '%s\n' "$@" | sort -u | cat - "$VM_DIR/initramfs.sh" |
		sha256sum | cut -c1-12)
	[ -e "$kernel/sets/$key.cpio" ] ||
		locked "modules-$key" modules_create "$kernel" "$kernel/sets/$key.cpio" "$@" ||
		exit
	printf '%s\n' "$kernel/sets/$key.cpio"
}

# libraries_of FILE: nothing for what is static or not for this machine.
libraries_of()
{
	ldd "$1" 2>/dev/null | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p'
}

# add_file ROOT ARCH FILE [PATH]
add_file()
{
	local root=$1 arch=$2 from=$3 to=${4:-} library
	[ -e "$from" ] || die "--add: '$from' does not exist"
	[ -n "$to" ] || to=/root/$(basename -- "$from")
	case $to in /*) ;; *) to=/root/$to ;; esac
	mkdir -p "$root$(dirname -- "$to")"
	if [ -d "$from" ]; then
		mkdir -p "$root$to"
		cp -a -- "$from/." "$root$to/" || die "--add: cannot copy '$from'"
		return
	fi
	cp -L --preserve=mode,timestamps -- "$from" "$root$to" ||
		die "--add: cannot copy '$from'"
	[ -x "$from" ] && [ "$arch" = "$(dpkg --print-architecture)" ] || return 0
	while read -r library; do
		[ -e "$root$library" ] && continue
		mkdir -p "$root${library%/*}"
		cp -L "$library" "$root$library" || die "--add: cannot copy '$library'"
	done < <(libraries_of "$from")
}
