#!/bin/sh
# The version of packages, from what git says of the source ("git describe
# --tags --always --dirty"): v1.2.3 is 1.2.3, a later revision 1.2.3+4.gabcdef0,
# and one before the first release sorts before 0.1.0 by its date.
#
#   packaging/version.sh DESCRIPTION EPOCH
set -eu

text=$(printf %s "$1" | sed 's/-dirty$/.dirty/')
case "$text" in
v[0-9]*-*-g*) printf '%s\n' "${text#v}" | sed -E 's/-([0-9]+)-(g[0-9a-f]+)/+\1.\2/' ;;
v[0-9]*) printf '%s\n' "${text#v}" ;;
[0-9]*.[0-9]*.[0-9]*) printf '%s\n' "$text" ;;
*) printf '0.1.0~%s.%s\n' "$(date -u -d "@$2" +%Y%m%d%H%M%S)" "$text" ;;
esac
