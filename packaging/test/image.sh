#!/bin/bash
# What the image of packaging/container/Dockerfile would be, without an engine:
# the steps of its last stages are done in a folder, which becomes the root of a
# process with the image's user, variables, command and a read-only file system.
# The server must start there, say that it is well, stop on its signal within
# the time, and start again on the same data. The base images and "npm ci" are
# not tried.
#
# Variables: GO, VIDJIL (a built program, else one is built).
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${GO:=go}"
((EUID == 0)) || { echo "SKIP image: it needs root"; exit 0; }
command -v unshare >/dev/null || { echo "SKIP image: no unshare"; exit 0; }

work=$(mktemp -d)
pid=''
trap 'status=$?; [ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || true; ((status == 0)) || cat "$work/log" >&2 || true; rm -rf "$work"' EXIT
root=$work/image
file=packaging/container/Dockerfile

# One word of the file, of its last stage.
last() { sed -e ':a' -e '/\\$/N; s/\\\n *//; ta' "$file" | awk '/^FROM/ { delete line } { line[$1] = $0 } END { print line["'"$1"'"] }' | cut -d ' ' -f 2-; }
words() { tr -d '[],"' <<<"$1"; } # of ["a", "b"]

mkdir -p "$root"/{etc/ssl/certs,usr/bin,data,tmp}
if [ -n "${VIDJIL:-}" ]; then
	cp "$VIDJIL" "$root/usr/bin/vidjil"
else
	build=$(sed -n 's/^RUN \(CGO_ENABLED=0 .*\)/\1/p' "$file")
	[ -n "$build" ] || { echo "image: the step that builds is not where it was" >&2; exit 1; }
	build=${build//\/out\//$root/usr/bin/}
	VERSION=devel COMMIT=unknown TARGETOS=linux TARGETARCH=$("$GO" env GOARCH) bash -c "set -eu; $build"
fi
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/" 2>/dev/null || echo "(no certificates of authorities here)"
user=$(last USER)
chown "$user" "$root/data" "$root/tmp"
chmod 1777 "$root/tmp"

if ldd "$root/usr/bin/vidjil" >/dev/null 2>&1; then echo "image: the program needs libraries, and the image has none" >&2; exit 1; fi
echo "image: $(du -sh "$root" | cut -f 1), user $user"

read -r -a entry <<<"$(words "$(last ENTRYPOINT)")"
read -r -a command <<<"$(words "$(last CMD)")"
read -r -a health <<<"$(words "$(last HEALTHCHECK | sed 's/.*CMD //')")"
read -r -a variables <<<"$(last ENV)"

# run COMMAND…: in the image, its root read-only but for the volume and /tmp, with
# a network and processes of its own, and no way to more rights.
cat >"$work/enter" <<'END'
set -eu
root=$1 user=$2
shift 2
mount --bind "$root" "$root"
mount --bind "$root/data" "$root/data"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -o remount,bind,ro "$root"
ip link set lo up 2>/dev/null || true
cd "$root"
exec env -i "$@"
END
start() {
	unshare --mount --net --pid --fork --kill-child bash "$work/enter" "$root" "$user" \
		"${variables[@]}" "$(command -v setpriv)" --no-new-privs "$(command -v chroot)" --userspec="$user" . "${entry[@]}" "${command[@]}" >>"$work/log" 2>&1 &
	pid=$!
	for _ in $(seq 150); do
		server=$(pgrep -P "$pid" | head -n 1 || true)
		if [ -n "$server" ] && ask >/dev/null 2>&1; then return; fi
		kill -0 "$pid" 2>/dev/null || return 1
		sleep 0.2
	done
	echo "image: the server is not well within 30 s" >&2
	return 1
}
ask() {
	env -i "${variables[@]}" nsenter --target "$server" --mount --net --pid --root --wd \
		--setuid "${user%:*}" --setgid "${user#*:}" "${health[@]}"
}
stop() {
	kill -s "$(last STOPSIGNAL)" "$server"
	for _ in $(seq 100); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.2
	done
	! kill -0 "$pid" 2>/dev/null || { echo "image: it does not stop on its signal within 20 s" >&2; return 1; }
	wait "$pid" || { echo "image: it ends with status $?" >&2; return 1; }
	pid=''
}

start
echo "image: started in a read-only root, without rights: $(ask)"
grep -q '/setup#' "$work/log" || { echo "image: no set-up link in its log" >&2; exit 1; }
[ "$(stat -c %u "$root/data/vidjil.db")" = "${user%:*}" ] || { echo "image: whose data are these?" >&2; exit 1; }
stop
start
stop
echo "image: stopped, started again on the same data, stopped"
