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
check() { # check NAME   up.sh works, and what it starts too
	local ok="not ok"
	# shellcheck disable=SC2016
	if ./up.sh && ./in.sh cli sh -c 'kinit -k -t "$LAB_KEYTABS/user01.keytab" user01 &&
		ldapsearch -LLL -Q -Y GSSAPI -H "ldap://$LAB_DC" -b "$LAB_BASE" "(sAMAccountName=user01)" cn' | grep -q '^cn: user01'
	then ok=ok; fi
	n=$((n + 1)); echo "$ok $n - $1"
}
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
echo "1..$n"
