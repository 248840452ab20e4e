#!/bin/bash
# What a killed run leaves behind never breaks the next one. A lab of its own, beside others.
cd "$(dirname "$0")" || exit 1
. ./lib.sh
if [ "$(id -u)" != 0 ]; then
	echo "needs root, to break things in ways that only root can"
	exit 77
fi
LAB_NS=ad$$- LAB_DIR=$(mktemp -d /var/tmp/adsh-lab-test.XXXXXX) || exit 1
export LAB_CACHE=$LAB_DIR/cache
export LAB_QUIET=1
trap './down.sh; rm -rf "$LAB_DIR"' EXIT
unset KRB5CCNAME

n=0
holds() { # holds NAME cmd...
	local ok=ok name=$1; shift
	"$@" || ok="not ok"
	n=$((n + 1)); echo "$ok $n - $name"
}
rights=''
works() {
	# shellcheck disable=SC2016,SC2086
	$rights ./up.sh && $rights ./in.sh cli sh -c 'kinit -k -t "$LAB_KEYTABS/user01.keytab" user01 &&
		ldapsearch -LLL -Q -Y GSSAPI -H "ldap://$LAB_DC" -b "$LAB_BASE" "(sAMAccountName=user01)" cn' | grep -q '^cn: user01'
}
check() { holds "$1" works; } # check NAME   up.sh works, and what it starts too
killed() { # killed SECONDS cmd...   with all its children
	local secs=$1 pid; shift
	setsid "$@" 2> /dev/null &
	pid=$!
	sleep "$secs"
	kill -KILL -- "-$pid"; wait "$pid"
} 2> /dev/null

killed 1.5 ./up.sh;        check "starts after one killed while provisioning"
killed 0.3 ./up.sh --fresh; check "starts after one killed while restoring"
killed 0.8 ./up.sh --fresh; check "starts after one killed while starting"
killed 0.1 ./down.sh;      check "starts after one killed while stopping"
./fault.sh dc1 kill # they would live on in a namespace without a name
umount "/run/netns/${LAB_NS}dc1"; check "starts over a namespace that is only a file"
./fault.sh dc1 freeze;     check "starts in place of servers that hang"
./fault.sh dc1 kill;       check "starts in place of servers that are dead"
for f in "$LAB_CACHE"/*.gz; do truncate -s 500K "$f"; done
./down.sh;                 check "starts with a snapshot that is cut off"
check "leaves alone what is up and well"
./down.sh
# as root of a container has it
rights="setpriv --bounding-set -sys_admin,-net_admin,-sys_ptrace"
check "starts on the loopback where root cannot make namespaces"
holds "mounts nothing there" test -z "$(grep "$LAB_DIR\|$LAB_NS" /proc/self/mounts)"
$rights ./down.sh
holds "stops there" test -z "$(find /proc/[0-9]*/fd -lname "$LAB_DIR/*" 2> /dev/null)"
lacks() { # a user without rights, and a port that another program has: all of it in one message
	local rights=$1 pattern=$2 out
	out=$($rights env LAB_DIR="$LAB_DIR/other" ../needs.sh demo 2>&1) && return 1
	[[ $out =~ $pattern ]] || { echo "# $out"; return 1; }
}
nobody="setpriv --reuid 65534 --clear-groups"
if $nobody test -r ./lib.sh; then
	holds "a user learns all that is missing" lacks "$nobody" 'not root, and no sudo'.*'cannot be written'
fi
exec 5< <(exec /usr/bin/python3 -c 'import socket, time
s = socket.socket(); s.bind(("'"$(LAB_DIR=$LAB_DIR/other; . ./loopback.sh; node_ip dc1)"'", 3268)); s.listen()
print(flush=True); time.sleep(60)')
server=$!
read -r <&5
holds "a port that is taken is named" lacks "$rights" 'in use: 3268'
kill $server
echo "1..$n"
