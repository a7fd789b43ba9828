# What the tests of the packages share: a clean Debian root, made by debootstrap
# and booted by systemd-nspawn with a network of its own, so that units run as
# they are, hardening and all. Where that cannot be, the root is a chroot, and
# what the unit would start is started as its user, in its directory and without
# rights. One machine is up at a time. It is sourced, after "test" was set to the
# name of the test:
#
#   test='install test'; . machine.sh
#
# Variables: WORK (a folder for all of it, where the clean root is kept for the
# next time; default is a new one, removed at the end), MIRROR, SUITE, BOOT=no (a
# chroot in any case).
# shellcheck shell=bash

: "${test:?}" "${MIRROR:=http://deb.debian.org/debian}" "${SUITE:=bookworm}" "${BOOT:=yes}"
export LC_ALL=C

skip() { echo "SKIP $test: $*"; exit 0; }
fail() { echo "wrong: $*" >&2; return 1; }
# needs PROGRAM PACKAGE
needs() { command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] || skip "no $1 (apt install $2)"; }
((EUID == 0)) || skip "it needs root"
needs debootstrap debootstrap

keep=${WORK:-}
WORK=${WORK:-$(mktemp -d)}
WORK=$(mkdir -p "$WORK" && realpath "$WORK")
root='' name='' log='' machine='' leader='' service_pid='' why=''
ends=() # commands that end what a test started itself

finish() {
	local status=$? command
	trap - EXIT
	if ((status != 0)); then
		echo "FAILED with status $status; the last of the service:" >&2
		journal 2>/dev/null | tail -n 20 >&2 || true
	fi
	for command in "${ends[@]}"; do $command || true; done
	stop_machine || true
	for root in "$WORK"/root-*; do rm -rf --one-file-system "$root"; done
	[ -n "$keep" ] || rm -rf --one-file-system "$WORK"
	exit "$status"
}
trap finish EXIT

began=$SECONDS
step() { printf '%4d s  %s\n' $((SECONDS - began)) "$*"; }

# until_true SECONDS COMMAND…: waits for something to be so.
until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || fail "not within the time: $*" || return 1
		sleep 0.2
	done
}

# fresh_root NAME [PACKAGE…]: a clean root, with these packages of Debian beside
# the few that make it a machine, becomes the one that the rest speaks of. There
# is none at the first time only: then it is made.
fresh_root() {
	local name=$1 base
	shift
	base=$WORK/base-$SUITE$(printf -- '-%s' "$@" | sed 's/^-$//')
	if [ ! -e "$base/.complete" ]; then
		rm -rf "$base"
		debootstrap --variant=minbase --include="$(printf 'systemd,systemd-sysv,curl,ca-certificates'; printf ',%s' "$@" | sed 's/^,$//')" \
			"$SUITE" "$base" "$MIRROR" >"$WORK/debootstrap.log" 2>&1 || skip "debootstrap: $(tail -n 1 "$WORK/debootstrap.log")"
		touch "$base/.complete"
	fi
	root=$WORK/root-$name log=$WORK/$name.log
	rm -rf "$root"
	cp -a "$base" "$root"
	: >"$log"
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

# start_machine boots the root, or tells that it is a chroot, and why.
start_machine() {
	if boot; then
		step "booted by systemd-nspawn: the unit runs as it is"
		return
	fi
	step "NOT booted ($why): a chroot, and ExecStart as the user of the unit"
	mount -t proc proc "$root/proc"
	mount -t tmpfs -o mode=755 tmpfs "$root/run" # what apt looks at is no running system
}

boot() {
	[ "$BOOT" != no ] || { why="BOOT=no"; return 1; }
	command -v systemd-nspawn >/dev/null || { why="no systemd-nspawn (apt install systemd-container)"; return 1; }
	systemd-nspawn --quiet --directory "$root" --boot --register=no --keep-unit --private-network \
		--machine="vidjil-$(basename "$root")" --hostname=clean </dev/null >"$log" 2>&1 &
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
	[ -z "$service_pid" ] || stop_service
	if [ -z "$machine" ]; then
		[ -z "$root" ] || { umount "$root/proc" "$root/run" 2>/dev/null || true; }
		return
	fi
	if [ -n "$leader" ]; then
		kill -s SIGRTMIN+4 "$leader" 2>/dev/null || true
		for _ in $(seq 100); do
			kill -0 "$machine" 2>/dev/null || break
			sleep 0.2
		done
	fi
	kill -9 "$machine" 2>/dev/null || true
	wait "$machine" 2>/dev/null || true
	machine='' leader=''
}

# inside COMMAND…: as root in the machine or chroot.
inside() {
	local enter=(chroot "$root")
	[ -z "$leader" ] || enter=(nsenter --target "$leader" --all)
	"${enter[@]}" env -i --chdir=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive "$@"
}
# as_vidjil COMMAND…: as the user of the server, as "sudo -u vidjil" does.
as_vidjil() { inside setpriv --reuid vidjil --regid vidjil --clear-groups "$@"; }
# beside COMMAND…: a program of this machine, on the network of that one.
beside() { (beside_exec "$@"); }
beside_exec() {
	if [ -n "$leader" ]; then exec nsenter --target "$leader" --net "$@"; else exec "$@"; fi
}

# The service without systemd: what the unit's ExecStart says, as its user, in
# its directories, without a way to more rights.
start_service() {
	if [ -n "$leader" ]; then inside systemctl start vidjil; return; fi
	local command
	command=$(sed -n 's/^ExecStart=//p' "$root/usr/lib/systemd/system/vidjil.service")
	inside install -d -m 700 -o vidjil -g vidjil /var/lib/vidjil
	# It is the process itself, not a shell that waits for it: it gets the signal.
	# shellcheck disable=SC2086 # the words of the command
	(
		umask 077
		exec chroot "$root" env -i --chdir=/ PATH=/usr/bin:/bin setpriv --reuid vidjil --regid vidjil --init-groups --no-new-privs --bounding-set=-all $command
	) >>"$log" 2>&1 &
	service_pid=$!
}
stop_service() {
	if [ -n "$leader" ]; then inside systemctl stop vidjil; return; fi
	kill "$service_pid" 2>/dev/null || true
	wait "$service_pid" || true
	service_pid=''
}
journal() { if [ -n "$leader" ]; then inside journalctl -u vidjil -o cat --no-pager; else cat "$log"; fi; }

well() { inside vidjil health --config /etc/vidjil/vidjil.toml; }
setup_token() { journal | grep -o '/setup#[A-Za-z0-9_-]*' | tail -n 1 | cut -d '#' -f 2; }
has_setup_token() { [ -n "$(setup_token)" ]; }

# The server by name, as its certificate has it.
name_server() {
	name=$(inside hostname)
	inside sh -c "grep -qs ' $name\$' /etc/hosts || echo 127.0.0.1 $name >>/etc/hosts"
}
# ask METHOD PATH [JSON [HEADER]]: the API, as a browser that is signed in; visitor is whose
# browser it is.
visitor='admin'
ask() {
	inside curl --silent --show-error --fail-with-body --cacert /var/lib/vidjil/tls/cert.pem --resolve "$name:8443:127.0.0.1" \
		--cookie "/root/jar-$visitor" --cookie-jar "/root/jar-$visitor" -H 'Content-Type: application/json' ${4:+-H "$4"} -X "$1" "https://$name:8443/api/v1$2" ${3:+--data "$3"}
}
# The first value of a property, of what is read.
first() { grep -oE "\"$1\":\"?[^\",}]*" | sed -nE '1s/^"[^"]*":"?//p'; }

# setting SECTION KEY VALUE: uncomments a line of the installed settings, in that
# section only.
setting() {
	inside sed -i "/^\\[$1\\]\$/,/^\\[/s~^# $2 = .*~$2 = $3~" /etc/vidjil/vidjil.toml
	inside sed -n "/^\[$1\]\$/,/^\[/p" /etc/vidjil/vidjil.toml | grep -qF "$2 = $3" || fail "no setting $1.$2"
}
