#!/bin/bash
# hyperv_hosts.sh start HOST... | stop      machines for host01, host02.beta.test ...: see hyperv_hosts.py; fs1:PORT:
#                                           a port of fs1 itself
# hyperv_hosts.sh clock HOST SECONDS        its clock is ahead by so much
# hyperv_hosts.sh reject | drop HOST PORT   packets to that port are rejected, or dropped
# hyperv_hosts.sh open                      the end of that
# hyperv_hosts.sh name NAME HOST            clients find that name at the address of HOST; "-": at none
#
# They are at NET.1.40 and on, on fs1, or where there is none on cli; clients find them by /etc/hosts, both ways.
. "$(dirname "$0")/lib.sh"
as_root "$0" "$@"
node=fs1; [ -e "/run/netns/${LAB_NS}fs1" ] || node=cli
names=$(node_dir cli)/hosts clocks=$LAB_DIR/tmp/clocks
address() { [ "$1" != fs1 ] || { node_ip fs1; return; }; local n=${1%%.*}; echo "$NET.1.$((40 + 10#${n#host}))"; }
fqdn() { case $1 in *.*) echo "$1";; *) echo "$1.alpha.test";; esac; }
ipt() { in_node_network "$node" iptables -w 5 "$@"; }
stop() {
	local p; for p in $(node_pids "$node"); do
		! tr '\0' ' ' < "/proc/$p/cmdline" 2>/dev/null | grep -q "hyperv_hosts\.py" || kill -KILL "$p"
	done
	grep -v '# hyperv' "$names" > "$names.new"; cat "$names.new" > "$names" # in place: it is mounted
	ipt -F INPUT
	for a in $(in_node_network "$node" ip -o addr show dev eth0 | grep -o "$NET\.1\.4[0-9]/32"); do
		in_node_network "$node" ip addr del "$a" dev eth0
	done
}
case ${1:-} in
stop) stop;;
start)
	shift; stop; mkdir -p "$LAB_DIR/tmp"; : > "$clocks"; list=
	for h; do
		case $h in *:*) list="$list $(node_ip "${h%:*}"):${h#*:}"; continue;; esac
		a=$(address "$h"); list="$list $a"
		in_node_network "$node" ip addr add "$a/32" dev eth0
		echo "$a $(fqdn "$h") # hyperv" >> "$names"
	done
	# shellcheck disable=SC2086
	node_spawn hyperv "$node" "$LAB_HERE/hyperv_hosts.py" "$clocks" $list
	for _ in $(seq 200); do
		! grep -q ready "$LAB_DIR/log/hyperv.out" 2>/dev/null || exit 0
		sleep 0.05
	done
	die "the machines do not start: $(cat "$LAB_DIR/log/hyperv.out")";;
clock) echo "$(address "$2") $3" > "$clocks";;
reject) ipt -I INPUT -d "$(address "$2")" -p tcp --dport "$3" -j REJECT --reject-with tcp-reset;;
drop) ipt -I INPUT -d "$(address "$2")" -p tcp --dport "$3" -j DROP;;
open) ipt -F INPUT;;
name)
	grep -v "[ .]$2\.alpha" "$names" > "$names.new"
	[ "$3" = - ] || echo "$(address "$3") $(fqdn "$2") # hyperv" >> "$names.new"
	cat "$names.new" > "$names";;
*) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2;;
esac
