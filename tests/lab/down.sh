#!/bin/bash
# down.sh [--wipe]   stops the lab, whatever state it is in; --wipe also removes all of LAB_DIR,
# with the cache that makes the next start fast.
. "$(dirname "$0")/lib.sh"
case ${1:-} in ''|--wipe) ;; *) echo "usage: down.sh [--wipe]" >&2; exit 2;; esac
as_root "$0" "$@"
lock
lab_down
rm -rf "$LAB_DIR/nodes"
[ "${1:-}" != --wipe ] || rm -rf "${LAB_DIR:?}"
exit 0
