#!/bin/bash
# hostile.sh start FAULTS | stop
#
# Port 4455 of fs1.alpha.test is its file server with faults: see hostile_proxy.py.
. "$(dirname "$0")/lib.sh"
as_root "$0" "$@"
port=4455
stop() {
	local p; for p in $(node_pids fs1); do
		! tr '\0' ' ' < "/proc/$p/cmdline" 2>/dev/null | grep -q hostile_proxy || kill -KILL "$p"
	done
}
case ${1:-} in
stop) stop;;
start)
	stop
	node_spawn hostile fs1 "$LAB_HERE/hostile_proxy.py" --listen "$(node_ip fs1):$port" \
		--server "$(node_ip fs1):445" --faults "${2:?}"
	wait_ports fs1 10 $port;;
*) echo "usage: hostile.sh start FAULTS | stop" >&2; exit 2;;
esac
