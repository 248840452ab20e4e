#!/bin/bash
# unordered.sh start [option of unordered_proxy.py]... | stop
#
# Port 3391 of dc1.alpha.test answers modifies in another order: StartTLS with the lab's certificate, simple bind. A
# start replaces the proxy that runs.
. "$(dirname "$0")/lib.sh"
as_root "$0" "$@"
port=3391
stop() {
	local p; for p in $(node_pids dc1); do
		! tr '\0' ' ' < "/proc/$p/cmdline" 2>/dev/null | grep -q unordered_proxy || kill -KILL "$p"
	done
}
case ${1:-} in
stop) stop;;
start)
	shift; stop
	tls=$(node_dir dc1)/lib/private/tls
	node_spawn unordered dc1 "$LAB_HERE/unordered_proxy.py" --listen "$(node_ip dc1):$port" \
		--server dc1.alpha.test:636 --ca "$LAB_DIR/ca/ca.pem" --cert "$tls/cert.pem" --key "$tls/key.pem" "$@"
	wait_ports dc1 10 $port;;
*) echo "usage: unordered.sh start [--act WORDS] [--refuse TEXT] | stop" >&2; exit 2;;
esac
