#!/bin/bash
# needs.sh demo|peers|test   what this machine lacks for "make demo", "make bench-peers" or all tests: everything at once,
# each with what helps. Says nothing and ends with 0 when nothing is missing or tests/setup.sh can install it.
cd "$(dirname "$0")/.." || exit 1
what=${1:-} asks=''
case $what in
demo) asks="make demo" space=100 lab_space=200 package_space=900;;
peers) asks="make bench-peers" space=100 lab_space=500 package_space=1000;;
test) asks="make check" space=900 lab_space=1500 package_space=2500;;
*) echo "usage: needs.sh demo|peers|test" >&2; exit 2;;
esac
. tests/lab/lib.sh
lacks=()
lack() { lacks+=("$1" "$2"); } # lack WHAT WHAT-HELPS
root=''
if [ "$(id -u)" = 0 ]; then root="as root"
elif sudo -n true 2>/dev/null || { [ -t 0 ] && command -v sudo > /dev/null; }; then root="with sudo"
fi

packages() {
	local miss; miss=$(tests/setup.sh --missing "$what")
	[ -n "$miss" ] || return 0
	if ! command -v apt-get > /dev/null; then
		lack "this is not Debian 12 or 13, so nothing can be installed for you" "install what corresponds to: $miss"
	elif [ -z "$root" ]; then
		lack "missing packages" "as root: apt-get install $miss"
	else
		installing=1
	fi
}
rights() {
	[ -n "$root" ] || lack "not root, and no sudo: the domain controller of the lab needs root" "as root: $asks"
	[ -e /proc/self/mounts ] || lack "/proc is not there" "as root: mount -t proc proc /proc"
}
free_in() { # free_in DIRECTORY MIB WHAT-HELPS
	local dir=$1 free
	while [ ! -d "$dir" ]; do dir=$(dirname "$dir"); done
	free=$(df -Pm "$dir" | awk 'NR == 2 { print $4 }')
	[ "$free" -ge "$2" ] || lack "$1 has $free MiB free, and needs $2" "$3"
}
disk() {
	free_in "$PWD" "$space" "make room, or clone to a larger disk"
	free_in "$LAB_DIR" "$lab_space" "make room, or: LAB_DIR=/path/on/a/larger/disk $asks"
	[ -z "${installing:-}" ] || free_in /var/cache/apt "$package_space" "make room: apt-get clean"
	[ -w . ] || lack "$PWD cannot be written to" "clone to a folder of your own"
}
# Ports of the loopback that are taken. Linux' tables: local address, port and state in hexadecimal
taken() {
	local hex
	hex=$(. tests/lab/loopback.sh; node_ip dc1 | awk -F. '{ printf "%02X%02X%02X%02X", $4, $3, $2, $1 }')
	cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 2>/dev/null | awk -v ip="$hex" '
		BEGIN { split("0035 0058 0087 0185 01BD 01D0 027C 0CC4 0CC5", p); for (i in p) wanted[p[i]] = 1 }
		$4 != "0A" && $4 != "07" { next }
		{ split($2, a, ":") } a[2] in wanted && (a[1] == ip || a[1] ~ /^0+$/) { print a[2] }' |
		sort -u | while read -r port; do printf '%d ' "0x$port"; done
}
ports() { # only without namespaces are they those of the machine
	local ports why
	[ "$root" = "as root" ] && ! why=$(can_separate) || return 0
	[ "$what" = demo ] || lack "$asks needs namespaces, which this machine does not let root make ($why)" \
		"run it on a machine of its own, or in a container with --privileged; \"make demo\" works here"
	[ ! -s "$LAB_DIR/up" ] || return 0 # it is our own lab that has them
	ports=$(taken)
	[ -z "$ports" ] || lack "without namespaces the domain controller needs ports that are in use: $ports" \
		"see whose they are: ss -lntup"
}
packages
rights
disk
ports
[ ${#lacks[@]} != 0 ] || exit 0
echo "$asks cannot run here:" >&2
printf ' - %s\n   %s\n' "${lacks[@]}" >&2
exit 1
