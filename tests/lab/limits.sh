#!/bin/bash
# limits.sh start [option of limits_proxy.py]... | stop
#
# AD's forced limits on port 3389 of dc1.alpha.test: StartTLS with the lab's certificate, simple
# bind. A start replaces the proxy that runs.
. "$(dirname "$0")/lib.sh"
as_root "$0" "$@"
port=3389
stop() {
	local p; for p in $(node_pids dc1); do
		! tr '\0' ' ' < "/proc/$p/cmdline" 2>/dev/null | grep -q limits_proxy || kill -KILL "$p"
	done
}
case ${1:-} in
stop) stop;;
start)
	shift; stop
	tls=$(node_dir dc1)/lib/private/tls
	node_spawn limits dc1 "$LAB_HERE/limits_proxy.py" --listen "$(node_ip dc1):$port" \
		--server dc1.alpha.test:636 --ca "$LAB_DIR/ca/ca.pem" --cert "$tls/cert.pem" --key "$tls/key.pem" "$@"
	wait_ports dc1 10 $port;;
*) echo "usage: limits.sh start [--max-page N] [--max-val N] [--referral DN=URL] [--log FILE] | stop" >&2; exit 2;;
esac
