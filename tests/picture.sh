#!/bin/bash
# picture.sh   makes examples/audit.png of README.md again: the matrix on two audit pages of a lab, before and after the
# main job, as Chromium shows them.
set -euo pipefail
cd "$(dirname "$0")/.."
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
	{ echo "picture: Chromium is missing; as root: apt-get install chromium" >&2; exit 1; }
LAB_QUIET=1 tests/lab/up.sh --fresh
eval "$(tests/lab/env.sh)"
t=$(mktemp -d "${TMPDIR:-/tmp}/adsh-picture.XXXXXX")
trap 'tests/lab/down.sh; rm -rf "$t"' EXIT
export KRB5CCNAME=FILE:$t/ccache XDG_STATE_HOME=$t/state
adsh() { tests/lab/in.sh cli ./adsh -q --yes "$@" > "$t/out" || { cat "$t/out"; return 1; }; }
tests/lab/in.sh cli kinit -k -t "$LAB_KEYTABS/labadmin.keytab" labadmin

# hosts as people leave them that configure one after the other
cat > "$t/by-hand.lua" <<'END'
local function allow(source, target, mode)
	delegation.allow(source, { "cifs/" .. target, "Microsoft Virtual System Migration Service/" .. target }, { mode = mode })
end
allow("host01", "host02", "any")
allow("host01", "host05", "any")
allow("host02", "host01", "kerberos")
allow("host05", "host01", "any")
delegation.set_mode("host03", "unconstrained")
END
adsh --allow-widening "$t/by-hand.lua"
adsh run audit --group HyperV-Hosts --html "$t/before.html"
adsh run live-migration --group HyperV-Hosts
adsh run audit --group HyperV-Hosts --html "$t/after.html"
cat > "$t/both.html" <<'END'
<!DOCTYPE html><meta charset="utf-8"><style>
body { margin: 0; background: #fff; font: 600 16px system-ui, "DejaVu Sans", sans-serif; color: #1c2430 }
div { float: left; width: 470px } p { margin: 10px 0 0 12px } iframe { border: 0; width: 470px; height: 422px }</style>
<div><p>before</p><iframe src="before.html#matrix" scrolling="no"></iframe></div>
<div><p>after</p><iframe src="after.html#matrix" scrolling="no" style="height: 392px"></iframe></div>
END
"$chromium" --headless --no-sandbox --disable-gpu --hide-scrollbars --allow-file-access-from-files \
	--user-data-dir="$t/chromium" --window-size=940,462 --screenshot="$PWD/examples/audit.png" "file://$t/both.html" 2> "$t/out" ||
	{ cat "$t/out" >&2; exit 1; }
ls -l examples/audit.png
