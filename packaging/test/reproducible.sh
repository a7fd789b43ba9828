#!/bin/bash
# Builds everything that is released twice, from copies of the source in folders
# of different names, the second time with an empty build cache, and compares the
# bytes. The client is built anew in each copy where its packages are installed.
#
# Variables: those of dist.sh; ARCHS (default: that of this machine).
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${GO:=go}"
export ARCHS=${ARCHS:-$("$GO" env GOARCH)}

work=$(mktemp -d)
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT

copy() { # copy FOLDER: what git knows or would know, and the built client
	mkdir -p "$1"
	git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' f; do
		[ ! -e "$f" ] || printf '%s\0' "$f"
	done | tar --create --null --files-from=- | tar --extract --directory "$1"
	cp -r web/dist/. "$1/web/dist/"
	if [ -d web/node_modules ] && command -v npx >/dev/null; then
		cp -al web/node_modules "$1/web/node_modules" 2>/dev/null || cp -a web/node_modules "$1/web/node_modules"
		(cd "$1/web" && npx vite build --logLevel error)
	fi
}

copy "$work/a"
(cd "$work/a" && packaging/dist.sh "$work/first" >/dev/null)
rm -rf "$work/a"
copy "$work/another/folder"
(cd "$work/another/folder" && GOCACHE="$work/cache" packaging/dist.sh "$work/second" >/dev/null)

if ! diff "$work/first/SHA256SUMS" "$work/second/SHA256SUMS"; then
	echo "the same source gave different bytes" >&2
	exit 1
fi
echo "the same bytes from two folders:"
cat "$work/first/SHA256SUMS"
