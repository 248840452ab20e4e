#!/bin/bash
# up.sh [--forests 1|2] [--dcs 1|2] [--member] [--fresh]
# up.sh --loopback [--fresh]
#
# Starts the lab, seeded (see seed.sh): forest alpha.test with dc1.alpha.test; --forests 2 adds
# beta.test (dc1.beta.test, node dcb) and a two-way forest trust, --dcs 2 a second DC of
# alpha.test (dc2), --member the joined file server fs1.alpha.test. Clients run as the node cli:
#     tests/lab/in.sh cli kinit Administrator
# --loopback: without namespaces, only dc1, see loopback.sh. It is taken without being asked for where
# root may not make namespaces and dc1 is all that is wanted.
#
# A lab of this shape that is up and answers stays as it is; anything else that is left over is
# stopped, and the lab starts from a snapshot made once per Samba version, LAB_PASS and version of
# these scripts. --fresh always starts from the snapshot.
. "$(dirname "$0")/lib.sh"
forests=1 dcs=1 member='' fresh='' loopback='' all=("$@")
usage() { echo "usage: up.sh [--forests 1|2] [--dcs 1|2] [--member] [--loopback] [--fresh]" >&2; exit 2; }
while [ $# -gt 0 ]; do
	case $1 in
	--forests) forests=${2:-}; shift;;
	--dcs) dcs=${2:-}; shift;;
	--member) member=1;;
	--loopback) loopback=1;;
	--fresh) fresh=1;;
	*) usage;;
	esac
	shift
done
nodes=dc1
[ "$dcs" != 2 ] || nodes+=" dc2"
[ "$forests" != 2 ] || nodes+=" dcb"
[ -z "$member" ] || nodes+=" fs1"
[ -z "$loopback" ] || [ "$nodes" = dc1 ] || usage
as_root "$0" "${all[@]}"
[ -n "$loopback" ] || why=$(can_separate) || {
	[ "$nodes" = dc1 ] || die "this machine does not let root make namespaces: $why"
	loopback=1
}
for c in smbd samba-tool openssl ${loopback:-dnsmasq nsenter ip}; do
	[ "$c" = 1 ] || command -v "$c" > /dev/null || die "$c is missing: run tests/setup.sh"
done
lock
mkdir -p "$LAB_DIR/log" "$LAB_CACHE"
if [ -n "$loopback" ] && [ ! -e "$LAB_DIR/loopback" ]; then
	lab_down
	[ -n "${LAB_QUIET:-}" ] || echo "lab: without namespaces: ${why:-as asked for}" >&2
	touch "$LAB_DIR/loopback"
	. "$LAB_HERE/loopback.sh"
elif [ -z "$loopback" ] && [ -e "$LAB_DIR/loopback" ]; then
	lab_down
	rm "$LAB_DIR/loopback"
	. "$LAB_HERE/lib.sh"
fi

key=$({ cat "$LAB_HERE"/{lib,up,sharecmd,loopback}.sh "$LAB_HERE"/seed.py; samba_version; echo "$LAB_PASS ${loopback:+in $LAB_DIR}"; } |
	sha256sum | cut -c 1-12)
snapshot() { echo "$LAB_CACHE/$key-${1// /+}.tar.gz"; } # snapshot NODES

# --- making a forest ---------------------------------------------------------
smb_conf_shares() { # smb_conf_shares NODE   remote share administration; a change of only the descriptor needs no command
	cat <<-'E'
		add share command = /etc/samba/sharecmd.sh add
		change share command = /etc/samba/sharecmd.sh change
		delete share command = /etc/samba/sharecmd.sh delete
		usershare max shares = 0
		load printers = no
		printcap name = /dev/null
		disable spoolss = yes
		interfaces = lo eth0
		bind interfaces only = yes
		logging = file
		log file = /var/log/samba/log.%m
		max log size = 20000
		log level = 1
	E
	node_conf "$1"
	cat <<-'E'
	[data]
		path = /var/lib/samba/data
		read only = no
	E
}
smb_conf_dc() {
	cat <<-E
	[global]
		netbios name = $(node_host "$1" | tr "[:lower:]" "[:upper:]")
		realm = $(node_realm "$1")
		workgroup = $(node_group "$1")
		server role = active directory domain controller
	$(! samba_ge 4.19 || echo "	ad dc functional level = 2016")
		dns forwarder = $(node_ip sw)
		prefork backoff increment = 0
		idmap_ldb:use rfc2307 = yes
	$(smb_conf_shares "$1")
	[sysvol]
		path = /var/lib/samba/sysvol
		read only = no
	[netlogon]
		path = /var/lib/samba/sysvol/$(node_domain "$1")/scripts
		read only = no
	include = /etc/samba/shares.conf
	E
}
smb_conf_member() {
	cat <<-E
	[global]
		netbios name = FS1
		realm = ALPHA.TEST
		workgroup = ALPHA
		security = ads
		server role = member server
		kerberos method = secrets and keytab
		dedicated keytab file = /var/lib/samba/private/fs1.keytab
		winbind use default domain = no
		idmap config * : backend = autorid
		idmap config * : range = 1000000-19999999
		vfs objects = acl_xattr
		map acl inherit = yes
		store dos attributes = yes
	$(smb_conf_shares "$1")
	include = /etc/samba/shares.conf
	E
}
logged() { # logged NAME cmd...   output goes to a log, its end is shown on failure
	local log=$LAB_DIR/log/$1.log; shift
	"$@" >> "$log" 2>&1 < /dev/null || { tail -n 5 "$log" >&2; echo "lab: failed: $*; see $log" >&2; return 1; }
}
openssl_key() { openssl "$@" -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256; }
tls_ca() { # tls_ca NAME SUBJECT
	local ca=$LAB_DIR/ca/$1
	[ ! -s "$ca.pem" ] || return 0
	mkdir -p "$LAB_DIR/ca"
	logged tls openssl_key req -x509 -days 3650 -subj "/CN=$2" -addext basicConstraints=critical,CA:TRUE \
		-addext keyUsage=critical,keyCertSign,cRLSign -keyout "$ca.key" -out "$ca.pem"
}
tls_certs() { # the node's certificate, with the names clients use; other.pem signed nothing
	local dir host; dir=$(node_dir "$1")/lib/private/tls host=$(node_host "$1").$(node_domain "$1")
	tls_ca ca "lab CA" && tls_ca other "another CA" || return 1
	mkdir -p "$dir"; chmod 700 "$dir"
	printf 'subjectAltName=DNS:%s,DNS:%s,IP:%s\nextendedKeyUsage=serverAuth\n' \
		"$host" "$(node_domain "$1")" "$(node_ip "$1")" > "$dir/ext"
	logged tls openssl_key req -subj "/CN=$host" -keyout "$dir/key.pem" -out "$dir/req.pem" &&
	logged tls openssl x509 -req -in "$dir/req.pem" -CA "$LAB_DIR/ca/ca.pem" -CAkey "$LAB_DIR/ca/ca.key" \
		-CAcreateserial -days 3650 -sha256 -extfile "$dir/ext" -out "$dir/cert.pem" || return 1
	cp "$LAB_DIR/ca/ca.pem" "$dir/ca.pem"
	chmod 600 "$dir/key.pem"
}
provision() { # provision NODE   a forest's first DC, seeded, not started yet
	local n=$1 d base level='' log=provision-$1
	d=$(node_dir "$n") base=DC=$(node_domain "$n" | sed 's/\./,DC=/g')
	! samba_ge 4.19 || level="--function-level=2016 --base-schema=2019"
	node_files "$n"
	smb_conf_dc "$n" | node_paths "$n" > "$d/etc/smb.conf"
	# shellcheck disable=SC2086
	logged "$log" node_run "$n" timeout 300 samba-tool domain provision --realm="$(node_realm "$n")" \
		--domain="$(node_group "$n")" --server-role=dc --dns-backend=SAMBA_INTERNAL \
		--adminpass="$LAB_PASS" --use-rfc2307 --host-name="$(node_host "$n")" \
		--host-ip="$(node_ip "$n")" $level &&
	logged "$log" node_run "$n" samba-tool domain passwordsettings set --complexity=off \
		--min-pwd-length=1 --history-length=0 --min-pwd-age=0 --max-pwd-age=0 || return 1
	# Samba's schema lets nobody write this attribute over LDAP; Windows' does
	cat > "$d/run/rbcd.ldif" <<-E
	dn: CN=ms-DS-Allowed-To-Act-On-Behalf-Of-Other-Identity,CN=Schema,CN=Configuration,$base
	changetype: modify
	replace: systemOnly
	systemOnly: FALSE
	-
	E
	logged "$log" node_run "$n" ldbmodify -H /var/lib/samba/private/sam.ldb \
		--option="dsdb:schema update allowed=true" /run/samba/rbcd.ldif || return 1
	# Domain Admins may administer shares; at first only Administrator can, as root
	local sid; sid=$(grep -o 'S-1-5-21[0-9-]*' "$LAB_DIR/log/$log.log" | tail -n 1)
	printf 'dn: sid=%s-512\nobjectSid: %s-512\nprivilege: SeDiskOperatorPrivilege\n' "$sid" "$sid" \
		> "$d/run/privilege.ldif"
	logged "$log" node_run "$n" ldbadd -H /var/lib/samba/private/privilege.ldb /run/samba/privilege.ldif &&
	# else the DC adds its ldap/ names some seconds after its first start
	register_spns "$n" "$log" && tls_certs "$n" && logged "$log" seed_node "$n"
}

register_spns() { # register_spns NODE LOG   the DC does the same by itself some time: then it fails once
	logged "$2" node_run "$1" samba_spnupdate || { sleep 1; logged "$2" node_run "$1" samba_spnupdate; }
}

# --- joining ----------------------------------------------------
admin() { echo "Administrator@$1%$LAB_PASS"; }
trust() {
	logged trust node_run dc1 timeout 120 samba-tool domain trust create beta.test --type=forest \
		--direction=both --create-location=both -U "$(admin BETA.TEST)"
}
join_dc2() {
	local d; d=$(node_dir dc2)
	node_files dc2
	smb_conf_dc dc2 > "$d/etc/smb.conf"
	printf 'search alpha.test\nnameserver %s\n' "$(node_ip dc1)" > "$d/resolv.conf"
	logged join-dc2 node_run dc2 timeout 200 samba-tool domain join alpha.test DC \
		--dns-backend=SAMBA_INTERNAL --option="interfaces=lo eth0" -U "$(admin ALPHA.TEST)" &&
	tls_certs dc2
}
publish_dc2() { # else its names and records reach dc1 after a minute or later
	local part
	register_spns dc2 join-dc2 && logged join-dc2 node_run dc2 samba_dnsupdate || return 1
	for part in DC=alpha,DC=test CN=Configuration,DC=alpha,DC=test DC=DomainDnsZones,DC=alpha,DC=test \
		DC=ForestDnsZones,DC=alpha,DC=test
	do
		logged join-dc2 node_run dc2 samba-tool drs replicate dc1.alpha.test dc2.alpha.test "$part" \
			-U "$(admin ALPHA.TEST)" || return 1
	done
}
join_fs1() {
	node_files fs1
	smb_conf_member fs1 > "$(node_dir fs1)/etc/smb.conf"
	logged join-fs1 node_run fs1 timeout 60 net ads join -U "$(admin ALPHA.TEST)" --no-dns-updates &&
	logged join-fs1 node_run dc1 samba-tool dns add 127.0.0.1 alpha.test fs1 A "$(node_ip fs1)" \
		-U "$(admin ALPHA.TEST)"
}
grant_fs1() {
	logged join-fs1 node_run fs1 timeout 30 net rpc rights grant 'ALPHA\Domain Admins' \
		SeDiskOperatorPrivilege -S "$(node_ip fs1)" -U "ALPHA\\Administrator%$LAB_PASS"
}

# --- snapshots ---------------------------------------------------------------
save() { # save NODES   what is on disk, under its final name only when complete
	local tar; tar=$(snapshot "$1")
	# shellcheck disable=SC2046,SC2086  # a list of words
	tar --create --gzip --sparse --acls --xattrs --xattrs-include='*' --warning=no-file-ignored \
		--exclude='nodes/*/run/*' --exclude='nodes/*/log/*' -C "$LAB_DIR" --file "$tar.new" \
		ca keytabs $(printf 'nodes/%s ' $1) && mv "$tar.new" "$tar"
}
restore() { # restore NODES
	tar --extract --gzip --acls --xattrs --xattrs-include='*' -C "$LAB_DIR" --file "$(snapshot "$1")"
}
network() { net_up "$@" && dns_up; }
first_dc() { # the one-forest snapshot, on which all others are built
	! { [ -s "$(snapshot dc1)" ] && restore dc1; } || return 0
	rm -rf "$(snapshot dc1)" "$LAB_DIR"/{nodes,keytabs,ca}
	step "provision dc1" provision dc1 && step "snapshot dc1" save dc1
}
build() { # whole topology, made step by step and kept for the next time; a lab that waited takes it
	exec 7> "$LAB_CACHE/lock"
	flock -w 600 $BUILD_LOCK || die "another run holds $LAB_CACHE/lock"
	[ ! -s "$(snapshot "$nodes")" ] || return 0
	first_dc || return 1
	[ "$nodes" != dc1 ] || { rm -rf "$LAB_DIR"/{nodes,keytabs,ca}; return 0; }
	node_files cli
	case $nodes in *dcb*) step "provision dcb" provision dcb || return 1;; esac
	local n
	step "start dc1" node_start dc1 || return 1
	case $nodes in *dcb*)
		step "start dcb" node_start dcb && step "forest trust" trust || return 1;;
	esac
	case $nodes in *dc2*)
		step "join dc2" join_dc2 && step "start dc2" node_start dc2 &&
		step "publish dc2" publish_dc2 || return 1;;
	esac
	case $nodes in *fs1*)
		step "join fs1" join_fs1 && step "start fs1" node_start fs1 && step "grant fs1" grant_fs1 || return 1;;
	esac
	for n in $nodes; do step "stop $n" node_stop "$n" || return 1; done
	step "snapshot" save "$nodes" && rm -rf "$LAB_DIR"/{nodes,keytabs,ca}
}

# --- is it up? ---------------------------------------------------------------
answers() {
	[ "$(cat "$LAB_DIR/up" 2>/dev/null)" = "$key $nodes" ] || return 1
	local n
	for n in $nodes; do
		[ -n "$(node_pids "$n")" ] || return 1
		[ "$n" != fs1 ] || { wait_ports fs1 2 445 2>/dev/null || return 1; continue; }
		node_run cli timeout 3 ldapsearch -x -LLL -o nettimeout=2 -H "ldap://$(node_ip "$n")" \
			-s base -b '' dnsHostName > /dev/null 2>&1 || return 1
	done
}
if [ -z "$fresh" ] && answers; then exit 0; fi

lab_down
rm -rf "$LAB_DIR"/{nodes,keytabs,ca}
find "$LAB_CACHE" -name '*.gz*' ! -name "$key-*" -mmin +1440 -delete # of other scripts or another Samba
rm -f "$LAB_DIR"/log/*
# shellcheck disable=SC2086
step "network" network $nodes cli || die "cannot make the network namespaces"
if ! { [ -s "$(snapshot "$nodes")" ] && step "restore" restore "$nodes"; }; then
	rm -rf "$(snapshot "$nodes")" "$LAB_DIR"/{nodes,keytabs,ca}
	build && exec 7>&- && step "restore" restore "$nodes" || exit 1
fi
node_files cli
for n in $nodes; do step "start $n" node_start "$n" || exit 1; done
[ -z "${LAB_UID:-}" ] || chown -R "$LAB_UID" "$LAB_DIR/keytabs" "$LAB_DIR/nodes/cli/run"
echo "$key $nodes" > "$LAB_DIR/up"
