# pairs.ldif, one modify for each pair -> one modify for each host
/^dn: / { if ($0 != dn) { if (dn) print "-\n"; dn = $0; print dn "\nchangetype: modify\nadd: msDS-AllowedToDelegateTo" } }
/^msDS-AllowedToDelegateTo: / { print }
END { print "-" }
