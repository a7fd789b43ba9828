#!/bin/bash
# Installs the RPM package as an administrator does, in a clean root with systemd:
# files, owners and modes, the user, the service as the presets say, "rpm -V", an
# upgrade that keeps changed settings and makes a backup before it, or is refused
# when that does not succeed, and removal, which leaves data and changed settings.
#
#   packaging/test/rpm.sh OLD.rpm NEW.rpm
#
# The root is a Debian one with Debian's rpm, as it can be made here; so what the
# package needs of other packages is not looked at (--nodeps), and all else is
# what Fedora's rpm does. machine.sh beside it has the variables. It needs root.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck disable=SC2034 # machine.sh uses it
test='test of the RPM package'
# shellcheck source=machine.sh
. "$here/machine.sh"
[ $# -eq 2 ] || { echo "usage: $0 OLD.rpm NEW.rpm" >&2; exit 2; }
old=$(realpath "$1") new=$(realpath "$2")

rpm_() { inside rpm --nodeps "$@" >"$WORK/rpm.log" 2>&1; }
must() { "$@" || { cat "$WORK/rpm.log" >&2; fail "$*"; }; }
version() { inside rpm -q --qf '%{VERSION}' vidjil; }
runs_since() { inside systemctl show --property MainPID --value vidjil; }

step "a clean $SUITE with rpm"
fresh_root rpm rpm
cp "$old" "$root/root/old.rpm"
cp "$new" "$root/root/new.rpm"
start_machine
[ -n "$leader" ] || skip "the scripts of the package want a systemd that runs"
# As Fedora's: what no preset names is not enabled.
inside sh -c 'mkdir -p /etc/systemd/system-preset && echo "disable *" >/etc/systemd/system-preset/99-default.preset'

step "install"
must rpm_ -i old.rpm
grep -q 'journalctl -u vidjil' "$WORK/rpm.log" || fail "the installation does not say where the link is"
grep -q 'Vidjil server' "$root/etc/passwd" || fail "no user"
[ "$(inside systemctl is-enabled vidjil || true)" = disabled ] || fail "enabled, and no preset says so"
! inside systemctl is-active --quiet vidjil || fail "started by the installation"
while read -r want path; do
	[ "$(inside stat -c %U:%G:%a "$path")" = "$want" ] || fail "$path is $(inside stat -c %U:%G:%a "$path"), not $want"
done <<-END
	root:root:755 /usr/bin/vidjil
	root:root:755 /etc/vidjil
	root:vidjil:640 /etc/vidjil/vidjil.toml
	root:root:644 /usr/lib/systemd/system/vidjil.service
	root:root:644 /usr/lib/systemd/system/vidjil-backup.service
	root:root:644 /usr/lib/systemd/system/vidjil-worker@.service
	root:root:644 /usr/lib/sysusers.d/vidjil.conf
	root:root:644 /usr/share/man/man1/vidjil.1.gz
	root:root:644 /usr/share/bash-completion/completions/vidjil
	root:root:644 /usr/share/zsh/site-functions/_vidjil
	root:root:644 /usr/share/fish/vendor_completions.d/vidjil.fish
	root:root:644 /usr/share/licenses/vidjil/LICENSE
	root:root:644 /usr/share/doc/vidjil/sbom.cdx.json
END
must rpm_ -V vidjil
step "rpm -V: $(inside rpm -ql vidjil | wc -l) files are what the package says"

inside systemctl enable --now --quiet vidjil
until_true 30 well
[ "$(inside stat -c %U:%a /var/lib/vidjil)" = vidjil:700 ] || fail "rights of the data"
step "enabled and started: $(inside systemd-analyze security --no-pager vidjil.service | sed -n 's/^→ \(.*[A-Z]\).*/\1/p')"

first_pid=$(runs_since)
setting backup target '"/nowhere/backup"'
! rpm_ -U new.rpm || fail "upgraded without the backup that the settings ask for"
grep -q 'nothing was changed' "$WORK/rpm.log" || fail "no reason given"
[ "$(version)" = "$(inside rpm -qp --qf '%{VERSION}' old.rpm)" ] || fail "another version"
[ "$(runs_since)" = "$first_pid" ] || fail "the refused upgrade touched the service"
step "an upgrade whose backup does not succeed is refused"

inside sed -i 's,"/nowhere/backup","/var/lib/vidjil/copies",' /etc/vidjil/vidjil.toml
inside cp /etc/vidjil/vidjil.toml settings
must rpm_ -U new.rpm
[ "$(version)" = "$(inside rpm -qp --qf '%{VERSION}' new.rpm)" ] || fail "not upgraded"
inside cmp settings /etc/vidjil/vidjil.toml || fail "the upgrade changed the settings"
as_vidjil vidjil backup list /var/lib/vidjil/copies | grep -q . || fail "no backup was made"
until_true 30 well
[ "$(runs_since)" != "$first_pid" ] || fail "the old program still runs"
! rpm_ -V vidjil || fail "rpm -V does not see that the settings were changed"
! grep -v ' c /etc/vidjil/vidjil.toml$' "$WORK/rpm.log" || fail "rpm -V: more than the settings differ"
step "upgraded after a backup; the settings stay, the service runs the new program"

must rpm_ -e vidjil
! inside systemctl is-active --quiet vidjil || fail "a removed server runs"
inside test -s /var/lib/vidjil/vidjil.db || fail "the data were removed"
inside cmp settings /etc/vidjil/vidjil.toml.rpmsave || fail "the changed settings were removed"
left=$(inside find / -xdev -name '*vidjil*' -not -path '/proc/*' -not -path '/sys/*' -not -path '/run/*' -not -path '/var/*' -not -path '/root/*' -not -path '/etc/vidjil*')
[ -z "$left" ] || fail "left: $left"
step "removed: data and changed settings stay"
step "done"
