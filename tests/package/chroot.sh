# shellcheck shell=bash
# chroot.sh - bare systems of Debian in folders, and copies of them to spoil. Sourced by build.sh and check.sh.
#
# A bare system is what debootstrap's minbase makes. It and the systems with more packages made from it are kept in
# $cache, with the packages that were downloaded; a copy is a run's own and goes with it.
#	MIRROR     where Debian's packages come from (http://deb.debian.org/debian)
#	ADSH_CACHE the folder of what is kept (adsh-package in the cache folder of the user); FRESH=1 makes it again

suites="bookworm trixie" suite=''
mirror=${MIRROR:-http://deb.debian.org/debian}
cache=${ADSH_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/adsh-package}
scratch=$cache/run.$$
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
umask 022

die() { echo "package: $*" >&2; exit 1; }
step() { echo "package: $*" >&2; }

as_root() { # as_root "$0" "$@"   a system in a folder needs root
	[ "$(id -u)" != 0 ] || return 0
	if ! command -v sudo > /dev/null || ! { sudo -n true 2> /dev/null || [ -t 0 ]; }; then
		die "needs root for a chroot, and there is no sudo to use; make deb CHROOT=no builds on this system"
	fi
	exec sudo --preserve-env "$@"
}
running_release() { sed -n 's/^VERSION_CODENAME=//p' /etc/os-release; }
check_suite() { # the suites that the package is for
	case " $suites " in *" $1 "*) ;; *) die "there is no suite $1: SUITE=bookworm or SUITE=trixie";; esac
	command -v debootstrap > /dev/null || die "debootstrap is missing: apt-get install debootstrap"
}

# in_root ROOT [net] COMMAND...   runs the command there as root, with processes and mounts of its own, and no network
# unless "net" says so. Its mounts end with it.
in_root() {
	local root=$1 net=--net; shift
	[ "$1" != net ] || { net=''; shift; }
	# shellcheck disable=SC2016,SC2086  # the other shell's variables; one word or none
	unshare --mount --pid --fork --uts --ipc $net --kill-child sh -c '
		root=$1 archives=$2; shift 2
		mount --bind "$root" "$root" && # for those that want / to be a mount point, such as unshare
		mount -t proc proc "$root/proc" && mount --rbind /sys "$root/sys" && mount --rbind /dev "$root/dev" &&
		mount -t tmpfs -o mode=755 run "$root/run" && mkdir -m 1777 "$root/run/lock" &&
		mount --bind "$archives" "$root/var/cache/apt/archives" || exit 97
		[ ! -e /sys/class/net/lo ] || ip link set lo up 2> /dev/null
		exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TERM=dumb \
			DEBIAN_FRONTEND=noninteractive "$@"' sh "$root" "$cache/archives.$suite" "$@"
}
install_in() { # install_in ROOT PACKAGE...
	local root=$1; shift
	( flock 8 # apt has a lock on the folder of what it downloads, and does not wait for it
	in_root "$root" net apt-get -q -y -o APT::Keep-Downloaded-Packages=true -o Acquire::Retries=3 "${apt_options[@]}" \
		install "$@" ) > "$root.log" 2>&1 8> "$cache/lock.$suite" ||
		{ tail -n 15 "$root.log" >&2; die "apt-get cannot install: $*"; }
	rm -f "$root.log"
}
apt_options=()

bare() { # makes sure of $cache/$suite
	local root=$cache/$suite
	mkdir -p "$cache/archives.$suite/partial"
	[ -z "${FRESH:-}" ] || rm -rf "${cache:?}/$suite" "$cache/$suite+"*
	[ ! -d "$root" ] || return 0
	step "a bare $suite in $root"
	rm -rf "$root.new"
	debootstrap --variant=minbase --cache-dir="$cache/archives.$suite" "$suite" "$root.new" "$mirror" > "$cache/$suite.log" 2>&1 ||
		{ tail -n 15 "$cache/$suite.log" >&2; die "debootstrap cannot make $suite"; }
	printf '#!/bin/sh\nexit 101\n' > "$root.new/usr/sbin/policy-rc.d" # no daemon starts
	chmod 755 "$root.new/usr/sbin/policy-rc.d"
	cp /etc/resolv.conf "$root.new/etc/"
	in_root "$root.new" net apt-get -q update > "$cache/$suite.log" 2>&1 || die "apt-get update fails in $suite"
	mv "$root.new" "$root"
}
with() { # with NAME PACKAGE...   makes sure of $cache/$suite+NAME, the bare system and these packages; says its path
	local root name=$1 list; shift
	list=$(printf '%s\n' "$@" | sha256sum | cut -c 1-8)
	root=$cache/$suite+$name.$list
	if [ ! -d "$root" ]; then
		step "$suite with the packages for $name"
		rm -rf "$cache/$suite+$name".*
		cp -a "$cache/$suite" "$root.new"
		apt_options=(--no-install-recommends)
		install_in "$root.new" "$@"
		apt_options=()
		mv "$root.new" "$root"
	fi
	echo "$root"
}
copy() { # copy ROOT NAME   a copy to spoil; says its path
	mkdir -p "$scratch"
	cp -a --reflink=auto "$1" "$scratch/$2"
	echo "$scratch/$2"
}
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM HUP
