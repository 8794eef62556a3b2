# shellcheck shell=bash
# Debian packages of any suite and architecture, through an apt of our own: the
# machine's lists, sources and packages are neither read nor changed, except
# that its mirror is used.

# Debian 13 calls it .pgp; its .gpg is a link that may go one day.
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e "$KEYRING" ] || KEYRING=${KEYRING%.gpg}.pgp

# shellcheck disable=SC2016 # apt's own $(...)
# The main archive among the machine's sources: security and third-party
# archives carry another label or origin.
mirror()
{
	local site

	site=$(apt-get indextargets \
		--format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		awk -F'|' '$1 == "Debian" && $2 == "Debian" { print $3; exit }')
	# Before the first apt-get update, origin and label are not known yet.
	[ -n "$site" ] || site=$(apt-get indextargets \
		--format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		awk '/\/debian\/?$/ { print; exit }')
	[ -n "$site" ] ||
		die "no Debian archive among this machine's apt sources; see 'apt-get indextargets'"
	printf '%s\n' "${site%/}"
}

apt_conf() { printf '%s/apt/%s-%s/apt.conf' "$CACHE" "$1" "$2"; }

# apt_setup SUITE ARCH|source
apt_setup()
{
	local suite=$1 arch=$2 root kind site
	root=$CACHE/apt/$suite-$arch
	[ -r "$KEYRING" ] || die "'$KEYRING' is missing; run tools/setup vm"
	site=$(mirror) || exit
	mkdir -p "$root"/{lists/partial,archives/partial,etc/apt.conf.d,etc/trusted.gpg.d} ||
		die "cannot create '$root'; set LIMEN_CACHE"
	: >"$root/etc/status"
	kind=deb
	[ "$arch" = source ] && kind=deb-src
	printf '%s [signed-by=%s%s] %s %s main\n' "$kind" "$KEYRING" \
		"$([ "$kind" = deb ] && printf ' arch=%s' "$arch")" "$site" "$suite" \
		>"$root/etc/sources.list"
	cat >"$root/apt.conf" <<-CONF
		Dir::State "$root";
		Dir::State::status "$root/etc/status";
		Dir::Cache "$root";
		Dir::Etc "$root/etc";
		Dir::Etc::sourcelist "$root/etc/sources.list";
		Dir::Etc::sourceparts "-";
		Dir::Etc::preferencesparts "-";
		Dir::Etc::netrc "/etc/apt/auth.conf";
		Dir::Etc::netrcparts "/etc/apt/auth.conf.d";
		APT::Get::List-Cleanup "false";
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		Acquire::GzipIndexes "true";
		Acquire::Retries "3";
	CONF
	# How this machine reaches its mirror, and nothing else of its settings.
	apt-config dump | grep -E '^Acquire::https?:' >>"$root/apt.conf"
	[ "$arch" = source ] ||
		printf 'APT::Architecture "%s";\nAPT::Architectures { "%s"; };\n' \
			"$arch" "$arch" >>"$root/apt.conf"
}

# our_apt SUITE ARCH TOOL ARG...
our_apt()
{
	local conf
	conf=$(apt_conf "$1" "$2")
	shift 2
	APT_CONFIG=$conf DEBIAN_FRONTEND=noninteractive "$@"
}

apt_read_list()
{
	local suite=$1 arch=$2 root=$CACHE/apt/$1-$2 log=$CACHE/apt/$1-$2/update.log

	# Another process may have done it while we waited for the lock.
	[ -z "$(find "$root/updated" -mmin "-$APT_MINUTES" 2>/dev/null)" ] || return 0
	apt_setup "$suite" "$arch"
	say "reading the package list of $suite $arch"
	our_apt "$suite" "$arch" \
		apt-get -qq -o APT::Update::Error-Mode=any update >"$log" 2>&1 || {
		tail -5 "$log" >&2
		die "cannot read the package list of $suite $arch; is the mirror reachable?"
	}
	touch "$root/updated"
}

# A package list of long ago names files that are gone.
APT_MINUTES=${APT_MINUTES:-10}
apt_update() { locked "apt-$1-$2" apt_read_list "$1" "$2" || exit; }

# deb_field SUITE ARCH PACKAGE FIELD: of the newest version.
deb_field()
{
	our_apt "$1" "$2" apt-cache --no-all-versions show "$3" 2>/dev/null |
		sed -n "s/^$4: //p" | head -1
}

deb_version() { deb_field "$1" "$2" "$3" Version; }

apt_download()
{
	local suite=$1 arch=$2 dir=$3
	shift 3
	cd "$dir" && our_apt "$suite" "$arch" apt-get -qq download "$@" >apt.log 2>&1
}

# deb_download SUITE ARCH DIR PACKAGE...: prints the file names.
deb_download()
{
	local suite=$1 arch=$2 dir=$3 new file
	shift 3
	apt_update "$suite" "$arch"
	new=$(new_in "$dir") || exit
	locked "apt-$suite-$arch" apt_download "$suite" "$arch" "$new" "$@" || {
		tail -5 "$new/apt.log" >&2
		rm -rf "$new"
		die "cannot download $* ($suite $arch)"
	}
	for file in "$new"/*.deb; do
		mv "$file" "$dir/" || die "cannot write to '$dir'"
		printf '%s\n' "$dir/${file##*/}"
	done
	rm -rf "$new"
}

# deb_unpack SUITE ARCH DIR PACKAGE...: the files of the packages, below DIR.
deb_unpack()
{
	local suite=$1 arch=$2 dir=$3 new file
	shift 3
	new=$(new_in "$CACHE/tmp") || exit
	deb_download "$suite" "$arch" "$new" "$@" >/dev/null || exit
	for file in "$new"/*.deb; do
		dpkg-deb -x "$file" "$dir" || die "cannot unpack '$file'"
	done
	rm -rf "$new"
}

# deb_source SUITE DIR PACKAGE: the unpacked source at DIR/tree.
deb_source()
{
	local suite=$1 dir=$2 package=$3
	mkdir -p "$dir"
	apt_update "$suite" source
	(cd "$dir" && our_apt "$suite" source \
		apt-get -qq source --download-only "$package" >apt.log 2>&1) || {
		tail -5 "$dir/apt.log" >&2
		die "cannot download the source of '$package' ($suite)"
	}
	# apt has checked the hashes against the signed list.
	dpkg-source --no-check -x "$dir"/*.dsc "$dir/tree" >"$dir/unpack.log" 2>&1 || {
		tail -5 "$dir/unpack.log" >&2
		die "cannot unpack the source of '$package'"
	}
}
