# shellcheck shell=bash
# Programs of a Debian suite with the libraries that they load, as a tree for a
# guest that has no package manager. Sourced after common.sh and fetch.sh.

# needed FILE: the libraries that it names.
needed() { readelf -d "$1" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; }

# copy_with_libraries FROM TO TRIPLET PROGRAM...: each and, over and over, what
# it needs.
copy_with_libraries()
{
	local from=$1 to=$2 triplet=$3 todo=() name file interp
	shift 3

	mkdir -p "$to/usr/bin" "$to/usr/lib/$triplet"
	for name; do
		cp "$from/usr/bin/$name" "$to/usr/bin/" || return
		mapfile -t -O ${#todo[@]} todo < <(needed "$to/usr/bin/$name")
	done
	while [ ${#todo[@]} -gt 0 ]; do
		name=${todo[0]}
		todo=("${todo[@]:1}")
		[ ! -e "$to/usr/lib/$triplet/$name" ] || continue
		file=$(find "$from" -name "$name" -print -quit)
		[ -n "$file" ] || die "no $name among the packages that $* depends on"
		cp -L "$file" "$to/usr/lib/$triplet/$name" || return
		mapfile -t -O ${#todo[@]} todo < <(needed "$to/usr/lib/$triplet/$name")
	done
	interp=$(readelf -l "$to/usr/bin/$1" | sed -n 's/.*interpreter: \(.*\)\]/\1/p')
	mkdir -p "$to/usr${interp%/*}"
	cp -L "$(find "$from" -name "${interp##*/}" -print -quit)" "$to/usr$interp"
}

# tree_create SUITE ARCH ROOT PACKAGE FILL: FILL FROM TO TRIPLET makes the tree TO
# out of what was unpacked at FROM.
tree_create()
{
	local suite=$1 arch=$2 root=$3 package=$4 fill=$5 triplet=x86_64-linux-gnu packages new
	[ "$arch" = amd64 ] || triplet=aarch64-linux-gnu

	[ ! -e "$root" ] || return 0
	mapfile -t packages < <(our_apt "$suite" "$arch" \
		apt-get -s --no-install-recommends install "$package" 2>/dev/null |
		sed -n 's/^Inst \([^ ]*\).*/\1/p')
	[ ${#packages[@]} -gt 0 ] || die "apt cannot resolve $package in $suite $arch"
	say "fetching $package of $suite $arch, ${#packages[@]} packages"
	new=$(new_in "${root%/*}") || exit
	deb_unpack "$suite" "$arch" "$new/all" "${packages[@]}" || { rm -rf "$new"; exit 1; }
	"$fill" "$new/all" "$new/tree" "$triplet" ||
		{ rm -rf "$new"; die "cannot put $package of $suite $arch together"; }
	publish "$new/tree" "$root"
	rm -rf "$new"
}
