#!/bin/sh
# Writes the types of the server's API; with --check it only compares them.
set -eu
cd "$(dirname "$0")"
[ -d node_modules ] || npm ci --ignore-scripts --no-audit --no-fund >&2
out=../../src/api/schema.d.ts
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
npx --no-install openapi-typescript ../../../docs/api/openapi.json --immutable --output "$fresh" >&2
if [ "${1:-}" = --check ]; then
  cmp -s "$fresh" "$out" || { echo "src/api/schema.d.ts differs from docs/api/openapi.json: run npm run api" >&2; exit 1; }
else
  cp "$fresh" "$out"
fi
