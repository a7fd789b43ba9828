#!/bin/bash
# Puts all that a package holds into one directory: the program for a processor,
# its manual, completions, settings, units, samples and bill of materials. Every
# file has the date of the source, so that the same source gives the same bytes.
#
#   packaging/stage.sh ARCH DIRECTORY
#
# Variables: GO, LDFLAGS (of the program), PACKAGE_VERSION, EPOCH (seconds).
set -euo pipefail
cd "$(dirname "$0")/.."

arch=$1 dir=$2
: "${GO:=go}" "${LDFLAGS:=}" "${PACKAGE_VERSION:?}" "${EPOCH:?}"

if [ ! -s web/dist/index.html ]; then
	echo "stage: the web client is not built (make web): a package without it would be none" >&2
	exit 1
fi

build() { # build ARCH FILE
	CGO_ENABLED=0 GOOS=linux GOARCH=$1 "$GO" build -trimpath -buildvcs=false -ldflags "$LDFLAGS" -o "$2" ./cmd/vidjil
}

rm -rf "$dir"
mkdir -p "$dir"/{man,completions,systemd,examples}
build "$arch" "$dir/vidjil"

# What the program writes about itself is the same for all processors; a program
# for another one does not run here.
self=$dir/vidjil
if [ "$arch" != "$("$GO" env GOHOSTARCH)" ] || [ "$("$GO" env GOHOSTOS)" != linux ]; then
	self=$(mktemp -d)/vidjil
	trap 'rm -rf "$(dirname "$self")"' EXIT
	build "$("$GO" env GOHOSTARCH)" "$self"
fi
"$self" man "$dir/man" 2>/dev/null
gzip -9n "$dir"/man/*.1
for shell in bash zsh fish; do
	"$self" completion "$shell" >"$dir/completions/vidjil.$shell"
done

# The settings of an installed server: all of them with their meaning, and the
# few that an installed server has otherwise.
"$self" config example | awk '
	/^# data = ""$/ { print "data = \"/var/lib/vidjil\""; data++; next }
	/^# addr = "127\.0\.0\.1:8080"$/ {
		print "# Every network of this machine, with TLS: by a generated certificate, until [tls] says"
		print "# otherwise. Nobody gets in before the first administrator has used the link of the journal."
		print "addr = \":8443\""; addr++; next
	}
	{ print }
	END { if (data != 1 || addr != 1) { print "stage: vidjil config example has changed: data or http.addr is not where it was" > "/dev/stderr"; exit 1 } }
' >"$dir/vidjil.toml"
"$self" config check --config "$dir/vidjil.toml" >/dev/null

cp packaging/systemd/* "$dir/systemd/"
for sample in nginx apache caddy monitoring compose; do
	if [ -d "packaging/$sample" ]; then
		cp -r "packaging/$sample" "$dir/examples/"
	fi
done
cp LICENSE README.md CHANGELOG.md "$dir/"
cp vdj/germline/sets/README.md "$dir/germline.md"
cp packaging/deb/copyright "$dir/copyright"
gzip -9nc CHANGELOG.md >"$dir/changelog.gz"
"$GO" run ./packaging/sbom -binary "$dir/vidjil" -lock web/package-lock.json -version "$PACKAGE_VERSION" -epoch "$EPOCH" >"$dir/sbom.cdx.json"

find "$dir" -type d -exec chmod 755 {} +
find "$dir" -type f -exec chmod 644 {} +
chmod 755 "$dir/vidjil"
find "$dir" -exec touch -h -d "@$EPOCH" {} +
