#!/bin/bash
# Installs the Debian package as an administrator does, in a clean root of its
# own: set-up by the link of the journal, one sample uploaded and analysed, a
# restart, a backup, an upgrade from an older version with a backup before it,
# removal, purge.
#
#   packaging/test/install.sh OLD.deb NEW.deb
#
# The root is made by debootstrap and booted by systemd-nspawn, so that the unit
# runs as it is, hardening and all. Where that cannot be, the root is a chroot,
# and what the unit would start is started as its user, in its directory and
# without rights; the output says which it was. It needs root.
#
# Variables: WORK (a folder for all of it; default is a new one, removed at the
# end), MIRROR, SUITE.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
: "${MIRROR:=http://deb.debian.org/debian}" "${SUITE:=bookworm}"
export LC_ALL=C

skip() { echo "SKIP install test: $*"; exit 0; }
((EUID == 0)) || skip "it needs root"
command -v debootstrap >/dev/null || skip "no debootstrap (apt install debootstrap)"
[ $# -eq 2 ] || { echo "usage: $0 OLD.deb NEW.deb" >&2; exit 2; }
old=$(realpath "$1") new=$(realpath "$2")

keep=${WORK:-}
WORK=${WORK:-$(mktemp -d)}
mkdir -p "$WORK"
root=$WORK/root log=$WORK/machine.log
machine='' leader=''

finish() {
	local status=$?
	if ((status != 0)); then
		echo "FAILED with status $status; the last of the service:" >&2
		journal 2>/dev/null | tail -n 20 >&2 || true
	fi
	[ -z "$machine" ] || stop_machine || true
	rm -rf "$root"
	[ -n "$keep" ] || rm -rf "$WORK"
	exit "$status"
}
trap finish EXIT

began=$SECONDS
step() { printf '%4d s  %s\n' $((SECONDS - began)) "$*"; }
fail() { echo "wrong: $*" >&2; return 1; }

# until SECONDS COMMAND…: waits for something to be so.
until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || fail "not within the time: $*"
		sleep 0.2
	done
}

# The clean root, kept beside the work for the next time when WORK is given.
make_root() {
	local base=$WORK/base-$SUITE
	if [ ! -e "$base/.complete" ]; then
		rm -rf "$base"
		debootstrap --variant=minbase --include=systemd,systemd-sysv,curl,ca-certificates "$SUITE" "$base" "$MIRROR" >"$WORK/debootstrap.log" 2>&1 ||
			skip "debootstrap: $(tail -n 1 "$WORK/debootstrap.log")"
		touch "$base/.complete"
	fi
	rm -rf "$root"
	cp -a "$base" "$root"
	cp "$old" "$root/root/old.deb"
	cp "$new" "$root/root/new.deb"
	cp "$here/../../testdata/demo.fastq.gz" "$root/root/"
}

is_first() { # is_first PID: it is process 1 of a machine, and its bus answers
	awk '/^NSpid:/ { if (NF == 3 && $3 == 1) ok = 1 } END { exit !ok }' "/proc/$1/status" &&
		nsenter --target "$1" --all systemctl is-system-running 2>&1 | grep -qE 'running|degraded'
}

find_leader() {
	local pid
	for pid in $(pgrep -P "$machine"); do
		if is_first "$pid"; then leader=$pid; return; fi
	done
	return 1
}

start_machine() {
	command -v systemd-nspawn >/dev/null || { why="no systemd-nspawn (apt install systemd-container)"; return 1; }
	systemd-nspawn --quiet --directory "$root" --boot --register=no --keep-unit --private-network \
		--machine=vidjil-install-test </dev/null >"$log" 2>&1 &
	machine=$!
	local end=$((SECONDS + 60))
	until find_leader 2>/dev/null; do
		if ((SECONDS >= end)) || ! kill -0 "$machine" 2>/dev/null; then
			why="systemd-nspawn: $(tail -n 1 "$log")"
			kill -9 "$machine" 2>/dev/null || true
			machine=''
			return 1
		fi
		sleep 0.3
	done
}

stop_machine() {
	if [ -n "$leader" ]; then
		kill -s SIGRTMIN+4 "$leader" 2>/dev/null || true
		for _ in $(seq 100); do
			kill -0 "$machine" 2>/dev/null || break
			sleep 0.2
		done
	fi
	kill -9 "$machine" 2>/dev/null || true
	wait "$machine" 2>/dev/null || true
	machine=''
}

# inside COMMAND…: as root in the machine or chroot.
inside() {
	if [ -n "$leader" ]; then
		nsenter --target "$leader" --all env -i --chdir=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive "$@"
	else
		chroot "$root" env -i --chdir=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive "$@"
	fi
}

# The service without systemd: what the unit's ExecStart says, as its user, in
# its directories, without a way to more rights.
service_pid=''
start_service() {
	if [ -n "$leader" ]; then inside systemctl start vidjil; return; fi
	local command
	command=$(sed -n 's/^ExecStart=//p' "$root/usr/lib/systemd/system/vidjil.service")
	inside install -d -m 700 -o vidjil -g vidjil /var/lib/vidjil
	# shellcheck disable=SC2086 # the words of the command
	inside setpriv --reuid vidjil --regid vidjil --init-groups --no-new-privs --bounding-set=-all \
		sh -c "umask 077; exec $command" >>"$log" 2>&1 &
	service_pid=$!
}
stop_service() {
	if [ -n "$leader" ]; then inside systemctl stop vidjil; return; fi
	kill "$service_pid"
	wait "$service_pid" || true
}
journal() { if [ -n "$leader" ]; then inside journalctl -u vidjil -o cat; else cat "$log"; fi; }

well() { inside vidjil health --config /etc/vidjil/vidjil.toml; }

# ask METHOD PATH [JSON]: the API, as a browser that is signed in.
ask() {
	inside curl --silent --show-error --fail-with-body --cacert /var/lib/vidjil/tls/cert.pem --resolve "$name:8443:127.0.0.1" \
		--cookie /root/jar --cookie-jar /root/jar -H 'Content-Type: application/json' -X "$1" "https://$name:8443/api/v1$2" ${3:+--data "$3"}
}
first() { grep -oE "\"$1\":\"?[^\",}]*" | head -n 1 | sed -E 's/^"[^"]*":"?//'; }

set_up() {
	until_true 30 well
	until_true 10 eval 'journal | grep -q /setup#'
	local token
	token=$(journal | grep -o '/setup#[A-Za-z0-9_-]*' | tail -n 1 | cut -d '#' -f 2)
	name=$(inside hostname)
	ask POST /setup "{\"token\":\"$token\",\"email\":\"ada@example.org\",\"name\":\"Ada\",\"password\":\"a staple for the install test\"}" >/dev/null
	ask PUT /groups/2/rights '{"rights":["set:create","set:read","set:edit","set:upload","set:run","set:save","set:anon"]}' >/dev/null
	ask POST /me/tokens '{"name":"install test","scopes":["read","write","upload"]}' | first text >"$root/root/token"
	chmod 600 "$root/root/token"
}

analyse() {
	ask POST /sets '{"rows":[{"kind":"patient","first_name":"Grace","last_name":"Hopper"}]}' >/dev/null
	inside sh -c "grep -qs $name /etc/hosts || echo 127.0.0.1 $name >>/etc/hosts"
	inside vidjil upload --server "https://$name:8443" --token-file /root/token --ca /var/lib/vidjil/tls/cert.pem --set 1 --yes demo.fastq.gz >/dev/null
	ask POST /runs '{"set_ids":[1],"config_id":2}' >/dev/null
	until_true 60 analysed
}
fused() { ask GET '/sets/1/fused?config_id=2'; }
analysed() { fused | grep '"state":"fresh"' | grep -q '"reads":2700,"recombined":2[34]'; } # of the 2,700 reads of the sample

same_as_before() {
	well >/dev/null
	[ "$(fused | sha256sum)" = "$before" ] || fail "the result is not what it was"
	inside setpriv --reuid vidjil --regid vidjil --clear-groups vidjil audit verify --data /var/lib/vidjil >/dev/null
}

why=''
step "a clean $SUITE"
make_root
if start_machine; then
	step "booted by systemd-nspawn: the unit runs as it is"
else
	step "NOT booted ($why): a chroot, and ExecStart as the user of the unit"
fi

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

step "upgrade to $(dpkg-deb -f "$new" Version), with a target for backups that does not work: refused"
inside sh -c 'cp -p /etc/vidjil/vidjil.toml settings && sed -i "s,^# target = .*,target = \"/nowhere/backup\"," /etc/vidjil/vidjil.toml'
[ -n "$leader" ] || stop_service
if inside dpkg -i new.deb >"$WORK/dpkg.log" 2>&1; then fail "upgraded without the backup that the settings ask for"; fi
grep -q 'nothing was changed' "$WORK/dpkg.log" || fail "no reason given"
[ -n "$leader" ] || start_service
until_true 30 well
same_as_before
step "upgrade with one that works"
inside sh -c 'cat settings >/etc/vidjil/vidjil.toml && sed -i "s,^# target = .*,target = \"/var/lib/vidjil/copies\"," /etc/vidjil/vidjil.toml'
inside dpkg --force-confold -i new.deb >"$WORK/dpkg.log" 2>&1 || { cat "$WORK/dpkg.log"; exit 1; }
[ -n "$leader" ] || { stop_service; start_service; }
until_true 30 well
inside setpriv --reuid vidjil --regid vidjil --clear-groups vidjil backup list /var/lib/vidjil/copies | grep -q . || fail "no backup was made"
inside vidjil version | head -n 1 | sed 's/^/        /'
same_as_before
inside setpriv --reuid vidjil --regid vidjil --clear-groups vidjil doctor --config /etc/vidjil/vidjil.toml >"$WORK/doctor.log" || { cat "$WORK/doctor.log"; step "(the doctor has something to say, above)"; }

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
