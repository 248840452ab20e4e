#!/bin/bash
# fault.sh NODE FAULT      faults for tests; every one can be undone
#   freeze | thaw             STOP, CONT for every process of the node
#   freeze-ldap | thaw-ldap   the same for its LDAP server
#   freeze-replication | thaw-replication   it hears of nothing that other nodes write
#   kill-ldap                 KILL of the LDAP workers; the server starts new ones
#   kill-rpc                  KILL of smbd's RPC workers, if there are any; it starts new ones
#   kill | start              KILL of the whole node; starts it again on what is on its disk
#   cut | mend                the node's cable
#   drop PORT | reject PORT | unblock   packets to that TCP port are dropped, or reset
#   refuse NODE               what comes from that node is rejected; unblock ends it
#   slow KBIT | fast          the node sends at most KBIT kbit/s
. "$(dirname "$0")/lib.sh"
[ $# -ge 2 ] || { sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2; }
as_root "$0" "$@"
node=$1 fault=$2 arg=${3:-}

pids() { # pids [PATTERN]   of the node's processes, those with PATTERN in the command line
	local p words; for p in $(node_pids "$node"); do
		# without a process for each: a fault has to come while the run goes on
		mapfile -d '' -t words 2>/dev/null < "/proc/$p/cmdline" && [[ "${words[*]}" =~ ${1:-} ]] && echo "$p"
	done
}
# shellcheck disable=SC2046
signal() { kill "-$1" $(pids "${2:-}"); }
ipt() { in_node_network "$node" iptables -w 5 "$@"; }
case $fault in
freeze)      signal STOP;;
thaw)        signal CONT;;
freeze-ldap) signal STOP 'task\[ldap\]';;
thaw-ldap)   signal CONT 'task\[ldap\]';;
freeze-replication) signal STOP 'task\[drepl\]';;
thaw-replication)   signal CONT 'task\[drepl\]';;
kill-ldap)   signal KILL 'task\[ldap\] pre-forked worker';;
kill-rpc)    mapfile -t found < <(pids rpcd_classic); [ ${#found[@]} = 0 ] || kill -KILL "${found[@]}";;
kill)        node_kill "$node";;
start)       node_start "$node";;
cut)         in_node_network sw ip link set "p-$node" down;;
mend)        in_node_network sw ip link set "p-$node" up;;
drop)        ipt -I INPUT -p tcp --dport "$arg" -j DROP;;
reject)      ipt -I INPUT -p tcp --dport "$arg" -j REJECT --reject-with tcp-reset;;
refuse)      ipt -I INPUT -s "$(node_ip "$arg")" -j REJECT;;
unblock)     ipt -F INPUT;;
slow)        in_node_network "$node" tc qdisc replace dev eth0 root tbf rate "${arg}kbit" burst 4kb latency 800ms;;
fast)        in_node_network "$node" tc qdisc del dev eth0 root;;
*)           die "unknown fault $fault";;
esac
