#!/bin/bash
# windows.sh start ACTS CORPUS | stop
#
# Port 4466 of fs1.alpha.test is a file server like those of Windows: see windows_smb.py.
. "$(dirname "$0")/lib.sh"
as_root "$0" "$@"
port=4466
stop() {
	local p; for p in $(node_pids fs1); do
		! tr '\0' ' ' < "/proc/$p/cmdline" 2>/dev/null | grep -q windows_smb || kill -KILL "$p"
	done
}
case ${1:-} in
stop) stop;;
start)
	stop
	node_spawn windows fs1 "$LAB_HERE/windows_smb.py" --listen "$(node_ip fs1):$port" \
		--acts "${2:?}" --corpus "${3:?}"
	wait_ports fs1 10 $port;;
*) echo "usage: windows.sh start ACTS CORPUS | stop" >&2; exit 2;;
esac
