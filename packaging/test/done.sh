#!/bin/bash
# Everything that an administrator is promised, one after the other, with the
# Debian package in clean roots: installed and started by one command, TLS on,
# the first administrator with a second factor, an account of a real OpenLDAP
# server that lands in its group, a sample analysed, a backup while people work,
# its restoration in another clean root, compared byte for byte, faults planted
# there and all found by the doctor; last, that nobody reaches what is not theirs.
#
#   packaging/test/done.sh PACKAGE.deb
#
# machine.sh beside it makes the roots, boots them where that can be, and has the
# variables. slapd is this machine's, with files and a certificate of its own, on
# the network of the root. Further variables: GO. It needs root.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck disable=SC2034 # machine.sh uses it
test='test of the whole'
# shellcheck source=machine.sh
. "$here/machine.sh"
needs slapd slapd
needs openssl openssl
[ $# -eq 1 ] || { echo "usage: $0 PACKAGE.deb" >&2; exit 2; }
package=$(realpath "$1")
: "${GO:=go}"
(cd "$here/../.." && "$GO" build -o "$WORK/plant" packaging/test/plant.go)

# A mark is something that was promised; what it took stands in the table at the
# end. What fails ends the test, so a mark that is in the table was reached.
marks=() marked=$SECONDS
mark() {
	step "$*"
	marks+=("$(printf '%4d s  %s' $((SECONDS - marked)) "$*")")
	marked=$SECONDS
}

# --- the directory ---

directory=$WORK/directory slapd=''
make_directory() {
	rm -rf "$directory"
	mkdir -p "$directory/db"
	(
		cd "$directory"
		key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
		openssl req -x509 "${key[@]}" -keyout ca.key -out ca.pem -days 2 -subj '/CN=Laboratory CA'
		openssl req "${key[@]}" -keyout key.pem -out cert.csr -subj '/CN=127.0.0.1'
		openssl x509 -req -in cert.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out cert.pem -extfile <(echo subjectAltName=IP:127.0.0.1)
	) 2>/dev/null
	cat >"$directory/slapd.conf" <<-END
		include /etc/ldap/schema/core.schema
		include /etc/ldap/schema/cosine.schema
		include /etc/ldap/schema/inetorgperson.schema
		modulepath /usr/lib/ldap
		moduleload back_mdb
		pidfile $directory/slapd.pid
		TLSCACertificateFile $directory/ca.pem
		TLSCertificateFile $directory/cert.pem
		TLSCertificateKeyFile $directory/key.pem
		security tls=1
		database mdb
		maxsize 8388608
		suffix "dc=lab,dc=test"
		rootdn "cn=root,dc=lab,dc=test"
		directory $directory/db
		access to attrs=userPassword by anonymous auth by * none
		access to * by users read by anonymous auth
	END
	slapadd -f "$directory/slapd.conf" <<-END
		dn: dc=lab,dc=test
		objectClass: dcObject
		objectClass: organization
		o: Laboratory
		dc: lab

		dn: cn=vidjil,dc=lab,dc=test
		objectClass: organizationalRole
		objectClass: simpleSecurityObject
		cn: vidjil
		userPassword: who searches

		dn: ou=people,dc=lab,dc=test
		objectClass: organizationalUnit
		ou: people

		dn: uid=ada,ou=people,dc=lab,dc=test
		objectClass: inetOrgPerson
		uid: ada
		cn: Ada Byron
		sn: Byron
		mail: ada@lab.test
		userPassword: the password of ada

		dn: ou=groups,dc=lab,dc=test
		objectClass: organizationalUnit
		ou: groups

		dn: cn=haematology,ou=groups,dc=lab,dc=test
		objectClass: groupOfNames
		cn: haematology
		member: uid=ada,ou=people,dc=lab,dc=test
	END
}
start_directory() {
	# The shell becomes the program, which so can be ended by its number.
	(PATH=$PATH:/usr/sbin beside_exec slapd -d 0 -f "$directory/slapd.conf" -h ldap://127.0.0.1:3890 >"$directory/log" 2>&1) &
	slapd=$!
	until_true 10 beside bash -c 'exec 3<>/dev/tcp/127.0.0.1/3890'
}
stop_directory() {
	[ -n "$slapd" ] || return 0
	kill "$slapd"
	wait "$slapd" || true
	slapd=''
}
ends+=(stop_directory)

directory_settings() {
	setting directory.ldap url '"ldap://127.0.0.1:3890"'
	setting directory.ldap ca_file '"/etc/vidjil/directory-ca.pem"'
	setting directory.ldap bind_dn '"cn=vidjil,dc=lab,dc=test"'
	setting directory.ldap bind_password '"who searches"'
	setting directory.ldap base_dn '"ou=people,dc=lab,dc=test"'
	setting directory.ldap group_base_dn '"ou=groups,dc=lab,dc=test"'
	printf '\n[directory.ldap.groups]\nhaematology = "Haematology"\n' | inside sh -c 'cat >>/etc/vidjil/vidjil.toml'
	cp "$directory/ca.pem" "$root/etc/vidjil/directory-ca.pem"
	chmod 644 "$root/etc/vidjil/directory-ca.pem"
	inside vidjil config check --config /etc/vidjil/vidjil.toml >/dev/null
}

# --- people ---

# code SECRET: of now, of a second factor (RFC 6238, six digits).
code() {
	local key mac at
	key=$(printf %s "$1" | base32 -d | od -An -v -tx1 | tr -d ' \n')
	# shellcheck disable=SC2059 # the format is the bytes of the count of half minutes
	mac=$(printf "$(printf %016x $(($(date +%s) / 30)) | sed 's/../\\x&/g')" | openssl dgst -sha1 -mac HMAC -macopt "hexkey:$key" | sed 's/.* //')
	at=$((0x${mac:39:1} * 2))
	printf '%06d' $(((0x${mac:at:8} & 0x7fffffff) % 1000000))
}
admin_password='a staple for the test of the whole' secret='' used=''
other_code() { [ "$(code "$secret")" != "$used" ]; }
sign_in_admin() {
	until_true 31 other_code # a code is good once
	used=$(code "$secret")
	visitor='admin' ask POST /session "{\"email\":\"root@example.org\",\"password\":\"$admin_password\",\"code\":\"$used\"}"
}
sign_in_ada() { visitor='ada' ask POST /session '{"email":"ada","password":"the password of ada"}'; }

set_up() {
	until_true 30 well
	until_true 10 has_setup_token
	ask POST /setup "{\"token\":\"$(setup_token)\",\"email\":\"root@example.org\",\"name\":\"Root\",\"password\":\"$admin_password\"}" >/dev/null
	secret=$(ask POST /me/totp "{\"password\":\"$admin_password\"}" | first secret)
	used=$(code "$secret")
	ask POST /me/totp/confirm "{\"code\":\"$used\"}" >/dev/null
	group=$(ask POST /groups '{"name":"Haematology"}' | first id)
	ask PUT "/groups/$group/rights" '{"rights":["set:create","set:read","set:edit","set:upload","set:run","set:save","set:anon"]}' >/dev/null
}

# --- TLS ---

tls() {
	local said shown
	said=$(journal | sed -n 's/.*SHA-256 fingerprint //p' | tail -n 1)
	shown=$(beside openssl s_client -connect 127.0.0.1:8443 </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256 | cut -d = -f 2)
	[ -n "$said" ] && [ "$said" = "$shown" ] || fail "the journal says $said, the connection shows $shown"
	ask GET /session | grep -q '"user"' || fail "not signed in with that certificate"
	! inside curl --silent "https://$name:8443/" >/dev/null || fail "trusted without the certificate"
	# Who comes without TLS is told so, or sent on, and sees nothing.
	local plain
	plain=$(inside curl --silent --output /dev/null --write-out '%{http_code}' "http://$name:8443/api/v1/session" || true)
	[ "$plain" = 400 ] || fail "in plain text: $plain"
	plain=$(inside curl --silent --output /dev/null --write-out '%{http_code} %{redirect_url}' "http://$name:8080/api/v1/session")
	[ "$plain" = "308 https://$name:8443/api/v1/session" ] || fail "to the plain port: $plain"
}

# --- a sample ---

analyse() {
	sign_in_ada >/dev/null
	visitor='ada'
	ask POST /sets "{\"rows\":[{\"kind\":\"patient\",\"first_name\":\"Grace\",\"last_name\":\"Hopper\",\"group_id\":$group}]}" >/dev/null
	ask POST /me/tokens '{"name":"test","scopes":["read","write","upload"]}' | first text | inside sh -c 'umask 077; cat >/root/token'
	inside vidjil upload --server "https://$name:8443" --token-file /root/token --ca /var/lib/vidjil/tls/cert.pem --set 1 --yes demo.fastq.gz >/dev/null
	ask POST /runs '{"set_ids":[1],"config_id":2}' >/dev/null
	until_true 60 analysed
	local clonotype
	clonotype=$(ask GET '/sets/1/fused/export?config_id=2' | gzip -cdf | tr -d ' \n' | grep -oE '"id":"[ACGT]+"' | sed -n '1s/.*:"\(.*\)"/\1/p')
	[ -n "$clonotype" ] || fail "no clonotype"
	ask PUT /sets/1/annotation "{\"note\":\"first\",\"body\":{\"clonotypes\":[{\"id\":\"$clonotype\",\"name\":\"leukaemic\"}]}}" 'If-Match: "0"' | grep -q leukaemic
}
analysed() { ask GET '/sets/1/fused?config_id=2' | grep '"state":"fresh"' | grep -q '"reads":2700,"recombined":2[34]'; } # of the 2,700 reads of the sample

# Others go on to work while a backup is made.
work_on() {
	visitor='busy'
	cp "$root/root/jar-ada" "$root/root/jar-busy"
	while ask POST /sets "{\"rows\":[{\"kind\":\"patient\",\"first_name\":\"Busy\",\"last_name\":\"Writer\",\"group_id\":$group}]}" >/dev/null 2>&1; do
		echo >>"$WORK/written"
	done
}
written() { wc -l <"$WORK/written"; }
more_written() { [ "$(written)" -gt "$1" ]; }

# downloads FOLDER: all that people get of the sample, one file each.
downloads() {
	local path n=0 file
	rm -rf "$1"
	mkdir -p "$1"
	visitor='ada'
	local paths=('/sets/1' '/sets/1/samples' '/samples/1' '/samples/1/results' '/results/1' '/sets/1/annotation' '/sets/1/annotation/versions' '/sets/1/annotation/export'
		'/sets/1/fused?config_id=2' '/sets/1/fused/counts.arrow?config_id=2' '/sets/1/fused/clones.arrow?config_id=2'
		'/sets/1/fused/export?config_id=2&format=vidjil' '/sets/1/fused/export?config_id=2&format=airr' '/results/1/fused/export?format=vidjil' '/files/1/content')
	# Outputs beside the result, where the config makes some.
	for file in $(ask GET /results/1 | grep -oE '\{[^{}]*"media_type"[^{}]*\}' | grep -oE '"name":"[^"]+"' | cut -d '"' -f 4 || true); do
		paths+=("/results/1/files/$file")
	done
	for path in "${paths[@]}"; do
		n=$((n + 1))
		ask GET "$path" >"$1/$(printf %02d $n)$(tr -c 'a-zA-Z0-9.\n' _ <<<"$path")"
	done
}
# digests FOLDER: of the files in it, by their paths.
digests() { (cd "$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum); }

# --- the doctor ---

site=(--config /etc/vidjil/vidjil.toml)
healthy() { # healthy WHAT [OPTION]…
	local what=$1
	shift
	as_vidjil vidjil doctor "${site[@]}" "$@" >"$WORK/doctor.log" 2>&1 || { cat "$WORK/doctor.log"; fail "$what is not well"; }
}

data='' # of the server, as this machine sees it
found=0
# fault CODE FIXABLE OPTIONS COMMAND…: plants it in a server that is well. The
# doctor finds it, says so by its exit status, and puts right what it may.
fault() {
	local code=$1 fixable=$2 status=0
	local options=()
	[ -z "$3" ] || options=("$3")
	shift 3
	rm -rf "$data"
	cp -a "$WORK/well" "$data"
	"$@" >/dev/null || fail "$code cannot be planted"
	chown -R --reference="$WORK/well" "$data"
	as_vidjil vidjil doctor "${site[@]}" "${options[@]}" --json >"$WORK/doctor.json" 2>/dev/null || status=$?
	[ "$status" = 6 ] || fail "$code: exit status $status"
	grep -q "\"code\": *\"$code\"" "$WORK/doctor.json" || { cat "$WORK/doctor.json"; fail "$code is not found"; }
	[ "$(grep -c '"code":' "$WORK/doctor.json")" = 1 ] || { cat "$WORK/doctor.json"; fail "$code: something else is found too"; }
	status=0
	as_vidjil vidjil doctor "${site[@]}" "${options[@]}" --fix >"$WORK/doctor.log" 2>&1 || status=$?
	if [ "$fixable" = fixed ]; then
		[ "$status" = 0 ] || { cat "$WORK/doctor.log"; fail "$code is not put right"; }
		healthy "after $code" "${options[@]}"
	else
		[ "$status" = 6 ] || fail "$code: --fix ends with $status"
	fi
	found=$((found + 1))
	printf '        %-24s found%s\n' "$code" "$([ "$fixable" != fixed ] || echo ', put right')"
}
row() { "$WORK/plant" sql "$data/vidjil.db" "$1"; }
digest_of() { row "$1" | head -n 1; }
blob_of() { find "$data/blobs" -name "*$(digest_of "$1")" -type f; }
# remove, damage and flip take the query that names the blob.
remove() { rm "$(blob_of "$1")"; }
damage() { truncate --size 10 "$(blob_of "$1")"; }
flip() {
	local file
	file=$(blob_of "$1")
	printf '\377\376\375' | dd of="$file" bs=1 seek=20 conv=notrunc status=none
}
stray() { # bytes with the right name, in the right place, and no row
	local digest file
	digest=$(printf stray | sha256sum | cut -d ' ' -f 1)
	file=$data/blobs/sha256/${digest:0:2}/${digest:2:2}/$digest
	mkdir -p "$(dirname "$file")"
	printf stray >"$file"
	touch -d '1 month ago' "$file"
}
open_key() { chmod 644 "$data/secret.key"; }
open_data() { chmod 755 "$data" "$data/blobs"; }
lose_key() { rm "$data/secret.key"; }
expire() { "$WORK/plant" certificate "$data/tls"; }
without_directory() { stop_directory; }

faults() {
	local result='SELECT digest FROM results' reads="SELECT digest FROM files WHERE digest <> ''"
	fault blob.missing no '' remove "$result"
	fault blob.missing_reads no '' remove "$reads"
	fault blob.damaged no '' damage "$result"
	fault blob.changed no --deep flip "$result"
	fault blob.orphan fixed '' stray
	fault permissions.open fixed '' open_key
	fault permissions.open fixed '' open_data
	fault job.stuck fixed '' row "INSERT INTO jobs (kind, state, lane, attempt, max_attempts, run_at, worker, lease, beat_at, created_at, started_at, changed_at)
		SELECT 'collect', 'running', 'short', 1, 3, t, 'gone', 'gone', t, t, t, t FROM (SELECT strftime('%Y-%m-%d %H:%M:%S+00:00', 'now', '-1 day') AS t)"
	fault fused.stale fixed '' row "UPDATE fused SET fresh = FALSE"
	fault set.unlisted fixed '' row "DELETE FROM set_listing WHERE set_id = 1"
	fault database.damaged no '' row "INSERT INTO group_members (group_id, user_id) VALUES (1, 999)"
	fault audit.broken no '' row "UPDATE audit SET user_id = 99 WHERE id = 2"
	fault schema.newer no '' row "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)"
	fault admin.no_second_factor no '' row "UPDATE credentials SET totp_on = FALSE"
	fault key.missing no '' lose_key
	fault certificate.expired no '' expire
	fault directory.unreachable no '' without_directory
	start_directory
}

# --- from the first to the last ---

make_directory
fresh_root first
cp "$here/../../testdata/demo.fastq.gz" "$root/root/"
cp "$package" "$root/root/vidjil.deb"
start_machine
mark "a clean $SUITE"

inside dpkg -i vidjil.deb >"$WORK/dpkg.log" 2>&1 || { cat "$WORK/dpkg.log"; exit 1; }
[ -n "$leader" ] || start_service
until_true 30 well
mark "one package, one command: $(inside vidjil version | head -n 1), installed and running"

name_server
set_up
mark "the first administrator, by the link of the journal, with a second factor"

setting http redirect_addr '":8080"'
directory_settings
start_directory
stop_service
start_service
until_true 30 well
tls
mark "TLS: the fingerprint is the one that was printed, plain text is refused or sent on"

sign_in_ada >"$WORK/ada.json"
grep -q '"source":"ldap"' "$WORK/ada.json" || fail "not an account of the directory"
grep -q '"name":"Haematology"' "$WORK/ada.json" || fail "not in the group: $(cat "$WORK/ada.json")"
! visitor='nobody' ask POST /session '{"email":"ada","password":"another"}' >/dev/null 2>&1 || fail "any password opens"
mark "an account of slapd signs in, and is in its group"

analyse
mark "a sample uploaded, analysed, read, and annotated by that account"

downloads "$WORK/first"
digests "$WORK/first" >"$WORK/first.sha256"
inside install -d -m 700 -o vidjil -g vidjil /mnt/backup
: >"$WORK/written"
(work_on) &
writer=$!
until_true 10 more_written 4
before=$(written)
as_vidjil vidjil backup --data /var/lib/vidjil --with-key /mnt/backup >"$WORK/backup.log" 2>&1 || { cat "$WORK/backup.log"; fail "no backup"; }
until_true 10 more_written $(($(written) + 1))
kill "$writer" && { wait "$writer" 2>/dev/null || true; }
after=$(written)
as_vidjil vidjil restore /mnt/backup --verify >"$WORK/verify.log" 2>&1 || { cat "$WORK/verify.log"; fail "the rehearsal"; }
mark "a backup while others wrote, and its rehearsal"
healthy "the first server" --deep
mark "doctor: the first server is well"

digests "$root/var/lib/vidjil/blobs" >"$WORK/first-blobs.sha256"
inside cat /etc/vidjil/vidjil.toml >"$WORK/vidjil.toml"
stop_directory
stop_machine
cp -a "$root/mnt/backup" "$WORK/backup-copy"
rm -rf --one-file-system "$root"

fresh_root second
rm -rf "$root/mnt/backup"
mv "$WORK/backup-copy" "$root/mnt/backup"
cp "$package" "$root/root/vidjil.deb"
start_machine
inside dpkg -i vidjil.deb >"$WORK/dpkg.log" 2>&1 || { cat "$WORK/dpkg.log"; exit 1; }
[ -n "$leader" ] || start_service
until_true 30 well
stop_service
data=$root/var/lib/vidjil
inside sh -c 'cat >/etc/vidjil/vidjil.toml' <"$WORK/vidjil.toml"
cp "$directory/ca.pem" "$root/etc/vidjil/directory-ca.pem"
chmod 644 "$root/etc/vidjil/directory-ca.pem"
rm -rf "$root/var/lib/vidjil"
inside chown -R vidjil:vidjil /mnt/backup
inside install -d -m 700 -o vidjil -g vidjil /var/lib/vidjil
as_vidjil vidjil restore /mnt/backup --data /var/lib/vidjil >"$WORK/restore.log" 2>&1 || { cat "$WORK/restore.log"; fail "not restored"; }
sets=$("$WORK/plant" sql "$data/vidjil.db" 'SELECT count(*) FROM sets')
chown --reference="$data" "$data"/vidjil.db*
((sets >= before + 1 && sets <= after + 1)) || fail "$sets sets, when there were $((before + 1)) before the backup and $((after + 1)) after it"
start_directory
start_service
until_true 30 well
name_server
mark "restored in another clean root; of what was written meanwhile, $((sets - 1)) of $after"

sign_in_admin >/dev/null || fail "the second factor is not what it was"
sign_in_ada >/dev/null || fail "the account of the directory is not what it was"
downloads "$WORK/second"
digests "$WORK/second" >"$WORK/second.sha256"
diff "$WORK/first.sha256" "$WORK/second.sha256" || fail "results, files or annotations are not the same bytes"
digests "$root/var/lib/vidjil/blobs" | diff "$WORK/first-blobs.sha256" - || fail "the bytes of the store are not the same"
mark "byte for byte: $(wc -l <"$WORK/first.sha256") downloads, $(wc -l <"$WORK/first-blobs.sha256") blobs"

inside install -d -m 700 -o vidjil -g vidjil /mnt/backup2
as_vidjil vidjil backup --data /var/lib/vidjil --with-key /mnt/backup2 >/dev/null 2>&1
healthy "the second server" --deep
mark "doctor: the restored server is well"

stop_service
rm -rf "$WORK/well"
cp -a "$data" "$WORK/well"
faults
mark "doctor: $found faults planted, one by one, all found; --fix puts right those that lose nothing"
stop_directory
stop_machine

(cd "$here/../.." && "$GO" test -count=1 -run '^(TestForeignIDs|TestOwnIDs|TestRights)$' ./internal/api) | sed 's/^/        /'
mark "nobody reaches what is not theirs, on any route"

printf '\n%s, %s\n' "$(dpkg-deb -f "$package" Version)" "$(date -u +%F)"
printf '%s\n' "${marks[@]}"
