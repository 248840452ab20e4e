# LDIF of hosts with dNSHostName -> LDIF that delegates each host to every other one for live
# migration, one modify for each pair: what one would write without adsh.
/^dn: / { dn[++n] = $0 }
/^dNSHostName: / { fqdn[n] = $2; short[n] = $2; sub(/\..*/, "", short[n]) }
END {
	migration = "Microsoft Virtual System Migration Service/"
	for (i = 1; i <= n; i++)
		for (j = 1; j <= n; j++) {
			if (i == j)
				continue
			print dn[i] "\nchangetype: modify\nadd: msDS-AllowedToDelegateTo"
			print "msDS-AllowedToDelegateTo: cifs/" fqdn[j]
			print "msDS-AllowedToDelegateTo: cifs/" short[j]
			print "msDS-AllowedToDelegateTo: " migration fqdn[j]
			print "msDS-AllowedToDelegateTo: " migration short[j]
			print "-\n"
		}
}
