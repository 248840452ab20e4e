#!/bin/bash
# setup.sh [build|demo|peers|test]   Debian packages for building adsh, for "make demo", for "make bench-peers",
#                              or for all tests (default).
# setup.sh --missing WHAT      prints those that are not installed
#
# Complete: does nothing, and fast. Something missing: installs it through apt as root or with
# sudo, otherwise names it in one line and exits 1. Daemons of the packages are never started.
#
# LAB_SAMBA=distro takes the Samba of the machine's own suites; the default prefers, on Debian 12
# and while no Samba is installed, that of bookworm-backports (4.22: function level 2016, tickets
# by resource-based delegation, channel binding). LAB_SAMBA=backports also upgrades an older one.
set -u
umask 022 # apt's files are for everybody to read
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH

build="gcc make pkg-config liblua5.4-dev libldap-dev libsasl2-dev libsasl2-modules-gssapi-mit
 libkrb5-dev libreadline-dev libgnutls28-dev zlib1g-dev lua-cjson lua-argparse lua-filesystem"
samba="samba samba-ad-dc samba-ad-provision samba-dsdb-modules samba-vfs-modules python3-samba
 smbclient winbind libnss-winbind ldb-tools"
lab="krb5-user ldap-utils openssl python3 procps iproute2 util-linux dnsmasq-base libnss-wrapper libresolv-wrapper"
tools="libcmocka-dev lua-busted lua-check lua5.4 valgrind clang libclang-rt-dev clang-format
 shellcheck mandoc tmux expect git ca-certificates faketime iptables bind9-dnsutils attr zsh fish
 python3-requests" # samba-gpupdate wants that, and samba does not depend on it

only=''
[ "${1:-}" != --missing ] || { only=1; shift; }
case ${1:-test} in
build) want=$build;;
demo) want="$build $samba $lab";;
peers) want="$build $samba $lab iptables python3-ldap python3-ldap3";;
test) want="$build $samba $lab $tools";;
*) echo "usage: setup.sh [--missing] [build|demo|peers|test]" >&2; exit 2;;
esac

installed() { # of the packages given, those that are there
	# shellcheck disable=SC2016  # dpkg-query's own variables
	dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null | awk '$1 == "ii" { print $2 }'
}
missing() {
	# shellcheck disable=SC2086  # a list of words
	comm -13 <(installed $want | sort -u) <(printf '%s\n' $want | sort -u)
}
samba_version() { dpkg-query -W -f='${Version}' samba 2>/dev/null; }
old_samba() { # explicitly asked to upgrade what is installed
	[ "${LAB_SAMBA:-}" = backports ] && bookworm &&
	dpkg --compare-versions "$(samba_version)" lt 2:4.19
}
bookworm() { grep -q '^VERSION_CODENAME=bookworm' /etc/os-release; }

if [ -n "$only" ]; then
	# shellcheck disable=SC2086
	if command -v dpkg-query > /dev/null; then missing | xargs; else echo $want; fi
	exit 0
fi
if ! command -v dpkg-query > /dev/null; then
	echo "setup: this is not Debian; install the equivalents of:" $want >&2
	exit 1
fi
miss=$(missing)
if [ -z "$miss" ] && ! old_samba; then exit 0; fi

if [ "$(id -u)" != 0 ]; then
	if command -v sudo > /dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
		exec sudo LAB_SAMBA="${LAB_SAMBA:-}" "$0" "$@"
	fi
	echo "setup: missing packages; as root: apt-get install" $miss >&2
	exit 1
fi

log=$(mktemp) keep=$(mktemp -d)
policy=/usr/sbin/policy-rc.d
finish() {
	[ ! -e "$keep/nsswitch.conf" ] || cat "$keep/nsswitch.conf" > /etc/nsswitch.conf
	if grep -qs 'adsh tests/setup' $policy; then rm -f $policy; fi
	rm -rf "$log" "$keep"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP
apt() {
	DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l \
		apt-get -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@" < /dev/null >> "$log" 2>&1
}
fail() { tail -n 15 "$log" >&2; echo "setup: $*" >&2; exit 1; }

# The packages' own daemons must not start, and libnss-winbind edits nsswitch.conf
if [ ! -e $policy ]; then
	printf '#!/bin/sh\n# adsh tests/setup.sh, for the time of its installation\nexit 101\n' > $policy
	chmod 755 $policy
fi
[ ! -e /etc/nsswitch.conf ] || cp -p /etc/nsswitch.conf "$keep/"

targets() { apt-get indextargets --format "$1" 'Created-By: Packages' 2>/dev/null; }
backports() { # makes sure of bookworm-backports, taken over the way bookworm comes
	local uri src=/etc/apt/sources.list.d/adsh-backports.sources
	local ring=/usr/share/keyrings/debian-archive-keyring.gpg
	# shellcheck disable=SC2016  # apt's own variables
	if ! targets '$(RELEASE)' | grep -qx bookworm-backports; then
		uri=$(targets '$(RELEASE) $(COMPONENT) $(REPO_URI)' |
			awk '$1 == "bookworm" && $2 == "main" { print $3; exit }')
		printf 'Types: deb\nURIs: %s\nSuites: bookworm-backports\nComponents: main\n' \
			"${uri:-http://deb.debian.org/debian}" > $src
		[ ! -s $ring ] || echo "Signed-By: $ring" >> $src
		apt update || { rm -f $src; apt update; return 1; }
	fi
	apt-cache policy samba | grep -q bookworm-backports
}
with_source() { # installed packages of Samba's source pin each other's versions
	# shellcheck disable=SC2016  # dpkg-query's own variables
	dpkg-query -W -f='${db:Status-Abbrev} ${source:Package} ${Package}\n' |
		awk '$1 == "ii" && ($2 == "samba" || $2 == "ldb") { print $3 }'
}

echo "setup: installing" $miss
apt update || echo "setup: apt-get update failed, going on with the lists that are there" >&2
case " ${miss//$'\n'/ } " in
*" samba "*) [ "${LAB_SAMBA:-}" = distro ] || ! bookworm || newer=1;;
*) ! old_samba || newer=1;;
esac
# shellcheck disable=SC2046,SC2086  # lists of words
if [ -n "${newer:-}" ]; then
	if backports && apt install -y --no-install-recommends -t bookworm-backports $samba $(with_source)
	then :; else echo "setup: no Samba from bookworm-backports, taking the distribution's own" >&2; fi
fi
miss=$(missing)
# shellcheck disable=SC2086
[ -z "$miss" ] || apt install -y --no-install-recommends $miss || fail "apt-get install failed"
miss=$(missing)
[ -z "$miss" ] || fail "still missing:" $miss
