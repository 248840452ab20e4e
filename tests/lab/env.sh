#!/bin/bash
# env.sh   prints the variables tests need, for: eval "$(tests/lab/env.sh)"
. "$(dirname "$0")/lib.sh"
put() { printf 'export %s=%q\n' "$1" "$2"; }
put LAB_HERE "$LAB_HERE"
put LAB_DIR "$LAB_DIR"
put LAB_NS "$LAB_NS"
put LAB_CACHE "$LAB_CACHE"
put LAB_PASS "$LAB_PASS"
put LAB_REALM ALPHA.TEST
put LAB_DOMAIN alpha.test
put LAB_BASE DC=alpha,DC=test
put LAB_DC dc1.alpha.test
put LAB_DC_IP "$(node_ip dc1)"
put LAB_CA "$LAB_DIR/ca/ca.pem"
put LAB_OTHER_CA "$LAB_DIR/ca/other.pem"
put LAB_KEYTABS "$LAB_DIR/keytabs/ALPHA.TEST"
put LAB_SAMBA_VERSION "$(samba_version)"
put KRB5_CONFIG "$LAB_DIR/nodes/cli/krb5.conf"
