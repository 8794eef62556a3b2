# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# OP-TEE for arm64 guests: Debian's secure world, clients and test programs,
# and the firmware that starts them, which Debian has as source only.
#
#   tee/KEY/qemu_fw.bios   EL3 firmware with OP-TEE and U-Boot inside
#   tee/KEY/guest.cpio     tee-supplicant, xtest, their libraries and TAs
#
# KEY names the versions of what is inside; tee/current holds the one in use.

TEE_SUITE=trixie
TEE_CLIENT=(optee-test-qemu tee-supplicant libteec2)
TEE_LIBRARIES=(libc6 libgcc-s1 libckteec0t64 libssl3t64 libzstd1 zlib1g)
TEE_FIRMWARE=(optee-os u-boot-qemu)
TEE_SOURCE=arm-trusted-firmware

tee_firmware() { printf '%s\n' "$CACHE/tee/$(cat "$CACHE/tee/current")/qemu_fw.bios"; }
tee_archive() { printf '%s\n' "$CACHE/tee/$(cat "$CACHE/tee/current")/guest.cpio"; }

# tee_guest DIR FILE: the programs as they are installed on Debian.
tee_guest()
{
	local root=$1/guest
	root_skeleton "$root"
	deb_unpack "$TEE_SUITE" arm64 "$1/client" "${TEE_CLIENT[@]}" "${TEE_LIBRARIES[@]}"
	tee_copy "$1/client" "$root"
	pack "$root" "$2"
}

# tee_copy FROM ROOT: programs, shared libraries, trusted applications.
tee_copy()
{
	local from=$1 root=$2
	(cd "$from" && find . \( -path '*/bin/*' -o -path '*/sbin/*' -o -name '*.so*' \
		-o -name '*.ta' -o -name '*.plugin' \) ! -type d |
		grep -v -e /gconv/ -e /share/ | cpio --quiet -pdm "$root") ||
		die "cannot copy the OP-TEE programs"
	[ -n "$(find "$root" -name xtest)" ] ||
		die "no xtest in the package optee-test-qemu"
}

# tee_build DIR FILE: for QEMU's virt board.
tee_build()
{
	local dir=$1 source from
	need aarch64-linux-gnu-gcc tee; need make tee; need dpkg-source tee
	need dtc tee; need openssl tee
	deb_unpack "$TEE_SUITE" arm64 "$dir/blobs" "${TEE_FIRMWARE[@]}"
	deb_source "$TEE_SUITE" "$dir/source" "$TEE_SOURCE"
	source=$dir/source/tree
	for from in tee-header_v2.bin tee-pager_v2.bin tee-pageable_v2.bin; do
		tee_blob "$dir/blobs" "$from" /vexpress-qemu_armv8a/ >"$source/$from" || exit
	done
	tee_blob "$dir/blobs" u-boot.bin /qemu_arm64/ >"$source/u-boot.bin" || exit
	say "building the firmware (once)"
	make -C "$source" -j2 CROSS_COMPILE=aarch64-linux-gnu- PLAT=qemu \
		QEMU_USE_GIC_DRIVER=QEMU_GICV3 SPD=opteed BL32=tee-header_v2.bin \
		BL32_EXTRA1=tee-pager_v2.bin BL32_EXTRA2=tee-pageable_v2.bin \
		BL33=u-boot.bin BL32_RAM_LOCATION=tdram all fip >"$dir/build.log" 2>&1 || {
		tail -15 "$dir/build.log" >&2
		die "the firmware does not build; are all packages of 'tools/setup tee' there?"
	}
	cp "$source/build/qemu/release/qemu_fw.bios" "$2" || die "the build left no qemu_fw.bios"
}

# tee_blob DIR NAME PATTERN: the file NAME whose path matches PATTERN.
tee_blob()
{
	local found
	found=$(find "$1" -name "$2" -path "*$3*" | head -1)
	[ -n "$found" ] || die "no '$2' in ${TEE_FIRMWARE[*]}"
	cat "$found"
}

# tee_versions: of all that goes into the two files, one a line.
tee_versions()
{
	local package
	for package in "${TEE_CLIENT[@]}" "${TEE_LIBRARIES[@]}" "${TEE_FIRMWARE[@]}"; do
		printf '%s %s\n' "$package" "$(deb_version "$TEE_SUITE" arm64 "$package")"
	done
	printf '%s %s\n' "$TEE_SOURCE" "$(source_version "$TEE_SUITE" "$TEE_SOURCE")"
}

# source_version SUITE PACKAGE: the one that deb_source takes, the newest.
source_version()
{
	our_apt "$1" source apt-cache showsrc --only-source "$2" 2>/dev/null |
		sed -n 's/^Version: //p' | sort -V | tail -n 1
}

# tee_create update|''
tee_create()
{
	local key new tmp

	[ -n "$1" ] || [ ! -e "$CACHE/tee/current" ] || return 0
	apt_update "$TEE_SUITE" arm64
	apt_update "$TEE_SUITE" source
	key=$(tee_versions | sha256sum | cut -c1-12)
	if [ ! -e "$CACHE/tee/$key" ]; then
		tmp=$(new_in "$CACHE/tmp") || exit
		new=$(new_in "$CACHE/tee") || exit
		say "fetching OP-TEE"
		tee_guest "$tmp" "$new/guest.cpio"
		tee_build "$tmp" "$new/qemu_fw.bios"
		tee_versions >"$new/versions"
		publish "$new" "$CACHE/tee/$key"
		rm -rf "$tmp"
	fi
	printf '%s\n' "$key" >"$CACHE/tee/current.new"
	mv "$CACHE/tee/current.new" "$CACHE/tee/current"
}

# tee_prepare update|'': fetches and builds what is not there.
tee_prepare()
{
	[ -z "$1" ] && [ -e "$CACHE/tee/current" ] || locked tee tee_create "$1" || exit
}
