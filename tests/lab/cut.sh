#!/bin/bash
# cut.sh start BYTES [COMMAND] | stop
#
# Port 3390 of dc1.alpha.test passes LDAP on to port 389 until BYTES came from the clients; then
# COMMAND is run (for example: tests/lab/fault.sh dc1 kill) and nothing is passed any more.
. "$(dirname "$0")/lib.sh"
as_root "$0" "$@"
port=3390
stop() {
	local p; for p in $(node_pids dc1); do
		! tr '\0' ' ' < "/proc/$p/cmdline" 2>/dev/null | grep -q cut_proxy || kill -KILL "$p"
	done
}
case ${1:-} in
stop) stop;;
start)
	stop
	node_spawn cut dc1 "$LAB_HERE/cut_proxy.py" --listen "$(node_ip dc1):$port" --server "$(node_ip dc1):389" \
		--after "${2:?}" --then "${3:-}"
	wait_ports dc1 10 $port;;
*) echo "usage: cut.sh start BYTES [COMMAND] | stop" >&2; exit 2;;
esac
