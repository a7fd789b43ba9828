#!/bin/bash
# Installs the Debian package as an administrator does, in a clean root of its
# own: set-up by the link of the journal, one sample uploaded and analysed, a
# restart, a backup, an upgrade from an older version with a backup before it,
# removal, purge.
#
#   packaging/test/install.sh OLD.deb NEW.deb
#
# machine.sh beside it makes the root, boots it where that can be, and has the
# variables. It needs root.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck disable=SC2034 # machine.sh uses it
test='install test'
# shellcheck source=machine.sh
. "$here/machine.sh"
[ $# -eq 2 ] || { echo "usage: $0 OLD.deb NEW.deb" >&2; exit 2; }
old=$(realpath "$1") new=$(realpath "$2")

set_up() {
	until_true 30 well
	until_true 10 has_setup_token
	name_server
	ask POST /setup "{\"token\":\"$(setup_token)\",\"email\":\"ada@example.org\",\"name\":\"Ada\",\"password\":\"a staple for the install test\"}" >/dev/null
	ask PUT /groups/2/rights '{"rights":["set:create","set:read","set:edit","set:upload","set:run","set:save","set:anon"]}' >/dev/null
	ask POST /me/tokens '{"name":"install test","scopes":["read","write","upload"]}' | first text >"$root/root/token"
	chmod 600 "$root/root/token"
}

analyse() {
	ask POST /sets '{"rows":[{"kind":"patient","first_name":"Grace","last_name":"Hopper"}]}' >/dev/null
	inside vidjil upload --server "https://$name:8443" --token-file /root/token --ca /var/lib/vidjil/tls/cert.pem --set 1 --yes demo.fastq.gz >/dev/null
	ask POST /runs '{"set_ids":[1],"config_id":2}' >/dev/null
	until_true 60 analysed
}
fused() { ask GET '/sets/1/fused?config_id=2'; }
analysed() { fused | grep '"state":"fresh"' | grep -q '"reads":2700,"recombined":2[34]'; } # of the 2,700 reads of the sample

same_as_before() {
	well >/dev/null
	[ "$(fused | sha256sum)" = "$before" ] || fail "the result is not what it was"
	as_vidjil vidjil audit verify --data /var/lib/vidjil >/dev/null
}

step "a clean $SUITE"
fresh_root clean
cp "$old" "$root/root/old.deb"
cp "$new" "$root/root/new.deb"
cp "$here/../../testdata/demo.fastq.gz" "$root/root/"
start_machine

step "install $(dpkg-deb -f "$old" Version)"
inside dpkg -i old.deb >"$WORK/dpkg.log" 2>&1 || { cat "$WORK/dpkg.log"; exit 1; }
grep -q 'journalctl -u vidjil' "$WORK/dpkg.log" || fail "the installation does not say where the link is"
! grep -q 'setup#' "$WORK/dpkg.log" || fail "the installation prints the link itself"
[ -n "$leader" ] || start_service
[ "$(inside stat -c %U:%G:%a /etc/vidjil/vidjil.toml)" = root:vidjil:640 ] || fail "rights of the settings"
step "set up by the link"
set_up
[ "$(inside stat -c %U:%a /var/lib/vidjil)" = vidjil:700 ] || fail "rights of the data"
if [ -n "$leader" ]; then
	step "hardening: $(inside systemd-analyze security --no-pager vidjil.service | sed -n 's/^→ \(.*[A-Z]\).*/\1/p')"
fi
step "one sample uploaded and analysed"
analyse
before=$(fused | sha256sum)

step "restart"
stop_service
! well >/dev/null 2>&1 || fail "a stopped server says that it is well"
start_service
until_true 30 well
same_as_before

inside cp -p /etc/vidjil/vidjil.toml settings
step "upgrade to $(dpkg-deb -f "$new" Version), with settings that are not valid: refused"
inside sh -c 'echo "[nonsense]" >>/etc/vidjil/vidjil.toml'
if inside dpkg -i new.deb >"$WORK/dpkg.log" 2>&1; then fail "upgraded, and nobody knows whether the settings ask for a backup"; fi
grep -q 'nothing was changed' "$WORK/dpkg.log" || fail "no reason given"
inside sh -c 'cat settings >/etc/vidjil/vidjil.toml'
step "with a target for backups that does not work: refused"
setting backup target '"/nowhere/backup"'
[ -n "$leader" ] || stop_service
if inside dpkg -i new.deb >"$WORK/dpkg.log" 2>&1; then fail "upgraded without the backup that the settings ask for"; fi
grep -q 'nothing was changed' "$WORK/dpkg.log" || fail "no reason given"
[ -n "$leader" ] || start_service
until_true 30 well
same_as_before
step "upgrade with one that works"
inside sh -c 'cat settings >/etc/vidjil/vidjil.toml'
setting backup target '"/var/lib/vidjil/copies"'
inside dpkg --force-confold -i new.deb >"$WORK/dpkg.log" 2>&1 || { cat "$WORK/dpkg.log"; exit 1; }
[ -n "$leader" ] || { stop_service; start_service; }
until_true 30 well
as_vidjil vidjil backup list /var/lib/vidjil/copies | grep -q . || fail "no backup was made"
inside vidjil version | head -n 1 | sed 's/^/        /'
same_as_before
as_vidjil vidjil doctor --config /etc/vidjil/vidjil.toml >"$WORK/doctor.log" || { cat "$WORK/doctor.log"; step "(the doctor has something to say, above)"; }

step "remove: data and settings stay"
[ -n "$leader" ] || stop_service
inside dpkg -r vidjil >/dev/null 2>&1
! well >/dev/null 2>&1 || fail "a removed server is well"
inside test -s /var/lib/vidjil/vidjil.db
inside test -s /etc/vidjil/vidjil.toml
step "install again: everything is there"
inside dpkg -i new.deb >/dev/null 2>&1
[ -n "$leader" ] || start_service
until_true 30 well
same_as_before
step "purge: data stay"
[ -n "$leader" ] || stop_service
inside dpkg -P vidjil >"$WORK/dpkg.log" 2>&1
inside test -s /var/lib/vidjil/vidjil.db
! inside test -e /etc/vidjil || fail "purged, and settings are left"
step "purge with remove-on-purge: nothing stays"
inside dpkg -i new.deb >/dev/null 2>&1
inside touch /var/lib/vidjil/remove-on-purge
inside dpkg -P vidjil >"$WORK/dpkg.log" 2>&1
! inside test -e /var/lib/vidjil || fail "purged, and data are left"
[ -z "$(inside sh -c 'find / -xdev -name "*vidjil*" -not -path "/proc/*" -not -path "/sys/*" -not -path "/var/log/*" -not -path "/run/*"' 2>/dev/null)" ] ||
	inside sh -c 'find / -xdev -name "*vidjil*" -not -path "/proc/*" -not -path "/sys/*" -not -path "/var/log/*" -not -path "/run/*"' | sed 's/^/        left: /'
step "done"
