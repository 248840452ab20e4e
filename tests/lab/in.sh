#!/bin/bash
# in.sh NODE cmd...   runs a command as a node of the lab (cli dc1 dc2 dcb fs1), in the current
# directory and with the variables of env.sh. Client commands run as the caller.
. "$(dirname "$0")/lib.sh"
[ $# -ge 2 ] || { echo "usage: in.sh NODE cmd..." >&2; exit 2; }
as_root "$0" "$@"
node=$1; shift
ccache=${KRB5CCNAME:-}
eval "$("$LAB_HERE/env.sh")"
[ -z "$ccache" ] || export KRB5CCNAME=$ccache
if [ "$node" = cli ] && [ -n "${LAB_UID:-}" ]; then
	set -- setpriv --reuid "$LAB_UID" --regid "$LAB_GID" --init-groups "$@"
fi
node_exec "$node" "$@"
