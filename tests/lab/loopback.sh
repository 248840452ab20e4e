# shellcheck shell=bash
# loopback.sh - the lab on a machine that makes no namespaces, such as a plain container: one domain controller on
# an address of 127.0.0.0/8, and clients beside it. Sourced by lib.sh when $LAB_DIR/loopback is there; up.sh decides.
#
# Nothing is mounted: Samba finds the node's folders by its configuration, and names are looked up in the node's own
# hosts and resolv.conf with libnss-wrapper and libresolv-wrapper. There is no second DC, no second forest and no
# file server besides the DC, and no faults can be made on the way: what needs those is not tested here.
NET=127.$((20 + $(printf %s "$LAB_DIR" | cksum | cut -d ' ' -f 1) % 200)) # labs do not meet

node_ip() {
	case $1 in
	dc1) echo $NET.1.1;; cli) echo $NET.9.1;; sw) echo $NET.0.1;; # sw: nobody is there
	*) die "there is no node $1 on the loopback (dc1 cli)";;
	esac
}
# Samba's compiled-in paths, as they are in the scripts -> those of the node
node_paths() {
	local d; d=$(node_dir "$1")
	sed -e "s,/etc/samba,$d/etc,g; s,/var/lib/samba,$d/lib,g; s,/run/samba,$d/run,g; s,/var/log/samba,$d/log,g"
}
# Without CAP_SYS_ADMIN there are no security.* attributes: access lists of files go to a database
node_conf() { # node_conf NODE   what its smb.conf has besides
	local d; d=$(node_dir "$1")
	printf '\tinterfaces = %s/8\n' "$(node_ip "$1")"
	[ "$1" != cli ] || return 0
	cat <<-E
		private dir = $d/lib/private
		state directory = $d/lib
		cache directory = $d/cache
		lock directory = $d/run
		pid directory = $d/run
		ncalrpc dir = $d/run/ncalrpc
		binddns dir = $d/lib/bind-dns
		ntp signd socket directory = $d/lib/ntp_signd
		winbindd socket directory = $d/run/winbindd
		server services = -nbt
		vfs objects = dfs_samba4 acl_xattr xattr_tdb
		xattr_tdb:file = $d/lib/xattr.tdb
	E
}
node_env() { # what leads a program to the files of a node
	local d dc; d=$(node_dir "$1") dc=$(node_dir dc1)
	export SMB_CONF_PATH=$d/etc/smb.conf KRB5_CONFIG=$d/krb5.conf KRB5CCNAME=${KRB5CCNAME:-FILE:$d/run/ccache}
	export NSS_WRAPPER_HOSTS=$dc/hosts RESOLV_WRAPPER_CONF=$dc/resolv.conf
	# libwbclient believes in another folder of winbindd's only where libnss-wrapper stands in for all of these
	export NSS_WRAPPER_PASSWD=/etc/passwd NSS_WRAPPER_GROUP=/etc/group SELFTEST_WINBINDD_SOCKET_DIR=$d/run/winbindd
	export LD_PRELOAD=libnss_wrapper.so:libresolv_wrapper.so
}
few_ids() { [ "$(awk '{ n += $3 } END { print (n < 4000000) }' /proc/self/uid_map)" = 1 ]; }
node_exec() {
	local node=$1 args=() a; shift
	[ -d "$(node_dir "$node")" ] || die "node $node is not up (tests/lab/up.sh)"
	for a; do
		[ "$a" != samba-tool ] || ! few_ids || args+=("$LAB_HERE/few_ids.py")
		args+=("$(printf '%sx' "$a" | node_paths "$node")"); args[-1]=${args[-1]%x}
	done
	node_env "$node"
	exec "${args[@]}"
}
node_pids() { # the daemons: what has a file of the node open, other than a client
	local d; d=$(node_dir "$1")
	find /proc/[0-9]*/fd \( -lname "$d/*" -o -lname "$LAB_DIR/log/$1.out" \) -printf '%h\n' 2>/dev/null |
		cut -d/ -f3 | sort -un
}
in_node_network() { shift; "$@"; }
net_up() { :; }
dns_up() { :; }
lab_down() {
	rm -f "$LAB_DIR/up"
	node_kill dc1
}
