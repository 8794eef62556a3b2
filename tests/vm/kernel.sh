# shellcheck shell=bash
# The kernels: from a name to an unpacked package in the cache.
#
#   names/NAME                  one line: ARCH/KEY, what NAME means here
#   kernels/ARCH/KEY/vmlinuz    config, release, version
#                   /modules/lib/modules/RELEASE/...
#                   /sets/...   module archives, made on demand

KERNEL_NAMES=(6.1-amd64 6.12-amd64 latest-amd64 6.1-arm64 6.12-arm64 latest-arm64)

kernel_suite()
{
	case $1 in
	6.1-*)    echo bookworm ;;
	6.12-*)   echo trixie ;;
	latest-*) echo trixie-backports ;;
	esac
}

kernel_known()
{
	local name
	for name in "${KERNEL_NAMES[@]}"; do
		[ "$name" != "$1" ] || return 0
	done
	die "unknown kernel '$1'; known: ${KERNEL_NAMES[*]}" 2
}

# image_packages SUITE ARCH PACKAGE: PACKAGE=VERSION lines of all that is a part
# of the kernel image, PACKAGE included: one package up to 6.12, several on 7.x.
image_packages()
{
	local suite=$1 arch=$2 todo=("$3") seen=" " package dep

	while [ ${#todo[@]} -gt 0 ]; do
		package=${todo[0]}
		todo=("${todo[@]:1}")
		case $seen in *" $package "*) continue ;; esac
		seen+="$package "
		printf '%s\n' "$package=$(deb_version "$suite" "$arch" "$package")"
		while read -r dep; do
			todo+=("$dep")
		done < <(deb_field "$suite" "$arch" "$package" Depends |
			tr ',' '\n' | sed 's/[|(].*//; s/[[:space:]]//g' |
			grep -E '^linux-(image|binary|modules|base)-')
	done
}

# kernel_unpack ROOT FINAL VERSION: from unpacked packages to a cache entry.
kernel_unpack()
{
	local root=$1 final=$2 version=$3 new release from file

	release=$(find "$root" -path '*/lib/modules/*' -name kernel -type d -prune |
		sed 's|.*/lib/modules/||; s|/.*||' | sort -u)
	case $release in
	'')     die "these packages hold no kernel modules; is linux-modules-* missing?" ;;
	*$'\n'*) die "these packages hold more than one kernel: ${release//$'\n'/ }" ;;
	esac
	new=$(new_in "${final%/*}") || exit
	mkdir -p "$new/modules/lib/modules"
	for file in vmlinuz config System.map; do
		from=$(find "$root" -type f \( -name "$file-$release" -o \
			-path "*/lib/modules/$release/$file" \) | head -1)
		[ -z "$from" ] || mv "$from" "$new/$file"
	done
	[ -s "$new/vmlinuz" ] ||
		die "these packages hold no vmlinuz-$release; is linux-image-* or linux-binary-* missing?"
	while read -r from; do
		cp -al "$from" "$new/modules/lib/modules/"
	done < <(find "$root" -path "*/lib/modules/$release" -type d)
	depmod -b "$new/modules" "$release" || die "depmod failed for '$release'"
	printf '%s\n' "$release" >"$new/release"
	printf '%s\n' "$version" >"$new/version"
	publish "$new" "$final"
}

# kernel_fetch NAME [update]
kernel_fetch()
{
	local name=$1 arch=${1##*-} suite parts image version key tmp

	# Whoever had to wait for the lock finds the work done.
	[ -z "${2:-}" ] && [ -e "$CACHE/names/$name" ] && return
	suite=$(kernel_suite "$name")
	apt_update "$suite" "$arch"
	mapfile -t parts < <(image_packages "$suite" "$arch" "linux-image-$arch")
	image=$(printf '%s\n' "${parts[@]}" | grep -E '^linux-image-[0-9]' | head -1)
	[ -n "$image" ] || die "linux-image-$arch of $suite depends on no kernel image"
	version=${image#*=}
	image=${image%%=*}
	key=$arch/${image#linux-image-}_$version
	if [ ! -e "$CACHE/kernels/$key" ]; then
		say "fetching $name: $version"
		mkdir -p "$CACHE/kernels/$arch"
		tmp=$(new_in "$CACHE/tmp") || exit
		deb_unpack "$suite" "$arch" "$tmp" "${parts[@]}"
		kernel_unpack "$tmp" "$CACHE/kernels/$key" "$version"
		rm -rf "$tmp"
	fi
	mkdir -p "$CACHE/names"
	printf '%s\n' "$key" >"$CACHE/names/.$name.$$"
	mv "$CACHE/names/.$name.$$" "$CACHE/names/$name"
}

# kernel_dir NAME: fetches only what is not there.
kernel_dir()
{
	local key

	[ -e "$CACHE/names/$1" ] || locked "kernel-$1" kernel_fetch "$1" || exit
	read -r key <"$CACHE/names/$1"
	[ -e "$CACHE/kernels/$key/vmlinuz" ] ||
		die "'$CACHE/kernels/$key' is incomplete; remove '$CACHE/names/$1' and it"
	printf '%s\n' "$CACHE/kernels/$key"
}

# kernel_dir_of_debs FILE...: the same for packages of the user's own.
kernel_dir_of_debs()
{
	local key arch="" final tmp file version

	for file; do
		[ -r "$file" ] || die "cannot read '$file'"
		version=$(dpkg-deb -f "$file" Version) || die "'$file' is not a Debian package"
		case $(dpkg-deb -f "$file" Architecture) in
		amd64) arch=amd64 ;;
		arm64) arch=arm64 ;;
		esac
	done
	[ -n "$arch" ] || die "'$1' is neither for amd64 nor for arm64"
	key=$(sha256sum -- "$@" | cut -d' ' -f1 | sort | sha256sum | cut -c1-16)
	final=$CACHE/kernels/$arch/deb-$key
	if [ ! -e "$final" ]; then
		tmp=$(new_in "$CACHE/tmp") || exit
		for file; do
			dpkg-deb -x "$file" "$tmp" || die "cannot unpack '$file'"
		done
		mkdir -p "${final%/*}"
		locked "deb-$key" kernel_unpack "$tmp" "$final" "$version" ||
			{ rm -rf "$tmp"; exit 1; }
		rm -rf "$tmp"
	fi
	printf '%s\n' "$final"
}

kernel_list()
{
	local name key version

	for name in "${KERNEL_NAMES[@]}"; do
		version="not fetched"
		if [ -e "$CACHE/names/$name" ]; then
			read -r key <"$CACHE/names/$name"
			version="$(cat "$CACHE/kernels/$key/release") $(cat "$CACHE/kernels/$key/version")"
		fi
		printf '%-13s %s\n' "$name" "$version"
	done
}
