#!/bin/bash
# Lints and renders the chart: with its defaults, at its largest, and with values
# that it must refuse. What is rendered is read back as settings by the program.
#
# Variables: HELM (the command), GO.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${HELM:=helm}" "${GO:=go}"

if ! $HELM version --short >/dev/null 2>&1; then
	echo "SKIP chart: no helm ($HELM)"
	exit 0
fi
chart=packaging/helm/vidjil
render() { $HELM template test "$chart" --kube-version 1.30.0 "$@"; }
wrong() { echo "wrong: $*" >&2; exit 1; }

$HELM lint --strict "$chart"
$HELM lint --strict "$chart" --values "$chart/ci/scale-values.yaml"

small=$(render)
large=$(render --values "$chart/ci/scale-values.yaml")
count() { grep -c "^kind: $1\$" || true; }
[ "$(count StatefulSet <<<"$small")" = 1 ] || wrong "no server"
[ "$(count Deployment <<<"$small")" = 0 ] || wrong "workers without PostgreSQL and S3"
[ "$(count Deployment <<<"$large")" = 1 ] || wrong "no workers"
[ "$(count Ingress <<<"$large")" = 1 ] || wrong "no ingress"
for must in 'readOnlyRootFilesystem: true' 'runAsNonRoot: true' 'allowPrivilegeEscalation: false'; do
	[ "$(grep -c "$must" <<<"$large")" = 2 ] || wrong "not in both pods: $must"
done

refused() { ! render "$@" >/dev/null 2>&1 || wrong "accepted: $*"; }
refused --set workers.replicas=2
refused --set ingress.enabled=true
refused --set image.repositry=typo
refused --set publicURL=vidjil.example.org
refused --set blobs.url=/data

# The settings of the chart are those of the program.
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
awk '/^  vidjil.toml: \|/ { on = 1; next } on && !/^    / && NF { exit } on { sub(/^    /, ""); print }' <<<"$large" >"$dir/vidjil.toml"
grep -q smtp "$dir/vidjil.toml" || wrong "the settings of the values are not in what is rendered"
VIDJIL_DATA=$dir VIDJIL_HTTP__ADDR=:8080 VIDJIL_TLS__MODE=off VIDJIL_HTTP__PUBLIC_URL=https://vidjil.example.org VIDJIL_HTTP__TRUSTED_PROXIES=10.0.0.0/8 \
	${VIDJIL:-$GO run ./cmd/vidjil} config check --config "$dir/vidjil.toml"
echo "chart: nothing is wrong"
