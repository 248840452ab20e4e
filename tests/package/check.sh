#!/bin/bash
# check.sh [SUITE]...   judges the Debian package on bare systems of each SUITE (default: bookworm trixie): builds it
#                       twice in different places, looks at it with lintian and blhc, installs it, reads its manual
#                       pages, purges it and looks for what is left, and runs its autopkgtest with the demo.
# PARTS="twice lint install autopkgtest" chooses; the packages of an earlier run are taken when "twice" is not named.
# shellcheck disable=SC2317  # judge calls functions by name
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/package/chroot.sh
as_root "$0" "$@"
parts=" ${PARTS:-twice lint install autopkgtest} "
bad=0
complain() { echo "FAILED  package/$suite: $*"; bad=$((bad + 1)); }
judge() { # judge PART FUNCTION WORDS...
	local before=$bad part=$1 function=$2; shift 2
	case $parts in *" $part "*) ;; *) return 0;; esac
	$function
	[ $bad != "$before" ] || echo "ok      package/$suite: $*"
}

# the same files, however and wherever they are built
twice() {
	local second=$scratch/second name
	STATE=$(git stash create)
	export STATE=${STATE:-$(git rev-parse HEAD)}
	tests/package/build.sh "$suite" > /dev/null
	PLACE=/var/tmp/a/longer/place UMASK=002 OUT=$second SETTINGS="DEB_BUILD_OPTIONS=nocheck TZ=Asia/Kathmandu LANG=C LC_ALL=C" \
		tests/package/build.sh "$suite" > /dev/null
	for name in "$packages"/*.{deb,dsc,tar.xz}; do
		cmp "$name" "$second/${name##*/}" || complain "${name##*/} differs in another place"
	done
}

lint() {
	local root
	root=$(copy "$(with lint lintian blhc)" lint)
	cp -r "$packages" "$root/packages"
	in_root "$root" sh -c 'lintian --allow-root --fail-on error,warning,pedantic --pedantic -L ">=pedantic" /packages/*.changes' ||
		complain "lintian complains"
	in_root "$root" blhc --debian --bindnow /packages/build.log || complain "blhc complains"
	rm -rf "$root"
}

files_of() { # what is on the system, but for what apt and dpkg keep about it
	in_root "$1" find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /packages \
		-o -path /var/cache -o -path /var/log -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /root \) \
		-prune -o -print | sort
}
# as a person would, with what is recommended
install_and_purge() {
	local root
	root=$(copy "$(with reader man-db)" install)
	cp -r "$packages" "$root/packages"
	files_of "$root" > "$scratch/before"
	install_in "$root" "/packages/$(basename "$packages"/adsh_*.deb)"
	cp debian/tests/installed "$root/tmp/"
	in_root "$root" env AUTOPKGTEST_TMP=/tmp sh /tmp/installed > "$scratch/installed.log" 2>&1 ||
		{ cat "$scratch/installed.log"; complain "the installed package does not work"; }
	in_root "$root" script -qec "adsh" /dev/null <<< 'print(6 * 7)' | grep -q 42 || complain "there is no prompt"
	# what an administrator and the jobs leave
	in_root "$root" sh -c 'mkdir -p /etc/adsh/jobs /var/lib/private/adsh/journal /etc/systemd/system/timers.target.wants
		: > /etc/adsh/policy.lua; : > /etc/adsh/jobs/live-migration; ln -s private/adsh /var/lib/adsh
		mkdir -p /var/lib/systemd/timers
		: > /var/lib/private/adsh/journal/1; : > /var/lib/systemd/timers/stamp-adsh@live-migration.timer
		ln -s /usr/lib/systemd/system/adsh@.timer /etc/systemd/system/timers.target.wants/adsh@live-migration.timer'
	in_root "$root" sh -c 'apt-get -q -y purge adsh && apt-get -q -y -o APT::AutoRemove::RecommendsImportant=false \
		-o APT::AutoRemove::SuggestsImportant=false autoremove --purge' > "$scratch/purge.log" 2>&1 ||
		{ cat "$scratch/purge.log"; complain "cannot be purged"; }
	files_of "$root" > "$scratch/after"
	comm -13 "$scratch/before" "$scratch/after" | grep -v -x -e '/etc/systemd.*wants' -e '/etc/systemd\(/system\)\?' -e '/var/lib/private' -e '/var/lib/systemd\(/timers\)\?' > "$scratch/left" || true
	[ ! -s "$scratch/left" ] || { cat "$scratch/left"; complain "left after a purge"; }
	if in_root "$root" dpkg-query -W adsh > /dev/null 2>&1; then complain "dpkg still knows the package"; fi
	rm -rf "$root"
}

test_dependencies() { # of all tests, out of debian/tests/control
	tr '\n' ' ' < debian/tests/control | grep -o 'Depends:[^:]*Restrictions' | tr ',' '\n' |
		sed 's/Depends://; s/Restrictions//; s/|.*//; s/@//' | tr -s ' \n' '\n' | sort -u | grep .
}
autopkgtests() {
	local root
	# shellcheck disable=SC2046  # a list of words
	root=$(copy "$(with tests autopkgtest $(test_dependencies))" tests)
	cp -r "$packages" "$root/packages"
	in_root "$root" net sh -c 'autopkgtest --ignore-restrictions=isolation-machine --output-dir=/packages/out /packages/*.deb /packages/*.dsc -- null' \
		> "$scratch/autopkgtest.log" 2>&1 || { tail -n 60 "$scratch/autopkgtest.log"; complain "its own tests fail"; }
	cat "$root/packages/out/summary" || true
	rm -rf "$root"
}

main() {
	# shellcheck disable=SC2086  # a list of words
	[ $# -gt 0 ] || set -- $suites
	for suite; do
		check_suite "$suite"
		packages=$PWD/${BUILD:-build}/deb/$suite
		bare
		judge twice twice "the same bytes from two places"
		judge lint lint "lintian and blhc"
		judge install install_and_purge "installed, read, purged"
		judge autopkgtest autopkgtests "autopkgtest"
	done
	[ $bad = 0 ] || die "$bad complaints"
}
main "$@"; exit # read whole before it begins: a checkout may change the file
