#!/bin/bash
# Makes what is released: for each processor a tarball, a Debian package, an RPM
# package and a bill of materials, and one file with all digests.
#
#   packaging/dist.sh DIRECTORY [tarball] [deb] [rpm]
#
# Variables: GO, NFPM (the command), LDFLAGS, VERSION (as git describes the
# source), EPOCH (seconds, the date of everything), ARCHS.
set -euo pipefail
cd "$(dirname "$0")/.."

dist=$1
shift
kinds=${*:-tarball deb rpm}
: "${GO:=go}" "${NFPM:=go tool -modfile=tools.mod nfpm}" "${LDFLAGS:=}" "${VERSION:?}" "${EPOCH:?}" "${ARCHS:=amd64 arm64}"
PACKAGE_VERSION=$(packaging/version.sh "$VERSION" "$EPOCH")
export GO LDFLAGS PACKAGE_VERSION EPOCH
export SOURCE_DATE_EPOCH=$EPOCH
umask 022

rm -rf "$dist"
mkdir -p "$dist"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

tarball() { # tarball ARCH STAGE
	local name=vidjil-$PACKAGE_VERSION-linux-$1
	tar --create --format=gnu --sort=name --mtime="@$EPOCH" --owner=0 --group=0 --numeric-owner \
		--directory "$(dirname "$2")" --transform "s,^$(basename "$2"),$name," \
		--exclude copyright --exclude changelog.gz "$(basename "$2")" | gzip -9n >"$dist/$name.tar.gz"
}

for arch in $ARCHS; do
	stage=$work/$arch
	packaging/stage.sh "$arch" "$stage"
	cp -p "$stage/sbom.cdx.json" "$dist/vidjil-$PACKAGE_VERSION-linux-$arch.cdx.json"
	for kind in $kinds; do
		case "$kind" in
		tarball) tarball "$arch" "$stage" ;;
		deb | rpm) ARCH=$arch STAGE=$stage $NFPM package --config packaging/nfpm.yaml --packager "$kind" --target "$dist/" >/dev/null ;;
		*) echo "dist: no kind of package: $kind" >&2; exit 2 ;;
		esac
	done
done

(cd "$dist" && find . -maxdepth 1 -type f ! -name SHA256SUMS -printf '%P\n' | LC_ALL=C sort | xargs sha256sum >SHA256SUMS)
cat "$dist/SHA256SUMS"
