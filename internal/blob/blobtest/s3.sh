#!/bin/sh
# Runs the tests of a real S3 server against one: versitygw (Apache-2.0), built
# by the Go tool outside of our module files, on a folder of its own. A bucket
# elsewhere is tested by
#   VIDJIL_TEST_S3='s3://BUCKET?endpoint=URL' go test -run RealS3 ./internal/blob
# with the keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
#
# Usage: s3.sh [ARGUMENT OF go test...]
set -eu

GO=${GO:-go}
# Version and port; the program itself, when it is there already.
VERSITYGW=${VERSITYGW:-github.com/versity/versitygw/cmd/versitygw@v1.8.0}
ADDRESS=${ADDRESS:-127.0.0.1:7070}
PROGRAM=${PROGRAM:-}

cd "$(dirname "$0")/../../.."
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

if [ -z "$PROGRAM" ]; then
  GOBIN=$work/bin GOFLAGS='' "$GO" install "$VERSITYGW"
  PROGRAM=$work/bin/versitygw
fi

AWS_ACCESS_KEY_ID=vidjil
AWS_SECRET_ACCESS_KEY=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
mkdir -p "$work/data/vidjil" "$work/attributes" # a folder is a bucket
ROOT_ACCESS_KEY=$AWS_ACCESS_KEY_ID ROOT_SECRET_KEY=$AWS_SECRET_ACCESS_KEY \
  "$PROGRAM" --port "$ADDRESS" --quiet posix --sidecar "$work/attributes" "$work/data" >"$work/log" 2>&1 &
pid=$!
for _ in $(seq 100); do
  # Without a signature it answers 403: then it is there.
  if curl -s -o "$work/answer" "http://$ADDRESS/vidjil"; then break; fi
  kill -0 "$pid" 2>/dev/null || { cat "$work/log"; exit 1; }
  sleep 0.1
done

VIDJIL_TEST_S3="s3://vidjil?endpoint=http://$ADDRESS" "$GO" test -count=1 -run RealS3 "$@" ./internal/blob
